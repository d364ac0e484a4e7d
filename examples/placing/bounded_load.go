package placing

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// BoundedLoad draws epsilon against the load of the busiest node, and against the share of requests that are not served by their key's
// owner. Requests come as a Poisson process for Zipf keys and last an exponential time, whatever the load: what is bounded is
// requests in flight. The baseline is each key at its owner; to look at no keys at all is the other extreme.
//
// In data.csv peak_to_mean is the most requests in flight to a node, on average over time, over the mean of all nodes; elsewhere the share
// of requests that went to another node than their key's owner. Between two picks nodes can be above the bound, because others'
// requests have ended: fullest is the largest part of it, ceil((1+epsilon) * in flight / nodes), that a pick filled its node to, and at most 1.
var BoundedLoad = boundedLoad(allLoadPickers, judge.Effort{})

// loadPicker is a way to pick nodes for requests that last, as this experiment knows it.
type loadPicker struct {
	name    string
	label   string
	color   chart.Color
	epsilon bool // there is one for each epsilon
	make    func(p hashring.Placement, epsilon float64, source rand.Source) (ringsim.Picker, error)
}

var allLoadPickers = []loadPicker{
	{name: "owner", label: "always the owner", color: chart.Baseline,
		make: func(p hashring.Placement, _ float64, _ rand.Source) (ringsim.Picker, error) {
			return ringsim.ByOwner(p), nil
		}},
	{name: "bounded", label: "bounded loads", color: chart.Green, epsilon: true,
		make: func(p hashring.Placement, epsilon float64, _ rand.Source) (ringsim.Picker, error) {
			bounded, err := hashring.NewBounded(p, epsilon)
			if err != nil {
				return nil, err
			}
			return ringsim.WithinBound(bounded), nil
		}},
	{name: "random", label: "any, at random", color: chart.Pink,
		make: func(p hashring.Placement, _ float64, source rand.Source) (ringsim.Picker, error) {
			return ringsim.AtRandom(len(p.Members()), source), nil
		}},
	{name: "least", label: "any, least loaded", color: chart.Orange,
		make: func(p hashring.Placement, _ float64, source rand.Source) (ringsim.Picker, error) {
			return ringsim.LeastLoaded(len(p.Members()), source), nil
		}},
}

func boundedLoad(pickers []loadPicker, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "bounded-load",
		Topic:    "placing",
		Question: "How even a load does consistent hashing with bounded loads give, and how many keys does that cost their owner?",
		Guide:    []string{"part.hot", "part.hash", "lb.hash"},
		Packages: []string{"hashring.Bounded", "hashring.Ring", "hashring/ringsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			b := &boundedRun{pickers: pickers, effort: effort}
			b.epsilon = p.Floats("epsilon", []float64{0.05, 0.1, 0.2, 0.4, 0.8, 1.6}, "of the mean", "how far above it a node may be", lab.Within(0.001, 1000.0))
			b.nodes = p.Int("nodes", 20, "nodes", "how many there are", lab.Within(2, 1000))
			b.perNode = p.Float("in-flight", 25, "requests a node", "how many are in flight, on average", lab.Within(0.1, 10_000.0))
			b.skew = p.Float("skew", 1, "", "exponent of the Zipf distribution of keys, 0 being uniform", lab.Within(0.0, 5.0))
			b.keys = p.Int("keys", 10_000, "keys", "how many there are", lab.Within(1, 1_000_000))
			b.points = p.Int("vnodes", hashring.DefaultPoints, "points", "virtual nodes of a node", lab.Within(1, 10_000))
			p.Refuse(b.unfit())
			return b.run
		},
	}
}

type boundedRun struct {
	pickers []loadPicker
	effort  judge.Effort
	epsilon []float64 // ascending in a run
	nodes   int
	perNode float64
	skew    float64
	keys    int
	points  int

	results map[string][][]ringsim.Loads // by picker and, if it has one, epsilon; of each run
}

const warmUp, length = 8.0, 16.0 // mean durations of a request; after eight, one in 3,000 of the first ones is left

func (b *boundedRun) unfit() error {
	const leastInFlight, mostRequests, mostPoints = 5, 200_000, 1_000_000
	if all := float64(b.nodes) * b.perNode; all < leastInFlight {
		return fmt.Errorf("-nodes and -in-flight must have at least %d requests in flight: %v", leastInFlight, all)
	}
	if requests := float64(b.nodes) * b.perNode * (warmUp + length); requests > mostRequests {
		return fmt.Errorf("-nodes and -in-flight must leave a run at most %d requests: %.0f", mostRequests, requests)
	}
	if points := b.nodes * b.points; points > mostPoints {
		return fmt.Errorf("-nodes and -vnodes must leave a ring at most %d points: %d", mostPoints, points)
	}
	return nil
}

func (b *boundedRun) run(r *lab.Run) error {
	slices.Sort(b.epsilon)
	runs := b.effort.Runs(24, 200, r.Full)
	names := ringsim.Keys(rand.New(rand.NewPCG(r.Seed, 0)), b.keys)
	table := r.Table("picker", "epsilon", "nodes", "in_flight_per_node", "runs", "peak_to_mean", "peak_low", "peak_high",
		"elsewhere", "elsewhere_low", "elsewhere_high", "fullest")
	b.results = map[string][][]ringsim.Loads{}
	for _, picker := range b.pickers {
		for i, epsilon := range b.epsilon {
			if i > 0 && !picker.epsilon {
				break // it has none, and is what it is
			}
			r.Progress("%s, epsilon %v", picker.label, epsilon)
			loads, err := b.measure(r.Seed, runs, names, picker, epsilon)
			if err != nil {
				return fmt.Errorf("%s: %w", picker.name, err)
			}
			b.results[picker.name] = append(b.results[picker.name], loads)
			peak, err := judge.Charted(judge.Column(loads, peakOf))
			if err != nil {
				return err
			}
			away, err := judge.Charted(judge.Column(loads, elsewhereOf))
			if err != nil {
				return err
			}
			cells := []any{picker.name, epsilon, b.nodes, b.perNode, runs, peak.Estimate, peak.Low, peak.High, away.Estimate, away.Low, away.High, slices.Max(judge.Column(loads, fullestOf))}
			if !picker.epsilon {
				cells[1], cells[len(cells)-1] = nil, nil
			}
			table.Row(cells...)
		}
	}
	b.findings(r)
	figure, err := b.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

func peakOf(l ringsim.Loads) float64      { return l.PeakToMean }
func elsewhereOf(l ringsim.Loads) float64 { return l.Elsewhere }
func fullestOf(l ringsim.Loads) float64   { return l.Fullest }

// measure replicates one picker, each time on another ring. All pickers get the same rings and the same requests.
func (b *boundedRun) measure(seed uint64, runs int, names []string, picker loadPicker, epsilon float64) ([]ringsim.Loads, error) {
	length := length
	if b.effort.Tiny {
		length = 4
	}
	return sim.Replicate(seed, runs, func(e *sim.Engine) (ringsim.Loads, error) {
		ring, err := hashring.NewRing(ringsim.Members(b.nodes), hashring.RingOptions{
			Hashing: hashring.Hashing{Seed: e.Stream("ring").Uint64()}, Points: b.points})
		if err != nil {
			return ringsim.Loads{}, err
		}
		p, err := picker.make(ring, epsilon, e.Stream("picks"))
		if err != nil {
			return ringsim.Loads{}, err
		}
		return ringsim.RunInFlight(e, ringsim.InFlight{
			Nodes: b.nodes, Placement: ring, Picker: p, Keys: names, Skew: b.skew, Mean: b.perNode, Epsilon: epsilon,
			WarmUp: warmUp, Length: length,
		})
	})
}

func (b *boundedRun) figure(runs int) (chart.Figure, error) {
	peaks := chart.Lines{Title: "busiest node, over the mean", X: chart.Axis{Name: "epsilon", Scale: chart.Log}}
	away := chart.Lines{Title: "not served by the owner (%)", X: chart.Axis{Name: "epsilon", Scale: chart.Log}, Y: chart.Axis{Min: new(0.0), Max: new(100.0)}}
	bound := chart.Line{Name: "1 + epsilon", Color: chart.Theory}
	bottom, top := 1.0, 0.0
	for _, picker := range b.pickers {
		peak, elsewhere := chart.Line{Name: picker.label, Color: picker.color}, chart.Line{Name: picker.label, Color: picker.color}
		for i, epsilon := range b.epsilon {
			loads := b.results[picker.name][min(i, len(b.results[picker.name])-1)]
			for _, line := range []struct {
				*chart.Line
				runs []float64
			}{{&peak, judge.Column(loads, peakOf)}, {&elsewhere, judge.Column(loads, func(l ringsim.Loads) float64 { return 100 * l.Elsewhere })}} {
				interval, err := judge.Charted(line.runs)
				if err != nil {
					return chart.Figure{}, err
				}
				line.AddInterval(epsilon, interval.Estimate, interval.Low, interval.High)
				if line.Line == &peak {
					bottom, top = min(bottom, interval.Low), max(top, interval.High)
				}
			}
		}
		peaks.Series = append(peaks.Series, peak)
		if picker.name != "least" { // which serves as many elsewhere as random does
			away.Series = append(away.Series, elsewhere)
		}
	}
	for _, epsilon := range b.epsilon {
		bound.Add(epsilon, 1+epsilon)
	}
	if len(b.epsilon) > 1 {
		peaks.Series = append(peaks.Series, bound)
	}
	peaks.Y.Min, peaks.Y.Max = &bottom, new(1.05*top)
	return chart.Figure{
		Headline: b.headline(),
		Detail: fmt.Sprintf("Requests in flight, keys on a ring; on average %v a node; %d nodes; keys of Zipf %v; mean of %d runs, 95%% bands; dashed: 1 + epsilon, which a pick keeps to but for rounding up",
			b.perNode, b.nodes, b.skew, runs),
		Panels: []chart.Panel{peaks, away},
	}, nil
}

// headline is about the usual quarter, or the next epsilon below it that there is.
func (b *boundedRun) headline() string {
	i := 0
	for j, epsilon := range b.epsilon {
		if epsilon <= 0.25 {
			i = j
		}
	}
	bounded := b.results["bounded"][i]
	return fmt.Sprintf("Bounded loads at epsilon %v take the busiest node from %.2f to %.2f times the mean; %.2g%% of requests leave their owner",
		b.epsilon[i], judge.Mean(judge.Column(b.results["owner"][0], peakOf)), judge.Mean(judge.Column(bounded, peakOf)), 100*judge.Mean(judge.Column(bounded, elsewhereOf)))
}
