package ordering

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_LamportOrderFindingsHold(t *testing.T) {
	judgetest.Hold(t, lamportOrder(allTimes, clocksim.DrawExecution, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

// mistaken are the times of which one kind is really another, or something worse.
func mistaken(as int, really func(clocksim.Execution, []time.Time, time.Duration) (func(i, j int) clocks.Order, error)) lab.Experiment {
	times := slices.Clone(allTimes)
	times[as].times = really
	return lamportOrder(times, clocksim.DrawExecution, judge.Effort{})
}

func TestBroken_LamportOrderFindingsTurnFalse(t *testing.T) {
	lamport, hybrid, vector := allTimes[0].times, allTimes[1].times, allTimes[2].times
	// Processes that take a message for an event of their own.
	deaf := func(x clocksim.Execution, walls []time.Time, skew time.Duration) (func(i, j int) clocks.Order, error) {
		own := clocksim.Execution{Processes: x.Processes, Events: slices.Clone(x.Events)}
		for i := range own.Events {
			own.Events[i].From = clocksim.NoMessage
		}
		return lamport(own, walls, skew)
	}
	// A clock whose process is off by a second has most pairs the wrong way round.
	off := func(x clocksim.Execution, walls []time.Time, skew time.Duration) (func(i, j int) clocks.Order, error) {
		apart := slices.Clone(walls)
		for i, e := range x.Events {
			apart[i] = apart[i].Add(time.Duration(e.Process) * time.Second)
		}
		return hybrid(x, apart, time.Hour)
	}
	lossy := func(processes, events int, arrivals float64, source rand.Source) (clocksim.Execution, error) {
		return clocksim.DrawExecution(processes, events, arrivals/2, source)
	}
	few := []string{"-processes", "3", "-arrivals", "0,0.5"}
	judgetest.TurnFalse(t, lamportOrder(allTimes, clocksim.DrawExecution, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("messages are not witnessed", mistaken(0, deaf), few, noneMissed),
		judgetest.Bug("vectors are Lamport times", mistaken(2, lamport), few, vectorsNone),
		judgetest.Bug("Lamport times are vectors", mistaken(0, vector), few, judgetest.Lines(lamportMost, hybridInverts)),
		judgetest.Bug("hybrid times are vectors", mistaken(1, vector), few, hybridMost),
		judgetest.Bug("one clock is seconds ahead", mistaken(1, off), few, hybridInverts),
		judgetest.Bug("half of the messages are lost", lamportOrder(allTimes, lossy, judge.Effort{}), few, concurrentShare),
	})
}

func TestLamportOrder_OddParameters(t *testing.T) {
	e := lamportOrder(allTimes, clocksim.DrawExecution, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-processes", "2"},
		{"-processes", "2", "-arrivals", "1"},
		{"-processes", "9,3", "-arrivals", "0"},
		{"-arrivals", "1,0"},
		{"-skew", "0s"},
		{"-skew", "1h", "-processes", "3"},
		{"-events", "2", "-processes", "2,3,4,5,6,7"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestLamportOrder_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-processes", "1"}, "-processes must lie in [2, 64]: 1"},
		{[]string{"-processes", "2,3,4,5,6,7,8"}, "-processes must be at most 6 numbers: 7"},
		{[]string{"-arrivals", "1.1"}, "-arrivals must lie in [0, 1]: 1.1"},
		{[]string{"-arrivals", "-0.1"}, "-arrivals must lie in [0, 1]: -0.1"},
		{[]string{"-events", "1"}, "-events must lie in [2, 1000]: 1"},
		{[]string{"-events", "1000", "-processes", "3"}, "-processes and -events must make at most 2000 events: 3 times 1000"},
		{[]string{"-events", "100", "-processes", "10,20"}, "-processes, -events and -arrivals must leave at most 2e+06 pairs in a run: 1.7e+07"},
		{[]string{"-skew", "-1s"}, "-skew must lie in [0s, 1h0m0s]: -1s"},
	} {
		_, err := lab.Try(LamportOrder, 1, c.args...)
		require.ErrorContains(t, err, "lamport-order: "+c.want, "%v", c.args)
	}
}
