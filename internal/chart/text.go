package chart

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
)

// textStyle is a size in points and a weight of Liberation Sans.
type textStyle struct {
	size float64
	bold bool
}

var (
	headlineStyle = textStyle{14, true}
	detailStyle   = textStyle{10, false}
	footerStyle   = textStyle{8, false}
	titleStyle    = textStyle{10, true}
	axisStyle     = textStyle{9.5, false}
	labelStyle    = textStyle{10, true}
	theoryStyle   = textStyle{10, false}
	valueStyle    = textStyle{9, false}
)

// Of the em, above and below the baseline: the extents of Liberation Sans, held against the font by a test.
const (
	ascent  = 0.905
	descent = 0.212
	leading = 1.2
)

func (s textStyle) lineHeight() float64 { return leading * s.size }

// baselineFor returns the baseline of text whose box is centred on y.
func (s textStyle) baselineFor(y float64) float64 { return y + (ascent-descent)/2*s.size }

// faces holds the two faces by weight. Liberation Sans travels inside the binary, so that a figure does not depend on
// what a machine has installed.
var faces = sync.OnceValue(func() map[bool]font.Face {
	found := make(map[bool]font.Face, 2)
	for _, face := range liberation.Collection() {
		switch face.Name() {
		case "LiberationSans-Regular":
			found[false] = face
		case "LiberationSans-Bold":
			found[true] = face
		}
	}
	return found
})

func (s textStyle) face() font.Face {
	face := faces()[s.bold]
	face.Font.Size = font.Length(s.size)
	return face
}

// width is in points, kerning included.
func (s textStyle) width(text string) float64 {
	face := s.face()
	return face.Width(text).Points()
}

func (s textStyle) widest(texts []string) float64 {
	widest := 0.0
	for _, text := range texts {
		widest = max(widest, s.width(text))
	}
	return widest
}

// checkText refuses what would be drawn as an empty box or not at all, and spaces that SVG and PNG show differently.
func checkText(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("text must be valid UTF-8: %q", text)
	}
	if strings.TrimSpace(text) != text || strings.Contains(text, "  ") {
		return fmt.Errorf("text must not start or end with a space, nor hold two in a row: %q", text)
	}
	for _, bold := range []bool{false, true} {
		face := faces()[bold]
		for _, r := range text {
			if index, err := face.Face.GlyphIndex(nil, r); err != nil || index == 0 || unicode.IsControl(r) {
				return fmt.Errorf("the font has no glyph for %q: %q", r, text)
			}
		}
	}
	return nil
}

func checkTexts(texts ...string) error {
	for _, text := range texts {
		if err := checkText(text); err != nil {
			return err
		}
	}
	return nil
}

// wrap breaks text at spaces into as few lines as fit the width, and then evens the lines out, so that no last word
// stands alone. It is an error if that takes more than most lines.
func (s textStyle) wrap(text string, width float64, most int) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	return s.wrapParts(strings.Split(text, " "), " ", width, most)
}

// wrapParts is wrap for text that may break between its parts only; the glue joins parts on a line.
func (s textStyle) wrapParts(parts []string, glue string, width float64, most int) ([]string, error) {
	widest := s.widest(parts)
	if widest > width {
		return nil, fmt.Errorf("%q has a part wider than its %.0f pt", strings.Join(parts, glue), width)
	}
	lines := s.fill(parts, glue, width)
	if len(lines) > most {
		return nil, fmt.Errorf("%q takes %d lines of %.0f pt, and there is room for %d",
			strings.Join(parts, glue), len(lines), width, most)
	}
	// The narrowest measure that needs no further line; half a point is finer than the eye.
	for narrow := widest; width-narrow > 0.5; {
		middle := (narrow + width) / 2
		if even := s.fill(parts, glue, middle); len(even) == len(lines) {
			lines, width = even, middle
		} else {
			narrow = middle
		}
	}
	return lines, nil
}

// fill puts as many parts on each line as fit; none may be wider than the line.
func (s textStyle) fill(parts []string, glue string, width float64) []string {
	var lines []string
	for _, part := range parts {
		last := len(lines) - 1
		if last >= 0 && s.width(lines[last]+glue+part) <= width {
			lines[last] += glue + part
		} else {
			lines = append(lines, part)
		}
	}
	return lines
}
