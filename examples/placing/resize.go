package placing

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// Resize draws the number of nodes against the share of the keys that move when another node joins, by placement, beside the
// least that must move and beside modulo hashing, the baseline. When a node leaves, the same is measured; it is in data.csv.
//
// In each run the seed is drawn anew, and all placements get the same one; slots have none. What moves is exact, a share of all hashes
// or slots, where hashring.Diff knows it; for the others keys are drawn, in each run new ones, the same for all. The node that leaves is any one,
// drawn at random; with jump hash it is the last one, for no other can.
//
// In data.csv change is join, to so many nodes, or leave, from so many; moved is a share of the keys, the mean of all runs, with its 95% interval
// in low and high; keys is how many were drawn for each run, empty where moved is exact; least is what must move, 1/(nodes+1) or 1/nodes; between is the share of the keys that move from a node that stays to a node
// that was there before.
var Resize = resize(allPlacements, judge.Effort{})

func resize(placements []placement, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "resize",
		Topic:    "placing",
		Question: "How many keys move when a node joins or leaves?",
		Guide:    []string{"part.move"},
		Packages: []string{"hashring.Ring", "hashring.Rendezvous", "hashring.Jump", "hashring.Anchor", "hashring.Slots", "hashring.Maglev", "hashring/ringsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			x := &resizeRun{effort: effort}
			x.nodes = p.Ints("nodes", []int{3, 10, 30, 100, 300}, "nodes", "before one joins or leaves", lab.Within(2, 10_000))
			x.keys = p.Int("keys", 8_000, "keys", "drawn in each run, where what moves is not known exactly", lab.Within(1, 1_000_000))
			x.points = p.Int("points", 160, "virtual nodes", "of each node of the ring", lab.Within(1, 10_000))
			x.placements = chosen(placements, placementParameter(p, placements))
			p.Refuse(x.fits())
			return x.run
		},
	}
}

type resizeRun struct {
	effort     judge.Effort
	placements []placement
	nodes      []int
	keys       int
	points     int

	joins, leaves map[string][]change // by placement, by number of nodes
}

// change is what became of the keys in each run.
type change struct {
	nodes int
	least float64
	moved []ringsim.Moved
}

func (c change) shares() []float64 {
	return judge.Column(c.moved, func(m ringsim.Moved) float64 { return m.Share })
}
func (c change) between() []float64 {
	return judge.Column(c.moved, func(m ringsim.Moved) float64 { return m.Between })
}

// overLeast are the shares that moved as multiples of the least.
func (c change) overLeast() []float64 {
	return judge.Column(c.moved, func(m ringsim.Moved) float64 { return m.Share / m.Least })
}

const (
	mostResizePoints = 2_000_000
	mostResizeWork   = 20_000_000 // nodes times keys: rendezvous scores each node for each key
)

func (x *resizeRun) fits() error {
	most := slices.Max(x.nodes)
	if most*x.points > mostResizePoints {
		return fmt.Errorf("-nodes and -points must make at most %d points on a ring: %d times %d", mostResizePoints, most, x.points)
	}
	if most*x.keys > mostResizeWork {
		return fmt.Errorf("-nodes and -keys must make at most %d when multiplied: %d times %d", mostResizeWork, most, x.keys)
	}
	return nil
}

func (x *resizeRun) run(r *lab.Run) error {
	slices.Sort(x.nodes)
	if x.effort.Tiny {
		x.keys = min(x.keys, 100)
	}
	x.joins, x.leaves = map[string][]change{}, map[string][]change{}
	runs := x.effort.Runs(12, 60, r.Full)
	table := r.Table("placement", "change", "nodes", "keys", "runs", "moved", "low", "high", "least", "between")
	row := func(of placement, what string, c change) error {
		interval, err := judge.Charted(c.shares())
		if err != nil {
			return err
		}
		var keys any
		if !c.moved[0].Exact {
			keys = x.keys
		}
		table.Row(of.name, what, c.nodes, keys, runs, interval.Estimate, interval.Low, interval.High, c.least, judge.Mean(c.between()))
		return nil
	}
	for _, of := range x.placements {
		r.Progress("%s, nodes %v", of.label, x.nodes)
		for _, n := range x.nodes {
			join, leave, err := x.measure(r.Seed, runs, of, n)
			if err != nil {
				return fmt.Errorf("%s of %d nodes: %w", of.name, n, err)
			}
			x.joins[of.name], x.leaves[of.name] = append(x.joins[of.name], join), append(x.leaves[of.name], leave)
			if err := row(of, "join", join); err != nil {
				return err
			}
			if err := row(of, "leave", leave); err != nil {
				return err
			}
		}
	}
	x.findings(r)
	figure, err := x.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

func (x *resizeRun) measure(seed uint64, runs int, of placement, nodes int) (join, leave change, err error) {
	type both struct{ joined, left ringsim.Moved }
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) (b both, err error) {
		keys := ringsim.Keys(e.Stream("keys"), x.keys)
		scheme := of.scheme(making{nodes: nodes + 1, points: x.points, seed: e.Stream("seed").Uint64()})
		leaver := nodes - 1
		if !of.last {
			leaver = e.Stream("leaver").IntN(nodes)
		}
		b.joined, b.left, err = ringsim.Resize(scheme, nodes, leaver, keys)
		return b, err
	})
	join, leave = change{nodes: nodes}, change{nodes: nodes}
	for _, b := range all {
		join.moved, join.least = append(join.moved, b.joined), b.joined.Least
		leave.moved, leave.least = append(leave.moved, b.left), b.left.Least
	}
	return join, leave, err
}

func (x *resizeRun) figure(runs int) (chart.Figure, error) {
	f := chart.Figure{Headline: x.headline(), SharedY: true}
	what := "when one node joins n (%, log scale), by n"
	var err error
	if len(x.nodes) == 1 {
		what = "when one node joins, and when one leaves (%)"
		f.Panels, f.SharedY = []chart.Panel{x.cells()}, false
	} else if f.Panels, err = x.panels(); err != nil {
		return f, err
	}
	f.Detail = fmt.Sprintf("Keys that move %s; mean of %d runs, 95%% bands; exact for ring, slots and Maglev, else %s keys a run; dashed: the least that must move, 1/(n+1)",
		what, runs, judge.Commas(x.keys))
	if len(x.nodes) == 1 {
		f.Detail = fmt.Sprintf("Keys that move %s; mean of %d runs; exact for ring, slots and Maglev, else %s keys a run", what, runs, judge.Commas(x.keys))
	}
	return f, nil
}

// cells are for one number of nodes, which makes no lines.
func (x *resizeRun) cells() chart.Panel {
	n := float64(x.nodes[0])
	h := chart.HeatMap{Columns: []string{"one joins", "one leaves"}, Rows: []string{"the least"}, Values: [][]float64{{100 / (n + 1), 100 / n}}}
	for _, of := range x.placements {
		h.Rows = append(h.Rows, of.label)
		h.Values = append(h.Values, []float64{100 * judge.Mean(x.joins[of.name][0].shares()), 100 * judge.Mean(x.leaves[of.name][0].shares())})
	}
	return h
}

// panels are one for each placement but the baseline, which is in all of them.
func (x *resizeRun) panels() ([]chart.Panel, error) {
	line := func(of placement) (chart.Line, error) {
		l := chart.Line{Name: of.label, Color: of.color, X: judge.Floats(x.nodes)}
		for _, c := range x.joins[of.name] {
			interval, err := judge.Charted(c.shares())
			if err != nil {
				return l, err
			}
			l.Y = append(l.Y, positive(100*interval.Estimate))
			l.Low, l.High = append(l.Low, 100*interval.Low), append(l.High, 100*interval.High)
		}
		return l, nil
	}
	least := chart.Line{Name: "least", Color: chart.Theory, X: judge.Floats(x.nodes)}
	for _, n := range x.nodes {
		least.Y = append(least.Y, 100/float64(n+1))
	}
	var baseline []chart.Line
	var panels []chart.Panel
	for _, of := range x.placements {
		l, err := line(of)
		if err != nil {
			return nil, err
		}
		if of.color == chart.Baseline {
			baseline = append(baseline, l)
			continue
		}
		panels = append(panels, x.panel(of.label+": "+x.times(of), append([]chart.Line{l}, baseline...), least))
	}
	if panels == nil {
		panels = append(panels, x.panel("", baseline, least))
	}
	return panels, nil
}

func (x *resizeRun) panel(title string, series []chart.Line, least chart.Line) chart.Panel {
	return chart.Lines{
		Title:  title,
		X:      chart.Axis{Name: "nodes", Scale: chart.Log},
		Y:      chart.Axis{Scale: chart.Log, Max: new(100.0)},
		Series: append(series, least),
	}
}

// positive leaves out what a logarithmic axis has no place for.
func positive(v float64) float64 {
	if v > 0 {
		return v
	}
	return math.NaN()
}

// times says how much more than the least moves, at both ends.
func (x *resizeRun) times(of placement) string {
	all := x.joins[of.name]
	const slot = 1.0 / hashring.SlotCount // slots move whole
	if !slices.ContainsFunc(all, func(c change) bool {
		interval, err := stats.MeanInterval(c.shares(), stats.Asserted)
		return err != nil || interval.Low > c.least+slot || interval.High < c.least-slot
	}) {
		return "the least"
	}
	from, to := fmt.Sprintf("%.2f", judge.Mean(all[0].overLeast())), fmt.Sprintf("%.2f", judge.Mean(all[len(all)-1].overLeast()))
	if from == to {
		return from + " times the least"
	}
	return from + " to " + to + " times the least"
}

// headline is about the middle of the numbers of nodes.
func (x *resizeRun) headline() string {
	middle := len(x.nodes) / 2
	var parts []string
	for _, of := range x.placements {
		switch c := x.joins[of.name][middle]; {
		case of.color == chart.Baseline:
			parts = append(parts, fmt.Sprintf("modulo hashing moves %.3g%% of the keys", 100*judge.Mean(c.shares())))
		case x.times(of) != "the least":
			parts = append(parts, fmt.Sprintf("%s moves %.2g%%", of.label, 100*judge.Mean(c.shares())))
		}
	}
	n := x.nodes[middle]
	if len(parts) < len(x.placements) {
		parts = append(parts, fmt.Sprintf("the others move the least, %.2g%%", 100/float64(n+1)))
	}
	return fmt.Sprintf("When one node joins %s, %s", judge.Commas(n), strings.Join(parts, ", "))
}
