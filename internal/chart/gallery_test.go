package chart

import (
	"math"
	"math/rand/v2"
)

// exhibit is one figure of the gallery: between them they draw everything the package can.
type exhibit struct {
	name   string
	figure Figure
}

var missing = math.NaN()

func gallery() []exhibit {
	exhibits := []exhibit{
		{"two panels of policies", twoPanels()},
		{"one panel, linear", onePanel()},
		{"latency by percentile", latency()},
		{"grouped bars", bars()},
		{"bars in two panels", barsInTwo()},
		{"one series of bars", oneSeriesOfBars()},
		{"heat map", heatMap()},
		{"heat maps in three panels", heatMapsInThree()},
		{"large heat map", largeHeatMap()},
		{"space-time", spaceTime()},
		{"space-time in six panels", spaceTimeInSix()},
		{"gaps, cuts and lone points", oddLines()},
		{"tiny and huge numbers", oddAxes()},
	}
	for panels := 3; panels <= 6; panels++ {
		exhibits = append(exhibits,
			exhibit{plain(float64(panels), 0) + " panels", multiples(panels, false)},
			exhibit{plain(float64(panels), 0) + " panels, shared y", multiples(panels, true)})
	}
	return exhibits
}

var loads = []float64{0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95}

// policies are lines against load, noisy around the theory that is drawn with them.
func policies(seed uint64, factor float64) []Line {
	r := rand.New(rand.NewPCG(seed, 0))
	random := func(load float64) float64 { return factor / (1 - load) }
	supermarket := func(d float64) func(float64) float64 {
		return func(load float64) (mean float64) {
			for i := 1.0; i < 40; i++ {
				mean += factor * math.Pow(load, (math.Pow(d, i)-d)/(d-1))
			}
			return mean
		}
	}
	curves := []struct {
		name  string
		color Color
		mean  func(float64) float64
	}{
		{"random", Baseline, random},
		{"round robin", Orange, func(load float64) float64 { return factor * (1 + 0.52*load*load/(1-load)) }},
		{"two choices", Blue, supermarket(2)},
		{"three choices", Green, supermarket(3)},
		{"least connections", Pink, func(load float64) float64 { return factor * (1 + math.Pow(load, 9)) }},
	}
	var lines []Line
	for _, curve := range curves {
		line := Line{Name: curve.name, Color: curve.color, X: loads}
		for _, load := range loads {
			half := 0.01 + 0.12*math.Pow(load, 14)
			v := curve.mean(load) * (1 + half*r.NormFloat64()/3)
			line.Y, line.Low, line.High = append(line.Y, v), append(line.Low, v*(1-half)), append(line.High, v*(1+half))
		}
		lines = append(lines, line)
	}
	for i, curve := range curves[:4] {
		theory := Line{Color: Theory}
		if i == 0 {
			theory.Name = "exact"
		}
		for load := 0.5; load < 0.951; load += 0.005 {
			theory.X, theory.Y = append(theory.X, load), append(theory.Y, curve.mean(load))
		}
		lines = append(lines, theory)
	}
	return lines
}

func twoPanels() Figure {
	x, y := Axis{Name: "offered load"}, Axis{Scale: Log, Min: new(1.0), Max: new(200.0)}
	return Figure{
		Headline: "At 95% load two random choices wait a quarter as long as one, and the slowest 1% an eighth",
		Detail:   "Time in system (mean service times), 100 servers, 95% interval of 20 runs",
		Footer:   "loadbalance.TwoChoices · seed 1 · go run ./examples two-choices",
		Panels: []Panel{
			Lines{Title: "Mean", X: x, Y: y, Series: policies(1, 1)},
			Lines{Title: "99th percentile", X: x, Y: y, Series: policies(2, math.Log(100))},
		},
	}
}

func onePanel() Figure {
	return Figure{
		Headline: "At 95% load two random choices wait a quarter as long as one",
		Detail:   "Mean time in system (mean service times), 100 servers, 95% interval of 20 runs",
		Footer:   "loadbalance.TwoChoices · seed 1 · go run ./examples two-choices",
		Panels:   []Panel{Lines{X: Axis{Name: "offered load"}, Series: policies(1, 1)}},
	}
}

func multiples(panels int, shared bool) Figure {
	f := Figure{
		Headline: "The staler the view, the worse the herd: least connections falls behind random choice",
		Detail:   "Mean time in system (mean service times), 50 servers, 95% interval of 20 runs",
		Footer:   "loadbalance.Least · seed 1 · go run ./examples stale-load",
		SharedY:  shared,
	}
	for i := range panels {
		title := "A view refreshed every " + plain(float64(i*i), 0) + " service times"
		f.Panels = append(f.Panels, Lines{Title: title, X: Axis{Name: "offered load"}, Y: Axis{Scale: Log}, Series: policies(uint64(i), 1)})
	}
	return f
}

func latency() Figure {
	var quantiles []float64
	for nines := 0.3; nines < 4.01; nines += 0.05 {
		quantiles = append(quantiles, 1-math.Pow(10, -nines))
	}
	var lines []Line
	for i, name := range []string{"no hedging", "hedge at p95", "hedge at p99", "tied requests"} {
		line := Line{Name: name, Color: []Color{Baseline, Blue, Orange, Green}[i], X: quantiles}
		for _, p := range quantiles {
			nines := -math.Log10(1 - p)
			v := 3 + 2*nines + 20*math.Pow(nines/2, []float64{4, 1.2, 2.2, 1.1}[i])/(1+math.Pow(nines/3.4, 3))
			half := v * nines * nines / 80
			line.Y, line.Low, line.High = append(line.Y, v), append(line.Low, v-half), append(line.High, v+half)
		}
		lines = append(lines, line)
	}
	return Figure{
		Headline: "A second request after the 95th percentile cuts p99.9 from 70 ms to 28 ms for 5% more load",
		Detail:   "Latency (ms) by percentile, 95% interval of 20 runs",
		Footer:   "resilience.Hedge · seed 1 · go run ./examples hedging",
		Panels:   []Panel{Lines{X: Axis{Name: "percentile of requests", Scale: Percentile}, Y: Axis{Scale: Log}, Series: lines}},
	}
}

func hitRatios(title string, factor float64, groups ...string) Bars {
	b := Bars{Title: title, Name: "cache size (share of all keys)", Groups: groups}
	for i, name := range []string{"FIFO", "LRU", "SIEVE", "S3-FIFO", "OPT (unreachable)"} {
		bar := Bar{Name: name, Color: []Color{Baseline, Blue, Orange, Green, Theory}[i]}
		for g := range groups {
			v := factor * (0.12 + 0.04*float64(i) + 0.17*float64(g))
			bar.Y = append(bar.Y, v)
			if bar.Color != Theory {
				bar.Low, bar.High = append(bar.Low, v*0.95), append(bar.High, v*1.05)
			}
		}
		b.Series = append(b.Series, bar)
	}
	return b
}

func bars() Figure {
	return Figure{
		Headline: "SIEVE keeps a third more hits than LRU in a small cache",
		Detail:   "Hit ratio on multi1, 15,858 requests of 2,606 keys, 95% interval of 20 runs",
		Footer:   "cache.SIEVE · seed 1 · go run ./examples policies",
		Panels:   []Panel{hitRatios("", 1, "1%", "5%", "10%", "25%")},
	}
}

func barsInTwo() Figure {
	f := bars()
	f.SharedY = true
	f.Panels = []Panel{hitRatios("multi1", 1, "a small cache", "a large one"), hitRatios("loop", 0.6, "a small cache", "a large one")}
	return f
}

func oneSeriesOfBars() Figure {
	return Figure{
		Headline: "One series needs no key",
		Detail:   "Requests a second",
		Footer:   "limiter.Bucket · seed 1",
		Panels: []Panel{Bars{
			Groups: []string{"a", "b", "c", "d", "e", "f", "g", "h"},
			Series: []Bar{{Color: Orange, Y: []float64{12345, 23456, 3456, 0, 6543, missing, 400, 1}}},
		}},
	}
}

func staleness(title string, loss float64) HeatMap {
	h := HeatMap{
		Title: title, Name: "write quorum W",
		Columns: []string{"1", "2", "3", "4", "5"},
		Rows:    []string{"R = 1", "R = 2", "R = 3", "R = 4", "R = 5"},
	}
	for r := range h.Rows {
		var row []float64
		for w := range h.Columns {
			row = append(row, 1-math.Pow(loss, float64(r+w)+1))
		}
		h.Values = append(h.Values, row)
	}
	return h
}

func heatMap() Figure {
	return Figure{
		Headline: "Reads see the last write once R + W exceeds N = 5",
		Detail:   "Probability that a read returns the last write, by read quorum R and write quorum W",
		Footer:   "quorum.Majority · seed 1 · go run ./examples staleness",
		Panels:   []Panel{staleness("", 0.6)},
	}
}

func heatMapsInThree() Figure {
	f := heatMap()
	f.Panels = []Panel{staleness("At once", 0.9), staleness("After 10 ms", 0.6), staleness("After 100 ms", 0.3)}
	return f
}

func largeHeatMap() Figure {
	var h HeatMap
	for i := range 16 {
		h.Columns, h.Rows = append(h.Columns, plain(float64(i), 0)), append(h.Rows, plain(float64(i), 0))
		var row []float64
		for j := range 16 {
			if j > i {
				row = append(row, missing)
			} else {
				row = append(row, float64(i*j))
			}
		}
		h.Values = append(h.Values, row)
	}
	f := heatMap()
	f.Panels = []Panel{h}
	return f
}

func oddLines() Figure {
	x := []float64{0, 1, 2, 3, 4, 5, 6}
	return Figure{
		Headline: "A line that leaves the frame is labelled where it leaves, a gap stays a gap, a lone point is seen",
		Detail: "Some quantity with a rather long name (thousands of mean service times), 100 servers, median of medians, " +
			"95% interval of 20 runs, warm-up removed by MSER-5",
		Footer: "loadbalance.TwoChoices · loadbalance.LeastConnections · loadbalance.RoundRobin · seed 18446744073709551615 · " +
			"go run ./examples two-choices -servers 10,100,1000,10000 -load 0.95 -choices 2,3,4 -full -seed 18446744073709551615",
		Panels: []Panel{Lines{X: Axis{Name: "x"}, Y: Axis{Max: new(10.0)}, Series: []Line{
			{Name: "leaves", Color: Blue, X: x, Y: []float64{1, 2, 4, 8, 16, 32, 64},
				Low: []float64{0.5, 1, 2, 4, 8, 16, 32}, High: []float64{2, 4, 8, 16, 32, 64, 128}},
			{Name: "gap and lone point", Color: Orange, X: x, Y: []float64{3, 3, missing, 3, missing, 3, 3},
				Low: []float64{2, 2, 2, 2, 2, 2, 2}, High: []float64{4, 4, 4, 4, 4, 4, 4}},
			{Name: "stops", Color: Green, X: x[:4], Y: []float64{6, 6.2, 6.5, 7}},
			{Name: "steps", Color: Pink, X: []float64{0, 2, 2, 4, 4, 6}, Y: []float64{0.5, 0.5, 1.5, 1.5, 2.8, 2.8}},
			{Name: "naive", Color: Baseline, X: []float64{0, 6}, Y: []float64{9, 3.1}},
			{Name: "bound", Color: Theory, X: []float64{0, 6}, Y: []float64{5, 5}},
		}}},
	}
}

func oddAxes() Figure {
	servers := func(s Scale) Axis { return Axis{Name: "servers", Scale: s} }
	return Figure{
		Headline: "Tiny and huge numbers are plain digits",
		Detail:   "Requests a second",
		Footer:   "seed 1",
		Panels: []Panel{
			Lines{Title: "Many decades", X: servers(Log), Y: Axis{Scale: Log}, Series: []Line{{Color: Blue,
				X: []float64{1, 10, 100, 1000, 1e4, 1e5, 1e6}, Y: []float64{1e-6, 1e-4, 1e-2, 1, 100, 1e4, 1e7}}}},
			Lines{Title: "Half a decade", X: servers(Log), Y: Axis{Scale: Log}, Series: []Line{{Color: Orange,
				X: []float64{30, 40, 60, 90}, Y: []float64{300, 320, 380, 450}, Low: []float64{-1, 0, 370, 440}, High: []float64{310, 330, 390, 460}}}},
			Lines{Title: "Billions", X: servers(Linear), Series: []Line{{Color: Green,
				X: []float64{0, 1e5, 2e5}, Y: []float64{-1e9, 2e9, 5e9}}}},
			Lines{Title: "One point", X: servers(Linear), Series: []Line{{Name: "point", Color: Pink,
				X: []float64{5}, Y: []float64{3}, Low: []float64{2.5}, High: []float64{3.4}}}},
			Lines{Title: "Theory alone", X: Axis{Name: "percentile", Scale: Percentile}, Series: []Line{{Name: "exact", Color: Theory,
				X: []float64{0, 0.9, 0.999}, Y: []float64{1, 2, 3}}}},
			Bars{Title: "Bars below zero, in a panel with a title that takes two lines", Groups: []string{"first", "long name", "third"},
				Series: []Bar{{Color: Blue, Y: []float64{-3, 4, 0.0001}, Low: []float64{-4, 3, 0}, High: []float64{-2, 5.5, 0.1}}}},
		},
	}
}
