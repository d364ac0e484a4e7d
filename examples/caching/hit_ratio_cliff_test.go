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
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

func TestClaim_HitRatioCliffFindingsHold(t *testing.T) {
	judgetest.Hold(t, hitRatioCliff(cachesim.Database.Run, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_HitRatioCliffFindingsTurnFalse(t *testing.T) {
	// with is the experiment on another database than was asked for.
	with := func(spoil func(*cachesim.Database)) lab.Experiment {
		return hitRatioCliff(func(d cachesim.Database, e *sim.Engine) (cachesim.Served, error) {
			spoil(&d)
			return d.Run(e)
		}, judge.Effort{})
	}
	atBoth := []string{"-hit", "0.98,0.99"}
	judgetest.TurnFalse(t, hitRatioCliff(cachesim.Database.Run, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("a tenth of the misses goes elsewhere", with(func(d *cachesim.Database) { d.MissRatio *= 0.9 }), atBoth, loadDoubles),
		judgetest.Bug("work never varies", with(func(d *cachesim.Database) { d.Service, _ = workload.NewDeterministic(d.Service.Mean()) }), atBoth, judgetest.Lines(meanIsExact, tailIsExact)),
		judgetest.Bug("a server more works", with(func(d *cachesim.Database) { d.Servers++ }), atBoth, judgetest.Lines(meanIsExact, meanLeaps, tailLeaps)),
	})
}

// The columns are fixed, and a hit ratio is a row.
func TestHitRatioCliff_Data(t *testing.T) {
	result, err := lab.Try(hitRatioCliff(cachesim.Database.Run, judge.Effort{Tiny: true}), 1, "-hit", "0.995,0.98", "-servers", "1", "-service", "4ms")
	require.NoError(t, err)
	require.Equal(t, []string{
		"hit_ratio", "runs", "per_second", "per_second_low", "per_second_high", "utilisation",
		"mean_ms", "mean_low_ms", "mean_high_ms", "mean_theory_ms", "p99_ms", "p99_low_ms", "p99_high_ms", "p99_theory_ms",
	}, result.Columns)
	require.Len(t, result.Rows, 2)
	require.Equal(t, []string{"0.98", "3"}, result.Rows[0][:2])
	require.Equal(t, "0.8", result.Rows[0][5])
	require.Equal(t, "5", result.Rows[1][9][:1], "4 ms / (1 - 0.2)")
}

func TestHitRatioCliff_OddParameters(t *testing.T) {
	e := hitRatioCliff(cachesim.Database.Run, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-hit", "0.99"},
		{"-hit", "0.98,0.99"},
		{"-hit", "0", "-rate", "10"},
		{"-hit", "0.999999", "-rate", "0.1"},
		{"-hit", "0.97,0.975,0.98,0.99", "-servers", "1000", "-service", "2s"},
		{"-servers", "1", "-service", "1us", "-rate", "100000"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestHitRatioCliff_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-hit", "1"}, "-hit must lie in [0, 0.999999]: 1"},
		{[]string{"-hit", "0.98,0.98"}, "-hit must not repeat a value: 0.98"},
		{[]string{"-servers", "0"}, "-servers must lie in [1, 1000]: 0"},
		{[]string{"-service", "0s"}, "-service must lie in [1µs, 1h0m0s]: 0s"},
		{[]string{"-rate", "NaN"}, "-rate must be a finite number: NaN"},
		{[]string{"-hit", "0.97"}, "-hit, -rate, -servers and -service must keep the database below 97% of its capacity: at a hit ratio of 0.97 it is asked for 135%; 4 servers need one of 0.978444 or more"},
	} {
		_, err := lab.Try(HitRatioCliff, 1, c.args...)
		require.ErrorContains(t, err, "hit-ratio-cliff: "+c.want, "%v", c.args)
	}
}
