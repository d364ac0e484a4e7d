package estimate_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func ExampleTailOfAll() {
	slow, _ := estimate.TailOfAll(0.01, 100)
	each, _ := estimate.TailOfEach(0.01, 100)
	fmt.Printf("of 100 calls, each slow in 1%% of cases, one is in %.1f%%\n", 100*slow)
	fmt.Printf("for 1%% of all, each may be slow in %.5f%%\n", 100*each)
	// Output:
	// of 100 calls, each slow in 1% of cases, one is in 63.4%
	// for 1% of all, each may be slow in 0.01005%
}

// The introductory example of the paper: a hundred servers, each slow once in a hundred times, make 63% of requests slow; 2,000 of one in 10,000 almost one in five.
func TestClaim_TailAtScale(t *testing.T) {
	require.InDelta(t, 0.633968, must(estimate.TailOfAll(0.01, 100)), 0.5e-6)
	require.InDelta(t, 0.18, must(estimate.TailOfAll(0.0001, 2000)), 0.005)
}

// Of k calls and the two ways each can be, the share of ways with a slow one, each with its weight.
func TestLaw_FanOutIsTheProduct(t *testing.T) { rapid.Check(t, lawFanOut(estimate.TailOfAll)) }

func lawFanOut(of func(p float64, k int) (float64, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		k := rapid.IntRange(1, 60).Draw(t, "calls")
		p := math.Ldexp(float64(rapid.IntRange(0, 1024).Draw(t, "p in 1/1024")), -10-rapid.IntRange(0, 40).Draw(t, "halved"))
		fast, all := new(big.Rat).Sub(big.NewRat(1, 1), new(big.Rat).SetFloat64(p)), big.NewRat(1, 1)
		for range k {
			all.Mul(all, fast)
		}
		want, _ := new(big.Rat).Sub(big.NewRat(1, 1), all).Float64()
		// Two functions that round, and a product between them.
		if got := must(of(p, k)); math.Abs(got-want) > 4*0x1p-52*want {
			t.Fatalf("%d calls, each slow with a probability of %.6g: one is with %.6g\nbut the answer is %.6g", k, p, want, got)
		}
	}
}

func TestBroken_TailsAdded(t *testing.T) {
	lawtest.Breaks(t, "A tail of k times that of one call, as if no two were slow together",
		lawFanOut(func(p float64, k int) (float64, error) { return float64(k) * p, nil }))
}

func TestLaw_FanOutBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, k := rapid.Float64Range(0, 0.999).Draw(t, "p"), rapid.IntRange(1, 1_000_000).Draw(t, "calls")
		each := must(estimate.TailOfEach(p, k))
		require.LessOrEqual(t, each, p*(1+4*0x1p-53)) // of one call it is p, but for two functions that round
		// Near 1 the probability to be fast is what has the digits: 7 units of its logarithm, below 7 in size.
		require.InDelta(t, p, must(estimate.TailOfAll(each, k)), 1e-14)
		require.LessOrEqual(t, must(estimate.TailOfAll(each, k)), must(estimate.TailOfAll(each, k+1)))
	})
	require.Equal(t, 1., must(estimate.TailOfAll(1, 3)))
	require.Equal(t, 1., must(estimate.TailOfEach(1, 3)))
	require.Equal(t, 0., must(estimate.TailOfAll(0, 3)))
	require.InEpsilon(t, 3e-300, must(estimate.TailOfAll(1e-300, 3)), 1e-15)
}

func TestFanOutRefuses(t *testing.T) {
	for _, of := range []func(float64, int) (float64, error){estimate.TailOfAll, estimate.TailOfEach} {
		requireRefused(t, []refusal{
			{func() error { return refused(of(-0.1, 1)) }, "estimate: a probability to be slow must lie in [0, 1]: -0.1"},
			{func() error { return refused(of(1.1, 1)) }, "estimate: a probability to be slow must lie in [0, 1]: 1.1"},
			{func() error { return refused(of(math.NaN(), 1)) }, "estimate: a probability to be slow must lie in [0, 1]: NaN"},
			{func() error { return refused(of(math.Inf(-1), 1)) }, "estimate: a probability to be slow must lie in [0, 1]: -Inf"},
			{func() error { return refused(of(0.5, 0)) }, "estimate: calls must lie in [1, 9223372036854775807]: 0"},
		})
	}
}
