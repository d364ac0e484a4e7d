package chart

import "math"

func (b *barsPlot) draw(s *scene, frame rect) error {
	s.drawY(b.y, frame, b.palette, b.yTickLabels)
	zero := b.y.y(frame, 0)
	group := frame.width() / float64(len(b.Groups))
	below := frame.bottom
	if b.belowZero() {
		s.line([]point{{frame.left, frame.bottom}, {frame.right, frame.bottom}}, b.palette.grid, gridWidth)
		below += valueStyle.lineHeight() + valueSpace
	}
	for g, name := range b.names {
		middleOfGroup := frame.left + (float64(g)+0.5)*group
		first := middleOfGroup - b.pitch*float64(len(b.Series))/2
		for i := range b.Series {
			left := first + float64(i)*b.pitch
			b.drawBar(s, i, g, rect{left + barSpace/2, frame.top, left + b.pitch - barSpace/2, zero}, frame)
		}
		for n, line := range name {
			centre := below + tickLength + tickSpace + (float64(n)+0.5)*axisStyle.lineHeight()
			s.text(text{x: middleOfGroup, baseline: axisStyle.baselineFor(centre), anchor: middle, style: axisStyle,
				color: b.palette.ink, s: line})
		}
	}
	s.line([]point{{frame.left, zero}, {frame.right, zero}}, b.palette.muted, axisWidth)
	if b.named() {
		s.drawXName(b.Name, b.lines(), rect{frame.left, frame.top, frame.right, below}, b.cell, b.palette)
	}
	return nil
}

// drawBar draws one bar within the sides of the slot, from the slot's bottom, which is zero, with its whisker and number.
func (b *barsPlot) drawBar(s *scene, series, group int, slot, frame rect) {
	bar := b.Series[series]
	v := bar.Y[group]
	if math.IsNaN(v) {
		return
	}
	slot.top = b.y.y(frame, v)
	s.patch(slot, bar.Color, b.palette, theoryDash)
	low, high := slot.top, slot.top // where the whisker ends, or the bar
	centre := (slot.left + slot.right) / 2
	if bar.Low != nil {
		low, high = b.y.y(frame, bar.Low[group]), b.y.y(frame, bar.High[group])
		s.line([]point{{centre, low}, {centre, high}}, b.palette.ink, whiskerSize)
	}
	y := high - valueSpace - valueStyle.lineHeight()/2
	if v < 0 {
		y = low + valueSpace + valueStyle.lineHeight()/2
	}
	s.text(text{x: centre, baseline: valueStyle.baselineFor(y), anchor: middle, style: valueStyle, color: b.palette.ink,
		s: b.values[series][group]})
}

// patch paints what is measured in full, and outlines what is computed.
func (s *scene) patch(r rect, c Color, p palette, dash []float64) {
	if c != Theory {
		s.rect(r, p.of(c))
		return
	}
	const half = barOutline / 2
	inner := rect{r.left + half, min(r.top, r.bottom) + half, r.right - half, max(r.top, r.bottom) - half}
	s.marks = append(s.marks, mark{path: inner.corners(), closed: true, stroke: p.of(c), width: barOutline, dash: dash})
}
