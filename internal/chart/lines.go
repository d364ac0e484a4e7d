package chart

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Lines is a panel of lines, each labelled where it ends. Confidence bands lie under the lines, dashed theory over
// them. At most four coloured lines go in a panel, besides the grey baseline and any number of theory lines.
type Lines struct {
	Title  string
	X, Y   Axis
	Series []Line
}

// Line is one series of a panel.
type Line struct {
	// Name is the label. Only a panel's one measured line, and theory, may go without.
	Name  string
	Color Color
	// X must not decrease; equal values make a step. A Y that is NaN is a gap.
	X, Y []float64
	// Low and High are the ends of the interval around each Y, and hold it; both or neither are given. Where Low is
	// not positive on a log scale, the band reaches down to the axis.
	Low, High []float64
}

// Add puts a point at the end.
func (l *Line) Add(x, y float64) { l.X, l.Y = append(l.X, x), append(l.Y, y) }

// AddInterval puts a point at the end, with the interval around it.
func (l *Line) AddInterval(x, y, low, high float64) {
	l.Add(x, y)
	l.Low, l.High = append(l.Low, low), append(l.High, high)
}

func (l Lines) heading() string { return l.Title }

func (l Lines) check() error {
	if len(l.Series) == 0 {
		return errors.New("a panel of lines needs a series")
	}
	if err := l.X.check(); err != nil {
		return fmt.Errorf("x axis: %w", err)
	}
	if err := l.Y.check(); err != nil {
		return fmt.Errorf("y axis: %w", err)
	}
	if l.Y.Name != "" {
		return fmt.Errorf("y axis: the name of a y axis goes in the detail or the title: %q", l.Y.Name)
	}
	if l.Y.Scale == Percentile {
		return errors.New("y axis: percentiles go on the x axis")
	}
	keys := make([]key, len(l.Series))
	for i, line := range l.Series {
		keys[i] = key{line.Name, line.Color}
		if err := line.check(l.X.Scale, l.Y.Scale); err != nil {
			return fmt.Errorf("series %d %q: %w", i+1, line.Name, err)
		}
	}
	return checkSeries(keys)
}

func (l Line) check(x, y Scale) error {
	if len(l.X) == 0 {
		return errors.New("a series needs a point")
	}
	if len(l.X) != len(l.Y) {
		return fmt.Errorf("x and y must be equally long: %d, %d", len(l.X), len(l.Y))
	}
	for i, v := range l.X {
		if err := x.check(v); err != nil {
			return fmt.Errorf("x[%d]: %w", i, err)
		}
		if i > 0 && v < l.X[i-1] {
			return fmt.Errorf("x[%d]: x must not decrease: %v after %v", i, v, l.X[i-1])
		}
	}
	return checkValues(y, l.Y, l.Low, l.High)
}

// ySpan is what the y axis must hold. What cannot stand on it, the low end of a band on a log scale, is left out.
func (l Lines) ySpan() span {
	var y span
	for _, line := range l.Series {
		for i, v := range line.Y {
			if math.IsNaN(v) {
				continue
			}
			y.cover(v)
			if line.Low == nil {
				continue
			}
			y.cover(line.High[i])
			if l.Y.Scale.check(line.Low[i]) == nil {
				y.cover(line.Low[i])
			}
		}
	}
	return y
}

// namesAmong says whether the other panel has every named line of this one, in the same colour.
func (l Lines) namesAmong(other Lines) bool {
	for _, line := range l.Series {
		alike := func(o Line) bool { return o.Name == line.Name && o.Color == line.Color }
		if line.Name != "" && !slices.ContainsFunc(other.Series, alike) {
			return false
		}
	}
	return true
}
