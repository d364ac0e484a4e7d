package quorum_test

import (
	"testing"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

// The laws of strategies hold for the library: what fails below is the bug.
func TestBroken_NothingWithoutABugInStrategies(t *testing.T) {
	lawtest.Holds(t, lawOptimal(quorum.Optimise))
	lawtest.Holds(t, lawCertificate(quorum.Optimise))
	lawtest.Holds(t, lawCosts(costs))
	lawtest.Holds(t, lawSearch(quorum.Search))
}

func TestBroken_UniformIsNotOptimal(t *testing.T) {
	lawtest.Breaks(t, "To use each quorum equally often is not the least load",
		lawOptimal(func(s *quorum.System, w quorum.Workload, o quorum.OptimiseOptions) (*quorum.Strategy, *quorum.Certificate, error) {
			_, c, err := quorum.Optimise(s, w, o)
			if err != nil || o.Minimise != quorum.Load {
				return quorum.Optimise(s, w, o)
			}
			uniform, err := quorum.Uniform(s, o.Nodes, 1_000)
			return uniform, c, err
		}))
}

func TestBroken_OptimalAtTheMeanReadFraction(t *testing.T) {
	lawtest.Breaks(t, "A strategy that is optimal at the mean read fraction is not optimal for the fractions that it is the mean of",
		lawOptimal(func(s *quorum.System, w quorum.Workload, o quorum.OptimiseOptions) (*quorum.Strategy, *quorum.Certificate, error) {
			mean := 0.0
			for _, f := range w {
				mean += f.Probability * f.Reads
			}
			atMean, _, err := quorum.Optimise(s, quorum.Reads(mean), o)
			if err != nil {
				return nil, nil, err
			}
			_, c, err := quorum.Optimise(s, w, o)
			return atMean, c, err
		}))
}

func TestBroken_EqualWeightsProveLess(t *testing.T) {
	lawtest.Breaks(t, "A bound by equal weights for all nodes is not one if the optimum is claimed for it",
		lawCertificate(func(s *quorum.System, w quorum.Workload, o quorum.OptimiseOptions) (*quorum.Strategy, *quorum.Certificate, error) {
			strategy, c, err := quorum.Optimise(s, w, o)
			if err != nil {
				return nil, nil, err
			}
			for i := range c.Weights[0] {
				c.Weights[0][i] = 1 / float64(len(c.Weights[0]))
			}
			return strategy, c, nil
		}))
}

func TestBroken_LoadOfTheMeanNode(t *testing.T) {
	lawtest.Breaks(t, "The load is that of the busiest node, and not of the mean one",
		lawCosts(func(s *quorum.Strategy, reads float64) (load, network, latency float64, err error) {
			_, network, latency, _ = costs(s, reads)
			loads, err := s.Loads(reads)
			for _, l := range loads {
				load += l / float64(len(loads))
			}
			return load, network, latency, err
		}))
}

func TestBroken_SearchOfFlatSystems(t *testing.T) {
	lawtest.Breaks(t, "A search that tries only systems of one level misses grids",
		lawSearch(func(nodes []string, w quorum.Workload, o quorum.SearchOptions) (*quorum.Found, error) {
			o.Candidates = len(nodes)
			found, err := quorum.Search(nodes, w, o)
			if err == nil {
				found.Complete = true
			}
			return found, err
		}))
}
