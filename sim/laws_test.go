package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/sim"
)

// script says what each event does when it runs: event i is the i-th to be scheduled, by either engine.
type script struct {
	start   []time.Duration
	actions [][]action // by event, used cyclically
	limit   int        // no more than this many events are scheduled
}

type action struct {
	cancel bool
	target int           // cancel: which event, modulo those scheduled so far
	delay  time.Duration // schedule: after how long
	form   int           // schedule: closure, handler or absolute time
}

type step struct {
	event int
	at    time.Duration
}

func drawScript(t *rapid.T) script {
	delay := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.IntRange(0, 5).Draw(t, "delay")) // few values, so that ties abound
	})
	return script{
		start: rapid.SliceOfN(delay, 1, 20).Draw(t, "start"),
		actions: rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) action {
			return action{
				cancel: rapid.Bool().Draw(t, "cancel"),
				target: rapid.IntRange(0, 300).Draw(t, "target"),
				delay:  delay.Draw(t, "delay"),
				form:   rapid.IntRange(0, 2).Draw(t, "form"),
			}
		}), 0, 4), 1, 30).Draw(t, "actions"),
		limit: rapid.IntRange(1, 300).Draw(t, "limit"),
	}
}

// scheduler is what the law about order judges: the engine, or a scheduler with a bug.
type scheduler interface {
	now() time.Duration
	schedule(d time.Duration, form int, f func()) (cancel func() bool)
	pending() int
	runUntil(t time.Duration) error
	run() error
}

// engine is the one under test, with its three forms of scheduling.
type engine struct {
	e       *sim.Engine
	handler sim.Handler
	actions []func()
}

func newEngine() scheduler {
	s := &engine{e: sim.New(1)}
	s.handler = s.e.Handle(func(arg int64) { s.actions[arg]() })
	return s
}

func (s *engine) now() time.Duration             { return s.e.Now() }
func (s *engine) pending() int                   { return s.e.Pending() }
func (s *engine) runUntil(t time.Duration) error { return s.e.RunUntil(t) }
func (s *engine) run() error                     { return s.e.Run() }

func (s *engine) schedule(d time.Duration, form int, f func()) func() bool {
	var timer sim.Timer
	switch form {
	case 0:
		timer = s.e.After(d, f)
	case 1:
		s.actions = append(s.actions, f)
		timer = s.e.Schedule(d, s.handler, int64(len(s.actions)-1))
	default:
		timer = s.e.At(s.e.Now()+d, f)
	}
	return func() bool { return s.e.Cancel(timer) }
}

// outcome is what a run of a script came to.
type outcome struct {
	trace     []step
	cancelled []bool // what each Cancel said
	story     []string
}

// play runs the script on a scheduler, and says how many events had run by each of the given times.
func play(t *rapid.T, e scheduler, s script, stops []time.Duration) (o outcome, ran []int) {
	var cancels []func() bool
	var schedule func(d time.Duration, form int) string
	live := 0
	gone := map[int]bool{} // cancelled
	run := func(event int) {
		if gone[event] {
			t.Fatalf("%s\nbut event %d, which was cancelled, runs at %v", strings.Join(o.story, "\n"), event, e.now())
		}
		o.trace = append(o.trace, step{event, e.now()})
		live--
		did := ""
		for _, a := range s.actions[event%len(s.actions)] {
			if a.cancel {
				target := a.target % len(cancels)
				ok := cancels[target]()
				if ok {
					live--
					gone[target] = true
				}
				o.cancelled = append(o.cancelled, ok)
				did += fmt.Sprintf(", cancels %d", target)
			} else {
				did += schedule(a.delay, a.form)
			}
			if e.pending() != live {
				t.Fatalf("%s\nbut %d events should be pending, and %d are", strings.Join(o.story, "\n"), live, e.pending())
			}
		}
		o.story = append(o.story, fmt.Sprintf("at %v event %d runs%s", e.now(), event, did))
	}
	schedule = func(d time.Duration, form int) string {
		event := len(cancels)
		if event >= s.limit {
			return ""
		}
		live++
		cancels = append(cancels, e.schedule(d, form, func() { run(event) }))
		return fmt.Sprintf(", schedules %d in %v", event, d)
	}
	for _, d := range s.start {
		o.story = append(o.story, "at 0s the model"+strings.TrimPrefix(schedule(d, 1), ","))
	}
	for _, until := range stops {
		if err := e.runUntil(until); err != nil {
			t.Fatalf("RunUntil(%v): %v", until, err)
		}
		if e.now() != until {
			t.Fatalf("after RunUntil(%v) it is %v", until, e.now())
		}
		ran = append(ran, len(o.trace))
	}
	if err := e.run(); err != nil {
		t.Fatalf("Run: %v", err)
	}
	if e.pending() != 0 {
		t.Fatalf("%d events are pending after Run", e.pending())
	}
	return o, ran
}

// list is the naive model: events in the order in which they were scheduled, searched for the earliest.
type list struct {
	at      time.Duration
	waiting []*item
}

type item struct {
	at time.Duration
	f  func()
}

func (l *list) now() time.Duration { return l.at }
func (l *list) pending() int       { return len(l.waiting) }
func (l *list) run() error         { return l.runUntil(1 << 62) }

func (l *list) schedule(d time.Duration, _ int, f func()) func() bool {
	x := &item{l.at + d, f}
	l.waiting = append(l.waiting, x)
	return func() bool { return l.remove(x) }
}

func (l *list) remove(x *item) bool {
	i := slices.Index(l.waiting, x)
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	return i >= 0
}

func (l *list) runUntil(t time.Duration) error {
	for len(l.waiting) > 0 {
		first := slices.MinFunc(l.waiting, func(a, b *item) int { return int(a.at - b.at) }) // the first of equals
		if first.at > t {
			break
		}
		l.remove(first)
		l.at = first.at
		first.f()
	}
	l.at = t
	return nil
}

func TestLaw_OrderEqualsASortedListWithTiesAndCancellations(t *testing.T) {
	rapid.Check(t, lawOrderIsAList(newEngine))
}

func lawOrderIsAList(make func() scheduler) func(*rapid.T) {
	return func(t *rapid.T) {
		s := drawScript(t)
		stops := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 40).Draw(t, "stop"))
		}), 0, 4).Draw(t, "stops")
		slices.Sort(stops)
		want, due := play(t, &list{}, s, stops)
		got, ran := play(t, make(), s, stops)
		story := strings.Join(want.story, "\n")
		for i := range want.trace {
			if i >= len(got.trace) || got.trace[i] != want.trace[i] {
				t.Fatalf("%s\nbut event %v should run at %v, and %v", story, want.trace[i].event, want.trace[i].at, describe(got.trace, i))
			}
		}
		if len(got.trace) > len(want.trace) {
			t.Fatalf("%s\nbut then %v", story, describe(got.trace, len(want.trace)))
		}
		if !slices.Equal(got.cancelled, want.cancelled) {
			t.Fatalf("%s\nbut the cancellations should say %v, and say %v", story, want.cancelled, got.cancelled)
		}
		for i, until := range stops { // up to and including
			if ran[i] != due[i] {
				t.Fatalf("%s\nbut up to and including %v %d events are due, and %d have run", story, until, due[i], ran[i])
			}
		}
	}
}

func describe(trace []step, i int) string {
	if i >= len(trace) {
		return "nothing more runs"
	}
	return fmt.Sprintf("event %d runs at %v", trace[i].event, trace[i].at)
}

// Timeouts that are nearly all cancelled make the queue drop its dead entries, in the midst of a run.
func TestLaw_ACancelledEventNeverRuns(t *testing.T) {
	rapid.Check(t, lawCancelledNeverRuns(newEngine))
}

func lawCancelledNeverRuns(make func() scheduler) func(*rapid.T) {
	return func(t *rapid.T) {
		e := make()
		r := sim.New(rapid.Uint64().Draw(t, "seed")).Stream("test")
		n := rapid.IntRange(100, 2_000).Draw(t, "n")
		story := []string{fmt.Sprintf("%d events are scheduled", n)}
		fail := func(format string, args ...any) {
			t.Fatalf("%s\nbut %s", strings.Join(story, "\n"), fmt.Sprintf(format, args...))
		}
		var cancels []func() bool
		gone := map[int]bool{} // has run or was cancelled
		var last time.Duration
		ran := 0
		for i := range n {
			cancels = append(cancels, e.schedule(time.Duration(r.IntN(1000)), 0, func() {
				if gone[i] {
					fail("event %d, which was cancelled, runs at %v", i, e.now())
				}
				if e.now() < last {
					fail("time goes back: an event runs at %v after one at %v", e.now(), last)
				}
				gone[i], last = true, e.now()
				ran++
			}))
		}
		left := n
		e.schedule(time.Duration(r.IntN(500)), 0, func() {
			all := r.Perm(n)[:n-n/20]
			story = append(story, fmt.Sprintf("at %v, when %d have run, %d of all are cancelled if they wait", e.now(), ran, len(all)))
			for _, i := range all {
				if cancelled := cancels[i](); cancelled == gone[i] {
					fail("cancelling event %d says %v, where it has run: %v", i, cancelled, gone[i])
				} else if cancelled {
					gone[i] = true
					left--
				}
				if cancels[i]() {
					fail("event %d is cancelled twice", i)
				}
			}
		})
		if err := e.run(); err != nil {
			t.Fatal(err)
		}
		if ran != left {
			fail("%d events ran, where %d were not cancelled", ran, left)
		}
	}
}
