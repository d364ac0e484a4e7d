package hashring_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mathext"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// aboveExactly is P(Beta(v, (n-1)v) > x) as a sum of fractions: for whole parameters it is the chance that of nv-1 throws fewer
// than v fall below x.
func aboveExactly(nodes, points int, x float64) float64 {
	throws := nodes*points - 1
	p := new(big.Float).SetPrec(2000).SetFloat64(x)
	q := new(big.Float).SetPrec(2000).Sub(big.NewFloat(1).SetPrec(2000), p)
	power := func(z *big.Float, k int) *big.Float {
		product, square := big.NewFloat(1).SetPrec(2000), new(big.Float).Copy(z)
		for ; k > 0; k /= 2 {
			if k%2 == 1 {
				product.Mul(product, square)
			}
			square.Mul(square, square)
		}
		return product
	}
	sum := new(big.Float).SetPrec(2000)
	for j := range points {
		term := new(big.Float).SetPrec(2000).SetInt(new(big.Int).Binomial(int64(throws), int64(j)))
		sum.Add(sum, term.Mul(term, power(p, j)).Mul(term, power(q, throws-j)))
	}
	exact, _ := sum.Float64()
	return exact
}

// Far into the tail, too: there the answer is small, and exact to as many digits.
func TestClaim_ShareIsBeta(t *testing.T) {
	for _, c := range [][2]int{{2, 1}, {2, 50}, {3, 4}, {10, 1}, {10, 10}, {10, 100}, {100, 1}, {100, 10}, {1000, 2}} {
		nodes, points := c[0], c[1]
		s, err := hashring.ShareOf(nodes, points)
		require.NoError(t, err)
		for _, peak := range []float64{0.01, 0.3, 0.9, 1, 1.01, 1.1, 1.5, 1.9, 3, 8} {
			x := peak / float64(nodes)
			exact := aboveExactly(nodes, points, x)
			if x >= 1 {
				exact = 0
			}
			require.InDelta(t, exact, s.Above(x), 1e-12*exact, "%d nodes, %d points, above %v", nodes, points, x)
		}
		for _, outside := range []float64{-1, 0} {
			require.Equal(t, 1.0, s.Above(outside))
		}
		require.Zero(t, s.Above(1))
		require.Zero(t, s.Above(2))
	}
}

// And for large parameters, where the sum has too many terms, as another implementation has it. That one takes differences of logarithms of
// gamma functions, whose rounding is 2^-53 of some 1e9.
func TestShareAgreesWithAnotherBeta(t *testing.T) {
	for _, c := range [][2]int{{10, 1000}, {100, 1000}, {1000, 160}, {1000, 10_000}, {100_000, 160}} {
		s, err := hashring.ShareOf(c[0], c[1])
		require.NoError(t, err)
		n, v := float64(c[0]), float64(c[1])
		for _, sd := range []float64{-3, -1, 0, 1, 3, 5} {
			x := (1 + sd*s.RelativeSD()) / n
			other := mathext.RegIncBeta((n-1)*v, v, 1-x)
			require.InEpsilon(t, other, s.Above(x), 1e-5, "%v, %v standard deviations", c, sd)
		}
	}
}

// The table of sqrt((n-1)/(nv+1)) at n = 100.
func TestClaim_RelativeStandardDeviation(t *testing.T) {
	for points, sd := range map[int]float64{1: 0.990, 10: 0.3145, 100: 0.0995, 1000: 0.0315} {
		s, err := hashring.ShareOf(100, points)
		require.NoError(t, err)
		require.InDelta(t, sd, s.RelativeSD(), 0.00051)
	}
}

func TestLaw_QuantilesAreWhereTheShareIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, points := rapid.IntRange(2, 1000).Draw(t, "nodes"), rapid.IntRange(1, 1000).Draw(t, "points")
		s, err := hashring.ShareOf(nodes, points)
		if err != nil {
			t.Fatal(err)
		}
		p := rapid.Float64Range(0.0001, 0.9999).Draw(t, "p")
		x, err := s.Quantile(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := 1 - s.Above(x); math.Abs(got-p) > 1e-10 {
			t.Fatalf("%d nodes, %d points: the quantile of %v is %v, below which there is %v", nodes, points, p, x, got)
		}
	})
}

// pointing is what the law of PointsFor judges.
type pointing func(nodes int, peakToMean, confidence float64) (int, error)

// lawPoints: enough, and one fewer is not, by exact sums.
func lawPoints(pointsFor pointing) func(*rapid.T) {
	return func(t *rapid.T) {
		nodes := rapid.IntRange(2, 20).Draw(t, "nodes")
		peak := float64(rapid.IntRange(15, 40).Draw(t, "peak to mean, tenths")) / 10
		confidence := float64(rapid.IntRange(50, 99).Draw(t, "confidence, hundredths")) / 100
		points, err := pointsFor(nodes, peak, confidence)
		if err != nil {
			t.Fatal(err)
		}
		chance := func(points int) float64 {
			if peak >= float64(nodes) {
				return 0
			}
			return float64(nodes) * aboveExactly(nodes, points, peak/float64(nodes))
		}
		story := fmt.Sprintf("%d nodes, none above %v times the mean, with confidence %v\nbut with %d points each", nodes, peak, confidence, points)
		const rounding = 1e-9
		if c := chance(points); c > 1-confidence+rounding {
			t.Fatalf("%s the chance that one is above may be %.4f", story, c)
		}
		for fewer := 1; fewer < points; fewer++ { // all of them: that the chance falls is not taken for granted
			if c := chance(fewer); c < 1-confidence-rounding {
				t.Fatalf("%s there are more than needed: with %d the chance that one is above is at most %.4f", story, fewer, c)
			}
		}
	}
}

func TestLaw_PointsForIsEnoughAndNoMore(t *testing.T) { rapid.Check(t, lawPoints(hashring.PointsFor)) }

// The bound over nodes is tight: the true chance of a peak lies between 1-(1-d/n)^n and d. Simulated shares are gamma variables over their
// sum; four standard errors either way.
func TestClaim_TheUnionBoundIsTight(t *testing.T) {
	runs := 20_000
	if race.Enabled {
		runs = 500
	}
	random := rand.New(rand.NewPCG(3, 9))
	for _, c := range []struct {
		nodes int
		peak  float64
	}{{10, 2}, {10, 3}, {50, 3}} {
		points, err := hashring.PointsFor(c.nodes, c.peak, 0.9)
		require.NoError(t, err)
		s, err := hashring.ShareOf(c.nodes, points)
		require.NoError(t, err)
		n := float64(c.nodes)
		one := s.Above(c.peak / n)
		above := 0
		for range runs {
			most, sum := 0.0, 0.0
			for range c.nodes {
				part := 0.0
				for range points {
					part += random.ExpFloat64()
				}
				most = max(most, part)
				sum += part
			}
			if most > c.peak/n*sum {
				above++
			}
		}
		chance := float64(above) / float64(runs)
		margin := 4 * math.Sqrt(n*one/float64(runs))
		require.LessOrEqual(t, chance, n*one+margin, "%d nodes", c.nodes)
		require.GreaterOrEqual(t, chance, 1-math.Pow(1-one, n)-margin, "%d nodes", c.nodes)
	}
}

// A ring itself: with the points advised no node is above, for nearly all seeds. Of 300 seeds at a confidence of 0.99, 3 may be expected
// to fail; 13 or more do so once in 10,000 (Poisson).
func TestClaim_ARingWithThePointsAdvised(t *testing.T) {
	const nodes, peak = 10, 1.5
	seeds := 300
	if race.Enabled {
		seeds = 10
	}
	points, err := hashring.PointsFor(nodes, peak, 0.99)
	require.NoError(t, err)
	failed := 0
	for seed := range seeds {
		r, err := hashring.NewRing(hashring.Named("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"),
			hashring.RingOptions{Points: points, Hashing: hashring.Hashing{Seed: uint64(seed)}})
		require.NoError(t, err)
		const probes = 10_000 // evenly over the circle, each share is off by at most a probe a point
		counts := make([]float64, nodes)
		for i := range uint64(probes) {
			counts[r.OwnerOf(i*(math.MaxUint64/probes))]++
		}
		for _, c := range counts {
			if c > peak/nodes*probes+float64(points) {
				failed++
				break
			}
		}
	}
	require.Less(t, failed, 13)
}

func TestPointsForExtremes(t *testing.T) {
	for _, c := range []struct {
		nodes            int
		peak, confidence float64
		points           int
	}{{1, 1.0001, 0.999, 1}, {10, 10, 0.999, 1}, {2, 1.5, 0.5, 1}} {
		points, err := hashring.PointsFor(c.nodes, c.peak, c.confidence)
		require.NoError(t, err)
		require.Equal(t, c.points, points, "%v", c)
	}
	large, err := hashring.PointsFor(1000, 1.02, 0.99) // 4.3 standard deviations of 1/sqrt(v) are 0.02
	require.NoError(t, err)
	require.InDelta(t, math.Pow(4.26/0.02, 2), large, 3000)
	_, err = hashring.PointsFor(1000, 1.00001, 0.99)
	require.ErrorContains(t, err, "hashring: a ring must have at most 268435456 points, too few for a peak of 1.00001 times the mean on 1000 nodes")
}

func TestShareBadInput(t *testing.T) {
	for _, peak := range []float64{1, 0.5, 0, -1, math.Inf(1), math.NaN()} {
		_, err := hashring.PointsFor(10, peak, 0.9)
		require.EqualError(t, err, fmt.Sprint("hashring: the ratio of peak to mean must be finite and above 1: ", peak))
	}
	for _, p := range []float64{0, 1, -0.1, 1.5, math.Inf(1), math.NaN()} {
		_, err := hashring.PointsFor(10, 2, p)
		require.EqualError(t, err, fmt.Sprint("hashring: a confidence must lie in (0, 1): ", p))
		s, err := hashring.ShareOf(10, 10)
		require.NoError(t, err)
		_, err = s.Quantile(p)
		require.EqualError(t, err, fmt.Sprint("hashring: the probability of a quantile must lie in (0, 1): ", p))
	}
	for _, n := range []int{0, -3, 1<<24 + 1} {
		_, err := hashring.PointsFor(n, 2, 0.9)
		require.EqualError(t, err, fmt.Sprint("hashring: the number of nodes must lie in [1, 16777216]: ", n))
		_, err = hashring.ShareOf(n, 1)
		require.EqualError(t, err, fmt.Sprint("hashring: the number of nodes must lie in [1, 16777216]: ", n))
	}
	_, err := hashring.ShareOf(1, 0)
	require.EqualError(t, err, "hashring: the number of points must lie in [1, 268435456]: 0")
	one, err := hashring.ShareOf(1, 5)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 0}, []float64{one.Above(0.5), one.Above(1)})
	require.Zero(t, one.RelativeSD())
	x, err := one.Quantile(0.5)
	require.NoError(t, err)
	require.Equal(t, 1.0, x)
}
