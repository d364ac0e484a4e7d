package chart

import (
	"errors"
	"fmt"
	"image/color"
	"strings"
)

// Figure is one chart: what a reader sees on one canvas. Headline, Detail and Footer must all be set.
type Figure struct {
	// Headline is the finding, as a sentence. It wraps to a second line at most.
	Headline string
	// Detail names the y axis: quantity, unit, statistic, number of runs. It wraps to a second line at most.
	Detail string
	// Footer says where the numbers come from: package symbol, seed, command, with " · " between them. It wraps to three
	// lines at most, between its parts if that will do.
	Footer string
	// Panels are one to six, each a Lines, Bars, HeatMap or SpaceTime; two to three stand in a row, four in two rows of two, more
	// in rows of three. Panels of several have a Title each.
	Panels []Panel
	// SharedY gives all panels the same y axis, with its numbers on the left of each row only. The axes must be alike.
	SharedY bool
}

// Panel is what a figure is made of: Lines, Bars, HeatMap or SpaceTime.
type Panel interface {
	heading() string
	// check says what is wrong with the panel by itself.
	check() error
	// prepare decides what does not depend on the width: the y axis, names, numbers.
	prepare(setting) (plot, error)
}

// Canvas sizes and the spaces between the parts, in points.
const (
	singleWidth, singleHeight       = 576, 360
	multiplesWidth, multiplesHeight = 720, 400

	margin      = 14
	headerSpace = 14 // below the header
	footerSpace = 10 // above the footer
	mostPanels  = 6
)

// scene draws the figure.
func (f Figure) scene(t Theme) (*scene, error) {
	p, err := t.palette()
	if err != nil {
		return nil, err
	}
	s := &scene{width: singleWidth, height: singleHeight, paper: p.paper, title: f.Headline, summary: f.Detail}
	if len(f.Panels) > 1 {
		s.width, s.height = multiplesWidth, multiplesHeight
	}
	err = f.check()
	if err == nil {
		err = f.draw(s, p)
	}
	if err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	return s, nil
}

func (f Figure) check() error {
	for _, part := range []struct{ name, text string }{
		{"headline", f.Headline}, {"detail", f.Detail}, {"footer", f.Footer},
	} {
		if part.text == "" {
			return fmt.Errorf("a figure needs a %s", part.name)
		}
		if err := checkText(part.text); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	if len(f.Panels) == 0 {
		return errors.New("a figure needs a panel")
	}
	if len(f.Panels) > mostPanels {
		return fmt.Errorf("a figure has at most six panels: %d", len(f.Panels))
	}
	for i, panel := range f.Panels {
		switch panel.(type) {
		case Lines, Bars, HeatMap, SpaceTime:
		default: // a pointer to one of them has their methods too, and may be nil
			return fmt.Errorf("panel %d must be Lines, Bars, HeatMap or SpaceTime: %T", i+1, panel)
		}
		if panel.heading() == "" && len(f.Panels) > 1 {
			return fmt.Errorf("panel %d of %d needs a title", i+1, len(f.Panels))
		}
		if err := checkText(panel.heading()); err != nil {
			return f.in(i, err)
		}
		if err := panel.check(); err != nil {
			return f.in(i, err)
		}
	}
	return f.checkKeys()
}

func (f Figure) draw(s *scene, p palette) error {
	area := rect{margin, margin, s.width - margin, s.height - margin}
	if err := f.drawHeader(s, p, &area); err != nil {
		return err
	}
	if err := f.drawFooter(s, p, &area); err != nil {
		return err
	}
	return f.drawPanels(s, p, area)
}

// drawHeader writes headline, detail and the key of the bars from the top of the area, and leaves the rest of it.
func (f Figure) drawHeader(s *scene, p palette, area *rect) error {
	for _, part := range []struct {
		name, text string
		style      textStyle
		color      color.NRGBA
	}{
		{"headline", f.Headline, headlineStyle, p.ink},
		{"detail", f.Detail, detailStyle, p.muted},
	} {
		lines, err := part.style.wrap(part.text, area.width(), 2)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		area.top = s.paragraph(lines, area.left, area.top, part.style, part.color) + 2
	}
	if err := f.drawKeys(s, p, area); err != nil {
		return err
	}
	area.top += headerSpace
	return nil
}

// footerGlue stands between the parts of a footer, and goes where a line ends.
const footerGlue = " · "

// drawFooter writes the footer at the bottom of the area, and leaves the rest of it. A command stays on one line if it
// fits there, so that it can be copied.
func (f Figure) drawFooter(s *scene, p palette, area *rect) error {
	const most = 3
	parts := strings.Split(f.Footer, footerGlue)
	lines, err := footerStyle.wrapParts(parts, footerGlue, area.width(), most)
	if err != nil {
		if lines, err = footerStyle.wrap(f.Footer, area.width(), most); err != nil {
			return fmt.Errorf("footer: %w", err)
		}
	}
	area.bottom -= float64(len(lines)) * footerStyle.lineHeight()
	s.paragraph(lines, area.left, area.bottom, footerStyle, p.muted)
	area.bottom -= footerSpace
	return nil
}
