package quorum

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// exactSums are the probabilities of k or fewer of n, for k from 0 to n, to sixty digits.
func exactSums(n int, p float64) []float64 {
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(x) }
	yes, no, sum, sums := number(p), number(1), number(0), make([]float64, n+1)
	no.Sub(no, yes)
	for k := range sums {
		term := number(1).SetInt(new(big.Int).Binomial(int64(n), int64(k)))
		for i := range n {
			if i < k {
				term.Mul(term, yes)
			} else {
				term.Mul(term, no)
			}
		}
		sums[k], _ = sum.Add(sum, term).Float64()
	}
	return sums
}

func exactBinomial(k, n int, p float64) float64 {
	if k < 0 {
		return 0
	}
	return exactSums(n, p)[k]
}

func TestLaw_BinomialIsTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		k := rapid.IntRange(-1, n).Draw(t, "k")
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		if got, want := binomial(k, n, p), exactBinomial(k, n, p); math.Abs(got-want) > 1e-12 {
			t.Fatalf("%d or fewer of %d, each with probability %v: %v, due %v", k, n, p, got, want)
		}
	})
}

// Of many trials, the sum is compared with another implementation's, as far as that one goes, and with the symmetric case: up to the
// middle of an even number are half of all and half of the middle, which is 1/sqrt(pi*n/2) by Stirling's formula, to a part in 4n.
func TestClaim_BinomialOfMany(t *testing.T) {
	for _, n := range []int{1000, 100_000} {
		for _, p := range []float64{1e-6, 0.001, 0.5, 0.999, 0.999999} {
			for _, deviations := range []float64{-5, -1, 0, 1, 5} {
				k := int(float64(n)*p + deviations*math.Sqrt(float64(n)*p*(1-p)))
				if k < 0 || k >= n {
					continue
				}
				want := distuv.Beta{Alpha: float64(n - k), Beta: float64(k + 1)}.CDF(1 - p)
				// The logarithms of factorials are as large as 1e6, and precise to a part in 1e15.
				require.InDelta(t, want, binomial(k, n, p), 1e-8, "%d of %d, %v", k, n, p)
			}
		}
	}
	for _, n := range []int{100_000, 10_000_000, mostTrials} {
		half := 0.5 + 0.5/math.Sqrt(math.Pi*float64(n)/2)
		require.InDelta(t, half, binomial(n/2, n, 0.5), 1e-6, "of %d", n)
	}
}

// Of the shares that a Clopper-Pearson interval ends at, each makes what was seen, or what is further away, just so improbable.
func TestLaw_ShareIntervalEndsWhereTheTailsAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		tail := rapid.SampledFrom([]float64{0.25, 0.025, 0.00005}).Draw(t, "tail")
		s := shareOf(k, n, tail)
		if s.Estimate != float64(k)/float64(n) || s.Low > s.Estimate || s.High < s.Estimate {
			t.Fatalf("%d of %d: %+v", k, n, s)
		}
		if more := 1 - exactBinomial(k-1, n, s.Low); k > 0 && math.Abs(more-tail) > 1e-9 {
			t.Fatalf("%d of %d: at %v, so many or more have a probability of %v, due %v", k, n, s.Low, more, tail)
		}
		if fewer := exactBinomial(k, n, s.High); k < n && math.Abs(fewer-tail) > 1e-9 {
			t.Fatalf("%d of %d: at %v, so many or fewer have a probability of %v, due %v", k, n, s.High, fewer, tail)
		}
		if k == 0 && s.Low != 0 || k == n && s.High != 1 {
			t.Fatalf("%d of %d: %+v", k, n, s)
		}
	})
}

// The ends of a quantile's interval are the closest observations whose binomial sums are small enough.
func TestLaw_QuantileIntervalEndsWhereTheSumsAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 50).Draw(t, "n")
		p := rapid.SampledFrom([]float64{0.07, 0.25, 0.5, 0.9, 0.97}).Draw(t, "p")
		confidence := rapid.SampledFrom([]float64{0.5, 0.9, 0.99}).Draw(t, "confidence")
		tail := (1 - confidence) / 2
		got, err := percentile(n, p, confidence, func(rank int) time.Duration { return time.Duration(rank) })

		low, high := 0, n+1
		sums := exactSums(n, p)
		for k := 1; k <= n; k++ {
			if sums[k-1] <= tail {
				low = k
			}
			if above := n + 1 - k; 1-sums[above-1] <= tail {
				high = above
			}
		}
		if high > n {
			if err == nil {
				t.Fatalf("%d observations have no upper end for %v at %v: %v", n, p, confidence, got)
			}
			return
		}
		if err != nil || got.Low != time.Duration(low) || got.High != time.Duration(high) {
			t.Fatalf("%d observations, %v at %v: %v (%v), due [%d, %d]", n, p, confidence, got, err, low, high)
		}
		k := int(got.Estimate)
		if float64(k)/float64(n) < p || k > 1 && float64(k-1)/float64(n) >= p {
			t.Fatalf("%d observations: the %v-quantile is the one of rank %d", n, p, k)
		}
	})
}

func TestLaw_SortTimesSorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		n := rapid.SampledFrom([]int{0, 1, 100, 1<<12 - 1, 1 << 12, 10_000}).Draw(t, "n")
		bits := rapid.IntRange(0, 63).Draw(t, "bits")
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = time.Duration(r.Uint64() >> 1 >> (63 - bits))
		}
		want := slices.Sorted(slices.Values(all))
		scratch := make([]time.Duration, rapid.SampledFrom([]int{0, 5000, 20_000}).Draw(t, "scratch"))
		sortTimes(all, scratch)
		if !slices.Equal(all, want) {
			t.Fatalf("%d times of up to %d bits are not sorted", n, bits)
		}
	})
}

func TestTrialsDoNotAllocate(t *testing.T) {
	for _, m := range []Model{LinkedInDisk(), WAN()} {
		one, err := newTrial(m, 5, 1, rand.NewPCG(1, 1))
		require.NoError(t, err)
		require.Zero(t, testing.AllocsPerRun(100, func() {
			require.NoError(t, one.draw())
			_ = one.visibleAfter(1, 1)
		}))
	}
}
