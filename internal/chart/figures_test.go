package chart

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// spoil puts something arbitrary in one place of the figure.
func spoil(t *rapid.T, f *Figure) {
	number := rapid.OneOf(rapid.Float64(), exponential(-13, 16), rapid.SampledFrom([]float64{0, -1, 1, missing, math.Inf(1),
		math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64})).Draw(t, "number")
	name := rapid.OneOf(rapid.StringMatching(`[a-z]{1,60}`), rapid.StringMatching(`([a-z]{1,9} ){0,30}[a-z]`), rapid.String()).Draw(t, "name")
	color := Color(rapid.IntRange(-1, 7).Draw(t, "color"))
	scale := Scale(rapid.IntRange(-1, 3).Draw(t, "scale"))
	some := func(values []float64) {
		if len(values) > 0 {
			values[rapid.IntRange(0, len(values)-1).Draw(t, "which")] = number
		}
	}
	fault := rapid.IntRange(0, 9).Draw(t, "fault")
	switch fault {
	case 0:
		f.Headline = name
	case 1:
		f.SharedY = !f.SharedY
	case 2:
		f.Panels = append(f.Panels, f.Panels[0])
	}
	i := rapid.IntRange(0, len(f.Panels)-1).Draw(t, "panel")
	switch panel := f.Panels[i].(type) {
	case Lines:
		j := rapid.IntRange(0, len(panel.Series)-1).Draw(t, "series")
		line := &panel.Series[j]
		switch fault {
		case 3:
			panel.Y.Scale = scale
		case 4:
			panel.X.Scale = scale
		case 5:
			panel.Y.Min = &number
		case 6:
			panel.X.Max = &number
		case 7:
			some(line.X)
			slices.Sort(line.X)
		case 8:
			some(line.Y)
		default:
			line.Name, line.Color = name, color
		}
		f.Panels[i] = panel
	case Bars:
		j := rapid.IntRange(0, len(panel.Series)-1).Draw(t, "series")
		switch fault {
		case 3:
			panel.Y.Scale = scale
		case 4:
			panel.Y.Min = &number
		case 5:
			panel.Groups[0] = name
		case 6, 7:
			some(panel.Series[j].Y)
		default:
			panel.Series[j].Name, panel.Series[j].Color = name, color
		}
		f.Panels[i] = panel
	case SpaceTime:
		bar := &panel.Bars[rapid.IntRange(0, len(panel.Bars)-1).Draw(t, "bar")]
		switch fault {
		case 3:
			panel.Lanes[0] = name
		case 4:
			bar.Labels = []string{name}
		case 5:
			bar.From = number
		case 6:
			bar.To = number
		case 7:
			bar.Color = color
		case 8:
			panel.Name = name
		default:
			panel.Arrows = append(panel.Arrows, LaneArrow{From: 0, To: rapid.IntRange(-1, len(panel.Lanes)).Draw(t, "to"), Sent: 0, Arrived: number, Color: color})
		}
		f.Panels[i] = panel
	case HeatMap:
		switch fault {
		case 3:
			panel.Rows[0] = name
		case 4:
			panel.Columns[0] = name
		case 5:
			panel.Title = name
		default:
			some(panel.Values[0])
		}
		f.Panels[i] = panel
	}
}

// drawFigure draws a figure that must fit.
func drawFigure(t *rapid.T) Figure {
	words := func(most int) string {
		return strings.Join(rapid.SliceOfN(rapid.StringMatching(`[A-Za-z0-9%é]{1,8}`), 1, most).Draw(t, "words"), " ")
	}
	f := Figure{Headline: words(12), Detail: words(18), Footer: words(30)}
	panels := rapid.IntRange(1, mostPanels).Draw(t, "panels")
	kind := rapid.IntRange(0, 3).Draw(t, "kind")
	f.SharedY = kind < 2 && rapid.Bool().Draw(t, "shared")
	// With a shared axis, the scale is the figure's.
	scale := rapid.SampledFrom([]Scale{Linear, Log}).Draw(t, "scale")
	for i := range panels {
		title := fmt.Sprint("Panel ", i+1)
		switch kind {
		case 0:
			f.Panels = append(f.Panels, drawLines(t, title, scale))
		case 1:
			f.Panels = append(f.Panels, drawBars(t, title))
		case 2:
			f.Panels = append(f.Panels, drawSpaceTime(t, title))
		default:
			f.Panels = append(f.Panels, drawHeatMap(t, title))
		}
	}
	return f
}

func drawLines(t *rapid.T, title string, y Scale) Lines {
	l := Lines{Title: title, X: Axis{Name: rapid.SampledFrom([]string{"", "offered load"}).Draw(t, "x name")}, Y: Axis{Scale: y}}
	l.X.Scale = rapid.SampledFrom([]Scale{Linear, Log, Percentile}).Draw(t, "x scale")
	abscissa := map[Scale]*rapid.Generator[float64]{
		Linear: hundredths(1000), Log: exponential(-3, 5), Percentile: rapid.Float64Range(0, 0.99999),
	}[l.X.Scale]
	ordinate := map[Scale]*rapid.Generator[float64]{Linear: hundredths(1000), Log: exponential(-6, 6)}[y]
	if rapid.Bool().Draw(t, "close") { // ends that coincide, or nearly so
		ordinate = rapid.SampledFrom([]float64{1, 1, 1.001, 1.01})
	}
	colors := rapid.Permutation([]Color{Blue, Orange, Green, Pink, Baseline}).Draw(t, "colors")
	for i, color := range colors[:rapid.IntRange(1, 5).Draw(t, "lines")] {
		line := Line{Name: fmt.Sprint("line ", i), Color: color, X: rapid.SliceOfN(abscissa, 1, 6).Draw(t, "x")}
		slices.Sort(line.X)
		line.Y = rapid.SliceOfN(ordinate, len(line.X), len(line.X)).Draw(t, "y")
		if rapid.Bool().Draw(t, "band") {
			for _, v := range line.Y {
				half := math.Abs(v) * rapid.Float64Range(0, 1.5).Draw(t, "half")
				line.Low, line.High = append(line.Low, v-half), append(line.High, v+half)
			}
		}
		if rapid.Bool().Draw(t, "gap") && len(line.Y) > 1 {
			line.Y[rapid.IntRange(0, len(line.Y)-1).Draw(t, "missing")] = missing
		}
		l.Series = append(l.Series, line)
	}
	if rapid.Bool().Draw(t, "theory") {
		l.Series = append(l.Series, Line{Name: "theory", Color: Theory, X: l.Series[0].X, Y: l.Series[0].Y})
	}
	return l
}

// hundredths are within [-most, most], and no two of them differ by so little that an axis could not tell.
func hundredths(most int) *rapid.Generator[float64] {
	return rapid.Map(rapid.IntRange(-100*most, 100*most), func(v int) float64 { return float64(v) / 100 })
}

// exponential spreads evenly over decades.
func exponential(from, to float64) *rapid.Generator[float64] {
	return rapid.Map(rapid.Float64Range(from, to), func(v float64) float64 { return math.Pow(10, v) })
}

func drawBars(t *rapid.T, title string) Bars {
	b := Bars{Title: title, Groups: []string{"first group", "second group"}}
	value := rapid.SampledFrom([]*rapid.Generator[float64]{rapid.Float64Range(0, 1), rapid.Float64Range(-10, 10), exponential(-9, 0),
		rapid.Map(rapid.IntRange(0, 999), func(v int) float64 { return float64(v) })}).Draw(t, "values")
	for i, color := range []Color{Blue, Orange, Theory}[:rapid.IntRange(1, 3).Draw(t, "bars")] {
		bar := Bar{Name: fmt.Sprint("series ", i), Color: color, Y: rapid.SliceOfN(value, 2, 2).Draw(t, "y")}
		if i == 0 { // something must be large enough for two decimals
			bar.Y[0] = 1
		}
		if rapid.Bool().Draw(t, "whisker") {
			for _, v := range bar.Y {
				bar.Low, bar.High = append(bar.Low, v-0.1), append(bar.High, v+0.2)
			}
		}
		b.Series = append(b.Series, bar)
	}
	return b
}

func drawHeatMap(t *rapid.T, title string) HeatMap {
	h := HeatMap{Title: title, Name: "columns"}
	for i := range rapid.IntRange(1, 4).Draw(t, "columns") {
		h.Columns = append(h.Columns, fmt.Sprint(i))
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "rows") {
		h.Rows = append(h.Rows, fmt.Sprint("row ", i))
		h.Values = append(h.Values, rapid.SliceOfN(rapid.Float64Range(-99, 99), len(h.Columns), len(h.Columns)).Draw(t, "values"))
	}
	h.Values[0][0] = 1 // something must be large enough for two decimals
	return h
}
