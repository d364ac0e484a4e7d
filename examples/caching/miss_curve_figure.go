package caching

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

func (m *missRun) figure() (chart.Figure, error) {
	left := chart.Lines{Title: "requests that miss (%)", X: chart.Axis{Name: "entries"}, Y: chart.Axis{Min: new(0.0)}}
	taken := map[chart.Color]bool{}
	for i, of := range m.policies {
		color := of.color
		if color != chart.Theory && taken[color] {
			color = m.free(taken)
		}
		if color == 0 {
			continue // it is in data.csv
		}
		taken[color] = true
		line := chart.Line{Name: of.label, Color: color}
		for size, entries := range m.sizes {
			ratios := judge.Column(m.all, func(all missed) float64 { return 100 * all.policies[i][size] })
			line.X = append(line.X, float64(entries))
			if m.source.given() || color == chart.Theory {
				line.Y = append(line.Y, judge.Mean(ratios))
				continue
			}
			interval, err := judge.Charted(ratios)
			if err != nil {
				return chart.Figure{}, err
			}
			line.Y, line.Low, line.High = append(line.Y, interval.Estimate), append(line.Low, interval.Low), append(line.High, interval.High)
		}
		left.Series = append(left.Series, line)
	}
	left.Series = append(left.Series, m.onePassLine()...)

	right := chart.Lines{
		Title: "error of LRU's curve (percentage points)", X: chart.Axis{Name: "keys in the sample (%)", Scale: chart.Log}, Y: chart.Axis{Min: new(0.0)},
	}
	sample := chart.Line{Name: "SHARDS", Color: chart.Blue}
	part := chart.Line{Name: "first part", Color: chart.Baseline}
	for i, rate := range m.rates {
		for _, of := range []struct {
			line *chart.Line
			all  []float64
		}{
			{&sample, judge.Column(m.all, func(all missed) float64 { return 100 * all.sampled[i].error })},
			{&part, judge.Column(m.all, func(all missed) float64 { return 100 * all.firstPart[i].error })},
		} {
			if err := judge.Point(of.line, 100*rate, of.all); err != nil {
				return chart.Figure{}, err
			}
		}
	}
	right.Series = []chart.Line{sample, part}
	return chart.Figure{
		Headline: m.headline(),
		Detail:   m.detail(),
		Panels:   []chart.Panel{left, right},
	}, nil
}

// free is a colour that no line has; none if all have been given away.
func (m *missRun) free(taken map[chart.Color]bool) chart.Color {
	for _, color := range []chart.Color{chart.Blue, chart.Orange, chart.Green, chart.Pink} {
		wanted := slices.ContainsFunc(m.policies, func(of policy) bool { return of.color == color })
		if !taken[color] && !wanted {
			return color
		}
	}
	return 0
}

// onePassLine is LRU's exact curve at many sizes.
func (m *missRun) onePassLine() []chart.Line {
	from, to := m.sizes[0], m.sizes[len(m.sizes)-1]
	if from == to {
		return nil
	}
	const steps = 80
	line := chart.Line{Color: chart.Theory}
	last := 0
	for i := range steps + 1 {
		size := from + (to-from)*i/steps
		if size == last {
			continue
		}
		last = size
		line.Add(float64(size), 100*judge.Mean(judge.Column(m.all, func(all missed) float64 { return all.exact.MissRatio(size) })))
	}
	return []chart.Line{line}
}

func (m *missRun) detail() string {
	what := fmt.Sprintf("Misses by the size of the cache, and the mean error of LRU's curve from a part of the requests; dashed: LRU's exact curve from one pass%s", m.optimumToo())
	if m.source.given() {
		return fmt.Sprintf("%s; %s, %s requests for %s keys; %d samples, 95%% bands", what, m.source.name(), judge.Commas(m.requests), judge.Commas(m.keys), len(m.all))
	}
	return fmt.Sprintf("%s; %s requests, %s in a loop over %s keys, the others by Zipf %v; %d runs, 95%% bands", what, judge.Commas(m.requests),
		percent(m.traffic.share), judge.Commas(m.traffic.loop), m.traffic.skew, len(m.all))
}

func (m *missRun) optimumToo() string {
	if m.of("opt") < 0 {
		return ""
	}
	return ", and the optimum"
}

// headline is about the size at which the best policy gains most on LRU.
func (m *missRun) headline() string {
	ratio := func(i, size int) float64 {
		return judge.Mean(judge.Column(m.all, func(all missed) float64 { return all.policies[i][size] }))
	}
	first := m.of("lru")
	if first < 0 {
		first = 0
	}
	other, at, most := -1, 0, 0.0
	for i, of := range m.policies {
		for size := range m.sizes {
			if gain := ratio(first, size) - ratio(i, size); of.name != "opt" && gain > most {
				other, at, most = i, size, gain
			}
		}
	}
	parts := []string{fmt.Sprintf("%s misses %.0f%%", m.policies[first].label, 100*ratio(first, at))}
	if other >= 0 {
		parts = append(parts, fmt.Sprintf("%s %.0f%%", m.policies[other].label, 100*ratio(other, at)))
	}
	if opt := m.of("opt"); opt >= 0 && opt != first {
		parts = append(parts, fmt.Sprintf("the optimum %.0f%%", 100*ratio(opt, at)))
	}
	return fmt.Sprintf("With %s entries %s", judge.Commas(m.sizes[at]), strings.Join(parts, ", "))
}
