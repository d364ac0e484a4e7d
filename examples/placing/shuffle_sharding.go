package placing

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// ShuffleSharding lets one tenant bring all of its nodes down, and counts the other tenants that lose all of their nodes, and those that
// lose any, for numbers of nodes that each tenant has. The baseline is shards that share no node, each tenant on one of them.
//
// In data.csv wholly and partly are shares of the other tenants: those that lose every node, and those that lose one or more and keep
// one or more. exact is the hypergeometric probability; of plain shards, one over their number. A share of which a run expects fewer
// than ten tenants has no interval: its columns low and high are empty.
var ShuffleSharding = shuffleSharding(allShardings, judge.Effort{})

// sharding is a way of giving tenants nodes, as this experiment knows it.
type sharding struct {
	name  string
	label string
	color chart.Color
	make  func(nodes, each int, seed uint64) (ringsim.Sharding, error)

	exact func(nodes, each int) (wholly, partly float64, err error)
}

var allShardings = []sharding{
	{name: "plain", label: "plain shards", color: chart.Baseline,
		make: func(nodes, each int, seed uint64) (ringsim.Sharding, error) {
			return ringsim.NewShards(nodes, each, seed)
		},
		exact: func(nodes, each int) (float64, float64, error) { return 1 / float64(nodes/each), 0, nil }},
	{name: "shuffle", label: "shuffled", color: chart.Green,
		make: func(nodes, each int, seed uint64) (ringsim.Sharding, error) {
			return hashring.NewShuffle(ringsim.Members(nodes), each, hashring.ShuffleOptions{Hashing: hashring.Hashing{Seed: seed}})
		},
		exact: func(nodes, each int) (float64, float64, error) {
			all, err := hashring.Overlaps(nodes, each)
			if err != nil {
				return 0, 0, err
			}
			partly := 0.0
			for _, share := range all[1:each] {
				partly += share
			}
			return all[each], partly, nil
		}},
}

func shuffleSharding(shardings []sharding, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "shuffle-sharding",
		Topic:    "placing",
		Question: "How many tenants does one bad tenant take along when it brings its nodes down?",
		Guide:    []string{"part.tenants"},
		Packages: []string{"hashring.Shuffle", "hashring.Overlaps", "hashring/ringsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			s := &shuffleRun{shardings: shardings, effort: effort}
			s.nodes = p.Ints("nodes", []int{8, 100}, "nodes", "numbers of nodes, at most three", lab.Within(1, 1000))
			s.each = p.Ints("each", []int{1, 2, 3, 4, 5}, "nodes", "how many of them each tenant has", lab.Within(1, 100))
			s.tenants = p.Int("tenants", 4000, "tenants", "how many there are, the bad one included", lab.Within(2, 1_000_000))
			p.Refuse(s.unfit())
			return s.run
		},
	}
}

type shuffleRun struct {
	shardings []sharding
	effort    judge.Effort
	nodes     []int
	each      []int // ascending in a run
	tenants   int

	results []hurtBy
}

// hurtBy is what a bad tenant does with one sharding.
type hurtBy struct {
	sharding
	nodes, each    int
	wholly, partly []float64 // by run
	exactWholly    float64
	exactPartly    float64
	others         int
}

// all is everybody who loses a node.
func (h hurtBy) all() []float64 {
	sums := make([]float64, len(h.wholly))
	for i := range sums {
		sums[i] = h.wholly[i] + h.partly[i]
	}
	return sums
}

// seen says that a run expects ten tenants or more, so that the mean of the runs is near enough to normal for an interval. A share of
// nought or one is always the same.
func (h hurtBy) seen(share float64) bool {
	return share*float64(h.others) >= 10 || share == 0
}

func (s *shuffleRun) unfit() error {
	const mostPanels, mostSteps = 3, 4e9
	if len(s.nodes) > mostPanels {
		return fmt.Errorf("-nodes must be at most %d numbers: %d", mostPanels, len(s.nodes))
	}
	steps := 0.0
	for _, nodes := range s.nodes {
		for _, each := range s.each {
			if each > nodes {
				return fmt.Errorf("-each must be at most -nodes: %d of %d", each, nodes)
			}
			steps += float64(nodes) * float64(each) * float64(s.tenants) * 40
		}
	}
	if steps > mostSteps {
		return fmt.Errorf("-nodes, -each and -tenants must leave at most %.0e steps: %.1e", mostSteps, steps)
	}
	return nil
}

func (s *shuffleRun) run(r *lab.Run) error {
	slices.Sort(s.nodes)
	slices.Sort(s.each)
	runs := s.effort.Runs(40, 200, r.Full)
	names := make([]string, s.tenants)
	for i := range names {
		names[i] = "tenant-" + strconv.Itoa(i+1)
	}
	table := r.Table("sharding", "nodes", "nodes_each", "tenants", "runs", "wholly", "wholly_low", "wholly_high", "wholly_exact",
		"partly", "partly_low", "partly_high", "partly_exact")
	s.results = nil
	for _, nodes := range s.nodes {
		for _, each := range s.each {
			for _, sharding := range s.shardings {
				r.Progress("%s, %d of %d nodes each", sharding.label, each, nodes)
				h, err := s.measure(r.Seed, runs, names, sharding, nodes, each)
				if err != nil {
					return fmt.Errorf("%s, %d of %d nodes: %w", sharding.name, each, nodes, err)
				}
				s.results = append(s.results, h)
				cells := []any{h.name, nodes, each, s.tenants, runs}
				for _, part := range []struct {
					runs  []float64
					exact float64
				}{{h.wholly, h.exactWholly}, {h.partly, h.exactPartly}} {
					interval, err := judge.Charted(part.runs)
					if err != nil {
						return err
					}
					low, high := any(interval.Low), any(interval.High)
					if !h.seen(part.exact) {
						low, high = nil, nil
					}
					cells = append(cells, interval.Estimate, low, high, part.exact)
				}
				table.Row(cells...)
			}
		}
	}
	s.findings(r)
	figure, err := s.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// measure replicates one bad tenant, each time with other nodes for everybody.
func (s *shuffleRun) measure(seed uint64, runs int, names []string, of sharding, nodes, each int) (h hurtBy, err error) {
	h = hurtBy{sharding: of, nodes: nodes, each: each, others: len(names) - 1}
	if h.exactWholly, h.exactPartly, err = of.exact(nodes, each); err != nil {
		return h, err
	}
	lose, err := sim.Replicate(seed, runs, func(e *sim.Engine) ([]float64, error) {
		sharding, err := of.make(nodes, each, e.Stream("nodes").Uint64())
		if err != nil {
			return nil, err
		}
		return ringsim.BadTenant(sharding, names, each, e.Stream("bad tenant"))
	})
	if err != nil {
		return h, err
	}
	for _, shares := range lose {
		h.wholly = append(h.wholly, shares[each])
		partly := 0.0
		for _, share := range shares[1:each] {
			partly += share
		}
		h.partly = append(h.partly, partly)
	}
	return h, nil
}

// of are the results of one sharding for one number of nodes, by nodes for each tenant.
func (s *shuffleRun) of(name string, nodes int) (all []hurtBy) {
	for _, h := range s.results {
		if h.name == name && h.nodes == nodes {
			all = append(all, h)
		}
	}
	return all
}
