package quorum

import (
	"fmt"
	"math"
	"slices"
)

// Certificate proves that no strategy does better than a bound: neither those that anybody tried, nor any other.
//
// It gives each node a weight, as in a tug of war. Under a strategy the busiest node is at least as busy as the nodes are on
// average, whichever weights the average has; and the average is not below the weight of the cheapest read quorum and the cheapest write quorum,
// as each operation uses some quorum. A good choice of weights makes that the optimum itself (linear programming duality; Naor and Wool, section
// 4). Where something is limited, its price is what the goal would gain from a unit more.
//
// Who has doubts needs only the weights, and the cheapest quorum under them: see [Certificate.Verify].
type Certificate struct {
	Goal Goal
	// Weights are those of the nodes, by read fraction of the workload and by node in the system's order. Each row sums to the fraction's
	// probability times the price of load. They are zero where load is neither the goal nor limited.
	Weights [][]float64
	// Prices are what a unit of load, of network and of latency is worth, by Goal, in units of this one. Its own is 1.
	Prices [3]float64
	// Bound is what no strategy has less of: seconds an operation, nodes an operation, or seconds.
	Bound float64

	plan *plan
}

// Verify checks that the weights and the prices are what they must be and that they prove the bound, and returns the bound that they
// do prove. It does not trust the solver: it looks for the cheapest quorums anew. (Where Failures was given, among the minimal sets that survive them.)
func (c *Certificate) Verify() (float64, error) {
	if c.plan == nil {
		return math.NaN(), fmt.Errorf("quorum: a certificate must come from Optimise")
	}
	for goal, price := range c.Prices {
		switch {
		case !(price >= 0) || math.IsInf(price, 1):
			return math.NaN(), fmt.Errorf("quorum: a price must be finite and not negative: %v of the %v", price, Goal(goal))
		case Goal(goal) == c.Goal && price != 1:
			return math.NaN(), fmt.Errorf("quorum: the price of the goal must be 1: %v of the %v", price, c.Goal)
		}
	}
	for i, f := range c.plan.workload {
		if len(c.Weights) != len(c.plan.workload) || len(c.Weights[i]) != len(c.plan.fleet.nodes) {
			return math.NaN(), fmt.Errorf("quorum: each read fraction must have a weight for each node: %d rows", len(c.Weights))
		}
		sum := 0.0
		for node, weight := range c.Weights[i] {
			if !(weight >= 0) || math.IsInf(weight, 1) {
				return math.NaN(), fmt.Errorf("quorum: a weight must be finite and not negative: %v of %q", weight, c.plan.fleet.nodes[node])
			}
			sum += weight
		}
		if most := f.Probability * c.Prices[Load]; sum > most*(1+weightTolerance) {
			return math.NaN(), fmt.Errorf("quorum: the weights of a read fraction must sum to its probability times the price of load, %v: %v", most, sum)
		}
	}
	proved, err := c.plan.prove(c)
	if err == nil && !(c.Bound <= proved*(1+weightTolerance)) {
		err = fmt.Errorf("quorum: the weights must prove the bound: %v proved, %v claimed", proved, c.Bound)
	}
	return proved, err
}

// weightTolerance is for the rounding of a sum.
const weightTolerance = 1e-12

// prove is the bound that weights and prices give: what the cheapest quorums cost, less what the limits allow.
func (p *plan) prove(of *Certificate) (bound float64, err error) {
	for _, side := range p.sides() {
		weights, latency := p.weigh(side, of)
		_, cost, err := side.cheapest(p.fleet, weights, latency)
		if err != nil {
			return math.NaN(), err
		}
		bound += cost
	}
	for i, price := range of.Prices {
		if Goal(i) != of.Goal && price > 0 {
			bound -= price * p.limits[i]
		}
	}
	return bound, nil
}

// weigh is what it costs a side to use each node, and to wait a second.
func (p *plan) weigh(side *side, of *Certificate) (weights []float64, latency float64) {
	weights = make([]float64, len(p.fleet.nodes))
	for node := range weights {
		weights[node] = of.Prices[Network] * side.share
		for i, f := range p.workload {
			weights[node] += of.Weights[i][node] * side.of(f) * side.seconds[node]
		}
	}
	return weights, of.Prices[Latency] * side.share
}

// cheapest is the set of a side that costs the least, its nodes by weight and its time by the second.
func (s *side) cheapest(f *fleet, weights []float64, latency float64) (set []int, cost float64, err error) {
	cost = math.Inf(1)
	if s.sets != nil {
		for _, one := range s.sets {
			c := latency * s.quorums.latency(f.latency, one)
			for _, node := range one {
				c += weights[node]
			}
			if c < cost {
				set, cost = one, c
			}
		}
		return set, cost, nil
	}
	if latency == 0 {
		return s.quorums.cheapest(weights)
	}
	// The slowest node of the best quorum is one of the nodes: with none that is slower, the cheapest quorum can be found by weight.
	waits := slices.Clone(f.latency)
	slices.Sort(waits)
	for _, wait := range slices.Compact(waits) {
		fast := slices.Clone(weights)
		for node, l := range f.latency {
			if l > wait {
				fast[node] = math.Inf(1)
			}
		}
		one, c, err := s.quorums.cheapest(fast)
		if err != nil {
			return nil, 0, err
		}
		if c += latency * wait; c < cost {
			set, cost = one, c
		}
	}
	return set, cost, nil
}
