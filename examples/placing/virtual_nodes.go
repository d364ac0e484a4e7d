package placing

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// VirtualNodes draws the number of virtual nodes (points on the ring) of each node against how uneven the nodes' shares of the hashes
// are: that of the fullest node, and the range in which nine nodes in ten are, beside the exact one of Beta(v, (n-1)v).
//
// Shares are the lengths of arcs, not counts of sampled keys, so that nothing is random but the ring's seed. Small rings are drawn more
// often than large ones: runs says how often.
//
// In data.csv peak_to_mean is the fullest node's share over the mean share, the mean of all runs, with its 95% interval in low and high. relative_sd is the
// standard deviation of a node's share over the mean: the root of the mean square of all runs and nodes. theory_sd is what it is exactly,
// sqrt((n-1)/(n*v+1)).
var VirtualNodes = virtualNodes(ringOf, hashring.PointsFor, judge.Effort{})

// makeRing and adviseOf are what findings are about, so that tests can plant others.
type (
	makeRing func(nodes, points int, seed uint64) (hashring.Placement, error)
	adviseOf func(nodes int, peakToMean, confidence float64) (points int, err error)
)

func ringOf(nodes, points int, seed uint64) (hashring.Placement, error) {
	return hashring.OnRing(hashring.RingOptions{Hashing: hashring.Hashing{Seed: seed}, Points: points})(ringsim.Members(nodes))
}

func virtualNodes(ring makeRing, advise adviseOf, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "virtual-nodes",
		Topic:    "placing",
		Question: "How many virtual nodes does a ring take until its nodes' shares are even?",
		Guide:    []string{"part.vnodes"},
		Packages: []string{"hashring.Ring", "hashring.PointsFor", "hashring.ShareOf", "hashring/ringsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			v := &virtualRun{ring: ring, advise: advise, effort: effort}
			v.nodes = p.Ints("nodes", []int{10, 100}, "nodes", "numbers of nodes, a panel each", lab.Within(2, 10_000))
			v.points = p.Ints("vnodes", []int{1, 2, 5, 10, 20, 50, 100, hashring.DefaultPoints, 300, 1_000}, "virtual nodes", "of each node", lab.Within(1, 100_000))
			v.peak = p.Float("peak", 1.25, "times the mean", "what the fullest node is to stay below, by advice", lab.Within(1.05, 10))
			v.confidence = p.Float("confidence", 0.9, "", "with which it is to stay below", lab.Within(0.5, 0.9999))
			p.Refuse(v.fits())
			return v.run
		},
	}
}

type virtualRun struct {
	ring       makeRing
	advise     adviseOf
	effort     judge.Effort
	nodes      []int
	points     []int // of a node
	peak       float64
	confidence float64

	measured [][]ringPoint // by number of nodes, by number of points
	promised []promise     // by number of nodes
}

// ringPoint is what rings of one size came to.
type ringPoint struct {
	nodes, points int
	theory        hashring.Share
	low, high     float64    // quantiles of a share over the mean, exact
	seen          [3]float64 // the same ones and, between them, the median of all shares that were drawn
	peaks         []float64
	variances     []float64
	inside        []float64
}

// promise is the advised number of points, and in which of the runs it did not do.
type promise struct {
	points   int
	exceeded []float64 // 1 if the fullest node was above the wanted peak, else 0
}

const (
	// nine shares in ten lie between these quantiles
	lowShare, highShare = 0.05, 0.95

	mostPanels     = 6
	mostRingPoints = 2_000_000
)

func (v *virtualRun) fits() error {
	if len(v.nodes) > mostPanels {
		return fmt.Errorf("-nodes must be at most %d numbers, a panel each: %d", mostPanels, len(v.nodes))
	}
	for _, n := range v.nodes {
		if most := slices.Max(v.points); n*most > mostRingPoints {
			return fmt.Errorf("-nodes and -vnodes must make at most %d points on a ring: %d times %d", mostRingPoints, n, most)
		}
		points, err := hashring.PointsFor(n, v.peak, v.confidence)
		if err != nil {
			return fmt.Errorf("-nodes, -peak and -confidence must make a ring: %w", err)
		}
		if n*points > mostRingPoints {
			return fmt.Errorf("-nodes, -peak and -confidence must take at most %d points on a ring: %d times %d", mostRingPoints, n, points)
		}
	}
	return nil
}

// runs is how often a ring is drawn: of a few points often, for there shares vary the most and are farthest from normal.
func (v *virtualRun) runs(nodes, points int, full bool) int {
	budget, most := 100_000, 1_000
	switch {
	case v.effort.Tiny:
		budget = 0
	case full:
		budget, most = 20*budget, 20*most
	}
	least := v.effort.Runs(14, 50, full)
	if nodes*points <= 20_000 {
		least = v.effort.Runs(30, 100, full)
	}
	return max(least, min(most, budget/(nodes*points)))
}

func (v *virtualRun) run(r *lab.Run) error {
	slices.Sort(v.nodes)
	slices.Sort(v.points)
	if v.effort.Tiny {
		v.points = v.points[:min(2, len(v.points))]
	}
	table := r.Table("nodes", "vnodes", "runs", "peak_to_mean", "low", "high", "relative_sd", "theory_sd")
	for _, n := range v.nodes {
		r.Progress("%d nodes, virtual nodes %v", n, v.points)
		var all []ringPoint
		for _, points := range v.points {
			p, err := v.measure(r, n, points)
			if err != nil {
				return fmt.Errorf("%d nodes with %d virtual nodes: %w", n, points, err)
			}
			interval, err := judge.Charted(p.peaks)
			if err != nil {
				return err
			}
			table.Row(n, points, len(p.peaks), interval.Estimate, interval.Low, interval.High, math.Sqrt(judge.Mean(p.variances)), p.theory.RelativeSD())
			all = append(all, p)
		}
		v.measured = append(v.measured, all)
		kept, err := v.keep(r, n)
		if err != nil {
			return err
		}
		v.promised = append(v.promised, kept)
	}
	v.findings(r)
	figure, err := v.figure()
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// measure draws rings of one size.
func (v *virtualRun) measure(r *lab.Run, nodes, points int) (ringPoint, error) {
	p := ringPoint{nodes: nodes, points: points}
	var err error
	if p.theory, err = hashring.ShareOf(nodes, points); err != nil {
		return p, err
	}
	low, err := p.theory.Quantile(lowShare)
	if err != nil {
		return p, err
	}
	high, err := p.theory.Quantile(highShare)
	if err != nil {
		return p, err
	}
	p.low, p.high = low*float64(nodes), high*float64(nodes)
	all, err := v.draw(r.Seed, v.runs(nodes, points, r.Full), nodes, points)
	for _, shares := range all {
		u := ringsim.UnevennessOf(shares, low, high)
		p.peaks, p.variances, p.inside = append(p.peaks, u.Peak), append(p.variances, u.Variance), append(p.inside, u.Inside)
	}
	if pool := slices.Concat(all...); err == nil {
		slices.Sort(pool)
		for i, q := range []float64{lowShare, 0.5, highShare} {
			p.seen[i] = pool[int(q*float64(len(pool)))] * float64(nodes)
		}
	}
	return p, err
}

// draw returns the shares of the nodes of each ring.
func (v *virtualRun) draw(seed uint64, runs, nodes, points int) ([][]float64, error) {
	return sim.Replicate(seed, runs, func(e *sim.Engine) ([]float64, error) {
		ring, err := v.ring(nodes, points, e.Stream(fmt.Sprintf("ring of %d x %d", nodes, points)).Uint64())
		if err != nil {
			return nil, err
		}
		return ringsim.Shares(ring)
	})
}

// keep draws rings with as many points as the advisor says.
func (v *virtualRun) keep(r *lab.Run, nodes int) (promise, error) {
	points, err := v.advise(nodes, v.peak, v.confidence)
	if err != nil {
		return promise{}, err
	}
	const runs = 60
	all, err := v.draw(r.Seed, v.effort.Runs(runs, 10*runs, r.Full), nodes, points)
	if err != nil {
		return promise{}, fmt.Errorf("%d nodes with the advised %d virtual nodes: %w", nodes, points, err)
	}
	return promise{points, judge.Column(all, func(shares []float64) float64 {
		if slices.Max(shares)*float64(nodes) > v.peak {
			return 1
		}
		return 0
	})}, nil
}

func (v *virtualRun) figure() (chart.Figure, error) {
	var panels []chart.Panel
	fewest := math.MaxInt
	for i, n := range v.nodes {
		fullest := chart.Line{Name: "fullest node", Color: chart.Blue}
		typical := chart.Line{Name: "9 nodes in 10", Color: chart.Baseline}
		low, high := chart.Line{Color: chart.Theory}, chart.Line{Color: chart.Theory}
		for _, p := range v.measured[i] {
			interval, err := judge.Charted(p.peaks)
			if err != nil {
				return chart.Figure{}, err
			}
			x := float64(p.points)
			fewest = min(fewest, len(p.peaks))
			fullest.X, low.X, high.X = append(fullest.X, x), append(low.X, x), append(high.X, x)
			fullest.Y, low.Y, high.Y = append(fullest.Y, interval.Estimate), append(low.Y, p.low), append(high.Y, p.high)
			fullest.Low, fullest.High = append(fullest.Low, interval.Low), append(fullest.High, interval.High)
			typical.AddInterval(x, p.seen[1], p.seen[0], p.seen[2])
		}
		panel := chart.Lines{
			X:      chart.Axis{Name: "virtual nodes of each node", Scale: chart.Log},
			Y:      chart.Axis{Min: new(0.0)},
			Series: []chart.Line{fullest, typical, low, high},
		}
		panel.Title = fmt.Sprintf("%s points keep all below %.3g at %.4g%%", judge.Commas(v.promised[i].points), v.peak, 100*v.confidence)
		if len(v.nodes) > 1 {
			panel.Title = judge.Commas(n) + " nodes: " + panel.Title
		}
		panels = append(panels, panel)
	}
	return chart.Figure{
		Headline: v.headline(),
		Detail:   fmt.Sprintf("A node's share of the hashes over the mean share, by virtual nodes (points) of each node; fullest node: mean of %d rings or more, 95%% bands; grey: median of all nodes and the range of nine in ten; dashed: that range of Beta(v, (n-1)v), exact", fewest),
		Panels:   panels,
		SharedY:  true,
	}, nil
}
