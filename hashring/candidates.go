package hashring

import (
	"fmt"
	"math"
	"math/bits"
)

// candidate is what [Advise] knows of a placement for so many nodes. Each of its facts is one that the placement's own documentation
// states.
type candidate struct {
	name         string
	merit, cost  string // a sentence each
	nodes        int    // at most
	points, size int    // how it must be made

	scans, assigned, removeAny, weights, leastMoves, namesOnly answer

	peak   float64 // the largest share over the mean
	uneven string  // why that has no bound
	bytes  int
	steps  int
}

// answer says whether a placement meets a need, and why.
type answer struct {
	yes bool
	why string
}

func yes(why string) answer { return answer{true, why} }
func no(why string) answer  { return answer{false, why} }

const (
	fewNodes   = 32    // that Rendezvous may score for each lookup before others are preferred
	manyPoints = 1_000 // of a Ring, that are more than it is preferred with
	keyBytes   = 32    // of an entry
)

// candidates are all placements, in the order in which they are preferred.
func candidates(n Needs) []candidate {
	ring, rendezvous := ringFor(n), rendezvousFor(n)
	all := []candidate{jumpFor(n)}
	if n.Nodes <= fewNodes {
		all = append(all, rendezvous)
	}
	if ring.points <= manyPoints {
		all = append(all, ring)
	}
	all = append(all, maglevFor(n), anchorFor(n))
	if n.Nodes > fewNodes {
		all = append(all, rendezvous)
	}
	if ring.points > manyPoints {
		all = append(all, ring)
	}
	return append(all, slotsFor(n), directoryFor(n), rangesFor(n))
}

var (
	scattered   = no("Its hash scatters neighbouring keys over all nodes.")
	decided     = no("Its hash alone decides where a key is.")
	anyLeaves   = yes("Any node can leave.")
	followsThem = yes("Nodes own keys in proportion to their weights.")
	unweighted  = no("It has no weights.")
	movesLeast  = yes("When a node joins or leaves, only keys move that it gets or had.")
	namesDo     = yes("It follows from the nodes' names, in whatever order they are given.")
	byHand      = "Shares are what somebody assigns: nothing bounds them."
)

func jumpFor(n Needs) candidate {
	return candidate{
		name: "Jump", nodes: mostNodes,
		merit: "It needs no table and its shares are even.", cost: "It is bound to the order of its nodes.",
		scans: scattered, assigned: decided, weights: unweighted, leastMoves: movesLeast,
		removeAny: no("Only the node that joined last can leave."),
		namesOnly: no("The order of its nodes must be agreed on."),
		peak:      1, steps: 1 + int(math.Ceil(math.Log(float64(n.Nodes)))),
	}
}

func rendezvousFor(n Needs) candidate {
	return candidate{
		name: "Rendezvous", nodes: mostNodes,
		merit: "Its shares are exactly in proportion to weights, and each key has an order of preference of its own.",
		cost:  fmt.Sprintf("A lookup scores each of %d nodes.", n.Nodes),
		scans: scattered, assigned: decided, removeAny: anyLeaves, weights: followsThem, leastMoves: movesLeast, namesOnly: namesDo,
		peak: 1, bytes: 8 * n.Nodes, steps: n.Nodes,
	}
}

func ringFor(n Needs) candidate {
	c := candidate{
		name: "Ring", nodes: mostPoints,
		merit: "A lookup is mostly one read, whatever the number of nodes, and nothing else promises so much at once.",
		scans: scattered, assigned: decided, removeAny: anyLeaves, weights: followsThem, leastMoves: movesLeast, namesOnly: namesDo,
		points: DefaultPoints, peak: math.Inf(1), steps: 2,
		uneven: fmt.Sprintf("A ring has at most %d points, and that takes more.", mostPoints),
	}
	if n.PeakToMean > 0 {
		if points, err := PointsFor(n.Nodes, n.PeakToMean, 0.99); err == nil {
			c.points, c.peak = points, n.PeakToMean
		}
	}
	c.nodes = mostPoints / c.points
	c.bytes = bytesPerPoint * c.points * n.Nodes
	c.cost = fmt.Sprintf("It takes %d points a node, %d bytes.", c.points, c.bytes)
	return c
}

func maglevFor(n Needs) candidate {
	const perNode = 100                  // entries, with which about one in a hundred of the keys that move need not
	const most = mostEntries/perNode - 1 // nodes
	size := max(DefaultSize, perNode*min(n.Nodes, most)) | 1
	for !prime(size) {
		size += 2
	}
	each := math.Ceil(float64(size) / float64(n.Nodes))
	return candidate{
		name: "Maglev", nodes: most, size: size,
		merit: "A lookup is one read and shares are as even as the table allows.",
		cost:  fmt.Sprintf("Its table takes %d bytes and is filled anew with every change.", 4*size),
		scans: scattered, assigned: decided, removeAny: anyLeaves, weights: followsThem, namesOnly: namesDo,
		leastMoves: no("A few keys of nodes that stay move as well."),
		peak:       each * float64(n.Nodes) / float64(size), bytes: 4 * size, steps: 1,
	}
}

func anchorFor(n Needs) candidate {
	return candidate{
		name: "Anchor", nodes: mostNodes,
		merit: "Its shares are even, and a lookup takes about a read.", cost: "It depends on the history of joins and leaves.",
		scans: scattered, assigned: decided, removeAny: anyLeaves, weights: unweighted, leastMoves: movesLeast,
		namesOnly: no("The history of joins and leaves must be agreed on."),
		peak:      1, bytes: 4 * 7 * n.Nodes, steps: 2,
	}
}

func slotsFor(n Needs) candidate {
	return candidate{
		name: "Slots", nodes: SlotCount,
		merit: "Slots move where somebody moves them, and keys with one tag are together.",
		cost:  "Which node has which slots must be agreed on.",
		scans: scattered, removeAny: anyLeaves, weights: followsThem, leastMoves: movesLeast,
		assigned:  yes("Any slot, of one key in 16,384, can be given to any node."),
		namesOnly: no("Which node has which slots must be agreed on."),
		// A part is rounded, and what is over from changes is one more at most.
		peak: (math.Ceil(SlotCount/float64(n.Nodes)) + 1) * float64(n.Nodes) / SlotCount, bytes: 4 * SlotCount, steps: 1,
	}
}

func (n Needs) entries() int {
	if n.Entries == 0 {
		return n.Nodes
	}
	return n.Entries
}

func directoryFor(n Needs) candidate {
	const each = 128 // bytes: two maps
	bytes := (each + keyBytes) * n.entries()
	return candidate{
		name: "Directory", nodes: mostNodes,
		merit: "Any key can be given to any node.", cost: fmt.Sprintf("Its entries take some %d bytes and must be agreed on.", bytes),
		scans: scattered, removeAny: anyLeaves, leastMoves: movesLeast,
		assigned:  yes("Any key can be given to any node."),
		weights:   no("Entries are where somebody assigns them, whatever the weights."),
		namesOnly: no("The entries must be agreed on."),
		peak:      math.Inf(1), uneven: byHand, bytes: bytes, steps: 3,
	}
}

func rangesFor(n Needs) candidate {
	bytes := (16 + 4 + keyBytes) * n.entries()
	return candidate{
		name: "Ranges", nodes: mostNodes,
		merit: "A scan of neighbouring keys asks few nodes.", cost: "A popular stretch of keys is hot until somebody splits it.",
		removeAny: anyLeaves, leastMoves: movesLeast,
		scans:     yes("Neighbouring keys are together."),
		assigned:  yes("Any range can be given to any node."),
		weights:   no("Ranges are where somebody assigns them, whatever the weights."),
		namesOnly: no("The ranges must be agreed on."),
		peak:      math.Inf(1), uneven: byHand, bytes: bytes, steps: 1 + bits.Len(uint(n.entries()-1)),
	}
}
