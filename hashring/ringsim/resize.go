package ringsim

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Moved says what became of the keys when the nodes changed, in shares of all keys.
type Moved struct {
	Share   float64 // of the keys that moved to a node of another name
	Between float64 // of those that moved from a node that still is there to one that was there before
	Least   float64 // that must move if shares are equal before and after
	Exact   bool    // of all hashes or slots, by [hashring.Diff]; else of the given keys
}

// Resize makes a placement of so many nodes, and says what becomes of the keys when another one joins and when, instead, the leaver
// leaves: its index in [Members], in [0, nodes). There must be two nodes or more, so that one may leave. The keys are asked about where
// [hashring.Diff] cannot tell.
func Resize(scheme hashring.Scheme, nodes, leaver int, keys []string) (joined, left Moved, err error) {
	switch {
	case nodes < 2:
		return joined, left, fmt.Errorf("ringsim: one of two nodes or more can leave: %d", nodes)
	case leaver < 0 || leaver >= nodes:
		return joined, left, fmt.Errorf("ringsim: the node that leaves must lie in [0, %d): %d", nodes, leaver)
	}
	members := Members(nodes + 1)
	before, err := scheme(members[:nodes])
	if err != nil {
		return joined, left, err
	}
	larger, err := before.With(members)
	if err != nil {
		return joined, left, err
	}
	smaller, err := before.With(slices.Delete(slices.Clone(members[:nodes]), leaver, leaver+1))
	if err != nil {
		return joined, left, err
	}
	if joined, err = Compare(before, larger, keys); err == nil {
		left, err = Compare(before, smaller, keys)
	}
	return joined, left, err
}

// Compare says what moves from one placement to another, exactly if [hashring.Diff] knows, and else by asking both about the keys.
func Compare(before, after hashring.Placement, keys []string) (m Moved, err error) {
	if m.Least, err = hashring.LeastMoved(before.Members(), after.Members()); err != nil {
		return m, err
	}
	was, is := names(before), names(after)
	moves, err := hashring.Diff(before, after)
	switch {
	case err == nil:
		m.Exact = true
		for _, move := range moves.List() {
			share := move.Span.Share()
			m.Share += share
			if is[move.From] && was[move.To] {
				m.Between += share
			}
		}
		return m, nil
	case !errors.Is(err, hashring.ErrNoDiff):
		return m, err
	case len(keys) == 0:
		return m, fmt.Errorf("ringsim: the number of keys must be positive: %d", len(keys))
	}
	moved, between := 0, 0
	for _, key := range keys {
		from, to := before.Members()[before.Owner(key)].Name, after.Members()[after.Owner(key)].Name
		if from == to {
			continue
		}
		moved++
		if is[from] && was[to] {
			between++
		}
	}
	m.Share, m.Between = float64(moved)/float64(len(keys)), float64(between)/float64(len(keys))
	return m, nil
}

// names are those of a placement's nodes.
func names(p hashring.Placement) map[string]bool {
	all := map[string]bool{}
	for _, m := range p.Members() {
		all[m.Name] = true
	}
	return all
}
