package judge

import (
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// Exactly states that a number, which has no interval, is what it should be.
func Exactly(r *lab.Run, sentence string, measured, bound float64) {
	r.Finding(lab.Finding{Sentence: sentence, Measured: measured, Bound: bound, Holds: measured == bound})
}

// Column is one number of each run, or one word.
func Column[T, U any](runs []T, of func(T) U) []U {
	all := make([]U, len(runs))
	for i, run := range runs {
		all[i] = of(run)
	}
	return all
}

// Floats are whole numbers for a chart.
func Floats(all []int) []float64 {
	return Column(all, func(n int) float64 { return float64(n) })
}

// Milliseconds are those of a time, for a chart or a table.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Mean is that of all, of which there must be one.
func Mean(all []float64) float64 {
	sum := 0.0
	for _, x := range all {
		sum += x
	}
	return sum / float64(len(all))
}

// Minus is the differences of two columns of the same runs.
func Minus(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] - b[i]
	}
	return all
}

// Commas writes a whole number with commas.
func Commas(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
