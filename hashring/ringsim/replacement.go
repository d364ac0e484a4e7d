package ringsim

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// RollingReplacement is nodes that are replaced one by one, the oldest first, as in a rolling upgrade: in epoch e the nodes are those numbered
// from e+1 on, in this order, and the next epoch has a new one at the end and the first no more. It makes tables as they are asked for, and
// keeps them; it is not safe for concurrent use.
type RollingReplacement struct {
	nodes   int
	scheme  hashring.Scheme
	history bool
	tables  []hashring.Placement // by epoch; nil where nobody asked yet
}

// NewRollingReplacement returns the tables of so many nodes. With history each table is made of the one before, which takes longer, and
// which only anchor hash needs.
func NewRollingReplacement(nodes int, scheme hashring.Scheme, history bool) (*RollingReplacement, error) {
	if nodes < 1 || scheme == nil {
		return nil, fmt.Errorf("ringsim: there must be nodes, and a scheme to place keys on them: %d", nodes)
	}
	return &RollingReplacement{nodes: nodes, scheme: scheme, history: history}, nil
}

func (r *RollingReplacement) members(epoch int) []hashring.Member {
	return Members(epoch + r.nodes)[epoch:]
}

// Owner implements [Epochs].
func (r *RollingReplacement) Owner(epoch int, key string) (string, error) {
	table, err := r.Table(epoch)
	if err != nil {
		return "", err
	}
	return table.Members()[table.Owner(key)].Name, nil
}

// Table is the placement in an epoch.
func (r *RollingReplacement) Table(epoch int) (table hashring.Placement, err error) {
	if epoch < 0 {
		return nil, fmt.Errorf("ringsim: an epoch must not be negative: %d", epoch)
	}
	for epoch >= len(r.tables) {
		r.tables = append(r.tables, nil)
	}
	if r.tables[epoch] != nil {
		return r.tables[epoch], nil
	}
	made := epoch
	for r.history && made > 0 && r.tables[made] == nil {
		made--
	}
	if r.tables[made] == nil {
		if r.tables[made], err = r.scheme(r.members(made)); err != nil {
			return nil, err
		}
	}
	for e := made + 1; e <= epoch; e++ {
		if r.tables[e], err = r.tables[e-1].With(r.members(e)); err != nil {
			return nil, err
		}
	}
	return r.tables[epoch], nil
}

// MisroutedAfter is the share of the keys that a table misroutes which is so many replacements behind, on average over hash functions: of a ring, or of
// any placement by which a node's keys go to all others when it leaves and come from all when it joins. Both tables lead to one node if
// and only if the owner among the nodes of either is one that both have.
func MisroutedAfter(replaced, nodes int) float64 {
	if replaced >= nodes {
		return 1
	}
	return 2 * float64(replaced) / float64(nodes+replaced)
}

// LeastMisroutedAfter is the least share that any placement with equal nodes misroutes: the keys of those that are gone.
func LeastMisroutedAfter(replaced, nodes int) float64 {
	return min(1, float64(replaced)/float64(nodes))
}

// MeanBehind averages over how many changes clients are behind that fetch tables at the times of a Poisson process, with so many changes in
// a mean delay: k of them with probability (1-q) q^k, q being changes/(1+changes).
func MeanBehind(changes float64, of func(behind int) float64) float64 {
	q := changes / (1 + changes)
	sum, left := 0.0, 1.0
	for k := 0; left > 1e-15 && k < 1_000_000; k++ {
		sum += left * (1 - q) * of(k)
		left *= q
	}
	return sum + left*of(math.MaxInt32)
}
