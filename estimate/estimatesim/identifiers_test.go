package estimatesim_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
)

// one gives identifiers of a list, one after the other.
func one(of []uint64) func() uint64 {
	next := 0
	return func() uint64 {
		next++
		return of[next-1]
	}
}

// Places are those that a map finds, whatever the identifiers: so few that all meet in one part, or many; dense, or with high bits only, or all alike.
func TestLaw_RepeatsAreThoseOfAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(0, 50), rapid.IntRange(4_000, 20_000)).Draw(t, "identifiers")
		space := rapid.OneOf(rapid.Uint64Range(1, 10), rapid.Uint64Range(1, 100_000), rapid.Uint64Min(1)).Draw(t, "space")
		shift := rapid.IntRange(0, 63).Draw(t, "shift")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		ids, seen := make([]uint64, n), map[uint64]bool{}
		var want []int
		for i := range ids {
			ids[i] = r.Uint64N(space) << shift
			if seen[ids[i]] {
				want = append(want, i+1)
			}
			seen[ids[i]] = true
		}
		got, err := estimatesim.Repeats(n, one(ids))
		if err != nil {
			t.Fatalf("%v", err)
		}
		if len(got) != len(want) {
			t.Fatalf("of %d identifiers %d are equal to an earlier one: %d", n, len(want), len(got))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("the next repeat is at place %d: %d", want[i], got[i])
			}
		}
	})
}

// Draws are those that a list of them holds until so many of its codes differ.
func TestLaw_DrawAgainCountsUntilAllAreNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := rapid.IntRange(1, 60).Draw(t, "space")
		stored := rapid.SliceOfNDistinct(rapid.IntRange(0, space), 1, -1, rapid.ID).Draw(t, "stored")
		slices.Sort(stored)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var drawn []uint64
		got, err := estimatesim.DrawAgain(space, stored, func() uint64 {
			drawn = append(drawn, r.Uint64N(uint64(space)))
			return drawn[len(drawn)-1]
		})
		if err != nil {
			t.Fatalf("%v", err)
		}
		for i, n := range stored {
			different := map[uint64]bool{}
			draws := 0
			for ; len(different) < n; draws++ {
				different[drawn[draws]] = true
			}
			if got[i] != draws {
				t.Fatalf("%d different codes come in %d draws: %d", n, draws, got[i])
			}
		}
	})
}

// Of 23 people two share a birthday with probability 0.5073: the standard deviation of 20,000 trials is 0.0035, and five of them are allowed.
func TestClaim_RepeatedBirthdays(t *testing.T) {
	const trials = 20_000
	p, err := estimate.Collision(23, 365)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(3, 4))
	shared := 0.0
	for range trials {
		places, err := estimatesim.Repeats(23, func() uint64 { return r.Uint64N(365) })
		require.NoError(t, err)
		if len(places) > 0 {
			shared++
		}
	}
	require.InDelta(t, p, shared/trials, 5*math.Sqrt(p*(1-p)/trials))
}

// All of N codes take N times the N-th harmonic number of draws in the mean, with a standard deviation below N pi/sqrt(6): the collector of
// coupons. Five standard errors of 100 runs are allowed.
func TestClaim_AllCodesTakeHarmonicallyManyDraws(t *testing.T) {
	const space, runs = 1_000, 100
	r := rand.New(rand.NewPCG(5, 6))
	mean, harmonic := 0.0, 0.0
	for range runs {
		draws, err := estimatesim.DrawAgain(space, []int{space}, func() uint64 { return r.Uint64N(space) })
		require.NoError(t, err)
		mean += float64(draws[0]) / runs
	}
	for i := 1; i <= space; i++ {
		harmonic += 1 / float64(i)
	}
	require.InDelta(t, space*harmonic, mean, 5*space*math.Pi/math.Sqrt(6*runs))
}

func TestIdentifiersRefuse(t *testing.T) {
	zero := func() uint64 { return 0 }
	for n, want := range map[int]string{
		-1:          "estimatesim: identifiers must lie in [0, 16777216]: -1",
		1<<24 + 1:   "estimatesim: identifiers must lie in [0, 16777216]: 16777217",
		math.MaxInt: "estimatesim: identifiers must lie in [0, 16777216]: 9223372036854775807",
	} {
		_, err := estimatesim.Repeats(n, zero)
		require.EqualError(t, err, want)
	}
	for _, c := range []struct {
		space  int
		stored []int
		draw   func() uint64
		want   string
	}{
		{0, []int{0}, zero, "estimatesim: codes must lie in [1, 16777216]: 0"},
		{math.MaxInt, []int{0}, zero, "estimatesim: codes must lie in [1, 16777216]: 9223372036854775807"},
		{10, nil, zero, "estimatesim: numbers of stored codes must ascend within [0, 10]: []"},
		{10, []int{-1}, zero, "estimatesim: numbers of stored codes must ascend within [0, 10]: [-1]"},
		{10, []int{2, 1}, zero, "estimatesim: numbers of stored codes must ascend within [0, 10]: [2 1]"},
		{10, []int{11}, zero, "estimatesim: numbers of stored codes must ascend within [0, 10]: [11]"},
		{10, []int{1}, func() uint64 { return 10 }, "estimatesim: a code must lie in [0, 10): 10"},
		{10, []int{1, 2}, zero, "estimatesim: 2 codes must come in 10000 draws: only 1 did"},
	} {
		_, err := estimatesim.DrawAgain(c.space, c.stored, c.draw)
		require.EqualError(t, err, c.want)
	}
}
