package chart

import (
	"fmt"
	"math"
	"slices"
)

const (
	lineWidth   = 2
	theoryWidth = 1.2
	leaderWidth = 0.7
	labelSpace  = 12 // between the frame and the labels, where the leaders run

	// loneWidth is the width of the band around a point without neighbours.
	loneWidth = 5.0
)

// Dashes, on and off, in points.
var (
	theoryDash = []float64{3, 3}
	leaderDash = []float64{1, 2.5}
)

// linesPlot is a panel of lines being laid out.
type linesPlot struct {
	Lines
	setting
	x, y axis
	cell rect
}

func (l Lines) prepare(set setting) (plot, error) {
	y, err := l.Y.resolve(set.yData, true, func(a axis) bool { return a.fitsHeight(set.height) })
	if err != nil {
		return nil, fmt.Errorf("y axis: %w", err)
	}
	return &linesPlot{Lines: l, setting: set, y: y}, nil
}

func (l *linesPlot) insets() (left, top, right float64) {
	right = 6 // half a marker, and some air
	for _, line := range l.Series {
		if l.endLabels && line.Name != "" {
			right = max(right, labelSpace+line.labelStyle().width(line.Name))
		}
	}
	if l.yTickLabels {
		left = l.y.yInset()
	}
	return left, 0, right
}

func (l *linesPlot) fit(frame, cell rect) (bottom float64, err error) {
	l.cell = cell
	var data span
	for _, line := range l.Series {
		data.cover(line.X...)
	}
	l.x, err = l.X.resolve(data, false, func(a axis) bool { return a.fitsWidth(frame, cell) })
	if err != nil {
		return 0, fmt.Errorf("x axis: %w", err)
	}
	return xInset(1, l.named()), checkXName(l.X.Name, cell)
}

func (l *linesPlot) named() bool { return l.xName && l.X.Name != "" }

func (l *linesPlot) draw(s *scene, frame rect) error {
	s.drawY(l.y, frame, l.palette, l.yTickLabels)
	s.drawX(l.x, frame, l.cell, l.palette)
	if l.named() {
		s.drawXName(l.X.Name, 1, frame, l.cell, l.palette)
	}
	for _, line := range l.Series {
		l.drawBand(s, line, frame)
	}
	var drawn []drawnLine
	for _, theory := range []bool{false, true} { // theory lies on top: it is thin, and hides nothing
		for _, line := range l.Series {
			if (line.Color == Theory) != theory {
				continue
			}
			d := l.drawLine(s, line, frame)
			if !d.visible {
				return fmt.Errorf("series %q has no point within the axes", line.Name)
			}
			drawn = append(drawn, d)
		}
	}
	for _, d := range drawn {
		s.drawMarkers(thin(d.points), d.line.Color, l.palette)
	}
	return l.drawLabels(s, drawn, frame)
}

// drawnLine is what the frame shows of a line.
type drawnLine struct {
	line    Line
	points  []point
	end     point // where the line stops or leaves the frame
	visible bool
}

// runs cuts the line at its gaps: each run is the indices [from, to) of neighbouring points that are not missing.
func (l Line) runs() [][2]int {
	var runs [][2]int
	for i, v := range l.Y {
		switch {
		case math.IsNaN(v):
		case i > 0 && !math.IsNaN(l.Y[i-1]):
			runs[len(runs)-1][1] = i + 1
		default:
			runs = append(runs, [2]int{i, i + 1})
		}
	}
	return runs
}

func (l Line) labelStyle() textStyle {
	if l.Color == Theory {
		return theoryStyle
	}
	return labelStyle
}

func (l *linesPlot) drawBand(s *scene, line Line, frame rect) {
	if line.Low == nil {
		return
	}
	low := func(v float64) float64 {
		if l.Y.Scale.check(v) != nil { // not positive, on a log scale
			return frame.bottom
		}
		return l.y.y(frame, v)
	}
	for _, run := range line.runs() {
		var area []point
		for i := run[0]; i < run[1]; i++ {
			area = append(area, point{l.x.x(frame, line.X[i]), l.y.y(frame, line.High[i])})
		}
		for i := run[1] - 1; i >= run[0]; i-- {
			area = append(area, point{l.x.x(frame, line.X[i]), low(line.Low[i])})
		}
		if len(area) == 2 {
			x := area[0].x
			area = rect{x - loneWidth/2, area[0].y, x + loneWidth/2, area[1].y}.corners()
		}
		if area = clipArea(area, frame); len(area) > 2 {
			s.area(area, l.palette.band(line.Color))
		}
	}
}

// drawLine draws what of the line is within the frame.
func (l *linesPlot) drawLine(s *scene, line Line, frame rect) drawnLine {
	hue := l.palette.of(line.Color)
	width, dash := float64(lineWidth), []float64(nil)
	if line.Color == Theory {
		width, dash = theoryWidth, theoryDash
	}
	const slack = 0.01 // a point at the very end of an axis is within it, whatever the rounding
	within := rect{frame.left - slack, frame.top - slack, frame.right + slack, frame.bottom + slack}
	d := drawnLine{line: line}
	for _, run := range line.runs() {
		path := make([]point, 0, run[1]-run[0])
		for i := run[0]; i < run[1]; i++ {
			path = append(path, point{l.x.x(frame, line.X[i]), l.y.y(frame, line.Y[i])})
		}
		for _, piece := range clipLine(path, within) {
			s.line(piece, hue, width, dash...)
			d.end, d.visible = piece[len(piece)-1], true
		}
		for _, p := range path {
			if !within.holds(p) {
				continue
			}
			d.points = append(d.points, p)
			if len(path) == 1 { // it would be invisible without a dot, whatever its colour
				s.dot(p, hue, width)
				d.end, d.visible = p, true
			}
		}
	}
	return d
}

// drawLabels writes the names beside the ends, with a leader where a name could not stand at its line's height.
func (l *linesPlot) drawLabels(s *scene, drawn []drawnLine, frame rect) error {
	drawn = slices.DeleteFunc(drawn, func(d drawnLine) bool { return !l.endLabels || d.line.Name == "" })
	wanted := make([]float64, len(drawn))
	for i, d := range drawn {
		wanted[i] = d.end.y
	}
	const inset = 2 // keeps the labels off a title above and the numbers below
	placed, ok := nudge(wanted, frame.top+inset, frame.bottom-inset, labelPitch)
	if !ok {
		return fmt.Errorf("%d labels do not fit in %.0f pt of height", len(drawn), frame.height())
	}
	for i, d := range drawn {
		hue, style := l.palette.of(d.line.Color), d.line.labelStyle()
		leader := []point{{d.end.x + 4, d.end.y}, {frame.right + labelSpace - 2, placed[i]}}
		switch {
		case d.end.x < frame.right-1: // over the data, where a full line would pass for one
			s.line(leader, hue, leaderWidth, leaderDash...)
		case math.Abs(placed[i]-d.end.y) > 2:
			s.line(leader, hue, leaderWidth)
		}
		s.text(text{x: frame.right + labelSpace, baseline: style.baselineFor(placed[i]), style: style, color: hue, s: d.line.Name})
	}
	return nil
}
