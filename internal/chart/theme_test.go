package chart

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHouseColours(t *testing.T) {
	for theme, want := range map[Theme][8]string{
		Light: {"#FFFFFF", "#1F2328", "#59636E", "#E4E7EB", "#0072B2", "#D55E00", "#009E73", "#CC79A7"},
		Dark:  {"#0D1117", "#E6EDF3", "#9198A1", "#262C36", "#56B4E9", "#E69F00", "#2FC08F", "#E79BC6"},
	} {
		p := palettes[theme]
		got := [8]string{hex(p.paper), hex(p.ink), hex(p.muted), hex(p.grid), hex(p.of(Blue)), hex(p.of(Orange)), hex(p.of(Green)), hex(p.of(Pink))}
		assert.Equal(t, want, got)
		assert.Equal(t, p.muted, p.of(Theory))
		grey := p.of(Baseline)
		assert.InDelta(t, grey.R, grey.B, 20, "the baseline is grey")
		assert.Greater(t, contrast(p.paper, grey), 2.5, "and its label legible")
	}
}

func TestTheInkOfACellIsReadable(t *testing.T) {
	for i := range 1001 {
		background := viridis(float64(i) / 1000)
		assert.GreaterOrEqual(t, contrast(background, inkOn(background)), 4.5)
	}
}

func TestViridis(t *testing.T) {
	assert.Equal(t, "#440154", hex(viridis(0)))
	assert.Equal(t, "#21918C", hex(viridis(0.5)))
	assert.Equal(t, "#FDE725", hex(viridis(1)))
	for i := range 100 { // brighter is more, in grey too
		assert.Less(t, luminance(viridis(float64(i)/100)), luminance(viridis(float64(i+1)/100)))
	}
	assert.InDelta(t, 21, contrast(rgb(0x000000), rgb(0xFFFFFF)), 1e-9)
}
