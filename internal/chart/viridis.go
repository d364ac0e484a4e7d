package chart

import (
	"image/color"
	"math"
)

// viridisStops is the colour map viridis at every tenth: its steps look alike in size, to colour-blind eyes and in
// grey too. Source: Nathaniel Smith and Stéfan van der Walt, for matplotlib, 2015.
var viridisStops = [...]color.NRGBA{
	rgb(0x440154), rgb(0x482475), rgb(0x414487), rgb(0x355F8D), rgb(0x2A788E), rgb(0x21918C),
	rgb(0x22A884), rgb(0x44BF70), rgb(0x7AD151), rgb(0xBDDF26), rgb(0xFDE725),
}

// viridis goes from dark violet at 0 to yellow at 1.
func viridis(t float64) color.NRGBA {
	at := t * float64(len(viridisStops)-1)
	i := min(int(at), len(viridisStops)-2)
	a, b := viridisStops[i], viridisStops[i+1]
	blend := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (at-float64(i))*(float64(b)-float64(a)))) }
	return color.NRGBA{R: blend(a.R, b.R), G: blend(a.G, b.G), B: blend(a.B, b.B), A: 0xFF}
}

// inkOn is black or white, whichever stands out more; that is a contrast of 4.58 to 1 at least.
func inkOn(background color.NRGBA) color.NRGBA {
	black, white := rgb(0x000000), rgb(0xFFFFFF)
	if contrast(background, black) > contrast(background, white) {
		return black
	}
	return white
}

// contrast is from 1 to 21. Source: Web Content Accessibility Guidelines 2.2, "contrast ratio".
func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is 0 for black and 1 for white. Source: Web Content Accessibility Guidelines 2.2, "relative luminance".
func luminance(c color.NRGBA) float64 {
	linear := func(channel uint8) float64 {
		v := float64(channel) / 0xFF
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
