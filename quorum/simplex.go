package quorum

import (
	"errors"
	"math"
)

// simplex is a linear program and a basis of it: minimise the costs of the columns, taken in amounts that are not negative, while each
// row of their sum is at most, exactly or at least its right side.
//
// It is the revised simplex method with two phases and a dense inverse of the basis (G. Dantzig, "Linear Programming and Extensions",
// 1963). Columns can be added after an optimum was found, and the next search starts from there: that is what column generation does all
// the time. The programs of quorum systems are highly degenerate, so a cycle is no curiosity: after some pivots without progress the
// rule of R. Bland ("New Finite Pivoting Rules for the Simplex Method", 1977), which cannot cycle, takes over until there is some.
//
// It is made for numbers of about 1, up to some hundreds of rows, and some thousands of columns.
type simplex struct {
	rows    int
	right   []float64 // not negative: a row that was is kept with its sign turned
	loose   []float64 // what is added to the right, until it is tight
	tight   bool
	turned  []float64   // 1, or -1 for such a row
	columns [][]float64 // by column, by row: what was added, and what stands between a row and its right side
	costs   []float64
	barred  []bool // stands for what a row lacks: never enters the basis, and leaves it, while it is zero, at the first opportunity

	basis   []int     // by row, its column
	inBasis []bool    // by column
	inverse square    // of the basis' columns
	values  []float64 // by row, the amount of its column

	prices, direction []float64 // of the step at hand
	pivots            int       // since the inverse was computed anew
}

// relation is how a row stands to its right side.
type relation int8

const (
	atMost relation = iota
	exactly
	atLeast
)

var (
	errInfeasible = errors.New("no amounts obey all rows")
	errUnbounded  = errors.New("the cost has no least value")
	errStalled    = errors.New("the optimum was not found within the steps allowed")
)

const (
	// A reduced cost above -priceTolerance is none, and a pivot within pivotTolerance of zero is none.
	priceTolerance = 1e-11
	pivotTolerance = 1e-9
	// Amounts are zero below valueTolerance. Ratios within it are the same.
	valueTolerance = 1e-11
	// feasibleTolerance is what phase one may leave over.
	feasibleTolerance = 1e-8

	// looseness is far above errors of rounding, and far below what matters.
	looseness = 1e-5

	pivotsBetweenInverses = 64
	mostPivots            = 200_000
)

// newSimplex makes a program without columns.
func newSimplex(relations []relation, right []float64) *simplex {
	s := &simplex{rows: len(right)}
	for i, b := range right {
		s.turned = append(s.turned, 1)
		if b < 0 || b == 0 && relations[i] == atLeast {
			s.turned[i] = -1 // which makes a basis of what stands between, where b is zero
		}
		s.right = append(s.right, b*s.turned[i])
	}
	s.inverse = newSquare(s.rows)
	s.prices = make([]float64, s.rows)
	for i, r := range relations {
		between := 1.0 // what is missing to the right side
		if r == atLeast {
			between = -1
		}
		between *= s.turned[i]
		loose := 0.0
		if r != exactly {
			s.append(0, s.unit(i, between), false)
			if s.right[i] == 0 {
				loose = looseness * (1 + math.Mod(float64(i+1)*math.Phi, 1))
			}
		}
		s.loose, s.values = append(s.loose, loose), append(s.values, s.right[i]+loose)
		if r == exactly || between < 0 {
			s.append(0, s.unit(i, 1), true)
		}
		s.basis = append(s.basis, len(s.columns)-1)
		s.inBasis[len(s.columns)-1] = true
	}
	return s
}

func (s *simplex) unit(row int, value float64) []float64 {
	c := make([]float64, s.rows)
	c[row] = value
	return c
}

func (s *simplex) append(cost float64, column []float64, barred bool) {
	s.columns = append(s.columns, column)
	s.costs = append(s.costs, cost)
	s.barred = append(s.barred, barred)
	s.inBasis = append(s.inBasis, false)
}

// add puts in a column, by row, and returns its number.
func (s *simplex) add(cost float64, column []float64) int {
	turned := make([]float64, s.rows)
	for i, a := range column {
		turned[i] = a * s.turned[i]
	}
	s.append(cost, turned, false)
	return len(s.columns) - 1
}

// minimise finds amounts of least cost, from the basis that is there.
func (s *simplex) minimise() error {
	if err := s.minimiseLoosely(); err != nil {
		return err
	}
	if err := s.tighten(); err != nil {
		return err
	}
	return s.search(s.costs)
}

// minimiseLoosely does it with the rows as loose as they are.
func (s *simplex) minimiseLoosely() error {
	// Phase one: what is barred and is not zero must become so.
	first, needed := make([]float64, len(s.columns)), false
	for i, j := range s.basis {
		if s.barred[j] {
			first[j] = 1
			needed = needed || math.Abs(s.values[i]) > valueTolerance
		}
	}
	if needed {
		if err := s.search(first); err != nil {
			return err
		}
		left := 0.0
		for i, j := range s.basis {
			if s.barred[j] {
				left += math.Max(0, s.values[i])
			}
		}
		if left > feasibleTolerance {
			return errInfeasible
		}
		for i, j := range s.basis {
			if s.barred[j] {
				s.values[i] = 0
			}
		}
	}
	return s.search(s.costs)
}

// search goes from basis to basis until none is better under these costs.
func (s *simplex) search(costs []float64) error {
	idle := 0 // pivots without progress
	for range mostPivots {
		s.price(costs)
		enters := s.entering(costs, idle > 2*s.rows+10)
		if enters < 0 {
			return nil
		}
		s.direction = s.inverse.times(s.columns[enters]) // how the basis' amounts fall with the column's
		leaves, step := s.leaving(idle > 2*s.rows+10)
		if leaves < 0 {
			return errUnbounded
		}
		if step > valueTolerance {
			idle = 0
		} else {
			idle++
		}
		if err := s.pivot(enters, leaves, step); err != nil {
			return err
		}
	}
	return errStalled
}

// tighten draws the rows tight that were loosened. What is optimal stays so, but some amounts may turn negative, or not zero where they must
// be. They leave, and what enters is the column that becomes too cheap last (dual simplex method).
func (s *simplex) tighten() error {
	clear(s.loose)
	s.tight = true
	if err := s.invert(); err != nil {
		return err
	}
	for range mostPivots {
		row, worst := -1, feasibleTolerance/10
		for i, v := range s.values {
			if s.barred[s.basis[i]] {
				v = -math.Abs(v)
			}
			if -v > worst {
				row, worst = i, -v
			}
		}
		if row < 0 {
			return nil
		}
		s.price(s.costs)
		enters := s.repairing(row)
		if enters < 0 {
			return errInfeasible
		}
		s.direction = s.inverse.times(s.columns[enters])
		if err := s.pivot(enters, row, s.values[row]/s.direction[row]); err != nil {
			return err
		}
	}
	return errStalled
}

// repairing is the column that enters for a row whose amount is not what it may be.
func (s *simplex) repairing(row int) (enters int) {
	enters = -1
	least, largest := math.Inf(1), 0.0
	for j, column := range s.columns {
		if s.inBasis[j] || s.barred[j] {
			continue
		}
		change := 0.0
		for k, a := range column {
			if a != 0 {
				change += s.inverse[row][k] * a
			}
		}
		if s.values[row] > 0 {
			change = -change
		}
		if change > -pivotTolerance {
			continue
		}
		ratio := math.Max(0, s.reduced(s.costs, j)) / -change
		if ratio < least-valueTolerance || ratio <= least+valueTolerance && -change > largest {
			enters, least, largest = j, ratio, -change
		}
	}
	return enters
}

// price computes what a unit of each row's right side costs at present.
func (s *simplex) price(costs []float64) {
	clear(s.prices)
	for i, j := range s.basis {
		if c := costs[j]; c != 0 {
			for k, v := range s.inverse[i] {
				s.prices[k] += c * v
			}
		}
	}
}

func (s *simplex) reduced(costs []float64, column int) float64 {
	c := costs[column]
	for i, a := range s.columns[column] {
		if a != 0 {
			c -= s.prices[i] * a
		}
	}
	return c
}

// entering is the column that saves the most for each unit, or the first that saves anything, or -1.
func (s *simplex) entering(costs []float64, first bool) int {
	best, enters := -priceTolerance, -1
	for j := range s.columns {
		if s.inBasis[j] || s.barred[j] {
			continue
		}
		if c := s.reduced(costs, j); c < best {
			best, enters = c, j
			if first {
				break
			}
		}
	}
	return enters
}

// leaving is the row whose amount is the first to become zero, and the entering column's amount then. Of several rows it is the one
// with the largest pivot, for precision, or the one with the first column, for Bland's rule.
func (s *simplex) leaving(first bool) (row int, step float64) {
	row, step = -1, math.Inf(1)
	for i, d := range s.direction {
		ratio := math.Max(0, s.values[i]) / d
		switch barred := s.barred[s.basis[i]]; {
		case barred && s.values[i] <= valueTolerance && math.Abs(d) > pivotTolerance:
			ratio = 0 // in either direction: it would grow, or turn negative
		case d <= pivotTolerance:
			continue
		}
		better := ratio < step-valueTolerance
		if !better && ratio <= step+valueTolerance {
			if first {
				better = s.basis[i] < s.basis[row]
			} else {
				better = math.Abs(d) > math.Abs(s.direction[row])
			}
		}
		if better {
			row, step = i, ratio
		}
	}
	return row, step
}

func (s *simplex) pivot(enters, row int, step float64) error {
	for i, d := range s.direction {
		s.values[i] -= d * step
	}
	s.inverse.eliminate(s.direction, row)
	s.values[row] = step
	s.inBasis[s.basis[row]] = false
	s.basis[row], s.inBasis[enters] = enters, true
	if s.pivots++; s.pivots < pivotsBetweenInverses {
		return nil
	}
	return s.invert()
}

// amount is how much is taken of a column.
func (s *simplex) amount(column int) float64 {
	for i, j := range s.basis {
		if j == column {
			return math.Max(0, s.values[i])
		}
	}
	return 0
}

// cost is that of the amounts found.
func (s *simplex) cost() (cost float64) {
	for i, j := range s.basis {
		cost += s.costs[j] * s.values[i]
	}
	return cost
}

// dual is what a unit of each row's right side costs in the optimum: at most 0 where the row is at most its right side, at least 0
// where it is at least that. No column costs less than its rows at these prices.
func (s *simplex) dual() []float64 {
	duals := make([]float64, s.rows)
	for i, p := range s.prices {
		duals[i] = p * s.turned[i]
	}
	return duals
}
