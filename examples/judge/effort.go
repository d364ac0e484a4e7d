package judge

// Effort scales a run of an experiment; the zero value is for real.
type Effort struct {
	Tiny bool // for tests that look at the code and not at the numbers
}

// Runs is the number of replications.
func (e Effort) Runs(quick, full int, isFull bool) int {
	switch {
	case e.Tiny:
		return 3
	case isFull:
		return full
	}
	return quick
}
