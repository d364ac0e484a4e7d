// C. Clopper, E. Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial", Biometrika 26(4), 1934.

package stats

import (
	"fmt"

	"gonum.org/v1/gonum/stat/distuv"
)

const mostTrials = 100_000_000

// ProportionInterval is hits of so many independent trials, as a share in [0, 1], and its exact interval: each end errs with a probability of at most
// (1-confidence)/2, however rare hits are, or misses. So it is conservative, and need not be symmetric: none of n trials is a share of
// 0 whose interval ends near 3/n at 95%.
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
	k, n, tail := float64(hits), float64(trials), (1-confidence)/2
	i := Interval{Estimate: k / n, High: 1}
	// The k-th least of n uniform numbers is Beta(k, n-k+1), and below p if k of them or more are.
	if hits > 0 {
		i.Low = distuv.Beta{Alpha: k, Beta: n - k + 1}.Quantile(tail)
	}
	if hits < trials {
		i.High = 1 - distuv.Beta{Alpha: n - k, Beta: k + 1}.Quantile(tail) // not of 1-tail, which rounds
	}
	return i, nil
}
