package quorum_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

func TestBroken_CommitsAtTheFirstAcknowledgement(t *testing.T) {
	first := func(all []message, q quorum.Replicas) (time.Duration, []response) {
		_, answers := soundTrial(all, q)
		commit, _ := soundTrial(all, quorum.Replicas{N: q.N, R: q.R, W: 1})
		return commit, answers
	}
	lawtest.Breaks(t, "A coordinator that reports a write when the first replica has acknowledged it, whatever W is", lawNeverStale(onWhiteboard(first)))
}

func TestBroken_ReadBeforeTheCommit(t *testing.T) {
	sent := func(all []message, q quorum.Replicas) (time.Duration, []response) {
		_, answers := soundTrial(all, q)
		return 0, answers
	}
	lawtest.Breaks(t, "A simulation that counts t from when the write was sent, not from its commit, finds stale reads where R+W > N",
		lawNeverStale(onWhiteboard(sent)))
}

func TestBroken_FirstAskedIsNotFirstBack(t *testing.T) {
	asked := func(all []message, q quorum.Replicas) (time.Duration, []response) {
		commit, answers := soundTrial(all, q)
		slices.SortStableFunc(answers, func(a, b response) int { return int(a.askedAt - b.askedAt) })
		return commit, answers
	}
	lawtest.Breaks(t, "A read that takes the replicas which it reached first, where those count whose responses are back first",
		lawAsOnWhiteboard(onWhiteboard(asked)))
}

func TestBroken_OtherMessagesForOtherNumbers(t *testing.T) {
	other := func(m quorum.Model, q quorum.Replicas, trials int, seed uint64) (func(time.Duration) int, error) {
		return simulated(m, q, trials, seed+uint64(1000*q.R+q.W))
	}
	lawtest.Breaks(t, "A simulation that draws other messages for each R and W compares luck with luck", lawFalls(other))
}

// estimator is somebody's p-quantile of the time until a write is seen.
type estimator func(m quorum.Model, q quorum.Replicas, p float64, trials int, seed uint64) time.Duration

// Half of all estimates are too low, more or less. Where replicas are memoryless the truth is known: once a write has committed, each of the
// others has it after an exponential time, whatever happened before, so that with N=2 and R=W=1 half of the reads ask the other replica,
// and miss the write with a probability of exp(-t/mean). An order statistic of the trials is below the truth with a probability that is the
// binomial's; a hundred estimates depart from it by five standard deviations for one seed in a million.
func lawUnbiased(of estimator) func(*rapid.T) {
	return func(t *rapid.T) {
		const estimates, trials, p = 100, 300, 0.99
		mean, none := 10*time.Millisecond, must(quorum.Constant(0))
		m := quorum.Model{W: must(quorum.Exponential(mean)), A: none, R: none, S: none}
		truth := time.Duration(float64(mean) * math.Log(0.5/(1-p)))

		seed := rapid.Uint64Range(0, 1000).Draw(t, "seed")
		below := 0
		for i := range uint64(estimates) {
			if of(m, quorum.Replicas{N: 2, R: 1, W: 1}, p, trials, seed*estimates+i) < truth {
				below++
			}
		}
		// Below is the order statistic when 297 or more of the 300 are.
		expected := estimates * (1 - upTo(296, trials, p))
		if deviation := 5 * math.Sqrt(expected*(1-expected/estimates)); math.Abs(float64(below)-expected) > deviation {
			t.Fatalf("N=2 R=W=1, memoryless replicas of mean %v, seed %d: of the time after which %v%% of reads see the write, %v,\n"+
				"%d of %d estimates from %d trials are too low, where %.0f are to be expected, %.0f more or less",
				mean, seed, 100*p, truth.Round(10*time.Microsecond), below, estimates, trials, expected, deviation)
		}
	}
}

// upTo is the probability of k or fewer of n, summed.
func upTo(k, n int, p float64) float64 {
	sum := 0.0
	for i := range k + 1 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(i + 1))
		c, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return sum
}

func orderStatistic(m quorum.Model, q quorum.Replicas, p float64, trials int, seed uint64) time.Duration {
	return must(must(quorum.Staleness(m, q, trials, rand.NewPCG(seed, 1))).TVisibility(p, 0.5)).Estimate
}

func TestLaw_TVisibilityIsUnbiased(t *testing.T) {
	lawtest.Holds(t, lawUnbiased(orderStatistic))
}

func TestBroken_FirstNoisyCrossing(t *testing.T) {
	crossing := func(m quorum.Model, q quorum.Replicas, p float64, trials int, seed uint64) time.Duration {
		for t, i := time.Duration(0), uint64(1); ; t, i = t+time.Millisecond, i+1 {
			v := must(quorum.Staleness(m, q, trials, rand.NewPCG(seed, i)))
			if must(v.Consistent(t, 0.5)).Estimate >= p {
				return t
			}
		}
	}
	lawtest.Breaks(t, fmt.Sprintf("The first of a row of times, a millisecond apart, at which %s, with new trials for each, comes too soon",
		"99% of the reads saw the write"), lawUnbiased(crossing))
}
