package caching

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
)

func TestClaim_ColdStartFindingsHold(t *testing.T) {
	judgetest.Hold(t, coldStart(cachesim.ColdStart.Run, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_ColdStartFindingsTurnFalse(t *testing.T) {
	// with is the experiment with another start than was asked for, and other counts than came out.
	with := func(spoil func(*cachesim.ColdStart), count func(cachesim.ColdStart, cachesim.Recovery)) lab.Experiment {
		return coldStart(func(c cachesim.ColdStart, e *sim.Engine) (cachesim.Recovery, error) {
			if spoil != nil {
				spoil(&c)
			}
			r, err := c.Run(e)
			if count != nil && err == nil {
				count(c, r)
			}
			return r, err
		}, judge.Effort{})
	}
	fifo := with(func(c *cachesim.ColdStart) { c.Policy = cache.FIFO }, nil)
	twice := with(nil, func(_ cachesim.ColdStart, r cachesim.Recovery) {
		for i := range r.Missed {
			r.Missed[i] *= 2
		}
	})
	secretly := with(func(c *cachesim.ColdStart) {
		if c.Shift > 0 {
			c.Prewarm = c.Entries / 2
		}
	}, nil)
	atOnce := with(func(c *cachesim.ColdStart) { c.Shift = 0 }, nil)
	warmAnyway := with(func(c *cachesim.ColdStart) { c.Prewarm = c.Entries }, nil)
	never := with(func(c *cachesim.ColdStart) { c.Prewarm = 0 }, nil)
	silent := with(nil, func(c cachesim.ColdStart, r cachesim.Recovery) {
		if c.Prewarm > 0 {
			clear(r.Missed)
		}
	})
	judgetest.TurnFalse(t, coldStart(cachesim.ColdStart.Run, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("nothing is read in before", never, nil, judgetest.Lines(coldIsExact, worstIsLower, prewarmSooner)),
		judgetest.Bug("the cache is FIFO", fifo, nil, fullIsTheSame),
		judgetest.Bug("the database is asked twice for each miss", twice, nil, oncePerEntry),
		judgetest.Bug("traffic is shifted to a warm cache", secretly, nil, shiftSaves),
		judgetest.Bug("all traffic goes at once", atOnce, nil, worstIsLower),
		judgetest.Bug("a flush leaves the hottest keys", warmAnyway, nil, firstMoment),
		judgetest.Bug("the database is not asked after keys were read in", silent, nil, prewarmIsMore),
	})
}

// The columns are fixed; a start has a row a window.
func TestColdStart_Data(t *testing.T) {
	result, err := lab.Try(coldStart(cachesim.ColdStart.Run, judge.Effort{Tiny: true}), 1, "-keys", "100", "-entries", "20", "-requests", "400", "-prewarm", "1", "-shift", "100")
	require.NoError(t, err)
	require.Equal(t, []string{"start", "requests", "runs", "hit_ratio", "hit_ratio_low", "hit_ratio_high", "stayed", "never_evicted", "extra", "extra_low", "extra_high"}, result.Columns)
	require.Len(t, result.Rows, 3*coldWindows)
	require.Equal(t, []string{"flush", "10", "3"}, result.Rows[0][:3])
	require.Equal(t, []string{"prewarm", "400", "3"}, result.Rows[2*coldWindows-1][:3])
	require.Equal(t, []string{"shift", "10", "3"}, result.Rows[2*coldWindows][:3])
	require.Empty(t, result.Rows[2*coldWindows][7], "theory is not about shifting")
}

func TestColdStart_OddParameters(t *testing.T) {
	e := coldStart(cachesim.ColdStart.Run, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-prewarm", "0"},
		{"-prewarm", "1", "-entries", "50"},
		{"-entries", "1"},
		{"-keys", "2", "-entries", "9"},
		{"-skew", "0"},
		{"-skew", "3"},
		{"-shift", "1"},
		{"-shift", "1000000"},
		{"-requests", "40"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestColdStart_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-keys", "1"}, "-keys must lie in [2, 200000]: 1"},
		{[]string{"-entries", "0"}, "-entries must lie in [1, 200000]: 0"},
		{[]string{"-prewarm", "1.5"}, "-prewarm must lie in [0, 1]: 1.5"},
		{[]string{"-skew", "Inf"}, "-skew must be a finite number: Inf"},
		{[]string{"-requests", "39"}, "-requests must lie in [40, 1000000]: 39"},
		{[]string{"-shift", "0"}, "-shift must lie in [1, 1000000]: 0"},
	} {
		_, err := lab.Try(ColdStart, 1, c.args...)
		require.ErrorContains(t, err, "cold-start: "+c.want, "%v", c.args)
	}
}
