package quorum

// Resilience is the largest number of nodes that can fail, whichever they are, so that a quorum is left. It is one less than the
// fewest nodes that meet every quorum, so it is found as the cheapest quorum of the dual; [ErrTooLarge] can come only from an expression
// that names a node more than once.
func (e Expr) Resilience() (int, error) {
	if err := e.Validate(); err != nil {
		return 0, err
	}
	f := e.Dual().over(e.Nodes())
	ones := make([]float64, f.nodes)
	for i := range ones {
		ones[i] = 1
	}
	fewest, _, err := f.cheapest(ones)
	if err != nil {
		return 0, err
	}
	return len(fewest) - 1, nil
}
