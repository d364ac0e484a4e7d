package quorum

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// solution is an optimal strategy, with its proof.
type solution struct {
	reads, writes []weighedSet
	proof         *Certificate
}

type weighedSet struct {
	set         []int
	probability float64
}

// master is the linear program of those quorums that are known so far: probabilities sum to 1 on each side, no node has more
// than the load of its read fraction, and limits are kept, or exceeded by as little as can be. Loads are in units of a load that is
// easily had, and so on, so that all numbers are about 1.
type master struct {
	*plan
	*simplex
	goal    Goal
	limited []Goal
	scale   [goals]float64
	loads   int        // rows of loads begin here, by read fraction and node; there may be none
	rowOf   [goals]int // of the limits
	excess  int        // column: by how much limits are exceeded
	first   bool       // the excess is what is minimised
	known   [2][]known // columns of reads, and of writes
}

type known struct {
	column int
	set    []int
}

// minimise finds the least value of a goal within the limits of others, by column generation.
func (p *plan) minimise(goal Goal, limited []Goal) (*solution, error) {
	start := [2][][]int{}
	for i, side := range p.sides() { // one set a side will do to begin with: the one that takes its nodes the least time
		set, _, err := side.cheapest(p.fleet, side.seconds, 0)
		if err != nil {
			return nil, err
		}
		start[i] = [][]int{set}
	}
	over := 0.0
	if len(limited) > 0 { // unless limits must be kept: then it takes sets with which they can be
		m := p.master(goal, limited, start, true, 0)
		if err := m.generate(); err != nil {
			return nil, err
		}
		if over = m.amount(m.excess); over > limitTolerance {
			return nil, fmt.Errorf("%w: each limit can be kept, but not all of them: %s", ErrNoStrategy, p.describe(limited))
		}
		for i, all := range m.known {
			start[i] = nil
			for _, k := range all {
				start[i] = append(start[i], k.set)
			}
		}
	}
	m := p.master(goal, limited, start, false, over)
	if err := m.generate(); err != nil {
		return nil, err
	}
	return m.solution()
}

func (p *plan) describe(limited []Goal) string {
	texts := make([]string, len(limited))
	for i, goal := range limited {
		texts[i] = fmt.Sprintf("%v at most %.6g", goal, p.limits[goal])
	}
	return strings.Join(texts, ", ")
}

func (p *plan) sides() [2]*side { return [2]*side{p.reads, p.writes} }

// master is the program of these sets. Its goal is to exceed the limits by as little as can be, if that comes first; or else limits may be
// exceeded by so much, which is an error of rounding.
func (p *plan) master(goal Goal, limited []Goal, start [2][][]int, first bool, over float64) *master {
	m := &master{plan: p, goal: goal, limited: limited, first: first, loads: 2}
	m.scale = [goals]float64{0, float64(len(p.fleet.nodes)), slices.Max(p.fleet.latency)}
	if m.scale[Latency] == 0 {
		m.scale[Latency] = 1
	}
	for i, side := range p.sides() {
		for _, node := range start[i][0] {
			m.scale[Load] += side.seconds[node]
		}
	}
	relations, right := []relation{exactly, exactly}, []float64{1, 1}
	if m.hasLoads() {
		for range len(p.fractions) * len(p.fleet.nodes) {
			relations, right = append(relations, atMost), append(right, 0)
		}
	}
	for _, of := range limited {
		m.rowOf[of] = len(right)
		relations, right = append(relations, atMost), append(right, p.limits[of]/m.scale[of]+over)
	}
	m.simplex = newSimplex(relations, right)
	m.addLoads()
	if first {
		column := make([]float64, m.rows)
		for _, of := range limited {
			column[m.rowOf[of]] = -1
		}
		m.excess = m.add(1, column)
	}
	for i, sets := range start {
		for _, set := range sets {
			m.addSet(i, set)
		}
	}
	return m
}

// addLoads adds the load of each read fraction.
func (m *master) addLoads() {
	if !m.hasLoads() {
		return
	}
	for k, i := range m.fractions {
		column, cost := make([]float64, m.rows), 0.0
		for node := range m.fleet.nodes {
			column[m.loadRow(k, node)] = -1
		}
		if slices.Contains(m.limited, Load) {
			column[m.rowOf[Load]] = m.workload[i].Probability
		}
		if m.goal == Load && !m.first {
			cost = m.workload[i].Probability
		}
		m.add(cost, column)
	}
}

func (m *master) loadRow(fraction, node int) int { return m.loads + fraction*len(m.fleet.nodes) + node }

func (m *master) hasLoads() bool { return m.goal == Load || slices.Contains(m.limited, Load) }

func (m *master) addSet(number int, set []int) {
	side, column := m.sides()[number], make([]float64, m.rows)
	column[number] = 1
	if m.hasLoads() {
		for k, i := range m.fractions {
			for _, node := range set {
				column[m.loadRow(k, node)] = side.of(m.workload[i]) * side.seconds[node] / m.scale[Load]
			}
		}
	}
	for _, of := range m.limited {
		if of != Load {
			column[m.rowOf[of]] = m.part(of, side, set)
		}
	}
	cost := 0.0
	if m.goal != Load && !m.first { // to the load a set adds nothing by itself: that is the busiest node's
		cost = m.part(m.goal, side, set)
	}
	m.known[number] = append(m.known[number], known{m.add(cost, column), set})
}

// part is what the use of a set adds to the network or the latency.
func (m *master) part(of Goal, side *side, set []int) float64 {
	if of == Network {
		return side.share * float64(len(set)) / m.scale[Network]
	}
	return side.share * side.quorums.latency(m.fleet.latency, set) / m.scale[Latency]
}

// mostIdle is how often a program is solved again without a set that is new. Once or twice is enough, but where numbers are so far apart that
// errors of rounding make each solution look better than the one before.
const mostIdle = 50

// generate adds sets until none is cheaper than those that are known: first with loose rows, then with tight ones.
func (m *master) generate() error {
	idle := 0
	for solve := m.minimiseLoosely; idle < mostIdle; idle++ {
		err := solve()
		if err != nil {
			return fmt.Errorf("quorum: the least %v: %w", m.goal, err)
		}
		added, err := m.addCheaper()
		if err != nil {
			return err
		}
		if !added && m.pivots == 0 && m.tight {
			return nil
		}
		if solve = m.minimiseLoosely; !added {
			solve = m.simplex.minimise
		} else {
			idle = 0
		}
	}
	return fmt.Errorf("quorum: the least %v: %w", m.goal, errStalled)
}

// addCheaper adds the cheapest set of each side, if it is cheaper than those that are known.
func (m *master) addCheaper() (added bool, err error) {
	prices, duals := m.proof(), m.dual()
	for i, side := range m.sides() {
		weights, latency := m.weigh(side, prices)
		set, cost, err := side.cheapest(m.fleet, weights, latency)
		if err != nil {
			return false, err
		}
		isKnown := slices.ContainsFunc(m.known[i], func(k known) bool { return slices.Equal(k.set, set) })
		if cost/m.unit() < duals[i]-columnTolerance && !isKnown {
			m.addSet(i, set)
			added = true
		}
	}
	return added, nil
}

// columnTolerance is how much cheaper a quorum must be than those that are known.
const columnTolerance = 1e-10

// unit is what a cost of 1 in the program is of the goal.
func (m *master) unit() float64 {
	if m.first {
		return 1
	}
	return m.scale[m.goal]
}

// proof is the duals in units of the goal. Errors of rounding are taken out of the weights, so that they are what they must be exactly.
func (m *master) proof() *Certificate {
	p := &Certificate{Goal: m.goal, plan: m.plan}
	duals := m.dual()
	for _, of := range m.limited {
		p.Prices[of] = math.Max(0, -duals[m.rowOf[of]]) * m.unit() / m.scale[of]
	}
	if !m.first {
		p.Prices[m.goal] = 1
	}
	p.Weights = make([][]float64, len(m.workload))
	for i := range p.Weights {
		p.Weights[i] = make([]float64, len(m.fleet.nodes))
	}
	if !m.hasLoads() {
		return p
	}
	for k, i := range m.fractions {
		sum, weights := 0.0, p.Weights[i]
		for node := range weights {
			weights[node] = math.Max(0, -duals[m.loadRow(k, node)])
			sum += weights[node]
		}
		for node := range weights {
			if sum > 0 {
				weights[node] *= m.workload[i].Probability * p.Prices[Load] / sum
			}
		}
	}
	return p
}

// solution reads the amounts, and proves them.
func (m *master) solution() (*solution, error) {
	s := &solution{proof: m.proof()}
	for i, to := range []*[]weighedSet{&s.reads, &s.writes} {
		for _, q := range m.known[i] {
			if amount := m.amount(q.column); amount > leastProbability {
				*to = append(*to, weighedSet{q.set, amount})
			}
		}
	}
	var err error
	s.proof.Bound, err = m.prove(s.proof)
	return s, err
}

// leastProbability is what is still not an error of rounding.
const leastProbability = 1e-12
