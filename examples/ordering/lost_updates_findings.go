package ordering

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

const (
	wallLosesExactly = "wall time: the share of later writes that is lost is (2-x)^2/8, with x the gap over the skew"
	wallLosesMany    = "wall time: with clocks that are off by ten times the gap or more, over 40% of later writes are lost"
	wallLosesNone    = "wall time: nothing is lost where the gap is twice the skew or more"
	readIsKept       = "Lamport time, hybrid time and vectors: no write is lost whose writer has read the one before it"
	hybridRefuses    = "hybrid time: refused are as many as wall time would lose if the gap were longer by the bound, and their writers are told"
	blindByLamport   = "of later writes that have not read the one before, Lamport time loses half, whatever the gap"
	blindByHybrid    = "of later writes that have not read the one before, hybrid time loses as many as wall time should"
	blindByVector    = "of later writes that have not read the one before, vectors keep all, beside the first"
)

func (l *lostRun) findings(r *lab.Run) {
	var exactly, many, none, kept, refused, byLamport, byHybrid, byVector []judge.Requirement
	for _, p := range l.points {
		switch {
		case p.resolver != "wall":
			kept = append(kept, judge.Equals(p.lost(), 0))
		case p.gap >= 2*p.skew && p.gap > 0:
			none = append(none, judge.Equals(p.lost(), 0))
		case enough(p.theory(), p):
			exactly = append(exactly, judge.Equals(p.lost(), p.theory()))
			if p.skew >= 10*p.gap {
				many = append(many, judge.AtLeast(p.lost(), 0.4))
			}
		}
		if share := clocksim.RefusedByHybrid(p.updates); p.resolver == "hybrid" && (share == 0 || enough(share, p)) {
			refused = append(refused, judge.Equals(p.refused(), share))
		}
	}
	for _, p := range l.blind {
		switch share := clocksim.LostByWall(p.updates); p.resolver {
		case "lamport":
			byLamport = append(byLamport, judge.Equals(p.lost(), 0.5))
		case "hybrid":
			if share == 0 || enough(share, p) {
				byHybrid = append(byHybrid, judge.Equals(p.lost(), share))
			}
		case "vector":
			byVector = append(byVector, judge.Equals(p.siblings(), 1))
		}
	}
	judge.State(r, wallLosesExactly, exactly)
	judge.State(r, wallLosesMany, many)
	judge.State(r, wallLosesNone, none)
	judge.State(r, readIsKept, kept)
	judge.State(r, hybridRefuses, refused)
	judge.State(r, blindByLamport, byLamport)
	judge.State(r, blindByHybrid, byHybrid)
	judge.State(r, blindByVector, byVector)
}

// enough says whether a hundred writes or more are expected to have that fate, and a hundred not to: of fewer Student's interval is not one.
func enough(share float64, p lostPoint) bool {
	writes := float64(p.updates.Pairs * len(p.fates))
	return share*writes >= 100 && (1-share)*writes >= 100
}

func (l *lostRun) figure(runs int) (chart.Figure, error) {
	figure := chart.Figure{
		Headline: l.headline(),
		Detail: fmt.Sprintf("%% of later writes lost; of hybrid time, which loses none: refused beyond %v; the writer has read what it replaces; clocks are off by ± the skew at most; %d runs, 95%% intervals; dashed: (2-x)²/8, x the gap over the skew",
			l.maxDrift, runs),
		SharedY: len(l.gaps) > 1,
	}
	axis := chart.Axis{Name: "skew, ms", Scale: chart.Log}
	if l.largest() == 0 {
		axis.Scale = chart.Linear
	}
	for _, gap := range l.gaps {
		panel := chart.Lines{Title: fmt.Sprintf("replaced after %v ms", gap), X: axis, Y: chart.Axis{Min: new(0.0)}}
		exact := chart.Line{Color: chart.Theory}
		bars := chart.Bars{Title: panel.Title, Y: panel.Y}
		for _, resolver := range l.resolvers {
			line := chart.Line{Name: resolver.label, Color: resolver.color}
			if resolver.name == "hybrid" {
				line.Name = "hybrid, refused"
			}
			for _, p := range l.at(gap, resolver.name) {
				shares := p.lost()
				if resolver.name == "hybrid" {
					shares = p.refused()
				}
				interval, err := judge.Charted(shares)
				if err != nil {
					return chart.Figure{}, err
				}
				line.AddInterval(p.skew, 100*interval.Estimate, 100*max(0, interval.Low), 100*interval.High)
				if resolver.name == "wall" {
					exact.Add(p.skew, 100*p.theory())
				}
			}
			panel.Series = append(panel.Series, line)
			bars.Series = append(bars.Series, chart.Bar{Name: line.Name, Color: line.Color, Y: line.Y, Low: line.Low, High: line.High})
		}
		if len(exact.X) == 1 { // which makes no lines
			bars.Groups = []string{fmt.Sprintf("a skew of %v ms", exact.X[0])}
			bars.Series = append(bars.Series, chart.Bar{Name: "(2-x)²/8", Color: chart.Theory, Y: exact.Y})
			figure.Panels = append(figure.Panels, bars)
			continue
		}
		panel.Series = append(panel.Series, exact)
		figure.Panels = append(figure.Panels, panel)
	}
	return figure, nil
}

// at are the points of a gap and a resolver, by skew; on a log axis there is no place for 0.
func (l *lostRun) at(gap float64, resolver string) (all []lostPoint) {
	for _, p := range l.points {
		if p.gap == gap && p.resolver == resolver && (p.skew > 0 || l.largest() == 0) {
			all = append(all, p)
		}
	}
	return all
}

// headline tells of the shortest gap, with the first skew that is ten times as long, or else with the largest one.
func (l *lostRun) headline() string {
	gap, skew := l.gaps[0], l.largest()
	if i := slices.IndexFunc(l.skews, func(skew float64) bool { return skew >= 10*gap && gap > 0 }); i >= 0 {
		skew = l.skews[i]
	}
	var lost, others float64
	for _, p := range l.points {
		switch {
		case p.resolver != "wall":
			others = max(others, judge.Mean(p.lost()))
		case p.gap == gap && p.skew == skew:
			lost = 100 * judge.Mean(p.lost())
		}
	}
	rest := "without wall time none are"
	if others > 0 {
		rest = fmt.Sprintf("without wall time up to %.2g%% are", 100*others)
	}
	return fmt.Sprintf("With clocks ±%v ms off, %.2g%% of updates made %v ms after what they replace are lost; %s", skew, lost, gap, rest)
}
