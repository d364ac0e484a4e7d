package ordering

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_LostUpdatesFindingsHold(t *testing.T) {
	judgetest.Hold(t, lostUpdates(allResolvers, clocksim.LoseUpdates, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

// resolvedBy is one resolver that somebody took for another.
func resolvedBy(as string, by clocksim.Resolve) []resolver {
	resolvers := slices.Clone(allResolvers)
	resolvers[slices.IndexFunc(resolvers, func(r resolver) bool { return r.name == as })].resolve = by
	return resolvers
}

// changed loses updates of other writes than those that it was given.
func changed(change func(*clocksim.Updates)) loseUpdates {
	return func(random *rand.Rand, u clocksim.Updates, resolve clocksim.Resolve) (clocksim.Fates, error) {
		change(&u)
		return clocksim.LoseUpdates(random, u, resolve)
	}
}

func TestBroken_LostUpdatesFindingsTurnFalse(t *testing.T) {
	sold := func(as string, by clocksim.Resolve) lab.Experiment {
		return lostUpdates(resolvedBy(as, by), clocksim.LoseUpdates, judge.Effort{})
	}
	few := []string{"-skew-ms", "2,10,50,500", "-gap-ms", "5,100"} // enough to see it
	with := func(change func(*clocksim.Updates)) lab.Experiment {
		return lostUpdates(allResolvers, changed(change), judge.Effort{})
	}
	judgetest.TurnFalse(t, lostUpdates(allResolvers, clocksim.LoseUpdates, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("clocks are off by twice the skew", with(func(u *clocksim.Updates) { u.Skew *= 2 }), few, judgetest.Lines(wallLosesExactly, wallLosesNone)),
		judgetest.Bug("clocks are off by a fourth of the skew", with(func(u *clocksim.Updates) { u.Skew /= 4 }), few, judgetest.Lines(wallLosesExactly, wallLosesMany)),
		judgetest.Bug("Lamport time is wall time", sold("lamport", clocksim.ByWall), few, judgetest.Lines(readIsKept, blindByLamport)),
		judgetest.Bug("hybrid time is wall time", sold("hybrid", clocksim.ByWall), few, judgetest.Lines(readIsKept, hybridRefuses)),
		judgetest.Bug("vectors are wall time", sold("vector", clocksim.ByWall), few, judgetest.Lines(readIsKept, blindByVector)),
		judgetest.Bug("nobody reads what is there", with(func(u *clocksim.Updates) { u.Blind = true }), few, readIsKept),
		judgetest.Bug("everybody reads what is there", with(func(u *clocksim.Updates) { u.Blind = false }), few, judgetest.Lines(blindByLamport, blindByHybrid, blindByVector)),
		judgetest.Bug("the bound is half of what it is", with(func(u *clocksim.Updates) { u.MaxDrift /= 2 }), few, hybridRefuses),
	})
}

func TestLostUpdates_OddParameters(t *testing.T) {
	e := lostUpdates(allResolvers, clocksim.LoseUpdates, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-skew-ms", "0"},
		{"-skew-ms", "0,1", "-gap-ms", "0"},
		{"-skew-ms", "100,1,10", "-gap-ms", "3600000,0.01"},
		{"-skew-ms", "3600000", "-max-drift", "1ms"},
		{"-gap-ms", "1,2,3,4,5,6"},
		{"-max-drift", "24h0m0s"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

// One skew makes no lines, and is drawn in bars.
func TestLostUpdates_OneSkew(t *testing.T) {
	e := lostUpdates(allResolvers, clocksim.LoseUpdates, judge.Effort{Tiny: true})
	for _, skews := range []string{"50", "0", "0,50"} {
		for _, panel := range judgetest.Odd(t, e, "-skew-ms", skews).Figure.Panels {
			require.IsType(t, chart.Bars{}, panel)
		}
	}
	for _, panel := range judgetest.Odd(t, e, "-skew-ms", "10,50").Figure.Panels {
		require.IsType(t, chart.Lines{}, panel)
	}
}

// Clocks that are right lose nothing, and the header is what others rely on.
func TestLostUpdates_Data(t *testing.T) {
	result, err := lab.Try(LostUpdates, 1, "-skew-ms", "0,10", "-gap-ms", "0,15")
	require.NoError(t, err)
	require.Equal(t, []string{"skew_ms", "gap_ms", "resolver", "runs", "lost", "low", "high", "theory"}, result.Columns)
	require.Len(t, result.Rows, 2*2*4)
	for _, row := range result.Rows {
		want := map[string]string{"0 0 wall": "0.5", "10 0 wall": "0.5", "10 15 wall": "0.03125"}[row[0]+" "+row[1]+" "+row[2]]
		if want == "" {
			require.Equal(t, "0", row[4], "%v", row)
			want = "0"
		}
		require.Equal(t, want, row[7], "%v", row)
	}
}

func TestLostUpdates_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-skew-ms", "-1"}, "-skew-ms must be 0, or lie in [0.01, 3600000]: -1"},
		{[]string{"-skew-ms", "0.001"}, "-skew-ms must be 0, or lie in [0.01, 3600000]: 0.001"},
		{[]string{"-skew-ms", "NaN"}, "-skew-ms must be"},
		{[]string{"-skew-ms", ""}, "-skew-ms must be"},
		{[]string{"-gap-ms", "3600001"}, "-gap-ms must be 0, or lie in [0.01, 3600000]: 3600001"},
		{[]string{"-gap-ms", "5,5"}, "-gap-ms must"},
		{[]string{"-gap-ms", "1,2,3,4,5,6,7"}, "-gap-ms must be at most 6 times, a panel each: 7"},
		{[]string{"-max-drift", "0s"}, "-max-drift must lie in [1ms, 24h0m0s]: 0s"},
	} {
		_, err := lab.Try(LostUpdates, 1, c.args...)
		require.ErrorContains(t, err, "lost-updates: "+c.want, "%v", c.args)
	}
}
