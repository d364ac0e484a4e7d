package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strconv"
	"strings"
)

// fontFamily falls back to faces with the same widths, or nearly so: the font is not embedded.
const fontFamily = "Liberation Sans, Arial, Helvetica, sans-serif"

// SVG draws the figure as a stand-alone SVG document. Its title, for those who cannot see it, is the headline.
func (f Figure) SVG(t Theme) ([]byte, error) {
	s, err := f.scene(t)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, h := decimal(s.width), decimal(s.height)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="%spt" height="%spt" viewBox="0 0 %s %s" `+
		`font-family="%s" fill="none" stroke-linejoin="round">`+"\n", w, h, w, h, fontFamily)
	fmt.Fprintf(&b, "<title>%s</title>\n<desc>%s</desc>\n", escape(s.title), escape(s.summary))
	fmt.Fprintf(&b, `<rect width="%s" height="%s" fill="%s"/>`+"\n", w, h, hex(s.paper))
	for _, m := range s.marks {
		m.writeSVG(&b)
	}
	b.WriteString("</svg>\n")
	return b.Bytes(), nil
}

func (m mark) writeSVG(b *bytes.Buffer) {
	switch {
	case m.text != nil:
		m.text.writeSVG(b)
		return
	case m.radius > 0:
		fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="%s"`, decimal(m.path[0].x), decimal(m.path[0].y), decimal(m.radius))
	default:
		b.WriteString(`<path d="`)
		for i, p := range m.path {
			b.WriteByte("ML"[min(i, 1)])
			b.WriteString(decimal(p.x) + " " + decimal(p.y))
		}
		if m.closed {
			b.WriteByte('Z')
		}
		b.WriteByte('"')
	}
	if m.fill.A > 0 {
		fmt.Fprintf(b, ` fill="%s"`, hex(m.fill))
		if m.fill.A < 0xFF {
			fmt.Fprintf(b, ` fill-opacity="%s"`, decimal(float64(m.fill.A)/0xFF))
		}
	}
	if m.stroke.A > 0 {
		fmt.Fprintf(b, ` stroke="%s" stroke-width="%s"`, hex(m.stroke), decimal(m.width))
		if len(m.dash) > 0 {
			lengths := make([]string, len(m.dash))
			for i, length := range m.dash {
				lengths[i] = decimal(length)
			}
			fmt.Fprintf(b, ` stroke-dasharray="%s"`, strings.Join(lengths, " "))
		}
	}
	b.WriteString("/>\n")
}

// writeSVG leaves the anchoring to the viewer, so that text in a fallback font still ends or centres where it should. What grows to the
// right, such as a headline, is told how long it is, so that in a wider font it does not leave the picture.
func (t text) writeSVG(b *bytes.Buffer) {
	fmt.Fprintf(b, `<text x="%s" y="%s" font-size="%s" fill="%s"`,
		decimal(t.x), decimal(t.baseline), decimal(t.style.size), hex(t.color))
	if t.style.bold {
		b.WriteString(` font-weight="bold"`)
	}
	switch t.anchor {
	case middle:
		b.WriteString(` text-anchor="middle"`)
	case end:
		b.WriteString(` text-anchor="end"`)
	default:
		fmt.Fprintf(b, ` textLength="%s" lengthAdjust="spacingAndGlyphs"`, decimal(t.style.width(t.s)))
	}
	fmt.Fprintf(b, ">%s</text>\n", escape(t.s))
}

// decimal prints at most two decimals: a hundredth of a point is below what a screen or a printer shows.
func decimal(v float64) string {
	s := strings.TrimRight(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder accepts every write
	return b.String()
}
