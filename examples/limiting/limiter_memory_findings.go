package limiting

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

func (m *memoryRun) findings(r *lab.Run, mapBytes float64) {
	table, sketch := m.points["keyed"], m.points["sketch"]
	live := slices.Max(m.live)

	broken := 0.0
	for _, p := range slices.Concat(table, sketch) {
		broken += p.admitted
	}
	r.Finding(lab.Finding{
		Sentence: "neither table nor sketch ever admits what a client's own limit would refuse",
		Measured: broken, Bound: 0, Holds: broken == 0,
	})

	const room = "a table with room for every client that is live at once makes no mistake"
	wrong, judged := 0, false
	for _, p := range table {
		if float64(p.size) >= live {
			wrong, judged = wrong+p.wrongInARun, true
		}
	}
	if judged {
		r.Finding(lab.Finding{Sentence: room, Measured: float64(wrong), Bound: 0, Holds: wrong == 0})
	} else {
		r.NotHere(room)
	}

	// The first size of the table from which on it never errs.
	spotless := slices.IndexFunc(table, func(p memoryPoint) bool { return p.wrongInARun == 0 })
	const tenth = "without a mistake a table takes less than a tenth of the memory of a map of GCRAs"
	if spotless < 0 {
		r.NotHere(tenth)
	} else {
		r.Finding(lab.Finding{Sentence: tenth, Measured: table[spotless].bytes, Bound: mapBytes / 10, Holds: table[spotless].bytes < mapBytes/10})
	}
	var there []judge.Requirement
	if spotless >= 0 {
		there = append(there, judge.AtLeast(sketch[spotless].refused, 1e-4))
	}
	judge.State(r, "a sketch in the memory in which a table makes no mistake still makes more than one in 10,000", there)

	var bounds []judge.Requirement
	for _, p := range sketch {
		bounds = append(bounds, judge.AtMost(p.refused, p.bound))
	}
	judge.State(r, "a sketch of any size wrongly refuses no larger a part than Sketch.Error of the clients that are live", bounds)

	last := len(m.bytes) - 1
	var falls []judge.Requirement
	if last > 0 {
		falls = append(falls, judge.AtMost(sketch[last].refused, judge.Mean(sketch[0].refused)/1000))
	}
	judge.State(r, "from the fewest bytes to the most a sketch's mistakes fall to less than a thousandth", falls)
}

func (m *memoryRun) figure(runs int, mapBytes float64) (chart.Figure, error) {
	panel := chart.Lines{
		X: chart.Axis{Name: "bytes a client", Scale: chart.Log},
		Y: chart.Axis{Scale: chart.Log},
	}
	// A logarithmic axis has no place for no mistakes at all: they are drawn at the decade below the fewest.
	least := 1.0
	for _, of := range m.structures {
		for _, p := range m.points[of.name] {
			if refused := judge.Mean(p.refused); refused > 0 {
				least = min(least, refused)
			}
		}
	}
	none := math.Pow(10, math.Ceil(math.Log10(least))-1)
	panel.Y.Min = &none
	for _, of := range m.structures {
		line := chart.Line{Name: of.label, Color: of.color}
		bound := chart.Line{Color: chart.Theory}
		for _, p := range m.points[of.name] {
			interval, err := judge.Charted(p.refused)
			if err != nil {
				return chart.Figure{}, err
			}
			line.AddInterval(p.bytes, max(interval.Estimate, none), interval.Low, max(interval.High, none))
			if p.bound >= none {
				bound.Add(p.bytes, p.bound)
			}
		}
		panel.Series = append(panel.Series, line)
		if len(bound.X) > 1 {
			panel.Series = append(panel.Series, bound)
		}
	}
	panel.Series = append(panel.Series, chart.Line{
		Name: "map of GCRAs", Color: chart.Baseline, X: []float64{mapBytes, mapBytes}, Y: []float64{none, 1},
	})
	return chart.Figure{
		Headline: m.headline(mapBytes),
		Detail: fmt.Sprintf("Share of decisions wrongly refused, log scale; none stands at the lower edge; %s clients, of whom %s are live at once; mean of %d runs, 95%% bands; dashed: Sketch.Error",
			grouped(float64(m.clients)), grouped(slices.Max(m.live)), runs),
		Panels: []chart.Panel{panel},
	}, nil
}

// headline is what the data say of the least memory without mistakes.
func (m *memoryRun) headline(mapBytes float64) string {
	table, sketch := m.points["keyed"], m.points["sketch"]
	i := slices.IndexFunc(table, func(p memoryPoint) bool { return p.wrongInARun == 0 })
	if i < 0 {
		last := len(table) - 1
		return fmt.Sprintf("In %.2g bytes a client a table wrongly refuses %.2g%% of requests, a sketch %.2g%%",
			table[last].bytes, 100*judge.Mean(table[last].refused), 100*judge.Mean(sketch[last].refused))
	}
	return fmt.Sprintf("Exact limits take %.2g bytes a client in a table of the live ones, %.3g in a map; a sketch as small errs in %.2g%% of decisions",
		table[i].bytes, mapBytes, 100*judge.Mean(sketch[i].refused))
}
