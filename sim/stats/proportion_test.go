package stats_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

type proportion = func(hits, trials int, confidence float64) (stats.Interval, error)

// atMost is the probability of so many hits or fewer, term by term.
func atMost(hits, trials int, p float64) float64 {
	sum := 0.0
	for k := range hits + 1 {
		logChoose, _ := math.Lgamma(float64(trials + 1))
		a, _ := math.Lgamma(float64(k + 1))
		b, _ := math.Lgamma(float64(trials - k + 1))
		sum += math.Exp(logChoose - a - b + float64(k)*math.Log(p) + float64(trials-k)*math.Log1p(-p))
	}
	return sum
}

// Whatever the true share is, the interval of what comes out misses it with a probability of at most its tail on either side: the sum is over all
// that can come out.
func lawProportionCovers(interval proportion) func(*rapid.T) {
	return func(t *rapid.T) {
		trials := rapid.IntRange(1, 40).Draw(t, "trials")
		p := rapid.Float64Range(0.001, 0.999).Draw(t, "share")
		confidence := rapid.SampledFrom([]float64{0.5, 0.8, stats.Charted, stats.Asserted}).Draw(t, "confidence")
		tail := (1 - confidence) / 2
		over, under := 0.0, 0.0
		for hits := range trials + 1 {
			chance := atMost(hits, trials, p)
			if hits > 0 {
				chance -= atMost(hits-1, trials, p)
			}
			i, err := interval(hits, trials, confidence)
			if err != nil {
				t.Fatal(err)
			}
			if i.Low > p {
				over += chance
			}
			if i.High < p {
				under += chance
			}
		}
		const rounding = 1e-9 // of sums of at most 41 terms below 1
		if max(over, under) > tail+rounding {
			t.Fatalf("%d trials with a chance of %v each, at confidence %v:\nthe interval lies above it with a probability of %.3g, below with %.3g, and at most %.3g is allowed",
				trials, p, confidence, over, under, tail)
		}
	}
}

func TestLaw_ProportionIntervalsCover(t *testing.T) {
	rapid.Check(t, lawProportionCovers(stats.ProportionInterval))
}

// wald is the share and some standard deviations of it either way.
func wald(hits, trials int, confidence float64) (stats.Interval, error) {
	n := float64(trials)
	p := float64(hits) / n
	half := distuv.UnitNormal.Quantile((1+confidence)/2) * math.Sqrt(p*(1-p)/n)
	return stats.Interval{Estimate: p, Low: p - half, High: p + half}, nil
}

func TestBroken_ATextbooksProportion(t *testing.T) {
	lawtest.Breaks(t, "The textbook's interval of a share is of no width when no trial hits, and so contains too little",
		lawProportionCovers(wald))
}

// An end of the interval is the share at which what came out, or more, has the probability of the tail, and no other.
func TestLaw_ProportionIntervalsAreNoWiderThanTheyMustBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trials := rapid.IntRange(1, 1_000).Draw(t, "trials")
		hits := rapid.IntRange(0, trials).Draw(t, "hits")
		confidence := confidence.Draw(t, "confidence")
		i, err := stats.ProportionInterval(hits, trials, confidence)
		require.NoError(t, err)
		require.Equal(t, float64(hits)/float64(trials), i.Estimate)
		tail := (1 - confidence) / 2
		if hits == trials {
			require.EqualValues(t, 1, i.High)
		} else {
			require.InEpsilon(t, tail, atMost(hits, trials, i.High), 1e-6) // logarithms of factorials of 1,000 are right to 1e-12 of thousands
		}
		if hits == 0 {
			require.Zero(t, i.Low)
		} else {
			require.InEpsilon(t, tail, atMost(trials-hits, trials, 1-i.Low), 1e-6) // misses, seen from the other side
		}
	})
}

// fewOrLess is the probability of so many hits or fewer, each term from the one before.
func fewOrLess(hits, trials int, p float64) float64 {
	term := math.Exp(float64(trials) * math.Log1p(-p))
	sum := term
	for k := range hits {
		term *= float64(trials-k) / float64(k+1) * p / (1 - p)
		sum += term
	}
	return sum
}

// Of few hits, or misses, in many trials the ends are those shares, too: a solver that strays where tails are small returned a thousand times as much.
func TestLaw_ProportionIntervalsOfFewInMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trials := int(math.Exp(rapid.Float64Range(math.Log(1_000), math.Log(100_000_000)).Draw(t, "log trials")))
		hits := rapid.IntRange(0, 100).Draw(t, "hits")
		confidence := confidence.Draw(t, "confidence")
		i, err := stats.ProportionInterval(hits, trials, confidence)
		require.NoError(t, err)
		tail := (1 - confidence) / 2
		require.InEpsilon(t, tail, fewOrLess(hits, trials, i.High), 1e-6, "%+v", i)
		if hits > 0 {
			require.InEpsilon(t, tail, 1-fewOrLess(hits-1, trials, i.Low), 1e-6, "%+v", i) // a sum near 1 is right to 1e-14, the least tail is 5e-7
		}
		misses, err := stats.ProportionInterval(trials-hits, trials, confidence)
		require.NoError(t, err)
		require.InDelta(t, 1-i.High, misses.Low, 1e-15)
		require.InDelta(t, 1-i.Low, misses.High, 1e-15)
	})
}

func TestClaim_ProportionOfNone(t *testing.T) {
	i, err := stats.ProportionInterval(0, 1_000, stats.Charted)
	require.NoError(t, err)
	require.InDelta(t, 1-math.Pow(0.025, 1.0/1_000), i.High, 1e-9) // all miss with probability (1-p)^n
	require.Zero(t, i.Low)
	// Many trials: the normal's, as far as a binomial of 10^8 is one.
	many, err := stats.ProportionInterval(30_000_000, 100_000_000, stats.Charted)
	require.NoError(t, err)
	want, err := wald(30_000_000, 100_000_000, stats.Charted)
	require.NoError(t, err)
	require.InDelta(t, want.Low, many.Low, 2e-8) // a hit more or less is 1e-8
	require.InDelta(t, want.High, many.High, 2e-8)
}

func TestProportionRefuses(t *testing.T) {
	for want, c := range map[string]struct {
		hits, trials int
		confidence   float64
	}{
		"stats: confidence must lie in [0.5, 0.999999]: NaN":                    {1, 2, math.NaN()},
		"stats: trials of a proportion must lie in [1, 100000000]: 0":           {0, 0, 0.95},
		"stats: trials of a proportion must lie in [1, 100000000]: 100000001":   {0, 100_000_001, 0.95},
		"stats: hits of a proportion must lie in [0, trials]: hits=-1 trials=2": {-1, 2, 0.95},
		"stats: hits of a proportion must lie in [0, trials]: hits=3 trials=2":  {3, 2, 0.95},
	} {
		_, err := stats.ProportionInterval(c.hits, c.trials, c.confidence)
		require.EqualError(t, err, want)
	}
}
