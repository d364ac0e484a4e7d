package ringsim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

type comparison func(before, after hashring.Placement, keys []string) (Moved, error)

// lawMovesAreCounted compares with a count by name: of keys, or where the answer is exact of all slots.
func lawMovesAreCounted(compare comparison) func(*rapid.T) {
	schemes := map[string]hashring.Scheme{
		"modulo": ByModulo(xxhash.Sum64String), "rendezvous": hashring.ByRendezvous(hashring.Hashing{}), "slots": hashring.BySlots(),
	}
	return func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"modulo", "rendezvous", "slots"}).Draw(t, "placement")
		sets := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 4, rapid.ID)
		before, after := hashring.Named(sets.Draw(t, "before")...), hashring.Named(sets.Draw(t, "after")...)
		old, err := schemes[kind](before)
		if err != nil {
			t.Fatal(err)
		}
		now, err := old.With(after)
		if err != nil {
			t.Fatal(err)
		}
		keys := Keys(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), rapid.IntRange(1, 5).Draw(t, "keys"))
		got, err := compare(old, now, keys)
		if err != nil {
			t.Fatalf("%v to %v by %s: %v", before, after, kind, err)
		}
		owners := func(p hashring.Placement) (names []string) {
			if s, ok := p.(*hashring.Slots); ok {
				for slot := range hashring.SlotCount {
					owner, _ := s.OwnerOf(slot)
					names = append(names, p.Members()[owner].Name)
				}
				return names
			}
			return column(keys, func(key string) string { return p.Members()[p.Owner(key)].Name })
		}
		was, is := owners(old), owners(now)
		has := func(members []hashring.Member, name string) bool {
			return slices.ContainsFunc(members, func(m hashring.Member) bool { return m.Name == name })
		}
		moved, between := 0.0, 0.0
		for i := range was {
			if was[i] != is[i] {
				moved++
				if has(after, was[i]) && has(before, is[i]) {
					between++
				}
			}
		}
		all := float64(len(was))
		if math.Abs(got.Share-moved/all) > 1e-12 || math.Abs(got.Between-between/all) > 1e-12 || got.Exact != (kind == "slots") {
			t.Fatalf("from %s to %s %s moves %v, %v of it between nodes that stay (exact: %v), and a count says %v and %v", namesOf(before), namesOf(after),
				kind, got.Share, got.Between, got.Exact, moved/all, between/all)
		}
	}
}

func column[T, U any](all []T, of func(T) U) []U {
	list := make([]U, len(all))
	for i, v := range all {
		list[i] = of(v)
	}
	return list
}

func namesOf(members []hashring.Member) []string {
	return column(members, func(m hashring.Member) string { return m.Name })
}

func TestLaw_MovesAreCounted(t *testing.T) { rapid.Check(t, lawMovesAreCounted(Compare)) }

func TestBroken_MovesByIndex(t *testing.T) {
	lawtest.Breaks(t, "Owners are compared by index, not by name", lawMovesAreCounted(
		func(before, after hashring.Placement, keys []string) (Moved, error) {
			m, err := Compare(before, after, keys)
			if !m.Exact {
				moved := 0
				for _, key := range keys {
					if before.Owner(key) != after.Owner(key) {
						moved++
					}
				}
				m.Share = float64(moved) / float64(len(keys))
			}
			return m, err
		}))
}

func TestResize_Counts(t *testing.T) {
	keys := Keys(rand.New(rand.NewPCG(1, 2)), 100)
	joined, left, err := Resize(hashring.BySlots(), 3, 0, keys)
	require.NoError(t, err)
	require.Equal(t, Moved{Share: 0.25, Least: 0.25, Exact: true}, joined, "4,096 of 16,384 slots")
	require.InDelta(t, 5462.0/hashring.SlotCount, left.Share, 1e-12, "the first of three has the slot that is over")
	require.Zero(t, left.Between)

	// Of two nodes one is left, so whatever was the other's moves; the baseline moves the rest of them too.
	_, left, err = Resize(ByModulo(xxhash.Sum64String), 2, 1, keys)
	require.NoError(t, err)
	require.InDelta(t, 0.5, left.Share, 4*0.05, "four standard errors of 100 keys")
	require.Zero(t, left.Between)
	require.False(t, left.Exact)
}

func TestResizeRefuses(t *testing.T) {
	keys := []string{"a"}
	for _, c := range []struct {
		nodes, leaver int
		keys          []string
		want          string
	}{
		{1, 0, keys, "ringsim: one of two nodes or more can leave: 1"},
		{3, 3, keys, "ringsim: the node that leaves must lie in [0, 3): 3"},
		{3, -1, keys, "ringsim: the node that leaves must lie in [0, 3): -1"},
		{3, 0, keys, "hashring: with jump hash nodes must join and leave at the end of their order"},
		{3, 2, nil, "ringsim: the number of keys must be positive: 0"},
	} {
		_, _, err := Resize(hashring.ByJump(hashring.Hashing{}), c.nodes, c.leaver, c.keys)
		require.ErrorContains(t, err, c.want)
	}
}
