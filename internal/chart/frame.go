package chart

import (
	"fmt"
	"math"
)

const (
	gridWidth  = 0.7
	axisWidth  = 0.8
	tickLength = 4
	tickSpace  = 3 // between a tick and its label
	nameSpace  = 3 // between the labels and the name of the x axis

	labelGap  = 6.0 // the least space between neighbouring x labels
	numberGap = 14  // the same on a linear axis, where numbers can be left out
)

// x is where the value stands in the frame.
func (a axis) x(frame rect, v float64) float64 { return frame.left + a.fraction(v)*frame.width() }

// y is where the value stands in the frame.
func (a axis) y(frame rect, v float64) float64 { return frame.bottom - a.fraction(v)*frame.height() }

// fitsHeight says whether the y labels stand clear of one another over the given height.
func (a axis) fitsHeight(height float64) bool {
	least := 20.0
	if a.scale == Log { // every decade is wanted, so they may stand closer
		least = 13
	}
	for i := 1; i < len(a.ticks); i++ {
		if (a.fraction(a.ticks[i].at)-a.fraction(a.ticks[i-1].at))*height < least {
			return false
		}
	}
	return true
}

// drawY draws the grid and the numbers on its left, if wanted.
func (s *scene) drawY(a axis, frame rect, p palette, numbers bool) {
	for _, t := range a.ticks {
		y := a.y(frame, t.at)
		if y < frame.bottom-0.5 { // the x axis is drawn there
			s.line([]point{{frame.left, y}, {frame.right, y}}, p.grid, gridWidth)
		}
		if numbers {
			s.text(text{x: frame.left - yLabelSpace, baseline: axisStyle.baselineFor(y), anchor: end,
				style: axisStyle, color: p.muted, s: t.label})
		}
	}
}

// yLabelSpace is between the y labels and the frame.
const yLabelSpace = 7

// yInset is the room that the numbers take.
func (a axis) yInset() float64 { return axisStyle.widest(a.labels()) + yLabelSpace }

// cellShare is what labels of neighbouring cells may take of the space between them.
const cellShare = (columnSpace - labelGap) / 2

// xLabel is a label below the axis, moved sideways where it would leave the cell and its share of the space around.
func xLabel(x float64, label string, cell rect) text {
	half := axisStyle.width(label) / 2
	x = max(cell.left-cellShare+half, min(cell.right+cellShare-half, x))
	return text{x: x, anchor: middle, style: axisStyle, s: label}
}

// fitsWidth says whether the x labels stand clear of one another and within
// their room.
func (a axis) fitsWidth(frame, cell rect) bool {
	edge, gap := math.Inf(-1), float64(labelGap)
	if a.scale == Linear {
		gap = numberGap
	}
	for _, t := range a.ticks {
		box := xLabel(a.x(frame, t.at), t.label, cell).box()
		if box.left < edge+gap || box.right > cell.right+cellShare+hair {
			return false
		}
		edge = box.right
	}
	return true
}

// xInset is the room below the frame: ticks, labels of some lines, and the name if it is drawn.
func xInset(lines int, named bool) float64 {
	inset := tickLength + tickSpace + float64(lines)*axisStyle.lineHeight()
	if named {
		inset += nameSpace + axisStyle.lineHeight()
	}
	return inset
}

// drawX draws the axis line, its ticks and their labels.
func (s *scene) drawX(a axis, frame, cell rect, p palette) {
	s.line([]point{{frame.left, frame.bottom}, {frame.right, frame.bottom}}, p.muted, axisWidth)
	for _, t := range a.ticks {
		x := a.x(frame, t.at)
		s.line([]point{{x, frame.bottom}, {x, frame.bottom + tickLength}}, p.muted, axisWidth)
		label := xLabel(x, t.label, cell)
		label.baseline, label.color = axisStyle.baselineFor(frame.bottom+xInset(1, false)-axisStyle.lineHeight()/2), p.muted
		s.text(label)
	}
}

// drawXName writes the name below labels of some lines.
func (s *scene) drawXName(name string, lines int, frame, cell rect, p palette) {
	label := xLabel((frame.left+frame.right)/2, name, cell)
	label.baseline = axisStyle.baselineFor(frame.bottom + xInset(lines, true) - axisStyle.lineHeight()/2)
	label.color = p.ink
	s.text(label)
}

// checkXName refuses a name that is wider than its panel.
func checkXName(name string, cell rect) error {
	if width := axisStyle.width(name); width > cell.width() {
		return fmt.Errorf("the name of the x axis is wider than its panel, %.0f pt: %q", cell.width(), name)
	}
	return nil
}
