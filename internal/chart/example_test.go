package chart_test

import (
	"fmt"
	"strings"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

func ExampleFigure() {
	load := []float64{0.5, 0.7, 0.9, 0.95}
	figure := chart.Figure{
		Headline: "At 95% load two random choices wait a sixth as long as one",
		Detail:   "Mean time in system (mean service times), from the closed forms",
		Footer:   "loadbalance.TwoChoices",
		Panels: []chart.Panel{chart.Lines{
			X: chart.Axis{Name: "offered load"},
			Y: chart.Axis{Scale: chart.Log, Min: new(1.0)},
			Series: []chart.Line{
				{Name: "random", Color: chart.Baseline, X: load, Y: []float64{2, 3.33, 10, 20}},
				{Name: "two choices", Color: chart.Blue, X: load, Y: []float64{1.27, 1.61, 2.61, 3.38}},
			},
		}},
	}
	svg, err := figure.SVG(chart.Light)
	if err != nil {
		fmt.Println(err)
		return
	}
	for line := range strings.Lines(string(svg)) {
		if strings.HasPrefix(line, "<title>") {
			fmt.Print(line)
		}
	}
	// Output:
	// <title>At 95% load two random choices wait a sixth as long as one</title>
}

// What a reader could not read is refused, with the reason.
func ExampleFigure_refused() {
	_, err := chart.Figure{
		Headline: "Caches", Detail: "Hit ratio", Footer: "cache.LRU",
		Panels: []chart.Panel{chart.Lines{
			Y: chart.Axis{Scale: chart.Log},
			Series: []chart.Line{
				{Name: "LRU", Color: chart.Blue, X: []float64{1, 2}, Y: []float64{0.5, 0}},
			},
		}},
	}.SVG(chart.Light)
	fmt.Println(err)
	// Output: chart: series 1 "LRU": y[1]: a value on a log scale must be positive: 0
}
