package chart

import (
	"bytes"
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// dpi gives two pixels where a usual screen has one.
const dpi = 192

// PNG draws the figure at 192 dots an inch: 1536 x 960 pixels, or 1920 x 1067 for small multiples.
func (f Figure) PNG(t Theme) ([]byte, error) {
	s, err := f.scene(t)
	if err != nil {
		return nil, err
	}
	c := vgimg.PngCanvas{Canvas: vgimg.NewWith(
		vgimg.UseWH(vg.Length(s.width), vg.Length(s.height)), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(s.paper))}
	for _, m := range s.marks {
		m.paint(c, s.height)
	}
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	return b.Bytes(), nil
}

// paint turns y round: a vg.Canvas has its origin at the bottom.
func (m mark) paint(c vg.Canvas, height float64) {
	at := func(p point) vg.Point { return vg.Point{X: vg.Length(p.x), Y: vg.Length(height - p.y)} }
	if m.text != nil {
		c.SetColor(m.text.color)
		c.FillString(m.text.style.face(), at(point{m.text.left(), m.text.baseline}), m.text.s)
		return
	}
	var path vg.Path
	if m.radius > 0 {
		centre := at(m.path[0])
		path.Move(vg.Point{X: centre.X + vg.Length(m.radius), Y: centre.Y})
		path.Arc(centre, vg.Length(m.radius), 0, 2*math.Pi)
		path.Close()
	} else {
		for i, p := range m.path {
			if i == 0 {
				path.Move(at(p))
			} else {
				path.Line(at(p))
			}
		}
		if m.closed {
			path.Close()
		}
	}
	if m.fill.A > 0 {
		c.SetColor(m.fill)
		c.Fill(path)
	}
	if m.stroke.A > 0 {
		dash := make([]vg.Length, len(m.dash))
		for i, length := range m.dash {
			dash[i] = vg.Length(length)
		}
		c.SetColor(m.stroke)
		c.SetLineWidth(vg.Length(m.width))
		c.SetLineDash(dash, 0)
		c.Stroke(path)
	}
}
