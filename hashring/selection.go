package hashring

import "fmt"

// selection collects distinct owners as a placement offers nodes in the order of its preference, the same ones again and
// again until the selection is full.
type selection struct {
	roster *roster
	dst    []int
	begin  int // of the owners in dst
	n      int

	spread bool
	round  int // how many nodes of one zone there may be so far
	picked int // in this round
}

func (r *roster) selection(dst []int, n int, spread bool) (selection, error) {
	switch {
	case n < 1:
		return selection{}, fmt.Errorf("hashring: the number of owners must be positive: %d", n)
	case n > len(r.members):
		return selection{}, fmt.Errorf("%w: %d owners, %d nodes", ErrTooFewNodes, n, len(r.members))
	}
	return selection{roster: r, dst: dst, begin: len(dst), n: n, spread: spread, round: 1}, nil
}

// offer takes the node unless it is there already or its zone has had its turn. It reports whether the selection is full.
func (s *selection) offer(node int) bool {
	inZone, zone := 0, s.roster.zones[node]
	for _, owner := range s.dst[s.begin:] {
		if owner == node {
			return false
		}
		if s.roster.zones[owner] == zone {
			inZone++
		}
	}
	if s.spread && inZone >= s.round {
		return false
	}
	s.dst = append(s.dst, node)
	s.picked++
	return len(s.dst)-s.begin == s.n
}

// turned says that no node offered from here on can be taken before the next round, and begins that: the order of preference is then
// offered from its start.
func (s *selection) turned() bool {
	if !s.spread {
		return false
	}
	able := 0
	for _, size := range s.roster.sizes {
		if size >= s.round {
			able++
		}
	}
	if s.picked < able {
		return false
	}
	s.round++
	s.picked = 0
	return true
}
