package stats_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// deviations is how many standard errors a measured share may lie from its claim: beyond four is one in 16,000. Seeds are fixed.
const deviations = 4

// trials is the number of repetitions, and whether they are enough to judge by: under the race detector they are few.
func trials(n int) (int, bool) {
	if race.Enabled {
		return max(n/500, 2), false
	}
	return n, true
}

func standardErrorOf(share float64, n int) float64 {
	return math.Sqrt(share * (1 - share) / float64(n))
}

// requireCoverage counts how many of n intervals contain the truth, and requires about that share.
func requireCoverage(t *testing.T, want, truth float64, n int, interval func(r *rand.Rand) (stats.Interval, error)) {
	t.Helper()
	n, judged := trials(n)
	r := rand.New(rand.NewPCG(1, 2))
	hits := 0
	for range n {
		i, err := interval(r)
		require.NoError(t, err)
		if i.Contains(truth) {
			hits++
		}
	}
	got := float64(hits) / float64(n)
	t.Logf("%d of %d intervals contain %v: %.4f, where %.4f is expected", hits, n, truth, got, want)
	if judged {
		require.InDelta(t, want, got, deviations*standardErrorOf(want, n))
	}
}

// draws are n independent ones.
func draws(n int, draw func() float64) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = draw()
	}
	return xs
}

// autoregressive is a run of n observations x = phi*x + noise of mean 0 from the steady state on, whose variance is 1/(1-phi²).
func autoregressive(r *rand.Rand, phi float64, n int) []float64 {
	x := r.NormFloat64() / math.Sqrt(1-phi*phi)
	return draws(n, func() float64 {
		x = phi*x + r.NormFloat64()
		return x
	})
}

// "Student", 1908, and every table since; digits from NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2 (to three places).
func TestClaim_QuantilesAreStudents(t *testing.T) {
	for _, c := range []struct {
		freedom    int
		confidence float64
		quantile   float64
	}{
		{1, 0.95, 12.706}, {2, 0.95, 4.303}, {4, 0.95, 2.776}, {9, 0.95, 2.262}, {29, 0.95, 2.045}, {100, 0.95, 1.984},
		{1, 0.99, 63.657}, {9, 0.99, 3.250}, {9, 0.998, 4.297}, {29, 0.998, 3.396},
	} {
		require.InDelta(t, c.quantile, quantileOf(t, c.freedom, c.confidence), 0.0005, "%d degrees of freedom at %v", c.freedom, c.confidence)
	}
	// And where no table goes, from few to very many degrees of freedom, by the finite sum.
	for _, freedom := range []int{1, 2, 9, 99, 1000, 99_999, 1_000_000} {
		for _, confidence := range []float64{0.5, 0.95, 0.9999, 0.999999} {
			within := studentWithin(freedom, quantileOf(t, freedom, confidence))
			require.InEpsilon(t, 1-confidence, 1-within, 1e-6, "%d degrees of freedom at %v", freedom, confidence)
		}
	}
}

// quantileOf reads Student's quantile from an interval: observations that are 1 and -1 in turn have mean 0 and squares that add up to
// their number, so the half-width is the quantile over sqrt(freedom); for odd numbers of them one is 0.
func quantileOf(t *testing.T, freedom int, confidence float64) float64 {
	xs := make([]float64, freedom+1)
	for i := 0; i+1 < len(xs); i += 2 {
		xs[i], xs[i+1] = 1, -1
	}
	i := must(t)(stats.MeanInterval(xs, confidence))
	pairs := float64(len(xs) / 2 * 2)
	return i.HalfWidth() * math.Sqrt(float64(len(xs))*float64(freedom)/pairs)
}

// The mean of two neighbouring numbers is neither, and rounds to one of them; their deviation is a gap over sqrt2 nevertheless. A running mean of a
// million numbers gathers the rounding of a million steps, which the second pass takes away.
func TestClaim_RoundingStaysInTheLastPlace(t *testing.T) {
	const gap = 0x1p-52
	i := must(t)(stats.MeanInterval([]float64{1, 1 + gap}, stats.Asserted))
	require.InDelta(t, quantileOf(t, 1, stats.Asserted)*gap/2, i.HalfWidth(), 2*gap)

	r := rand.New(rand.NewPCG(13, 14))
	n, _ := trials(1_000_000)
	xs := draws(n, func() float64 { return 1000 + r.NormFloat64() })
	exact := new(big.Float).SetPrec(200)
	for _, x := range xs {
		exact.Add(exact, big.NewFloat(x))
	}
	mean, _ := exact.Quo(exact, big.NewFloat(float64(n))).Float64()
	i = must(t)(stats.MeanInterval(xs, stats.Charted))
	require.InDelta(t, mean, i.Estimate, 1024*0x1p-53, "one unit in the last place of 1000")
}

// Student's interval is exact for normal observations, however few.
func TestClaim_StudentIntervalsOfNormalObservationsContainTheMean95TimesIn100(t *testing.T) {
	requireCoverage(t, 0.95, 5, 20_000, func(r *rand.Rand) (stats.Interval, error) {
		return stats.MeanInterval(draws(10, func() float64 { return 5 + 3*r.NormFloat64() }), stats.Charted)
	})
}

// The coverage for other distributions, to the order of 1/n, follows from the Edgeworth expansion (P. Hall, The Bootstrap and Edgeworth Expansion,
// Springer, 1992, section 2.6): of confidence c with normal quantile z it is c + 2/n z phi(z) (k/12 (z²-3) - s²/18 (z⁴+2z²-3)), where the
// exponential has skewness s = 2 and excess kurtosis k = 6. At 95% this is 0.95 - 0.893/n; at n = 100, the next order, of some 10/n², is
// 0.001, a sixth of the tolerance.
func TestClaim_StudentIntervalsOfExponentialTimesFallShortBy0Point9OverN(t *testing.T) {
	const n = 100
	z := math.Sqrt2 * math.Erfinv(0.95)
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	short := 2 * z * density * (6./12*(z*z-3) - 4./18*(z*z*z*z+2*z*z-3))
	require.InDelta(t, -0.893, short, 0.001)
	requireCoverage(t, 0.95+short/n, 1, 20_000, func(r *rand.Rand) (stats.Interval, error) {
		return stats.MeanInterval(draws(n, r.ExpFloat64), stats.Charted)
	})
}

// The expansion is no use that far out at so few observations: at 99.99% its terms grow like z⁷. Measured once with 200,000 intervals, 0.1985% of
// which miss. The tolerance is that of a Poisson count of forty.
func TestClaim_IntervalsAt9999OfFiftyExponentialTimesMissTwentyTimesTooOften(t *testing.T) {
	n, judged := trials(20_000)
	r := rand.New(rand.NewPCG(11, 12))
	misses := 0
	for range n {
		if !must(t)(stats.MeanInterval(draws(50, r.ExpFloat64), stats.Asserted)).Contains(1) {
			misses++
		}
	}
	t.Logf("%d of %d intervals at %v miss", misses, n, stats.Asserted)
	if judged {
		expected := 20 * (1 - stats.Asserted) * float64(n)
		require.InDelta(t, expected, misses, deviations*math.Sqrt(expected))
	}
}

const phi = 0.8

// Twenty batches of 500: the correlation of neighbouring observations adds 2 phi/(1-phi²)/500 = 0.9% to the variance of the grand mean over what the
// batches show, which takes about 0.1% from the coverage, a tenth of the tolerance.
func TestClaim_BatchMeansOfACorrelatedRunContainTheMean95TimesIn100(t *testing.T) {
	requireCoverage(t, 0.95, 0, 3000, func(r *rand.Rand) (stats.Interval, error) {
		return stats.BatchMeans(autoregressive(r, phi, 10_000), 20, stats.Charted)
	})
}

// The variance of the mean of a long run is (1+phi)/(1-phi) = 9 times what independent observations would have, so the interval that takes them for
// independent is a third as wide as it should be: it contains the mean when a normal variable is below 1.96/3, 48.6% of the time. At 2,000
// observations the factor is 9 within 0.2%.
func TestClaim_IntervalsThatIgnoreCorrelationContainTheMeanHalfTheTime(t *testing.T) {
	want := math.Erf(math.Erfinv(0.95) * math.Sqrt((1-phi)/(1+phi)))
	require.InDelta(t, 0.486, want, 0.001)
	requireCoverage(t, want, 0, 3000, func(r *rand.Rand) (stats.Interval, error) {
		return stats.MeanInterval(autoregressive(r, phi, 2000), stats.Charted)
	})
}

// The coverage is not about 95% but known: the chance that the number of observations below the true quantile lies in [low, high), where low and high
// are the ranks of the ends. It is 95% or more.
func TestClaim_QuantileIntervalsContainTheQuantileAsOftenAsTheBinomialSays(t *testing.T) {
	for _, c := range []struct {
		n int
		p float64
	}{{30, 0.5}, {200, 0.9}, {500, 0.99}} {
		ranks := draws(c.n, func() func() float64 { k := 0.; return func() float64 { k++; return k } }())
		i := must(t)(stats.QuantileInterval(ranks, c.p, stats.Charted))
		sums := binomialSums(c.n, c.p)
		want := sums[int(i.High)-1] - sums[int(i.Low)-1]
		require.GreaterOrEqual(t, want, stats.Charted)
		requireCoverage(t, want, -math.Log1p(-c.p), 10_000, func(r *rand.Rand) (stats.Interval, error) {
			return stats.QuantileInterval(draws(c.n, r.ExpFloat64), c.p, stats.Charted)
		})
	}
}

// A batch is worth cutting when its squared distance from the mean of the rest exceeds twice the variance of batches. The first 250 observations lie
// 10 too high; a batch of five has a standard deviation of 1.42. One is kept when noise takes it 10 - sqrt2*1.42 = 8 back, which is 5.6
// standard deviations.
func TestClaim_MSER5CutsOffAPlantedWarmUp(t *testing.T) {
	const warmUp = 250
	n, judged := trials(1000)
	r := rand.New(rand.NewPCG(3, 4))
	exact, refused := 0, 0
	for range n {
		xs := autoregressive(r, phi, 2000)
		for i := range warmUp {
			xs[i] += 10
		}
		cut, err := stats.MSER5(xs)
		switch {
		case err != nil:
			require.ErrorIs(t, err, stats.ErrWarmUp)
			refused++
		case cut < warmUp+50:
			exact++
		}
		require.True(t, err != nil || cut >= warmUp, "%d observations are cut, where %d are off", cut, warmUp)
	}
	t.Logf("cut [250, 300): %d of %d, refused: %d", exact, n, refused)
	if judged { // nine of ten are cut where they should be or little later
		require.Greater(t, exact, n*9/10)
		require.Less(t, refused, n/100)
	}
}

// A bias of 20 exp(-i/100) decays, so something is left after any cut. A batch whose bias is b lies b² + s² from the mean of the rest, squared and on average,
// and is worth cutting while this exceeds 2 s², with s the standard deviation of batches: until b = s. Noise may end it earlier, but not often
// before sqrt2 s. From there on biases add up to at most sqrt2 s times 100, over the length - cut observations that are left.
func TestClaim_MSER5LeavesLittleOfADecayingBias(t *testing.T) {
	const length, start, decay = 5000, 20., 100.
	n, judged := trials(1000)
	r := rand.New(rand.NewPCG(5, 6))
	var rest, noise []float64
	left := 0.
	for range n {
		xs := autoregressive(r, phi, length)
		unbiased := sum(xs) / length
		for i := range xs {
			xs[i] += start * math.Exp(-float64(i)/decay)
		}
		cut, err := stats.MSER5(xs)
		if err != nil {
			require.ErrorIs(t, err, stats.ErrWarmUp)
			continue
		}
		rest, noise = append(rest, sum(xs[cut:])/float64(length-cut)), append(noise, unbiased)
		left += float64(length - cut)
	}
	left /= float64(len(rest))

	covariances := 0. // of pairs in a batch of five
	for k := 1; k < 5; k++ {
		covariances += 2 * float64(5-k) * math.Pow(phi, float64(k))
	}
	s := math.Sqrt((5 + covariances) / 25 / (1 - phi*phi))
	planted, bound := start/length/-math.Expm1(-1/decay), math.Sqrt2*s*decay/left
	// The noise alone has mean zero, so taking it away takes nothing from the bias, and most of the noise.
	bias := must(t)(stats.Paired(rest, noise, stats.Asserted))
	t.Logf("bias planted %.4f, left %+v, bound %.4f", planted, bias, bound)
	if judged {
		require.GreaterOrEqual(t, len(rest), n*99/100)
		require.Positive(t, bias.Low)
		require.Less(t, bias.High, bound)
		require.Less(t, bias.High, planted/8)
	}
}

func sum(xs []float64) (s float64) {
	for _, x := range xs {
		s += x
	}
	return s
}

// Waits in a queue, with a server and with one that is 2% faster. On the same arrivals and the same work the difference is clear;
// on independent ones it is lost in the noise. Many comparisons, so that no one seed decides.
func TestClaim_CommonRandomNumbersNarrowTheComparison(t *testing.T) {
	n, judged := trials(200)
	r := rand.New(rand.NewPCG(7, 8))
	var narrower []float64
	for range n {
		var slow, fast, other []float64
		for range 10 {
			a, b := r.Uint64(), r.Uint64()
			slow = append(slow, meanWait(a, 1))
			fast = append(fast, meanWait(a, 0.98))
			other = append(other, meanWait(b, 0.98))
		}
		common, independent := must(t)(stats.Paired(slow, fast, stats.Charted)), must(t)(stats.Paired(slow, other, stats.Charted))
		require.Positive(t, common.Estimate) // less work cannot make a queue longer
		narrower = append(narrower, independent.HalfWidth()/common.HalfWidth())
	}
	slices.Sort(narrower)
	t.Logf("times narrower: least %v, median %v", narrower[0], narrower[n/2])
	if judged {
		require.Greater(t, narrower[0], 1.)
		require.Greater(t, narrower[n/2], 2.)
	}
}

// meanWait is the mean wait of 500 requests in an M/M/1 queue at load 0.8 (D. V. Lindley, 1952), each of whose service times is scaled.
func meanWait(seed uint64, scale float64) float64 {
	r := rand.New(rand.NewPCG(seed, 0))
	wait, total := 0., 0.
	for range 500 {
		total += wait
		service, gap := r.ExpFloat64()*scale, r.ExpFloat64()/0.8
		wait = max(wait+service-gap, 0)
	}
	return total / 500
}

// Chow and Robbins' coverage is that of the limit of many observations. Looking after every second of few, one stops too often by luck.
func TestClaim_StoppingAtTheFirstNarrowIntervalFallsShort(t *testing.T) {
	n, judged := trials(2000)
	r := rand.New(rand.NewPCG(9, 10))
	hits, observations := 0, 0
	for range n {
		var xs []float64
		for !stats.Precise(xs, 0.1, stats.Charted) {
			xs = append(xs, 10+3*r.NormFloat64(), 10+3*r.NormFloat64())
		}
		i := must(t)(stats.MeanInterval(xs, stats.Charted))
		require.LessOrEqual(t, i.HalfWidth(), 0.1*i.Estimate)
		observations += len(xs)
		if i.Contains(10) {
			hits++
		}
	}
	share := float64(hits) / float64(n)
	t.Logf("%v contain the mean, after %v observations", share, float64(observations)/float64(n))
	if judged {
		require.Less(t, share, 0.95-deviations*standardErrorOf(0.95, n))
		require.Greater(t, share, 0.85)
	}
}
