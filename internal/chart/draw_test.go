package chart

import (
	"image/color"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// drawn returns the scene of a figure and the colours it is drawn in.
func drawn(t *testing.T, f Figure, theme Theme) (*scene, palette) {
	t.Helper()
	s, err := f.scene(theme)
	require.NoError(t, err)
	p, err := theme.palette()
	require.NoError(t, err)
	return s, p
}

// one returns a figure of one panel.
func one(p Panel) Figure {
	return Figure{Headline: "headline", Detail: "detail", Footer: "footer", Panels: []Panel{p}}
}

// texts returns what is written in a style and colour.
func (s *scene) texts(style textStyle, c color.NRGBA) []string {
	var found []string
	for _, m := range s.marks {
		if m.text != nil && m.text.style == style && m.text.color == c {
			found = append(found, m.text.s)
		}
	}
	return found
}

// where returns the marks for which the condition holds.
func (s *scene) where(is func(mark) bool) []mark {
	var found []mark
	for _, m := range s.marks {
		if is(m) {
			found = append(found, m)
		}
	}
	return found
}

func stroked(c color.NRGBA, width float64) func(mark) bool {
	return func(m mark) bool { return m.text == nil && m.stroke == c && m.width == width }
}

func filled(c color.NRGBA) func(mark) bool { return func(m mark) bool { return m.fill == c } }

func TestCanvas(t *testing.T) {
	for panels, want := range map[int][2]float64{1: {576, 360}, 2: {720, 400}, 6: {720, 400}} {
		f := multiples(panels, false)
		s, p := drawn(t, f, Dark)
		assert.Equal(t, want, [2]float64{s.width, s.height}, "%d panels", panels)
		assert.Equal(t, p.paper, s.paper)
	}
}

func TestTypeAndInk(t *testing.T) {
	for _, theme := range []Theme{Light, Dark} {
		s, p := drawn(t, twoPanels(), theme)
		assert.Equal(t, []string{twoPanels().Headline}, s.texts(textStyle{14, true}, p.ink))
		assert.Contains(t, s.texts(textStyle{10, false}, p.muted), twoPanels().Detail)
		assert.Equal(t, []string{twoPanels().Footer}, s.texts(textStyle{8, false}, p.muted))
		assert.Equal(t, []string{"Mean", "99th percentile"}, s.texts(textStyle{10, true}, p.ink))
		assert.Equal(t, []string{"offered load", "offered load"}, s.texts(textStyle{9.5, false}, p.ink))
		assert.Equal(t, []string{"two choices", "two choices"}, s.texts(textStyle{10, true}, p.series[0]))
		assert.Equal(t, []string{"random", "random"}, s.texts(textStyle{10, true}, p.baseline))
		assert.Contains(t, s.texts(textStyle{10, false}, p.muted), "exact")
	}
}

func TestSetAxisEndsAndTicks(t *testing.T) {
	s, p := drawn(t, twoPanels(), Light)
	ticks := s.texts(axisStyle, p.muted)
	assert.Equal(t, []string{"1", "10", "100", "0.5", "0.6", "0.7", "0.8", "0.9"}, ticks[:len(ticks)/2])
	assert.Equal(t, ticks[:len(ticks)/2], ticks[len(ticks)/2:])
}

func TestTheGridIsHorizontalAndUnderTheData(t *testing.T) {
	s, p := drawn(t, onePanel(), Light)
	grid := s.where(stroked(p.grid, 0.7))
	require.NotEmpty(t, grid)
	for _, m := range grid {
		assert.Equal(t, m.path[0].y, m.path[1].y)
	}
	last := slices.IndexFunc(s.marks, func(m mark) bool { return m.fill == p.band(Orange) })
	for i, m := range s.marks {
		if stroked(p.grid, 0.7)(m) {
			assert.Less(t, i, last, "a grid line over the data")
		}
	}
}

func TestLinesBandsAndTheory(t *testing.T) {
	s, p := drawn(t, onePanel(), Light)
	for _, c := range []Color{Blue, Orange, Green, Pink, Baseline} {
		assert.Len(t, s.where(stroked(p.of(c), 2)), 1, "a line of 2 pt in each colour")
		band := s.where(filled(p.band(c)))
		require.Len(t, band, 1, "a band in each colour")
		assert.EqualValues(t, 46, band[0].fill.A)
		assert.Zero(t, band[0].stroke, "no outline")
		assert.Len(t, band[0].path, 2*len(loads))
	}
	theory := s.where(func(m mark) bool { return stroked(p.muted, 1.2)(m) && m.dash != nil })
	assert.Len(t, theory, 4)
}

func TestTheoryLiesOverLinesAndUnderMarkers(t *testing.T) {
	f := onePanel()
	l := f.Panels[0].(Lines)
	slices.Reverse(l.Series) // theory is given first
	s, p := drawn(t, f, Light)
	isTheory := func(m mark) bool { return stroked(p.muted, 1.2)(m) && m.dash != nil }
	isMarker := func(m mark) bool { return m.fill.A > 0 && m.stroke == p.paper }
	firstTheory, firstMarker := slices.IndexFunc(s.marks, isTheory), slices.IndexFunc(s.marks, isMarker)
	for i, m := range s.marks {
		if m.text == nil && m.width == lineWidth {
			assert.Less(t, i, firstTheory)
		}
		if isTheory(m) {
			assert.Less(t, i, firstMarker)
		}
	}
}

func TestACurveOfManyPointsIsMarkedNowAndThen(t *testing.T) {
	s, p := drawn(t, latency(), Light)
	markers := len(s.where(func(m mark) bool { return m.fill == p.of(Blue) && m.stroke == p.paper }))
	assert.Greater(t, markers, 5)
	assert.Less(t, markers, 15)
}

func TestEachColourHasItsMarker(t *testing.T) {
	s, p := drawn(t, onePanel(), Light)
	corners := func(c Color) int {
		markers := s.where(func(m mark) bool { return m.fill == p.of(c) && m.stroke == p.paper })
		if len(markers) == 0 {
			return -1
		}
		assert.Len(t, markers, len(loads), "one for each of few points")
		return len(markers[0].path)
	}
	assert.Equal(t, 1, corners(Blue), "a circle's centre")
	assert.Equal(t, 4, corners(Orange))
	assert.Equal(t, 3, corners(Green))
	assert.Equal(t, 4, corners(Pink))
	assert.Equal(t, -1, corners(Baseline))
	assert.Equal(t, -1, corners(Theory))
	square, diamond := polygon(point{}, 4, math.Pi/4, 1), polygon(point{}, 4, 0, 1)
	assert.InDelta(t, square.path[0].x, square.path[0].y, 1e-12)
	assert.InDelta(t, 0, diamond.path[0].y, 1e-12)
}

func TestThin(t *testing.T) {
	row := func(n int, pitch float64) []point {
		points := make([]point, n)
		for i := range points {
			points[i].x = pitch * float64(i)
		}
		return points
	}
	assert.Empty(t, thin(nil))
	assert.Len(t, thin(row(15, 14)), 15, "few points with room keep their markers")
	assert.Equal(t, []point{{x: 0}, {x: 20}, {x: 40}}, thin(row(5, 10)))
	assert.Equal(t, []point{{x: 0}, {x: 30}}, thin(row(4, 10)), "the last is kept instead of the one before it")
	assert.Len(t, thin(row(16, 14)), 4, "a curve is marked now and then")
}

func TestAGapIsAGapAndALonePointIsSeen(t *testing.T) {
	for _, c := range []Color{Orange, Baseline, Theory} {
		s, p := drawn(t, one(Lines{Series: []Line{{Color: c, X: []float64{0, 1, 2, 3, 4}, Y: []float64{1, 1, missing, 2, missing}}}}), Light)
		width := 2.0
		if c == Theory {
			width = 1.2
		}
		lines := s.where(stroked(p.of(c), width))
		require.Len(t, lines, 1)
		assert.Len(t, lines[0].path, 2)
		dots := s.where(func(m mark) bool { return m.radius > 0 && m.fill == p.of(c) })
		assert.Len(t, dots, 1)
	}
	s, p := drawn(t, oddLines(), Light)
	assert.Len(t, s.where(filled(p.band(Orange))), 3, "the band has the gaps of its line")
	lone := s.where(filled(p.band(Orange)))[1]
	assert.InDelta(t, 5, lone.path[2].x-lone.path[0].x, 1e-9)
}

func TestALineThatLeavesTheFrameIsCutAndLabelledThere(t *testing.T) {
	s, p := drawn(t, one(Lines{X: Axis{Max: new(4.0)}, Y: Axis{Min: new(0.0), Max: new(10.0)}, Series: []Line{
		{Name: "up", Color: Blue, X: []float64{0, 2, 4}, Y: []float64{0, 20, 20}, Low: []float64{0, 0, 0}, High: []float64{0, 40, 40}},
		{Name: "flat", Color: Orange, X: []float64{0, 8}, Y: []float64{5, 5}},
	}}), Light)
	flat := s.where(stroked(p.of(Orange), 2))[0]
	up := s.where(stroked(p.of(Blue), 2))
	require.Len(t, up, 1)
	frameLeft, frameRight := flat.path[0].x, flat.path[1].x
	assert.InDelta(t, frameLeft+(frameRight-frameLeft)/4, up[0].path[1].x, 0.05, "the line leaves at y = 10, x = 1")
	label := s.where(func(m mark) bool { return m.text != nil && m.text.s == "up" })[0].text
	assert.InDelta(t, up[0].path[1].y, (label.box().top+label.box().bottom)/2, 3, "its label is at that height")
	assert.Greater(t, label.x, frameRight)
	leader := s.where(stroked(p.of(Blue), leaderWidth))
	require.Len(t, leader, 1)
	assert.NotEmpty(t, leader[0].dash)
	assert.Empty(t, s.where(stroked(p.of(Orange), leaderWidth)), "no leader where none is needed")
	for _, corner := range s.where(filled(p.band(Blue)))[0].path {
		assert.GreaterOrEqual(t, corner.y, up[0].path[1].y-0.02, "the band is cut too")
	}
	assert.Len(t, s.where(func(m mark) bool { return m.fill == p.of(Blue) && m.stroke == p.paper }), 1, "no marker outside")
}

func TestABandBelowALogScaleReachesTheAxis(t *testing.T) {
	s, p := drawn(t, one(Lines{Y: Axis{Scale: Log, Min: new(1.0)}, Series: []Line{
		{Color: Blue, X: []float64{0, 1}, Y: []float64{10, 10}, Low: []float64{-5, 0}, High: []float64{20, 20}}}}), Light)
	axis := s.where(stroked(p.muted, axisWidth))[0].path[0].y
	band := s.where(filled(p.band(Blue)))[0]
	assert.InDelta(t, axis, band.path[2].y, 1e-9)
	assert.InDelta(t, axis, band.path[3].y, 1e-9)
}

func TestLabelsStandInTheLastOfThreePanels(t *testing.T) {
	count := func(f Figure) int {
		s, p := drawn(t, f, Light)
		return len(s.texts(labelStyle, p.series[0]))
	}
	assert.Equal(t, 2, count(multiples(2, false)), "in each of two")
	assert.Equal(t, 1, count(multiples(3, false)), "in the last of three")
	assert.Equal(t, 4, count(multiples(4, false)), "in each of two by two")
	assert.Equal(t, 2, count(multiples(5, false)), "in the last of each row")
	f := multiples(3, false)
	last := f.Panels[2].(Lines)
	last.Series = last.Series[:2]
	f.Panels[2] = last
	assert.Equal(t, 1, count(f), "the middle panel stands in for the first, and the last has no such line")
}

func TestSharedY(t *testing.T) {
	f := twoPanels()
	for i, panel := range f.Panels {
		l := panel.(Lines)
		l.Y.Min, l.Y.Max = nil, nil
		f.Panels[i] = l
	}
	apart, p := drawn(t, f, Light)
	f.SharedY = true
	shared, _ := drawn(t, f, Light)
	tens := func(s *scene) int {
		return len(s.where(func(m mark) bool { return m.text != nil && m.text.s == "10" && m.text.color == p.muted }))
	}
	assert.Equal(t, 2, tens(apart), "the mean and the percentile have axes of their own")
	assert.Equal(t, 1, tens(shared), "one axis for both, its numbers on the left")
	// Apart by their ratio on the one axis, as two lines of one panel would be.
	lines := shared.where(stroked(p.baseline, 2))
	require.Len(t, lines, 2)
	ratio := f.Panels[1].(Lines).Series[0].Y[0] / f.Panels[0].(Lines).Series[0].Y[0]
	decade := distance(shared, p, "10", "100")
	assert.InDelta(t, math.Log10(ratio)*decade, lines[0].path[0].y-lines[1].path[0].y, 0.01)
}

// distance is between two numbers of a y axis.
func distance(s *scene, p palette, a, b string) float64 {
	at := func(label string) float64 {
		return s.where(func(m mark) bool { return m.text != nil && m.text.s == label && m.text.color == p.muted })[0].text.baseline
	}
	return at(a) - at(b)
}

func TestBars(t *testing.T) {
	s, p := drawn(t, one(Bars{
		Name: "size", Groups: []string{"small", "large"},
		Series: []Bar{
			{Name: "LRU", Color: Blue, Y: []float64{0.25, 0.5}, Low: []float64{0.2, 0.5}, High: []float64{0.3, 0.5}},
			{Name: "gone", Color: Green, Y: []float64{missing, 0.125}},
			{Name: "OPT", Color: Theory, Y: []float64{0.5, 0.5}},
		},
	}), Light)
	assert.Equal(t, []string{"0.250", "0.500", "0.500", "0.125", "0.500"}, s.texts(valueStyle, p.ink), "no number for what is missing")
	assert.Equal(t, []string{"LRU", "gone", "OPT"}, s.texts(detailStyle, p.ink), "the key row")
	assert.Equal(t, []string{"small", "large", "size"}, s.texts(axisStyle, p.ink))

	blue := s.where(filled(p.of(Blue)))
	require.Len(t, blue, 3, "a swatch and two bars")
	assert.InDelta(t, 9, blue[0].path[2].x-blue[0].path[0].x, 1e-9)
	assert.InDelta(t, 9, blue[0].path[2].y-blue[0].path[0].y, 1e-9)
	height := func(m mark) float64 { return math.Abs(m.path[2].y - m.path[0].y) }
	assert.InDelta(t, 2*height(blue[1]), height(blue[2]), 1e-9, "bars start at zero")
	assert.Len(t, s.where(filled(p.of(Green))), 2, "a swatch and one bar")
	assert.Len(t, s.where(func(m mark) bool { return stroked(p.muted, barOutline)(m) && m.dash != nil }), 3, "theory is outlined")
	whiskers := s.where(stroked(p.ink, whiskerSize))
	require.Len(t, whiskers, 2)
	assert.InDelta(t, 0.4*height(blue[1]), whiskers[0].path[0].y-whiskers[0].path[1].y, 1e-9, "from 0.2 to 0.3")
}

func TestNarrowBarsHaveTwoDigits(t *testing.T) {
	s, p := drawn(t, bars(), Light)
	assert.Contains(t, s.texts(valueStyle, p.ink), "0.63")
	s, p = drawn(t, one(hitRatios("", 1, "1%", "5%")), Light)
	assert.Contains(t, s.texts(valueStyle, p.ink), "0.290")
}

func TestOneSeriesOfBarsHasNoKey(t *testing.T) {
	s, p := drawn(t, oneSeriesOfBars(), Light)
	assert.Empty(t, s.texts(detailStyle, p.ink))
	assert.Len(t, s.where(filled(p.of(Orange))), 7)
}

func TestOneKeyRowForAllPanels(t *testing.T) {
	s, p := drawn(t, barsInTwo(), Light)
	assert.Equal(t, []string{"FIFO", "LRU", "SIEVE", "S3-FIFO", "OPT (unreachable)"}, s.texts(detailStyle, p.ink))
}

func TestKeysWrap(t *testing.T) {
	b := hitRatios("", 1, "1%", "5%")
	for i := range b.Series {
		b.Series[i].Name += " with a name that takes a third of the row"
	}
	s, p := drawn(t, one(b), Light)
	assert.Len(t, s.texts(detailStyle, p.ink), 5)
	assert.Empty(t, textTrouble(s))
}

func TestHeatMap(t *testing.T) {
	s, p := drawn(t, one(HeatMap{
		Name: "W", Columns: []string{"1", "2"}, Rows: []string{"R = 1", "R = 2"},
		Values: [][]float64{{0, missing}, {0.25, 1}},
	}), Dark)
	assert.Equal(t, []string{"R = 1", "R = 2", "1", "2", "W"}, s.texts(axisStyle, p.ink))
	for _, v := range []float64{0, 0.25, 1} {
		cells := s.where(filled(viridis(v)))
		require.Len(t, cells, 1)
		text := s.where(func(m mark) bool {
			return m.text != nil && m.text.color == inkOn(viridis(v)) && m.text.s == significant(v, 3)
		})
		require.Len(t, text, 1)
		box := text[0].text.box()
		assert.Less(t, cells[0].path[0].y, box.top, "the number is in its cell")
		assert.Greater(t, cells[0].path[2].y, box.bottom)
	}
	top, bottom := s.where(filled(viridis(0)))[0], s.where(filled(viridis(1)))[0]
	assert.Less(t, top.path[0].y, bottom.path[0].y, "the first row is at the top")
	assert.Less(t, top.path[0].x, bottom.path[0].x)
}

func TestNumbersOfAHeatMapShrinkWithItsCells(t *testing.T) {
	size := func(rows, columns int) float64 {
		h := HeatMap{Rows: make([]string, rows), Columns: make([]string, columns), Values: make([][]float64, rows)}
		for i := range rows {
			h.Values[i] = make([]float64, columns)
			for j := range columns {
				h.Values[i][j] = 0.123 + float64(i+j)/1000
			}
		}
		s, _ := drawn(t, one(h), Light)
		assert.Empty(t, textTrouble(s))
		numbers := s.where(func(m mark) bool { return m.text != nil && m.text.s == "0.123" })
		require.NotEmpty(t, numbers)
		return numbers[0].text.style.size
	}
	assert.Equal(t, 11.0, size(5, 5))
	assert.Equal(t, 9.0, size(22, 5))
	assert.Equal(t, 8.0, size(5, 19))
}

func TestHeatMapsOfAFigureShareTheirColours(t *testing.T) {
	f := heatMapsInThree()
	s, _ := drawn(t, f, Light)
	lowest, highest := f.Panels[0].(HeatMap).Values[0][0], f.Panels[2].(HeatMap).Values[4][4]
	assert.Len(t, s.where(filled(viridis(0))), 1, "%v is darkest of all three", lowest)
	assert.NotEmpty(t, s.where(filled(viridis(1))), "%v is brightest of all three", highest)

	s, _ = drawn(t, one(HeatMap{Columns: []string{"a"}, Rows: []string{"b"}, Values: [][]float64{{7}}}), Light)
	assert.Len(t, s.where(filled(viridis(0.5))), 1, "one value is in the middle")
}

func TestTheXNameStandsOnceBelowAColumn(t *testing.T) {
	s, p := drawn(t, multiples(6, false), Light)
	assert.Len(t, s.texts(axisStyle, p.ink), 3)
	f := multiples(6, false)
	l := f.Panels[0].(Lines)
	l.X.Name = "another"
	f.Panels[0] = l
	s, _ = drawn(t, f, Light)
	assert.Len(t, s.texts(axisStyle, p.ink), 6, "names that differ are all written")
}

func TestXLabelsKeepToTheirCell(t *testing.T) {
	a := axis{lo: 0, hi: 1, ticks: []tick{{1, "1,000,000,000"}}}
	width := axisStyle.width("1,000,000,000")
	assert.True(t, a.fitsWidth(rect{left: 0, right: 100}, rect{left: 0, right: 100}))
	assert.True(t, a.fitsWidth(rect{left: 0, right: 40}, rect{left: 0, right: width - 2*cellShare + 1}))
	assert.False(t, a.fitsWidth(rect{left: 0, right: 40}, rect{left: 0, right: width - 2*cellShare - 1}))
	box := xLabel(95, "1,000,000,000", rect{left: 0, right: 100}).box()
	assert.InDelta(t, 100+cellShare, box.right, 1e-9, "moved in from the right")
	box = xLabel(5, "1,000,000,000", rect{left: 0, right: 100}).box()
	assert.InDelta(t, -cellShare, box.left, 1e-9, "moved in from the left")
}

func TestPanelsHaveDataAreasOfOneSize(t *testing.T) {
	s, p := drawn(t, oddAxes(), Light)
	var widths []float64
	for _, m := range s.where(stroked(p.muted, axisWidth)) {
		if m.path[0].y == m.path[1].y {
			widths = append(widths, m.path[1].x-m.path[0].x)
		}
	}
	require.Len(t, widths, 6)
	for _, width := range widths {
		assert.InDelta(t, widths[0], width, 1e-9)
	}
}
