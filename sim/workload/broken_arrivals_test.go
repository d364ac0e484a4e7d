package workload_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// towardsZero divides as Go does, which rounds up below zero.
type towardsZero time.Duration

func (g towardsZero) Next(now time.Duration) time.Duration {
	gap := time.Duration(g)
	return (now/gap + 1) * gap
}

func TestBroken_AMetronomeThatRoundsTowardsZero(t *testing.T) {
	lawtest.Breaks(t, "A metronome that divides towards zero has arrivals before it starts", regularArrivalsBeginAfterZero(func(rate float64) (workload.Arrivals, error) {
		return towardsZero(math.Round(1e9 / rate)), nil
	}))
}

// remembering goes on from its own last arrival, whatever now it is given.
type remembering struct {
	workload.Arrivals
	last time.Duration
}

func (r *remembering) Next(time.Duration) time.Duration {
	r.last = r.Arrivals.Next(r.last)
	return r.last
}

func TestBroken_ArrivalsWithAClockOfTheirOwn(t *testing.T) {
	lawtest.Breaks(t, "Arrivals that keep a clock of their own fall behind, or run ahead of, the one that asks", poissonHasNoMemory(func(rate float64, src rand.Source) (workload.Arrivals, error) {
		arrivals, err := workload.NewPoisson(rate, src)
		return &remembering{Arrivals: arrivals}, err
	}))
}

// wrapping adds a gap without a look at what a duration holds.
type wrapping struct{ workload.Arrivals }

func (w wrapping) Next(now time.Duration) time.Duration { return now + w.Arrivals.Next(0) }

func TestBroken_TimeWrapsRound(t *testing.T) {
	lawtest.Breaks(t, "A gap that is added at the end of time leads back to before its beginning", poissonHasNoMemory(func(rate float64, src rand.Source) (workload.Arrivals, error) {
		arrivals, err := workload.NewPoisson(rate, src)
		return wrapping{arrivals}, err
	}))
}
