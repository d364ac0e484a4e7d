package placing

import (
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of lookup-time: orderings, with room for a machine that has other things to do.
const (
	ringIsQuick     = "ring: with 1,000 nodes a lookup takes less than ten times the bare hash"
	rendezvousGrows = "rendezvous: from the fewest nodes to the most, a lookup comes to take more than ten times as long"
	jumpGrows       = "jump: from the fewest nodes to the most, a lookup comes to take 1.3 to 10 times as long"
	ringBeatsJump   = "with 1,000 nodes a lookup on the ring is quicker than by jump hash"
	tableBeatsRing  = "with the most nodes a lookup in a Maglev table is quicker than on the ring"
)

func (l *lookupRun) findings(r *lab.Run) {
	const thousand = 1_000
	last := len(l.nodes) - 1
	grown := func(name string) (factor float64, known bool) {
		all := l.timed[name]
		if len(all) < 2 {
			return 0, false
		}
		return all[last].ratio() / all[0].ratio(), true
	}
	state := func(sentence string, measured, bound float64, known, holds bool) {
		if !known {
			r.NotHere(sentence)
			return
		}
		r.Finding(lab.Finding{Sentence: sentence, Measured: measured, Bound: bound, Holds: holds})
	}
	ring, known := l.at("ring", thousand)
	state(ringIsQuick, ring, 10, known, ring < 10)

	factor, known := grown("rendezvous")
	state(rendezvousGrows, factor, 10, known, factor > 10)
	factor, known = grown("jump")
	bound := 1.3
	if factor > math.Sqrt(1.3*10) { // the nearer end
		bound = 10
	}
	state(jumpGrows, factor, bound, known, factor > 1.3 && factor < 10)

	ring, known = l.at("ring", thousand)
	jump, knownToo := l.at("jump", thousand)
	state(ringBeatsJump, ring, jump, known && knownToo, ring < jump)

	maglev, known := l.at("maglev", l.nodes[last])
	ring, knownToo = l.at("ring", l.nodes[last])
	state(tableBeatsRing, maglev, ring, known && knownToo, maglev < ring)
}

// at is the ratio of a placement with so many nodes, if it was measured.
func (l *lookupRun) at(name string, nodes int) (ratio float64, known bool) {
	all := l.timed[name]
	i := slices.IndexFunc(all, func(t timing) bool { return t.nodes == nodes })
	if i < 0 {
		return 0, false
	}
	return all[i].ratio(), true
}
