package estimate_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// someEqual multiplies out 1 - N(N-1)…(N-n+1)/N^n in big arithmetic, with so many bits that nothing is lost in the difference.
func someEqual(n, space int64) float64 {
	none := big.NewFloat(1).SetPrec(300)
	for i := int64(1); i < n; i++ {
		none.Mul(none, new(big.Float).SetPrec(300).SetInt64(max(0, space-i)))
		none.Quo(none, new(big.Float).SetPrec(300).SetInt64(space))
	}
	p, _ := none.Sub(big.NewFloat(1).SetPrec(300), none).Float64()
	return p
}

// lawCollision: the probability is that of the product. A logarithm of at most 3,000 terms, or of Stirling's series, is off by less
// than 3,000 x 2^-53 of itself, and so is the probability.
func lawCollision(of func(estimate.Count, float64) (float64, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		n := rapid.Int64Range(0, 3_000).Draw(t, "identifiers")
		space := rapid.OneOf(rapid.Int64Range(1, 10_000), rapid.Int64Range(1, 1<<53)).Draw(t, "space")
		p, err := of(estimate.Count(n), float64(space))
		if err != nil {
			t.Fatalf("%v", err)
		}
		if want := someEqual(n, space); math.Abs(p-want) > 3_000*0x1p-53*want {
			t.Fatalf("of %d identifiers out of %d two are equal with probability %.6g: %.6g", n, space, want, p)
		}
	}
}

func TestLaw_CollisionIsTheProduct(t *testing.T) {
	rapid.Check(t, lawCollision(estimate.Collision))
}

func TestBroken_CollisionsInProportion(t *testing.T) {
	lawtest.Breaks(t, "Identifiers are taken to collide when one hits the first, so in proportion to n and not to its square",
		lawCollision(func(n estimate.Count, space float64) (float64, error) { return min(1, float64(max(n, 1)-1)/space), nil }))
}

// More identifiers collide no less, a larger space no more, and the approximation is below: 1 - i/N is at most e^(-i/N). Each is
// compared up to the rounding of both.
func TestLaw_CollisionsAreMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := as[estimate.Count](1<<40).Draw(t, "identifiers")
		space := math.Exp2(rapid.OneOf(rapid.Float64Range(0, 160), rapid.Float64Range(0, 1_000)).Draw(t, "bits"))
		p := must(estimate.Collision(n, space))
		const slack = 1 + 1e-11
		if more := must(estimate.Collision(n+n/3+1, space)); p > more*slack {
			t.Fatalf("%d of %v: %v, and more of them %v", n, space, p, more)
		}
		if wide := must(estimate.Collision(n, 3*space)); wide > p*slack {
			t.Fatalf("%d of %v: %v, and of three times as many %v", n, space, p, wide)
		}
		if approx := must(estimate.CollisionApprox(n, space)); approx > p*slack {
			t.Fatalf("%d of %v: %v, and the approximation is above: %v", n, space, p, approx)
		} else if float64(n) < space/1e6 && approx < p*(1-1e-6) {
			t.Fatalf("%d of %v: %v, and the approximation is below by more than a millionth: %v", n, space, p, approx)
		}
	})
}

// In a space so large that the square of its share of identifiers is below the smallest float, the probability is n(n-1)/2N, to the rounding of
// 3,000 steps as in lawCollision.
func TestClaim_CollisionsInHugeSpaces(t *testing.T) {
	for _, bits := range []int{300, 512, 600, 1_000} {
		space := must(estimate.IDBits(bits))
		require.Equal(t, math.Exp2(float64(bits)), space)
		for _, n := range []estimate.Count{2, 256, 257, 1_000, 1e15, math.MaxInt64} {
			require.InEpsilon(t, float64(n)/space*float64(n-1)/2, must(estimate.Collision(n, space)), 3_000*0x1p-53, "%d of %d bits", n, bits)
		}
		require.Equal(t, estimate.Count(1), must(estimate.IDsWithin(0, space)))
	}
}

// Every number of identifiers out of every small space: the seam between the product and the series is in it.
func TestLaw_CollisionIsTheProductInSmallSpaces(t *testing.T) {
	for space := int64(1); space <= 300; space++ {
		none, one := big.NewFloat(1).SetPrec(300), big.NewFloat(1).SetPrec(300)
		for n := int64(1); n <= space; n++ {
			none.Mul(none, new(big.Float).SetInt64(space-n+1)).Quo(none, new(big.Float).SetInt64(space))
			want, _ := new(big.Float).Sub(one, none).Float64()
			if got := must(estimate.Collision(estimate.Count(n), float64(space))); math.Abs(got-want) > 300*0x1p-53*want {
				t.Fatalf("of %d identifiers out of %d two are equal with probability %.6g: %.6g", n, space, want, got)
			}
		}
		require.Equal(t, 1.0, must(estimate.Collision(estimate.Count(space+1), float64(space))))
	}
}

// So many identifiers are within the probability, and one more is not.
func TestLaw_IDsWithinIsTheLargestNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.OneOf(rapid.Float64Range(0, 0.999), rapid.Float64Range(0, 1e-9)).Draw(t, "probability")
		space := math.Exp2(rapid.Float64Range(0, 120).Draw(t, "bits"))
		n := must(estimate.IDsWithin(p, space))
		if n < 1 || must(estimate.Collision(n, space)) > p || must(estimate.Collision(n+1, space)) <= p {
			t.Fatalf("%d of %v at %v: %v, and one more %v", n, space, p, must(estimate.Collision(n, space)), must(estimate.Collision(n+1, space)))
		}
	})
}

// Of 23 people two share a birthday with probability 0.5073, of 22 with 0.4757, if all days are equal: the problem of R. von Mises, "Über
// Aufteilungs- und Besetzungswahrscheinlichkeiten", 1939. The approximation has 0.5000 for 23.
func TestClaim_Birthdays(t *testing.T) {
	require.InDelta(t, 0.5073, must(estimate.Collision(23, 365)), 5e-5)
	require.InDelta(t, 0.4757, must(estimate.Collision(22, 365)), 5e-5)
	require.InDelta(t, 0.5000, must(estimate.CollisionApprox(23, 365)), 5e-5)
	require.Equal(t, estimate.Count(22), must(estimate.IDsWithin(0.5, 365)))
	require.Equal(t, 1.0, must(estimate.Collision(366, 365)))
	require.Zero(t, must(estimate.Collision(1, 1)))
}

// A hash of 32 bits has an even chance of a collision at 77,000 keys already, one of 64 bits at 5.1 thousand million; seven base62
// digits drawn at random at 2.2 million. A random UUID: 2.7 million million million.
func TestClaim_HashesCollideAtTheRootOfTheirSpace(t *testing.T) {
	for _, c := range []struct {
		space, atHalf float64
	}{
		{must(estimate.IDBits(32)), 77_163}, {must(estimate.IDBits(64)), 5.0569e9}, {math.Pow(62, 7), 2.2096e6}, {must(estimate.IDBits(122)), 2.7149e18},
	} {
		// The square root of 2 ln 2 N; the printed digits are five.
		require.InEpsilon(t, c.atHalf, math.Sqrt(2*math.Ln2*c.space), 5e-5)
		require.InEpsilon(t, c.atHalf, float64(must(estimate.IDsWithin(0.5, c.space))), 6e-5)
	}
}

func TestBadCollisionsAreRefused(t *testing.T) {
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.Collision(-1, 10)) }, "estimate: identifiers must not be negative: -1"},
		{func() error { return refused(estimate.Collision(1, 0.5)) }, "estimate: a space of identifiers must be at least 1 and finite: 0.5"},
		{func() error { return refused(estimate.Collision(1, math.NaN())) }, "estimate: a space of identifiers must be at least 1 and finite: NaN"},
		{func() error { return refused(estimate.CollisionApprox(1, math.Inf(1))) }, "estimate: a space of identifiers must be at least 1 and finite: +Inf"},
		{func() error { return refused(estimate.IDsWithin(1, 10)) }, "estimate: a probability must lie in [0, 1): 1"},
		{func() error { return refused(estimate.IDsWithin(math.NaN(), 10)) }, "estimate: a probability must lie in [0, 1): NaN"},
		{func() error { return refused(estimate.IDsWithin(0.5, 0)) }, "estimate: a space of identifiers must be at least 1 and finite: 0"},
		{
			func() error { return refused(estimate.IDsWithin(0.5, math.Exp2(200))) },
			"estimate: identifiers must be at most 2^63-1: there may be more in a space of 1.6069380442589903e+60 for a probability of 0.5",
		},
		{func() error { return refused(estimate.IDBits(-1)) }, "estimate: random bits must lie in [0, 1000]: -1"},
		{func() error { return refused(estimate.IDBits(1_001)) }, "estimate: random bits must lie in [0, 1000]: 1001"},
	})
}
