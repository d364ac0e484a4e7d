// Package estimating holds the experiments on capacity, queues and reliability.
package estimating

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
