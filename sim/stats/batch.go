// Batch means: R. W. Conway, "Some Tactical Problems in Digital Simulation", Management Science 10(1), 1963. How many: B.
// Schmeiser, "Batch Size Effects in the Analysis of Simulation Output", Operations Research 30(3), 1982.

package stats

import "fmt"

// BatchMeans is the mean of one long run and its interval. Neighbouring observations of a run resemble each other, so [MeanInterval]
// of them is far too narrow; the means of long batches hardly do. The run is cut into equal batches, and the interval is
// Student's of their means, with batches-1 degrees of freedom. The first len(xs) % batches observations are left
// out, being nearest to the start.
//
// Each batch must be long against the time over which observations resemble each other; nothing here checks that. Ten to thirty
// batches are right nearly always: fewer have a wide interval, more are too short, and gain little. Warm-up is to be
// removed before; see [MSER5].
//
// Besides what [MeanInterval] refuses, fewer than two batches are an error, and so are fewer observations than batches.
func BatchMeans(xs []float64, batches int, confidence float64) (Interval, error) {
	if err := checkConfidence(confidence); err != nil {
		return Interval{}, err
	}
	if batches < 2 {
		return Interval{}, fmt.Errorf("stats: the number of batches must be 2 or more: %d", batches)
	}
	if len(xs) < batches {
		return Interval{}, fmt.Errorf("stats: each batch needs an observation: observations=%d batches=%d", len(xs), batches)
	}
	if err := checkFinite("xs", xs); err != nil {
		return Interval{}, err
	}
	return student(batchMeans(xs[len(xs)%batches:], len(xs)/batches), confidence)
}

// batchMeans are the means of whole batches of this size, from the first observation on.
func batchMeans(xs []float64, size int) []float64 {
	means := make([]float64, len(xs)/size)
	for i := range means {
		means[i] = average(xs[i*size : (i+1)*size])
	}
	return means
}
