package chart

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// HeatMap is a panel of coloured cells, one for each pair of a row and a column, with its number in each. There is no
// colour bar: the numbers are there. All heat maps of a figure share one range of colour.
type HeatMap struct {
	Title string
	// Name is drawn below the names of the columns; it may be empty. What the rows are goes in Detail or Title.
	Name          string
	Columns, Rows []string
	// Values has a row for each of Rows, the first at the top, and in it a value for each of Columns. NaN leaves the
	// cell empty.
	Values [][]float64
	// Format prints the number in a cell; nil prints whole numbers as they are, and otherwise
	// three digits, or as many decimals as the largest needs if cells are narrow.
	Format func(float64) string
}

func (h HeatMap) heading() string { return h.Title }

func (h HeatMap) check() error {
	if len(h.Columns) == 0 || len(h.Rows) == 0 {
		return fmt.Errorf("a heat map needs columns and rows: %d, %d", len(h.Columns), len(h.Rows))
	}
	if err := checkTexts(slices.Concat([]string{h.Name}, h.Columns, h.Rows)...); err != nil {
		return err
	}
	if len(h.Values) != len(h.Rows) {
		return fmt.Errorf("there must be a row of values for each of the rows: %d, %d", len(h.Values), len(h.Rows))
	}
	missing := true
	for i, row := range h.Values {
		if len(row) != len(h.Columns) {
			return fmt.Errorf("values[%d] must have a value for each of the columns: %d, %d", i, len(row), len(h.Columns))
		}
		for j, v := range row {
			if math.IsNaN(v) {
				continue
			}
			missing = false
			if err := Linear.check(v); err != nil {
				return fmt.Errorf("values[%d][%d]: %w", i, j, err)
			}
		}
	}
	if missing {
		return errors.New("every value is missing")
	}
	return nil
}

const (
	cellSpace   = 1.5 // between cells
	cellPadding = 3   // between a number and the sides of its cell
)

// cellStyles are tried from large to small: all numbers of a panel have one size.
var cellStyles = []textStyle{{11, false}, {10, false}, {9, false}, {8, false}}

// heatPlot is a heat map being laid out.
type heatPlot struct {
	HeatMap
	setting
	cell rect
}

func (h HeatMap) prepare(set setting) (plot, error) { return &heatPlot{HeatMap: h, setting: set}, nil }

func (h *heatPlot) insets() (left, top, right float64) {
	return axisStyle.widest(h.Rows) + yLabelSpace, 0, 0
}

func (h *heatPlot) fit(frame, cell rect) (bottom float64, err error) {
	h.cell = cell
	width := frame.width() / float64(len(h.Columns))
	for _, name := range h.Columns {
		if w := axisStyle.width(name); w > width-labelGap/2 {
			return 0, fmt.Errorf("the name of a column is wider than its %.0f pt: %q", width, name)
		}
	}
	return xInset(1, h.named()) - tickLength, checkXName(h.Name, cell)
}

func (h *heatPlot) named() bool { return h.xName && h.Name != "" }

func (h *heatPlot) draw(s *scene, frame rect) error {
	width, height := frame.width()/float64(len(h.Columns)), frame.height()/float64(len(h.Rows))
	texts, style, err := h.print(width, height)
	if err != nil {
		return err
	}
	for i, row := range h.Values {
		top := frame.top + float64(i)*height
		s.text(text{x: frame.left - yLabelSpace, baseline: axisStyle.baselineFor(top + height/2), anchor: end, style: axisStyle,
			color: h.palette.ink, s: h.Rows[i]})
		for j, v := range row {
			if math.IsNaN(v) {
				continue
			}
			left := frame.left + float64(j)*width
			hue := viridis(h.heat.fraction(v))
			s.rect(rect{left + cellSpace/2, top + cellSpace/2, left + width - cellSpace/2, top + height - cellSpace/2}, hue)
			s.text(text{x: left + width/2, baseline: style.baselineFor(top + height/2), anchor: middle, style: style,
				color: inkOn(hue), s: texts[i][j]})
		}
	}
	below := rect{frame.left, frame.top, frame.right, frame.bottom - tickLength}
	for j, name := range h.Columns {
		centre := below.bottom + xInset(1, false) - axisStyle.lineHeight()/2
		s.text(text{x: frame.left + (float64(j)+0.5)*width, baseline: axisStyle.baselineFor(centre), anchor: middle,
			style: axisStyle, color: h.palette.ink, s: name})
	}
	if h.named() {
		s.drawXName(h.Name, 1, below, h.cell, h.palette)
	}
	return nil
}

// print writes the numbers so that every one fits its cell: with three digits each if there is room, otherwise with as
// many decimals as the largest needs, and as large as may be.
func (h *heatPlot) print(width, height float64) ([][]string, textStyle, error) {
	smallest := cellStyles[len(cellStyles)-1]
	if tall := max(smallest.lineHeight(), axisStyle.lineHeight()); height < tall {
		return nil, smallest, fmt.Errorf("%d rows of a heat map do not fit: each has %.1f pt of height", len(h.Rows), height)
	}
	all := slices.Concat(h.Values...)
	three := func(v float64) string { return significant(v, 3) }
	for _, format := range formats(h.Format, all, three, aligned(all, 3), aligned(all, 2)) {
		texts := printed(all, format)
		if err := checkTexts(texts...); err != nil {
			return nil, smallest, err
		}
		for _, style := range cellStyles {
			if style.widest(texts)+2*cellPadding <= width && style.lineHeight() <= height {
				return table(texts, len(h.Columns)), style, nil
			}
		}
	}
	return nil, smallest, fmt.Errorf("the numbers of a heat map do not fit its cells, which have %.1f pt of width (print fewer digits)",
		width)
}

// fraction is 0 at the low end and 1 at the high end, and in the middle where there is one value only.
func (s span) fraction(v float64) float64 {
	if s.lo == s.hi {
		return 0.5
	}
	return (v - s.lo) / (s.hi - s.lo)
}
