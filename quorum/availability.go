package quorum

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

const (
	maxZones  = 16      // that may be down or up
	maxWork   = 1 << 28 // of one question: votes that are added
	maxCounts = 1 << 22 // of votes for and against, in the states of an expression that names a node several times
)

// Failures are the probabilities that nodes are up at the moment of a request. Nodes fail independently of each other but for their
// zones: a zone is anything whose failure takes all its nodes down (a rack, a data centre, a power feed, a bad
// release), and zones fail independently. A node is up if it is up by itself and all zones that it is in are up.
type Failures struct {
	Up    float64            // of a node that Nodes does not name, in [0, 1]
	Nodes map[string]float64 // of single nodes, each in [0, 1]
	Zones []Zone
}

// Zone is a common cause of failures. A node may be in several.
type Zone struct {
	Nodes []string
	Up    float64 // in [0, 1]
}

// Availability is the probability that a read quorum is up, and the probability that a write quorum is up. It is exact, by the
// product formula for expressions that name each node once. Where nodes are named several times, it goes through the
// nodes and keeps the probability of each state of the expression, which it can for a grid of twelve rows and columns.
// All of this is done for each set of zones that may be up. Beyond 16 zones, or some seconds of work, the error is [ErrTooLarge].
func (s *System) Availability(failures Failures) (read, write float64, err error) {
	ups, zones, err := failures.over(s.nodes)
	if err != nil {
		return 0, 0, err
	}
	work := maxWork
	alone := slices.Clone(ups)
	for state := range 1 << len(zones) {
		copy(alone, ups)
		chance := 1.0
		for i, z := range zones {
			if state>>i&1 == 1 {
				chance *= z.up
				continue
			}
			chance *= 1 - z.up
			for _, node := range z.nodes {
				alone[node] = 0
			}
		}
		r, err := s.read.availability(alone, &work)
		if err != nil {
			return 0, 0, err
		}
		w := r
		if s.writes.root != s.reads.root {
			if w, err = s.write.availability(alone, &work); err != nil {
				return 0, 0, err
			}
		}
		read += chance * r
		write += chance * w
	}
	return min(read, 1), min(write, 1), nil // rounding may add to a little more
}

type zone struct {
	nodes []int
	up    float64
}

// over numbers nodes, and folds zones that are never down, or always, into them.
func (f Failures) over(nodes []string) (ups []float64, zones []zone, err error) {
	number := make(map[string]int, len(nodes))
	ups = make([]float64, len(nodes))
	for i, name := range nodes {
		number[name], ups[i] = i, f.Up
	}
	if !probability(f.Up) {
		return nil, nil, fmt.Errorf("quorum: a probability must lie in [0, 1]: %v for a node to be up", f.Up)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Nodes)) {
		up := f.Nodes[name]
		i, found := number[name]
		if !found {
			return nil, nil, fmt.Errorf("quorum: no such node: %q in the failures of nodes", name)
		}
		if !probability(up) {
			return nil, nil, fmt.Errorf("quorum: a probability must lie in [0, 1]: %v for %q to be up", up, name)
		}
		ups[i] = up
	}
	for at, z := range f.Zones {
		folded, err := z.over(number, at)
		if err != nil {
			return nil, nil, err
		}
		switch z.Up {
		case 1:
		case 0:
			for _, node := range folded.nodes {
				ups[node] = 0
			}
		default:
			zones = append(zones, folded)
		}
	}
	if len(zones) > maxZones {
		return nil, nil, fmt.Errorf("%w: more than %d zones that may be up or down: %d", ErrTooLarge, maxZones, len(zones))
	}
	return ups, zones, nil
}

func (z Zone) over(number map[string]int, at int) (zone, error) {
	folded := zone{up: z.Up}
	if !probability(z.Up) {
		return folded, fmt.Errorf("quorum: a probability must lie in [0, 1]: %v for zone %d to be up", z.Up, at)
	}
	if len(z.Nodes) == 0 {
		return folded, fmt.Errorf("quorum: a zone must have a node: 0 nodes in zone %d", at)
	}
	for _, name := range z.Nodes {
		i, found := number[name]
		if !found {
			return folded, fmt.Errorf("quorum: no such node: %q in zone %d", name, at)
		}
		if slices.Contains(folded.nodes, i) {
			return folded, fmt.Errorf("quorum: a zone must name a node once: %q appears twice in zone %d", name, at)
		}
		folded.nodes = append(folded.nodes, i)
	}
	return folded, nil
}

func probability(p float64) bool { return p >= 0 && p <= 1 && !math.IsNaN(p) }

// availability is the probability that there is a quorum among nodes that are up with these probabilities, independently. It takes
// what it does from the work that is left.
func (f *formula) availability(ups []float64, work *int) (float64, error) {
	if !f.readOnce() {
		return f.byStates(ups, work)
	}
	up := f.root.up(ups, work)
	if *work < 0 {
		return 0, fmt.Errorf("%w: too many zones for an expression with so many votes", ErrTooLarge)
	}
	return up, nil
}

// up is the product formula: parts without a node in common are independent. It ends early when there is no work left.
func (p *part) up(ups []float64, work *int) float64 {
	if p.node >= 0 {
		return ups[p.node]
	}
	if *work -= len(p.parts) * p.needed; *work < 0 {
		return 0
	}
	votes := make([]float64, p.needed+1) // the probability of so many votes, and last of enough
	votes[0] = 1
	for i, q := range p.parts {
		up, say := q.up(ups, work), p.say(i)
		for v := p.needed - 1; v >= 0; v-- { // downwards: each part votes once
			votes[min(p.needed, v+say)] += votes[v] * up
			votes[v] *= 1 - up
		}
	}
	return votes[p.needed]
}
