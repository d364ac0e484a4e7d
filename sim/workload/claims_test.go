package workload_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// deviations is how many standard errors a statistic may lie from its claim: beyond five is one in 1.7 million for a
// normal one.
const deviations = 5

// trials is the number of draws, and whether they are enough to judge by: under the race detector they are few.
func trials(n int) (int, bool) {
	if race.Enabled {
		return n / 200, false
	}
	return n, true
}

// claimed is a service time and what is known of it beyond its own methods.
type claimed struct {
	name string
	s    workload.ServiceTime
	// kurtosis is the fourth central moment over the variance squared. It is 0 where that is infinite: then a
	// sample's variance has no standard error, and is not judged.
	kurtosis float64
}

func claims(t *testing.T) []claimed {
	made := func(s workload.ServiceTime, err error) workload.ServiceTime {
		require.NoError(t, err)
		return s
	}
	const mean = 10 * time.Millisecond
	measured := []time.Duration{1e6, 2e6, 3e6, 5e6, 8e6, 13e6, 21e6, 34e6, 34e6}
	var sample [4]float64
	for _, d := range measured {
		for i := range sample {
			sample[i] += math.Pow(d.Seconds(), float64(i+1)) / float64(len(measured))
		}
	}
	powers := func(x float64) [4]float64 { return [4]float64{x, x * x, x * x * x, x * x * x * x} }
	exponential := func(mean float64) (m [4]float64) { // E X^n = n! mean^n
		for i, factorial := range []float64{1, 2, 6, 24} {
			m[i] = factorial * math.Pow(mean, float64(i+1))
		}
		return m
	}
	pareto := func(minimum, alpha float64) (m [4]float64) { // E X^n = alpha minimum^n / (alpha-n)
		for i := range m {
			m[i] = alpha * math.Pow(minimum, float64(i+1)) / (alpha - float64(i+1))
		}
		return m
	}
	mixed := func(a [4]float64, share float64, b [4]float64) (m [4]float64) {
		for i := range m {
			m[i] = (1-share)*a[i] + share*b[i]
		}
		return m
	}
	hyper := made(workload.NewMixture(
		workload.Component{Weight: 9, Time: made(workload.NewExponential(mean))},
		workload.Component{Weight: 1, Time: made(workload.NewExponential(10 * mean))}))
	// LNKD-SSD of Bailis et al. 2012, table 3: 91.22% Pareto(0.235 ms, 10), 8.78% exponential of rate 1.66 per ms.
	rate := 1.66
	disk := made(workload.NewMixture(
		workload.Component{Weight: 91.22, Time: made(workload.NewParetoShape(235*time.Microsecond, 10))},
		workload.Component{Weight: 8.78, Time: made(workload.NewExponential(time.Duration(1e6 / rate)))}))

	three := made(workload.NewMixture(
		workload.Component{Weight: 2, Time: made(workload.NewDeterministic(1 * time.Millisecond))},
		workload.Component{Weight: 3, Time: made(workload.NewDeterministic(2 * time.Millisecond))},
		workload.Component{Weight: 5, Time: made(workload.NewDeterministic(3 * time.Millisecond))}))

	w, alpha, share := 1.25, 1+math.Sqrt(1+1/0.05), 0.1
	return []claimed{
		{"deterministic", made(workload.NewDeterministic(mean)), 1},
		{"exponential", made(workload.NewExponential(mean)), 9},
		{"exponential of 3 ns", made(workload.NewExponential(3)), 0}, // rounding shows: quantiles only
		{"lognormal, scv 0.25", made(workload.NewLognormal(mean, 0.25)), w*w*w*w + 2*w*w*w + 3*w*w - 3},
		{"lognormal, scv 9", made(workload.NewLognormal(mean, 9)), 0}, // finite, but 1.2e4: no sample judges it
		{"pareto, scv 0.05", made(workload.NewPareto(mean, 0.05)), kurtosis(pareto(1, alpha))},
		{"pareto, scv 1", made(workload.NewPareto(mean, 1)), 0},
		{"pareto, alpha 2", made(workload.NewParetoShape(mean, 2)), 0},
		{"pareto, alpha 1.1", made(workload.NewParetoShape(mean, 1.1)), 0},
		{"bimodal", made(workload.NewBimodal(mean/10, mean*10, share)), (1 - 3*share*(1-share)) / (share * (1 - share))},
		{"erlang-1", made(workload.NewErlang(1, mean)), 9},
		{"erlang-2", made(workload.NewErlang(2, mean)), 3 + 6./2},
		{"erlang-100", made(workload.NewErlang(100, mean)), 3 + 6./100},
		{"empirical", made(workload.NewEmpirical(measured)), kurtosis(sample)},
		{"hyperexponential", hyper, kurtosis(mixed(exponential(1), 0.1, exponential(10)))},
		{"three fixed times", three, kurtosis(mixed(powers(1), 0.8, mixed(powers(2), 0.625, powers(3))))},
		{"LNKD-SSD", disk, kurtosis(mixed(pareto(0.235, 10), 0.0878, exponential(1/rate)))},
	}
}

// kurtosis of the first four raw moments.
func kurtosis(m [4]float64) float64 {
	variance := m[1] - m[0]*m[0]
	return (m[3] - 4*m[2]*m[0] + 6*m[1]*m[0]*m[0] - 3*math.Pow(m[0], 4)) / (variance * variance)
}

// The sample's mean has the standard error sqrt(variance/n), its variance that of variance * sqrt((kurtosis-1)/n).
// Rounding to nanoseconds (1e-7 of the shortest mean judged) is far below both. Where the next higher moment is
// infinite (the mean of pareto at scv 1, alpha = 2.41), one huge draw may exceed the five errors with a probability
// of about n P(S > 5 sqrt(n variance)), 4e-4.
func TestClaim_DrawsHaveTheMeanAndTheVariance(t *testing.T) {
	for _, c := range claims(t) {
		n, judged := trials(400_000)
		r := rand.New(rand.NewPCG(1, 2))
		sum, squares, mean := 0., 0., c.s.Mean().Seconds()
		for range n {
			x := c.s.Draw(r).Seconds() - mean
			sum += x
			squares += x * x
		}
		variance := c.s.Variance()
		if !judged || math.IsInf(variance, 1) || c.s.Mean() < time.Microsecond {
			continue
		}
		count := float64(n)
		require.InDelta(t, 0, sum/count, deviations*math.Sqrt(variance/count), "%s: mean", c.name)
		if c.kurtosis > 0 {
			got := squares/count - (sum/count)*(sum/count)
			require.InDelta(t, variance, got, deviations*variance*math.Sqrt((c.kurtosis-1)/count), "%s: variance", c.name)
		}
	}
}

// The number of draws up to a quantile q is binomial with probability CDF(q), and so is the number below it with
// CDF(q-1): a standard error of sqrt(n CDF (1-CDF)). Where this is 0 the count is exact. No moment is needed, so all
// tails are judged.
func TestClaim_DrawsHaveTheQuantiles(t *testing.T) {
	levels := []float64{0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1}
	for _, c := range claims(t) {
		n, judged := trials(400_000)
		r := rand.New(rand.NewPCG(3, 4))
		quantiles := make([]time.Duration, len(levels))
		for i, p := range levels {
			quantiles[i] = quantile(t, c.s, p)
		}
		upTo, below := make([]int, len(levels)), make([]int, len(levels))
		for range n {
			d := c.s.Draw(r)
			for i, q := range quantiles {
				if d <= q {
					upTo[i]++
				}
				if d < q {
					below[i]++
				}
			}
		}
		if !judged {
			continue
		}
		for i, q := range quantiles {
			for _, counted := range []struct {
				draws int
				share float64
			}{{upTo[i], c.s.CDF(q)}, {below[i], c.s.CDF(q - 1)}} {
				want, count := counted.share*float64(n), float64(n)
				require.InDelta(t, want, counted.draws, deviations*math.Sqrt(want*(1-want/count))+1e-6,
					"%s: draws up to the %v quantile, %v", c.name, levels[i], q)
			}
		}
	}
}

// What Mean and Variance say must follow from what CDF says: E S is the integral of 1 - CDF, E S² of 2t (1 - CDF).
// With t = e^y and the trapezoidal rule of step h = 1/500 over smooth tails, a kink leaves an error of the order of
// h²/12, 3e-7; the CDF of whole nanoseconds, half a nanosecond of milliseconds, 1e-6. The tolerance is ten times
// their sum.
func TestClaim_MomentsFollowFromTheCDF(t *testing.T) {
	for _, c := range claims(t) {
		switch c.name {
		case "exponential", "lognormal, scv 0.25", "lognormal, scv 9", "pareto, scv 0.05", "erlang-1", "erlang-2", "erlang-100",
			"hyperexponential", "LNKD-SSD": // continuous, with a second moment that ends below 292 years
		default:
			continue
		}
		const h = 1. / 500
		first, second := 0., 0.
		for y := 0.; y < 43; y += h { // from a nanosecond to 150 years
			x := math.Exp(y)
			tail := 1 - c.s.CDF(time.Duration(math.Round(x-0.5)))
			first += tail * x * h
			second += 2 * tail * x * x * h
		}
		first, second = (first+1)/1e9, second/1e18 // the first nanosecond is not in the integral
		require.InEpsilon(t, c.s.Mean().Seconds(), first, 1.3e-5, "%s: mean", c.name)
		require.InEpsilon(t, c.s.Variance(), second-first*first, 1.3e-5*second/c.s.Variance(), "%s: variance", c.name)
	}
}

// Erlang is the gamma distribution with a whole shape, which gonum computes another way; the quantile of the rounded
// time is within half a nanosecond of gonum's, and both round.
func TestClaim_ErlangIsGamma(t *testing.T) {
	for _, k := range []int{1, 2, 3, 10, 100, 1000} {
		s, err := workload.NewErlang(k, time.Second)
		require.NoError(t, err)
		gamma := distuv.Gamma{Alpha: float64(k), Beta: float64(k)}
		for _, x := range []float64{0.01, 0.1, 0.5, 0.9, 0.99, 1, 1.01, 1.1, 2, 5} {
			at := time.Duration(x * 1e9)
			require.InDelta(t, gamma.CDF((float64(at)+0.5)/1e9), s.CDF(at), 1e-11, "k=%d, %v", k, at)
		}
		for _, p := range []float64{0.001, 0.1, 0.5, 0.9, 0.999} {
			require.InDelta(t, gamma.Quantile(p)*1e9, float64(quantile(t, s, p)), 2, "k=%d, p=%v", k, p)
		}
	}
}

// Closed forms of quantiles, to the nanosecond.
func TestClaim_QuantilesHaveTheirClosedForms(t *testing.T) {
	made := func(s workload.ServiceTime, err error) workload.ServiceTime {
		require.NoError(t, err)
		return s
	}
	const z99 = 2.3263478740408408 // of the standard normal
	sigma := math.Sqrt(math.Log(5))
	for _, c := range []struct {
		s    workload.ServiceTime
		p    float64
		want float64 // seconds
	}{
		{made(workload.NewExponential(time.Second)), 0.5, math.Ln2},
		{made(workload.NewExponential(time.Second)), 0.99, math.Log(100)},
		{made(workload.NewLognormal(time.Second, 4)), 0.5, 1 / math.Sqrt(5)},
		{made(workload.NewLognormal(time.Second, 4)), 0.99, math.Exp(z99*sigma) / math.Sqrt(5)},
		{made(workload.NewLognormal(time.Second, 4)), 0.01, math.Exp(-z99*sigma) / math.Sqrt(5)},
		{made(workload.NewParetoShape(time.Second, 2)), 0.75, 2},
		{made(workload.NewParetoShape(time.Second, 2)), 0.99, 10},
		{made(workload.NewPareto(time.Second, 1./3)), 0, 2. / 3},          // alpha = 3, minimum 2/3
		{made(workload.NewPareto(time.Second, 1./3)), 7. / 8, 2. / 3 * 2}, // (2/3) 8^(1/3)
	} {
		require.InDelta(t, c.want*1e9, float64(quantile(t, c.s, c.p)), 1, "p=%v", c.p)
	}
}

// A level that a step of the CDF just reaches belongs to the step: of n measured times the k-th smallest is the k/n
// quantile for every k and n, though in floating point k/n * n may exceed k (14/25 * 25 does); of a mixture of halves
// the lesser is the median.
func TestClaim_QuantilesOfStepsBelongToTheStep(t *testing.T) {
	var samples []time.Duration
	for n := 1; n <= 200; n++ {
		samples = append(samples, time.Duration(n))
		s, err := workload.NewEmpirical(samples)
		require.NoError(t, err)
		for k := 1; k <= n; k++ {
			if q := quantile(t, s, float64(k)/float64(n)); q != time.Duration(k) {
				t.Fatalf("Quantile(%d/%d) is the %d-th smallest", k, n, q)
			}
		}
	}
	least, err := workload.NewDeterministic(time.Millisecond)
	require.NoError(t, err)
	larger, err := workload.NewDeterministic(time.Second)
	require.NoError(t, err)
	halves, err := workload.NewMixture(workload.Component{Weight: 1, Time: larger}, workload.Component{Weight: 1, Time: least})
	require.NoError(t, err)
	require.Equal(t, time.Millisecond, quantile(t, halves, 0.5))
	require.Equal(t, time.Second, quantile(t, halves, math.Nextafter(0.5, 1)))
	bimodal, err := workload.NewBimodal(time.Millisecond, time.Second, 0.5)
	require.NoError(t, err)
	require.Equal(t, time.Millisecond, quantile(t, bimodal, 0.5))
	require.Equal(t, time.Second, quantile(t, bimodal, math.Nextafter(0.5, 1)))
}

// Pollaczek and Khinchine: the mean wait is rho/(1-rho) (1+SCV)/2 service times; at rho = 0.8 and SCV 0, 1, 4, 9: 2,
// 4, 10, 20.
func TestClaim_SCVIsWhatPollaczekAndKhinchineNeed(t *testing.T) {
	made := func(s workload.ServiceTime, err error) workload.ServiceTime {
		require.NoError(t, err)
		return s
	}
	const mean = 10 * time.Millisecond
	for _, c := range []struct {
		s    workload.ServiceTime
		want float64
	}{
		{made(workload.NewDeterministic(mean)), 2},
		{made(workload.NewErlang(4, mean)), 2.5},
		{made(workload.NewExponential(mean)), 4},
		{made(workload.NewLognormal(mean, 4)), 10},
		{made(workload.NewPareto(mean, 9)), 20},
		// 1 ms and, once in 11, 100 ms: mean 10 ms, variance (1/11)(10/11) 99² ms² = 810 ms².
		{made(workload.NewBimodal(time.Millisecond, 100*time.Millisecond, 1./11)), 2 * (1 + 8.1)},
		{made(workload.NewParetoShape(mean, 2)), math.Inf(1)},
		{made(workload.NewMixture(
			workload.Component{Weight: 1, Time: made(workload.NewDeterministic(mean))},
			workload.Component{Weight: 1, Time: made(workload.NewParetoShape(mean, 1.5))})), math.Inf(1)},
	} {
		wait := 0.8 / 0.2 * (1 + workload.SCV(c.s)) / 2
		if math.IsInf(c.want, 1) {
			require.Equal(t, c.want, wait)
		} else {
			require.InEpsilon(t, c.want, wait, 1e-12)
		}
	}
}
