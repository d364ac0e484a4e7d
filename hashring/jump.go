package hashring

import (
	"fmt"

	"github.com/cespare/xxhash/v2"
)

// JumpHash is jump consistent hash: it maps a key to one of [0, buckets), so that going from n to n+1 buckets moves one in n+1 keys, all of
// them to the new bucket. Buckets must be positive: of none it answers -1.
//
// It costs ln(buckets) steps with a division each, and no memory.
//
// Source: J. Lamping, E. Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", arXiv 1406.2294, 2014.
func JumpHash(key uint64, buckets int) int {
	b, next := int64(-1), int64(0)
	for next < int64(buckets) {
		b = next
		key = key*2862933555777941757 + 1
		next = int64(float64(b+1) * (float64(1<<31) / float64(key>>33+1)))
	}
	return int(b)
}

// Jump places keys by [JumpHash] on nodes in the order in which they were given. Nodes join at the end of that order and leave from its
// end, and then only their keys move; a node cannot leave from the middle.
//
// A lookup costs one hash and ln(nodes) steps, and no memory but the nodes themselves. There are no weights.
type Jump struct {
	roster
	hashing Hashing
}

// NewJump returns a placement on the given nodes, in this order.
func NewJump(members []Member, hashing Hashing) (*Jump, error) {
	roster, err := newRoster(members)
	if err != nil {
		return nil, err
	}
	if err := roster.unweighted("jump hash"); err != nil {
		return nil, err
	}
	return &Jump{roster, hashing}, nil
}

// Owner implements [Placement].
func (j *Jump) Owner(key string) int {
	if j.hashing.plain() { // what keyed does as well, one call nearer
		return JumpHash(xxhash.Sum64String(key), len(j.members))
	}
	return JumpHash(j.hashing.keyed(key), len(j.members))
}

// AppendOwners implements [Placement]: the second owner is where a second hash of the key leads, and so on.
func (j *Jump) AppendOwners(dst []int, key string, n int) ([]int, error) {
	return j.appendOwners(dst, key, n, false)
}

// AppendSpread implements [Placement].
func (j *Jump) AppendSpread(dst []int, key string, n int) ([]int, error) {
	return j.appendOwners(dst, key, n, true)
}

func (j *Jump) appendOwners(dst []int, key string, n int, spread bool) ([]int, error) {
	return j.again(j.hashing.keyed(key), dst, n, spread, func(h uint64) int { return JumpHash(h, len(j.members)) })
}

// again is the order of preference of placements that lead to one node: further hashes of the key lead to further ones. After
// four for each node, which find all but one in fifty, the nodes that are still missing follow in their own order.
func (r *roster) again(h uint64, dst []int, n int, spread bool, owner func(h uint64) int) ([]int, error) {
	s, err := r.selection(dst, n, spread)
	if err != nil {
		return dst, err
	}
	for {
		first := owner(h)
		tries := 4 * len(r.members)
		for i := range tries + len(r.members) {
			node := first
			switch {
			case i >= tries:
				node = (first + i - tries) % len(r.members)
			case i > 0:
				node = owner(draw(h, i))
			}
			if s.offer(node) {
				return s.dst, nil
			}
			if s.turned() {
				break
			}
		}
	}
}

// With implements [Placement]. The nodes must be the present ones, some joined at the end or some left from the end.
func (j *Jump) With(members []Member) (Placement, error) {
	for i, m := range members[:min(len(members), len(j.members))] {
		if m.Name != j.members[i].Name {
			return nil, fmt.Errorf("hashring: with jump hash nodes must join and leave at the end of their order: %q is not number %d of it", m.Name, i+1)
		}
	}
	return asPlacement(NewJump(members, j.hashing))
}
