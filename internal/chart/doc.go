// Package chart draws the figures of the experiments in one house style. A finding is the headline, every line is
// labelled where it ends, and the reader hunts for no legend.
//
//	figure := chart.Figure{
//		Headline: "Two random choices keep queues short at high load; random choice does not",
//		Detail:   "Mean time in system (ms), 95% interval of 20 runs",
//		Footer:   "loadbalance.TwoChoices · seed 1 · go run ./examples two-choices",
//		Panels: []chart.Panel{chart.Lines{
//			X:      chart.Axis{Name: "offered load"},
//			Y:      chart.Axis{Scale: chart.Log},
//			Series: []chart.Line{{Name: "two choices", Color: chart.Blue, X: load, Y: mean, Low: low, High: high}},
//		}},
//	}
//	light, err := figure.SVG(chart.Light)
//
// # Choosing a panel
//
//   - [Lines]: a quantity against a parameter, or latency against its percentile. Linear, logarithmic and percentile
//     axes; a band for the confidence interval; dashed theory beside the measurement.
//   - [Bars]: a quantity for a few named cases, side by side by group. Bars start at zero.
//   - [HeatMap]: a quantity for every pair of two parameters, with the number in each cell.
//   - [SpaceTime]: who did what when, and which messages went between them: a run of a distributed system.
//
// One panel fills a canvas of 576 x 360 points; two to six are small multiples on 720 x 400 points.
//
// # What a figure promises
//
//   - No text leaves the canvas and none meets another: text is measured with the metrics of Liberation Sans (Arial has
//     the same ones), wrapped where it may be, and refused with an error where it cannot fit.
//   - The same figure gives the same bytes. Nothing is read but the figure: no clock, no fonts of the machine.
//   - NaN is a missing value: a gap in a line, an absent bar, an empty cell. An infinity is an error everywhere.
//   - What lies outside an axis whose Min or Max is set is cut off at the frame, as on paper: a line that leaves the
//     frame is labelled where it leaves. Bars are never cut: an axis that would do so is an error.
//
// Every error starts with "chart: " and names the panel, the series and the offending value.
package chart
