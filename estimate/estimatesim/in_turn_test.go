package estimatesim_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

func serviceTimes(t *testing.T, n int) func(workload.ServiceTime, error) []workload.ServiceTime {
	return func(s workload.ServiceTime, err error) []workload.ServiceTime {
		require.NoError(t, err)
		return slices.Repeat([]workload.ServiceTime{s}, n)
	}
}

// A sum of exponential times is Erlang's, whose quantiles are known without a grid.
func TestClaim_InTurnIsErlang(t *testing.T) {
	const mean, p = 10 * time.Millisecond, 0.95
	after := []int{1, 2, 5, 10}
	calls := serviceTimes(t, 10)(workload.NewExponential(mean))
	grid, err := estimatesim.InTurnExactly(calls, after, p, 2_000)
	require.NoError(t, err)
	drawn, err := estimatesim.InTurn(calls, after, p, 20_000, rand.New(rand.NewPCG(1, 2)))
	require.NoError(t, err)
	for i, n := range after {
		q := erlangQuantile(n, p) * float64(mean)
		// The grid's step is near 0.25 ms, and the error goes with its square over that of the mean.
		require.InEpsilon(t, q, float64(grid[i]), 1e-3, "%d calls", n)
		// The standard deviation of a quantile is sqrt(p(1-p)/n) over the density: 5 of them.
		density := math.Exp(-q/float64(mean)) * math.Pow(q/float64(mean), float64(n-1)) / math.Gamma(float64(n)) / float64(mean)
		require.InDelta(t, q, float64(drawn[i]), 5*math.Sqrt(p*(1-p)/20_000)/density, "%d calls", n)
	}
}

// erlangQuantile is that of a sum of n exponential times of mean 1, by bisection of the Poisson sum.
func erlangQuantile(n int, p float64) float64 {
	low, high := 0.0, 100.0
	for range 100 {
		x, above, term := (low+high)/2, 0.0, 1.0
		for i := range n {
			above += term
			term *= x / float64(i+1)
		}
		if 1-above*math.Exp(-x) < p {
			low = x
		} else {
			high = x
		}
	}
	return low
}

// The stored counterexample, drawn.
func TestClaim_InTurnOfRarelySlow(t *testing.T) {
	calls := serviceTimes(t, 2)(workload.NewBimodal(time.Millisecond, 100*time.Millisecond, 0.04))
	drawn, err := estimatesim.InTurn(calls, []int{1, 2}, 0.95, 20_000, rand.New(rand.NewPCG(1, 2)))
	require.NoError(t, err)
	exact, err := estimatesim.InTurnExactly(calls, []int{1, 2}, 0.95, 2_000)
	require.NoError(t, err)
	hop, err := estimate.NewLatencies(estimate.Band{Latency: time.Millisecond, Requests: 96}, estimate.Band{Latency: 100 * time.Millisecond, Requests: 4})
	require.NoError(t, err)
	both, err := hop.Then(hop)
	require.NoError(t, err)
	for i, l := range []estimate.Latencies{hop, both} {
		p95, err := l.Percentile(0.95)
		require.NoError(t, err)
		require.Equal(t, p95, drawn[i])
		// By the union bound the grid ends at 200 ms, and its step is that over 1,998: a call is off by up to half of it.
		require.InDelta(t, p95.Seconds(), exact[i].Seconds(), 0.2/1_998)
	}
}

// Seven of a hundred requests are 0.07 of them, and a little less is seven too; a little more is eight.
func TestInTurnRanks(t *testing.T) {
	calls := serviceTimes(t, 1)(workload.NewExponential(time.Second))
	at := func(p float64) time.Duration {
		drawn, err := estimatesim.InTurn(calls, []int{1}, p, 100, rand.New(rand.NewPCG(1, 2)))
		require.NoError(t, err)
		return drawn[0]
	}
	require.Equal(t, at(0.0601), at(0.07))
	require.Less(t, at(0.06), at(0.07))
	require.Less(t, at(0.07), at(0.0701))
	require.Equal(t, at(0.9901), at(math.Nextafter(1, 0)))
	require.Equal(t, at(1e-300), at(0.01))
}

func TestInTurnRefuses(t *testing.T) {
	calls := serviceTimes(t, 2)(workload.NewExponential(time.Second))
	for _, c := range []struct {
		calls           []workload.ServiceTime
		after           []int
		p               float64
		requests, steps int
		want            string
	}{
		{[]workload.ServiceTime{calls[0], nil}, []int{1}, 0.5, 1, 100, "estimatesim: each call needs its times"},
		{nil, []int{1}, 0.5, 1, 100, "estimatesim: calls must lie in [1, 10000]: 0"},
		{calls, nil, 0.5, 1, 100, "estimatesim: numbers of calls must ascend within [1, 2]: []"},
		{calls, []int{0, 1}, 0.5, 1, 100, "estimatesim: numbers of calls must ascend within [1, 2]: [0 1]"},
		{calls, []int{2, 1}, 0.5, 1, 100, "estimatesim: numbers of calls must ascend within [1, 2]: [2 1]"},
		{calls, []int{3}, 0.5, 1, 100, "estimatesim: numbers of calls must ascend within [1, 2]: [3]"},
		{calls, []int{1}, 0, 1, 100, "estimatesim: a percentile must lie in (0, 1): 0"},
		{calls, []int{1}, 1, 1, 100, "estimatesim: a percentile must lie in (0, 1): 1"},
		{calls, []int{1}, math.NaN(), 1, 100, "estimatesim: a percentile must lie in (0, 1): NaN"},
		{calls, []int{2}, 0.5, 0, 99, ""},
		{calls, []int{2}, 0.5, math.MaxInt, math.MaxInt, ""},
	} {
		_, err := estimatesim.InTurn(c.calls, c.after, c.p, c.requests, rand.New(rand.NewPCG(1, 2)))
		if c.want == "" {
			require.ErrorContains(t, err, "estimatesim: requests must lie in [1, 50000000] where each makes 2 calls: ")
		} else {
			require.EqualError(t, err, c.want)
		}
		_, err = estimatesim.InTurnExactly(c.calls, c.after, c.p, c.steps)
		if c.want == "" {
			require.ErrorContains(t, err, "estimatesim: steps must be at least 100 and twice the calls, and their square times the calls at most 2e+09: ")
		} else {
			require.EqualError(t, err, c.want)
		}
	}
}

func TestCallsRefuseWhatIsMissing(t *testing.T) {
	calls := serviceTimes(t, 1)(workload.NewExponential(time.Second))
	_, err := estimatesim.InTurn(calls, []int{1}, 0.5, 1, nil)
	require.EqualError(t, err, "estimatesim: a source of random numbers is needed")
	_, err = estimatesim.FanOut(calls[0], []int{1}, 0, 1, nil)
	require.EqualError(t, err, "estimatesim: a source of random numbers is needed")
	_, err = estimatesim.FanOut(nil, []int{1}, 0, 1, rand.New(rand.NewPCG(1, 2)))
	require.EqualError(t, err, "estimatesim: each call needs its times")
}

func TestInTurnRefusesWhatDoesNotFit(t *testing.T) {
	calls := serviceTimes(t, 2)(workload.NewDeterministic(math.MaxInt64/2 + 1))
	_, err := estimatesim.InTurn(calls, []int{2}, 0.5, 1, rand.New(rand.NewPCG(1, 2)))
	require.ErrorContains(t, err, "estimatesim: a sum of latencies must fit a duration: ")
	_, err = estimatesim.InTurnExactly(calls, []int{2}, 0.5, 100)
	require.ErrorContains(t, err, "estimatesim: a sum of latencies must fit half of the longest duration: ")
}
