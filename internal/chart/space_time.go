package chart

import (
	"fmt"
	"image/color"
	"math"
	"slices"
)

// SpaceTime is a panel of lanes, one for each process, with time to the right: bars are what a process did or held for a while, and arrows are
// messages between processes. It has no y axis.
type SpaceTime struct {
	Title string
	// Name is that of the time axis, with its unit; it may be empty.
	Name   string
	Lanes  []string // from top to bottom
	Bars   []LaneBar
	Arrows []LaneArrow
}

// LaneBar is a bar on one lane, from a time to a later one. Bars of a lane may touch and must not overlap.
type LaneBar struct {
	Lane     int
	From, To float64
	// Labels are what is written in the bar: the first that fits, so they go from long to short. No labels at all are
	// allowed, and so is an empty one at the end, which always fits; that none fits is an error.
	Labels []string
	Color  Color // Theory draws a dashed outline
}

// LaneArrow is a message from one lane to another.
type LaneArrow struct {
	From, To      int // lanes
	Sent, Arrived float64
	Color         Color // Theory draws a dashed shaft
}

func (p SpaceTime) heading() string { return p.Title }

func (p SpaceTime) check() error {
	if len(p.Lanes) == 0 || len(p.Bars) == 0 {
		return fmt.Errorf("a space-time panel needs lanes and bars: %d, %d", len(p.Lanes), len(p.Bars))
	}
	if err := checkTexts(append([]string{p.Name}, p.Lanes...)...); err != nil {
		return err
	}
	for i, bar := range p.Bars {
		if err := p.checkBar(i, bar); err != nil {
			return fmt.Errorf("bar %d: %w", i, err)
		}
	}
	for i, arrow := range p.Arrows {
		if err := p.checkArrow(arrow); err != nil {
			return fmt.Errorf("arrow %d: %w", i, err)
		}
	}
	return nil
}

func (p SpaceTime) checkBar(i int, bar LaneBar) error {
	if err := p.checkPart(bar.Color, []int{bar.Lane}, bar.From, bar.To); err != nil {
		return err
	}
	if bar.From >= bar.To {
		return fmt.Errorf("must begin before it ends: %v, %v", bar.From, bar.To)
	}
	for j, other := range p.Bars[:i] {
		if other.Lane == bar.Lane && other.From < bar.To && bar.From < other.To {
			return fmt.Errorf("must not overlap bar %d of its lane: %v to %v, %v to %v", j, bar.From, bar.To, other.From, other.To)
		}
	}
	return checkTexts(bar.Labels...)
}

func (p SpaceTime) checkArrow(arrow LaneArrow) error {
	if err := p.checkPart(arrow.Color, []int{arrow.From, arrow.To}, arrow.Sent, arrow.Arrived); err != nil {
		return err
	}
	if arrow.Sent > arrow.Arrived {
		return fmt.Errorf("must not arrive before it is sent: %v, %v", arrow.Arrived, arrow.Sent)
	}
	if arrow.From == arrow.To {
		return fmt.Errorf("must go from one lane to another: %d, %d", arrow.From, arrow.To)
	}
	return nil
}

// checkPart is what bars and arrows have in common.
func (p SpaceTime) checkPart(color Color, lanes []int, times ...float64) error {
	if err := color.check(); err != nil {
		return err
	}
	for _, lane := range lanes {
		if lane < 0 || lane >= len(p.Lanes) {
			return fmt.Errorf("has no such lane, of %d: %d", len(p.Lanes), lane)
		}
	}
	for _, t := range times {
		if err := Linear.check(t); err != nil {
			return err
		}
	}
	return nil
}

const (
	tallestBar = 17.0
	barShare   = 0.58 // of the distance between lanes
	barPadding = 4    // between a label and the ends of its bar
	barGap     = 1    // between bars that touch
	lanesEnd   = 8    // to the right of the frame, for the last number

	arrowWidth = 1.1
	traceWidth = 0.9
	arrowHead  = 6.0 // its length
)

// barStyles and laneStyles are tried from large to small.
var (
	barStyles  = []textStyle{{9.5, true}, {8.5, true}, {7.5, true}}
	laneStyles = []textStyle{axisStyle, {8.5, false}, {7.5, false}}
)

// spaceTimePlot is a panel being laid out.
type spaceTimePlot struct {
	SpaceTime
	setting
	x    axis
	cell rect
}

func (p SpaceTime) prepare(set setting) (plot, error) {
	return &spaceTimePlot{SpaceTime: p, setting: set}, nil
}

func (p *spaceTimePlot) insets() (left, top, right float64) {
	return axisStyle.widest(p.Lanes) + yLabelSpace, 0, lanesEnd
}

func (p *spaceTimePlot) fit(frame, cell rect) (bottom float64, err error) {
	p.cell = cell
	var data span
	for _, bar := range p.Bars {
		data.cover(bar.From, bar.To)
	}
	for _, arrow := range p.Arrows {
		data.cover(arrow.Sent, arrow.Arrived)
	}
	p.x, err = Axis{}.resolve(data, false, func(a axis) bool { return a.fitsWidth(frame, cell) })
	if err != nil {
		return 0, fmt.Errorf("x axis: %w", err)
	}
	return xInset(1, p.named()), checkXName(p.Name, cell)
}

func (p *spaceTimePlot) named() bool { return p.xName && p.Name != "" }

func (p *spaceTimePlot) draw(s *scene, frame rect) error {
	pitch := frame.height() / float64(len(p.Lanes))
	low := laneStyles[len(laneStyles)-1].lineHeight() // of a bar, and of a name
	if pitch < low+barGap {
		return fmt.Errorf("%d lanes do not fit: each has %.1f pt of height", len(p.Lanes), pitch)
	}
	half := max(low, min(tallestBar, barShare*pitch)) / 2
	style := laneStyles[slices.IndexFunc(laneStyles, func(s textStyle) bool { return s.lineHeight() <= pitch })]
	y := func(lane int) float64 { return frame.top + (float64(lane)+0.5)*pitch }
	s.drawX(p.x, frame, p.cell, p.palette)
	if p.named() {
		s.drawXName(p.Name, 1, frame, p.cell, p.palette)
	}
	for lane, name := range p.Lanes {
		s.line([]point{{frame.left, y(lane)}, {frame.right, y(lane)}}, p.palette.grid, gridWidth)
		s.text(text{x: frame.left - yLabelSpace, baseline: style.baselineFor(y(lane)), anchor: end, style: style,
			color: p.palette.ink, s: name})
	}
	shafts := make([][]point, len(p.Arrows))
	for i, arrow := range p.Arrows { // below the bars, so that they cross no label
		toward := half
		if arrow.To < arrow.From {
			toward = -half
		}
		shafts[i] = []point{{p.x.x(frame, arrow.Sent), y(arrow.From) + toward}, {p.x.x(frame, arrow.Arrived), y(arrow.To) - toward}}
		s.drawArrow(shafts[i][0], shafts[i][1], arrow.Color, p.palette)
	}
	for i, bar := range p.Bars {
		r := rect{p.x.x(frame, bar.From), y(bar.Lane) - half, p.x.x(frame, bar.To), y(bar.Lane) + half}
		if err := p.drawBar(s, bar, r, shafts); err != nil {
			return fmt.Errorf("bar %d: %w", i, err)
		}
	}
	return nil
}

// drawBar draws a bar with traces of the arrows behind it, so that the eye can follow them to the other side.
func (p *spaceTimePlot) drawBar(s *scene, bar LaneBar, r rect, shafts [][]point) error {
	gap := min(barGap, r.width()/4)
	r.left, r.right = r.left+gap/2, r.right-gap/2
	color := p.palette.of(bar.Color)
	ink := inkOn(color)
	if bar.Color == Theory { // which is not filled, and hides the arrows behind it all the same
		ink = p.palette.ink
		s.rect(r, p.palette.paper)
	}
	s.patch(r, bar.Color, p.palette, theoryDash)
	trace := blend(color, p.palette.paper)
	for i, arrow := range p.Arrows {
		if arrow.From == bar.Lane || arrow.To == bar.Lane { // which only touches its sides
			continue
		}
		for _, piece := range clipLine(shafts[i], r) {
			s.line(piece, trace, traceWidth)
		}
	}
	if bar.Color == Theory {
		color = p.palette.paper
	}
	if len(bar.Labels) == 0 {
		return nil
	}
	for _, label := range bar.Labels {
		if label == "" {
			return nil
		}
		for _, style := range barStyles {
			if style.width(label)+2*barPadding <= r.width() && style.lineHeight() <= r.height() {
				t := text{x: r.left + barPadding, baseline: style.baselineFor((r.top + r.bottom) / 2), style: style, color: ink, s: label}
				box := t.box()
				s.rect(rect{max(box.left-1, r.left+barOutline), max(box.top, r.top+barOutline), box.right + 1, min(box.bottom, r.bottom-barOutline)}, color)
				s.text(t)
				return nil
			}
		}
	}
	return fmt.Errorf("has no label that fits its %.0f pt of width (give a shorter one last): %q", r.width(), bar.Labels)
}

// blend is halfway between two colours.
func blend(a, b color.NRGBA) color.NRGBA {
	half := func(x, y uint8) uint8 { return uint8((int(x) + int(y)) / 2) }
	return color.NRGBA{R: half(a.R, b.R), G: half(a.G, b.G), B: half(a.B, b.B), A: 0xFF}
}

// drawArrow draws a shaft up to its head, whose tip is at the end.
func (s *scene) drawArrow(from, to point, c Color, p palette) {
	color := p.of(c)
	dx, dy := to.x-from.x, to.y-from.y
	length := max(math.Hypot(dx, dy), hair)
	dx, dy = dx/length, dy/length
	head := min(arrowHead, length)
	neck := point{to.x - head*dx, to.y - head*dy}
	var dash []float64
	if c == Theory {
		dash = theoryDash
	}
	s.line([]point{from, neck}, color, arrowWidth, dash...)
	const slim = 0.4
	s.area([]point{to, {neck.x - slim*head*dy, neck.y + slim*head*dx}, {neck.x + slim*head*dy, neck.y - slim*head*dx}}, color)
}
