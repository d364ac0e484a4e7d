package caching

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

// drawnFirst are the policies that a chart has if they were asked for, one of each colour: of others there may be too many.
var drawnFirst = []string{"lru", "s3-fifo", "w-tinylfu", "arc", "fifo", "opt"}

// drawnOf are the places of the policies of a chart, in the table's order, with the colours of their families: those that are wanted first, then
// drawnFirst, then whichever has a colour of its own.
func drawnOf(policies []policy, wanted ...int) []int {
	var all []int
	taken := map[chart.Color]bool{}
	take := func(i int) {
		if i >= 0 && !taken[policies[i].color] {
			taken[policies[i].color] = true
			all = append(all, i)
		}
	}
	for _, i := range wanted {
		take(i)
	}
	for _, name := range drawnFirst {
		take(slices.IndexFunc(policies, func(of policy) bool { return of.name == name }))
	}
	for i := range policies {
		take(i)
	}
	slices.Sort(all)
	return all
}

// drawn are the policies of the chart. What is recommended for a trace must be there.
func (h *hitRun) drawn() []int {
	if h.source.given() {
		return drawnOf(h.policies, h.best(h.grids[0], len(h.sizes)-1))
	}
	return drawnOf(h.policies)
}

func (h *hitRun) figure() (chart.Figure, error) {
	figure := chart.Figure{Headline: h.headline(), Detail: h.detail(), SharedY: len(h.grids) > 1}
	for _, g := range h.grids {
		panel := chart.Lines{X: chart.Axis{Name: "entries", Scale: chart.Log}, Y: chart.Axis{Min: new(0.0), Max: new(100.0)}}
		if len(h.grids) > 1 {
			panel.Title = g.title
		}
		for _, i := range h.drawn() {
			line := chart.Line{Name: h.policies[i].label, Color: h.policies[i].color}
			for size, entries := range h.sizes {
				ratios := judge.Column(g.runs, func(c counted) float64 { return 100 * c.ratio(i, size) })
				line.Add(float64(entries), judge.Mean(ratios))
				if len(ratios) == 1 || line.Color == chart.Theory {
					continue
				}
				interval, err := judge.Charted(ratios)
				if err != nil {
					return chart.Figure{}, err
				}
				line.Low, line.High = append(line.Low, interval.Low), append(line.High, interval.High)
			}
			panel.Series = append(panel.Series, line)
		}
		figure.Panels = append(figure.Panels, panel)
	}
	return figure, nil
}

func (h *hitRun) detail() string {
	what := "Requests that hit (%) by the size of the cache"
	if h.of("opt") >= 0 {
		what += "; dashed: the optimum, which knows the future"
	}
	if h.source.given() {
		c := h.grids[0].runs[0]
		return fmt.Sprintf("%s; %s, %s requests for %s keys", what, h.source.name(), judge.Commas(c.requests), judge.Commas(c.keys))
	}
	return fmt.Sprintf("%s; traces of %s requests, mean of %d runs, 95%% bands", what, judge.Commas(h.requests), len(h.grids[0].runs))
}

// headline counts wins and losses of LRU's rivals or, for one trace, tells the best.
func (h *hitRun) headline() string {
	lru := h.of("lru")
	if h.source.given() || lru < 0 {
		return h.headlineOfBest()
	}
	var counts []string
	for _, of := range rivals {
		if i := h.of(of.name); i >= 0 {
			wins, losses := h.against(i, lru)
			counts = append(counts, fmt.Sprintf("%s %d to %d", of.label, wins, losses))
		}
	}
	if len(counts) == 0 {
		return h.headlineOfBest()
	}
	return fmt.Sprintf("Against LRU on %d cells, wins to losses: %s", h.cells(), strings.Join(counts, ", "))
}

func (h *hitRun) headlineOfBest() string {
	g, last := h.grids[0], len(h.sizes)-1
	best := h.best(g, last)
	if best < 0 {
		best = 0
	}
	text := fmt.Sprintf("With %s entries %s hits %s", judge.Commas(h.sizes[last]), h.policies[best].label, rounded(g.ratio(best, last)))
	if lru := h.of("lru"); lru >= 0 && lru != best {
		text += fmt.Sprintf(", LRU %s", rounded(g.ratio(lru, last)))
	}
	if opt := h.of("opt"); opt >= 0 && opt != best {
		text += fmt.Sprintf(", %s %s", h.policies[best].optimum(), rounded(g.ratio(opt, last)))
	}
	if len(h.grids) > 1 {
		text += " of " + g.title
	}
	return text
}
