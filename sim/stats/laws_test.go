package stats_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

var (
	// Observations of several magnitudes, of which some are equal, some nearly, and some have opposite signs.
	observation = rapid.OneOf(
		rapid.Float64Range(-1e6, 1e6),
		rapid.Float64Range(1e6, 1e6+1e-3),
		rapid.Map(rapid.IntRange(-5, 5), func(n int) float64 { return float64(n) }),
		rapid.SampledFrom([]float64{0, 1, 1 + 0x1p-52, 1e-12, 1e12}),
	)
	confidence = rapid.OneOf(rapid.SampledFrom([]float64{stats.Charted, stats.Asserted, 0.5, 0.999999}), rapid.Float64Range(0.5, 0.999999))
)

// What the laws judge.
type (
	meanInterval     = func(xs []float64, confidence float64) (stats.Interval, error)
	quantileInterval = func(xs []float64, p, confidence float64) (stats.Interval, error)
)

// inRuns writes many observations of which neighbours are mostly equal.
func inRuns(xs []float64) string {
	var runs []string
	for i := 0; i < len(xs); {
		n := 1
		for i+n < len(xs) && xs[i+n] == xs[i] {
			n++
		}
		run := fmt.Sprint(xs[i])
		if n > 1 {
			run = fmt.Sprintf("%v (%d times)", xs[i], n)
		}
		runs = append(runs, run)
		i += n
	}
	return strings.Join(runs, ", ")
}

// must returns an interval that there must be.
func must(t interface{ Fatal(...any) }) func(stats.Interval, error) stats.Interval {
	return func(i stats.Interval, err error) stats.Interval {
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
}

func TestLaw_MeanIntervalIsThatOfExactArithmetic(t *testing.T) {
	rapid.Check(t, lawMeanIntervalIsExact(stats.MeanInterval))
}

func lawMeanIntervalIsExact(interval meanInterval) func(*rapid.T) {
	return func(t *rapid.T) {
		xs := rapid.SliceOfN(observation, 2, 50).Draw(t, "xs")
		level := confidence.Draw(t, "confidence")
		got := must(t)(interval(xs, level))

		mean, deviation := exactMoments(xs)
		n := float64(len(xs))
		// Low and High are rounded where they lie, so they are right to some units in the last place of the largest observation.
		magnitude := max(slices.Max(xs), -slices.Min(xs)) + got.HalfWidth()
		last := 4 * 0x1p-52 * magnitude
		if !(math.Abs(got.Estimate-mean) <= last) {
			t.Fatalf("observations %v\nbut their mean is %v, not %v", xs, mean, got.Estimate)
		}
		// The quantile by which the interval is that many standard errors wide must have this very confidence.
		if deviation == 0 {
			if got.HalfWidth() != 0 {
				t.Fatalf("observations %v\nbut they are equal, and the interval is [%v, %v]", xs, got.Low, got.High)
			}
			return
		}
		standardError := deviation / math.Sqrt(n)
		quantile := naiveStudentQuantile(len(xs)-1, level)
		for _, half := range []float64{got.Estimate - got.Low, got.High - got.Estimate, got.HalfWidth()} {
			if !(math.Abs(half-quantile*standardError) <= 1e-9*quantile*standardError+last) {
				t.Fatalf("observations %v\nbut at a confidence of %v their mean is known to within %.6g, not %.6g", xs, level, quantile*standardError, half)
			}
		}
	}
}

// exactMoments are the mean and the standard deviation, computed in rational numbers, whose squares do not vanish.
func exactMoments(xs []float64) (mean, deviation float64) {
	n := big.NewRat(int64(len(xs)), 1)
	exactMean, squares := new(big.Rat), new(big.Rat)
	for _, x := range xs {
		exactMean.Add(exactMean, new(big.Rat).SetFloat64(x))
	}
	exactMean.Quo(exactMean, n)
	for _, x := range xs {
		d := new(big.Rat).Sub(new(big.Rat).SetFloat64(x), exactMean)
		squares.Add(squares, d.Mul(d, d))
	}
	mean, _ = exactMean.Float64()
	variance := new(big.Float).SetPrec(200).SetRat(squares.Quo(squares, big.NewRat(int64(len(xs)-1), 1)))
	deviation, _ = variance.Sqrt(variance).Float64()
	return mean, deviation
}

// naiveStudentQuantile is the t that Student's variable exceeds in absolute value with probability 1-confidence, by bisection.
func naiveStudentQuantile(freedom int, confidence float64) float64 {
	low, high := 0., 1.
	for studentWithin(freedom, high) < confidence {
		high *= 2
	}
	for range 100 {
		if middle := low/2 + high/2; studentWithin(freedom, middle) < confidence {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// studentWithin is P(|T| <= t) with that many degrees of freedom: the finite sums of M. Abramowitz and I. A. Stegun, Handbook
// of Mathematical Functions, 1964, 26.7.3 and 26.7.4.
func studentWithin(freedom int, t float64) float64 {
	angle := math.Atan(t / math.Sqrt(float64(freedom)))
	sine, cosine := math.Sincos(angle)
	if freedom == 1 {
		return 2 / math.Pi * angle
	}
	term, sum := 1., 1.
	if freedom%2 == 1 {
		term, sum = cosine, cosine
	}
	for k := 2 + freedom%2; k <= freedom-2; k += 2 { // k is the power of the cosine
		term *= float64(k-1) / float64(k) * cosine * cosine
		sum += term
	}
	if freedom%2 == 1 {
		return 2 / math.Pi * (angle + sine*sum)
	}
	return sine * sum
}

// Powers of two change no digit. Squares of these observations would overflow, or vanish.
func TestLaw_TheUnitDoesNotMatter(t *testing.T) {
	rapid.Check(t, lawTheUnitDoesNotMatter(stats.MeanInterval, stats.MSER5))
}

func lawTheUnitDoesNotMatter(interval meanInterval, warmUp func([]float64) (int, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.Float64Range(-1000, 1000).Filter(func(x float64) bool { return x == 0 || math.Abs(x) > 1e-6 }), 100, 150).Draw(t, "xs")
		power := rapid.IntRange(-900, 900).Draw(t, "power")
		scale := math.Ldexp(1, power)
		scaled := make([]float64, len(xs))
		for i, x := range xs {
			scaled[i] = x * scale
		}
		a, b := must(t)(interval(xs, stats.Charted)), must(t)(interval(scaled, stats.Charted))
		if b != (stats.Interval{Estimate: a.Estimate * scale, Low: a.Low * scale, High: a.High * scale}) {
			t.Fatalf("observations %v\nhave the interval [%.6g, %.6g]\nbut times 2^%d it is [%.6g, %.6g], not [%.6g, %.6g]", inRuns(xs), a.Low, a.High, power, b.Low, b.High, a.Low*scale, a.High*scale)
		}
		cut, err := warmUp(xs)
		cutScaled, errScaled := warmUp(scaled)
		if cut != cutScaled || (err == nil) != (errScaled == nil) {
			t.Fatalf("observations %v\nhave a warm-up of %d, %v\nbut times 2^%d it is %d, %v", inRuns(xs), cut, err, power, cutScaled, errScaled)
		}
	}
}

func TestLaw_BatchMeansAreTheIntervalOfNaiveBatchMeans(t *testing.T) {
	rapid.Check(t, lawBatchMeansAreNaive(stats.BatchMeans))
}

func lawBatchMeansAreNaive(batchMeans func(xs []float64, batches int, confidence float64) (stats.Interval, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		whole := rapid.Map(rapid.IntRange(-1000, 1000), func(n int) float64 { return float64(n) })
		xs := rapid.SliceOfN(whole, 2, 200).Draw(t, "xs")
		batches := rapid.IntRange(2, len(xs)).Draw(t, "batches")
		size := len(xs) / batches
		var means []float64
		for i := len(xs) % batches; i < len(xs); i += size {
			sum := 0. // exact, of whole numbers
			for _, x := range xs[i : i+size] {
				sum += x
			}
			means = append(means, sum/float64(size))
		}
		if len(means) != batches {
			t.Fatalf("the naive model makes %d batches of %d", len(means), batches)
		}
		got, want := must(t)(batchMeans(xs, batches, stats.Charted)), must(t)(stats.MeanInterval(means, stats.Charted))
		tolerance := 1e-12 * (1000 + want.HalfWidth()) // some thousand units in the last place
		if !(math.Abs(got.Estimate-want.Estimate) <= tolerance && math.Abs(got.Low-want.Low) <= tolerance && math.Abs(got.High-want.High) <= tolerance) {
			t.Fatalf("observations %v\nin %d batches, whose means are %v, have the mean %v in [%.6g, %.6g]\nbut it is given as %v in [%.6g, %.6g]",
				xs, batches, means, want.Estimate, want.Low, want.High, got.Estimate, got.Low, got.High)
		}
	}
}

func TestLaw_PairedIsTheIntervalOfTheDifferences(t *testing.T) {
	rapid.Check(t, lawPairedIsOfTheDifferences(stats.Paired))
}

func lawPairedIsOfTheDifferences(paired func(a, b []float64, confidence float64) (stats.Interval, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		a := rapid.SliceOfN(observation, 2, 50).Draw(t, "a")
		b := rapid.SliceOfN(observation, len(a), len(a)).Draw(t, "b")
		level := confidence.Draw(t, "confidence")
		differences := make([]float64, len(a))
		for i := range a {
			differences[i] = a[i] - b[i]
		}
		got, reversed := must(t)(paired(a, b, level)), must(t)(paired(b, a, level))
		if want := must(t)(stats.MeanInterval(differences, level)); got != want {
			t.Fatalf("runs of one policy: %v\nof the other, on the same seeds: %v\nbut the differences %v have a mean in [%.6g, %.6g] at a confidence of %v, not in [%.6g, %.6g]",
				a, b, differences, want.Low, want.High, level, got.Low, got.High)
		}
		if reversed != (stats.Interval{Estimate: -got.Estimate, Low: -got.High, High: -got.Low}) {
			t.Fatalf("a-b is %+v, but b-a is %+v", got, reversed)
		}
	}
}

func TestLaw_PreciseComparesTheHalfWidthWithTheEstimate(t *testing.T) {
	rapid.Check(t, lawPreciseIsRelativeToTheEstimate(stats.Precise))
}

func lawPreciseIsRelativeToTheEstimate(precise func(xs []float64, relative, confidence float64) bool) func(*rapid.T) {
	return func(t *rapid.T) {
		xs := rapid.SliceOfN(observation, 0, 50).Draw(t, "xs")
		level := confidence.Draw(t, "confidence")
		got := func(relative float64) bool { return precise(xs, relative, level) }
		if len(xs) < 2 {
			if got(0) || got(math.Inf(1)) {
				t.Fatalf("observations %v\nbut they are called precise, and have no interval", xs)
			}
			return
		}
		interval := must(t)(stats.MeanInterval(xs, level))
		relative := interval.HalfWidth() / math.Abs(interval.Estimate)
		if !finite(relative) {
			return
		}
		if wide, narrow := relative*1.0001+1e-300, relative*0.9999; !got(wide) || (relative > 1e-300 && got(narrow)) {
			t.Fatalf("observations %v\nwhose mean is known to within %.6g of itself\nbut asked for %.6g, a little wider, it is called precise: %v, and for %.6g, a little narrower: %v", xs, relative, wide, got(wide), narrow, got(narrow))
		}
		if relative > 0 && (got(0) || got(-1) || got(math.NaN())) {
			t.Fatalf("observations %v\nwhose mean is known to within %.6g of itself\nbut it is called precise to 0, to -1 or to NaN", xs, relative)
		}
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func TestLaw_MSER5MinimisesTheMarginalStandardError(t *testing.T) {
	rapid.Check(t, lawWarmUpMinimisesTheMarginalStandardError(stats.MSER5))
}

func lawWarmUpMinimisesTheMarginalStandardError(warmUp func([]float64) (int, error)) func(*rapid.T) {
	// Whole numbers from a small range have ties, plateaus and repeated ends; a level that changes has a warm-up.
	return func(t *rapid.T) {
		spread := rapid.IntRange(0, 20).Draw(t, "spread")
		xs := make([]float64, rapid.IntRange(100, 250).Draw(t, "number"))
		change, jump := rapid.IntRange(0, len(xs)).Draw(t, "change"), rapid.IntRange(-40, 40).Draw(t, "jump")
		for i := range xs {
			xs[i] = float64(rapid.IntRange(-spread, spread).Draw(t, "x"))
			if i < change {
				xs[i] += float64(jump)
			}
		}
		marginal := naiveMarginal(xs)
		least, best, runnerUp := math.Inf(1), 0, math.Inf(1)
		for d, m := range marginal {
			switch {
			case m < least:
				least, best, runnerUp = m, d, least
			case m < runnerUp:
				runnerUp = m
			}
		}
		got, err := warmUp(xs)
		if runnerUp <= least*(1+1e-9) && least > 0 { // a tie, which rounding may break otherwise
			if err == nil && (got/5 >= len(marginal) || marginal[got/5] > least*(1+1e-9)) {
				t.Fatalf("observations %v\nbut %d are cut, where cutting %d makes the marginal standard error least", inRuns(xs), got, 5*best)
			}
			return
		}
		late := best > len(xs)/5/2 // cuts more than half
		if late != errors.Is(err, stats.ErrWarmUp) || !late && (err != nil || got != 5*best) {
			said := fmt.Sprint("the warm-up is given as ", got)
			if err != nil {
				said = fmt.Sprint("the warm-up is refused: ", err)
			}
			t.Fatalf("observations %v\nof which cutting %d makes the marginal standard error least\nbut %s", inRuns(xs), 5*best, said)
		}
	}
}

// naiveMarginal restates the rule: for each number of batches that are cut, and five or more left, the sum of the squared deviations of the
// rest over the square of its number; in rational numbers, rounded once.
func naiveMarginal(xs []float64) []float64 {
	var batches []*big.Rat
	for i := 0; i+5 <= len(xs); i += 5 {
		sum := new(big.Rat)
		for _, x := range xs[i : i+5] {
			sum.Add(sum, new(big.Rat).SetFloat64(x))
		}
		batches = append(batches, sum.Quo(sum, big.NewRat(5, 1)))
	}
	var marginal []float64
	for d := 0; d <= len(batches)-5; d++ {
		n := big.NewRat(int64(len(batches)-d), 1)
		mean, squares := new(big.Rat), new(big.Rat)
		for _, z := range batches[d:] {
			mean.Add(mean, z)
		}
		mean.Quo(mean, n)
		for _, z := range batches[d:] {
			off := new(big.Rat).Sub(z, mean)
			squares.Add(squares, off.Mul(off, off))
		}
		m, _ := squares.Quo(squares, new(big.Rat).Mul(n, n)).Float64()
		marginal = append(marginal, m)
	}
	return marginal
}

func TestLaw_QuantileIntervalsEndWhereTheBinomialSumsSay(t *testing.T) {
	rapid.Check(t, lawQuantileIntervalsAreBinomial(stats.QuantileInterval))
}

func lawQuantileIntervalsAreBinomial(interval quantileInterval) func(*rapid.T) {
	return func(t *rapid.T) {
		n := rapid.IntRange(1, 120).Draw(t, "n")
		p := rapid.OneOf(rapid.Float64Range(0.001, 0.999), rapid.SampledFrom([]float64{0.01, 0.07, 0.5, 0.9, 0.99})).Draw(t, "p")
		level := confidence.Draw(t, "confidence")
		// The observations are their own ranks.
		ranks := make([]float64, n)
		for i := range ranks {
			ranks[i] = float64(i + 1)
		}
		xs := rapid.Permutation(ranks).Draw(t, "order")
		before := slices.Clone(xs)
		got, err := interval(xs, p, level)
		if !slices.Equal(xs, before) {
			t.Fatal("the observations were sorted in place")
		}

		tail := (1 - level) / 2
		const slack = 1e-9 // of the library's incomplete beta function
		below := binomialSums(n, p)
		above := func(k int) float64 { return binomialSums(n, 1-p)[n-k] } // k and more: n-k and fewer of the others
		if err != nil {
			if below[0] <= tail*(1-slack) && above(n) <= tail*(1-slack) {
				t.Fatalf("%d observations suffice for p=%v at %v, but: %v", n, p, level, err)
			}
			return
		}
		// Low is too high when fewer than low observations are at most the true quantile; High is too low when at least high are below it.
		low, high := int(got.Low), int(got.High)
		told := fmt.Sprintf("the %v-quantile of %d observations, at a confidence of %v\nlies between the sorted ones number %d and %d", p, n, level, low, high)
		if below[low-1] > tail*(1+slack) || above(high) > tail*(1+slack) {
			t.Fatalf("%s\nbut it lies below with a probability of %.4g and above with %.4g, where %.4g is allowed", told, below[low-1], above(high), tail)
		}
		if below[low] <= tail*(1-slack) || high > 1 && above(high-1) <= tail*(1-slack) {
			t.Fatalf("%s\nbut the interval could be narrower", told)
		}
		if want := float64(naiveRank(p, n)); got.Estimate != want || !got.Contains(want) {
			t.Fatalf("%s\nbut the estimate, number %v, should be number %v", told, got.Estimate, want)
		}
	}
}

// binomialSums are P(B <= k) for k = 0 to n, added up in 300 bits.
func binomialSums(n int, p float64) []float64 {
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(x) }
	success := number(p)
	failure := new(big.Float).Sub(number(1), success)
	term := number(1)
	for range n {
		term.Mul(term, failure)
	}
	sum, sums := number(0), make([]float64, n+1)
	for k := range sums {
		sum.Add(sum, term)
		sums[k], _ = sum.Float64()
		term.Mul(term, number(float64(n-k))).Quo(term, number(float64(k+1)))
		term.Mul(term, success).Quo(term, failure)
	}
	return sums
}
