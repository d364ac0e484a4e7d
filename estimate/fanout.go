// J. Dean and L. A. Barroso, "The Tail at Scale", Communications of the ACM 56 (2), 2013.

package estimate

import "math"

// TailOfAll is the probability that at least one of k independent calls is slow, where each is with probability p: 1-(1-p)^k. A request that
// waits for all of them is as slow as the slowest: of a hundred that are each slow once in a hundred times, 63% of requests see one. The calls may be made
// at once or one after the other.
func TailOfAll(p float64, k int) (float64, error) {
	if err := needProbability("a probability to be slow", p); err != nil {
		return 0, err
	}
	if err := needBetween("calls", k, 1, math.MaxInt); err != nil {
		return 0, err
	}
	return -math.Expm1(float64(k) * math.Log1p(-p)), nil
}

// TailOfEach is [TailOfAll] the other way: the largest probability to be slow that each of k calls may have, for at most a part p of requests to see one,
// 1-(1-p)^(1/k). It says which percentile of each becomes the percentile of all: for the p99 of a hundred calls it is the p99.99 of each.
func TailOfEach(p float64, k int) (float64, error) {
	if err := needProbability("a probability to be slow", p); err != nil {
		return 0, err
	}
	if err := needBetween("calls", k, 1, math.MaxInt); err != nil {
		return 0, err
	}
	return -math.Expm1(math.Log1p(-p) / float64(k)), nil
}
