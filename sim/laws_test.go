package sim_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
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

// engineTrace runs the script on the engine, and says how many events had run by each of the given times.
func engineTrace(t *rapid.T, s script, stops []time.Duration) (trace []step, ran []int, cancelled []bool) {
	e := sim.New(1)
	defer e.Close()
	var timers []sim.Timer
	var schedule func(d time.Duration, form int)
	live := 0
	run := func(event int) {
		trace = append(trace, step{event, e.Now()})
		live--
		for _, a := range s.actions[event%len(s.actions)] {
			if a.cancel {
				ok := e.Cancel(timers[a.target%len(timers)])
				if ok {
					live--
				}
				cancelled = append(cancelled, ok)
			} else {
				schedule(a.delay, a.form)
			}
			if e.Pending() != live {
				t.Fatalf("%d events are pending, Pending says %d", live, e.Pending())
			}
		}
	}
	handler := e.Handle(func(arg int64) { run(int(arg)) })
	schedule = func(d time.Duration, form int) {
		event := len(timers)
		if event >= s.limit {
			return
		}
		live++
		switch form {
		case 0:
			timers = append(timers, e.After(d, func() { run(event) }))
		case 1:
			timers = append(timers, e.Schedule(d, handler, int64(event)))
		default:
			timers = append(timers, e.At(e.Now()+d, func() { run(event) }))
		}
	}
	for _, d := range s.start {
		schedule(d, 1)
	}
	for _, until := range stops {
		if err := e.RunUntil(until); err != nil {
			t.Fatalf("RunUntil(%v): %v", until, err)
		}
		if e.Now() != until {
			t.Fatalf("after RunUntil(%v) it is %v", until, e.Now())
		}
		ran = append(ran, len(trace))
	}
	if err := e.Run(); err != nil {
		t.Fatalf("Run: %v", err)
	}
	if e.Pending() != 0 {
		t.Fatalf("%d events are pending after Run", e.Pending())
	}
	return trace, ran, cancelled
}

// listTrace is the naive model: a list, searched for its earliest entry.
func listTrace(s script) (trace []step, cancelled []bool) {
	var list []step
	scheduled := 0
	schedule := func(now, d time.Duration) {
		if scheduled < s.limit {
			list = append(list, step{scheduled, now + d})
			scheduled++
		}
	}
	for _, d := range s.start {
		schedule(0, d)
	}
	for len(list) > 0 {
		first := slices.MinFunc(list, func(a, b step) int { // the first of equals: the one scheduled first
			return int(a.at - b.at)
		})
		remove := func(event int) bool {
			i := slices.IndexFunc(list, func(x step) bool { return x.event == event })
			if i >= 0 {
				list = slices.Delete(list, i, i+1)
			}
			return i >= 0
		}
		remove(first.event)
		trace = append(trace, first)
		for _, a := range s.actions[first.event%len(s.actions)] {
			if a.cancel {
				cancelled = append(cancelled, remove(a.target%scheduled))
			} else {
				schedule(first.at, a.delay)
			}
		}
	}
	return trace, cancelled
}

func TestLaw_OrderEqualsASortedListWithTiesAndCancellations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t)
		stops := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 40).Draw(t, "stop"))
		}), 0, 4).Draw(t, "stops")
		slices.Sort(stops)
		got, ran, gotCancelled := engineTrace(t, s, stops)
		want, wantCancelled := listTrace(s)
		if !slices.Equal(got, want) {
			t.Fatalf("the engine ran\n%v\na sorted list runs\n%v", got, want)
		}
		for i, until := range stops { // up to and including
			due := slices.IndexFunc(want, func(s step) bool { return s.at > until })
			if due < 0 {
				due = len(want)
			}
			if ran[i] != due {
				t.Fatalf("RunUntil(%v) had run %d events of\n%v", until, ran[i], want)
			}
		}
		if !slices.Equal(gotCancelled, wantCancelled) {
			t.Fatalf("the engine cancelled %v, a sorted list %v", gotCancelled, wantCancelled)
		}
	})
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
