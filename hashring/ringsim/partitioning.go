package ringsim

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// OrderedKeys are n keys, each after the one before it, as a counter or a clock makes them: a k and ten digits.
func OrderedKeys(n int) ([]string, error) {
	const most = 10_000_000
	if n < 1 || n > most {
		return nil, fmt.Errorf("ringsim: the number of keys must lie in [1, %d]: %d", most, n)
	}
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("k%010d", i)
	}
	return keys, nil
}

// RangesInTurn places ordered keys by ranges as a store makes them that fills up with such keys: whenever the last range has run keys,
// it is split at the next key, and that goes to the next node in turn.
func RangesInTurn(members []hashring.Member, keys []string, run int) (*hashring.Ranges, error) {
	if run < 1 {
		return nil, fmt.Errorf("ringsim: a range must hold a key before it is split: %d", run)
	}
	if len(members) == 0 {
		return hashring.NewRanges(nil, nil)
	}
	r, err := hashring.NewRanges(members, []hashring.Range{{Start: "", Owner: members[0].Name}})
	for i := run; i < len(keys) && err == nil; i += run {
		r, err = r.Split(keys[i], members[i/run%len(members)].Name)
	}
	return r, err
}

// DirectoryInTurn assigns every one of some ordered keys, run of them to the first node, as many to the next, and so on in turn. What it
// does not know is left to another placement.
func DirectoryInTurn(rest hashring.Placement, keys []string, run int) (*hashring.Directory, error) {
	if run < 1 {
		return nil, fmt.Errorf("ringsim: a node's turn in a directory must be a key at least: %d", run)
	}
	entries := make(map[string]string, len(keys))
	if rest != nil { // otherwise the directory says what is missing
		members := rest.Members()
		for i, key := range keys {
			entries[key] = members[i/run%len(members)].Name
		}
	}
	return hashring.NewDirectory(rest, entries)
}

// OwnersOf is the owner of each key.
func OwnersOf(p hashring.Placement, keys []string) []int {
	owners := make([]int, len(keys))
	for i, key := range keys {
		owners[i] = p.Owner(key)
	}
	return owners
}

// Neighbours is what keys that follow one another have to do with how many nodes.
type Neighbours struct {
	FanOut  float64 // the nodes that own at least one of them
	Busiest float64 // the part of them that one node owns, the one with the largest
}

// MeanNeighbours averages over all stretches of so many keys, wherever they begin. It is given the owners of all keys, in the keys' order.
// It costs a few steps a key.
func MeanNeighbours(owners []int, length int) (Neighbours, error) {
	if length < 1 || length > len(owners) {
		return Neighbours{}, fmt.Errorf("ringsim: a stretch must have between one and all %d keys: %d", len(owners), length)
	}
	most := 0
	for i, owner := range owners {
		if owner < 0 {
			return Neighbours{}, fmt.Errorf("ringsim: an owner must not be negative: %d, of key %d", owner, i)
		}
		most = max(most, owner)
	}
	has := make([]int, most+1)         // by node: keys of the stretch
	nodesWith := make([]int, length+1) // by number of keys: the nodes that have as many
	nodesWith[0] = len(has)
	change := func(node, by int) {
		nodesWith[has[node]]--
		has[node] += by
		nodesWith[has[node]]++
	}
	fanOut, busiest, top := 0, 0, 0
	for i, owner := range owners {
		if i >= length {
			change(owners[i-length], -1)
		}
		change(owner, 1)
		top = max(top, has[owner])
		for nodesWith[top] == 0 { // it falls by one at most, for one key has left
			top--
		}
		if i >= length-1 {
			fanOut += len(has) - nodesWith[0]
			busiest += top
		}
	}
	stretches := float64(len(owners) - length + 1)
	return Neighbours{float64(fanOut) / stretches, float64(busiest) / float64(length) / stretches}, nil
}

// HashedFanOut is how many of equal nodes own at least one of some hashed keys, on average: each node is missed by all of them with
// probability (1-1/nodes)^keys.
func HashedFanOut(nodes, keys int) float64 {
	n := float64(nodes)
	return n * (1 - math.Pow(1-1/n, float64(keys)))
}

// InTurn is what [MeanNeighbours] makes of keys that nodes own in turn, run of them each time, counted by runs and not by keys: of a number
// of keys that begins with the one at index first.
func InTurn(nodes, run, first, keys, length int) Neighbours {
	var sum Neighbours
	has := make([]int, nodes)
	for begin := first; begin+length <= first+keys; begin++ {
		clear(has)
		end := begin + length
		top := 0
		for at := begin; at < end; {
			next := min((at/run+1)*run, end)
			node := at / run % nodes
			has[node] += next - at
			top = max(top, has[node])
			at = next
		}
		sum.FanOut += math.Min(float64(nodes), float64((end-1)/run-begin/run+1))
		sum.Busiest += float64(top) / float64(length)
	}
	stretches := float64(keys - length + 1)
	return Neighbours{sum.FanOut / stretches, sum.Busiest / stretches}
}

// StateBytes is what everybody who looks keys up must agree on: the names of the nodes; of ranges the key at which each starts, and of a
// directory each key, with four bytes that say the node. Keys of a directory are keyBytes long.
func StateBytes(p hashring.Placement, keyBytes int) int {
	const node = 4
	bytes := 0
	for _, m := range p.Members() {
		bytes += len(m.Name)
	}
	switch p := p.(type) {
	case *hashring.Ranges:
		for _, r := range p.Ranges() {
			bytes += len(r.Start) + node
		}
	case *hashring.Directory:
		bytes += p.Entries() * (keyBytes + node)
	}
	return bytes
}
