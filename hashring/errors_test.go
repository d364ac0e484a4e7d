package hashring_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Bad sets of nodes are refused by every constructor and by every With, with the rule and the value.
func TestBadNodesAreRefused(t *testing.T) {
	weight := func(w float64) []member { return []member{{Name: "a", Weight: 1}, {Name: "b", Weight: w}} }
	for _, bad := range []struct {
		members []member
		message string
	}{
		{nil, "hashring: the number of nodes must lie in [1, 16777216]: 0"},
		{hashring.Named("a", ""), `hashring: a node's name must not be empty: ""`},
		{hashring.Named("a", "b", "a"), `hashring: names of nodes must be distinct: "a" appears twice`},
		{weight(0), `hashring: a weight must lie in [1e-09, 1e+09]: 0 for "b"`},
		{weight(-1), `hashring: a weight must lie in [1e-09, 1e+09]: -1 for "b"`},
		{weight(math.NaN()), `hashring: a weight must lie in [1e-09, 1e+09]: NaN for "b"`},
		{weight(math.Inf(1)), `hashring: a weight must lie in [1e-09, 1e+09]: +Inf for "b"`},
		{weight(2e9), `hashring: a weight must lie in [1e-09, 1e+09]: 2e+09 for "b"`},
		{weight(5e-324), `hashring: a weight must lie in [1e-09, 1e+09]: 5e-324 for "b"`},
	} {
		for _, of := range subjects {
			good, err := of.make(hashring.Named("a", "b"), hashing{})
			require.NoError(t, err)
			next, err := good.With(bad.members)
			require.Error(t, err, of.name)
			require.Nil(t, next, of.name)
			if !of.last { // which may object to the order first
				require.EqualError(t, err, bad.message, of.name)
			}
			if of.name != "directory" && of.name != "ranges" { // whose constructors name owners here
				_, err = of.make(bad.members, hashing{})
				require.EqualError(t, err, bad.message, of.name)
			}
		}
	}
	two := []member{{Name: "a", Weight: 1}, {Name: "b", Weight: 2}}
	for algorithm, scheme := range map[string]hashring.Scheme{
		"jump hash": hashring.ByJump(hashing{}), "anchor hash": hashring.ByAnchor(4, hashing{}),
	} {
		_, err := scheme(two)
		require.EqualError(t, err, "hashring: "+algorithm+` has no weights, so each must be 1: 2 for "b"`)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	onRing := func(points int, weight float64) hashring.Scheme {
		return func(members []member) (placement, error) {
			members[0].Weight = weight
			return hashring.OnRing(hashring.RingOptions{Points: points})(members)
		}
	}
	size := func(size int) hashring.Scheme { return hashring.ByMaglev(hashring.MaglevOptions{Size: size}) }
	ranges := func(all ...hashring.Range) hashring.Scheme {
		return func(members []member) (placement, error) {
			r, err := hashring.NewRanges(members, all)
			if err != nil {
				return nil, err
			}
			return r, nil
		}
	}
	for _, bad := range []struct {
		scheme  hashring.Scheme
		message string
	}{
		{onRing(-1, 1), "hashring: the number of points must be positive: -1"},
		{onRing(math.MinInt, 1), "hashring: the number of points must be positive: -9223372036854775808"},
		{onRing(1<<28, 1), "hashring: a ring must have at most 268435456 points: 805306368"},
		{onRing(160, 1e9), "hashring: a ring must have at most 268435456 points: 160000000320"},
		{onRing(math.MaxInt, 1), "hashring: a ring must have at most 268435456 points: 27670116110564327424"},
		{size(-7), "hashring: a Maglev table's size must be a prime number: -7"},
		{size(1), "hashring: a Maglev table's size must be a prime number: 1"},
		{size(9), "hashring: a Maglev table's size must be a prime number: 9"},
		{size(65536), "hashring: a Maglev table's size must be a prime number: 65536"},
		{size(2), "hashring: a Maglev table must have an entry for each node: 2 entries, 3 nodes"},
		{size(2147483647), "hashring: a Maglev table must have at most 1073741824 entries: 2147483647"},
		{hashring.ByAnchor(2, hashing{}), "hashring: an anchor's capacity must lie in [nodes, 16777216]: 2 for 3 nodes"},
		{hashring.ByAnchor(-1, hashing{}), "hashring: an anchor's capacity must lie in [nodes, 16777216]: -1 for 3 nodes"},
		{hashring.ByAnchor(1<<24+1, hashing{}), "hashring: an anchor's capacity must lie in [nodes, 16777216]: 16777217 for 3 nodes"},
		{ranges(), "hashring: ranges must begin with the empty key: 0 ranges"},
		{ranges(hashring.Range{Start: "a", Owner: "node-00000"}), "hashring: ranges must begin with the empty key: 1 ranges"},
		{ranges(hashring.Range{Owner: "x"}), `hashring: no such node: "x" owns the range from ""`},
		{ranges(hashring.Range{Owner: "node-00000"}, hashring.Range{Owner: "node-00001"}), `hashring: ranges must start at distinct keys: ""`},
	} {
		p, err := bad.scheme(named(3))
		require.EqualError(t, err, bad.message)
		require.Nil(t, p)
		table, err := hashring.NewTable(bad.scheme, nodes("node-00000", "node-00001", "node-00002")...)
		require.EqualError(t, err, bad.message)
		require.Nil(t, table)
	}
}

// What is not asked of constructors: nodes that jump and anchor cannot take, splits and merges that are none, strangers.
func TestBadChangesAreRefused(t *testing.T) {
	jump, err := hashring.NewJump(hashring.Named("a", "b", "c"), hashing{})
	require.NoError(t, err)
	_, err = jump.With(hashring.Named("a", "c"))
	require.EqualError(t, err, `hashring: with jump hash nodes must join and leave at the end of their order: "c" is not number 2 of it`)
	_, err = jump.With(hashring.Named("d", "a", "b", "c"))
	require.Error(t, err)

	anchor, err := hashring.NewAnchor(hashring.Named("a", "b"), 3, hashing{})
	require.NoError(t, err)
	_, err = anchor.With(named(4))
	require.EqualError(t, err, "hashring: an anchor's nodes must be at most its capacity: 4 of 3")

	ranges, err := hashring.NewRanges(hashring.Named("a"), []hashring.Range{{Start: "", Owner: "a"}, {Start: "m", Owner: "a"}})
	require.NoError(t, err)
	_, err = ranges.Split("m", "a")
	require.EqualError(t, err, `hashring: a split must lie inside a range, and one starts there: "m"`)
	_, err = ranges.Split("n", "b")
	require.EqualError(t, err, `hashring: no such node: "b" owns the range from "n"`)
	_, err = ranges.Assign("n", "b")
	require.ErrorIs(t, err, hashring.ErrUnknownNode)
	for _, at := range []string{"", "n"} {
		_, err = ranges.Merge(at)
		require.EqualError(t, err, `hashring: to merge takes the start of a range that has one before it: "`+at+`"`)
	}

	_, err = hashring.NewDirectory(nil, nil)
	require.EqualError(t, err, "hashring: a directory must have a placement for the keys that it does not know: nil")
	_, err = hashring.NewDirectory(jump, map[string]string{"k": "z"})
	require.EqualError(t, err, `hashring: no such node: "z" is to own the key "k"`)
	directory, err := hashring.NewDirectory(jump, map[string]string{"k": "a"})
	require.NoError(t, err)
	_, err = directory.Assign(map[string]string{"k": "z"})
	require.ErrorIs(t, err, hashring.ErrUnknownNode)
}

// Owners that there cannot be; what was in the slice stays.
func TestBadNumbersOfOwnersAreRefused(t *testing.T) {
	for _, of := range subjects {
		p, err := of.make(hashring.Named("a", "b"), hashing{})
		require.NoError(t, err)
		for _, get := range []func([]int, string, int) ([]int, error){p.AppendOwners, p.AppendSpread} {
			for n, message := range map[int]string{
				3:           "hashring: there must be as many nodes as owners: 3 owners, 2 nodes",
				0:           "hashring: the number of owners must be positive: 0",
				math.MinInt: "hashring: the number of owners must be positive: -9223372036854775808",
				math.MaxInt: "hashring: there must be as many nodes as owners: 9223372036854775807 owners, 2 nodes",
			} {
				dst, err := get([]int{5}, keys[0], n)
				require.EqualError(t, err, message, of.name)
				require.Equal(t, []int{5}, dst, of.name)
			}
		}
	}
}

// The widest weights there may be: every placement still answers.
func TestExtremeWeights(t *testing.T) {
	members := hashring.Named("a", "b", "c")
	members[0].Weight, members[1].Weight = 1e9, 1e-9
	for _, of := range subjects {
		if !of.weights || of.name == "ring" || of.name == "ring of one point" || of.name == "directory" {
			continue
		}
		p, err := of.make(members, hashing{})
		require.NoError(t, err, of.name)
		for _, key := range keys {
			require.Len(t, owners(p, key, 3, true), 3)
			if of.name != "ranges" {
				require.Equal(t, "a", owner(p, key), of.name)
			}
		}
	}
	members[0].Weight = 1e5 // as much as a ring takes
	r, err := hashring.NewRing(members, hashring.RingOptions{Points: 1})
	require.NoError(t, err)
	require.Equal(t, 100_002, r.Points())
	require.Equal(t, "a", owner(r, "k"))
}
