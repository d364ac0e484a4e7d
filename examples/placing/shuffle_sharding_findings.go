package placing

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of shuffle-sharding.
const (
	wholeExact  = "shuffled: one tenant in C(nodes, nodes each) loses every node, wherever a run expects ten such tenants"
	partExact   = "shuffled: those that lose a node and keep one are as many as the hypergeometric distribution says"
	plainExact  = "plain shards: one tenant in as many as there are shards loses every node"
	fewerWholly = "with two nodes each or more, shuffled tenants that lose every node are less than a third of those in plain shards"
	morePartly  = "the price: with two nodes each or more, shuffling lets more tenants lose a node"
	rarelyAll   = "shuffled, with two nodes each or more, less than a tenth of those that lose a node lose them all"
)

func (s *shuffleRun) findings(r *lab.Run) {
	var wholly, partly, plain []judge.Requirement
	var fewer, more, rarely []comparison
	for _, nodes := range s.nodes {
		shards := s.of("plain", nodes)
		for i, h := range s.of("shuffle", nodes) {
			if h.seen(h.exactWholly) {
				wholly = append(wholly, judge.Equals(h.wholly, h.exactWholly))
			}
			if h.seen(h.exactPartly) && h.each > 1 {
				partly = append(partly, judge.Equals(h.partly, h.exactPartly))
			}
			p := shards[i]
			if p.seen(p.exactWholly) {
				plain = append(plain, judge.Equals(p.wholly, p.exactWholly))
			}
			if h.each == 1 || h.each == h.nodes {
				continue // they are the same
			}
			fewer = append(fewer, lower(h.wholly, 1.0/3, p.wholly))
			rarely = append(rarely, lower(h.wholly, 0.1, h.all()))
			if p.exactWholly < 1 {
				more = append(more, higher(h.all(), 1, p.wholly))
			}
		}
	}
	judge.State(r, wholeExact, wholly)
	judge.State(r, partExact, partly)
	judge.State(r, plainExact, plain)
	compare(r, fewerWholly, fewer)
	compare(r, morePartly, more)
	compare(r, rarelyAll, rarely)
}

func (s *shuffleRun) figure(runs int) (chart.Figure, error) {
	figure := chart.Figure{
		Headline: s.headline(),
		Detail: fmt.Sprintf("Per cent of the other tenants; %s tenants; mean of %d runs, 95%% bands where a run expects ten tenants; dashed: exact; plain shards share no node",
			judge.Commas(s.tenants), runs),
	}
	for _, nodes := range s.nodes {
		every, err := s.panel(nodes, func(h hurtBy) []float64 { return h.wholly }, func(h hurtBy) float64 { return h.exactWholly })
		if err != nil {
			return figure, err
		}
		lowest := math.Inf(1)
		for _, h := range s.of("shuffle", nodes) {
			lowest = min(lowest, h.exactWholly)
		}
		every.Title = fmt.Sprintf("%d nodes: lose every node (%%)", nodes)
		visible := 0.5 / float64(s.tenants*runs) // what no run sees needs no room
		every.Y = chart.Axis{Scale: chart.Log, Min: new(100 * min(0.01, max(lowest/2, visible))), Max: new(100.0)}

		any, err := s.panel(nodes, hurtBy.all, func(h hurtBy) float64 { return h.exactWholly + h.exactPartly })
		if err != nil {
			return figure, err
		}
		any.Title = fmt.Sprintf("%d nodes: lose any node (%%)", nodes)
		any.Y = chart.Axis{Min: new(0.0)}
		figure.Panels = append(figure.Panels, every, any)
	}
	return figure, nil
}

// panel draws a share against the nodes that each tenant has. What was seen of nobody is a gap.
func (s *shuffleRun) panel(nodes int, share func(hurtBy) []float64, theory func(hurtBy) float64) (chart.Lines, error) {
	panel := chart.Lines{X: chart.Axis{Name: "nodes that each tenant has", Min: new(0.0)}}
	for _, sharding := range s.shardings {
		line, exact := chart.Line{Name: sharding.label, Color: sharding.color}, chart.Line{Color: chart.Theory}
		for _, h := range s.of(sharding.name, nodes) {
			interval, err := judge.Charted(scaled(100, share(h)))
			if err != nil {
				return panel, err
			}
			if interval.Estimate == 0 {
				interval.Estimate = math.NaN()
			}
			if !h.seen(theory(h)) {
				interval.Low, interval.High = interval.Estimate, interval.Estimate
			}
			line.X, exact.X = append(line.X, float64(h.each)), append(exact.X, float64(h.each))
			line.Y, line.Low, line.High = append(line.Y, interval.Estimate), append(line.Low, interval.Low), append(line.High, interval.High)
			exact.Y = append(exact.Y, 100*theory(h))
		}
		if slices.ContainsFunc(line.Y, func(y float64) bool { return !math.IsNaN(y) }) {
			panel.Series = append(panel.Series, line)
		}
		if len(exact.X) > 1 {
			panel.Series = append(panel.Series, exact)
		}
	}
	return panel, nil
}

// headline is about two nodes each, or what is next to it, of the fewest nodes.
func (s *shuffleRun) headline() string {
	i := max(0, slices.Index(s.each, 2))
	shuffled, plain := s.of("shuffle", s.nodes[0])[i], s.of("plain", s.nodes[0])[i]
	return fmt.Sprintf("With %d of %d nodes each, one bad tenant takes %.2g%% of the others down wholly if nodes are shuffled, %.2g%% if shards are plain",
		shuffled.each, shuffled.nodes, 100*judge.Mean(shuffled.wholly), 100*judge.Mean(plain.wholly))
}
