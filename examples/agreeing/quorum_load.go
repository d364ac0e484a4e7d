package agreeing

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

// QuorumLoad draws the capacity of three quorum systems of the same nodes, every second of which is slower, against the fraction of reads:
// a grid (a read asks a row, a write a node of each row), a majority, and a tree (a majority of groups, and a majority in each). The best strategy for
// each read fraction has the capacity that a certificate proves to be the most: dashed. Beside it are one strategy for all the read fractions,
// the one of least mean load, and the naive one, which uses each minimal quorum equally often.
//
// The grid's writes do not meet each other, as they do in the other two: who needs that must ask a column as well. Nothing is random: numbers are exact, and have no intervals.
//
// In data.csv strategy is adaptive (the best for that read fraction), fixed (one for all) or uniform. capacity_per_s is how many operations a
// second can be served, bound_per_s the most that any strategy can have at that read fraction by the certificate's weights, and nodes_per_operation
// how many nodes an operation asks on average.
var QuorumLoad = quorumLoad(loadParts{quorum.Optimise, quorum.Uniform, squareSystems})

// loadParts are what findings are about, so that tests can plant others.
type loadParts struct {
	optimise func(*quorum.System, quorum.Workload, quorum.OptimiseOptions) (*quorum.Strategy, *quorum.Certificate, error)
	uniform  func(*quorum.System, quorum.Profiles, int) (*quorum.Strategy, error)
	systems  func(side int) ([]squareSystem, error)
}

// squareSystem is a system of side times side nodes.
type squareSystem struct {
	name  string
	color chart.Color
	*quorum.System
	load float64 // the least, where nodes are alike and serve an operation a second: closed form
}

const (
	adaptive = "adaptive"
	fixed    = "fixed"
	uniform  = "uniform"

	mostQuorums   = 20_000 // that the uniform strategy lists
	mostLoadPairs = 250    // of a read fraction and a node
)

func squareSystems(side int) ([]squareSystem, error) {
	var rows [][]string
	var groups []quorum.Expr
	for i := range side {
		var row []string
		for j := range side {
			row = append(row, fmt.Sprintf("n%d", i*side+j+1))
		}
		rows, groups = append(rows, row), append(groups, quorum.Majority(row...))
	}
	n, most := float64(side*side), float64(side/2+1)
	all := []squareSystem{
		{name: "grid", color: chart.Blue, load: 1 / float64(side)},
		{name: "majority", color: chart.Orange, load: float64(side*side/2+1) / n},
		{name: "tree", color: chart.Green, load: most * most / n},
	}
	for i, e := range []quorum.Expr{quorum.Rows(rows...), quorum.Majority(slices.Concat(rows...)...), quorum.Choose(side/2+1, groups...)} {
		var err error
		if i == 0 {
			all[i].System, err = quorum.FromReads(e)
		} else { // writes must meet each other too, and the dual of an even majority is less than one
			all[i].System, err = quorum.New(e, e)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", all[i].name, err)
		}
	}
	return all, nil
}

func quorumLoad(parts loadParts) lab.Experiment {
	return lab.Experiment{
		Name:     "quorum-load",
		Topic:    "agreeing",
		Question: "How many operations a second can a quorum system serve, and does it matter which quorums are asked?",
		Guide:    []string{"q.overlap"},
		Packages: []string{"quorum.Optimise", "quorum.Certificate", "quorum.Uniform"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			l := &loadRun{loadParts: parts}
			l.side = p.Int("side", 3, "nodes", "side of the square of nodes: of the grid, and number and size of the tree's groups", lab.Within(2, 4))
			l.reads = p.Floats("reads", []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}, "of operations", "read fractions, equally frequent for the fixed strategy", lab.Within(0.0, 1))
			l.capacity = p.Float("capacity", 1_000, "reads a second", "of a node", lab.Within(0.001, 1e9))
			l.slow = p.Float("slow", 0.5, "of the capacity", "what every second node has", lab.Within(0.01, 1))
			l.writes = p.Float("writes", 0.5, "of the reads", "writes a second of a node", lab.Within(0.01, 100))
			p.Refuse(l.fits())
			return l.run
		},
	}
}

type loadRun struct {
	loadParts
	side                   int
	reads                  []float64
	capacity, slow, writes float64

	systems []squareSystem
	points  [][]loadPoint // by system, by read fraction
	alike   []float64     // by system: the least load of nodes that are alike
}

// loadPoint is a system at a read fraction, in operations a second.
type loadPoint struct {
	capacity map[string]float64 // by strategy
	bound    float64
}

func (l *loadRun) fits() error {
	if pairs := len(l.reads) * l.side * l.side; pairs > mostLoadPairs {
		return fmt.Errorf("-reads and -side must make at most %d pairs of a read fraction and a node: %d times %d", mostLoadPairs, len(l.reads), l.side*l.side)
	}
	return nil
}

func (l *loadRun) run(r *lab.Run) error {
	slices.Sort(l.reads)
	var err error
	if l.systems, err = l.loadParts.systems(l.side); err != nil {
		return err
	}
	table := r.Table("system", "strategy", "read_fraction", "capacity_per_s", "bound_per_s", "nodes_per_operation")
	for _, s := range l.systems {
		r.Progress("%s of %d nodes", s.name, l.side*l.side)
		if err := l.measure(s, table); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if err := l.findings(r); err != nil {
		return err
	}
	r.Figure(l.figure())
	return nil
}

// profiles: every second node is slow.
func (l *loadRun) profiles(s squareSystem) quorum.Profiles {
	nodes := quorum.Profiles{}
	for i, name := range s.Nodes() {
		reads := l.capacity
		if i%2 == 1 {
			reads *= l.slow
		}
		nodes[name] = quorum.Profile{Reads: reads, Writes: reads * l.writes}
	}
	return nodes
}

func (l *loadRun) measure(s squareSystem, table *lab.Table) error {
	nodes := l.profiles(s)
	naive, err := l.uniform(s.System, nodes, mostQuorums)
	if err != nil {
		return err
	}
	var all quorum.Workload
	for _, f := range l.reads {
		all = append(all, quorum.ReadFraction{Reads: f, Probability: 1 / float64(len(l.reads))})
	}
	one, _, err := l.optimise(s.System, all, quorum.OptimiseOptions{Nodes: nodes})
	if err != nil {
		return err
	}
	var points []loadPoint
	for _, f := range l.reads {
		best, certificate, err := l.optimise(s.System, quorum.Reads(f), quorum.OptimiseOptions{Nodes: nodes})
		if err != nil {
			return err
		}
		proved, err := certificate.Verify()
		if err != nil {
			return err
		}
		p := loadPoint{capacity: map[string]float64{}, bound: 1 / proved}
		for _, of := range []struct {
			name     string
			strategy *quorum.Strategy
		}{{adaptive, best}, {fixed, one}, {uniform, naive}} {
			if p.capacity[of.name], err = of.strategy.MeanCapacity(quorum.Reads(f)); err != nil {
				return err
			}
			network, err := of.strategy.Network(quorum.Reads(f))
			if err != nil {
				return err
			}
			table.Row(s.name, of.name, f, p.capacity[of.name], p.bound, network)
		}
		points = append(points, p)
	}
	l.points = append(l.points, points)

	alike, _, err := l.optimise(s.System, quorum.Reads(0.5), quorum.OptimiseOptions{})
	if err != nil {
		return err
	}
	load, err := alike.Load(quorum.Reads(0.5))
	l.alike = append(l.alike, load)
	return err
}

func (l *loadRun) figure() chart.Figure {
	var panels []chart.Panel
	for i, s := range l.systems {
		best := chart.Line{Name: "optimum", Color: chart.Theory}
		one := chart.Line{Name: "one strategy", Color: s.color}
		naive := chart.Line{Name: "uniform", Color: chart.Baseline}
		for k, f := range l.reads {
			p := l.points[i][k]
			for _, line := range []struct {
				of *chart.Line
				y  float64
			}{{&best, p.bound}, {&one, p.capacity[fixed]}, {&naive, p.capacity[uniform]}} {
				line.of.Add(f, line.y)
			}
		}
		panels = append(panels, chart.Lines{
			Title:  l.title(s),
			X:      chart.Axis{Name: "reads, of all operations"},
			Y:      chart.Axis{Min: new(0.0)},
			Series: []chart.Line{one, naive, best},
		})
	}
	return chart.Figure{
		Headline: l.headline(),
		Detail: fmt.Sprintf("Capacity of the same %d nodes, operations a second, by the fraction of reads, exact; coloured: one strategy for all read fractions; "+
			"grey: each minimal quorum equally often; dashed: the most that any strategy can have, which the best one for that fraction has", l.side*l.side),
		Panels:  panels,
		SharedY: true,
	}
}
