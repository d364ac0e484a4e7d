package cachesim

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/cache"
)

// lawCurve asks for what simulation gives, at every capacity.
func lawCurve(of func(Trace) Curve) func(*rapid.T) {
	return func(t *rapid.T) {
		trace := drawTrace(t, 8, 60)
		curve := of(trace)
		if curve.Requests != len(trace.Requests) || len(curve.Misses) != len(trace.IDs)+1 || curve.Misses[0] != curve.Requests {
			t.Fatalf("%d requests for %d keys, but the curve is %+v", len(trace.Requests), len(trace.IDs), curve)
		}
		for capacity := 1; capacity <= len(trace.IDs)+1; capacity++ {
			misses, err := Misses(trace, cache.LRU, capacity)
			if err != nil {
				t.Fatal(err)
			}
			if got := curve.Misses[min(capacity, len(trace.IDs))]; got != misses {
				t.Fatalf("%s: the curve says %d misses, simulation %d", told(trace, capacity), got, misses)
			}
		}
	}
}

func TestLaw_TheCurveEqualsSimulationAtEverySize(t *testing.T) { rapid.Check(t, lawCurve(LRUCurve)) }

// The tree counts what a list, the last key first, shows.
func TestLaw_StackDistancesAreDepthsInAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trace := drawTrace(t, 26, 200)
		var stack []int32
		for at, d := range StackDistances(trace) {
			key := trace.Requests[at]
			depth := slices.Index(stack, key) + 1 // 0 if it is not there
			if int(d) != depth {
				t.Fatalf("request %d of %v: a distance of %d, but the depth is %d", at, trace.Requests, d, depth)
			}
			if depth > 0 {
				stack = slices.Delete(stack, depth-1, depth)
			}
			stack = slices.Insert(stack, 0, key)
		}
	})
}

// A tree that grew is one that was made in full size.
func TestLaw_TreesGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOf(rapid.Int32Range(-9, 9)).Draw(t, "numbers")
		grown, full := make(fenwick, 1), make(fenwick, len(numbers)+1)
		sum := int32(0)
		for i, x := range numbers {
			grown = grown.appended(x)
			full.add(i+1, x)
			if sum += x; grown.sum(i+1) != sum {
				t.Fatalf("the sum of %v is %d, not %d", numbers[:i+1], sum, grown.sum(i+1))
			}
		}
		if !slices.Equal(grown, full) {
			t.Fatalf("of %v: %v, not %v", numbers, grown, full)
		}
	})
}

func TestCurve_MissRatio(t *testing.T) {
	curve := LRUCurve(lettered("abcabca")) // each comes back after three keys
	for capacity, want := range map[int]float64{math.MinInt: 1, -1: 1, 0: 1, 1: 1, 2: 1, 3: 3.0 / 7, 4: 3.0 / 7, math.MaxInt: 3.0 / 7} {
		require.Equal(t, want, curve.MissRatio(capacity), "%d", capacity)
	}
	require.Zero(t, Curve{}.MissRatio(1))
	require.Zero(t, LRUCurve(Trace{}).MissRatio(1))
}
