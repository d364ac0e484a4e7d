package estimate

import (
	"fmt"
	"math"
)

// FitUSL is the law whose throughputs have the least sum of squared differences to those measured, which need three concurrencies or
// more. No parameter is negative: data that scale better than linearly, as caches that warm make them, are fitted without contention.
//
// The law is linear in three numbers once turned over, N/X = b0 + b1(N-1) + b2 N(N-1): that is where Gauss and Newton's method starts. Data that
// are like no law may have several least sums, each among its neighbours: it is one of them, and no worse than any law without contention or coherency is.
func FitUSL(points []Measured) (USL, error) {
	distinct := map[float64]bool{}
	for _, p := range points {
		if err := needConcurrency(p.Concurrency); err != nil {
			return USL{}, err
		}
		if err := needPositive("a throughput", p.Throughput); err != nil {
			return USL{}, err
		}
		distinct[p.Concurrency] = true
	}
	if len(distinct) < 3 {
		return USL{}, fmt.Errorf("estimate: a fit needs measurements at three concurrencies or more: %d", len(distinct))
	}
	best, found := leastSquares{squares: math.Inf(1)}, false
	keep := func(f leastSquares) (kept bool) {
		if kept = f.allowed() && f.squares < best.squares; kept {
			best, found = f, true
		}
		return kept
	}
	// What would be negative is left out. Each of the four choices is fitted, and what is best of those that are allowed is the least; where it lies at the
	// edge of what is allowed, the choices have to take turns.
	choices := [][]int{{0}, {0, 1}, {0, 2}, {0, 1, 2}}
	for _, free := range choices {
		keep(better(points, free, linear(points, free)))
	}
	for turn, further := 0, true; turn < 10 && further; turn++ {
		further = false
		for _, free := range choices {
			further = keep(better(points, free, best)) || further
		}
	}
	law := USL{1 / best.b[0], best.b[1] / best.b[0], best.b[2] / best.b[0]}
	if err := law.check(); !found || err != nil {
		return USL{}, fmt.Errorf("estimate: throughputs must be of a size that can be fitted: the best law is %+v", law)
	}
	return law, nil
}

// leastSquares is a fit of N/X.
type leastSquares struct {
	b       [3]float64
	squares float64 // of the differences of X
}

func (f leastSquares) allowed() bool {
	return f.b[0] > 0 && f.b[1] >= 0 && f.b[2] >= 0 && !math.IsNaN(f.squares)
}

// basis are the functions of the concurrency that b weighs.
func basis(n float64) [3]float64 { return [3]float64{1, n - 1, n * (n - 1)} }

// predicted is N/X.
func (f leastSquares) predicted(n float64) (inverse float64) {
	for i, v := range basis(n) {
		inverse += f.b[i] * v
	}
	return inverse
}

// at is the fit of these parameters. One that predicts a throughput below 0, or none, is infinitely bad.
func at(points []Measured, b [3]float64) leastSquares {
	f := leastSquares{b: b}
	for _, p := range points {
		inverse := f.predicted(p.Concurrency)
		if !(inverse > 0) {
			f.squares = math.Inf(1)
			return f
		}
		difference := p.Throughput - p.Concurrency/inverse
		f.squares += difference * difference
	}
	return f
}

// linear is the linear fit, of relative differences.
func linear(points []Measured, free []int) leastSquares {
	return at(points, solve(points, free, func(p Measured) (weight, value float64) {
		return p.Throughput / p.Concurrency, p.Concurrency / p.Throughput
	}))
}

// better goes on from a fit in steps, each a linear fit of the differences that are left, halved until they make it better. From what is
// allowed it goes no further than to the edge of that.
func better(points []Measured, free []int, f leastSquares) leastSquares {
	for range 100 {
		step := solve(points, free, func(p Measured) (weight, value float64) {
			inverse := f.predicted(p.Concurrency)
			return p.Concurrency / (inverse * inverse), inverse - p.Throughput/p.Concurrency*inverse*inverse
		})
		further := false
		for halved := 1.0; halved > 1e-6 && !further; halved /= 2 {
			b := f.b
			for i := range b {
				b[i] += halved * step[i]
				if f.allowed() && i > 0 {
					b[i] = max(0, b[i])
				}
			}
			if next := at(points, b); next.squares < f.squares && (next.allowed() || !f.allowed()) {
				f, further = next, true
			}
		}
		if !further {
			return f
		}
	}
	return f
}

// solve are the weights of the free functions with the least sum of squared differences to values, each times its weight; the others have none. It
// makes the columns perpendicular, one after the other (Gram and Schmidt, modified), as squares of large concurrencies need.
func solve(points []Measured, free []int, of func(Measured) (weight, value float64)) (b [3]float64) {
	rows := len(points)
	columns := make([][]float64, len(free)+1) // last the values
	for j := range columns {
		columns[j] = make([]float64, rows)
	}
	for i, p := range points {
		weight, value := of(p)
		for j, k := range free {
			columns[j][i] = weight * basis(p.Concurrency)[k]
		}
		columns[len(free)][i] = weight * value
	}
	var along [4][4]float64
	for j := range free {
		length := math.Sqrt(dot(columns[j], columns[j]))
		along[j][j] = length
		for i := range rows {
			columns[j][i] /= length
		}
		for k := j + 1; k < len(columns); k++ {
			along[j][k] = dot(columns[j], columns[k])
			for i := range rows {
				columns[k][i] -= along[j][k] * columns[j][i]
			}
		}
	}
	for j := len(free) - 1; j >= 0; j-- {
		v := along[j][len(free)]
		for k := j + 1; k < len(free); k++ {
			v -= along[j][k] * b[free[k]]
		}
		b[free[j]] = v / along[j][j]
	}
	return b
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
