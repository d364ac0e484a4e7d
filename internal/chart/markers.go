package chart

import (
	"image/color"
	"math"
)

const (
	markerRadius = 3.2
	markerHalo   = 1 // of paper, so that markers that touch stay apart

	// A line of few points shows each one that has room. A curve of many is marked now and then, as a second cue.
	fewPoints    = 15
	markerPitch  = 14
	curveMarking = 48
)

// thin leaves out points that stand too close to the marker before them. The last point is always kept: the label
// stands beside it.
func thin(points []point) []point {
	pitch := float64(markerPitch)
	if len(points) > fewPoints {
		pitch = curveMarking
	}
	var kept []point
	for i, p := range points {
		near := len(kept) > 0 && math.Hypot(p.x-kept[len(kept)-1].x, p.y-kept[len(kept)-1].y) < pitch
		switch {
		case !near:
			kept = append(kept, p)
		case i == len(points)-1:
			kept[len(kept)-1] = p
		}
	}
	return kept
}

// drawMarkers draws the shape that belongs to the colour; Baseline and Theory have none.
func (s *scene) drawMarkers(points []point, c Color, p palette) {
	for _, at := range points {
		var m mark
		switch c {
		case Blue:
			m = mark{path: []point{at}, radius: markerRadius}
		case Orange:
			m = polygon(at, 4, math.Pi/4, markerRadius*1.25)
		case Green:
			m = polygon(at, 3, -math.Pi/2, markerRadius*1.4)
		case Pink:
			m = polygon(at, 4, 0, markerRadius*1.35)
		default:
			continue
		}
		m.fill, m.stroke, m.width = p.of(c), p.paper, markerHalo
		s.marks = append(s.marks, m)
	}
}

// polygon is a regular one around the centre, its first corner at the angle (y down).
func polygon(centre point, corners int, angle, radius float64) mark {
	m := mark{closed: true}
	for i := range corners {
		sin, cos := math.Sincos(angle + 2*math.Pi*float64(i)/float64(corners))
		m.path = append(m.path, point{centre.x + radius*cos, centre.y + radius*sin})
	}
	return m
}

func (s *scene) dot(at point, c color.NRGBA, radius float64) {
	s.marks = append(s.marks, mark{path: []point{at}, radius: radius, fill: c})
}
