package lab

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

// Small multiples: several runs of one experiment on one canvas, so that the eye compares like with like. Lines keep
// the colours that they have alone, and the panels share a y axis wherever their axes are alike. Lines of two runs are
// never laid over each other: a panel has four colours, and a run may need them all.

// mostPanels is what one canvas holds.
const mostPanels = 6

// heading is what stands above the panels.
type heading struct{ headline, detail string }

// multiples draws the runs' figures side by side, each under its name: every panel of each if the canvas holds them
// and they can be compared, else one of each. Of the headings it takes the first that fits.
func multiples(runs []chart.Figure, names []string, headings []heading, footer string) (chart.Figure, error) {
	candidates := []chart.Figure{onePanelEach(runs, names)}
	if f, ok := allPanels(runs, names); ok {
		candidates = []chart.Figure{f, candidates[0]}
	}
	var err error
	for _, f := range candidates {
		for _, h := range headings {
			f.Headline, f.Detail, f.Footer = h.headline, h.detail, footer
			if _, err = f.SVG(chart.Light); err == nil {
				return f, nil
			}
		}
	}
	return chart.Figure{}, err
}

// onePanelEach takes the first panel that is not the same in all runs: what is swept may not touch the very first one.
func onePanelEach(runs []chart.Figure, names []string) (f chart.Figure) {
	count := len(runs[0].Panels)
	for _, run := range runs {
		count = min(count, len(run.Panels))
	}
	telling := 0
	for panel := range count {
		first := drawn(runs[0].Panels[panel])
		if slices.ContainsFunc(runs[1:], func(run chart.Figure) bool { return drawn(run.Panels[panel]) != first }) {
			telling = panel
			break
		}
	}
	for i, run := range runs {
		f.Panels = append(f.Panels, titled(run.Panels[telling], names[i]))
	}
	f.SharedY = alike(f.Panels)
	return f
}

// drawn is a panel as it would be alone: what holds functions and gaps that are no numbers cannot be compared otherwise.
func drawn(panel chart.Panel) string {
	svg, err := chart.Figure{Headline: "alone", Detail: "alone", Footer: "alone", Panels: []chart.Panel{panel}}.SVG(chart.Light)
	return fmt.Sprint(string(svg), err)
}

// allPanels is false if there are too many panels, or if those of one run have different y axes: then like panels of
// two runs would have different ones too, and the eye would compare what it must not.
func allPanels(runs []chart.Figure, names []string) (f chart.Figure, ok bool) {
	count := len(runs[0].Panels)
	if count*len(runs) > mostPanels {
		return f, false
	}
	for _, run := range runs {
		if len(run.Panels) != count {
			return f, false
		}
		f.SharedY = f.SharedY || run.SharedY
	}
	at := func(run, panel int) {
		f.Panels = append(f.Panels, titled(runs[run].Panels[panel], names[run]))
	}
	if len(runs) < count { // the canvas has as many columns as the larger number, up to three
		for run := range runs {
			for panel := range count {
				at(run, panel)
			}
		}
	} else {
		for panel := range count {
			for run := range runs {
				at(run, panel)
			}
		}
	}
	heat := !slices.ContainsFunc(f.Panels, func(p chart.Panel) bool { _, isHeat := p.(chart.HeatMap); return !isHeat })
	return f, heat || f.SharedY && alike(f.Panels)
}

// titled puts a run's name before a panel's title.
func titled(panel chart.Panel, name string) chart.Panel {
	with := func(title string) string {
		if title == "" {
			return name
		}
		return name + ", " + title
	}
	switch p := panel.(type) {
	case chart.Lines:
		p.Title = with(p.Title)
		return p
	case chart.Bars:
		p.Title = with(p.Title)
		return p
	case chart.HeatMap:
		p.Title = with(p.Title)
		return p
	case chart.SpaceTime:
		p.Title = with(p.Title)
		return p
	}
	return panel // the chart refuses it
}

// alike says whether the panels can share a y axis.
func alike(panels []chart.Panel) bool {
	var axes []chart.Axis
	for _, panel := range panels {
		switch p := panel.(type) {
		case chart.Lines:
			axes = append(axes, p.Y)
		case chart.Bars:
			axes = append(axes, p.Y)
		default: // the others have none
			return false
		}
	}
	return !slices.ContainsFunc(axes, func(a chart.Axis) bool { return !reflect.DeepEqual(a, axes[0]) })
}

// Details are written in clauses that a semicolon ends, and clauses in phrases that a comma ends.
const clauseEnd, phraseEnd = "; ", ", "

// inCommon is what all details say. Of clauses that differ the like phrases are kept, place by place; what is true of
// some runs only is left out. A clause with a colon is a list, and is not shortened.
func inCommon(details []string) string {
	clauses := splitAll(details, clauseEnd)
	if !sameLength(clauses) { // which clause answers which is unknown, so only those count that all have
		return strings.Join(slices.DeleteFunc(clauses[0], func(clause string) bool {
			return slices.ContainsFunc(clauses, func(other []string) bool { return !slices.Contains(other, clause) })
		}), clauseEnd)
	}
	return placeByPlace(clauses, clauseEnd, func(column []string) string {
		phrases := splitAll(column, phraseEnd)
		if strings.Contains(strings.Join(column, ""), ": ") || !sameLength(phrases) {
			return ""
		}
		return placeByPlace(phrases, phraseEnd, func([]string) string { return "" })
	})
}

// placeByPlace joins what stands at each place: the text that all have there, or else what otherwise makes of them.
func placeByPlace(parts [][]string, separator string, otherwise func(column []string) string) string {
	var kept []string
	for place := range parts[0] {
		column := make([]string, len(parts))
		for i := range parts {
			column[i] = parts[i][place]
		}
		text := column[0]
		if slices.ContainsFunc(column, func(s string) bool { return s != text }) {
			text = otherwise(column)
		}
		if text != "" {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, separator)
}

func splitAll(texts []string, separator string) [][]string {
	parts := make([][]string, len(texts))
	for i, s := range texts {
		parts[i] = strings.Split(s, separator)
	}
	return parts
}

func sameLength(parts [][]string) bool {
	return !slices.ContainsFunc(parts, func(p []string) bool { return len(p) != len(parts[0]) })
}

// joinClauses joins what is not empty.
func joinClauses(clauses ...string) string {
	return strings.Join(slices.DeleteFunc(clauses, func(s string) bool { return s == "" }), clauseEnd)
}

// describedAs is a parameter with its value, for a title or a sentence.
func describedAs(name, value string) string { return fmt.Sprintf("%s = %s", name, value) }
