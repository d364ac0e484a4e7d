package ringsim

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Balance says how evenly a placement spreads a number of keys.
type Balance struct {
	Peak float64 // the keys of the fullest node over the mean

	// Dispersion is Pearson's statistic over its degrees of freedom: the variance of the nodes' numbers of keys over that of draws with
	// equal chances, whose expectation is exactly 1.
	Dispersion float64
}

// BalanceOf counts the keys of each node. There must be two nodes or more, and a key.
func BalanceOf(p hashring.Placement, keys []string) (b Balance, err error) {
	nodes := len(p.Members())
	if nodes < 2 || len(keys) == 0 {
		return b, fmt.Errorf("ringsim: a balance is that of two nodes or more, and of a key or more: %d, %d", nodes, len(keys))
	}
	counts := make([]int, nodes)
	for _, key := range keys {
		counts[p.Owner(key)]++
	}
	each := float64(len(keys)) / float64(nodes)
	for _, count := range counts {
		off := float64(count) - each
		b.Peak = max(b.Peak, float64(count)/each)
		b.Dispersion += off * off / each / float64(nodes-1)
	}
	return b, nil
}

// Bytes is the memory of a placement's tables, by computation, its nodes themselves not included; false for placements that
// are not known here.
func Bytes(p hashring.Placement) (bytes int, known bool) {
	switch p := p.(type) {
	case *hashring.Ring:
		return p.Bytes(), true
	case *hashring.Maglev:
		return p.Bytes(), true
	case *hashring.Anchor:
		return p.Bytes(), true
	case *hashring.Rendezvous:
		return 8 * len(p.Members()), true // a seed each
	case *hashring.Slots:
		return 4 * hashring.SlotCount, true
	case *hashring.Jump, *Modulo:
		return 0, true
	}
	return 0, false
}
