package hashring

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A node's share is what would move from it if somebody else took over everything.
func TestLaw_SharesAreWhatNodesOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching("[a-h]"), 1, 8, rapid.ID).Draw(t, "nodes")
		options := RingOptions{Points: rapid.IntRange(1, 5).Draw(t, "points")}
		options.Seed = rapid.Uint64Range(0, 100).Draw(t, "seed")
		if rapid.Bool().Draw(t, "all points at one place") {
			options.Hash = func(string) uint64 { return 7 }
			options.Points = 1
		}
		ring := must(NewRing(Named(names...), options))
		stranger := must(ring.With(Named("stranger")))
		owned := make([]float64, len(names))
		for _, m := range must(Diff(ring, stranger)).List() {
			owned[ring.index(m.From)] += m.Span.Share()
		}
		require.InDeltaSlice(t, owned, ring.Shares(), 1e-12, "%v with %d points each", names, options.Points)
	})
}
