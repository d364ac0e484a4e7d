package hashring

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998, table I, method 3.
func TestClaim_WilsonsInterval(t *testing.T) {
	for _, c := range []struct {
		seen, of  int
		low, high float64
	}{
		{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718},
	} {
		low, high := wilson(c.seen, c.of)
		require.InDelta(t, c.low, low, 0.5e-4)
		require.InDelta(t, c.high, high, 0.5e-4)
	}
}

// Rounding must not cut off a share of nothing, or of all.
func TestTheIntervalReachesTheEnds(t *testing.T) {
	for of := 1; of < 2_000; of++ {
		low, _ := wilson(0, of)
		_, high := wilson(of, of)
		require.Equal(t, []float64{0, 1}, []float64{low, high}, "of %d", of)
	}
}

// Each end is a share from which what was seen lies z standard deviations away, by that share: that is what the interval is. It is
// the same seen from the other side.
func TestLaw_IntervalEndsAreZAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.IntRange(1, 1e9).Draw(t, "of")
		seen := rapid.IntRange(0, of).Draw(t, "seen")
		low, high := wilson(seen, of)
		share := float64(seen) / float64(of)
		require.True(t, 0 <= low && low <= share && share <= high && high <= 1, "%v in [%v, %v]", share, low, high)
		for _, end := range []float64{low, high} {
			if end > 1e-6 && end < 1-1e-6 { // nearer to the ends differences of rounded numbers are all there is
				z := math.Abs(share-end) / math.Sqrt(end*(1-end)/float64(of))
				require.InDelta(t, 1.959963984540054, z, 1e-4)
			}
		}
		mirroredLow, mirroredHigh := wilson(of-seen, of)
		require.InDelta(t, 1-high, mirroredLow, 1e-12)
		require.InDelta(t, 1-low, mirroredHigh, 1e-12)
	})
}

// The interval holds the share that Diff knows exactly in as many of the estimates as the binomial distribution says, which is
// not just 95% of them. Five standard deviations either way: a correct code fails for one seed in a million.
func TestClaim_TheIntervalHoldsTheExactShareAsOftenAsItSays(t *testing.T) {
	const estimates, samples = 1_000, 300
	a := must(NewRing(Named("b", "c", "d", "e"), RingOptions{}))
	b := must(a.With(Named("a", "b", "c", "d", "e"))) // so that all indices change
	exact := must(Diff(a, b)).Share()
	held, src := 0, rand.NewPCG(1, 2)
	for range estimates {
		if e := must(EstimateMoved(a, b, samples, src)); e.Low <= exact && exact <= e.High {
			held++
		}
	}
	coverage, binomial := 0.0, distuv.Binomial{N: samples, P: exact}
	for moved := range samples + 1 {
		if low, high := wilson(moved, samples); low <= exact && exact <= high {
			coverage += binomial.Prob(float64(moved))
		}
	}
	require.InDelta(t, 0.95, coverage, 0.01)
	require.InDelta(t, coverage, float64(held)/estimates, 5*math.Sqrt(coverage*(1-coverage)/estimates))
}

// lawMovesTheLeast: when nodes only join, or only leave, no more keys move than must. Six standard deviations and one key are for the sample: a
// correct code fails for one seed in hundreds of millions, and for small shares, whose tails are fatter, the key makes up for it.
func lawMovesTheLeast(place Scheme) func(*rapid.T) {
	return func(t *rapid.T) {
		const samples = 1_000
		names := []string{"a", "b", "c", "d", "e", "f"}
		before := names[:rapid.IntRange(1, len(names)).Draw(t, "nodes before")]
		after := names[:rapid.IntRange(1, len(names)).Draw(t, "nodes after")]
		a := must(place(Named(before...)))
		b := must(a.With(Named(after...)))
		e := must(EstimateMoved(a, b, samples, rand.NewPCG(1, 0)))
		if allowed := e.Least*samples + 6*math.Sqrt(samples*e.Least*(1-e.Least)) + 1; float64(e.Moved) > allowed {
			t.Fatalf("before: %v\nafter:  %v\nbut of %d keys %d move, where %.0f must, and by chance at most %.0f do",
				before, after, e.Samples, e.Moved, e.Least*samples, allowed)
		}
	}
}

func TestLaw_NoMoreMovesThanMust(t *testing.T) {
	t.Run("jump", func(t *testing.T) { rapid.Check(t, lawMovesTheLeast(ByJump(Hashing{}))) })
	t.Run("rendezvous", func(t *testing.T) { rapid.Check(t, lawMovesTheLeast(ByRendezvous(Hashing{}))) })
	t.Run("anchor", func(t *testing.T) { rapid.Check(t, lawMovesTheLeast(ByAnchor(6, Hashing{}))) })
}

// modulo is what is done where nobody thinks of change: the hash modulo the number of nodes.
type modulo struct {
	*Rendezvous // for what nobody asks here
}

func (m modulo) Owner(key string) int { return int(m.hashing.of(key) % uint64(len(m.members))) }

func (m modulo) With(members []Member) (Placement, error) { return byModulo(members) }

func byModulo(members []Member) (Placement, error) {
	r, err := NewRendezvous(members, Hashing{})
	return modulo{r}, err
}

func TestBroken_ModuloMovesNearlyAll(t *testing.T) {
	lawtest.Breaks(t, "The hash modulo the number of nodes moves nearly all keys when that number changes", lawMovesTheLeast(byModulo))
}

// From n to n+1 nodes a hash stays if it is the same modulo both: n of n*(n+1) residues, a share of 1/(n+1). Five standard deviations.
func TestClaim_ModuloKeepsOneInNodes(t *testing.T) {
	const samples = 20_000
	a, b := must(byModulo(Named("a", "b", "c", "d"))), must(byModulo(Named("a", "b", "c", "d", "e")))
	_, err := Diff(a, b)
	require.ErrorIs(t, err, ErrNoDiff)
	e := must(EstimateMoved(a, b, samples, rand.NewPCG(3, 4)))
	require.InDelta(t, 0.8, e.Share, 5*math.Sqrt(0.8*0.2/samples))
	require.InDelta(t, 0.2, e.Least, 1e-15)
}

// The least is a distance: nothing between equals, the same both ways, no shorter by a way around. It is a share. Rounding: sums of at
// most six numbers below one.
func TestLaw_TheLeastIsADistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) []Member { return drawNodes(t, []string{"a", "b", "c", "d", "e", "f"}, label) }
		a, b, c := draw("a"), draw("b"), draw("c")
		ab, bc, ac := must(LeastMoved(a, b)), must(LeastMoved(b, c)), must(LeastMoved(a, c))
		require.True(t, 0 <= ab && ab <= 1)
		require.Zero(t, must(LeastMoved(a, a)))
		require.InDelta(t, ab, must(LeastMoved(b, a)), 1e-14)
		require.LessOrEqual(t, ac, ab+bc+1e-14)
		twice := slices.Clone(b)
		for i := range twice {
			twice[i].Weight *= 8
		}
		require.InDelta(t, ab, must(LeastMoved(a, twice)), 1e-14)
	})
}

// Slots follow weights within one slot a node before and after, so what really moves is the least but for as many slots.
func TestLaw_SlotsMoveTheLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e", "f"}
		a := must(NewSlots(drawNodes(t, names, "before")))
		b := must(a.With(drawNodes(t, names, "after")))
		require.InDelta(t, must(LeastMoved(a.Members(), b.Members())), must(Diff(a, b)).Share(), 12.0/SlotCount)
	})
}

func TestClaim_TheLeastOfEqualNodes(t *testing.T) {
	for n := 1; n < 50; n++ {
		var names []string
		for i := range n + 1 {
			names = append(names, fmt.Sprint(i))
		}
		require.InDelta(t, 1/float64(n+1), must(LeastMoved(Named(names[:n]...), Named(names...))), 1e-14)
		require.InDelta(t, 1/float64(n+1), must(LeastMoved(Named(names...), Named(names[:n]...))), 1e-14)
	}
}

func TestAnEstimateOfKeysInUse(t *testing.T) {
	ranges := must(NewRanges(Named("a", "b"), []Range{{"", "a"}}))
	split := must(ranges.Split("m", "b"))
	e := must(EstimateMovedOf(ranges, split, slices.Values([]string{"kiwi", "lemon", "mango", "plum"})))
	low, high := wilson(2, 4)
	require.Equal(t, Estimate{Share: 0.5, Low: low, High: high, Least: 0, Samples: 4, Moved: 2}, e)
}

func TestOneSeedOneEstimate(t *testing.T) {
	a, b := must(NewJump(Named("a", "b"), Hashing{})), must(NewJump(Named("a", "b", "c"), Hashing{}))
	first := must(EstimateMoved(a, b, 500, rand.NewPCG(1, 1)))
	require.Equal(t, first, must(EstimateMoved(a, b, 500, rand.NewPCG(1, 1))))
	require.NotEqual(t, first.Moved, must(EstimateMoved(a, b, 500, rand.NewPCG(1, 2))).Moved)
	require.Equal(t, 500, must(EstimateMoved(a, b, 500, nil)).Samples)
}

func TestEstimatesRefuseWhatTheyCannotTell(t *testing.T) {
	jump := must(NewJump(Named("a"), Hashing{}))
	ranges := must(NewRanges(Named("a"), []Range{{"", "a"}}))
	directory := must(NewDirectory(jump, nil))
	for _, c := range []struct {
		a, b    Placement
		samples int
		says    string
	}{
		{jump, jump, 0, "hashring: the number of samples must be positive: 0"},
		{jump, jump, -7, "hashring: the number of samples must be positive: -7"},
		{nil, jump, 1, "hashring: a placement to compare must not be nil: <nil>"},
		{jump, nil, 1, "hashring: a placement to compare must not be nil: <nil>"},
		{jump, (*Jump)(nil), 1, "hashring: a placement to compare must not be nil: *hashring.Jump"},
		{jump, ranges, 1, "hashring: an estimate by random keys takes placements that hash keys, others take keys in use: *hashring.Ranges"},
		{directory, jump, 1, "hashring: an estimate by random keys takes placements that hash keys, others take keys in use: *hashring.Directory"},
	} {
		_, err := EstimateMoved(c.a, c.b, c.samples, nil)
		require.EqualError(t, err, c.says)
	}
	_, err := EstimateMovedOf(jump, jump, nil)
	require.EqualError(t, err, "hashring: an estimate must have keys: nil")
	_, err = EstimateMovedOf(jump, jump, slices.Values([]string{}))
	require.EqualError(t, err, "hashring: the number of samples must be positive: 0")
	_, err = LeastMoved(nil, Named("a"))
	require.ErrorContains(t, err, "the number of nodes must lie in [1,")
	_, err = LeastMoved(Named("a"), []Member{{Name: "b", Weight: math.NaN()}})
	require.ErrorContains(t, err, `NaN for "b"`)
}
