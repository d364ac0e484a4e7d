package placing

import (
	"fmt"
	"math"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// PlacementCost draws, for each placement of so many nodes, what one pays for it: the keys of the fullest node, the keys that move
// when a node joins and when any one leaves, and the memory of the tables.
//
// Memory is computed from the structures (ringsim.Bytes), without the nodes themselves. In each run seed and keys are drawn anew, and all
// placements get the same.
//
// In data.csv peak_to_mean is the number of keys of the fullest node over the mean, with its 95% interval: even draws have one too, which modulo
// hashing shows. dispersion is the variance of those numbers over that of even draws. joins and leaves are the keys that move over the
// least that must; leaves is empty where not any node can leave.
var PlacementCost = placementCost(allPlacements, judge.Effort{})

func placementCost(placements []placement, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "placement-cost",
		Topic:    "placing",
		Question: "What does each way to place keys cost, in balance, in moves and in memory?",
		Guide:    []string{"part.hash"},
		Packages: []string{"hashring.Ring", "hashring.Rendezvous", "hashring.Jump", "hashring.Anchor", "hashring.Slots", "hashring.Maglev", "hashring/ringsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			c := &costRun{placements: placements, effort: effort}
			c.nodes = p.Int("nodes", 100, "nodes", "before one joins or leaves", lab.Within(2, 1_000))
			c.keys = p.Int("keys", 200_000, "keys", "drawn in each run", lab.Within(1_000, 1_000_000))
			c.points = p.Int("points", hashring.DefaultPoints, "virtual nodes", "of each node of the ring", lab.Within(1, 1_000))
			p.Refuse(c.fits())
			return c.run
		},
	}
}

type costRun struct {
	placements []placement
	effort     judge.Effort
	nodes      int
	keys       int
	points     int

	costs map[string][]cost // by placement, by run
}

// cost is what one placement came to in one run.
type cost struct {
	balance ringsim.Balance
	over    float64 // the largest exact share over the mean, in slots or entries: NaN for other placements
	joined  ringsim.Moved
	left    ringsim.Moved
	bytes   int
}

func (c *costRun) fits() error {
	const most = 50_000_000 // rendezvous scores each node for each key
	if c.nodes*c.keys > most {
		return fmt.Errorf("-nodes and -keys must make at most %d when multiplied: %d times %d", most, c.nodes, c.keys)
	}
	return nil
}

func (c cost) peak() float64       { return c.balance.Peak }
func (c cost) dispersion() float64 { return c.balance.Dispersion }
func (c cost) joins() float64      { return c.joined.Share / c.joined.Least }
func (c cost) leaves() float64     { return c.left.Share / c.left.Least }

func (c *costRun) run(r *lab.Run) error {
	runs := c.effort.Runs(10, 40, r.Full)
	if c.effort.Tiny {
		c.keys = min(c.keys, 1_000)
	}
	r.Progress("%d nodes, %d keys", c.nodes, c.keys)
	all, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) ([]cost, error) {
		keys, seed, leaver := ringsim.Keys(e.Stream("keys"), c.keys), e.Stream("seed").Uint64(), e.Stream("leaver").IntN(c.nodes)
		costs := make([]cost, len(c.placements))
		for i, of := range c.placements {
			var err error
			if costs[i], err = c.measure(of, seed, leaver, keys); err != nil {
				return nil, fmt.Errorf("%s: %w", of.name, err)
			}
		}
		return costs, nil
	})
	if err != nil {
		return err
	}
	c.costs = map[string][]cost{}
	table := r.Table("placement", "nodes", "keys", "runs", "peak_to_mean", "low", "high", "dispersion",
		"joins", "joins_low", "joins_high", "leaves", "leaves_low", "leaves_high", "bytes")
	for i, of := range c.placements {
		costs := make([]cost, runs)
		for run := range all {
			costs[run] = all[run][i]
		}
		c.costs[of.name] = costs
		peak, err := judge.Charted(judge.Column(costs, cost.peak))
		if err != nil {
			return err
		}
		joins, err := judge.Charted(judge.Column(costs, cost.joins))
		if err != nil {
			return err
		}
		row := []any{of.name, c.nodes, c.keys, runs, peak.Estimate, peak.Low, peak.High, judge.Mean(judge.Column(costs, cost.dispersion)),
			joins.Estimate, joins.Low, joins.High, nil, nil, nil, costs[0].bytes}
		if !of.last {
			leaves, err := judge.Charted(judge.Column(costs, cost.leaves))
			if err != nil {
				return err
			}
			row[11], row[12], row[13] = leaves.Estimate, leaves.Low, leaves.High
		}
		table.Row(row...)
	}
	c.findings(r)
	figure, err := c.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

func (c *costRun) measure(of placement, seed uint64, leaver int, keys []string) (cost, error) {
	scheme := of.scheme(making{nodes: c.nodes + 1, points: c.points, seed: seed})
	p, err := scheme(ringsim.Members(c.nodes))
	if err != nil {
		return cost{}, err
	}
	m := cost{over: math.NaN()}
	if m.balance, err = ringsim.BalanceOf(p, keys); err != nil {
		return m, err
	}
	if of.last {
		leaver = c.nodes - 1
	}
	// A tenth of the keys is enough for what moves, which all of them are asked about three times.
	if m.joined, m.left, err = ringsim.Resize(scheme, c.nodes, leaver, keys[:len(keys)/10]); err != nil {
		return m, err
	}
	if size := entries(p); size > 0 {
		shares, err := ringsim.Shares(p)
		if err != nil {
			return m, err
		}
		m.over = (ringsim.UnevennessOf(shares, 0, 1).Peak - 1) / float64(c.nodes) * float64(size)
	}
	m.bytes, _ = ringsim.Bytes(p)
	return m, nil
}

// entries are those of a placement's table, from which each node has a whole number; zero if it has no such table.
func entries(p hashring.Placement) int {
	switch p := p.(type) {
	case *hashring.Slots:
		return hashring.SlotCount
	case *hashring.Maglev:
		return p.Bytes() / 4
	}
	return 0
}

func (c *costRun) figure(runs int) (chart.Figure, error) {
	var groups []string
	var shown []placement
	for _, of := range c.placements {
		if of.color != chart.Baseline {
			name := strings.Replace(of.label, "rendezvous", "rendez- vous", 1) // which is wider than its bar
			groups, shown = append(groups, name), append(shown, of)
		}
	}
	bars := func(of func(cost) float64, everywhere bool) (chart.Bar, error) {
		b := chart.Bar{Color: chart.Blue}
		for _, p := range shown {
			interval, err := judge.Charted(judge.Column(c.costs[p.name], of))
			if err != nil {
				return b, err
			}
			if p.last && !everywhere {
				interval.Estimate = math.NaN()
			}
			b.AddInterval(interval.Estimate, interval.Low, interval.High)
		}
		return b, nil
	}
	modulo := c.costs["modulo"]
	two := func(v float64) string { return fmt.Sprintf("%.2f", v) }
	var panels []chart.Panel
	for _, of := range []struct {
		title      string
		of         func(cost) float64
		everywhere bool
		format     func(float64) string
	}{
		{fmt.Sprintf("keys of the fullest node, over the mean (modulo: %.2f)", judge.Mean(judge.Column(modulo, cost.peak))), cost.peak, true, two},
		{"memory, KB (modulo: 0)", func(c cost) float64 { return float64(c.bytes) / 1000 }, true, kilobytes},
		{fmt.Sprintf("keys moved when one joins, over the least (modulo: %.0f)", judge.Mean(judge.Column(modulo, cost.joins))), cost.joins, true, two},
		{fmt.Sprintf("when any one leaves (modulo: %.0f; jump cannot)", judge.Mean(judge.Column(modulo, cost.leaves))), cost.leaves, false, two},
	} {
		b, err := bars(of.of, of.everywhere)
		if err != nil {
			return chart.Figure{}, err
		}
		panels = append(panels, chart.Bars{Title: of.title, Groups: groups, Series: []chart.Bar{b}, Format: of.format})
	}
	return chart.Figure{
		Headline: c.headline(),
		Detail: fmt.Sprintf("%s nodes, %s virtual nodes of each on the ring; %s keys; mean of %d runs, 95%% intervals; memory computed from the tables",
			judge.Commas(c.nodes), judge.Commas(c.points), judge.Commas(c.keys), runs),
		Panels: panels,
	}, nil
}

func kilobytes(v float64) string {
	if v >= 100 {
		return judge.Commas(int(math.Round(v)))
	}
	return fmt.Sprintf("%.3g", v)
}

func (c *costRun) headline() string {
	ring, maglev := c.costs["ring"], c.costs["maglev"]
	return fmt.Sprintf("A ring pays with balance (%.2f) and %s KB, Maglev with moves (%.2f), rendezvous and anchor with neither",
		judge.Mean(judge.Column(ring, cost.peak)), kilobytes(float64(ring[0].bytes)/1000), judge.Mean(judge.Column(maglev, cost.joins)))
}
