package clocksim_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// events makes events of pairs: the process, and the event whose message arrives.
func events(pairs ...[2]int) (all []clocksim.Event) {
	for _, p := range pairs {
		all = append(all, clocksim.Event{Process: p[0], From: p[1]})
	}
	return all
}

// What is drawn is what happened, and the history is that of Lamport's definition.
func TestSpaceTimeDiagram(t *testing.T) {
	x := clocksim.Execution{Processes: 4, Events: events([2]int{0, -1}, [2]int{1, 0}, [2]int{2, -1}, [2]int{0, -1}, [2]int{2, 1}, [2]int{0, 4})}
	require.NoError(t, x.Check())
	require.Equal(t, strings.TrimSpace(`
a ─1───────4─────6<5─
b ───2<1─────────────
c ───────3───5<2─────`), x.String())
	h := x.History()
	for _, c := range []struct {
		i, j int
		want clocks.Order
	}{
		{1, 5, clocks.Before}, {5, 1, clocks.After}, {4, 5, clocks.Concurrent}, {3, 5, clocks.Before}, {3, 6, clocks.Before},
		{1, 3, clocks.Concurrent}, {2, 4, clocks.Concurrent}, {2, 6, clocks.Before}, {4, 4, clocks.Equal},
	} {
		require.Equal(t, c.want, h.Order(c.i-1, c.j-1), "event %d and event %d", c.i, c.j)
	}
}

func TestProcessesHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for i := range 1_000 {
		seen[clocksim.ProcessName(i)] = true
	}
	require.Len(t, seen, 1_000)
	require.Equal(t, "a z a1 c1", strings.Join([]string{clocksim.ProcessName(0), clocksim.ProcessName(25), clocksim.ProcessName(26), clocksim.ProcessName(28)}, " "))
}

// drawnLong is an execution of more events than a word has bits.
func drawnLong(t *rapid.T) clocksim.Execution {
	x, err := clocksim.DrawExecution(rapid.IntRange(1, 4).Draw(t, "processes"), 130, rapid.Float64Range(0, 1).Draw(t, "arrivals"), rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// drawn is any execution of few events: messages may be late, lost, and arrive more than once.
func drawn(t *rapid.T) clocksim.Execution {
	x := clocksim.Execution{Processes: 4}
	for i, pair := range rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]int {
		return [2]int{rapid.IntRange(0, x.Processes-1).Draw(t, "process"), rapid.IntRange(0, 9).Draw(t, "back")}
	}), 0, 10).Draw(t, "events") {
		e := clocksim.Event{Process: pair[0], From: clocksim.NoMessage}
		if from := i - pair[1]; 0 <= from && from < i && x.Events[from].Process != e.Process {
			e.From = from
		}
		x.Events = append(x.Events, e)
	}
	return x
}

// reached asks whether one event can reach another: by the next event of its process, or by an arrival of its message.
func reached(x clocksim.Execution, i, j int) bool {
	seen := make([]bool, len(x.Events))
	seen[i] = true
	latest := map[int]int{}
	for k, e := range x.Events {
		if before, some := latest[e.Process]; some && seen[before] || e.From >= 0 && seen[e.From] {
			seen[k] = true
		}
		latest[e.Process] = k
	}
	return seen[j]
}

// Executions that are drawn can have happened, and one event is before another if it can be reached from it, and only then.
func TestLaw_HistoryIsReachability(t *testing.T) {
	for _, draw := range []func(*rapid.T) clocksim.Execution{drawn, drawnLong} {
		rapid.Check(t, lawReachability(draw, func(x clocksim.Execution) func(i, j int) clocks.Order { return x.History().Order }))
	}
}

func lawReachability(draw func(*rapid.T) clocksim.Execution, history func(clocksim.Execution) func(i, j int) clocks.Order) func(*rapid.T) {
	return func(t *rapid.T) {
		x := draw(t)
		if err := x.Check(); err != nil {
			t.Fatalf("%v\nis no execution: %v", x, err)
		}
		order := history(x)
		from := 0
		if len(x.Events) > 10 { // ten are enough of many
			from = rapid.IntRange(0, len(x.Events)-1).Draw(t, "from")
		}
		for i := from; i < min(from+10, len(x.Events)); i++ {
			for j := range x.Events {
				due := clocks.Concurrent
				switch {
				case i == j:
					due = clocks.Equal
				case reached(x, i, j):
					due = clocks.Before
				case reached(x, j, i):
					due = clocks.After
				}
				if got := order(i, j); got != due {
					t.Fatalf("%v\nevent %d is %v event %d: it should be %v", x, i+1, got, j+1, due)
				}
			}
		}
	}
}

// A planted history knows the order of each process and what messages say, and forgets what follows from both.
func TestBroken_HistoryWithoutWhatFollows(t *testing.T) {
	lawtest.Breaks(t, "A history that knows what messages say, and not what their senders had heard, takes some events for concurrent that are not",
		lawReachability(drawn, func(x clocksim.Execution) func(i, j int) clocks.Order {
			return func(i, j int) clocks.Order {
				switch {
				case i == j:
					return clocks.Equal
				case x.Events[i].Process == x.Events[j].Process && i < j, x.Events[j].From == i:
					return clocks.Before
				case x.Events[i].Process == x.Events[j].Process, x.Events[i].From == j:
					return clocks.After
				}
				return clocks.Concurrent
			}
		}))
}

// Messages are of the latest event of their process, and arrive as often as they should.
func TestDrawnExecutionsAreWhatTheySay(t *testing.T) {
	x, err := clocksim.DrawExecution(10, 10_000, 0.3, rand.NewPCG(1, 2))
	require.NoError(t, err)
	latest, of, arrived := map[int]int{}, make([]float64, 10), 0.0
	for i, e := range x.Events {
		of[e.Process]++
		if e.From >= 0 {
			require.Equal(t, latest[x.Events[e.From].Process], e.From)
			arrived++
		}
		latest[e.Process] = i
	}
	// Five standard deviations of a binomial: sqrt(10,000*0.3*0.7) is 46, and sqrt(10,000*0.1*0.9) is 30. Those that find a sender which has done nothing
	// yet are among the first few dozen events: 20 are more than enough.
	require.InDelta(t, 3_000, arrived, 5*46+20)
	for _, n := range of {
		require.InDelta(t, 1_000, n, 5*30)
	}
}

// The share of pairs in order is exact. Without messages a pair is in order if it is of one process: 1/n of them.
// Of two events the second is of the first one's process, or has its message: (1+q)/n. Three of two processes are worked out by hand.
func TestClaim_BeforeShareIsExact(t *testing.T) {
	for _, c := range []struct {
		processes, events int
		arrivals, want    float64
	}{
		{1, 2, 0, 1}, {1, 100, 1, 1}, {2, 2, 0, 0.5}, {10, 50, 0, 0.1}, {2, 2, 1, 1}, {2, 40, 1, 1},
		{3, 2, 1, 2.0 / 3}, {4, 2, 0.5, 0.375},
		// n=2, q=1/2. One apart: (1 + 1/2)/2 = 3/4. Two apart: s is 1 with 1/2, grows by 1/2*1/2, so 1 with 3/8 and 2 with 5/8: 13/16.
		{2, 3, 0.5, (2*0.75 + 13.0/16) / 3},
	} {
		share, err := clocksim.BeforeShare(c.processes, c.events, c.arrivals)
		require.NoError(t, err)
		require.InDelta(t, c.want, share, 1e-12, "%+v", c) // sums of at most 50 terms round by far less
	}
}

// And executions that are drawn agree, within the 99.99% interval.
func TestClaim_DrawnExecutionsHaveThatShare(t *testing.T) {
	runs := 400
	if race.Enabled {
		runs = 20
	}
	for _, c := range []struct {
		processes, events int
		arrivals          float64
	}{{2, 10, 0.3}, {5, 60, 0.1}, {5, 60, 1}, {12, 70, 0.5}} {
		shares := make([]float64, runs)
		for run := range shares {
			x, err := clocksim.DrawExecution(c.processes, c.events, c.arrivals, rand.NewPCG(7, uint64(run)))
			require.NoError(t, err)
			h := x.History()
			for j := range x.Events {
				for i := range j {
					if h.Order(i, j) == clocks.Before {
						shares[run] += 2 / float64(c.events) / float64(c.events-1)
					}
				}
			}
		}
		interval, err := stats.MeanInterval(shares, stats.Asserted)
		require.NoError(t, err)
		want, err := clocksim.BeforeShare(c.processes, c.events, c.arrivals)
		require.NoError(t, err)
		require.True(t, interval.Contains(want), "%+v: %v and %v", c, interval, want)
	}
}

func TestBadExecutions(t *testing.T) {
	source := rand.NewPCG(1, 1)
	draw := func(processes, events int, arrivals float64) func() error {
		return func() error { _, err := clocksim.DrawExecution(processes, events, arrivals, source); return err }
	}
	share := func(processes, events int, arrivals float64) func() error {
		return func() error { _, err := clocksim.BeforeShare(processes, events, arrivals); return err }
	}
	check := func(processes int, pairs ...[2]int) func() error {
		return clocksim.Execution{Processes: processes, Events: events(pairs...)}.Check
	}
	for _, c := range []struct {
		do   func() error
		want string
	}{
		{draw(0, 1, 0), "the number of processes must lie in [1, 16384]: 0"},
		{draw(math.MaxInt, 1, 0), "the number of processes must lie in [1, 16384]: 9223372036854775807"},
		{draw(1, -1, 0), "the number of events must lie in [0, 16384]: -1"},
		{draw(1, 1<<14+1, 0), "the number of events must lie in [0, 16384]: 16385"},
		{draw(1, 1, -0.1), "the chance of an arrival must lie in [0, 1]: -0.1"},
		{draw(1, 1, 1.1), "the chance of an arrival must lie in [0, 1]: 1.1"},
		{draw(1, 1, math.NaN()), "the chance of an arrival must lie in [0, 1]: NaN"},
		{draw(1, 1, math.Inf(1)), "the chance of an arrival must lie in [0, 1]: +Inf"},
		{func() error { _, err := clocksim.DrawExecution(1, 1, 0, nil); return err }, "an execution needs a source of randomness: nil"},
		{share(0, 2, 0), "the number of processes must lie in [1, 16384]: 0"},
		{share(1, 1, 0), "a pair must be of two events: 1"},
		{share(1, 2, math.NaN()), "the chance of an arrival must lie in [0, 1]: NaN"},
		{check(0), "the number of processes must lie in [1, 16384]: 0"},
		{check(2, [2]int{2, -1}), "the process of event 0 must lie in [0, 2): 2"},
		{check(2, [2]int{-1, -1}), "the process of event 0 must lie in [0, 2): -1"},
		{check(2, [2]int{0, 0}), "the message of event 0 must be of an earlier event, or -1 for none: 0"},
		{check(2, [2]int{0, -2}), "the message of event 0 must be of an earlier event, or -1 for none: -2"},
		{check(2, [2]int{0, -1}, [2]int{0, 0}), "the message of event 1 must be of another process: 0"},
	} {
		require.EqualError(t, c.do(), "clocksim: "+c.want)
	}
	empty, err := clocksim.DrawExecution(3, 0, 1, source)
	require.NoError(t, err)
	require.Empty(t, empty.String())
	require.Empty(t, fmt.Sprint(clocksim.Execution{}))
}
