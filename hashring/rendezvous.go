package hashring

import "math"

// Rendezvous gives a key to the node with the highest score, a hash of both: highest random weight.
//
// When a node joins, leaves or gets another weight, only keys of that node move. Shares are as even as random draws, for any number
// of nodes, and exactly in proportion to weights on average. The n owners are the n highest scores, so that each
// of them is preferred for its own reasons: a node's keys go to all others alike when it leaves.
//
// A lookup costs one hash and a step for each node: it is for tens of nodes. Memory is 8 bytes a node.
//
// Sources: D. Thaler, C. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM Transactions on Networking
// 6(1), 1998; weights: J. Mosko, "Weighted Rendezvous Hash" (draft), 2014, -weight/ln(u), as in C. Schindelhauer, G. Schomaker, "Weighted
// Distributed Hash Tables", SPAA 2005 (logarithmic method).
type Rendezvous struct {
	roster
	hashing Hashing
	seeds   []uint64
	equal   bool // weights: hashes can be compared themselves
}

// NewRendezvous returns a placement on the given nodes, whose order does not matter.
func NewRendezvous(members []Member, hashing Hashing) (*Rendezvous, error) {
	roster, err := newSortedRoster(members)
	if err != nil {
		return nil, err
	}
	r := &Rendezvous{roster: roster, hashing: hashing, seeds: make([]uint64, len(members)), equal: roster.even()}
	for i, m := range roster.members {
		r.seeds[i] = hashing.node(m.Name)
	}
	return r, nil
}

// Owner implements [Placement].
func (r *Rendezvous) Owner(key string) int {
	h := r.hashing.of(key)
	best, highest := 0, uint64(0)
	if r.equal {
		for i, seed := range r.seeds {
			if score := mix(h ^ seed); score > highest {
				best, highest = i, score
			}
		}
		return best
	}
	for i := range r.seeds {
		if score := r.score(h, i); score > highest {
			best, highest = i, score
		}
	}
	return best
}

// score is weight / -ln(u) for a u in (0, 1) that the key and the node have together, or what compares as that does: the bits
// of a positive number are in its order, and with equal weights u is.
func (r *Rendezvous) score(h uint64, node int) uint64 {
	x := mix(h ^ r.seeds[node])
	if r.equal {
		return x
	}
	u := (float64(x>>12) + 0.5) / (1 << 52)
	return math.Float64bits(r.members[node].Weight / -math.Log(u))
}

// AppendOwners implements [Placement]. It costs n steps for each node.
func (r *Rendezvous) AppendOwners(dst []int, key string, n int) ([]int, error) {
	return r.appendOwners(dst, key, n, false)
}

// AppendSpread implements [Placement].
func (r *Rendezvous) AppendSpread(dst []int, key string, n int) ([]int, error) {
	return r.appendOwners(dst, key, n, true)
}

func (r *Rendezvous) appendOwners(dst []int, key string, n int, spread bool) ([]int, error) {
	s, err := r.selection(dst, n, spread)
	if err != nil {
		return dst, err
	}
	h := r.hashing.of(key)
	for {
		last, node := uint64(math.MaxUint64), -1
		for {
			last, node = r.next(h, last, node)
			if s.offer(node) {
				return s.dst, nil
			}
			if s.turned() {
				break
			}
		}
	}
}

// next is the best node after the one of the given score; of equal scores the earlier node is the better one.
func (r *Rendezvous) next(h, score uint64, after int) (uint64, int) {
	best, highest := -1, uint64(0)
	for i := range r.seeds {
		x := r.score(h, i)
		if later := x < score || x == score && i > after; later && (best < 0 || x > highest) {
			best, highest = i, x
		}
	}
	return highest, best
}

// With implements [Placement].
func (r *Rendezvous) With(members []Member) (Placement, error) {
	return asPlacement(NewRendezvous(members, r.hashing))
}
