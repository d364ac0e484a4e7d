package chart

import (
	"errors"
	"fmt"
	"math"
)

// Bars is a panel of bars in named groups, one bar of each series in every group. Each bar has its number above it
// and starts at zero, so the y axis is linear. The names of the series stand in a row under Detail.
type Bars struct {
	Title string
	// Name is drawn below the names of the groups; it may be empty.
	Name   string
	Groups []string
	Y      Axis
	Series []Bar
	// Format prints the number above a bar; nil prints whole numbers as they are, and otherwise
	// three digits of the tallest bar (two if bars are narrow) and as many decimals for the others.
	Format func(float64) string
}

// Bar is one series: a bar in each group.
type Bar struct {
	// Name may be empty if there is one series only; then there is no row of names.
	Name string
	// Color Theory draws a dashed outline.
	Color Color
	// Y has a value for each group; NaN leaves the bar out.
	Y []float64
	// Low and High are the ends of the interval around each Y, and hold it, drawn as a whisker; both or neither.
	Low, High []float64
}

// AddInterval puts the next group's bar at the end, with the interval around it.
func (b *Bar) AddInterval(y, low, high float64) {
	b.Y, b.Low, b.High = append(b.Y, y), append(b.Low, low), append(b.High, high)
}

func (b Bars) heading() string { return b.Title }

func (b Bars) check() error {
	if len(b.Groups) == 0 || len(b.Series) == 0 {
		return fmt.Errorf("a panel of bars needs groups and series: %d, %d", len(b.Groups), len(b.Series))
	}
	if b.Y.Scale != Linear {
		return errors.New("y axis: bars start at zero and need a linear axis")
	}
	if err := b.Y.check(); err != nil {
		return fmt.Errorf("y axis: %w", err)
	}
	if b.Y.Name != "" {
		return fmt.Errorf("y axis: the name of a y axis goes in the detail or the title: %q", b.Y.Name)
	}
	if err := checkTexts(append([]string{b.Name}, b.Groups...)...); err != nil {
		return err
	}
	keys := make([]key, len(b.Series))
	for i, bar := range b.Series {
		keys[i] = key{bar.Name, bar.Color}
		if bar.Name == "" && len(b.Series) > 1 {
			return errors.New("every series of bars but one alone needs a name")
		}
		if len(bar.Y) != len(b.Groups) {
			return fmt.Errorf("series %q: there must be a value for each group: %d, %d", bar.Name, len(bar.Y), len(b.Groups))
		}
		if err := checkValues(Linear, bar.Y, bar.Low, bar.High); err != nil {
			return fmt.Errorf("series %q: %w", bar.Name, err)
		}
	}
	if err := checkSeries(keys); err != nil {
		return err
	}
	data := b.ySpan()
	if lo := b.Y.Min; lo != nil && *lo > data.lo {
		return fmt.Errorf("y axis: min would cut bars, which reach from %v to %v: %v", data.lo, data.hi, *lo)
	}
	if hi := b.Y.Max; hi != nil && *hi < data.hi {
		return fmt.Errorf("y axis: max would cut bars, which reach from %v to %v: %v", data.lo, data.hi, *hi)
	}
	return nil
}

// ySpan holds every bar from zero, and every whisker.
func (b Bars) ySpan() span {
	y := span{some: true}
	for _, bar := range b.Series {
		for i, v := range bar.Y {
			if y.cover(v); bar.Low != nil && !math.IsNaN(v) {
				y.cover(bar.Low[i], bar.High[i])
			}
		}
	}
	return y
}

const (
	widestBar   = 46
	barSpace    = 2.0 // between neighbouring bars
	groupSpace  = 0.7 // between neighbouring groups, in bars
	valueSpace  = 2   // between a bar and its number, and the least between two numbers
	barOutline  = 1.2
	whiskerSize = 1
)

// barsPlot is a panel of bars being laid out.
type barsPlot struct {
	Bars
	setting
	y      axis
	cell   rect
	values [][]string // by series and group
	names  [][]string // of the groups, by line
	pitch  float64    // from bar to bar
}

func (b Bars) prepare(set setting) (plot, error) {
	y, err := b.Y.resolve(set.yData, true, func(a axis) bool { return a.fitsHeight(set.height) })
	if err != nil {
		return nil, fmt.Errorf("y axis: %w", err)
	}
	return &barsPlot{Bars: b, setting: set, y: y}, nil
}

func (b *barsPlot) insets() (left, top, right float64) {
	if b.yTickLabels {
		left = b.y.yInset()
	}
	return left, valueStyle.lineHeight() + valueSpace, 0
}

func (b *barsPlot) fit(frame, cell rect) (bottom float64, err error) {
	b.cell = cell
	group := frame.width() / float64(len(b.Groups))
	b.pitch = min(widestBar, group/(float64(len(b.Series))+groupSpace))
	if err := b.print(); err != nil {
		return 0, err
	}
	b.names = make([][]string, len(b.Groups))
	for i, name := range b.Groups {
		b.names[i], err = axisStyle.wrap(name, group-labelGap, 2)
		if err != nil {
			return 0, fmt.Errorf("group: %w", err)
		}
	}
	bottom = xInset(b.lines(), b.named())
	if b.belowZero() {
		bottom += valueStyle.lineHeight() + valueSpace
	}
	return bottom, checkXName(b.Name, cell)
}

func (b *barsPlot) named() bool { return b.xName && b.Name != "" }

// belowZero says whether numbers stand below bars. An axis may end at zero above the least of values that are nearly
// zero, so the values count too.
func (b *barsPlot) belowZero() bool { return b.y.lo < 0 || b.ySpan().lo < 0 }

// lines is how many lines the longest group name takes.
func (b *barsPlot) lines() int {
	lines := 0
	for _, name := range b.names {
		lines = max(lines, len(name))
	}
	return lines
}

// print writes the numbers with three digits if there is room for them, and otherwise with two.
func (b *barsPlot) print() error {
	var all []float64
	for _, bar := range b.Series {
		all = append(all, bar.Y...)
	}
	widest := 0.0
	for _, format := range formats(b.Format, all, aligned(all, 3), aligned(all, 2)) {
		texts := printed(all, format)
		if err := checkTexts(texts...); err != nil {
			return err
		}
		if widest = valueStyle.widest(texts) + valueSpace; widest <= b.pitch {
			b.values = table(texts, len(b.Groups))
			return nil
		}
	}
	return fmt.Errorf("the numbers are wider than the bars, %.0f pt and %.0f pt (draw fewer bars, or print fewer digits)",
		widest, b.pitch)
}
