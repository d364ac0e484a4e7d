package chart

import (
	"fmt"
	"image/color"
)

// Theme is the paper that a figure is drawn on. The same figure reads alike on both.
type Theme int

// The two themes: dark ink on white paper, and light ink on near black.
const (
	Light Theme = iota
	Dark
)

// Color is a series' place in a chart, and with it the whole look of its line. The zero value is no colour, so that a
// forgotten one is an error.
//
// A colour belongs to a family of algorithms and stays with it from chart to chart: whoever has learnt that two random
// choices are blue on one page finds them blue on the next. Within a panel the colours of the series are unique. A
// series colour comes with a marker of its own, so that colour is never the only cue.
type Color int

// Four series colours, the grey of the naive baseline, and the dashed, muted stroke of what was computed and not
// measured: theory, a bound, the unreachable optimum.
const (
	Blue     Color = iota + 1 // circles
	Orange                    // squares
	Green                     // triangles
	Pink                      // diamonds
	Baseline                  // grey, no marker
	Theory                    // 1.2 pt, dashed and muted, no marker; any number of them may share a panel
)

// seriesColors is how many colours there are besides Baseline and Theory: with more lines than that, the figure wants
// small multiples.
const seriesColors = 4

func (c Color) check() error {
	if c < Blue || c > Theory {
		return fmt.Errorf("has no such colour: %d", int(c))
	}
	return nil
}

// bandAlpha makes a confidence band light enough for two of them to cross and stay legible.
const bandAlpha = 46

type palette struct {
	paper, ink, muted, grid, baseline color.NRGBA
	series                            [seriesColors]color.NRGBA
}

var palettes = [...]palette{
	Light: {
		paper: rgb(0xFFFFFF), ink: rgb(0x1F2328), muted: rgb(0x59636E), grid: rgb(0xE4E7EB), baseline: rgb(0x98A1AB),
		series: [...]color.NRGBA{rgb(0x0072B2), rgb(0xD55E00), rgb(0x009E73), rgb(0xCC79A7)},
	},
	Dark: {
		paper: rgb(0x0D1117), ink: rgb(0xE6EDF3), muted: rgb(0x9198A1), grid: rgb(0x262C36), baseline: rgb(0x717A84),
		series: [...]color.NRGBA{rgb(0x56B4E9), rgb(0xE69F00), rgb(0x2FC08F), rgb(0xE79BC6)},
	},
}

func (t Theme) palette() (palette, error) {
	if t < 0 || int(t) >= len(palettes) {
		return palette{}, fmt.Errorf("chart: no such theme: %d", int(t))
	}
	return palettes[t], nil
}

func (p palette) of(c Color) color.NRGBA {
	switch c {
	case Baseline:
		return p.baseline
	case Theory:
		return p.muted
	default:
		return p.series[c-Blue]
	}
}

func (p palette) band(c Color) color.NRGBA {
	hue := p.of(c)
	hue.A = bandAlpha
	return hue
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
}
