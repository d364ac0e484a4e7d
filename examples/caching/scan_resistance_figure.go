package caching

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

func (s *scanRun) figure() (chart.Figure, error) {
	titles := []string{"Zipf's requests among scans", "a loop, after its first round", "hot keys that move"}
	axes := []string{"keys of a scan, of the entries", "keys of the loop, of the entries", "requests between moves, of the entries"}
	figure := chart.Figure{Headline: s.headline(), Detail: s.detail(), SharedY: true}
	for i, part := range s.parts {
		panel := chart.Lines{Title: titles[i], X: chart.Axis{Name: axes[i]}, Y: chart.Axis{Min: new(0.0), Max: new(100.0)}}
		if part.name == "moving" {
			panel.X.Scale = chart.Log
		}
		x := judge.Column(part.lengths, func(length int) float64 { return float64(length) / float64(s.capacity) })
		for _, p := range drawnOf(s.policies) {
			if s.policies[p].name == "opt" && part.name != "moving" {
				continue // it is computed
			}
			line := chart.Line{Name: s.policies[p].label, Color: s.policies[p].color, X: x}
			for l := range part.lengths {
				interval, err := judge.Charted(times(100, part.ratio(p, l)))
				if err != nil {
					return chart.Figure{}, err
				}
				line.Y = append(line.Y, interval.Estimate)
				line.Low, line.High = append(line.Low, max(0, interval.Low)), append(line.High, interval.High)
			}
			if line.Color == chart.Theory {
				line.Low, line.High = nil, nil
			}
			panel.Series = append(panel.Series, line)
		}
		exact := chart.Line{Color: chart.Theory, X: x}
		switch part.name {
		case "scans":
			exact.Name = "hottest, kept"
			exact.Y = judge.Column(part.lengths, func(int) float64 { return 100 * s.kept })
		case "loop":
			exact.Name = "optimum"
			exact.Y = judge.Column(part.lengths, func(keys int) float64 { return 100 * s.loopOptimum(keys) })
		}
		if exact.Name != "" {
			panel.Series = append(panel.Series, exact)
		}
		figure.Panels = append(figure.Panels, panel)
	}
	return figure, nil
}

func (s *scanRun) detail() string {
	return fmt.Sprintf("Requests that hit (%%); %s entries; %s requests besides %d scans; Zipf %v over %s keys; mean of %d runs, 95%% bands; dashed: computed, and the optimum",
		judge.Commas(s.capacity), judge.Commas(s.requests), scans, s.skew, judge.Commas(s.keys), len(s.parts[0].runs))
}

// headline is about LRU and one that resists, at the longest scans.
func (s *scanRun) headline() string {
	scanned, last := s.parts[0], len(s.parts[0].lengths)-1
	one, other := s.of("lru"), s.of("w-tinylfu")
	if one < 0 || other < 0 || last == 0 {
		return fmt.Sprintf("%s hits %s of the requests among the longest scans", s.policies[0].label, rounded(judge.Mean(scanned.ratio(0, last))))
	}
	fall := func(i int) string {
		return fmt.Sprintf("from %.0f%% to %.0f%%", 100*judge.Mean(scanned.ratio(i, 0)), 100*judge.Mean(scanned.ratio(i, last)))
	}
	moving := s.parts[2]
	middle := len(moving.lengths) / 2
	return fmt.Sprintf("Scans take LRU %s, W-TinyLFU %s; but when the hot keys move, LRU hits %.0f%% and W-TinyLFU %.0f%%", fall(one), fall(other),
		100*judge.Mean(moving.ratio(one, middle)), 100*judge.Mean(moving.ratio(other, middle)))
}
