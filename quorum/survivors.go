package quorum

import "fmt"

const (
	maxSurvivors      = 10_000  // sets
	maxSurvivorsTries = 200_000 // partial sets
)

// survivors are the minimal sets of nodes in which a quorum is left when any so many of them fail. A set loses its last quorum with the
// fewest of its nodes that meet all quorums, which is the cheapest quorum of the dual where other nodes cost nothing.
func survivors(kind string, e Expr, nodes []string, failures int) ([][]int, error) {
	s := &survival{dual: e.Dual().over(nodes), failures: failures, weights: make([]float64, len(nodes))}
	for i := range s.weights {
		s.weights[i] = 1
	}
	all, err := s.survives()
	if err != nil {
		return nil, err
	}
	if !all {
		return nil, fmt.Errorf("%w: no set of nodes keeps a %s quorum when any %d of them fail", ErrNoStrategy, kind, failures)
	}
	for i := range s.weights {
		s.weights[i] = 0
	}
	if err := s.decide(0); err != nil {
		return nil, err
	}
	return s.found, nil
}

type survival struct {
	dual     *formula
	failures int
	weights  []float64 // 1 for the nodes that are in
	tries    int
	found    [][]int
}

// survives says whether the nodes that are in keep a quorum.
func (s *survival) survives() (bool, error) {
	if s.tries++; s.tries > maxSurvivorsTries {
		return false, fmt.Errorf("%w: more than %d sets to look at for those that survive %d failures", ErrTooLarge, maxSurvivorsTries, s.failures)
	}
	_, fewest, err := s.dual.cheapest(s.weights)
	return fewest > float64(s.failures), err
}

// decide puts the nodes from this one on in or leaves them out, given that with all of them the set would survive.
func (s *survival) decide(node int) error {
	enough, err := s.survives()
	if err != nil {
		return err
	}
	if enough {
		return s.keep()
	}
	s.weights[node] = 1
	if err := s.decide(node + 1); err != nil {
		return err
	}
	s.weights[node] = 0
	for i := node + 1; i < len(s.weights); i++ {
		s.weights[i] = 1
	}
	without, err := s.survives()
	for i := node + 1; i < len(s.weights); i++ {
		s.weights[i] = 0
	}
	if err != nil || !without {
		return err
	}
	return s.decide(node + 1)
}

// keep notes the set if it is minimal.
func (s *survival) keep() error {
	var set []int
	for node, in := range s.weights {
		if in == 0 {
			continue
		}
		s.weights[node] = 0
		more, err := s.survives()
		s.weights[node] = 1
		if err != nil || more {
			return err
		}
		set = append(set, node)
	}
	if s.found = append(s.found, set); len(s.found) > maxSurvivors {
		return fmt.Errorf("%w: more than %d sets that survive %d failures", ErrTooLarge, maxSurvivors, s.failures)
	}
	return nil
}
