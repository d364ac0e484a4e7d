package clocksim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// ClockStep is one node whose clock is wrong, until it is corrected at time 0. Before that it is off by as much as the correction takes away.
type ClockStep struct {
	By   time.Duration // what the clock gains at time 0, negative if it is set back; within plus or minus an hour
	Slew bool          // the correction is gradual, at SlewPPM, and not at once
	PPM  float64       // by which the clock gains on the truth, before and after, in parts per million
}

// Clock is the node's clock.
func (s ClockStep) Clock() (*Physical, error) {
	if s.By < -time.Hour || s.By > time.Hour {
		return nil, fmt.Errorf("clocksim: a step must be within an hour: %v", s.By)
	}
	clock, err := NewPhysical(epoch, Deviation{Ahead: -s.By, PPM: s.PPM})
	if err != nil {
		return nil, err
	}
	return clock, clock.Correct(0, Correction{By: s.By, Slew: s.Slew})
}

// Overwrites are what became of a single node's writes of one key, each of which replaces the one before it.
type Overwrites struct {
	LostByWall, LostByLamport, LostByHybrid int // writes that the register did not take
	RefusedByHybrid                         int // writes that were not made: the wall clock is too far behind what was given out
}

// Writing is how often a key is written, and by what hybrid clock.
type Writing struct {
	Rate     float64       // writes a second, a Poisson process; in [0.01, 10000]
	MaxDrift time.Duration // of the hybrid clock
}

// Overwrite lets the node write a key again and again, from long before the step until long after the clock shows again what it has shown before. One node,
// one key, one thread: the writes are in the order in which they were made.
func (s ClockStep) Overwrite(random *rand.Rand, w Writing) (Overwrites, error) {
	clock, err := s.Clock()
	if err != nil {
		return Overwrites{}, err
	}
	hybrid, err := clocks.NewHybrid(clocks.HybridConfig{MaxDrift: w.MaxDrift})
	if err != nil {
		return Overwrites{}, err
	}
	if err := checkRate(random, w.Rate); err != nil {
		return Overwrites{}, err
	}
	var (
		lamport   clocks.Lamport
		byWall    clocks.LastWrite[int, clocks.WallStamp]
		byLamport clocks.LastWrite[int, clocks.LamportStamp]
		byHybrid  clocks.LastWrite[int, clocks.HybridStamp]
		came      Overwrites
	)
	// Before the first write there is none with a probability of e^-40.
	now, end := -between(40, w.Rate), between(40, w.Rate)
	if s.By < 0 {
		end += time.Duration(float64(-s.By) / s.speed())
	}
	for i := 0; ; i++ {
		now += between(random.ExpFloat64(), w.Rate)
		if now >= end {
			return came, nil
		}
		wall := clock.Read(now)
		if !byWall.Set(i, clocks.WallStamp{Time: wall, Node: "a"}) {
			came.LostByWall++
		}
		counter, err := lamport.Tick()
		if err != nil {
			return Overwrites{}, err
		}
		if !byLamport.Set(i, clocks.LamportStamp{Counter: counter, Node: "a"}) {
			came.LostByLamport++
		}
		switch stamp, err := hybrid.Now(wall); {
		case errors.Is(err, clocks.ErrBehind):
			came.RefusedByHybrid++
		case err != nil:
			return Overwrites{}, err
		case !byHybrid.Set(i, clocks.HybridStamp{Time: stamp, Node: "a"}):
			came.LostByHybrid++
		}
	}
}

// LostByStep is the expected number of writes that are lost by wall time: with r the rate, and t how long the clock shows again what it
// has shown before, r*t - 1 + e^-rt. The last write before the step was an exponential time before it, and for so much less than t are
// writes older than that one.
func (s ClockStep) LostByStep(rate float64) float64 {
	if s.Slew || s.By >= 0 {
		return 0
	}
	n := rate * -s.By.Seconds() / s.speed()
	return n + math.Expm1(-n)
}

// RefusedByStep is the expected number of writes that are refused by the hybrid clock, which is those that are lost by a step that is shorter by the bound. As
// hybrid time counts in steps, the bound is on average in the middle of one.
func (s ClockStep) RefusedByStep(w Writing) float64 {
	s.By += inSteps(w.MaxDrift)
	return s.LostByStep(w.Rate)
}

// Durations are measured lengths of requests.
type Durations struct {
	Requests          int // that were under way at the step
	NegativeByWall    int // that came out negative
	NegativeByElapsed int
}

// Working are requests that are timed.
type Working struct {
	Rate float64       // requests a second, a Poisson process; in [0.01, 10000]
	Mean time.Duration // of their lengths, which are exponential; in [1 µs, 1 minute]
}

// Measure times requests by the difference of two readings, of the time of day and of the monotonic clock.
func (s ClockStep) Measure(random *rand.Rand, w Working) (Durations, error) {
	clock, err := s.Clock()
	if err != nil {
		return Durations{}, err
	}
	if err := checkRate(random, w.Rate); err != nil {
		return Durations{}, err
	}
	if w.Mean < time.Microsecond || w.Mean > time.Minute {
		return Durations{}, fmt.Errorf("clocksim: a mean length must lie in [1µs, 1m]: %v", w.Mean)
	}
	var came Durations
	// Of the requests before that, e^-40 are still under way.
	for begin := -40 * w.Mean; ; {
		begin += between(random.ExpFloat64(), w.Rate)
		if begin >= 0 {
			return came, nil
		}
		end := begin + time.Duration(random.ExpFloat64()*float64(w.Mean))
		if end < 0 {
			continue
		}
		came.Requests++
		if clock.Read(end).Before(clock.Read(begin)) {
			came.NegativeByWall++
		}
		if clock.Elapsed(end) < clock.Elapsed(begin) {
			came.NegativeByElapsed++
		}
	}
}

// NegativeByStep is the expected number of requests whose length comes out negative: those that are under way at the step, and are shorter than it.
func (s ClockStep) NegativeByStep(w Working) float64 {
	if s.Slew || s.By >= 0 {
		return 0
	}
	mean, step := w.Mean.Seconds(), -s.By.Seconds()/s.speed()
	return w.Rate * (mean - (step+mean)*math.Exp(-step/mean))
}

// Lease is for how much longer than granted the holder believes that it has a lease; negative if it gives up earlier.
type Lease struct{ ByWall, ByElapsed time.Duration }

// Hold gives the node a lease that is held at the step, and began at an instant that is uniform within the time that it lasts by the node's clock. Who
// gave it measures true time.
func (s ClockStep) Hold(random *rand.Rand, length time.Duration) (Lease, error) {
	clock, err := s.Clock()
	switch {
	case err != nil:
		return Lease{}, err
	case random == nil:
		return Lease{}, errNoRandomness
	case length < time.Microsecond || length > time.Hour:
		return Lease{}, fmt.Errorf("clocksim: a lease must lie in [1µs, 1h]: %v", length)
	}
	from := -1 - time.Duration(random.Int64N(int64(float64(length)/s.speed())-1))
	wall, elapsed := clock.Read(from).Add(length), clock.Elapsed(from)+length
	return Lease{
		ByWall:    soonest(from, func(now time.Duration) bool { return !clock.Read(now).Before(wall) }) - from - length,
		ByElapsed: soonest(from, func(now time.Duration) bool { return clock.Elapsed(now) >= elapsed }) - from - length,
	}, nil
}

// HeldByStep is the expected time for which the holder believes longer than granted that it has a lease, by wall time, in seconds. A clock that is set
// back by s lets it believe in it for s longer; one that is set forward ends it earlier by as much, or at once.
func (s ClockStep) HeldByStep(length time.Duration) float64 {
	lasts := length.Seconds() / s.speed() // without a step; at the step, what is left of that is uniform
	gains := -s.By.Seconds() / s.speed()
	if s.By > 0 {
		lost := min(-gains, lasts)
		gains = -lost * (1 - lost/lasts/2)
	}
	return lasts - length.Seconds() + gains
}

// speed is how much the clock shows in a second.
func (s ClockStep) speed() float64 { return 1 + s.PPM/1e6 }

// soonest is when something is true that stays so once it is, from then on. It is not so at first.
func soonest(from time.Duration, holds func(time.Duration) bool) time.Duration {
	before, at := from, from+1
	for d := time.Duration(1); !holds(at); d *= 2 {
		before, at = at, at+d
	}
	for at-before > 1 {
		if middle := before + (at-before)/2; holds(middle) {
			at = middle
		} else {
			before = middle
		}
	}
	return at
}

// between is a time in units of the mean time between events of that rate.
func between(units, rate float64) time.Duration {
	return time.Duration(units / rate * float64(time.Second))
}

var errNoRandomness = errors.New("clocksim: there must be randomness")

func checkRate(random *rand.Rand, rate float64) error {
	if random == nil {
		return errNoRandomness
	}
	if !(rate >= 0.01 && rate <= 10_000) {
		return fmt.Errorf("clocksim: a rate must lie in [0.01, 10000] a second: %v", rate)
	}
	return nil
}
