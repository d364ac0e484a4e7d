package hashring

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Needs are what a placement is wanted for. What is left zero is not needed.
type Needs struct {
	Nodes   int // the most there will be; this one is not optional
	Entries int // keys or ranges that are assigned one by one, of some 32 bytes each, for who does that; zero means one a node

	RemoveAny  bool // any node may leave, not only the one that joined last
	Weights    bool // nodes own keys in proportion to weights
	Scans      bool // neighbouring keys are together, so that a scan asks few nodes
	Assigned   bool // somebody decides where keys are, and not a hash alone
	LeastMoves bool // when a node joins or leaves, no keys move but those it gets or had
	NamesOnly  bool // who knows the nodes' names knows the placement: neither their order nor what was before matters

	PeakToMean float64 // the most that a node's share of the hashes may be over the mean, above 1, for equal weights, at a confidence of 0.99
	Bytes      int     // the most memory for tables, at weights of 1
	Steps      int     // the most steps of a lookup beside the hash of the key, on average: reads, divisions, scores, lookups of a map
}

// ErrNoPlacement is wrapped by the error of [Advise] that names needs which no placement meets together.
var ErrNoPlacement = errors.New("hashring: no placement meets all needs")

// Advice says which placement fits some needs.
type Advice struct {
	Algorithm string   // as its type is called: Ring
	Points    int      // a node's, if it is a Ring
	Size      int      // of the table, if it is a Maglev
	Why       []string // a sentence for what speaks for it, and one for each need

	Others []Verdict // in the order in which they would be advised
}

// Verdict says why another placement was not advised.
type Verdict struct {
	Algorithm string
	Fits      bool     // it meets the needs, too
	Why       []string // a sentence for each need that it does not meet or, if it fits, for what it costs
}

// Advise says which placement fits, by fixed rules. Of those that meet all needs it takes the first of
//
//	Jump, Rendezvous, Ring, Maglev, Anchor, Slots, Directory, Ranges
//
// where Rendezvous, which scores every node, comes after Anchor from 33 nodes on, and so does a Ring that needs more than 1,000 points a
// node. If none meets all, the error wraps [ErrNoPlacement] and names some needs that exclude one another: without any one of those, some
// placement would meet the others named.
func Advise(n Needs) (Advice, error) {
	if err := n.check(); err != nil {
		return Advice{}, err
	}
	all := candidates(n)
	best := slices.IndexFunc(all, func(c candidate) bool { return len(c.fails(n)) == 0 })
	if best < 0 {
		return Advice{}, conflict(n)
	}
	c := all[best]
	a := Advice{Algorithm: c.name, Points: c.points, Size: c.size, Why: []string{c.merit}}
	for _, need := range needs {
		if need.asked(n) {
			a.Why = append(a.Why, need.sentence(c, n))
		}
	}
	for i, c := range all {
		if i == best {
			continue
		}
		v := Verdict{Algorithm: c.name, Why: []string{c.cost}}
		if failed := c.fails(n); len(failed) > 0 {
			v.Why = nil
			for _, need := range failed {
				v.Why = append(v.Why, need.sentence(c, n))
			}
		} else {
			v.Fits = true
		}
		a.Others = append(a.Others, v)
	}
	return a, nil
}

const mostAssigned = 1 << 48 // their bytes fit into a number

func (n Needs) check() error {
	switch {
	case n.Nodes < 1 || n.Nodes > mostNodes:
		return fmt.Errorf("hashring: the number of nodes must lie in [1, %d]: %d", mostNodes, n.Nodes)
	case n.Entries < 0 || n.Entries > mostAssigned:
		return fmt.Errorf("hashring: the number of entries must lie in [0, %d]: %d", mostAssigned, n.Entries)
	case n.PeakToMean != 0 && !(n.PeakToMean > 1) || math.IsInf(n.PeakToMean, 0):
		return fmt.Errorf("hashring: the ratio of peak to mean must be finite and above 1: %v", n.PeakToMean)
	case n.Bytes < 0:
		return fmt.Errorf("hashring: the most memory must not be negative: %d bytes", n.Bytes)
	case n.Steps < 0:
		return fmt.Errorf("hashring: the most steps of a lookup must not be negative: %d", n.Steps)
	}
	return nil
}

// need is one of the fields of Needs.
type need struct {
	asked    func(n Needs) bool
	drop     func(n *Needs)
	name     func(n Needs) string
	met      func(c candidate, n Needs) bool
	sentence func(c candidate, n Needs) string // whether and how the candidate meets it
}

// needs are all of them, in the order in which a reader would ask.
var needs = []need{
	yesOrNo("range scans", func(n *Needs) *bool { return &n.Scans }, func(c candidate) answer { return c.scans }),
	yesOrNo("assignment of keys", func(n *Needs) *bool { return &n.Assigned }, func(c candidate) answer { return c.assigned }),
	yesOrNo("removal of any node", func(n *Needs) *bool { return &n.RemoveAny }, func(c candidate) answer { return c.removeAny }),
	yesOrNo("weights", func(n *Needs) *bool { return &n.Weights }, func(c candidate) answer { return c.weights }),
	yesOrNo("the least moves", func(n *Needs) *bool { return &n.LeastMoves }, func(c candidate) answer { return c.leastMoves }),
	yesOrNo("a placement by names only", func(n *Needs) *bool { return &n.NamesOnly }, func(c candidate) answer { return c.namesOnly }),
	{
		asked: func(n Needs) bool { return n.PeakToMean > 0 },
		drop:  func(n *Needs) { n.PeakToMean = 0 },
		name:  func(n Needs) string { return fmt.Sprintf("a peak of at most %v times the mean", n.PeakToMean) },
		met:   func(c candidate, n Needs) bool { return c.peak <= n.PeakToMean },
		sentence: func(c candidate, n Needs) string {
			if math.IsInf(c.peak, 1) {
				return c.uneven
			}
			return fmt.Sprintf("The largest share is at most %.4g times the mean, where %v is allowed.", c.peak, n.PeakToMean)
		},
	},
	{
		asked: func(n Needs) bool { return n.Bytes > 0 },
		drop:  func(n *Needs) { n.Bytes = 0 },
		name:  func(n Needs) string { return fmt.Sprintf("memory of at most %d bytes", n.Bytes) },
		met:   func(c candidate, n Needs) bool { return c.bytes <= n.Bytes },
		sentence: func(c candidate, n Needs) string {
			return fmt.Sprintf("Its tables take %d bytes, where %d are allowed.", c.bytes, n.Bytes)
		},
	},
	{
		asked: func(n Needs) bool { return n.Steps > 0 },
		drop:  func(n *Needs) { n.Steps = 0 },
		name:  func(n Needs) string { return fmt.Sprintf("a lookup of at most %d steps", n.Steps) },
		met:   func(c candidate, n Needs) bool { return c.steps <= n.Steps },
		sentence: func(c candidate, n Needs) string {
			return fmt.Sprintf("A lookup takes some %d steps, where %d are allowed.", c.steps, n.Steps)
		},
	},
}

// yesOrNo is a need that a placement meets or not.
func yesOrNo(name string, field func(n *Needs) *bool, of func(c candidate) answer) need {
	return need{
		asked:    func(n Needs) bool { return *field(&n) },
		drop:     func(n *Needs) { *field(n) = false },
		name:     func(Needs) string { return name },
		met:      func(c candidate, _ Needs) bool { return of(c).yes },
		sentence: func(c candidate, _ Needs) string { return of(c).why },
	}
}

// fails are the needs that a candidate does not meet.
func (c candidate) fails(n Needs) (failed []need) {
	if n.Nodes > c.nodes {
		failed = append(failed, need{sentence: func(c candidate, n Needs) string {
			return fmt.Sprintf("It has room for %d nodes, and there will be %d.", c.nodes, n.Nodes)
		}})
	}
	for _, need := range needs {
		if need.asked(n) && !need.met(c, n) {
			failed = append(failed, need)
		}
	}
	return failed
}

// conflict drops needs one by one as long as nothing fits what is left: what then remains is needed for the conflict.
func conflict(n Needs) error {
	var names []string
	for _, need := range needs {
		if !need.asked(n) {
			continue
		}
		fewer := n
		need.drop(&fewer)
		if slices.ContainsFunc(candidates(fewer), func(c candidate) bool { return len(c.fails(fewer)) == 0 }) {
			names = append(names, need.name(n))
		} else {
			n = fewer
		}
	}
	return fmt.Errorf("%w: for %d nodes there is none with %s", ErrNoPlacement, n.Nodes, strings.Join(names, ", and with "))
}
