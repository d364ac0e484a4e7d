// Distribution-free intervals of quantiles: H. A. David and H. N. Nagaraja, Order Statistics, 3rd edition, Wiley, 2003,
// section 7.1. For simulation and measurement: J.-Y. Le Boudec, Performance Evaluation of Computer and Communication
// Systems, EPFL Press, 2010, section 2.2.

package stats

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// QuantileInterval is the p-quantile of xs and its interval, whatever the distribution. The number of n independent
// observations that lie below the true quantile is binomial, so two of the sorted observations enclose it with a
// probability that is known exactly: each end errs with a probability of at most (1-confidence)/2. The interval
// is conservative (there are only n observations to choose its ends from), and need not be symmetric.
//
// The estimate is the least observation x such that a part p or more of all are at most x. p must lie in (0, 1), confidence in
// [0.5, 0.999999]. It is an error if there are too few observations, and the error says how many are needed:
// log((1-confidence)/2) / log(max(p, 1-p)), for p = 0.99 at 95% 368. Any that is NaN or infinite is an error.
//
// The observations must be independent. Those of one run are not: take each replication's quantile, from a [Histogram], and
// [MeanInterval] of these.
func QuantileInterval(xs []float64, p, confidence float64) (Interval, error) {
	if err := checkConfidence(confidence); err != nil {
		return Interval{}, err
	}
	if !(p > 0 && p < 1) {
		return Interval{}, fmt.Errorf("stats: quantile must lie in (0, 1): %v", p)
	}
	if err := checkFinite("xs", xs); err != nil {
		return Interval{}, err
	}
	low, high := orderStatistics(len(xs), p, (1-confidence)/2)
	if low < 1 || high > len(xs) {
		return Interval{}, fmt.Errorf("stats: too few observations for the %v-quantile at confidence %v: %d, of %.0f needed",
			p, confidence, len(xs), observationsNeeded(p, (1-confidence)/2))
	}
	sorted := slices.Sorted(slices.Values(xs))
	return Interval{
		Estimate: sorted[rank(p, uint64(len(xs)))-1],
		Low:      sorted[low-1],
		High:     sorted[high-1],
	}, nil
}

// orderStatistics are the ranks, from 1, of the ends: the highest low and the lowest high such that each errs with a probability
// of at most tail. They are 0 and n+1 where there is no such rank. The k-th smallest of n uniform numbers in (0, 1) has the
// distribution Beta(k, n-k+1); it exceeds p when fewer than k numbers are at most p, which is the binomial sum.
func orderStatistics(n int, p, tail float64) (low, high int) {
	uniform := func(k int) distuv.Beta { return distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)} }
	low = sort.Search(n, func(i int) bool { return uniform(i+1).Survival(p) > tail })
	high = 1 + sort.Search(n, func(i int) bool { return uniform(i+1).CDF(p) <= tail })
	return low, high
}

// observationsNeeded is the least n for which the largest of n is high enough and the smallest low enough.
func observationsNeeded(p, tail float64) float64 {
	side := math.Log(p) // of the largest: all n are below with probability p^n
	if p < 0.5 {
		side = math.Log1p(-p)
	}
	return math.Ceil(math.Log(tail) / side)
}

// rank is the least k in [1, n] such that k/n >= p, for p in [0, 1] and n > 0. It is not ceil(p*n): the product rounds, and
// of 0.07*100 that makes 8. The quotient rounds as the literal 0.07 did, so 7/100 is 0.07.
func rank(p float64, n uint64) uint64 {
	if p == 1 {
		return n
	}
	k := min(max(uint64(math.Ceil(p*float64(n))), 1), n)
	for k > 1 && float64(k-1)/float64(n) >= p {
		k--
	}
	for k < n && float64(k)/float64(n) < p {
		k++
	}
	return k
}
