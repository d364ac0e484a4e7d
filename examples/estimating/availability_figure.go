package estimating

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

func (a *availabilityRun) figure(runs int) (chart.Figure, error) {
	var panels []chart.Panel
	for _, of := range []struct {
		title, axis, kind string
		alone             float64
		last              int // on x
		x                 func(redundancy) int
	}{
		{fmt.Sprintf("%.6g%% parts, all needed: nines", 100*a.part), "parts that a request needs", "all-needed", a.part, slices.Max(a.needed), func(s redundancy) int { return s.parts }},
		{fmt.Sprintf("%.6g%% copies, one is enough: nines", 100*a.copy), "copies", "copies", a.copy, slices.Max(a.copies), func(s redundancy) int { return s.parts }},
		{fmt.Sprintf("%d of these copies, k needed: nines", a.of), fmt.Sprintf("k, of %d", a.of), "k-of-n", a.copy, a.of, func(s redundancy) int { return s.needed }},
	} {
		lines, err := a.nines(of.kind, of.alone, of.x)
		if err != nil {
			return chart.Figure{}, err
		}
		panels = append(panels, chart.Lines{Title: of.title, X: chart.Axis{Name: of.axis, Min: new(0.0), Max: new(float64(max(2, of.last)))}, Y: chart.Axis{Min: new(0.0)}, Series: lines})
	}
	months, err := a.monthLines()
	if err != nil {
		return chart.Figure{}, err
	}
	minutes := chart.Axis{Name: "mean length of an incident (minutes)", Scale: chart.Log}
	if len(a.incidents) == 1 { // makes no axis by itself
		minutes.Min, minutes.Max = new(a.incidents[0]/10), new(a.incidents[0]*10)
	}
	missed := chart.Axis{Min: new(0.0)}
	if !slices.ContainsFunc(months, func(l chart.Line) bool { return slices.Max(l.Y) > 0.01 }) { // what never happens makes no axis
		missed.Max = new(1.0)
	}
	panels = append(panels, chart.Lines{
		Title: fmt.Sprintf("months that miss %.6g%% (%%), by what is spent", 100*a.objective), X: minutes, Y: missed, Series: months,
	})
	shared := "copies fail independently"
	if a.common > 0 {
		shared = fmt.Sprintf("common: %.3g%% of a copy's downtime takes all of them", 100*a.common)
	}
	return chart.Figure{
		Headline: a.headline(),
		Detail: fmt.Sprintf("Availability in nines (3 is 99.9%%), and months missed; mean of %d runs, 95%% bands; dashed: formulas, alone where outages are too rare to simulate; "+
			"grey: one part or copy; %s", runs, shared),
		Panels: panels,
	}, nil
}

// mostKnown is the highest availability of which a float64 says the nines: it is known to 1e-16, and formulas round a few times.
const mostKnown = 1 - 1e-13

// nines are the lines of a kind of system.
func (a *availabilityRun) nines(kind string, alone float64, x func(redundancy) int) ([]chart.Line, error) {
	independent := chart.Line{Name: "independent", Color: chart.Blue}
	common := chart.Line{Name: "common", Color: chart.Orange}
	exact, exactCommon := chart.Line{Color: chart.Theory}, chart.Line{Color: chart.Theory}
	one := chart.Line{Name: "one", Color: chart.Baseline}
	oneHas, err := estimate.Nines(alone)
	if err != nil {
		return nil, err
	}
	for _, s := range a.systems {
		if s.kind != kind {
			continue
		}
		simulated, theory := &independent, &exact
		if s.common > 0 {
			simulated, theory = &common, &exactCommon
		} else {
			one.Add(float64(x(s)), oneHas)
		}
		n, err := estimate.Nines(s.exact)
		if err != nil {
			return nil, err
		}
		if s.exact <= mostKnown {
			theory.Add(float64(x(s)), n)
		}
		if err := ninesPoint(simulated, float64(x(s)), s.down); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc([]chart.Line{one, independent, common, exact, exactCommon}, func(l chart.Line) bool { return len(l.X) == 0 }), nil
}

// ninesPoint adds a simulated availability, unless its interval reaches that of always up, which has no end of nines.
func ninesPoint(line *chart.Line, x float64, down []float64) error {
	if down == nil {
		return nil
	}
	interval, err := judge.Charted(down)
	if err != nil {
		return err
	}
	if interval.Low <= 0 || interval.High > 1 {
		return nil
	}
	line.X = append(line.X, x)
	for _, of := range []struct {
		to   *[]float64
		down float64
	}{{&line.Y, interval.Estimate}, {&line.Low, interval.High}, {&line.High, interval.Low}} {
		nines, err := estimate.Nines(1 - of.down)
		if err != nil {
			return err
		}
		*of.to = append(*of.to, nines)
	}
	return nil
}

func (a *availabilityRun) monthLines() (all []chart.Line, err error) {
	for i, spent := range a.spends {
		line := chart.Line{Name: budgetsOf(spent), Color: []chart.Color{chart.Green, chart.Pink}[i]}
		exact := chart.Line{Color: chart.Theory}
		for _, m := range a.months {
			if m.spent != spent {
				continue
			}
			if err := judge.Point(&line, m.minutes, judge.Column(m.missed, func(share float64) float64 { return 100 * share })); err != nil {
				return nil, err
			}
			exact.Add(m.minutes, 100*m.exact)
		}
		all = append(all, line, exact)
	}
	return all, nil
}

// headline has what formulas say: findings hold it against what was simulated.
func (a *availabilityRun) headline() string {
	var chain, copies redundancy
	for _, s := range a.systems {
		switch {
		case s.kind == "all-needed" && (chain.parts == 0 || s.parts <= 10):
			chain = s
		case s.kind == "copies": // the last is of the most, with the common cause if there is one
			copies = s
		}
	}
	missed := 0.0 // at the worst length of incidents
	for _, m := range a.months {
		if m.spent == a.spends[0] {
			missed = max(missed, m.exact)
		}
	}
	together := ""
	if copies.common > 0 {
		together = " with a common cause"
	}
	return fmt.Sprintf("%s of %.6g%%, all needed: %s; %s of %.6g%%%s: %s; spending %s in the mean misses %.6g%% in up to %.0f%% of months",
		numberOf(chain.parts, "part"), 100*chain.part, percents(chain.exact), numberOf(copies.parts, "copy"), 100*copies.part, together, percents(copies.exact),
		budgetsOf(a.spends[0]), 100*a.objective, 100*missed)
}

func budgetsOf(spent float64) string {
	switch spent {
	case 0.5:
		return "half the budget"
	case 1:
		return "the budget"
	}
	return fmt.Sprintf("%.3g budgets", spent)
}

func numberOf(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case what == "copy":
		return fmt.Sprintf("%d copies", n)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// percents is an availability with a digit more than it has nines.
func percents(up float64) string {
	if up > mostKnown {
		return "nearly 100%"
	}
	nines := -math.Log10(1 - up)
	return fmt.Sprintf("%.*f%%", max(0, int(math.Round(nines))-1), 100*up)
}
