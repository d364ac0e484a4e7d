// Package agreeing holds the experiments on quorums.
package agreeing

import (
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// effort says how much an experiment works.
type effort struct {
	tiny bool // for tests that look at the code and not at the numbers
}

// runs is the number of replications.
func (e effort) runs(quick, full int, isFull bool) int {
	switch {
	case e.tiny:
		return 3
	case isFull:
		return full
	}
	return quick
}

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
