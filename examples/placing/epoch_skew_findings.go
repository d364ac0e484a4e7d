package placing

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

const (
	skewModulo      = "modulo: after a node joins or leaves, (1-1/n) exp(-t) of the requests are misrouted, n being the larger number of nodes"
	skewRing        = "ring: after a node joins or leaves, exp(-t)/n of the requests are misrouted"
	skewAnchor      = "anchor: after a node joins or leaves, exp(-t)/n of the requests are misrouted"
	skewMaglev      = "Maglev: after a node joins or leaves, what its table moves times exp(-t) of the requests are misrouted"
	churnModulo     = "modulo: with c replacements in a mean delay, c/(1+c) of the requests are misrouted: all by clients that are behind"
	churnRing       = "ring: k replacements behind, a client misroutes 2k/(n+k) of its requests, at every rate"
	churnAnchor     = "anchor: k replacements behind, a client misroutes k/n of its requests, the least, at every rate"
	churnMaglev     = "Maglev: at the highest rate of replacements more requests are misrouted than by anchor"
	churnRingModulo = "ring: at the lowest rate of replacements less than a fifth as many requests are misrouted as by modulo"
)

func (s *skewRun) findings(r *lab.Run) {
	for _, c := range []struct{ sentence, name string }{
		{skewModulo, "modulo"}, {skewRing, "ring"}, {skewAnchor, "anchor"}, {skewMaglev, "maglev"},
	} {
		var all []judge.Requirement
		if result := s.results[c.name]; result != nil {
			for i, t := range since {
				for event, runs := range [][]float64{result.join[i], result.leave[i]} {
					if c.name == "maglev" { // each run has tables of its own
						all = append(all, judge.Equals(differences(runs, scaled(math.Exp(-t), result.moved[event])), 0))
						continue
					}
					all = append(all, judge.Equals(runs, s.exactSince(c.name, event, t)))
				}
			}
		}
		judge.State(r, c.sentence, all)
	}
	for _, c := range []struct{ sentence, name string }{{churnModulo, "modulo"}, {churnRing, "ring"}, {churnAnchor, "anchor"}} {
		var all []judge.Requirement
		if result := s.results[c.name]; result != nil {
			for i, rate := range s.rates {
				all = append(all, judge.Equals(result.churn[i], s.exactChurn(c.name, rate)))
			}
		}
		judge.State(r, c.sentence, all)
	}
	modulo, ring, anchor, maglev := s.results["modulo"], s.results["ring"], s.results["anchor"], s.results["maglev"]
	var highest, lowest []comparison
	if maglev != nil && anchor != nil {
		last := len(s.rates) - 1
		highest = append(highest, higher(maglev.churn[last], 1, anchor.churn[last]))
	}
	if ring != nil && modulo != nil {
		lowest = append(lowest, lower(ring.churn[0], 0.2, modulo.churn[0]))
	}
	compare(r, churnMaglev, highest)
	compare(r, churnRingModulo, lowest)
}

func (s *skewRun) figure(runs int) (chart.Figure, error) {
	after := chart.Lines{Title: "a node joins", X: chart.Axis{Name: "time since, in mean delays"}, Y: chart.Axis{Scale: chart.Log}}
	churn := chart.Lines{Title: "nodes are replaced, the oldest first", X: chart.Axis{Name: "replacements in a mean delay", Scale: chart.Log}, Y: chart.Axis{Scale: chart.Log}}
	for _, of := range chosen(s.placements, s.asked) {
		result := s.results[of.name]
		for _, c := range []struct {
			panel *chart.Lines
			x     []float64
			runs  [][]float64
			exact func(x float64) float64
		}{
			{&after, since, result.join, func(x float64) float64 { return s.exactSince(of.name, 0, x) }},
			{&churn, s.rates, result.churn, func(x float64) float64 { return s.exactChurn(of.name, x) }},
		} {
			line, exact := chart.Line{Name: of.label, Color: of.color, X: c.x}, chart.Line{Color: chart.Theory, X: c.x}
			known := len(c.x) > 1
			for i, x := range c.x {
				if err := addPoint(&line, c.runs[i]); err != nil {
					return chart.Figure{}, err
				}
				if line.Y[i] <= 0 {
					c.panel.Y.Scale = chart.Linear // so few are misrouted that none was seen
				}
				exact.Y = append(exact.Y, c.exact(x))
				known = known && !math.IsNaN(exact.Y[i])
			}
			c.panel.Series = append(c.panel.Series, line)
			if known {
				c.panel.Series = append(c.panel.Series, exact)
			}
		}
	}
	if after.Y.Scale != churn.Y.Scale {
		after.Y.Scale, churn.Y.Scale = chart.Linear, chart.Linear
	}
	return chart.Figure{
		Headline: s.headline(),
		Detail: fmt.Sprintf("Share of requests sent to a node that is not the owner; %d nodes, clients hear of a change after exponential delays; %d runs, 95%% bands; dashed: exact",
			s.nodes, runs),
		Panels:  []chart.Panel{after, churn},
		SharedY: true,
	}, nil
}

func (s *skewRun) headline() string {
	at := 0
	for i, rate := range s.rates {
		if math.Abs(math.Log(rate)) < math.Abs(math.Log(s.rates[at])) {
			at = i
		}
	}
	text := ""
	for _, of := range chosen(s.placements, s.asked) {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s %.2g%%", of.label, 100*judge.Mean(s.results[of.name].churn[at]))
	}
	return fmt.Sprintf("Replacing %.3g of %d nodes while news spreads misroutes %s", s.rates[at], s.nodes, text)
}
