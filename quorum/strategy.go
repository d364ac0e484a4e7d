package quorum

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"
)

// Strategy says how often each quorum of a system is used: a probability for every read quorum, and one for every write quorum. All its
// costs follow from it and from what the nodes can do. It is immutable, and safe for concurrent use.
//
// M. Naor, A. Wool, "The Load, Capacity, and Availability of Quorum Systems", SIAM J. Comput. 27, 1998, section 3; with reads, writes, and nodes
// that differ: M. Whittaker et al., "Read-Write Quorum Systems Made Practical", PaPoC 2021, section 3.
type Strategy struct {
	system        *System
	fleet         *fleet
	reads, writes choices
}

// Choice is a quorum and how often it is used.
type Choice struct {
	Nodes       []string
	Probability float64
}

// choices are the quorums of one side.
type choices struct {
	named      []Choice
	sets       [][]int
	cumulative []float64
	latency    []float64 // of each quorum, in seconds
}

// NewStrategy makes a strategy of given probabilities. Each choice must hold a quorum of its side, with nodes of the system once each;
// probabilities lie in [0, 1] and sum to 1, within 1e-9, on each side.
func NewStrategy(s *System, nodes Profiles, reads, writes []Choice) (*Strategy, error) {
	if err := s.usable(); err != nil {
		return nil, err
	}
	f, err := nodes.of(s.Nodes())
	if err != nil {
		return nil, err
	}
	strategy := &Strategy{system: s, fleet: f}
	if strategy.reads, err = newChoices("read", s.read, f, reads); err != nil {
		return nil, err
	}
	strategy.writes, err = newChoices("write", s.write, f, writes)
	if err != nil {
		return nil, err
	}
	return strategy, nil
}

// usable refuses what New did not make.
func (s *System) usable() error {
	if s == nil || s.read == nil || s.write == nil {
		return errors.New("quorum: a strategy must have a system that New made: it is empty")
	}
	return nil
}

func newChoices(kind string, quorums *formula, f *fleet, all []Choice) (choices, error) {
	var c choices
	sum := 0.0
	for _, one := range all {
		if !(one.Probability >= 0 && one.Probability <= 1) {
			return c, fmt.Errorf("quorum: the probability of a %s quorum must lie in [0, 1]: %v of %v", kind, one.Probability, one.Nodes)
		}
		there, set := make([]bool, quorums.nodes), make([]int, len(one.Nodes))
		for i, name := range one.Nodes {
			node := slices.Index(f.nodes, name)
			if node < 0 {
				return c, fmt.Errorf("quorum: a quorum must be of the system's nodes: %q is none of %v", name, f.nodes)
			}
			if there[node] {
				return c, fmt.Errorf("quorum: a quorum must name a node once: %q appears twice in %v", name, one.Nodes)
			}
			there[node], set[i] = true, node
		}
		if !quorums.holds(there) {
			return c, fmt.Errorf("quorum: a choice must hold a %s quorum: %v does not", kind, one.Nodes)
		}
		sum += one.Probability
		c.add(quorums, f, set, one.Probability)
	}
	if !(math.Abs(sum-1) <= sumTolerance) {
		return c, fmt.Errorf("quorum: the probabilities of the %s quorums must sum to 1: %v", kind, sum)
	}
	return c, nil
}

func (c *choices) add(quorums *formula, f *fleet, set []int, probability float64) {
	before := 0.0
	if n := len(c.cumulative); n > 0 {
		before = c.cumulative[n-1]
	}
	c.named = append(c.named, Choice{pick(f.nodes, set), probability})
	c.sets = append(c.sets, set)
	c.cumulative = append(c.cumulative, before+probability)
	c.latency = append(c.latency, quorums.latency(f.latency, set))
}

// latency is how long it takes until the answers of these nodes hold a quorum.
func (f *formula) latency(of []float64, set []int) float64 {
	order, there := slices.Clone(set), make([]bool, f.nodes)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(of[a], of[b]) })
	for _, node := range order {
		there[node] = true
		if f.holds(there) {
			return of[node]
		}
	}
	return math.Inf(1)
}

// Uniform uses each minimal quorum equally often: the naive strategy. With more than limit minimal read or write quorums the error is
// [ErrTooLarge].
func Uniform(s *System, nodes Profiles, limit int) (*Strategy, error) {
	if err := s.usable(); err != nil {
		return nil, err
	}
	var sides [2][]Choice
	for i, of := range []Expr{s.Reads(), s.Writes()} {
		quorums, err := of.Minimal(limit)
		if err != nil {
			return nil, err
		}
		for _, q := range quorums {
			sides[i] = append(sides[i], Choice{q, 1 / float64(len(quorums))})
		}
	}
	return NewStrategy(s, nodes, sides[0], sides[1])
}

// System is the one whose quorums are used.
func (s *Strategy) System() *System { return s.system }

// Reads are the read quorums that are used, with their probabilities.
func (s *Strategy) Reads() []Choice { return s.reads.copy() }

// Writes are the write quorums that are used, with their probabilities.
func (s *Strategy) Writes() []Choice { return s.writes.copy() }

func (c choices) copy() []Choice {
	all := slices.Clone(c.named)
	for i := range all {
		all[i].Nodes = slices.Clone(all[i].Nodes)
	}
	return all
}

// PickRead draws a read quorum. A nil source is the runtime's own, and safe for concurrent use; a given one is called unsynchronised. The nodes
// must not be changed.
func (s *Strategy) PickRead(src rand.Source) []string { return s.reads.pick(src) }

// PickWrite draws a write quorum, as [Strategy.PickRead] draws one for a read.
func (s *Strategy) PickWrite(src rand.Source) []string { return s.writes.pick(src) }

func (c choices) pick(src rand.Source) []string {
	var u float64 // in [0, 1)
	if src == nil {
		u = rand.Float64()
	} else {
		u = float64(src.Uint64()>>11) / (1 << 53)
	}
	last := len(c.cumulative) - 1
	u *= c.cumulative[last] // which is 1 but for rounding
	return c.named[sort.Search(last, func(i int) bool { return u < c.cumulative[i] })].Nodes
}

// Loads are the loads of the nodes at a read fraction in [0, 1], in the order of the system's nodes: how many seconds of a node's time an
// operation takes on average, of whichever kind. Times operations a second it is the node's utilisation.
func (s *Strategy) Loads(reads float64) ([]float64, error) {
	if err := Reads(reads).Validate(); err != nil {
		return nil, err
	}
	return s.loads(reads), nil
}

func (s *Strategy) loads(reads float64) []float64 {
	loads := make([]float64, len(s.fleet.nodes))
	for _, side := range []struct {
		of      choices
		seconds []float64
		share   float64
	}{{s.reads, s.fleet.reads, reads}, {s.writes, s.fleet.writes, 1 - reads}} {
		for i, set := range side.of.sets {
			for _, node := range set {
				loads[node] += side.share * side.of.named[i].Probability * side.seconds[node]
			}
		}
	}
	return loads
}

// Load is the load of the busiest node, in seconds an operation, on average over the read fractions: what [Optimise] minimises. Where nodes
// serve one operation a second it is the load of Naor and Wool, in [0, 1].
func (s *Strategy) Load(w Workload) (float64, error) {
	return s.mean(w, func(reads float64) float64 { return slices.Max(s.loads(reads)) })
}

// MeanCapacity is how many operations a second the system can serve, on average over the read fractions: E[1/load]. It is what quoracle
// prints, and asks that the rate of operations follow what can be served.
func (s *Strategy) MeanCapacity(w Workload) (float64, error) {
	return s.mean(w, func(reads float64) float64 { return 1 / slices.Max(s.loads(reads)) })
}

// CapacityAtMeanLoad is one over the mean load, 1/E[load], in operations a second: what the strategy of least load makes largest, here and in
// quoracle. It is at most [Strategy.MeanCapacity] (Jensen's inequality), and equal to it where there is one read fraction; of the other, the
// strategy of least load need not have the most.
func (s *Strategy) CapacityAtMeanLoad(w Workload) (float64, error) {
	load, err := s.Load(w)
	return 1 / load, err
}

// Network is the mean number of nodes that an operation asks.
func (s *Strategy) Network(w Workload) (float64, error) {
	return s.mean(w, func(reads float64) float64 { return s.perOperation(reads, choices.network) })
}

// Latency is the mean time until an operation has its quorum: until the slowest node has answered, of those that are needed.
func (s *Strategy) Latency(w Workload) (time.Duration, error) {
	seconds, err := s.seconds(w)
	if err != nil {
		return 0, err
	}
	return time.Duration(math.Round(seconds * float64(time.Second))), nil
}

func (s *Strategy) seconds(w Workload) (float64, error) {
	return s.mean(w, func(reads float64) float64 {
		return s.perOperation(reads, func(c choices, i int) float64 { return c.latency[i] })
	})
}

func (c choices) network(i int) float64 { return float64(len(c.sets[i])) }

func (s *Strategy) perOperation(reads float64, of func(choices, int) float64) (sum float64) {
	for i, c := range s.reads.named {
		sum += reads * c.Probability * of(s.reads, i)
	}
	for i, c := range s.writes.named {
		sum += (1 - reads) * c.Probability * of(s.writes, i)
	}
	return sum
}

// mean is over the read fractions of a workload.
func (s *Strategy) mean(w Workload, of func(reads float64) float64) (mean float64, err error) {
	if err := w.Validate(); err != nil {
		return math.NaN(), err
	}
	for _, f := range w {
		if f.Probability > 0 {
			mean += f.Probability * of(f.Reads)
		}
	}
	return mean, nil
}
