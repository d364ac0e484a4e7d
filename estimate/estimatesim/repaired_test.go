package estimatesim

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// naiveRedundant writes down when each part and the common cause change, and then looks at every piece of time between two changes.
func naiveRedundant(s Redundant, e *sim.Engine, warmUp, window time.Duration, windows int) *Outages {
	end := warmUp + time.Duration(windows)*window
	history := func(r Repaired, stream string) (changes []time.Duration) {
		if r.Up == nil {
			return nil
		}
		random := e.Stream(stream)
		for at, up := r.Up.Draw(random), false; at < end; up = !up {
			changes = append(changes, at)
			if up {
				at += r.Up.Draw(random)
			} else {
				at += r.Down.Draw(random)
			}
		}
		return changes
	}
	downAt := func(changes []time.Duration, at time.Duration) bool {
		before := 0
		for _, c := range changes {
			if c <= at {
				before++
			}
		}
		return before%2 == 1
	}
	cuts := []time.Duration{warmUp, end}
	for w := range windows {
		cuts = append(cuts, warmUp+time.Duration(w)*window)
	}
	common := history(s.Common, "common cause")
	cuts = append(cuts, common...)
	var parts [][]time.Duration
	for i := range s.Parts {
		parts = append(parts, history(s.Each, fmt.Sprint("part ", i)))
		cuts = append(cuts, parts[i]...)
	}
	slices.Sort(cuts)
	isDown := func(at time.Duration) bool {
		up := 0
		for _, p := range parts {
			if !downAt(p, at) {
				up++
			}
		}
		return up < s.Needed || downAt(common, at)
	}
	o := &Outages{Windows: make([]time.Duration, windows)}
	for i, from := range cuts[:len(cuts)-1] {
		to := cuts[i+1]
		if from < warmUp || to == from {
			continue
		}
		if isDown(from) {
			o.Windows[int((from-warmUp)/window)] += to - from
			o.Down += float64(to-from) / float64(end-warmUp)
			if from > 0 && !isDown(from-1) {
				o.Count++
			}
		}
		if downAt(common, from) {
			o.Common += float64(to-from) / float64(end-warmUp)
		}
	}
	return o
}

func TestLaw_RedundantEqualsALookAtAllTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := func(name string) workload.ServiceTime {
			mean := time.Duration(rapid.IntRange(1, 20).Draw(t, name)) * time.Second
			drawn, err := workload.NewLognormal(mean, rapid.Float64Range(0.1, 3).Draw(t, name+" scv"))
			require.NoError(t, err)
			return drawn
		}
		s := Redundant{Parts: rapid.IntRange(1, 5).Draw(t, "parts")}
		s.Needed = rapid.IntRange(1, s.Parts).Draw(t, "needed")
		if rapid.Bool().Draw(t, "parts fail") {
			s.Each = Repaired{times("up"), times("down")}
		}
		if rapid.Bool().Draw(t, "a common cause") {
			s.Common = Repaired{times("common up"), times("common down")}
		}
		seed, windows := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 4).Draw(t, "windows")
		warmUp := time.Duration(rapid.IntRange(0, 30).Draw(t, "warm-up")) * time.Second
		window := time.Duration(rapid.IntRange(1, 40).Draw(t, "window")) * time.Second
		got, err := s.Run(sim.New(seed), warmUp, window, windows)
		require.NoError(t, err)
		want := naiveRedundant(s, sim.New(seed), warmUp, window, windows)
		require.Equal(t, want.Windows, got.Windows)
		require.Equal(t, want.Count, got.Count)
		// Some hundred sums of shares of at most 1: the rounding is below 1e-13.
		require.InDelta(t, want.Down, got.Down, 1e-12)
		require.InDelta(t, want.Common, got.Common, 1e-12)
	})
}

// Whatever is needed of whatever number of the same parts, they fare alike: less is needed, less is down; more copies, less is down.
func TestLaw_RedundantIsMonotone(t *testing.T) {
	each := Repaired{exponential(t), exponential(t)}
	for seed := range uint64(20) {
		last := 1.0
		for needed := 5; needed > 0; needed-- {
			o, err := Redundant{Parts: 5, Needed: needed, Each: each, Common: each}.Run(sim.New(seed), 0, 100*time.Second, 1)
			require.NoError(t, err)
			require.LessOrEqual(t, o.Down, last)
			require.GreaterOrEqual(t, o.Down, o.Common)
			last = o.Down
		}
		fewer, err := Redundant{Parts: 4, Needed: 1, Each: each, Common: each}.Run(sim.New(seed), 0, 100*time.Second, 1)
		require.NoError(t, err)
		require.LessOrEqual(t, last, fewer.Down)
	}
}

// Of what fails and is repaired the availability is MTBF/(MTBF+MTTR), whatever the distributions; of several, what estimate says.
func TestClaim_RedundantIsAsAvailableAsTheFormulas(t *testing.T) {
	const up, down = 9 * time.Second, time.Second
	erlang := func(mean time.Duration) (workload.ServiceTime, error) { return workload.NewErlang(4, mean) }
	lognormal := func(mean time.Duration) (workload.ServiceTime, error) { return workload.NewLognormal(mean, 4) }
	for _, draw := range []func(time.Duration) (workload.ServiceTime, error){workload.NewExponential, erlang, lognormal} {
		long, err := draw(up)
		require.NoError(t, err)
		short, err := draw(down)
		require.NoError(t, err)
		common, err := draw(99 * time.Second)
		require.NoError(t, err)
		for _, c := range []struct {
			s            Redundant
			alone, cause float64
		}{
			{Redundant{Parts: 1, Needed: 1, Each: Repaired{long, short}}, 0.9, 1},
			{Redundant{Parts: 4, Needed: 4, Each: Repaired{long, short}}, 0.9, 1},
			{Redundant{Parts: 3, Needed: 2, Each: Repaired{long, short}}, 0.9, 1},
			{Redundant{Parts: 2, Needed: 1, Each: Repaired{long, short}, Common: Repaired{common, short}}, 0.9, 0.99},
			{Redundant{Parts: 2, Needed: 1, Common: Repaired{common, short}}, 1, 0.99},
		} {
			// 20 runs of 4,000 times up, and an outage for every hundred of these or more: some 800 outages, of which a mean is nearly normal.
			all, err := sim.Replicate(1, 20, func(e *sim.Engine) (*Outages, error) { return c.s.Run(e, 2_000*time.Second, 36_000*time.Second, 1) })
			require.NoError(t, err)
			var shares []float64
			for _, o := range all {
				shares = append(shares, o.Down)
			}
			want, err := estimate.KOfN(c.s.Needed, slices.Repeat([]float64{c.alone}, c.s.Parts)...)
			require.NoError(t, err)
			interval, err := stats.MeanInterval(shares, stats.Asserted)
			require.NoError(t, err)
			require.True(t, interval.Contains(1-want*c.cause), "%d of %d: %+v, not %v", c.s.Needed, c.s.Parts, interval, 1-want*c.cause)
		}
	}
}

// What never fails is never down, however long.
func TestRedundantThatNeverFails(t *testing.T) {
	o, err := Redundant{Parts: 3, Needed: 3}.Run(sim.New(1), math.MaxInt64, math.MaxInt64, 3)
	require.NoError(t, err)
	require.Equal(t, &Outages{Windows: make([]time.Duration, 3)}, o)
}

// Times of the longest duration do not overflow.
func TestRedundantOfTheLongestTimes(t *testing.T) {
	longest, err := workload.NewDeterministic(math.MaxInt64)
	require.NoError(t, err)
	second, err := workload.NewDeterministic(time.Second)
	require.NoError(t, err)
	o, err := Redundant{Parts: 1, Needed: 1, Each: Repaired{second, longest}}.Run(sim.New(1), 2*time.Second, math.MaxInt64-2*time.Second, 1)
	require.NoError(t, err)
	require.Equal(t, 1.0, o.Down)
	require.Zero(t, o.Count, "the outage began in the warm-up")
}

// ofNothing says that its mean is zero.
type ofNothing struct{ workload.ServiceTime }

func (ofNothing) Mean() time.Duration { return 0 }

func TestRedundantRefuses(t *testing.T) {
	zero := ofNothing{exponential(t)}
	good := Repaired{exponential(t), exponential(t)}
	const times = "estimatesim: what fails and is repaired needs times up and times down, each of a positive mean"
	for _, c := range []struct {
		s    Redundant
		want string
	}{
		{Redundant{}, "estimatesim: parts must lie in [1, 10000]: 0"},
		{Redundant{Parts: -1}, "estimatesim: parts must lie in [1, 10000]: -1"},
		{Redundant{Parts: 10_001, Needed: 1}, "estimatesim: parts must lie in [1, 10000]: 10001"},
		{Redundant{Parts: 2}, "estimatesim: needed parts must lie in [1, 2], all of them: 0"},
		{Redundant{Parts: 2, Needed: 3}, "estimatesim: needed parts must lie in [1, 2], all of them: 3"},
		{Redundant{Parts: 1, Needed: 1, Each: Repaired{Up: exponential(t)}}, times},
		{Redundant{Parts: 1, Needed: 1, Each: Repaired{exponential(t), zero}}, times},
		{Redundant{Parts: 1, Needed: 1, Common: Repaired{zero, exponential(t)}}, times},
		{Redundant{Parts: 1, Needed: 1, Common: Repaired{Down: exponential(t)}}, times},
	} {
		_, err := c.s.Run(sim.New(1), 0, time.Second, 1)
		require.EqualError(t, err, c.want)
	}
	s := Redundant{Parts: 1, Needed: 1, Each: good}
	for _, c := range []struct {
		e              *sim.Engine
		warmUp, window time.Duration
		windows        int
		want           string
	}{
		{nil, 0, 1, 1, "estimatesim: an engine is needed"},
		{sim.New(1), -1, 1, 1, "estimatesim: a warm-up must not be negative: -1ns"},
		{sim.New(1), 0, 0, 1, "estimatesim: a window must be positive: 0s"},
		{sim.New(1), 0, 1, 0, "estimatesim: windows must lie in [1, 10000000]: 0"},
		{sim.New(1), 0, 1, 10_000_001, "estimatesim: windows must lie in [1, 10000000]: 10000001"},
	} {
		_, err := s.Run(c.e, c.warmUp, c.window, c.windows)
		require.EqualError(t, err, c.want)
	}
}
