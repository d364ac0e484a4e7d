package quorum

import (
	"cmp"
	"math"
	"slices"
)

// invert computes the inverse of the basis and its amounts anew, so that errors of rounding do not pile up. It eliminates with the largest
// pivot of each column. Columns of one number come first: they cost nothing, and are most.
func (s *simplex) invert() error {
	n := s.rows
	order := make([]int, n) // rows of the basis
	numbers := make([]int, n)
	for i, j := range s.basis {
		order[i] = i
		for _, a := range s.columns[j] {
			if a != 0 {
				numbers[i]++
			}
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(min(2, numbers[a]), min(2, numbers[b])) })
	work, pivotOf, done := newSquare(n), make([]int, n), make([]bool, n)
	for _, at := range order {
		column := work.times(s.columns[s.basis[at]])
		pivot := -1
		for i, v := range column {
			if !done[i] && (pivot < 0 || math.Abs(v) > math.Abs(column[pivot])) {
				pivot = i
			}
		}
		if math.Abs(column[pivot]) < singularTolerance {
			return errStalled
		}
		work.eliminate(column, pivot)
		done[pivot], pivotOf[at] = true, pivot
	}
	for at, pivot := range pivotOf {
		s.inverse[at] = work[pivot]
		s.values[at] = 0
		for k, v := range work[pivot] {
			s.values[at] += v * (s.right[k] + s.loose[k])
		}
	}
	s.pivots = 0
	return nil
}

// singularTolerance is where a basis is none.
const singularTolerance = 1e-14

// square is a matrix by row, at first the identity.
type square [][]float64

func newSquare(n int) square {
	m := make(square, n)
	all := make([]float64, n*n)
	for i := range m {
		m[i] = all[i*n : (i+1)*n]
		m[i][i] = 1
	}
	return m
}

func (m square) times(column []float64) []float64 {
	product := make([]float64, len(m))
	for k, a := range column {
		if a == 0 {
			continue
		}
		for i, row := range m {
			product[i] += row[k] * a
		}
	}
	return product
}

// eliminate makes a column, which is what the matrix has made of it, the unit of the pivot's row.
func (m square) eliminate(column []float64, pivot int) {
	line := m[pivot]
	for k := range line {
		line[k] /= column[pivot]
	}
	for i, d := range column {
		if i == pivot || d == 0 {
			continue
		}
		for k, v := range line {
			if v != 0 {
				m[i][k] -= d * v
			}
		}
	}
}
