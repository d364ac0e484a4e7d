// Sequential stopping: Y. S. Chow and H. Robbins, "On the Asymptotic Theory of Fixed-Width Sequential Confidence Intervals
// for the Mean", The Annals of Mathematical Statistics 36(2), 1965. Relative precision: A. M. Law, Simulation Modeling and
// Analysis, 5th edition, 2015, section 9.4.1.

package stats

import "math"

// Precise says whether the half-width of [MeanInterval] is at most this part of the estimate: relative = 0.01 asks for the
// mean to within one per cent of what it was estimated to be. It says when to stop adding replications:
//
//	enough := func(runs []result) bool { return stats.Precise(means(runs), 0.01, stats.Charted) }
//
// Where there is no interval (too few observations, a NaN, a confidence that [MeanInterval] refuses) it is not precise, so
// that the interval that is asked for afterwards brings the error. A mean of zero is never precise, unless it is exact.
//
// Stopping when an interval happens to be narrow is a choice that depends on the data, so the interval at which one stops contains
// the mean less often than it says: look seldom, and not before ten observations.
func Precise(xs []float64, relative, confidence float64) bool {
	interval, err := MeanInterval(xs, confidence)
	return err == nil && interval.HalfWidth() <= relative*math.Abs(interval.Estimate)
}
