// The interval of a mean whose variance is unknown: "Student" (W. S. Gosset), "The Probable Error of a Mean", Biometrika
// 6(1), 1908. The sums: T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for Computing the Sample Variance: Analysis
// and Recommendations", The American Statistician 37(3), 1983, section 3 (the corrected two-pass algorithm).

package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// MeanInterval is the mean of xs and its Student interval, with len(xs)-1 degrees of freedom. The observations must be
// independent: one a replication, not many of one run.
//
// The interval is exact for normal observations, and approximate for others. The means of long replications are nearly
// normal; single service times are not, and skewness tells more the surer one wants to be: of n exponential times, 95%
// intervals contain the mean with a probability of about 0.95 - 0.9/n, and of 50, 99.99% intervals miss it 20
// times too often. If all observations are equal the width is zero, as it should be for a model without randomness.
//
// confidence must lie in [0.5, 0.999999]; see [Charted] and [Asserted]. Fewer than two observations, and any that is NaN or
// infinite, are errors, and so are observations so large that their differences overflow.
func MeanInterval(xs []float64, confidence float64) (Interval, error) {
	if err := checkConfidence(confidence); err != nil {
		return Interval{}, err
	}
	if err := checkFinite("xs", xs); err != nil {
		return Interval{}, err
	}
	return student(xs, confidence)
}

func student(xs []float64, confidence float64) (Interval, error) {
	n := float64(len(xs))
	if n < 2 {
		return Interval{}, fmt.Errorf("stats: an interval of a mean needs 2 observations or more: %v", n)
	}
	mean, deviation := moments(xs)
	half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile((1+confidence)/2) * (deviation / math.Sqrt(n))
	interval := Interval{Estimate: mean, Low: mean - half, High: mean + half}
	if !finite(interval.Low) || !finite(interval.High) {
		return Interval{}, fmt.Errorf("stats: observations are so large that their interval overflows: %v ± %v", mean, half)
	}
	return interval, nil
}

// moments are the mean and the standard deviation (with divisor n-1) of two observations or more. What is squared are
// fractions of the largest deviation, so that squares neither overflow nor vanish.
func moments(xs []float64) (mean, deviation float64) {
	n := float64(len(xs))
	mean = average(xs)
	largest := 0.
	for _, x := range xs {
		largest = max(largest, math.Abs(x-mean))
	}
	if largest == 0 {
		return mean, 0
	}
	sum, squares := 0., 0.
	for _, x := range xs {
		d := (x - mean) / largest
		sum += d
		squares += d * d
	}
	// But for rounding, sum is zero: what is left of it corrects the squares for the rounding of the mean.
	return mean, largest * math.Sqrt((squares-sum*sum/n)/(n-1))
}

// average is the mean, by way of a running mean: unlike a sum, that is exact when all observations are equal, and overflows
// only when a difference of two does. A second pass removes the rounding that the first one gathered.
func average(xs []float64) float64 {
	mean := 0.
	for i, x := range xs {
		mean += (x - mean) / float64(i+1)
	}
	rest := 0.
	for _, x := range xs {
		rest += (x - mean) / float64(len(xs))
	}
	return mean + rest
}
