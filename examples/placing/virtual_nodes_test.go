package placing

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_VirtualNodesFindingsHold(t *testing.T) {
	judgetest.Hold(t, virtualNodes(ringOf, hashring.PointsFor, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_VirtualNodesFindingsTurnFalse(t *testing.T) {
	// with is the experiment with rings of another number of points than was asked for.
	with := func(points func(int) int) lab.Experiment {
		return virtualNodes(func(nodes, asked int, seed uint64) (hashring.Placement, error) {
			return ringOf(nodes, points(asked), seed)
		}, hashring.PointsFor, judge.Effort{})
	}
	half := with(func(points int) int { return (points + 1) / 2 })
	stingy := func(nodes int, peak, confidence float64) (int, error) {
		points, err := hashring.PointsFor(nodes, peak, confidence)
		return points / 3, err
	}
	judgetest.TurnFalse(t, virtualNodes(ringOf, hashring.PointsFor, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("a ring drops every second point", half, []string{"-nodes", "10", "-vnodes", "100"}, betaVariance),
		judgetest.Bug("a ring drops every second point", half, []string{"-nodes", "20", "-vnodes", "10,100"}, betaRange),
		judgetest.Bug("a ring has a point more", with(func(points int) int { return points + 1 }), []string{"-nodes", "10", "-vnodes", "1"}, harmonic),
		judgetest.Bug("a ring has a tenth of its points", with(func(points int) int { return max(1, points/10) }), []string{"-vnodes", "160"}, byDefault),
		judgetest.Bug("the advisor is content with a third", virtualNodes(ringOf, stingy, judge.Effort{}), []string{"-nodes", "10", "-vnodes", "1"}, promiseKept),
	})
}

// The columns are fixed, and a ring of one size is one row.
func TestVirtualNodes_Data(t *testing.T) {
	result, err := lab.Try(virtualNodes(ringOf, hashring.PointsFor, judge.Effort{Tiny: true}), 1, "-nodes", "20,5", "-vnodes", "3,1")
	require.NoError(t, err)
	require.Equal(t, []string{"nodes", "vnodes", "runs", "peak_to_mean", "low", "high", "relative_sd", "theory_sd"}, result.Columns)
	require.Len(t, result.Rows, 4)
	require.Equal(t, []string{"5", "1", "3"}, result.Rows[0][:3])
	require.Equal(t, "0.5", result.Rows[1][7], "sqrt(4 / 16)")
}

func TestVirtualNodes_OddParameters(t *testing.T) {
	e := virtualNodes(ringOf, hashring.PointsFor, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-nodes", "2"},
		{"-nodes", "7", "-vnodes", "5"},
		{"-nodes", "2,3,4,5,6,7", "-vnodes", "1,1000"},
		{"-nodes", "1000", "-vnodes", "1,2", "-peak", "10"},
		{"-nodes", "10", "-peak", "1.05", "-confidence", "0.99"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestVirtualNodes_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nodes", "1"}, "-nodes must lie in [2, 10000]: 1"},
		{[]string{"-nodes", "2,3,4,5,6,7,8"}, "-nodes must be at most 6 numbers, a panel each: 7"},
		{[]string{"-vnodes", "0"}, "-vnodes must lie in [1, 100000]: 0"},
		{[]string{"-vnodes", "10,10"}, "-vnodes must not repeat a value: 10"},
		{[]string{"-nodes", "10000"}, "-nodes and -vnodes must make at most 2000000 points on a ring: 10000 times 1000"},
		{[]string{"-peak", "1"}, "-peak must lie in [1.05, 10]: 1"},
		{[]string{"-confidence", "1"}, "-confidence must lie in [0.5, 0.9999]: 1"},
		{[]string{"-nodes", "1000", "-peak", "1.05", "-vnodes", "1"}, "-nodes, -peak and -confidence must take at most 2000000 points on a ring: 1000 times"},
	} {
		_, err := lab.Try(VirtualNodes, 1, c.args...)
		require.ErrorContains(t, err, "virtual-nodes: "+c.want, "%v", c.args)
	}
}
