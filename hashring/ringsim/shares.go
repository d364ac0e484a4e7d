package ringsim

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Shares are the nodes' shares, in the order of Members: of all hashes for a ring and a Maglev table, of all slots for slots. They are
// exact but for rounding. Of other placements [hashring.Diff] knows no stretches, and the error says so.
func Shares(p hashring.Placement) ([]float64, error) {
	if p == nil {
		return nil, fmt.Errorf("ringsim: a placement whose shares are wanted must not be nil: %v", p)
	}
	if ring, ok := p.(*hashring.Ring); ok {
		return ring.Shares(), nil
	}
	members := p.Members()
	index, longest := make(map[string]int, len(members)), ""
	for i, m := range members {
		index[m.Name] = i
		if len(m.Name) > len(longest) {
			longest = m.Name
		}
	}
	// What would move if a stranger took everything over is what each node has.
	stranger, err := p.With([]hashring.Member{{Name: longest + "'", Weight: 1}})
	if err != nil {
		return nil, err
	}
	moves, err := hashring.Diff(p, stranger)
	if err != nil {
		return nil, err
	}
	shares := make([]float64, len(members))
	for _, move := range moves.List() {
		shares[index[move.From]] += move.Span.Share()
	}
	return shares, nil
}

// Unevenness says how far shares, which sum to one, are from equal ones.
type Unevenness struct {
	Peak     float64 // the largest share over the mean
	Variance float64 // of the shares over the mean: the mean of their squared distances from 1
	Inside   float64 // the part of the nodes whose share lies in a range that was given
}

// UnevennessOf measures shares; low and high are the range, both ends included, of Inside.
func UnevennessOf(shares []float64, low, high float64) (u Unevenness) {
	n := float64(len(shares))
	for _, share := range shares {
		u.Peak = max(u.Peak, n*share)
		u.Variance += (n*share - 1) * (n*share - 1) / n
		if low <= share && share <= high {
			u.Inside += 1 / n
		}
	}
	return u
}
