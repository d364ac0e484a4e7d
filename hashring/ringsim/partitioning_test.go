package ringsim

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

type meanNeighbours func(owners []int, length int) (Neighbours, error)

// lawNeighboursAreCounted compares with counting each stretch by itself.
func lawNeighboursAreCounted(mean meanNeighbours) func(*rapid.T) {
	return func(t *rapid.T) {
		owners := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 12).Draw(t, "owners")
		length := rapid.IntRange(1, len(owners)).Draw(t, "length")
		got, err := mean(owners, length)
		if err != nil {
			t.Fatalf("%d neighbours of keys owned by %v: %v", length, owners, err)
		}
		fanOut, busiest := 0, 0
		for begin := 0; begin+length <= len(owners); begin++ {
			keys := map[int]int{}
			for _, owner := range owners[begin : begin+length] {
				keys[owner]++
			}
			fanOut += len(keys)
			most := 0
			for _, n := range keys {
				most = max(most, n)
			}
			busiest += most
		}
		stretches := float64(len(owners) - length + 1)
		want := Neighbours{float64(fanOut) / stretches, float64(busiest) / float64(length) / stretches}
		if got != want {
			t.Fatalf("%d neighbours of keys owned by %v have %v nodes and the busiest %v of them, and should %v and %v",
				length, owners, got.FanOut, got.Busiest, want.FanOut, want.Busiest)
		}
	}
}

func TestLaw_NeighboursAreCounted(t *testing.T) {
	rapid.Check(t, lawNeighboursAreCounted(MeanNeighbours))
}

func TestBroken_NeighboursSideBySide(t *testing.T) {
	lawtest.Breaks(t, "Stretches that do not overlap begin at few places", lawNeighboursAreCounted(func(owners []int, length int) (Neighbours, error) {
		var sum Neighbours
		stretches := 0.0
		for stretch := range slices.Chunk(owners, length) {
			if len(stretch) < length {
				break
			}
			one, err := MeanNeighbours(stretch, length)
			if err != nil {
				return Neighbours{}, err
			}
			sum.FanOut += one.FanOut
			sum.Busiest += one.Busiest
			stretches++
		}
		return Neighbours{sum.FanOut / stretches, sum.Busiest / stretches}, nil
	}))
}

// Ranges and directories that were dealt in turn own keys in turn, and counting runs is counting keys.
func TestLaw_InTurn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, run := rapid.IntRange(1, 5).Draw(t, "nodes"), rapid.IntRange(1, 9).Draw(t, "run")
		first, keys := rapid.IntRange(0, 20).Draw(t, "first"), rapid.IntRange(1, 40).Draw(t, "keys")
		length := rapid.IntRange(1, keys).Draw(t, "length")
		names, err := OrderedKeys(first + keys)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(names) {
			t.Fatalf("keys are not in order: %v", names)
		}
		ranges, err := RangesInTurn(Members(nodes), names, run)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := hashring.NewJump(Members(nodes), hashring.Hashing{})
		if err != nil {
			t.Fatal(err)
		}
		directory, err := DirectoryInTurn(rest, names, run)
		if err != nil {
			t.Fatal(err)
		}
		for i, owner := range OwnersOf(ranges, names) {
			if want := i / run % nodes; owner != want || directory.Owner(names[i]) != want {
				t.Fatalf("key %d of %d at a time belongs to node %d of %d by ranges, %d by the directory, and should to %d",
					i, run, owner, nodes, directory.Owner(names[i]), want)
			}
		}
		want, err := MeanNeighbours(OwnersOf(ranges, names)[first:], length)
		if err != nil {
			t.Fatal(err)
		}
		got := InTurn(nodes, run, first, keys, length)
		if d := got.FanOut - want.FanOut; d > 1e-12 || d < -1e-12 {
			t.Fatalf("%d neighbours of %d keys from %d on, %d at a time to %d nodes, have %v nodes, and should %v", length, keys, first, run, nodes, got.FanOut, want.FanOut)
		}
		if d := got.Busiest - want.Busiest; d > 1e-12 || d < -1e-12 {
			t.Fatalf("of %d neighbours of %d keys from %d on, %d at a time to %d nodes, the busiest has %v, and should %v", length, keys, first, run, nodes, got.Busiest, want.Busiest)
		}
	})
}

// All ways to put so many keys on so many nodes, which are equally likely.
func TestClaim_HashedFanOut(t *testing.T) {
	for _, nodes := range []int{1, 2, 3, 4} {
		for keys := 1; keys <= 5; keys++ {
			ways, sum := 1, 0
			for range keys {
				ways *= nodes
			}
			for way := range ways {
				met := map[int]bool{}
				for range keys {
					met[way%nodes] = true
					way /= nodes
				}
				sum += len(met)
			}
			require.InDelta(t, float64(sum)/float64(ways), HashedFanOut(nodes, keys), 1e-12, "%d keys on %d nodes", keys, nodes)
		}
	}
}

func TestStateBytes(t *testing.T) {
	keys, err := OrderedKeys(10)
	require.NoError(t, err)
	members := hashring.Named("a", "bb")
	jump, err := hashring.NewJump(members, hashring.Hashing{})
	require.NoError(t, err)
	require.Equal(t, 3, StateBytes(jump, 11), "the names")
	ranges, err := RangesInTurn(members, keys, 4)
	require.NoError(t, err)
	require.Equal(t, 3+3*4+2*11, StateBytes(ranges, 11), "three ranges, the first of which starts at the empty key")
	directory, err := DirectoryInTurn(jump, keys, 3)
	require.NoError(t, err)
	require.Equal(t, 3+10*(11+4), StateBytes(directory, 11))
}

func TestPartitioningRefuses(t *testing.T) {
	for _, n := range []int{0, -1, 10_000_001} {
		_, err := OrderedKeys(n)
		require.ErrorContains(t, err, "ringsim: the number of keys must lie in [1, 10000000]: ")
	}
	_, err := RangesInTurn(Members(2), nil, 0)
	require.EqualError(t, err, "ringsim: a range must hold a key before it is split: 0")
	_, err = RangesInTurn(nil, nil, 1)
	require.ErrorContains(t, err, "hashring: the number of nodes must lie in")
	_, err = DirectoryInTurn(nil, nil, 0)
	require.EqualError(t, err, "ringsim: a node's turn in a directory must be a key at least: 0")
	_, err = DirectoryInTurn(nil, []string{"a"}, 1)
	require.EqualError(t, err, "hashring: a directory must have a placement for the keys that it does not know: nil")
	for _, length := range []int{0, 3} {
		_, err = MeanNeighbours([]int{1, 2}, length)
		require.ErrorContains(t, err, "ringsim: a stretch must have between one and all 2 keys: ")
	}
	_, err = MeanNeighbours([]int{1, -2}, 1)
	require.EqualError(t, err, "ringsim: an owner must not be negative: -2, of key 1")
}
