package chart

import "fmt"

const (
	keySpace  = 6   // above the row
	swatch    = 9.0 // side
	swatchGap = 5   // between a swatch and its name
	keyGap    = 18  // between one key and the next
)

// swatchDash goes round a swatch eight times.
var swatchDash = []float64{2.6, 1.3}

// keys are those of all bars in the figure, each once, in the order of first appearance.
func (f Figure) keys() []key {
	var keys []key
	seen := make(map[key]bool)
	for _, panel := range f.Panels {
		bars, ok := panel.(Bars)
		if !ok {
			continue
		}
		for _, bar := range bars.Series {
			if k := (key{bar.Name, bar.Color}); k.name != "" && !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// checkKeys refuses a key row in which one colour has two names.
func (f Figure) checkKeys() error {
	names := make(map[Color]string)
	for _, k := range f.keys() {
		if other, taken := names[k.color]; taken {
			return fmt.Errorf("one colour has two names in the figure's bars: %q, %q", other, k.name)
		}
		names[k.color] = k.name
	}
	return nil
}

// drawKeys writes the row of keys at the top of the area, in as many rows as it takes, and leaves the rest of it.
func (f Figure) drawKeys(s *scene, p palette, area *rect) error {
	keys := f.keys()
	if len(keys) == 0 {
		return nil
	}
	height := detailStyle.lineHeight()
	x, y := area.left, area.top+keySpace
	for _, k := range keys {
		width := swatch + swatchGap + detailStyle.width(k.name)
		if width > area.width() {
			return fmt.Errorf("a series' name is wider than the figure, %.0f pt: %q", area.width(), k.name)
		}
		if x+width > area.right {
			x, y = area.left, y+height+2
		}
		centre := y + height/2
		s.patch(rect{x, centre - swatch/2, x + swatch, centre + swatch/2}, k.color, p, swatchDash)
		s.text(text{x: x + swatch + swatchGap, baseline: detailStyle.baselineFor(centre), style: detailStyle,
			color: p.ink, s: k.name})
		x += width + keyGap
	}
	area.top = y + height
	return nil
}
