package quorum

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// linear is a small program, to be solved by search and by trying every basis.
type linear struct {
	costs     []float64
	rows      [][]float64
	relations []relation
	right     []float64
}

func (p linear) simplex() *simplex {
	s := newSimplex(p.relations, p.right)
	for j, c := range p.costs {
		column := make([]float64, len(p.rows))
		for i, row := range p.rows {
			column[i] = row[j]
		}
		s.add(c, column)
	}
	return s
}

func (p linear) String() string {
	text := fmt.Sprint("minimise ", p.costs, " x, where")
	for i, row := range p.rows {
		text += fmt.Sprint("\n", row, " x ", []string{"<=", "=", ">="}[p.relations[i]], " ", p.right[i])
	}
	return text
}

// byBases is the least cost of all bases that obey the rows: every vertex is one of them.
func (p linear) byBases() (least float64, feasible bool) {
	m, n := len(p.rows), len(p.costs)
	columns := make([][]float64, n)
	for j := range columns {
		for _, row := range p.rows {
			columns[j] = append(columns[j], row[j])
		}
	}
	costs := slices.Clone(p.costs)
	for i, r := range p.relations {
		if r != exactly {
			unit := make([]float64, m)
			unit[i] = map[relation]float64{atMost: 1, atLeast: -1}[r]
			columns, costs = append(columns, unit), append(costs, 0)
		}
	}
	for i := range m { // a row that repeats others has no basis without it
		unit := make([]float64, m)
		unit[i] = 1
		columns, costs = append(columns, unit), append(costs, math.Inf(1))
	}
	least = math.Inf(1)
	chosen := make([]int, 0, m)
	var try func(from int)
	try = func(from int) {
		if len(chosen) < m {
			for j := from; j < len(columns); j++ {
				chosen = append(chosen, j)
				try(j + 1)
				chosen = chosen[:len(chosen)-1]
			}
			return
		}
		x, ok := solve(columns, chosen, p.right)
		if !ok {
			return
		}
		cost := 0.0
		for i, v := range x {
			switch c := costs[chosen[i]]; {
			case v < -1e-9 || math.IsInf(c, 1) && v > 1e-9:
				return
			case !math.IsInf(c, 1):
				cost += c * v
			}
		}
		feasible, least = true, math.Min(least, cost)
	}
	try(0)
	return least, feasible
}

// solve is Gauss's elimination.
func solve(columns [][]float64, chosen []int, right []float64) ([]float64, bool) {
	m := len(right)
	a := make([][]float64, m)
	for i := range a {
		for _, j := range chosen {
			a[i] = append(a[i], columns[j][i])
		}
		a[i] = append(a[i], right[i])
	}
	for c := range m {
		p := c
		for i := c; i < m; i++ {
			if math.Abs(a[i][c]) > math.Abs(a[p][c]) {
				p = i
			}
		}
		if math.Abs(a[p][c]) < 1e-9 {
			return nil, false
		}
		a[c], a[p] = a[p], a[c]
		for i := range m {
			if f := a[i][c] / a[c][c]; i != c {
				for k := range a[i] {
					a[i][k] -= f * a[c][k]
				}
			}
		}
	}
	x := make([]float64, m)
	for i := range x {
		x[i] = a[i][m] / a[i][i]
	}
	return x, true
}

// drawLinear draws small whole numbers, many of them zero, so that bases coincide, rows repeat and nothing is a rare case. The first row keeps the
// amounts bounded.
func drawLinear(t *rapid.T) linear {
	n, m := rapid.IntRange(1, 5).Draw(t, "columns"), rapid.IntRange(1, 3).Draw(t, "rows")
	small := rapid.SampledFrom([]float64{0, 0, 0, 1, 1, -1, 2, -2, 3})
	p := linear{rows: [][]float64{nil}, relations: []relation{atMost}, right: []float64{10}}
	for range n {
		p.costs = append(p.costs, small.Draw(t, "cost"))
		p.rows[0] = append(p.rows[0], 1)
	}
	for range m {
		row := make([]float64, n)
		for j := range row {
			row[j] = small.Draw(t, "coefficient")
		}
		p.rows = append(p.rows, row)
		p.relations = append(p.relations, rapid.SampledFrom([]relation{atMost, exactly, atLeast}).Draw(t, "relation"))
		p.right = append(p.right, small.Draw(t, "right"))
	}
	return p
}

func TestLaw_SimplexEqualsTheBestBasis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawLinear(t)
		least, feasible := p.byBases()
		s := p.simplex()
		err := s.minimise()
		if !feasible {
			if err != errInfeasible {
				t.Fatalf("%v\nno basis obeys the rows, but the answer was %v, cost %v", p, err, s.cost())
			}
			return
		}
		if err != nil || math.Abs(s.cost()-least) > 1e-9 {
			t.Fatalf("%v\nthe best basis costs %v, but the answer was %v, cost %v", p, least, err, s.cost())
		}
		p.check(t, s)
	})
}

// check requires that the amounts obey the rows, and that the duals prove that nothing is cheaper.
func (p linear) check(t interface{ Fatalf(string, ...any) }, s *simplex) {
	amounts, duals, between := make([]float64, len(p.costs)), s.dual(), len(s.columns)-len(p.costs)
	proved := 0.0
	for i, d := range duals {
		if p.relations[i] == atMost && d > 1e-9 || p.relations[i] == atLeast && d < -1e-9 {
			t.Fatalf("%v\na dual has the wrong sign: %v", p, duals)
		}
		proved += d * p.right[i]
	}
	if math.Abs(proved-s.cost()) > 1e-9 {
		t.Fatalf("%v\ncost %v, but the duals %v prove %v", p, s.cost(), duals, proved)
	}
	for j := range amounts {
		amounts[j] = s.amount(between + j)
		reduced := p.costs[j]
		for i, row := range p.rows {
			reduced -= duals[i] * row[j]
		}
		if reduced < -1e-9 {
			t.Fatalf("%v\nthe duals %v are above the cost of column %d", p, duals, j)
		}
	}
	for i, row := range p.rows {
		sum := -p.right[i]
		for j, a := range amounts {
			sum += a * row[j]
		}
		if p.relations[i] != atMost && sum < -1e-9 || p.relations[i] != atLeast && sum > 1e-9 {
			t.Fatalf("%v\nthe amounts %v miss row %d by %v", p, amounts, i, sum)
		}
	}
}

// Columns that come later give what they would have given from the beginning.
func TestLaw_SimplexGoesOnFromItsBasis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawLinear(t)
		all := p.simplex()
		whole := all.minimise()
		s := newSimplex(p.relations, p.right)
		var err error
		for j, c := range p.costs {
			column := make([]float64, len(p.rows))
			for i, row := range p.rows {
				column[i] = row[j]
			}
			s.add(c, column)
			err = s.minimise()
		}
		if err != whole || err == nil && math.Abs(s.cost()-all.cost()) > 1e-9 {
			t.Fatalf("%v\nat once: %v, cost %v; one by one: %v, cost %v", p, whole, all.cost(), err, s.cost())
		}
		if err == nil {
			p.check(t, s)
		}
	})
}

// E. Beale, "Cycling in the Dual Simplex Algorithm", 1955: the textbook rule goes around in a circle of six bases.
func TestClaim_BealesExampleDoesNotCycle(t *testing.T) {
	p := linear{
		costs: []float64{-0.75, 150, -0.02, 6},
		rows:  [][]float64{{0.25, -60, -0.04, 9}, {0.5, -90, -0.02, 3}, {0, 0, 1, 0}},
		right: []float64{0, 0, 1}, relations: make([]relation, 3),
	}
	s := p.simplex()
	require.NoError(t, s.minimise())
	require.InDelta(t, -0.05, s.cost(), 1e-12)
	p.check(t, s)

	// Bland's rule from the first step on comes to the same.
	s = p.simplex()
	clear(s.loose)
	copy(s.values, s.right)
	for {
		s.price(s.costs)
		enters := s.entering(s.costs, true)
		if enters < 0 {
			break
		}
		s.direction = s.inverse.times(s.columns[enters])
		row, step := s.leaving(true)
		require.NoError(t, s.pivot(enters, row, step))
	}
	require.InDelta(t, -0.05, s.cost(), 1e-12)
}

func TestSimplexSaysWhatHasNoAnswer(t *testing.T) {
	s := linear{costs: []float64{-1, 1}, rows: [][]float64{{1, -1}}, relations: []relation{atMost}, right: []float64{1}}.simplex()
	require.NoError(t, s.minimise())
	s = linear{costs: []float64{-2, 1}, rows: [][]float64{{1, -1}}, relations: []relation{atMost}, right: []float64{1}}.simplex()
	require.ErrorIs(t, s.minimise(), errUnbounded)
	s = linear{costs: []float64{1}, rows: [][]float64{{1}, {1}}, relations: []relation{atLeast, atMost}, right: []float64{2, 1}}.simplex()
	require.ErrorIs(t, s.minimise(), errInfeasible)
	s = newSimplex([]relation{exactly}, []float64{1})
	require.ErrorIs(t, s.minimise(), errInfeasible)
}
