package stats_test

import (
	"errors"
	"math"
	"math/big"
	"slices"
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
	confidence = rapid.OneOf(rapid.Float64Range(0.5, 0.999999), rapid.SampledFrom([]float64{0.5, stats.Charted, stats.Asserted, 0.999999}))
)

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
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(observation, 2, 50).Draw(t, "xs")
		level := confidence.Draw(t, "confidence")
		got := must(t)(stats.MeanInterval(xs, level))

		mean, deviation := exactMoments(xs)
		n := float64(len(xs))
		// Low and High are rounded where they lie, so they are right to some units in the last place of the largest observation.
		magnitude := max(slices.Max(xs), -slices.Min(xs)) + got.HalfWidth()
		last := 4 * 0x1p-52 * magnitude
		if math.Abs(got.Estimate-mean) > last {
			t.Fatalf("the mean of %v is %v, not %v", xs, mean, got.Estimate)
		}
		// The quantile by which the interval is that many standard errors wide must have this very confidence.
		if deviation == 0 {
			if got.HalfWidth() != 0 {
				t.Fatalf("%v are equal, but the interval is %+v", xs, got)
			}
			return
		}
		standardError := deviation / math.Sqrt(n)
		quantile := naiveStudentQuantile(len(xs)-1, level)
		for _, half := range []float64{got.Estimate - got.Low, got.High - got.Estimate, got.HalfWidth()} {
			if math.Abs(half-quantile*standardError) > 1e-9*quantile*standardError+last {
				t.Fatalf("of %v at %v the half-width is %v, not %v", xs, level, half, quantile*standardError)
			}
		}
	})
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
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.Float64Range(-1000, 1000).Filter(func(x float64) bool { return x == 0 || math.Abs(x) > 1e-6 }), 100, 150).Draw(t, "xs")
		scale := math.Ldexp(1, rapid.IntRange(-900, 900).Draw(t, "power"))
		scaled := make([]float64, len(xs))
		for i, x := range xs {
			scaled[i] = x * scale
		}
		a, b := must(t)(stats.MeanInterval(xs, stats.Charted)), must(t)(stats.MeanInterval(scaled, stats.Charted))
		if b != (stats.Interval{Estimate: a.Estimate * scale, Low: a.Low * scale, High: a.High * scale}) {
			t.Fatalf("in units of %v the interval is %+v, not %+v", 1/scale, b, a)
		}
		cut, err := stats.MSER5(xs)
		cutScaled, errScaled := stats.MSER5(scaled)
		if cut != cutScaled || (err == nil) != (errScaled == nil) {
			t.Fatalf("in units of %v the warm-up is %d (%v), not %d (%v)", 1/scale, cutScaled, errScaled, cut, err)
		}
	})
}

func TestLaw_BatchMeansAreTheIntervalOfNaiveBatchMeans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
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
		got, want := must(t)(stats.BatchMeans(xs, batches, stats.Charted)), must(t)(stats.MeanInterval(means, stats.Charted))
		tolerance := 1e-12 * (1000 + want.HalfWidth()) // some thousand units in the last place
		if math.Abs(got.Estimate-want.Estimate) > tolerance || math.Abs(got.Low-want.Low) > tolerance || math.Abs(got.High-want.High) > tolerance {
			t.Fatalf("%d batches of %v have the interval %+v, not %+v", batches, xs, got, want)
		}
	})
}

func TestLaw_PairedIsTheIntervalOfTheDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(observation, 2, 50).Draw(t, "a")
		b := rapid.SliceOfN(observation, len(a), len(a)).Draw(t, "b")
		level := confidence.Draw(t, "confidence")
		differences := make([]float64, len(a))
		for i := range a {
			differences[i] = a[i] - b[i]
		}
		got, reversed := must(t)(stats.Paired(a, b, level)), must(t)(stats.Paired(b, a, level))
		if want := must(t)(stats.MeanInterval(differences, level)); got != want {
			t.Fatalf("the interval is %+v, not %+v", got, want)
		}
		if reversed != (stats.Interval{Estimate: -got.Estimate, Low: -got.High, High: -got.Low}) {
			t.Fatalf("a-b is %+v, but b-a is %+v", got, reversed)
		}
	})
}

func TestLaw_PreciseComparesTheHalfWidthWithTheEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(observation, 0, 50).Draw(t, "xs")
		level := confidence.Draw(t, "confidence")
		got := func(relative float64) bool { return stats.Precise(xs, relative, level) }
		if len(xs) < 2 {
			if got(0) || got(math.Inf(1)) {
				t.Fatalf("%v are precise", xs)
			}
			return
		}
		interval := must(t)(stats.MeanInterval(xs, level))
		relative := interval.HalfWidth() / math.Abs(interval.Estimate)
		if !finite(relative) {
			return
		}
		if wide, narrow := relative*1.0001+1e-300, relative*0.9999; !got(wide) || (relative > 1e-300 && got(narrow)) {
			t.Fatalf("at a relative half-width of %v: %v for %v, %v for %v", relative, got(wide), wide, got(narrow), narrow)
		}
		if relative > 0 && (got(0) || got(-1) || got(math.NaN())) {
			t.Fatalf("a relative half-width of %v is precise to 0, to -1 or to NaN", relative)
		}
	})
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func TestLaw_MSER5MinimisesTheMarginalStandardError(t *testing.T) {
	// Whole numbers from a small range have ties, plateaus and repeated ends; a level that changes has a warm-up.
	rapid.Check(t, func(t *rapid.T) {
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
		got, err := stats.MSER5(xs)
		if runnerUp <= least*(1+1e-9) && least > 0 { // a tie, which rounding may break otherwise
			if err == nil && marginal[got/5] > least*(1+1e-9) {
				t.Fatalf("cutting %d of %v leaves %v, cutting %d leaves %v", got, xs, marginal[got/5], 5*best, least)
			}
			return
		}
		late := best > len(xs)/5/2 // cuts more than half
		if late != errors.Is(err, stats.ErrWarmUp) || !late && (err != nil || got != 5*best) {
			t.Fatalf("the least marginal standard error of %v is at %d, but MSER5 says %d, %v", xs, 5*best, got, err)
		}
	})
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
	rapid.Check(t, func(t *rapid.T) {
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
		got, err := stats.QuantileInterval(xs, p, level)
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
		if below[low-1] > tail*(1+slack) || above(high) > tail*(1+slack) {
			t.Fatalf("n=%d p=%v: [%d, %d] misses with %v below and %v above, where %v is allowed", n, p, low, high, below[low-1], above(high), tail)
		}
		if below[low] <= tail*(1-slack) || high > 1 && above(high-1) <= tail*(1-slack) {
			t.Fatalf("n=%d p=%v: [%d, %d] could be narrower at %v", n, p, low, high, level)
		}
		if want := float64(naiveRank(p, n)); got.Estimate != want || !got.Contains(want) {
			t.Fatalf("n=%d p=%v: the sample's quantile is number %v, in %+v", n, p, want, got)
		}
	})
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
