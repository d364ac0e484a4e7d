package placing

import (
	"math"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of placement-cost.
const (
	evenDraws    = "modulo, rendezvous, jump and anchor: nodes' numbers of keys vary as those of even draws do"
	evenTables   = "slots and Maglev: the fullest node has less than one slot or entry more than the mean"
	ringIsUneven = "the ring's fullest node is fuller than that of any other placement"
	movesLeast   = "ring, rendezvous and anchor: the least moves, on average, when one joins and when any one leaves"
	moduloMoves  = "modulo hashing: n times the least moves when one joins n"
	smallTables  = "jump, rendezvous and anchor take less than a hundredth of the ring's memory"
)

func (c *costRun) findings(r *lab.Run) {
	var even []judge.Requirement
	for _, name := range []string{"modulo", "rendezvous", "jump", "anchor"} {
		even = append(even, judge.Equals(judge.Column(c.costs[name], cost.dispersion), 1))
	}
	judge.State(r, evenDraws, even)

	over := math.Inf(-1)
	for _, name := range []string{"slots", "maglev"} {
		for _, of := range c.costs[name] {
			over = max(over, of.over)
		}
	}
	r.Finding(lab.Finding{Sentence: evenTables, Measured: over, Bound: 1, Holds: over < 1})

	var fuller []judge.Requirement
	ring := c.costs["ring"]
	for _, of := range c.placements {
		if of.name != "ring" {
			fuller = append(fuller, judge.AtLeast(differences(judge.Column(ring, cost.peak), judge.Column(c.costs[of.name], cost.peak)), 0))
		}
	}
	judge.State(r, ringIsUneven, fuller)

	var least []judge.Requirement
	for _, name := range []string{"ring", "rendezvous", "anchor"} {
		least = append(least, judge.Equals(judge.Column(c.costs[name], cost.joins), 1), judge.Equals(judge.Column(c.costs[name], cost.leaves), 1))
	}
	judge.State(r, movesLeast, least)
	judge.State(r, moduloMoves, []judge.Requirement{judge.Equals(judge.Column(c.costs["modulo"], cost.joins), float64(c.nodes))})

	most := 0
	for _, name := range []string{"jump", "rendezvous", "anchor"} {
		most = max(most, c.costs[name][0].bytes)
	}
	bound := float64(ring[0].bytes) / 100
	r.Finding(lab.Finding{Sentence: smallTables, Measured: float64(most), Bound: bound, Holds: float64(most) < bound})
}
