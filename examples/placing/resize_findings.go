package placing

import (
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of resize.
const (
	moduloJoins  = "modulo hashing: n/(n+1) of the keys move when one node joins n"
	moduloLeaves = "modulo hashing: (n-1)/n of the keys move when one of n nodes leaves"
	leastJoins   = "ring, rendezvous, jump and anchor: 1/(n+1) of the keys move when one node joins n, the least, on average"
	leastLeaves  = "ring, rendezvous, jump and anchor: 1/n of the keys move when one of n nodes leaves, the least, on average"
	leastSlots   = "slots: what moves is the least, to less than a slot, whoever joins or leaves"
	noneBetween  = "ring, rendezvous, jump, anchor and slots: not one key moves between nodes that stay"
	maglevOthers = "Maglev: when one joins, keys move between nodes that stay, too"
	maglevMoves  = "Maglev: up to 1.75 times the least moves, as long as its table has 400 entries a node"
	maglevGrows  = "Maglev: of more nodes on one table, more than the least moves by a larger part"
)

// consistent are the placements that move the least on average: whose choice of a node is even, and random.
var consistent = []string{"ring", "rendezvous", "jump", "anchor"}

func (x *resizeRun) findings(r *lab.Run) {
	var all []judge.Requirement
	for _, c := range x.joins["modulo"] {
		all = append(all, judge.Equals(c.shares(), 1-c.least))
	}
	judge.State(r, moduloJoins, all)
	all = nil
	for _, c := range x.leaves["modulo"] {
		all = append(all, judge.Equals(c.shares(), 1-c.least))
	}
	judge.State(r, moduloLeaves, all)

	judge.State(r, leastJoins, x.least(x.joins))
	judge.State(r, leastLeaves, x.least(x.leaves))
	x.slots(r)

	x.between(r)

	x.maglev(r)
}

func (x *resizeRun) maglev(r *lab.Run) {
	joins, leaves := x.joins["maglev"], x.leaves["maglev"]
	if joins == nil {
		r.NotHere(maglevOthers)
	} else {
		least := math.Inf(1)
		for _, c := range joins {
			least = min(least, judge.Mean(c.between()))
		}
		r.Finding(lab.Finding{Sentence: maglevOthers, Measured: least, Bound: 0, Holds: least > 0})
	}
	var roomy, grows []judge.Requirement
	for _, c := range slices.Concat(joins, leaves) {
		if c.nodes*400 <= hashring.DefaultSize {
			roomy = append(roomy, judge.AtMost(c.overLeast(), 1.75))
		}
	}
	judge.State(r, maglevMoves, roomy)
	if last := len(joins) - 1; last > 0 {
		grows = append(grows, judge.AtLeast(differences(joins[last].overLeast(), joins[0].overLeast()), 0))
	}
	judge.State(r, maglevGrows, grows)
}

// least asks of each placement that should that the least moves, on average.
func (x *resizeRun) least(changes map[string][]change) (all []judge.Requirement) {
	for _, name := range consistent {
		for _, c := range changes[name] {
			all = append(all, judge.Equals(c.shares(), c.least))
		}
	}
	return all
}

// slots judges each run: what moves there is a whole number of slots.
func (x *resizeRun) slots(r *lab.Run) {
	farthest := math.NaN()
	for _, c := range slices.Concat(x.joins["slots"], x.leaves["slots"]) {
		for _, share := range c.shares() {
			if off := hashring.SlotCount * math.Abs(share-c.least); !(off <= farthest) {
				farthest = off
			}
		}
	}
	if math.IsNaN(farthest) {
		r.NotHere(leastSlots)
		return
	}
	r.Finding(lab.Finding{Sentence: leastSlots, Measured: farthest, Bound: 1, Holds: farthest < 1})
}

// between adds up what moved in all runs.
func (x *resizeRun) between(r *lab.Run) {
	sum, asked := 0.0, false
	for _, name := range append([]string{"slots"}, consistent...) {
		for _, c := range slices.Concat(x.joins[name], x.leaves[name]) {
			asked = true
			for _, moved := range c.moved {
				sum += moved.Between
			}
		}
	}
	if !asked {
		r.NotHere(noneBetween)
		return
	}
	judge.Exactly(r, noneBetween, sum, 0)
}

// differences are a - b, run by run.
func differences(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] - b[i]
	}
	return all
}
