package ordering

import "github.com/sysdesign-lab/sysdesign/internal/lab"

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
