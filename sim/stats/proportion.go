// C. Clopper, E. Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial", Biometrika 26(4), 1934.

package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

const mostTrials = 100_000_000

// ProportionInterval is hits of so many independent trials, as a share in [0, 1], and its exact interval: each end errs with a probability of at most
// (1-confidence)/2, however rare hits are, or misses. So it is conservative, and need not be symmetric: none of n trials is a share of
// 0 whose interval ends near 3.7/n at 95%.
//
// trials must lie in [1, 100,000,000], hits in [0, trials], confidence in [0.5, 0.999999].
func ProportionInterval(hits, trials int, confidence float64) (Interval, error) {
	if err := checkConfidence(confidence); err != nil {
		return Interval{}, err
	}
	if trials < 1 || trials > mostTrials {
		return Interval{}, fmt.Errorf("stats: trials of a proportion must lie in [1, %d]: %d", mostTrials, trials)
	}
	if hits < 0 || hits > trials {
		return Interval{}, fmt.Errorf("stats: hits of a proportion must lie in [0, trials]: hits=%d trials=%d", hits, trials)
	}
	tail := (1 - confidence) / 2
	return Interval{
		Estimate: float64(hits) / float64(trials),
		Low:      leastShare(hits, trials, tail),
		High:     1 - leastShare(trials-hits, trials, tail), // that of misses: 1-tail would be rounded
	}, nil
}

// leastShare is the share of which so many hits, or more, have the probability of the tail. The k-th least of n uniform numbers is Beta(k, n-k+1), and
// below p if k of them or more are.
//
// It bisects the floats themselves, as their bits are in order, so that tiny shares are as exact as others. distuv.Beta.Quantile takes fewer steps, and strays
// where tails are small: for 3 misses in a million and a tail of 5e-7 it returns 0.963, of which that many have no chance at all.
func leastShare(hits, trials int, tail float64) float64 {
	k, n := float64(hits), float64(trials)
	low, high := uint64(0), math.Float64bits(k/n) // at which it is one half or more: k is the median
	for low+1 < high {
		middle := low + (high-low)/2
		if mathext.RegIncBeta(k, n-k+1, math.Float64frombits(middle)) < tail {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Float64frombits(low)
}
