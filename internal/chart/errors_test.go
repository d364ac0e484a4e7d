package chart

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestErrors(t *testing.T) {
	inf := math.Inf(1)
	line := func() Line { return Line{Name: "a", Color: Blue, X: []float64{1, 2}, Y: []float64{3, 4}} }
	with := func(change func(*Lines, *Line)) Figure {
		l, s := Lines{}, line()
		change(&l, &s)
		l.Series = append(l.Series, s)
		f := onePanel()
		f.Panels = []Panel{l}
		return f
	}
	named := func(names ...string) Figure {
		f := onePanel()
		l := Lines{}
		for i, name := range names {
			s := line()
			s.Name, s.Color = name, Color(i+1)
			l.Series = append(l.Series, s)
		}
		f.Panels = []Panel{l}
		return f
	}
	withBars := func(change func(*Bars)) Figure {
		b := hitRatios("", 1, "1%", "5%")
		change(&b)
		f := bars()
		f.Panels = []Panel{b}
		return f
	}
	withHeat := func(change func(*HeatMap)) Figure {
		h := staleness("", 0.5)
		change(&h)
		f := heatMap()
		f.Panels = []Panel{h}
		return f
	}
	figure := func(change func(*Figure)) Figure {
		f := twoPanels()
		change(&f)
		return f
	}
	long := strings.Repeat("a very long name ", 12) + "indeed"

	for _, c := range []struct {
		want   string
		figure Figure
	}{
		// The figure.
		{"chart: a figure needs a headline", Figure{}},
		{"chart: a figure needs a detail", figure(func(f *Figure) { f.Detail = "" })},
		{"chart: a figure needs a footer", figure(func(f *Figure) { f.Footer = "" })},
		{"chart: a figure needs a panel", figure(func(f *Figure) { f.Panels = nil })},
		{"chart: a figure has at most six panels: 7", figure(func(f *Figure) { f.Panels = make([]Panel, 7) })},
		{"chart: panel 2 must be Lines, Bars, HeatMap or SpaceTime: <nil>", figure(func(f *Figure) { f.Panels[1] = nil })},
		{"chart: panel 1 must be Lines, Bars, HeatMap or SpaceTime: *chart.HeatMap", figure(func(f *Figure) { f.Panels[0] = (*HeatMap)(nil) })},
		{"chart: panel 2 of 2 needs a title", figure(func(f *Figure) { f.Panels[1] = Lines{} })},
		{"chart: panel 2: a panel of lines needs a series", figure(func(f *Figure) { f.Panels[1] = Lines{Title: "empty"} })},
		{"chart: panel 2: a shared y axis must be the same in all panels", figure(func(f *Figure) {
			f.SharedY, f.Panels[1] = true, Lines{Title: "linear", Series: []Line{line()}}
		})},
		{"chart: panel 2: a heat map has no y axis to share", figure(func(f *Figure) {
			f.SharedY, f.Panels[1] = true, staleness("heat", 0.5)
		})},

		// Text.
		{`chart: headline: text must be valid UTF-8: "\xff"`, figure(func(f *Figure) { f.Headline = "\xff" })},
		{`chart: detail: the font has no glyph for '\n': "two\nlines"`, figure(func(f *Figure) { f.Detail = "two\nlines" })},
		{`chart: footer: the font has no glyph for '✓': "✓"`, figure(func(f *Figure) { f.Footer = "✓" })},
		{`chart: footer: text must not start or end with a space, nor hold two in a row: "a  b"`, figure(func(f *Figure) { f.Footer = "a  b" })},
		{`chart: footer: text must not start or end with a space, nor hold two in a row: " "`, figure(func(f *Figure) { f.Footer = " " })},
		{`chart: panel 1: the font has no glyph for '\x00': "\x00"`, figure(func(f *Figure) { f.Panels[0] = Lines{Title: "\x00", Series: []Line{line()}} })},
		{`chart: headline: "` + long + `" takes 3 lines of 692 pt, and there is room for 2`, figure(func(f *Figure) { f.Headline = long })},
		{`chart: detail: "` + strings.Repeat("m", 99) + `" has a part wider than its 692 pt`, figure(func(f *Figure) { f.Detail = strings.Repeat("m", 99) })},
		{`chart: footer: "` + strings.Repeat("m", 120) + `" has a part wider than its 692 pt`, figure(func(f *Figure) { f.Footer = strings.Repeat("m", 120) })},
		{`chart: panel 1: title: "` + long + `" takes 4 lines of 294 pt, and there is room for 2`, figure(func(f *Figure) { f.Panels[0] = Lines{Title: long, Series: []Line{line()}} })},
		{`chart: the name of the x axis is wider than its panel, 548 pt: "` + long + `"`, with(func(l *Lines, s *Line) { l.X.Name = long })},
		{"chart: names and numbers take 1078 of 548 pt of width, and the data of each panel need 72", with(func(l *Lines, s *Line) { s.Name = long })},
		{"chart: x axis: the font has no glyph for '✓': \"✓\"", with(func(l *Lines, s *Line) { l.X.Name = "✓" })},
		{"chart: the font has no glyph for '✓': \"✓\"", with(func(l *Lines, s *Line) { s.Name = "✓" })},
		{`chart: y axis: the name of a y axis goes in the detail or the title: "ms"`, with(func(l *Lines, s *Line) { l.Y.Name = "ms" })},
		{"chart: y axis: percentiles go on the x axis", with(func(l *Lines, s *Line) { l.Y.Scale = Percentile })},
		{"chart: x axis: has no such scale: 3", with(func(l *Lines, s *Line) { l.X.Scale = 3 })},
		{"chart: y axis: has no such scale: -1", with(func(l *Lines, s *Line) { l.Y.Scale = -1 })},
		{"chart: y axis: min must lie below max: 5, 5", with(func(l *Lines, s *Line) { l.Y.Min, l.Y.Max = new(5.0), new(5.0) })},
		{"chart: y axis: a value must be finite: NaN", with(func(l *Lines, s *Line) { l.Y.Min = new(missing) })},
		{"chart: y axis: a value on a log scale must be positive: 0", with(func(l *Lines, s *Line) { l.Y.Scale, l.Y.Min = Log, new(0.0) })},
		{"chart: y axis: the axis from 9 to 4 holds none of the data, which go from 3 to 4", with(func(l *Lines, s *Line) { l.Y.Min = new(9.0) })},
		{"chart: x axis: the axis from 1 to 0.5 holds none of the data, which go from 1 to 2", with(func(l *Lines, s *Line) { l.X.Max = new(0.5) })},
		{"chart: y axis: an axis must be longer than a billionth of its values: from 1 to 1.0000000000001", with(func(l *Lines, s *Line) { l.Y.Min, l.Y.Max = new(1.0), new(1.0000000000001) })},
		{"chart: y axis: a linear axis must span at least 1e-12 (choose a smaller unit): from 0 to 2e-13", with(func(l *Lines, s *Line) { s.Y = []float64{0, 2e-13} })},
		{"chart: x axis: no ticks fit the axis from 0.96 to 0.98", with(func(l *Lines, s *Line) {
			l.X = Axis{Scale: Percentile, Min: new(0.96), Max: new(0.98)}
			s.X = []float64{0.9, 0.99}
		})},
		{`chart: series "a" has no point within the axes`, with(func(l *Lines, s *Line) { l.Y.Min, l.Y.Max = new(10.0), new(20.0); s.Y = []float64{3, 4} })},

		{"chart: names and numbers take 131 of 240 pt of height, and the data of each panel need 60", figure(func(f *Figure) {
			title := "a title that takes two lines in a panel of three"
			f.Headline, f.Detail, f.Footer, f.Panels = long[:150], long[:150], strings.TrimSpace(strings.Repeat("words ", 70)), nil
			for range 6 {
				b := hitRatios(title, 1, "a group", "another one")
				b.Series = b.Series[:2]
				f.Panels = append(f.Panels, b)
			}
		})},

		// Lines.
		{`chart: series 1 "a": a series needs a point`, with(func(l *Lines, s *Line) { s.X, s.Y = nil, nil })},
		{`chart: series 1 "a": x and y must be equally long: 2, 1`, with(func(l *Lines, s *Line) { s.Y = s.Y[:1] })},
		{`chart: series 1 "a": x[1]: x must not decrease: 1 after 2`, with(func(l *Lines, s *Line) { s.X = []float64{2, 1} })},
		{`chart: series 1 "a": x[0]: a value must be finite: NaN`, with(func(l *Lines, s *Line) { s.X[0] = missing })},
		{`chart: series 1 "a": x[1]: a value must be finite: +Inf`, with(func(l *Lines, s *Line) { s.X[1] = inf })},
		{`chart: series 1 "a": x[0]: a value on a log scale must be positive: 0`, with(func(l *Lines, s *Line) { l.X.Scale, s.X = Log, []float64{0, 1} })},
		{`chart: series 1 "a": x[1]: a quantile must lie in [0, 1): 1`, with(func(l *Lines, s *Line) { l.X.Scale, s.X = Percentile, []float64{0.5, 1} })},
		{`chart: series 1 "a": x[0]: a quantile must lie in [0, 1): -0.1`, with(func(l *Lines, s *Line) { l.X.Scale, s.X = Percentile, []float64{-0.1, 0.5} })},
		{`chart: series 1 "a": x[1]: a quantile must not exceed 0.9999999: 0.99999999`, with(func(l *Lines, s *Line) { l.X.Scale, s.X = Percentile, []float64{0.5, 0.99999999} })},
		{`chart: series 1 "a": y[1]: a value must be finite: -Inf`, with(func(l *Lines, s *Line) { s.Y[1] = -inf })},
		{`chart: series 1 "a": y[1]: a value must not exceed 1e15 (choose a larger unit): -1e+16`, with(func(l *Lines, s *Line) { s.Y[1] = -1e16 })},
		{`chart: series 1 "a": y[0]: a value on a log scale must be positive: -3`, with(func(l *Lines, s *Line) { l.Y.Scale, s.Y[0] = Log, -3 })},
		{`chart: series 1 "a": y[0]: a value on a log scale must be at least 1e-12 (choose a smaller unit): 1e-13`, with(func(l *Lines, s *Line) { l.Y.Scale, s.Y[0] = Log, 1e-13 })},
		{`chart: series 1 "a": every y is missing`, with(func(l *Lines, s *Line) { s.Y = []float64{missing, missing} })},
		{`chart: series 1 "a": low and high go together`, with(func(l *Lines, s *Line) { s.Low = s.Y })},
		{`chart: series 1 "a": y, low and high must be equally long: 2, 1, 2`, with(func(l *Lines, s *Line) { s.Low, s.High = s.Y[:1], s.Y })},
		{`chart: series 1 "a": low[0]: a value must be finite: NaN`, with(func(l *Lines, s *Line) { s.Low, s.High = []float64{missing, 4}, s.Y })},
		{`chart: series 1 "a": high[1]: a value must be finite: +Inf`, with(func(l *Lines, s *Line) { s.Low, s.High = s.Y, []float64{3, inf} })},
		{`chart: series 1 "a": low[1] and high[1] must hold y[1]: 4 is not in [5, 6]`, with(func(l *Lines, s *Line) { s.Low, s.High = []float64{3, 5}, []float64{3, 6} })},
		{`chart: series "a" has no such colour: 0`, with(func(l *Lines, s *Line) { s.Color = 0 })},
		{`chart: series "a" has no such colour: 7`, with(func(l *Lines, s *Line) { s.Color = 7 })},
		{`chart: two series of a panel have one colour: "b", "a"`, with(func(l *Lines, s *Line) { b := line(); b.Name = "b"; l.Series = []Line{b} })},
		{`chart: two series of a panel have one name: "a"`, named("a", "a")},
		{"chart: every series but one alone needs a name", named("a", "")},
		{"chart: at most four coloured series go in a panel (draw small multiples): 5", with(func(l *Lines, s *Line) {
			l.Series = append(named("b", "c", "d", "e").Panels[0].(Lines).Series, l.Series...)
		})},

		{"chart: 31 labels do not fit in 247 pt of height", with(func(l *Lines, s *Line) {
			for i := range 30 {
				l.Series = append(l.Series, Line{Name: strings.Repeat("i", i+1), Color: Theory, X: s.X, Y: s.Y})
			}
		})},

		// Bars.
		{"chart: a panel of bars needs groups and series: 0, 5", withBars(func(b *Bars) { b.Groups = nil })},
		{"chart: a panel of bars needs groups and series: 2, 0", withBars(func(b *Bars) { b.Series = nil })},
		{"chart: y axis: bars start at zero and need a linear axis", withBars(func(b *Bars) { b.Y.Scale = Log })},
		{`chart: y axis: the name of a y axis goes in the detail or the title: "hits"`, withBars(func(b *Bars) { b.Y.Name = "hits" })},
		{"chart: y axis: min must lie below max: 2, 1", withBars(func(b *Bars) { b.Y.Min, b.Y.Max = new(2.0), new(1.0) })},
		{"chart: y axis: min would cut bars, which reach from 0 to 0.45000000000000007: 0.1", withBars(func(b *Bars) { b.Y.Min = new(0.1) })},
		{"chart: y axis: max would cut bars, which reach from 0 to 0.45000000000000007: 0.4", withBars(func(b *Bars) { b.Y.Max = new(0.4) })},
		{`chart: series "LRU": there must be a value for each group: 1, 2`, withBars(func(b *Bars) { b.Series[1].Y = []float64{1} })},
		{`chart: series "LRU": y[1]: a value must be finite: +Inf`, withBars(func(b *Bars) { b.Series[1].Y[1] = inf })},
		{`chart: series "LRU": every y is missing`, withBars(func(b *Bars) { b.Series[1].Y = []float64{missing, missing} })},
		{`chart: two series of a panel have one colour: "LRU", "SIEVE"`, withBars(func(b *Bars) { b.Series[2].Color = Blue })},
		{"chart: every series of bars but one alone needs a name", withBars(func(b *Bars) { b.Series[4].Name = "" })},
		{"chart: the font has no glyph for '✓': \"✓\"", withBars(func(b *Bars) { b.Groups[0] = "✓" })},
		{"chart: the font has no glyph for '✓': \"✓\"", withBars(func(b *Bars) { b.Format = func(float64) string { return "✓" } })},
		{`chart: group: "` + long + `" takes 4 lines of 258 pt, and there is room for 2`, withBars(func(b *Bars) { b.Groups[0] = long })},
		{`chart: the name of the x axis is wider than its panel, 548 pt: "` + long + `"`, withBars(func(b *Bars) { b.Name = long })},
		{`chart: a series' name is wider than the figure, 548 pt: "` + long + `"`, withBars(func(b *Bars) { b.Series[0].Name = long })},
		{"chart: the numbers are wider than the bars, 60 pt and 46 pt (draw fewer bars, or print fewer digits)", withBars(func(b *Bars) { b.Format = func(float64) string { return "1,000,000,000" } })},
		{`chart: one colour has two names in the figure's bars: "LRU", "LFU"`, figure(func(f *Figure) {
			f.Panels = []Panel{hitRatios("a", 1, "1%", "5%"), hitRatios("b", 1, "1%", "5%")}
			f.Panels[1].(Bars).Series[1].Name = "LFU"
		})},

		// Heat maps.
		{"chart: a heat map needs columns and rows: 0, 5", withHeat(func(h *HeatMap) { h.Columns = nil })},
		{"chart: a heat map needs columns and rows: 5, 0", withHeat(func(h *HeatMap) { h.Rows = nil })},
		{"chart: there must be a row of values for each of the rows: 4, 5", withHeat(func(h *HeatMap) { h.Values = h.Values[:4] })},
		{"chart: values[2] must have a value for each of the columns: 1, 5", withHeat(func(h *HeatMap) { h.Values[2] = []float64{1} })},
		{"chart: values[2][1]: a value must be finite: -Inf", withHeat(func(h *HeatMap) { h.Values[2][1] = -inf })},
		{"chart: values[0][0]: a value must not exceed 1e15 (choose a larger unit): 1.7976931348623157e+308", withHeat(func(h *HeatMap) { h.Values[0][0] = math.MaxFloat64 })},
		{"chart: every value is missing", withHeat(func(h *HeatMap) { h.Columns, h.Rows, h.Values = []string{"a"}, []string{"b"}, [][]float64{{missing}} })},
		{"chart: the font has no glyph for '✓': \"✓\"", withHeat(func(h *HeatMap) { h.Rows[0] = "✓" })},
		{"chart: the font has no glyph for '✓': \"✓\"", withHeat(func(h *HeatMap) { h.Format = func(float64) string { return "✓" } })},
		{`chart: the name of a column is wider than its 104 pt: "` + long + `"`, withHeat(func(h *HeatMap) { h.Columns[0] = long })},
		{`chart: the name of the x axis is wider than its panel, 548 pt: "` + long + `"`, withHeat(func(h *HeatMap) { h.Name = long })},
		{"chart: names and numbers take 942 of 548 pt of width, and the data of each panel need 72", withHeat(func(h *HeatMap) { h.Rows[0] = long })},
		{"chart: the numbers of a heat map do not fit its cells, which have 103.6 pt of width (print fewer digits)", withHeat(func(h *HeatMap) { h.Format = func(float64) string { return strings.Repeat("8", 30) } })},
		{"chart: 40 rows of a heat map do not fit: each has 5.9 pt of height", withHeat(func(h *HeatMap) {
			h.Columns, h.Rows, h.Values = []string{"a"}, make([]string, 40), slicesOf(40)
		})},
	} {
		_, err := c.figure.SVG(Light)
		assert.EqualError(t, err, c.want, c.want)
	}
}

// slicesOf is so many rows of one value.
func slicesOf(rows int) [][]float64 {
	values := make([][]float64, rows)
	for i := range values {
		values[i] = []float64{float64(i)}
	}
	return values
}

func TestThemesThatAreNot(t *testing.T) {
	for _, theme := range []Theme{-1, 2} {
		_, err := onePanel().SVG(theme)
		assert.ErrorContains(t, err, "chart: no such theme: ")
		_, err = onePanel().PNG(theme)
		assert.ErrorContains(t, err, "chart: no such theme: ")
	}
}

func TestPNGRefusesWhatSVGDoes(t *testing.T) {
	_, err := Figure{}.PNG(Light)
	assert.EqualError(t, err, "chart: a figure needs a headline")
}
