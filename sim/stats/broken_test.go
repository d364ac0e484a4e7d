package stats_test

import (
	"math"
	"slices"
	"testing"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// textbook is the interval of a mean as a first course has it. Each of its bugs is a famous one.
type textbook struct {
	quantile  func(freedom int, confidence float64) float64
	deviation func(xs []float64) float64
}

func (b textbook) interval(xs []float64, confidence float64) (stats.Interval, error) {
	mean, _ := exactMoments(xs)
	half := b.quantile(len(xs)-1, confidence) * b.deviation(xs) / math.Sqrt(float64(len(xs)))
	return stats.Interval{Estimate: mean, Low: mean - half, High: mean + half}, nil
}

// twoPasses is the standard deviation from the deviations, which is sound in ordinary units.
func twoPasses(xs []float64) float64 {
	_, deviation := exactMoments(xs)
	return deviation
}

// onePass is the mean square less the squared mean, whose leading digits cancel.
func onePass(xs []float64) float64 {
	n, sum, squares := float64(len(xs)), 0., 0.
	for _, x := range xs {
		sum += x
		squares += float64(x * x) // the conversion keeps all processors from rounding once only
	}
	return math.Sqrt(max((squares-sum*sum/n)/(n-1), 0))
}

// ofThePopulation divides by n.
func ofThePopulation(xs []float64) float64 {
	n := float64(len(xs))
	return twoPasses(xs) * math.Sqrt((n-1)/n)
}

// normalQuantile takes the normal distribution for Student's.
func normalQuantile(_ int, confidence float64) float64 { return math.Sqrt2 * math.Erfinv(confidence) }

// notUnderRace skips what shrinks a hundred observations: seconds under the race detector, which has nothing to see here.
func notUnderRace(t *testing.T) {
	if race.Enabled {
		t.Skip("slow under the race detector")
	}
}

// The textbook obeys the law: what fails below is the bug.
func TestBroken_NothingWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawMeanIntervalIsExact(textbook{naiveStudentQuantile, twoPasses}.interval))
	lawtest.Holds(t, lawQuantileIntervalsAreBinomial(ranksByBinomialSums))
	lawtest.Holds(t, lawWarmUpMinimisesTheMarginalStandardError(cutting(5)))
	lawtest.Holds(t, lawMergingIsRecording[tally]())
}

func TestBroken_NormalForStudent(t *testing.T) {
	lawtest.Breaks(t, "An interval that takes 1.96 standard errors whatever the number of runs is far too narrow for a few",
		lawMeanIntervalIsExact(textbook{normalQuantile, twoPasses}.interval))
}

func TestBroken_DividesByNForTheDeviation(t *testing.T) {
	lawtest.Breaks(t, "A standard deviation of a sample that is divided by n, not n-1, makes the interval too narrow",
		lawMeanIntervalIsExact(textbook{naiveStudentQuantile, ofThePopulation}.interval))
}

func TestBroken_MeanSquareLessSquaredMean(t *testing.T) {
	lawtest.Breaks(t, "A variance that is the mean square less the squared mean cancels where observations are large and alike",
		lawMeanIntervalIsExact(textbook{naiveStudentQuantile, onePass}.interval))
}

// plainSquares adds up the squared deviations in whatever unit they have, and reaches two standard errors to both sides.
func plainSquares(xs []float64, _ float64) (stats.Interval, error) {
	n, mean, squares := float64(len(xs)), 0., 0.
	for _, x := range xs {
		mean += x / n
	}
	for _, x := range xs {
		squares += (x - mean) * (x - mean)
	}
	half := 2 * math.Sqrt(squares/(n-1)/n)
	return stats.Interval{Estimate: mean, Low: mean - half, High: mean + half}, nil
}

func TestBroken_SquaresOverflow(t *testing.T) {
	notUnderRace(t)
	lawtest.Breaks(t, "Squared deviations overflow in tiny units, and vanish in huge ones",
		lawTheUnitDoesNotMatter(plainSquares, stats.MSER5))
}

func TestBroken_BatchesLeaveOutTheEnd(t *testing.T) {
	lawtest.Breaks(t, "Batches that are cut from the start leave out the end of a run, and keep what is nearest to its warm-up",
		lawBatchMeansAreNaive(func(xs []float64, batches int, confidence float64) (stats.Interval, error) {
			return stats.BatchMeans(xs[:len(xs)-len(xs)%batches], batches, confidence)
		}))
}

func TestBroken_PairsSortedApart(t *testing.T) {
	lawtest.Breaks(t, "A comparison that sorts both sides, for their medians say, no longer compares runs of one seed",
		lawPairedIsOfTheDifferences(func(a, b []float64, confidence float64) (stats.Interval, error) {
			return stats.Paired(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)), confidence)
		}))
}

func TestBroken_PreciseForgetsTheSign(t *testing.T) {
	lawtest.Breaks(t, "A stopping rule that compares with the estimate itself never stops where the mean is negative",
		lawPreciseIsRelativeToTheEstimate(func(xs []float64, relative, confidence float64) bool {
			i, err := stats.MeanInterval(xs, confidence)
			return err == nil && i.HalfWidth() <= relative*i.Estimate
		}))
}

// cutting is the warm-up by the least marginal standard error, where a cut may leave no fewer than so many batches.
func cutting(left int) func([]float64) (int, error) {
	return func(xs []float64) (int, error) {
		marginal := naiveMarginal(xs)
		for d := len(xs)/5 - 4; d <= len(xs)/5-left; d++ {
			rest, deviation := batchesFrom(xs, d), 0.
			n := float64(len(rest))
			if n > 1 {
				_, deviation = exactMoments(rest)
			}
			marginal = append(marginal, deviation*deviation*(n-1)/(n*n))
		}
		best := slices.Index(marginal, slices.Min(marginal))
		if best > len(xs)/5/2 {
			return 0, stats.ErrWarmUp
		}
		return 5 * best, nil
	}
}

func batchesFrom(xs []float64, d int) []float64 {
	var means []float64
	for i := 5 * d; i+5 <= len(xs); i += 5 {
		means = append(means, (xs[i]+xs[i+1]+xs[i+2]+xs[i+3]+xs[i+4])/5)
	}
	return means
}

func TestBroken_WarmUpThatLeavesOneBatch(t *testing.T) {
	notUnderRace(t)
	lawtest.Breaks(t, "A search for the warm-up that may leave a single batch always does: one batch has no spread",
		lawWarmUpMinimisesTheMarginalStandardError(cutting(1)))
}

// ranksBy makes an interval of a quantile whose ends are the observations of these ranks, if there are such.
func ranksBy(ranks func(n int, p, confidence float64) (low, high int)) quantileInterval {
	return func(xs []float64, p, confidence float64) (stats.Interval, error) {
		sorted := slices.Sorted(slices.Values(xs))
		low, high := ranks(len(xs), p, confidence)
		if low < 1 || high > len(xs) {
			return stats.Interval{}, errTooFew
		}
		return stats.Interval{Estimate: sorted[naiveRank(p, len(xs))-1], Low: sorted[low-1], High: sorted[high-1]}, nil
	}
}

var ranksByBinomialSums = ranksBy(func(n int, p, confidence float64) (low, high int) {
	tail := (1 - confidence) / 2
	below, others := binomialSums(n, p), binomialSums(n, 1-p)
	for low < n && below[low] <= tail {
		low++
	}
	for high = n + 1; high > 1 && others[n-high+1] <= tail; high-- {
	}
	return low, high
})

func TestBroken_QuantileByTheNormalApproximation(t *testing.T) {
	lawtest.Breaks(t, "Ranks by the normal approximation, np ± z√(np(1-p)), miss more often than they say",
		lawQuantileIntervalsAreBinomial(ranksBy(func(n int, p, confidence float64) (low, high int) {
			centre, half := float64(n)*p, normalQuantile(0, confidence)*math.Sqrt(float64(n)*p*(1-p))
			return int(math.Round(centre - half)), int(math.Round(centre + half))
		})))
}
