package chart

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// textTrouble lists every text that leaves the canvas or meets another one, by the boxes of their font metrics.
func textTrouble(s *scene) []string {
	const slack = 0.01 // of a point, for rounding
	var trouble []string
	var texts []text
	for _, m := range s.marks {
		if m.text != nil {
			texts = append(texts, *m.text)
		}
	}
	for i, t := range texts {
		box := t.box()
		if box.left < -slack || box.top < -slack || box.right > s.width+slack || box.bottom > s.height+slack {
			trouble = append(trouble, fmt.Sprintf("%q leaves the canvas: %.1f", t.s, box))
		}
		for _, other := range texts[:i] {
			o := other.box()
			if box.left < o.right-slack && o.left < box.right-slack && box.top < o.bottom-slack && o.top < box.bottom-slack {
				trouble = append(trouble, fmt.Sprintf("%q meets %q: %.1f, %.1f", t.s, other.s, box, o))
			}
		}
	}
	return trouble
}

func TestNoTextLeavesTheCanvasOrMeetsAnother(t *testing.T) {
	for _, exhibit := range gallery() {
		for _, theme := range []Theme{Light, Dark} {
			s, err := exhibit.figure.scene(theme)
			require.NoError(t, err, exhibit.name)
			assert.Empty(t, textTrouble(s), exhibit.name)
		}
	}
}

func TestTextTroubleIsSeen(t *testing.T) {
	at := func(x, baseline float64, s string) mark {
		return mark{text: &text{x: x, baseline: baseline, style: detailStyle, s: s}}
	}
	apart := &scene{width: 100, height: 100, marks: []mark{at(10, 50, "one"), at(10, 61.2, "two"), at(40, 50, "three")}}
	assert.Empty(t, textTrouble(apart))
	for name, marks := range map[string][]mark{
		"beside": {at(10, 50, "one"), at(25, 50, "two")},
		"below":  {at(10, 50, "one"), at(10, 61, "two")},
		"left":   {at(-1, 50, "one")},
		"top":    {at(10, 9, "one")},
		"right":  {at(90, 50, "one")},
		"bottom": {at(10, 98, "one")},
	} {
		assert.Len(t, textTrouble(&scene{width: 100, height: 100, marks: marks}), 1, name)
	}
}

func TestTextExtentsAreTheFonts(t *testing.T) {
	for _, style := range []textStyle{headlineStyle, axisStyle, labelStyle} {
		face := style.face()
		require.NotNil(t, face.Face, "Liberation Sans comes with the module")
		extents := face.Extents()
		assert.InDelta(t, extents.Ascent.Points(), ascent*style.size, 0.001*style.size)
		assert.InDelta(t, extents.Descent.Points(), descent*style.size, 0.001*style.size)
	}
}

func TestWrap(t *testing.T) {
	style := detailStyle
	for name, c := range map[string]struct {
		text  string
		width float64
		most  int
		want  []string
	}{
		"empty":                  {"", 100, 1, nil},
		"fits":                   {"one two", 100, 1, []string{"one two"}},
		"evened out":             {"aaa bbb ccc ddd", style.width("aaa bbb ccc") + 1, 2, []string{"aaa bbb", "ccc ddd"}},
		"no more than it needs":  {"aaa aaa aaa", style.width("aaa aaa"), 3, []string{"aaa aaa", "aaa"}},
		"long word, even before": {"a b wwwwwwwwww", style.width("wwwwwwwwww"), 2, []string{"a b", "wwwwwwwwww"}},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := style.wrap(c.text, c.width, c.most)
			require.NoError(t, err)
			assert.Equal(t, c.want, lines)
			for _, line := range lines {
				assert.LessOrEqual(t, style.width(line), c.width)
			}
		})
	}
	_, err := style.wrap("aaa bbb ccc", style.width("aaa bbb"), 1)
	assert.EqualError(t, err, `"aaa bbb ccc" takes 2 lines of 36 pt, and there is room for 1`)
	_, err = style.wrap("unbreakable", 10, 5)
	assert.EqualError(t, err, `"unbreakable" has a part wider than its 10 pt`)
}

func TestACommandInTheFooterStaysWhole(t *testing.T) {
	s, err := oddLines().scene(Light)
	require.NoError(t, err)
	var footer []string
	for _, m := range s.marks {
		if m.text != nil && m.text.style == footerStyle {
			footer = append(footer, m.text.s)
		}
	}
	require.Len(t, footer, 2)
	assert.True(t, strings.HasPrefix(footer[1], "go run ./examples two-choices -servers"), footer[1])

	f := oddLines()
	f.Footer = strings.Repeat("word ", 60) + "· end" // a part wider than the canvas breaks at its spaces
	_, err = f.scene(Light)
	assert.NoError(t, err)
}
