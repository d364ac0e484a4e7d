package placing

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// exactly states that a number, which has no interval, is what it should be.
func exactly(r *lab.Run, sentence string, measured, bound float64) {
	r.Finding(lab.Finding{Sentence: sentence, Measured: measured, Bound: bound, Holds: measured == bound})
}

// column is one number of each run, or one word.
func column[T, U any](runs []T, of func(T) U) []U {
	all := make([]U, len(runs))
	for i, run := range runs {
		all[i] = of(run)
	}
	return all
}

func mean(all []float64) float64 {
	sum := 0.0
	for _, x := range all {
		sum += x
	}
	return sum / float64(len(all))
}

// commas writes a whole number with commas.
func commas(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// floats are whole numbers for a chart.
func floats(all []int) []float64 {
	f := make([]float64, len(all))
	for i, n := range all {
		f[i] = float64(n)
	}
	return f
}
