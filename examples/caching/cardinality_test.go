package caching

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
)

func TestClaim_CardinalityFindingsHold(t *testing.T) {
	judgetest.Hold(t, cardinality(cachesim.Cardinality.Run, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_CardinalityFindingsTurnFalse(t *testing.T) {
	// with is the experiment with another cache, or other keys, than were asked for.
	with := func(spoil func(*cachesim.Cardinality)) lab.Experiment {
		return cardinality(func(c cachesim.Cardinality, e *sim.Engine) (float64, error) {
			spoil(&c)
			return c.Run(e)
		}, judge.Effort{})
	}
	leftOut := with(func(c *cachesim.Cardinality) { c.Values = 1 })
	twice := with(func(c *cachesim.Cardinality) { c.Entries *= 2 })
	few := []string{"-values", "1,24,1000000"}
	judgetest.TurnFalse(t, cardinality(cachesim.Cardinality.Run, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("the field is left out", leftOut, few, judgetest.Lines(moreHitLess, asSmaller, underTheBest, uniqueIsWorst, policyNoCure)),
		judgetest.Bug("the cache is twice as large", twice, few, asSmaller),
	})
}

// The columns are fixed; a policy with a number of values is a row.
func TestCardinality_Data(t *testing.T) {
	result, err := lab.Try(cardinality(cachesim.Cardinality.Run, judge.Effort{Tiny: true}), 1, "-values", "4,1", "-objects", "10", "-entries", "20")
	require.NoError(t, err)
	require.Equal(t, []string{"policy", "values", "entries", "runs", "hit_ratio", "low", "high", "che", "best"}, result.Columns)
	require.Equal(t, [][]string{{"lru", "1", "20", "3"}, {"w-tinylfu", "1", "20", "3"}, {"lru", "4", "20", "3"}, {"w-tinylfu", "4", "20", "3"}},
		judge.Column(result.Rows, func(row []string) []string { return row[:4] }))
	require.Equal(t, []string{"1", "1", "1", "1", "1"}, result.Rows[0][4:], "there is room for all")
	require.Empty(t, result.Rows[1][7], "Che's approximation is of LRU")
}

func TestCardinality_OddParameters(t *testing.T) {
	e := cardinality(cachesim.Cardinality.Run, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-values", "1"},
		{"-values", "24"},
		{"-values", "1,24"},
		{"-values", "1000000000,1000000"},
		{"-entries", "1"},
		{"-entries", "200000", "-objects", "1", "-values", "1,2"},
		{"-skew", "0"},
		{"-skew", "3"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestCardinality_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-values", "0"}, "-values must lie in [1, 1000000000]: 0"},
		{[]string{"-values", "2,2"}, "-values must not repeat a value: 2"},
		{[]string{"-entries", "0"}, "-entries must lie in [1, 200000]: 0"},
		{[]string{"-objects", "-1"}, "-objects must lie in [1, 200000]: -1"},
		{[]string{"-skew", "-1"}, "-skew must lie in [0, 3]: -1"},
	} {
		_, err := lab.Try(CardinalityOfKeys, 1, c.args...)
		require.ErrorContains(t, err, "cardinality: "+c.want, "%v", c.args)
	}
}
