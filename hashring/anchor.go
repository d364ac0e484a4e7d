package hashring

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Anchor is AnchorHash: it hashes keys to a fixed number of places, of which only some have a node, and hashes on from those that
// have none, among the places that had a node when that one lost its own.
//
// When a node joins or leaves, any node, only its keys move; shares are as even as random draws. Nodes that join take the places of
// those that left, the last one first. So the placement depends on the history of joins and leaves: who shares it must agree on
// that, as made by [Anchor.With] from one beginning. Nodes beyond the capacity cannot join. There are no weights.
//
// A lookup costs one hash and a few steps, 1 + ln(capacity/nodes) of them on average. Memory is 24 bytes a
// place and 4 bytes a node, so at most 28 bytes a place, all of which a change copies.
//
// Source: G. Mendelson, S. Vargaftik, K. Barabash, D. Lorenz, I. Keslassy, A. Orda, "AnchorHash: A Scalable Consistent Hash", IEEE/ACM
// Transactions on Networking 29(2), 2021, algorithm 3; the names of the arrays are the paper's.
type Anchor struct {
	roster
	hashing Hashing
	nodes   []int32 // by place: the node
	places  []int32 // by node: the place

	a []int32 // when a place lost its node: how many were left then; 0 for one that has a node
	k []int32 // the place that took over from a place
	w []int32 // the places that have a node, in their present order
	l []int32 // where a place stands in w
	r []int32 // the places without a node, the last one to lose it at the end
}

// NewAnchor returns a placement on the given nodes, in this order, with room for capacity of them.
func NewAnchor(members []Member, capacity int, hashing Hashing) (*Anchor, error) {
	roster, err := newRoster(members)
	if err != nil {
		return nil, err
	}
	if err := roster.unweighted("anchor hash"); err != nil {
		return nil, err
	}
	if capacity < len(members) || capacity > mostNodes {
		return nil, fmt.Errorf("hashring: an anchor's capacity must lie in [nodes, %d]: %d for %d nodes", mostNodes, capacity, len(members))
	}
	h := &Anchor{
		hashing: hashing,
		a:       make([]int32, capacity), k: make([]int32, capacity), w: make([]int32, capacity), l: make([]int32, capacity),
		r: make([]int32, 0, capacity),
	}
	for place := range int32(capacity) {
		h.k[place], h.l[place], h.w[place] = place, place, place
	}
	for place := capacity - 1; place >= 0; place-- {
		h.a[place] = int32(place)
		h.r = append(h.r, int32(place))
	}
	places := make([]int32, len(members))
	for i := range members {
		places[i] = h.join()
	}
	h.settle(roster, places)
	return h, nil
}

// join gives a node to the place that lost one last, and returns it.
func (h *Anchor) join() int32 {
	n := int32(len(h.a) - len(h.r)) // places with a node
	place := h.r[len(h.r)-1]
	h.r = h.r[:len(h.r)-1]
	h.a[place] = 0
	h.l[h.w[n]] = n
	h.w[h.l[place]] = place
	h.k[place] = place
	return place
}

// leave takes the node from a place.
func (h *Anchor) leave(place int32) {
	h.r = append(h.r, place)
	n := int32(len(h.a) - len(h.r)) // places that still have one
	h.a[place] = n
	last := h.w[n]
	h.w[h.l[place]], h.k[place] = last, last
	h.l[last] = h.l[place]
}

// settle says which node is at which place.
func (h *Anchor) settle(roster roster, places []int32) {
	h.roster, h.places = roster, places
	h.nodes = make([]int32, len(h.a))
	for i := range h.nodes {
		h.nodes[i] = -1
	}
	for node, place := range places {
		h.nodes[place] = int32(node)
	}
}

// Owner implements [Placement].
func (h *Anchor) Owner(key string) int {
	if h.hashing.plain() { // what keyed does as well, one call nearer
		return h.at(xxhash.Sum64String(key))
	}
	return h.at(h.hashing.keyed(key))
}

// at is the node to which a hash leads.
func (h *Anchor) at(hash uint64) int {
	place := below(hash, len(h.a))
	for h.a[place] > 0 {
		hash = mix(hash + golden)
		next := below(hash, int(h.a[place]))
		for h.a[next] >= h.a[place] {
			next = h.k[next]
		}
		place = next
	}
	return int(h.nodes[place])
}

// below maps a hash to [0, n).
func below(hash uint64, n int) int32 {
	high, _ := bits.Mul64(hash, uint64(n))
	return int32(high)
}

// AppendOwners implements [Placement]: the second owner is where a second hash of the key leads, and so on.
func (h *Anchor) AppendOwners(dst []int, key string, n int) ([]int, error) {
	return h.again(h.hashing.keyed(key), dst, n, false, h.at)
}

// AppendSpread implements [Placement].
func (h *Anchor) AppendSpread(dst []int, key string, n int) ([]int, error) {
	return h.again(h.hashing.keyed(key), dst, n, true, h.at)
}

// With implements [Placement]. Nodes that are missing leave, in their present order; new ones join, in the order given.
func (h *Anchor) With(members []Member) (Placement, error) {
	roster, err := newRoster(members)
	if err != nil {
		return nil, err
	}
	if err := roster.unweighted("anchor hash"); err != nil {
		return nil, err
	}
	if len(members) > len(h.a) {
		return nil, fmt.Errorf("hashring: an anchor's nodes must be at most its capacity: %d of %d", len(members), len(h.a))
	}
	next := &Anchor{
		hashing: h.hashing,
		a:       slices.Clone(h.a), k: slices.Clone(h.k), w: slices.Clone(h.w), l: slices.Clone(h.l),
		r: append(make([]int32, 0, len(h.a)), h.r...), // room for all, since all may leave
	}
	stays := make(map[string]int32, len(members))
	for _, m := range members {
		stays[m.Name] = -1
	}
	for node, m := range h.members {
		if _, ok := stays[m.Name]; ok {
			stays[m.Name] = h.places[node]
		} else {
			next.leave(h.places[node])
		}
	}
	places := make([]int32, len(members))
	for i, m := range members {
		if places[i] = stays[m.Name]; places[i] < 0 {
			places[i] = next.join()
		}
	}
	next.settle(roster, places)
	return next, nil
}

// Bytes is the memory of the arrays.
func (h *Anchor) Bytes() int { return 4 * (6*len(h.a) + len(h.places)) }
