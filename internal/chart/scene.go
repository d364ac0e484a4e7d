package chart

import "image/color"

// scene is a drawn figure before it is written as SVG or PNG: marks in painting order, in points, x to the right and y
// down. Both formats are written from it, so they cannot differ; tests read the text off it.
type scene struct {
	width, height  float64
	paper          color.NRGBA
	title, summary string
	marks          []mark
}

type point struct{ x, y float64 }

type rect struct{ left, top, right, bottom float64 }

func (r rect) width() float64  { return r.right - r.left }
func (r rect) height() float64 { return r.bottom - r.top }

// mark is one of: text; a circle, if the radius is positive; a path.
type mark struct {
	path   []point // one point, the centre, for a circle
	closed bool
	radius float64

	fill   color.NRGBA // transparent: not filled
	stroke color.NRGBA // transparent: not stroked
	width  float64
	dash   []float64

	text *text
}

// anchor says which end of the text its x is at.
type anchor int

const (
	start anchor = iota
	middle
	end
)

type text struct {
	x, baseline float64
	anchor      anchor
	style       textStyle
	color       color.NRGBA
	s           string
}

// left is where the text begins.
func (t text) left() float64 {
	switch width := t.style.width(t.s); t.anchor {
	case middle:
		return t.x - width/2
	case end:
		return t.x - width
	default:
		return t.x
	}
}

// box is what the text covers, from the font's own metrics: the full line, whatever letters are in it.
func (t text) box() rect {
	left := t.left()
	return rect{
		left:   left,
		top:    t.baseline - ascent*t.style.size,
		right:  left + t.style.width(t.s),
		bottom: t.baseline + descent*t.style.size,
	}
}

func (s *scene) text(t text) { s.marks = append(s.marks, mark{text: &t}) }

// paragraph writes lines below one another from the top, and returns where they end.
func (s *scene) paragraph(lines []string, left, top float64, style textStyle, c color.NRGBA) (bottom float64) {
	for i, line := range lines {
		centre := top + (float64(i)+0.5)*style.lineHeight()
		s.text(text{x: left, baseline: style.baselineFor(centre), style: style, color: c, s: line})
	}
	return top + float64(len(lines))*style.lineHeight()
}

func (s *scene) line(path []point, c color.NRGBA, width float64, dash ...float64) {
	s.marks = append(s.marks, mark{path: path, stroke: c, width: width, dash: dash})
}

func (s *scene) area(path []point, c color.NRGBA) {
	s.marks = append(s.marks, mark{path: path, closed: true, fill: c})
}

func (s *scene) rect(r rect, c color.NRGBA) { s.area(r.corners(), c) }

func (r rect) corners() []point {
	return []point{{r.left, r.top}, {r.right, r.top}, {r.right, r.bottom}, {r.left, r.bottom}}
}
