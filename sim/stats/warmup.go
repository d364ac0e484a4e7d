// MSER-5, the marginal standard error rule on batches of five. K. P. White, "An Effective Truncation Heuristic for Bias
// Reduction in Simulation Output", SIMULATION 69(6), 1997 (the rule); K. P. White, M. J. Cobb and S. C. Spratt, "A
// Comparison of Five Steady-State Truncation Heuristics for Simulation", Winter Simulation Conference, 2000 (on batches of
// five, where it did best); K. Hoad, S. Robinson and R. Davies, "Automating Warm-Up Length Estimation", Journal of
// the Operational Research Society 61(9), 2010 (refusing a minimum in the second half; no truncation that leaves only the last few batches).

package stats

import (
	"errors"
	"fmt"
	"math"
)

// ErrWarmUp is wrapped by the error of [MSER5] for a run that has not settled early enough. The remedy is a longer run.
var ErrWarmUp = errors.New("stats: the run is too short to tell its warm-up")

const (
	mserBatch   = 5
	mserLeast   = 5   // batches that any truncation leaves: fewer may be alike by accident
	mserMinimum = 100 // observations: of far fewer, hardly any truncation in the second half is looked at, so that none is refused
)

// MSER5 says how many observations to remove from the start of a run, so that what is left, xs[truncate:], is hardly
// affected by how the run began (usually empty, which makes means too small). It takes the truncation that minimises the
// squared standard error that the mean of the rest would have if its batches of five were independent: removing observations
// that are off narrows it, removing good ones widens it. Of equals it takes the shortest. O(len(xs)).
//
// truncate is a multiple of five, at most half of the whole batches; the last len(xs) % 5 observations are not looked at.
// When the minimum lies in the second half, the error wraps [ErrWarmUp]. At least 100 observations are needed; any that is NaN or
// infinite is an error.
//
// It is a heuristic: it sees a change of level that is large against the noise of five observations, and may miss a slow drift.
// It looks at one run, and often cuts a little where nothing is to be cut; of several replications, cut the
// longest warm-up from all.
func MSER5(xs []float64) (truncate int, err error) {
	if err := checkFinite("xs", xs); err != nil {
		return 0, err
	}
	if len(xs) < mserMinimum {
		return 0, fmt.Errorf("stats: MSER-5 needs %d observations or more: %d", mserMinimum, len(xs))
	}
	means := batchMeans(xs, mserBatch)

	// The rule does not depend on the unit. In units of the largest, squares neither overflow nor vanish.
	largest := 0.
	for _, z := range means {
		largest = max(largest, math.Abs(z))
	}
	if !finite(largest) {
		return 0, fmt.Errorf("stats: observations are so large that their means overflow: %v", largest)
	}
	if largest == 0 {
		return 0, nil
	}

	// From the end to the start, so that the mean of the rest and its squared deviations grow batch by batch (B. P. Welford,
	// "Note on a Method for Calculating Corrected Sums of Squares and Products", Technometrics 4(3), 1962).
	mean, squares := 0., 0.
	least, best := math.Inf(1), 0
	for d := len(means) - 1; d >= 0; d-- {
		n := float64(len(means) - d)
		z := means[d] / largest
		off := z - mean
		mean += off / n
		squares += off * (z - mean)
		if marginal := squares / (n * n); n >= mserLeast && marginal <= least {
			least, best = marginal, d
		}
	}
	if 2*best > len(means) {
		return 0, fmt.Errorf("%w: it seems to last past the middle, for %d of %d observations", ErrWarmUp, best*mserBatch, len(xs))
	}
	return best * mserBatch, nil
}
