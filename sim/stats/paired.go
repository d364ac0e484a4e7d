// Paired comparison on common random numbers: A. M. Law, Simulation Modeling and Analysis, 5th edition, 2015, sections
// 10.2.1 (the paired interval) and 11.2 (common random numbers).

package stats

import "fmt"

// Paired is the mean of a[i] - b[i] and its Student interval: how much more a has than b. a[i] and b[i] are what two
// policies made of the same replication, the same arrivals and the same work, so what luck gave to both cancels and the
// interval is narrower than the two means' own. It is valid whether or not it does: only the pairs must be independent of
// one another. The policies differ when the interval does not contain zero.
//
// Besides what [MeanInterval] refuses, unequal lengths are an error, and so is a difference that overflows.
func Paired(a, b []float64, confidence float64) (Interval, error) {
	if err := checkConfidence(confidence); err != nil {
		return Interval{}, err
	}
	if len(a) != len(b) {
		return Interval{}, fmt.Errorf("stats: a pair needs one observation of each side: len(a)=%d len(b)=%d", len(a), len(b))
	}
	if err := checkFinite("a", a); err != nil {
		return Interval{}, err
	}
	if err := checkFinite("b", b); err != nil {
		return Interval{}, err
	}
	differences := make([]float64, len(a))
	for i := range a {
		differences[i] = a[i] - b[i]
		if !finite(differences[i]) {
			return Interval{}, fmt.Errorf("stats: differences must be finite: a[%d]-b[%d] = %v", i, i, differences[i])
		}
	}
	return student(differences, confidence)
}
