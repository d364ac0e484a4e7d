package clocksim_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// hybridStep is what hybrid time is counted in.
const hybridStep = 1 << 16

// lawFate says what must become of a second write, by the nodes' clocks alone.
func lawFate(resolve clocksim.Resolve, want func(p clocksim.Pair, differ time.Duration) clocksim.Fate) func(*rapid.T) {
	return func(t *rapid.T) {
		nanos := func(low, high int64, label string) time.Duration {
			near := rapid.SampledFrom([]time.Duration{0, hybridStep, 5 * hybridStep, -5 * hybridStep}).Draw(t, label)
			return min(max(near+time.Duration(rapid.Int64Range(-1, 1).Draw(t, "beside")), time.Duration(low)), time.Duration(high))
		}
		p := clocksim.Pair{At: nanos(0, math.MaxInt64, "at"), Gap: nanos(0, math.MaxInt64, "gap"), MaxDrift: 3 * hybridStep, Blind: rapid.Bool().Draw(t, "blind")}
		skews := [2]time.Duration{nanos(math.MinInt64, math.MaxInt64, "skew"), nanos(math.MinInt64, math.MaxInt64, "skew")}
		p.First.Name, p.Second.Name = "a", "b"
		if rapid.Bool().Draw(t, "the other way round") {
			p.First.Name, p.Second.Name = "b", "a"
		}
		for i, node := range []*clocksim.Node{&p.First, &p.Second} {
			var err error
			if node.Clock, err = clocksim.NewPhysical(start, clocksim.Deviation{Ahead: skews[i]}); err != nil {
				t.Fatal(err)
			}
		}
		differ := skews[0] - skews[1] - p.Gap // by how much the second write's wall time is the earlier one
		got, err := resolve(p)
		if err != nil {
			t.Fatal(err)
		}
		if want := want(p, differ); got != want {
			t.Fatalf("%s writes with its clock %v ahead, and %v later %s with its clock %v ahead, which has %s:\nthe second write is %s, and should be %s",
				p.First.Name, skews[0], p.Gap, p.Second.Name, skews[1], map[bool]string{true: "not seen that", false: "read that"}[p.Blind], says(got), says(want))
		}
	}
}

func says(f clocksim.Fate) string { return [...]string{"kept", "a sibling", "lost", "refused"}[f] }

// lostIf is lost or kept, and at a tie by the names.
func lostIf(p clocksim.Pair, earlier, tie bool) clocksim.Fate {
	if earlier || tie && p.Second.Name < p.First.Name {
		return clocksim.Lost
	}
	return clocksim.Kept
}

// wallFate is lost whenever the second write's clock shows less, whatever it has read.
func wallFate(p clocksim.Pair, differ time.Duration) clocksim.Fate {
	return lostIf(p, differ > 0, differ == 0)
}

// lamportFate is kept if the first write was read, and otherwise both times are 1.
func lamportFate(p clocksim.Pair, _ time.Duration) clocksim.Fate { return lostIf(p, false, p.Blind) }

// vectorFate knows what was read.
func vectorFate(p clocksim.Pair, _ time.Duration) clocksim.Fate {
	if p.Blind {
		return clocksim.Sibling
	}
	return clocksim.Kept
}

// hybridFate is as wall time's if the writer is blind, in whole steps, and otherwise refused beyond the bound.
func hybridFate(p clocksim.Pair, _ time.Duration) clocksim.Fate {
	steps := func(n clocksim.Node, at time.Duration) int64 {
		ns := n.Clock.Read(at).UnixNano()
		return (ns + hybridStep - 1) / hybridStep
	}
	one, two := steps(p.First, p.At), steps(p.Second, p.At+p.Gap)
	switch {
	case p.Blind:
		return lostIf(p, two < one, two == one)
	case one-two > 3: // the whole step at the bound has room left in its counter
		return clocksim.Refused
	}
	return clocksim.Kept
}

func TestLaw_FatesOfSecondWrites(t *testing.T) {
	for _, c := range []struct {
		name    string
		resolve clocksim.Resolve
		want    func(clocksim.Pair, time.Duration) clocksim.Fate
	}{
		{"wall", clocksim.ByWall, wallFate}, {"lamport", clocksim.ByLamport, lamportFate},
		{"hybrid", clocksim.ByHybrid, hybridFate}, {"vector", clocksim.ByVector, vectorFate},
	} {
		t.Run(c.name, func(t *testing.T) { lawtest.Holds(t, lawFate(c.resolve, c.want)) })
	}
}

// forgetful reads nothing before it writes.
func forgetful(resolve clocksim.Resolve) clocksim.Resolve {
	return func(p clocksim.Pair) (clocksim.Fate, error) {
		p.Blind = true
		return resolve(p)
	}
}

func TestBroken_LamportForgetsToWitness(t *testing.T) {
	lawtest.Breaks(t, "A node does not witness the stamp that it reads", lawFate(forgetful(clocksim.ByLamport), lamportFate))
}

func TestBroken_HybridForgetsToWitness(t *testing.T) {
	lawtest.Breaks(t, "A node's hybrid clock does not witness the stamp that it reads", lawFate(forgetful(clocksim.ByHybrid), hybridFate))
}

func TestBroken_WallTimeTrusted(t *testing.T) {
	lawtest.Breaks(t, "Somebody believes that wall time loses nothing", lawFate(clocksim.ByWall, vectorFate))
}

// The share that wall time loses is (2-x)^2/8.
func TestClaim_WallTimeLosesSequentialWrites(t *testing.T) {
	if race.Enabled {
		t.Skip("a statistical claim")
	}
	require.Equal(t, 0.125, clocksim.LostByWall(clocksim.Updates{Skew: 100 * time.Millisecond, Gap: 100 * time.Millisecond}))
	for i, x := range []float64{0, 0.1, 0.5, 1, 1.5, 1.9, 2, 2.1} {
		u := clocksim.Updates{Pairs: 2_000, Skew: 10 * time.Millisecond, Gap: time.Duration(x * 1e7), Blind: i%2 == 0}
		runs, err := sim.Replicate(uint64(i), 40, func(e *sim.Engine) (float64, error) {
			fates, err := clocksim.LoseUpdates(e.Stream("updates"), u, clocksim.ByWall)
			return fates.Lost, err
		})
		require.NoError(t, err)
		interval, err := stats.MeanInterval(runs, stats.Asserted)
		require.NoError(t, err)
		want := max(0, 2-x) * max(0, 2-x) / 8
		require.InDelta(t, want, clocksim.LostByWall(u), 1e-12)
		require.True(t, interval.Contains(want), "x = %v: %v, and should contain %v", x, interval, want)
	}
	for _, c := range []struct {
		skew, gap time.Duration
		want      float64
	}{{0, 0, 0.5}, {0, 1, 0}, {1, 0, 0.5}, {-1, 1, 0}} {
		require.Equal(t, c.want, clocksim.LostByWall(clocksim.Updates{Skew: c.skew, Gap: c.gap}))
	}
}

// Whatever the skew, no write is lost that has read the one before it; refused are those that are beyond the bound, with the probability that wall
// time would lose them after a gap that is longer by the bound.
func TestClaim_WhatWasReadIsNotLost(t *testing.T) {
	u := clocksim.Updates{Pairs: 3_000, Skew: 400 * time.Millisecond, Gap: 50 * time.Millisecond, MaxDrift: 250 * time.Millisecond}
	for name, resolve := range map[string]clocksim.Resolve{"lamport": clocksim.ByLamport, "hybrid": clocksim.ByHybrid, "vector": clocksim.ByVector} {
		fates, err := clocksim.LoseUpdates(rand.New(rand.NewPCG(1, 2)), u, resolve)
		require.NoError(t, err)
		require.Zero(t, fates.Lost, name)
		if name != "hybrid" {
			require.Zero(t, fates.Refused, name)
			continue
		}
		// Steps of hybrid time move the bound by no more than 33 µs of 400 ms.
		x := 300.0 / 400
		require.InDelta(t, (2-x)*(2-x)/8, clocksim.RefusedByHybrid(u), 1e-4)
		want := clocksim.RefusedByHybrid(u)
		require.InDelta(t, want, fates.Refused, 4*math.Sqrt(want*(1-want)/3_000))
	}
}

// What has not read the other write is lost by Lamport time if its node's name is the smaller one, which is half of the time; and vectors
// keep both.
func TestClaim_BlindWritesAreOrderedByLuck(t *testing.T) {
	u := clocksim.Updates{Pairs: 10_000, Gap: time.Hour, Blind: true, MaxDrift: time.Second}
	fates, err := clocksim.LoseUpdates(rand.New(rand.NewPCG(1, 2)), u, clocksim.ByLamport)
	require.NoError(t, err)
	require.InDelta(t, 0.5, fates.Lost, 4*math.Sqrt(0.25/10_000))
	fates, err = clocksim.LoseUpdates(rand.New(rand.NewPCG(1, 2)), u, clocksim.ByVector)
	require.NoError(t, err)
	require.Equal(t, clocksim.Fates{Sibling: 1}, fates)
	fates, err = clocksim.LoseUpdates(rand.New(rand.NewPCG(1, 2)), u, clocksim.ByHybrid)
	require.NoError(t, err)
	require.Equal(t, clocksim.Fates{}, fates, "clocks that are right keep it")
}

// With a skew of a few steps of hybrid time it matters where in its step the bound lies: not at all.
func TestClaim_TheBoundIsTheMiddleOfItsStep(t *testing.T) {
	if race.Enabled {
		t.Skip("a statistical claim")
	}
	for _, drift := range []time.Duration{4 * hybridStep, 4*hybridStep + 1, 5*hybridStep - 1, 5 * hybridStep} {
		u := clocksim.Updates{Pairs: 2_000, Skew: 10 * hybridStep, Gap: time.Microsecond, MaxDrift: drift}
		runs, err := sim.Replicate(1, 40, func(e *sim.Engine) (float64, error) {
			fates, err := clocksim.LoseUpdates(e.Stream("updates"), u, clocksim.ByHybrid)
			return fates.Refused, err
		})
		require.NoError(t, err)
		interval, err := stats.MeanInterval(runs, stats.Asserted)
		require.NoError(t, err)
		// The probability is a square in the bound, of which the average over a step is 1/24 of its second derivative more: 1/4 per skew squared, so
		// 1/96/100. It is added to both ends.
		require.InDelta(t, clocksim.RefusedByHybrid(u), interval.Estimate, interval.HalfWidth()+1e-4, "%v", drift)
	}
}

func TestResolversNeedClocks(t *testing.T) {
	clock, err := clocksim.NewPhysical(start, clocksim.Deviation{})
	require.NoError(t, err)
	for _, resolve := range []clocksim.Resolve{clocksim.ByWall, clocksim.ByHybrid} {
		for _, p := range []clocksim.Pair{{}, {First: clocksim.Node{Clock: clock}}, {Second: clocksim.Node{Clock: clock}}} {
			p.MaxDrift = time.Second
			_, err := resolve(p)
			require.EqualError(t, err, "clocksim: both nodes must have a clock: nil")
		}
	}
}

func TestLoseUpdatesRefuses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		u    clocksim.Updates
		want string
	}{
		{clocksim.Updates{}, "clocksim: there must be a pair of writes: 0"},
		{clocksim.Updates{Pairs: 1, Skew: -1}, "clocksim: a skew must lie in [0, 1 year]: -1ns"},
		{clocksim.Updates{Pairs: 1, Skew: math.MaxInt64}, "clocksim: a skew must lie in [0, 1 year]: 2562047h47m16.854775807s"},
		{clocksim.Updates{Pairs: 1, Gap: -1}, "clocksim: a gap must lie in [0, 1 year]: -1ns"},
		{clocksim.Updates{Pairs: 1, Gap: math.MaxInt64}, "clocksim: a gap must lie in [0, 1 year]: 2562047h47m16.854775807s"},
	} {
		_, err := clocksim.LoseUpdates(random, c.u, clocksim.ByWall)
		require.EqualError(t, err, c.want)
	}
	const missing = "clocksim: there must be randomness, and a way to resolve writes"
	_, err := clocksim.LoseUpdates(nil, clocksim.Updates{Pairs: 1}, clocksim.ByWall)
	require.EqualError(t, err, missing)
	_, err = clocksim.LoseUpdates(random, clocksim.Updates{Pairs: 1}, nil)
	require.EqualError(t, err, missing)
	_, err = clocksim.LoseUpdates(random, clocksim.Updates{Pairs: 1}, clocksim.ByHybrid)
	require.EqualError(t, err, "clocks: a drift bound must be positive, and at most 100 years: 0s")
	_, err = clocksim.LoseUpdates(random, clocksim.Updates{Pairs: 1}, func(clocksim.Pair) (clocksim.Fate, error) { return -1, nil })
	require.EqualError(t, err, "clocksim: there must be such a fate: -1")
	broken := errors.New("broken")
	_, err = clocksim.LoseUpdates(random, clocksim.Updates{Pairs: 1}, func(clocksim.Pair) (clocksim.Fate, error) { return 0, broken })
	require.ErrorIs(t, err, broken)
}

// One write is made by a node whose clock is 80 ms ahead, and 30 ms later a node that has read it replaces it.
func ExamplePair() {
	epoch := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	ahead, err := clocksim.NewPhysical(epoch, clocksim.Deviation{Ahead: 80 * time.Millisecond})
	if err != nil {
		panic(err)
	}
	right, err := clocksim.NewPhysical(epoch, clocksim.Deviation{})
	if err != nil {
		panic(err)
	}
	pair := clocksim.Pair{
		First:    clocksim.Node{Name: "a", Clock: ahead},
		Second:   clocksim.Node{Name: "b", Clock: right},
		Gap:      30 * time.Millisecond,
		MaxDrift: 500 * time.Millisecond,
	}
	byWall, err := clocksim.ByWall(pair)
	if err != nil {
		panic(err)
	}
	byHybrid, err := clocksim.ByHybrid(pair)
	if err != nil {
		panic(err)
	}
	fmt.Println(byWall == clocksim.Lost, byHybrid == clocksim.Kept)
	// Output: true true
}
