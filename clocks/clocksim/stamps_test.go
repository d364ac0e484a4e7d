package clocksim_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
)

// wallsOf are what clocks show that are off by at most so much, at events a millisecond apart.
func wallsOf(t *rapid.T, x clocksim.Execution, off time.Duration) []time.Time {
	offsets := make([]time.Duration, x.Processes)
	for i := range offsets {
		offsets[i] = time.Duration(rapid.Int64Range(-int64(off), int64(off)).Draw(t, "offset"))
	}
	walls := make([]time.Time, len(x.Events))
	for i, e := range x.Events {
		walls[i] = time.Unix(1_000, 0).Add(time.Duration(i)*time.Millisecond + offsets[e.Process])
	}
	return walls
}

// Vectors compare as events happened, both ways, and Lamport and hybrid stamps one way.
func TestLaw_StampsAgreeWithHappenedBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawn(t)
		vectors, err := clocksim.VectorTimes(x)
		if err != nil {
			t.Fatal(err)
		}
		lamport, err := clocksim.LamportTimes(x)
		if err != nil {
			t.Fatal(err)
		}
		hybrid, err := clocksim.HybridTimes(x, wallsOf(t, x, time.Second), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		h := x.History()
		for j := range x.Events {
			for i := range j {
				order := h.Order(i, j)
				if got := vectors[i].Compare(vectors[j]); got != order {
					t.Fatalf("%v\nevent %d is %v event %d, and the vectors compare as %v", x, i+1, order, j+1, got)
				}
				if order == clocks.Before && (lamport[i].Counter >= lamport[j].Counter || hybrid[i].Time >= hybrid[j].Time) {
					t.Fatalf("%v\nevent %d is before event %d, and not so by %v and %v, or %v and %v", x, i+1, j+1, lamport[i], lamport[j], hybrid[i], hybrid[j])
				}
				if lamport[i].Compare(lamport[j]) == 0 || hybrid[i].Compare(hybrid[j]) == 0 {
					t.Fatalf("%v\nevents %d and %d have one stamp", x, i+1, j+1)
				}
			}
		}
	})
}

func TestBadStamps(t *testing.T) {
	bad := clocksim.Execution{Processes: 1, Events: events([2]int{1, -1})}
	_, err := clocksim.VectorTimes(bad)
	require.EqualError(t, err, "clocksim: the process of event 0 must lie in [0, 1): 1")
	_, err = clocksim.LamportTimes(clocksim.Execution{Processes: -1})
	require.EqualError(t, err, "clocksim: the number of processes must lie in [1, 16384]: -1")
	_, err = clocksim.HybridTimes(bad, nil, time.Second)
	require.EqualError(t, err, "clocksim: the process of event 0 must lie in [0, 1): 1")

	good, err := clocksim.DrawExecution(2, 2, 0, rand.NewPCG(1, 1))
	require.NoError(t, err)
	now := slices.Repeat([]time.Time{time.Unix(1_000, 0)}, 2)
	_, err = clocksim.HybridTimes(good, now[:1], time.Second)
	require.EqualError(t, err, "clocksim: there must be a wall time for each event: 1 for 2")
	_, err = clocksim.HybridTimes(good, now, 0)
	require.EqualError(t, err, "clocks: a drift bound must be positive, and at most 100 years: 0s")

	// What the clocks refuse is told with the event.
	x := clocksim.Execution{Processes: 2, Events: events([2]int{0, -1}, [2]int{1, 0})}
	now[0] = now[0].Add(time.Minute)
	_, err = clocksim.HybridTimes(x, now, time.Second)
	require.ErrorIs(t, err, clocks.ErrAhead)
	require.ErrorContains(t, err, "clocksim: event 1, of b: ")
}
