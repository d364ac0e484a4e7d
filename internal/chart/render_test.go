package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestTheSameFigureGivesTheSameBytes(t *testing.T) {
	exhibits := gallery()
	if race.Enabled {
		exhibits = exhibits[:2]
	}
	for _, exhibit := range exhibits {
		want, err := exhibit.figure.SVG(Light)
		require.NoError(t, err)
		const renderings = 4
		var wg sync.WaitGroup
		got := make([][]byte, renderings)
		for i := range renderings {
			wg.Go(func() { got[i], _ = exhibit.figure.SVG(Light) })
		}
		wg.Wait()
		for i := range got {
			assert.True(t, bytes.Equal(want, got[i]), exhibit.name)
		}
	}
	if race.Enabled { // a picture takes seconds, and drawing it shares nothing
		return
	}
	want, err := twoPanels().PNG(Dark)
	require.NoError(t, err)
	got, err := twoPanels().PNG(Dark)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, got))
}

func TestSVGIsWellFormed(t *testing.T) {
	for _, exhibit := range gallery() {
		for _, theme := range []Theme{Light, Dark} {
			svg, err := exhibit.figure.SVG(theme)
			require.NoError(t, err)
			for _, bad := range []string{"NaN", "Inf", "e+", "e-0"} {
				assert.NotContains(t, string(svg), bad, exhibit.name)
			}
			decoder := xml.NewDecoder(bytes.NewReader(svg))
			for {
				if _, err = decoder.Token(); err != nil {
					break
				}
			}
			require.True(t, errors.Is(err, io.EOF), "%s: %v", exhibit.name, err)
		}
	}
}

func TestSVGSaysWhatItIs(t *testing.T) {
	f := onePanel()
	f.Headline, f.Detail = `R & W < "N"`, "quorums > 1"
	svg, err := f.SVG(Dark)
	require.NoError(t, err)
	var document struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		Role    string   `xml:"role,attr"`
		Width   string   `xml:"width,attr"`
		Height  string   `xml:"height,attr"`
		ViewBox string   `xml:"viewBox,attr"`
		Font    string   `xml:"font-family,attr"`
		Title   string   `xml:"title"`
		Desc    string   `xml:"desc"`
		Paper   struct {
			Width string `xml:"width,attr"`
			Fill  string `xml:"fill,attr"`
		} `xml:"rect"`
		Text []struct {
			S      string  `xml:",chardata"`
			Anchor string  `xml:"text-anchor,attr"`
			Weight string  `xml:"font-weight,attr"`
			X      float64 `xml:"x,attr"`
			Length float64 `xml:"textLength,attr"`
		} `xml:"text"`
	}
	require.NoError(t, xml.Unmarshal(svg, &document))
	assert.Equal(t, "img", document.Role)
	assert.Equal(t, []string{"576pt", "360pt", "0 0 576 360"}, []string{document.Width, document.Height, document.ViewBox})
	assert.Equal(t, "Liberation Sans, Arial, Helvetica, sans-serif", document.Font)
	assert.Equal(t, f.Headline, document.Title)
	assert.Equal(t, f.Detail, document.Desc)
	assert.Equal(t, "#0D1117", document.Paper.Fill, "opaque paper")
	assert.Equal(t, "576", document.Paper.Width)
	assert.Equal(t, f.Headline, document.Text[0].S)
	assert.Equal(t, "bold", document.Text[0].Weight)
	assert.NotContains(t, string(svg), "base64", "no font inside")
	assert.Contains(t, string(svg), `fill="#E69F00" fill-opacity="0.18"`, "a band of alpha 46")
	assert.Contains(t, string(svg), `stroke="#9198A1" stroke-width="1.2" stroke-dasharray="3 3"`, "theory")
	anchors := make(map[string]bool)
	for _, text := range document.Text {
		anchors[text.Anchor] = true
		assert.Equal(t, text.Anchor == "", text.Length > 0, "what grows to the right is kept in the picture whatever the font: %q", text.S)
		assert.LessOrEqual(t, text.X+text.Length, 576.0, text.S)
	}
	assert.Equal(t, map[string]bool{"": true, "middle": true, "end": true}, anchors)
}

func TestDecimal(t *testing.T) {
	for want, v := range map[string]float64{"0": -0.001, "1": 1, "1.5": 1.5, "1.23": 1.234, "-2.4": -2.4, "100": 100} {
		assert.Equal(t, want, decimal(v))
	}
}

func TestPNG(t *testing.T) {
	exhibits := []exhibit{{"lines", onePanel()}, {"panels", multiples(4, true)}, {"bars", bars()}, {"heat map", heatMap()}}
	themes := []Theme{Light, Dark}
	if race.Enabled {
		exhibits, themes = exhibits[:1], themes[1:]
	}
	for _, exhibit := range exhibits {
		for _, theme := range themes {
			b, err := exhibit.figure.PNG(theme)
			require.NoError(t, err)
			picture, err := png.Decode(bytes.NewReader(b))
			require.NoError(t, err)
			size := picture.Bounds().Size()
			if len(exhibit.figure.Panels) == 1 {
				assert.Equal(t, []int{1536, 960}, []int{size.X, size.Y}, "8 x 5 inches of 192 dots")
			} else {
				assert.Equal(t, []int{1920, 1067}, []int{size.X, size.Y}, "10 x 5.56 inches of 192 dots")
			}
			paper := color.NRGBAModel.Convert(picture.At(0, 0))
			assert.Equal(t, palettes[theme].paper, paper)
			inked := 0
			for x := range size.X { // through the headline
				if picture.At(x, 64) != picture.At(0, 0) {
					inked++
				}
			}
			assert.Greater(t, inked, 50, "the headline is drawn")
		}
	}
}

// The y of a vg.Canvas points up; a picture upside down would have its footer on top.
func TestPNGIsTheRightWayUp(t *testing.T) {
	f := one(Bars{Groups: []string{"a"}, Series: []Bar{{Color: Blue, Y: []float64{1}}}})
	b, err := f.PNG(Light)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(b))
	require.NoError(t, err)
	blue := func(y int) bool {
		return color.NRGBAModel.Convert(picture.At(picture.Bounds().Dx()/2+40, y)) == palettes[Light].of(Blue)
	}
	s, p := drawn(t, f, Light)
	bar := s.where(filled(p.of(Blue)))[0]
	top, bottom := bar.path[0].y, bar.path[2].y
	const scale = float64(dpi) / 72
	assert.True(t, blue(int((top+3)*scale)))
	assert.True(t, blue(int((bottom-3)*scale)))
	assert.False(t, blue(int((top-3)*scale)))
	assert.False(t, blue(int((bottom+3)*scale)))
}

func TestNothingInASVGDependsOnTheMachine(t *testing.T) {
	svg, err := onePanel().SVG(Light)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(svg), "http"), "the namespace only")
}
