package sim_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
	rapid.Check(t, func(t *rapid.T) {
		e := sim.New(rapid.Uint64().Draw(t, "seed"))
		r := e.Stream("test")
		n := rapid.IntRange(100, 2_000).Draw(t, "n")
		timers := make([]sim.Timer, n)
		gone := make([]bool, n)
		var ran []time.Duration
		for i := range n {
			timers[i] = e.After(time.Duration(r.IntN(1000)), func() {
				if gone[i] {
					t.Fatalf("event %d was cancelled and runs at %v", i, e.Now())
				}
				ran = append(ran, e.Now())
				gone[i] = true
			})
		}
		left := n
		e.After(time.Duration(r.IntN(500)), func() {
			for _, i := range r.Perm(n)[:n-n/20] {
				if cancelled := e.Cancel(timers[i]); cancelled == gone[i] {
					t.Fatalf("event %d: has run: %v, Cancel says %v", i, gone[i], cancelled)
				} else if cancelled {
					gone[i] = true
					left--
				}
				if e.Cancel(timers[i]) {
					t.Fatalf("event %d was cancelled twice", i)
				}
			}
		})
		if err := e.Run(); err != nil {
			t.Fatal(err)
		}
		if len(ran) != left {
			t.Fatalf("%d events ran, %d were left", len(ran), left)
		}
		if !slices.IsSorted(ran) {
			t.Fatalf("time went backwards: %v", ran)
		}
	})
}

func TestLaw_AStreamDoesNotDependOnWhoElseDraws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		names := rapid.SliceOfNDistinct(rapid.String(), 2, 5, func(s string) string { return s }).Draw(t, "names")
		alone := sim.New(seed).Stream(names[0])
		e := sim.New(seed)
		for i := range 50 {
			for range rapid.IntRange(0, 3).Draw(t, "others draw") {
				e.Stream(names[1+i%(len(names)-1)]).Uint64()
			}
			if got, want := e.Stream(names[0]).Uint64(), alone.Uint64(); got != want {
				t.Fatalf("draw %d of stream %q: %#x among others, %#x alone", i, names[0], got, want)
			}
		}
	})
}

// Different names, seeds and replications give streams that share no draw: of 610 64-bit numbers two equal ones have
// probability 1e-14.
func TestLaw_StreamsAreDistinct(t *testing.T) {
	seen := map[uint64]string{}
	look := func(e *sim.Engine, what string) {
		for _, name := range []string{"", "a", "b", "a\x00", "arrivals", "service"} {
			r := e.Stream(name)
			for range 20 {
				v := r.Uint64()
				require.Empty(t, seen[v], "%s %q draws what another stream drew", what, name)
				seen[v] = what + name
			}
		}
	}
	for seed := range uint64(5) {
		look(sim.New(seed), fmt.Sprint("seed ", seed))
	}
	engines, err := sim.Replicate(0, 10, func(e *sim.Engine) (*rand.Rand, error) { return e.Stream("a"), nil })
	require.NoError(t, err)
	for i, r := range engines {
		v := r.Uint64()
		require.Empty(t, seen[v], "replication %d", i)
		seen[v] = "replication"
	}
}

// Processes against events: a process that sleeps through a list of delays acts when a chain of events would.
func TestLaw_AProcessIsAChainOfEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delays := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 3).Draw(t, "delay"))
		}), 0, 6), 1, 5).Draw(t, "delays")
		var asEvents, asProcesses []step

		e := sim.New(1)
		var act func(who, next int)
		act = func(who, next int) {
			asEvents = append(asEvents, step{who, e.Now()})
			if next < len(delays[who]) {
				e.After(delays[who][next], func() { act(who, next+1) })
			}
		}
		for who := range delays {
			e.After(0, func() { act(who, 0) })
		}
		if err := e.Run(); err != nil {
			t.Fatal(err)
		}

		e = sim.New(1)
		defer e.Close()
		for who := range delays {
			e.Go(func(p *sim.Process) {
				asProcesses = append(asProcesses, step{who, p.Now()})
				for _, d := range delays[who] {
					p.Sleep(d)
					asProcesses = append(asProcesses, step{who, p.Now()})
				}
			})
		}
		if err := e.Run(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(asEvents, asProcesses) {
			t.Fatalf("events act at\n%v\nprocesses at\n%v", asEvents, asProcesses)
		}
	})
}

func TestLaw_ProcessesLeakNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	unwound := 0
	rapid.Check(t, func(t *rapid.T) {
		e := sim.New(1)
		started := rapid.IntRange(0, 30).Draw(t, "processes")
		woken := rapid.SliceOf(rapid.IntRange(0, 29)).Draw(t, "woken")
		until := time.Duration(rapid.IntRange(0, 20).Draw(t, "until"))
		begun := 0
		unwound = 0
		all := make([]*sim.Process, started)
		for i := range started {
			all[i] = e.Go(func(p *sim.Process) {
				begun++
				defer func() { unwound++ }()
				defer p.Sleep(1) // a step in a deferred call must not hang Close
				switch i % 4 {
				case 0:
					p.Sleep(time.Duration(i))
				case 1:
					p.Park()
				case 2:
					for {
						p.Sleep(1)
					}
				}
			})
		}
		e.After(until/2, func() {
			for _, i := range woken {
				if i < started {
					all[i].Wake()
				}
			}
		})
		if err := e.RunUntil(until); err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "one more, that never begins") {
			e.Go(func(*sim.Process) { t.Fatalf("it began") })
		}
		e.Close()
		e.Close()
		if unwound != begun {
			t.Fatalf("%d processes began, the deferred calls of %d ran", begun, unwound)
		}
		if after := runtime.NumGoroutine(); after > before {
			t.Fatalf("%d goroutines before, %d after Close", before, after)
		}
	})
}

func TestLaw_ReplicationsDoNotDependOnTheNumberOfProcessors(t *testing.T) {
	model := func(e *sim.Engine) ([]uint64, error) {
		var draws []uint64
		e.Go(func(p *sim.Process) {
			for range 10 {
				p.Sleep(time.Duration(e.Stream("gap").IntN(100)))
				draws = append(draws, e.Stream("draw").Uint64(), uint64(p.Now()))
			}
		})
		err := e.Run()
		return draws, err
	}
	results := map[int][][]uint64{}
	for _, processors := range []int{1, 2, 7} {
		previous := runtime.GOMAXPROCS(processors)
		all, err := sim.Replicate(42, 20, model)
		runtime.GOMAXPROCS(previous)
		require.NoError(t, err)
		results[processors] = all
	}
	require.Len(t, results[1][19], 20)
	require.Equal(t, results[1], results[2])
	require.Equal(t, results[1], results[7])

	batched, err := sim.ReplicateUntil(42, 3, 20, model, func(all [][]uint64) bool { return len(all) >= 10 })
	require.NoError(t, err)
	direct, err := sim.Replicate(42, 12, model)
	require.NoError(t, err)
	require.Equal(t, direct, batched, "four batches of three are the first twelve replications")
}
