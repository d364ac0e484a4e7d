package sim_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/sim"
)

func TestWhatCannotBeDoneStopsTheRun(t *testing.T) {
	nothing := func() {}
	for _, c := range []struct {
		name, want string
		do         func(e *sim.Engine)
	}{
		{"past", "sim: an event cannot be scheduled into the past: at 2s, now 3s", func(e *sim.Engine) { e.At(2*time.Second, nothing) }},
		{"negative delay", "sim: an event cannot be scheduled into the past: at 2.999999999s, now 3s", func(e *sim.Engine) { e.After(-1, nothing) }},
		{"the end of time", "sim: time ends at 2562047h47m16.854775807s: 2562047h47m16.854775807s after 3s lies beyond", func(e *sim.Engine) { e.After(math.MaxInt64, nothing) }},
		{"nil function", "sim: a scheduled function must not be nil", func(e *sim.Engine) { e.After(1, nil) }},
		{"nil handler", "sim: a handler must not be nil", func(e *sim.Engine) { e.Schedule(1, e.Handle(nil), 0) }},
		{"nil process", "sim: a process must not be nil", func(e *sim.Engine) { e.Go(nil) }},
		{"no such handler", "sim: no handler 77 is registered with this engine", func(e *sim.Engine) { e.Schedule(1, 77, 0) }},
		{"negative handler", "sim: no handler -1 is registered with this engine", func(e *sim.Engine) { e.Schedule(1, -1, 0) }},
		{"the engine's own handler", "sim: no handler 1 is registered with this engine", func(e *sim.Engine) { e.Schedule(1, 1, 0) }},
		{"sleep of another", "sim: Sleep was called on a process that is not the one running", func(e *sim.Engine) { e.Go(func(p *sim.Process) { p.Sleep(1) }).Sleep(1) }},
		{"close inside", "sim: Close was called from inside a run", func(e *sim.Engine) { e.Close() }},
		{"sleep into the past", "sim: an event cannot be scheduled into the past: at 2s, now 3s", func(e *sim.Engine) { e.Go(func(p *sim.Process) { p.Sleep(-time.Second) }) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := sim.New(1)
			e.After(3*time.Second, func() {
				c.do(e)
			})
			later := false
			e.After(time.Hour, func() { later = true })
			require.EqualError(t, e.Run(), c.want)
			require.EqualError(t, e.Run(), c.want, "the error stays")
			require.False(t, later, "nothing runs after an error")
			e.Close()
		})
	}
}

func TestPastIsErrPast(t *testing.T) {
	e := sim.New(1)
	e.At(-1, func() {})
	e.After(5, nil)
	require.ErrorIs(t, e.Run(), sim.ErrPast, "the first error is the one that is kept")
	require.NoError(t, sim.New(1).RunUntil(5))
	e = sim.New(1)
	require.NoError(t, e.RunUntil(5))
	require.ErrorIs(t, e.RunUntil(4), sim.ErrPast)
	require.NoError(t, e.RunUntil(5))
}

func TestAClosedEngineRefuses(t *testing.T) {
	e := sim.New(1)
	e.Close()
	require.ErrorIs(t, e.Run(), sim.ErrClosed)
	require.Zero(t, e.Pending())
	require.False(t, e.Cancel(e.After(1, func() {})))
	e.Go(func(*sim.Process) { t.Error("a process began on a closed engine") })
	require.ErrorIs(t, e.RunUntil(1), sim.ErrClosed)
}

func TestNestedRunIsAnError(t *testing.T) {
	e := sim.New(1)
	var nested error
	e.After(1, func() { nested = e.Run() })
	require.NoError(t, e.Run())
	require.EqualError(t, nested, "sim: Run was called from inside a run")
}

func TestStopAndGoOn(t *testing.T) {
	e := sim.New(1)
	var ran []time.Duration
	for i := range 4 {
		e.After(time.Duration(i), func() {
			ran = append(ran, e.Now())
			if i == 1 {
				e.Stop()
			}
		})
	}
	require.NoError(t, e.RunUntil(10))
	require.Equal(t, []time.Duration{0, 1}, ran)
	require.EqualValues(t, 1, e.Now(), "a stopped run does not jump to its end")
	require.NoError(t, e.RunUntil(10))
	require.Equal(t, []time.Duration{0, 1, 2, 3}, ran)
	require.EqualValues(t, 10, e.Now())
}

func TestAStaleTimerCancelsNothing(t *testing.T) {
	e := sim.New(1)
	require.False(t, e.Cancel(sim.Timer{}))
	first := e.After(1, func() {})
	require.NoError(t, e.Run())
	ran := false
	e.After(1, func() { ran = true }) // takes the slot of the first
	require.False(t, e.Cancel(first))
	require.NoError(t, e.Run())
	require.True(t, ran)
}

// The event that runs cannot cancel itself, also when its slot has been taken over by what it scheduled.
func TestARunningEventCannotBeCancelled(t *testing.T) {
	e := sim.New(1)
	var self sim.Timer
	successors := 0
	self = e.After(1, func() {
		e.After(1, func() { successors++ })
		require.False(t, e.Cancel(self))
	})
	require.NoError(t, e.Run())
	require.Equal(t, 1, successors)
}

func TestAPanicLeavesTheEngineUsable(t *testing.T) {
	for _, form := range []string{"event", "process"} {
		e := sim.New(1)
		boom := func() { panic("boom") }
		var p *sim.Process
		if form == "event" {
			e.After(1, boom)
		} else {
			p = e.Go(func(p *sim.Process) { p.Sleep(1); boom() })
		}
		later := false
		e.After(2, func() { later = true })
		require.PanicsWithValue(t, "boom", func() { _ = e.Run() }, form)
		require.Equal(t, 1, e.Pending(), form)
		require.NoError(t, e.Run())
		require.True(t, later)
		require.Zero(t, e.Pending(), form)
		if p != nil {
			require.False(t, p.Wake())
			e.After(1, p.Park)
			require.EqualError(t, e.Run(), "sim: Park was called on a process that is not the one running")
		}
		e.Close()
	}
}

// A process that Close ends goes on unwinding, whatever its deferred calls do; one whose deferred calls panic does not keep
// anything of the engine.
func TestCloseUnwindsProcesses(t *testing.T) {
	before := runtime.NumGoroutine()
	e := sim.New(1)
	slept, dropped := false, 0
	parked := e.Go(func(p *sim.Process) {
		defer func() { p.Sleep(1); slept = true }()
		p.Park()
	})
	e.Go(func(p *sim.Process) { defer panic("in a deferred call"); p.Park() })
	e.Go(func(p *sim.Process) { defer func() { dropped++ }(); p.Park() })
	timer := e.After(time.Hour, func() {})
	require.NoError(t, e.RunUntil(1))
	require.PanicsWithValue(t, "in a deferred call", e.Close)
	require.False(t, slept, "a step of a process that is ended does not return")
	require.Equal(t, 1, dropped, "the others are ended all the same")
	require.Zero(t, e.Pending())
	require.False(t, e.Cancel(timer))
	require.False(t, parked.Wake())
	e.Go(func(*sim.Process) {})
	require.LessOrEqual(t, runtime.NumGoroutine(), before, "a closed engine starts no coroutine")
	require.ErrorIs(t, e.Run(), sim.ErrClosed)
}

func TestTheFirstErrorSurvivesClose(t *testing.T) {
	e := sim.New(1)
	e.At(-1, func() {})
	e.Close()
	require.ErrorIs(t, e.Run(), sim.ErrPast)
}

func TestReplicateRefusesAndReports(t *testing.T) {
	ok := func(*sim.Engine) (int, error) { return 1, nil }
	_, err := sim.Replicate(1, 0, ok)
	require.EqualError(t, err, "sim: the number of replications must lie in [1, 16777216]: 0")
	_, err = sim.Replicate(1, math.MaxInt, ok)
	require.EqualError(t, err, "sim: the number of replications must lie in [1, 16777216]: 9223372036854775807")
	_, err = sim.Replicate[int](1, 2, nil)
	require.EqualError(t, err, "sim: run must not be nil")
	_, err = sim.ReplicateUntil(1, 5, 4, ok, func([]int) bool { return true })
	require.EqualError(t, err, "sim: batch must be positive and at most limit, limit at most 16777216: batch=5 limit=4")
	_, err = sim.ReplicateUntil(1, 5, 10, ok, nil)
	require.EqualError(t, err, "sim: enough must not be nil")

	all, err := sim.ReplicateUntil(1, 4, 10, ok, func([]int) bool { return false })
	require.NoError(t, err)
	require.Len(t, all, 10, "limit, not a whole number of batches")

	broken := errors.New("broken model")
	seen := map[string]bool{}
	for range 50 {
		_, err := sim.Replicate(1, 40, func(e *sim.Engine) (int, error) {
			if e.Stream("r").IntN(4) == 0 {
				return 0, broken
			}
			return 1, nil
		})
		require.ErrorIs(t, err, broken)
		seen[err.Error()] = true
	}
	require.Len(t, seen, 1, "the lowest failing index, in every run")

	_, err = sim.ReplicateUntil(1, 2, 10, func(e *sim.Engine) (int, error) {
		if e.Stream("r").IntN(6) == 0 {
			return 0, broken
		}
		return 1, nil
	}, func([]int) bool { return false })
	require.EqualError(t, err, "sim: replication 5: broken model", "in a later batch, by its index of all")

	_, err = sim.Replicate(1, 5, func(*sim.Engine) (int, error) { runtime.Goexit(); return 1, nil })
	require.EqualError(t, err, "sim: replication 0: it ended its goroutine (runtime.Goexit, as a test's FailNow does)")

	started := atomic.Int64{}
	_, err = sim.Replicate(1, 10_000, func(*sim.Engine) (int, error) { started.Add(1); return 0, broken })
	require.Error(t, err)
	require.Less(t, started.Load(), int64(1_000), "nothing more begins after a failure")

	require.PanicsWithValue(t, "boom", func() {
		_, _ = sim.Replicate(1, 4, func(*sim.Engine) (int, error) { panic("boom") })
	})
}

func TestReplicateClosesItsEngines(t *testing.T) {
	ended := make([]bool, 8)
	var next atomic.Int64
	_, err := sim.Replicate(1, len(ended), func(e *sim.Engine) (int, error) {
		i := next.Add(1) - 1
		e.Go(func(p *sim.Process) {
			defer func() { ended[i] = true }()
			p.Park()
		})
		return 0, e.Run()
	})
	require.NoError(t, err)
	require.NotContains(t, ended, false)
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	handler := newMM1(1)
	closure := newClosureMM1(1)
	handler.runEvents(10_000)
	closure.runEvents(10_000)
	require.Zero(t, testing.AllocsPerRun(10, func() { handler.runEvents(1_000) }), "handlers")
	require.Zero(t, testing.AllocsPerRun(10, func() { closure.runEvents(1_000) }), "closures")

	e := sim.New(1)
	defer e.Close()
	e.Go(func(p *sim.Process) {
		for {
			p.Sleep(1)
		}
	})
	until := time.Duration(0)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		until += 1_000
		if err := e.RunUntil(until); err != nil {
			t.Fatal(err)
		}
	}), "processes")
}

// The three forms of the benchmark are one model: the same waits, to the nanosecond.
func TestTheBenchmarkedFormsAgree(t *testing.T) {
	handler, closure := newMM1(7), newClosureMM1(7)
	handler.runEvents(50_000)
	closure.runEvents(50_000)
	require.Equal(t, handler.total, closure.total)

	e := sim.New(7)
	arrivals, service := e.Stream("arrivals"), e.Stream("service")
	exponential(arrivals, meanGap)
	var wait, total time.Duration
	served := handler.served
	for range served {
		s := exponential(service, meanService)
		total += wait + s
		wait = max(0, wait+s-exponential(arrivals, meanGap))
	}
	require.Equal(t, handler.total, total, fmt.Sprintf("Lindley's recursion over %d customers", served))
}
