package workload_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Gaps are exponential (kurtosis 9) and independent: neighbouring ones have a sample correlation of 0 with the
// standard error 1/sqrt(n).
func TestClaim_PoissonGapsAreExponentialAndIndependent(t *testing.T) {
	arrivals, err := workload.NewPoisson(1000, rand.NewPCG(5, 6))
	require.NoError(t, err)
	n, judged := trials(400_000)
	gaps := make([]float64, n)
	now := time.Duration(0)
	for i := range gaps {
		next := arrivals.Next(now)
		gaps[i] = (next-now).Seconds()*1000 - 1 // in mean gaps, less the mean
		now = next
	}
	if !judged {
		return
	}
	count := float64(n)
	mean, variance, lagged := moments(gaps)
	require.InDelta(t, 0, mean, deviations/math.Sqrt(count), "mean")
	require.InDelta(t, 1, variance, deviations*math.Sqrt(8/count), "variance")
	require.InDelta(t, 0, lagged/variance, deviations/math.Sqrt(count), "correlation of neighbours")
	longer := 0
	for _, g := range gaps {
		if g > 1 {
			longer++
		}
	}
	share := math.Exp(-2)
	require.InDelta(t, share*count, longer, deviations*math.Sqrt(count*share*(1-share)), "gaps of twice the mean")
}

// The number of arrivals in a window is Poisson: its variance equals its mean, so that (n-1) times the index of
// dispersion, variance over mean, is nearly chi-square with n-1 degrees of freedom, and the index has the standard
// error sqrt(2/(n-1)). Windows that do not overlap are independent.
func TestClaim_PoissonCountsHaveTheDispersion1(t *testing.T) {
	const window, perWindow = 10 * time.Millisecond, 20
	arrivals, err := workload.NewPoisson(perWindow/window.Seconds(), rand.NewPCG(7, 8))
	require.NoError(t, err)
	n, judged := trials(20_000)
	counts := make([]float64, n)
	for now := arrivals.Next(0); now < time.Duration(n)*window; now = arrivals.Next(now) {
		counts[now/window]++
	}
	if !judged {
		return
	}
	count := float64(n)
	mean, variance, lagged := moments(counts)
	require.InDelta(t, perWindow, mean, deviations*math.Sqrt(perWindow/count), "mean")
	require.InDelta(t, 1, variance/mean, deviations*math.Sqrt(2/(count-1)), "index of dispersion")
	require.InDelta(t, 0, lagged/variance, deviations/math.Sqrt(count), "correlation of neighbours")
}

// At a billion a second, the largest rate, the rounding is at its worst: a gap rounds to 0 with probability 1 -
// e^(-1/2), and the mean gap is the sum of P(gap >= k - 1/2), 1/(2 sinh(1/2)) = 0.9595 ns. Its variance is 1.156 ns²,
// so that the standard error of the mean is below 1.1/sqrt(n).
func TestClaim_RoundingShortensTheShortestGapsBy4Percent(t *testing.T) {
	arrivals, err := workload.NewPoisson(1e9, rand.NewPCG(9, 10))
	require.NoError(t, err)
	n, judged := trials(400_000)
	now, coincide := time.Duration(0), 0
	for range n {
		next := arrivals.Next(now)
		if next == now {
			coincide++
		}
		now = next
	}
	if !judged {
		return
	}
	count, share := float64(n), 1-math.Exp(-0.5)
	require.InDelta(t, 1/(2*math.Sinh(0.5)), float64(now)/count, deviations*1.1/math.Sqrt(count))
	require.InDelta(t, share*count, coincide, deviations*math.Sqrt(count*share*(1-share)))
}

func TestClaim_RegularArrivalsDoNotDrift(t *testing.T) {
	arrivals, err := workload.NewRegular(3)
	require.NoError(t, err)
	now := time.Duration(0)
	for _, want := range []time.Duration{333_333_333, 666_666_667, 1_000_000_000, 1_333_333_333} {
		now = arrivals.Next(now)
		require.Equal(t, want, now)
	}
	// The three-billionth lies at 10⁹ seconds to the nanosecond, and its neighbours a third of a second off.
	const late = 1_000_000_000 * time.Second
	require.Equal(t, late, arrivals.Next(late-1))
	require.Equal(t, late+333_333_333, arrivals.Next(late))
	require.Equal(t, late-333_333_333, arrivals.Next(late-400*time.Millisecond))

	// Halves go up: gaps of 2.5 ns.
	arrivals, err = workload.NewRegular(4e8)
	require.NoError(t, err)
	for now, want := range []time.Duration{3, 3, 3, 5, 5, 8, 8, 8, 10} {
		require.Equal(t, want, arrivals.Next(time.Duration(now)))
	}

	// 10⁵ arrivals at 7 a second end at 10⁵/7 seconds.
	arrivals, err = workload.NewRegular(7)
	require.NoError(t, err)
	now = 0
	for range 100_000 {
		now = arrivals.Next(now)
	}
	require.Equal(t, time.Duration(14_285_714_285_714), now)

	// An arrival whose rounding carries from the lower to the upper 64 bits, which is rare: after 113 years, to the
	// nanosecond.
	const thirds = 1e6 / 3.
	arrivals, err = workload.NewRegular(thirds)
	require.NoError(t, err)
	carried := kthArrival(big.NewInt(1_187_010_853_703_416), thirds)
	require.Equal(t, carried, arrivals.Next(carried-1))

	// The last before the end of time, and none after it.
	arrivals, err = workload.NewRegular(1)
	require.NoError(t, err)
	require.Equal(t, 9_223_372_036*time.Second, arrivals.Next(9_223_372_035*time.Second))
	require.Equal(t, time.Duration(math.MaxInt64), arrivals.Next(9_223_372_036*time.Second))
	require.Equal(t, time.Duration(math.MaxInt64), arrivals.Next(math.MaxInt64))
}

// moments are the mean, the variance, and the covariance of neighbours.
func moments(x []float64) (mean, variance, lagged float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for i, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x)-1)
		if i > 0 {
			lagged += (v - mean) * (x[i-1] - mean) / float64(len(x)-1)
		}
	}
	return mean, variance, lagged
}
