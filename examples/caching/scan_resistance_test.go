package caching

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_ScanResistanceFindingsHold(t *testing.T) {
	judgetest.Hold(t, scanResistance(allPolicies, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_ScanResistanceFindingsTurnFalse(t *testing.T) {
	sold := func(name, by string) lab.Experiment { return scanResistance(taken(name, by), judge.Effort{}) }
	resist := []string{"-policies", "lru,sieve,lfu,w-tinylfu,arc,lirs", "-scans", "0,2"}
	judgetest.TurnFalse(t, scanResistance(allPolicies, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("LRU is W-TinyLFU", sold("lru", "w-tinylfu"), resist, judgetest.Lines(scansHurt, scansResisted)),
		judgetest.Bug("LIRS is LRU", sold("lirs", "lru"), resist, scansResisted),
		judgetest.Bug("SIEVE is CLOCK", sold("sieve", "clock"), resist, scansResisted),
		judgetest.Bug("2Q remembers forever", sold("2q", "lfu"), []string{"-policies", "lru,2q", "-scans", "0,2"}, scansFlushTwoQ),
		judgetest.Bug("LFU knows the future", sold("lfu", "opt"), []string{"-policies", "lfu", "-scans", "0"}, keptIsMost),
		judgetest.Bug("CLOCK draws its victims", sold("clock", "random"), []string{"-policies", "fifo,lru,clock,sieve", "-scans", "0"}, loopsNeverHit),
		judgetest.Bug("LIRS is SIEVE", sold("lirs", "sieve"), []string{"-policies", "w-tinylfu,lirs", "-scans", "0"}, loopsHit),
		judgetest.Bug("LFU forgets", sold("lfu", "lru"), []string{"-policies", "lru,lfu,w-tinylfu", "-scans", "0"}, changeCostsLFU),
	})
}

// The optimum, which a scan cannot hurt, hits the same with scans and without: what misses for certain is not counted.
func TestScanResistance_Data(t *testing.T) {
	result, err := lab.Try(scanResistance(allPolicies, judge.Effort{Tiny: true}), 1, "-capacity", "20", "-keys", "20", "-scans", "3,0", "-policies", "opt,lru")
	require.NoError(t, err)
	require.Equal(t, []string{"traffic", "policy", "capacity", "length", "runs", "hit_ratio", "low", "high"}, result.Columns)
	require.Len(t, result.Rows, 2*3+4*2+5*2)
	require.Equal(t, []string{"scans", "lru", "20", "0"}, result.Rows[0][:4])
	require.Equal(t, []string{"scans", "opt", "20", "60"}, result.Rows[4][:4])
	require.Equal(t, result.Rows[0][5:], result.Rows[1][5:], "20 keys fit into 20 entries")
	require.InDelta(t, 1, value(t, result.Rows[2][5]), 1e-12, "and all of them are the hottest")
	require.Greater(t, value(t, result.Rows[4][5]), 0.9)
	require.Less(t, value(t, result.Rows[3][5]), 0.8)
	require.Equal(t, []string{"loop", "lru", "20", "22", "1", "0", "", ""}, result.Rows[6], "a loop is no sample")
}

func value(t *testing.T, cell string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(cell, 64)
	require.NoError(t, err)
	return x
}

func TestScanResistance_TakesOddParameters(t *testing.T) {
	e := scanResistance(allPolicies, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-capacity", "1"},
		{"-capacity", "2", "-scans", "0.1"},
		{"-keys", "1"},
		{"-keys", "3", "-capacity", "1000"},
		{"-skew", "0"},
		{"-skew", "5"},
		{"-requests", "100"},
		{"-scans", "10"},
		{"-policies", "opt"},
		{"-policies", "random"},
		{"-policies", "sieve,s3-fifo"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestScanResistance_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-capacity", "0"}, "-capacity must lie in [1, 10000]: 0"},
		{[]string{"-capacity", "-5"}, "-capacity must lie in [1, 10000]: -5"},
		{[]string{"-scans", "-1"}, "-scans must lie in [0, 10]: -1"},
		{[]string{"-scans", "NaN"}, "-scans must be a finite number: NaN"},
		{[]string{"-keys", "0"}, "-keys must lie in [1, 1000000]: 0"},
		{[]string{"-skew", "-0.1"}, "-skew must lie in [0, 5]: -0.1"},
		{[]string{"-requests", "99"}, "-requests must lie in [100, 1000000]: 99"},
		{[]string{"-policies", "clockpro"}, "-policies must be one of random, fifo, lru, slru, clock, sieve, s3-fifo, lfu, tinylfu, w-tinylfu, 2q, arc, lirs, opt: clockpro"},
	} {
		_, err := lab.Try(ScanResistance, 1, c.args...)
		require.ErrorContains(t, err, "scan-resistance: ", "%v", c.args)
		require.ErrorContains(t, err, c.want, "%v", c.args)
	}
}
