package quorum

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Goal is what [Optimise] makes as small as it can.
type Goal int

// The goals. Each is a method of [Strategy] too.
const (
	Load    Goal = iota // of the busiest node, in seconds an operation
	Network             // nodes an operation asks
	Latency             // seconds until an operation has its quorum

	goals = 3
)

// String is the goal's name, in lower case.
func (g Goal) String() string {
	switch g {
	case Load:
		return "load"
	case Network:
		return "network"
	case Latency:
		return "latency"
	}
	return fmt.Sprintf("Goal(%d)", int(g))
}

// OptimiseOptions say what is wanted of a strategy. The zero value asks for the least load of nodes that are alike.
type OptimiseOptions struct {
	Nodes    Profiles
	Minimise Goal

	// Limits on the means over the workload; zero is none. They are kept to within a billionth.
	MaxLoad    float64 // seconds an operation: one over the capacity that is wanted
	MaxNetwork float64 // nodes an operation
	MaxLatency time.Duration

	// Failures asks that a quorum be left of each set of nodes that is used when any so many of them fail: so many of an operation's
	// messages may be lost, and it need not be sent again. Of those sets the minimal ones are considered. Zero is quorums as they are.
	Failures int
}

// ErrNoStrategy is wrapped by the error of [Optimise] when no strategy does what is wanted.
var ErrNoStrategy = errors.New("quorum: no strategy does what is wanted")

// Optimise finds a strategy for which the goal is the least that limits allow, and the proof that it is: see [Certificate]. What a strategy
// does not pay for is arbitrary: with a workload of writes only, so is the choice of read quorums.
//
// It solves a linear program whose columns are quorums. They are not enumerated: the cheapest quorum under the prices of the last solution
// is the next column, until none is cheaper than what there is (column generation), so that a majority of 101 nodes is no
// trouble, though it has 10^29 quorums. Only where Failures is positive are the sets enumerated, and there may be at most 10,000 of them.
//
// [ErrNoStrategy] is the error when a limit is too low, or no set survives so many failures; [ErrTooLarge] when there are more than 250
// pairs of a read fraction and a node, or an expression whose nodes have several places each is too hard for [Expr] to find its cheapest quorum.
// Where capacities are more than some ten decades apart, rounding may keep the optimum from being found or proved, and the error says so.
// Cost: with n such pairs some 10*n steps of O(n^2), and about as many passes over the expression as there are nodes: under a millisecond for ten
// nodes, about a second at the limit.
func Optimise(s *System, w Workload, o OptimiseOptions) (*Strategy, *Certificate, error) {
	p, err := newPlan(s, w, o)
	if err != nil {
		return nil, nil, err
	}
	// Of what is limited, the least that there is tells why a limit cannot be kept.
	for goal := range Goal(goals) {
		if math.IsInf(p.limits[goal], 1) {
			continue
		}
		alone, err := p.minimise(goal, nil)
		if err != nil {
			return nil, nil, err
		}
		if err := p.reaches(alone); err != nil {
			return nil, nil, err
		}
	}
	found, err := p.minimise(o.Minimise, p.others(o.Minimise))
	if err != nil {
		return nil, nil, err
	}
	if err := p.reaches(found); err != nil { // with the other limits kept
		return nil, nil, err
	}
	return p.finish(found)
}

// reaches says whether the least of something is within its limit.
func (p *plan) reaches(found *solution) error {
	goal, least := found.proof.Goal, found.proof.Bound
	if least > p.limits[goal]*(1+limitTolerance) {
		return fmt.Errorf("%w: the %v is at least %.6g, and is to be at most %.6g", ErrNoStrategy, goal, least, p.limits[goal])
	}
	return nil
}

// plan is what an optimisation is about.
type plan struct {
	system        *System
	fleet         *fleet
	workload      Workload
	fractions     []int // numbers of those that have a probability
	reads, writes *side
	limits        [goals]float64 // by goal, infinite for none
}

// side is the sets of nodes that reads use, or writes.
type side struct {
	quorums *formula
	sets    [][]int // all there are, or nil for the quorums as they are
	share   float64 // of the operations, on average
	seconds []float64
	of      func(ReadFraction) float64 // share of the operations
}

const (
	mostPairs      = 250 // of a read fraction and a node
	limitTolerance = 1e-9
)

func newPlan(s *System, w Workload, o OptimiseOptions) (*plan, error) {
	if err := s.usable(); err != nil {
		return nil, err
	}
	if err := w.Validate(); err != nil {
		return nil, err
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	nodes := s.Nodes()
	f, err := o.Nodes.of(nodes)
	if err != nil {
		return nil, err
	}
	p := &plan{system: s, fleet: f, workload: append(Workload(nil), w...)}
	for i, one := range w {
		if one.Probability > 0 {
			p.fractions = append(p.fractions, i)
		}
	}
	if pairs := len(p.fractions) * len(nodes); pairs > mostPairs {
		return nil, fmt.Errorf("%w: %d read fractions times %d nodes are more than %d", ErrTooLarge, len(p.fractions), len(nodes), mostPairs)
	}
	mean := w.mean()
	p.reads = &side{s.read, nil, mean, f.reads, func(f ReadFraction) float64 { return f.Reads }}
	p.writes = &side{s.write, nil, 1 - mean, f.writes, func(f ReadFraction) float64 { return 1 - f.Reads }}
	if o.Failures > 0 {
		if p.reads.sets, err = survivors("read", s.Reads(), nodes, o.Failures); err != nil {
			return nil, err
		}
		if p.writes.sets, err = survivors("write", s.Writes(), nodes, o.Failures); err != nil {
			return nil, err
		}
	}
	for goal, limit := range []float64{o.MaxLoad, o.MaxNetwork, o.MaxLatency.Seconds()} {
		if p.limits[goal] = limit; limit == 0 {
			p.limits[goal] = math.Inf(1)
		}
	}
	return p, nil
}

func (o OptimiseOptions) validate() error {
	if o.Minimise < 0 || o.Minimise >= goals {
		return fmt.Errorf("quorum: the goal must be Load, Network or Latency: %v", o.Minimise)
	}
	for _, limit := range []struct {
		what  string
		value float64
	}{{"load", o.MaxLoad}, {"network", o.MaxNetwork}} {
		if !(limit.value >= 0) || math.IsInf(limit.value, 1) {
			return fmt.Errorf("quorum: a limit of the %s must be finite, and zero for none or positive: %v", limit.what, limit.value)
		}
	}
	if o.MaxLatency < 0 {
		return fmt.Errorf("quorum: a limit of the latency must be zero for none or positive: %v", o.MaxLatency)
	}
	if o.Failures < 0 {
		return fmt.Errorf("quorum: failures to survive must not be negative: %d", o.Failures)
	}
	return nil
}

// others are the goals that are limited, but for one.
func (p *plan) others(but Goal) (limited []Goal) {
	for goal := range Goal(goals) {
		if goal != but && !math.IsInf(p.limits[goal], 1) {
			limited = append(limited, goal)
		}
	}
	return limited
}

// finish makes the strategy of a solution, and has its proof checked.
func (p *plan) finish(found *solution) (*Strategy, *Certificate, error) {
	s := &Strategy{system: p.system, fleet: p.fleet}
	for _, one := range []struct {
		to   *choices
		side *side
		used []weighedSet
	}{{&s.reads, p.reads, found.reads}, {&s.writes, p.writes, found.writes}} {
		total := 0.0
		for _, q := range one.used {
			total += q.probability
		}
		for _, q := range one.used {
			one.to.add(one.side.quorums, p.fleet, q.set, q.probability/total)
		}
	}
	c := found.proof
	value, err := s.value(c.Goal, p.workload)
	if err == nil && math.Abs(value-c.Bound) > solvedTolerance*math.Abs(value) {
		err = fmt.Errorf("%w: a strategy has %.12g, and only %.12g is proved", errStalled, value, c.Bound)
	}
	for goal, limit := range p.limits {
		if err != nil || math.IsInf(limit, 1) {
			continue
		}
		if value, err = s.value(Goal(goal), p.workload); err == nil && value > limit*(1+solvedTolerance) {
			err = fmt.Errorf("%w: a strategy has %.12g of the %v, and is to have at most %.12g", errStalled, value, Goal(goal), limit)
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("quorum: the least %v: %w", c.Goal, err)
	}
	return s, c, nil
}

// solvedTolerance is how far a strategy may be from the bound that is proved, relatively: far above errors of rounding, far below what
// matters.
const solvedTolerance = 1e-8

func (s *Strategy) value(goal Goal, w Workload) (float64, error) {
	switch goal {
	case Network:
		return s.Network(w)
	case Latency:
		return s.seconds(w)
	}
	return s.Load(w)
}
