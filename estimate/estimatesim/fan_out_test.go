package estimatesim_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Of exponential times the longest of k has the mean 1 + 1/2 + ... + 1/k, and the sum k.
func TestClaim_FanOutOfExponentialTimes(t *testing.T) {
	const mean, runs = time.Millisecond, 30
	slow := 4 * mean
	call, err := workload.NewExponential(mean)
	require.NoError(t, err)
	p := 1 - call.CDF(slow)
	after := []int{1, 3, 10}
	all, err := sim.Replicate(1, runs, func(e *sim.Engine) ([]estimatesim.FannedOut, error) {
		return estimatesim.FanOut(call, after, slow, 1_000, e.Stream("calls"))
	})
	require.NoError(t, err)
	for i, k := range after {
		harmonic := 0.0
		for j := 1; j <= k; j++ {
			harmonic += 1 / float64(j)
		}
		tail, err := estimate.TailOfAll(p, k)
		require.NoError(t, err)
		for _, of := range []struct {
			want float64
			got  func(estimatesim.FannedOut) float64
		}{
			{tail, func(f estimatesim.FannedOut) float64 { return f.Slow }},
			{harmonic, func(f estimatesim.FannedOut) float64 { return f.AtOnce / mean.Seconds() }},
			{float64(k), func(f estimatesim.FannedOut) float64 { return f.InTurn / mean.Seconds() }},
		} {
			var column []float64
			for _, run := range all {
				require.Equal(t, k, run[i].Calls)
				column = append(column, of.got(run[i]))
			}
			interval, err := stats.MeanInterval(column, stats.Asserted)
			require.NoError(t, err)
			require.True(t, interval.Contains(of.want), "%d calls: %v, not %v", k, interval, of.want)
		}
	}
}

// What takes as long as slow is not slow.
func TestFanOutSlowIsLonger(t *testing.T) {
	call, err := workload.NewDeterministic(time.Second)
	require.NoError(t, err)
	for slow, want := range map[time.Duration]float64{time.Second: 0, time.Second - 1: 1} {
		all, err := estimatesim.FanOut(call, []int{2}, slow, 3, rand.New(rand.NewPCG(1, 2)))
		require.NoError(t, err)
		require.Equal(t, []estimatesim.FannedOut{{2, want, 1, 2}}, all)
	}
}

func TestFanOutRefuses(t *testing.T) {
	call, err := workload.NewDeterministic(time.Second)
	require.NoError(t, err)
	for _, c := range []struct {
		after    []int
		requests int
		want     string
	}{
		{nil, 1, "estimatesim: numbers of calls must ascend within [1, 10000]: []"},
		{[]int{0}, 1, "estimatesim: numbers of calls must ascend within [1, 10000]: [0]"},
		{[]int{2, 1}, 1, "estimatesim: numbers of calls must ascend within [1, 10000]: [2 1]"},
		{[]int{10_001}, 1, "estimatesim: numbers of calls must ascend within [1, 10000]: [10001]"},
		{[]int{2}, 0, "estimatesim: requests must lie in [1, 50000000] where each makes 2 calls: 0"},
		{[]int{2}, 50_000_001, "estimatesim: requests must lie in [1, 50000000] where each makes 2 calls: 50000001"},
	} {
		_, err := estimatesim.FanOut(call, c.after, 0, c.requests, rand.New(rand.NewPCG(1, 2)))
		require.EqualError(t, err, c.want)
	}
}
