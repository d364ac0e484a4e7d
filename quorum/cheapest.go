package quorum

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Limits of looking for a cheapest quorum where one way to satisfy an expression may use a node more than once.
const (
	maxListed = 1 << 12 // minimal quorums that are kept and compared
	maxSearch = 1 << 25 // additions of the search, if there are more
)

// cheapest is a minimal quorum of least weight, as the numbers of its nodes in order, and its weight: the sum over its nodes. Weights are by
// node, none of them negative; a node of infinite weight is not used if there is another way, and the cost is infinite if there is none.
//
// Where each node is named once, or once in each alternative, this is one pass over the expression, O(size log size), and votes
// are spent by dynamic programming, O(parts*votes) a gate. Otherwise it compares the minimal quorums, which are listed once, if they are at
// most 4,096. If they are more, branch and bound: a node that may be used several times pays a share of its weight each
// time, which is a lower bound, and the search decides on such nodes one by one. It gives up with [ErrTooLarge] when that
// takes more than some tenths of a second.
//
// Safe for concurrent use. The quorum is the caller's.
func (f *formula) cheapest(weights []float64) (quorum []int, cost float64, err error) {
	if listed := f.listed(); listed != nil {
		quorum, cost = cheapestOf(listed, weights)
		return quorum, cost, nil
	}
	s := &search{
		formula: f, weights: weights, best: math.Inf(1), left: maxSearch + f.work,
		prices: make([]float64, f.nodes), costs: make([]float64, f.parts), used: make([]int, f.nodes), in: make([]bool, f.nodes),
	}
	for i, w := range weights {
		s.prices[i] = w / float64(max(1, f.shared[i]))
	}
	if !s.branch(0) {
		return nil, 0, fmt.Errorf("%w: no cheapest quorum of an expression of %d parts was found in %d steps", ErrTooLarge, f.parts, maxSearch)
	}
	if s.quorum == nil {
		return nil, s.best, nil
	}
	if quorum = members(s.quorum); f.votes || !f.readOnce() { // what is free may be more than is needed
		quorum = f.shrink(s.quorum)
	}
	for _, node := range quorum {
		cost += weights[node]
	}
	return quorum, cost, nil
}

// list returns the minimal quorums if cheapest compares them, and nil otherwise.
func (f *formula) list() [][]int {
	if f.once {
		return nil
	}
	quorums, err := f.minimal(maxListed)
	if err != nil {
		return nil
	}
	return quorums
}

func cheapestOf(quorums [][]int, weights []float64) (quorum []int, cost float64) {
	cost = math.Inf(1)
	for _, q := range quorums {
		sum := 0.0
		for _, node := range q {
			sum += weights[node]
		}
		if sum < cost {
			quorum, cost = q, sum
		}
	}
	return slices.Clone(quorum), cost
}

// search is a branch and bound over the nodes that one way to satisfy a formula may use more than once.
type search struct {
	*formula
	weights []float64
	prices  []float64 // of a mention of each node: its share, 0 for a node that is paid already, infinite for one that is out
	in      []bool    // the nodes that are paid already
	left    int       // additions that it may still make

	costs []float64 // by part, at these prices
	used  []int     // mentions that the cheapest way at these prices uses, by node

	best   float64
	quorum []bool
}

// branch looks for a quorum cheaper than the best so far, given what is paid already. It is false if there was no time.
func (s *search) branch(paid float64) bool {
	if s.left -= s.work; s.left < 0 {
		return false
	}
	bound := paid + s.price(s.root)
	if bound >= s.best || math.IsInf(bound, 1) {
		return true
	}
	clear(s.used)
	s.collect(s.root)
	exact, most := paid, -1
	for i, times := range s.used {
		if times > 0 && !s.in[i] {
			exact += s.weights[i]
			if times < s.shared[i] && (most < 0 || s.weights[i]-float64(times)*s.prices[i] > s.weights[most]-float64(s.used[most])*s.prices[most]) {
				most = i // paid least of its weight
			}
		}
	}
	if exact < s.best {
		s.best, s.quorum = exact, make([]bool, s.nodes)
		for i := range s.quorum {
			s.quorum[i] = s.used[i] > 0
		}
	}
	if most < 0 || s.best <= bound {
		return true
	}
	before := s.prices[most]
	s.in[most], s.prices[most] = true, 0
	done := s.branch(paid + s.weights[most])
	s.in[most], s.prices[most] = false, math.Inf(1)
	done = done && s.branch(paid)
	s.prices[most] = before
	return done
}

// price is the cost of the cheapest way to satisfy a part, and notes those of all its parts.
func (s *search) price(p *part) float64 {
	if p.node >= 0 {
		s.costs[p.id] = s.prices[p.node]
	} else {
		for _, q := range p.parts {
			s.price(q)
		}
		cost := 0.0
		for _, i := range s.choose(p) {
			cost += s.costs[p.parts[i].id]
		}
		s.costs[p.id] = cost
	}
	return s.costs[p.id]
}

// collect notes the nodes that the cheapest way uses.
func (s *search) collect(p *part) {
	if p.node >= 0 {
		s.used[p.node]++
		return
	}
	for _, i := range s.choose(p) {
		s.collect(p.parts[i])
	}
}

// choose are the parts of a gate that give it its votes at the least cost.
func (s *search) choose(p *part) []int {
	if p.votes != nil {
		return s.spend(p)
	}
	if p.needed == 1 { // most gates are "or" or "and"
		best := 0
		for i, q := range p.parts {
			if s.costs[q.id] < s.costs[p.parts[best].id] {
				best = i
			}
		}
		return []int{best}
	}
	order := make([]int, len(p.parts))
	for i := range order {
		order[i] = i
	}
	if p.needed < len(p.parts) {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.costs[p.parts[a].id], s.costs[p.parts[b].id]) })
	}
	return order[:p.needed]
}

// spend is the knapsack: least[v] is the least cost of v votes or more from the parts so far.
func (s *search) spend(p *part) []int {
	least := make([]float64, p.needed+1)
	for v := range least[1:] {
		least[v+1] = math.Inf(1)
	}
	took := make([][]bool, len(p.parts))
	for i, q := range p.parts {
		took[i] = make([]bool, p.needed+1)
		for v := p.needed; v > 0; v-- { // downwards: each part votes once
			if cost := least[max(0, v-p.votes[i])] + s.costs[q.id]; cost < least[v] {
				least[v], took[i][v] = cost, true
			}
		}
	}
	if math.IsInf(least[p.needed], 1) { // no finite way: any way will do, as it costs as much
		all := make([]int, len(p.parts))
		for i := range all {
			all[i] = i
		}
		return all
	}
	var chosen []int
	for i, v := len(p.parts)-1, p.needed; i >= 0; i-- {
		if took[i][v] {
			chosen = append(chosen, i)
			v = max(0, v-p.votes[i])
		}
	}
	return chosen
}
