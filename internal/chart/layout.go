package chart

import "fmt"

// setting is what a panel must know of the figure around it before it is laid out.
type setting struct {
	palette palette
	height  float64 // of the data area, at least

	yData       span // what the y axis must hold, of all panels if they share it
	heat        span // what the colours of all heat maps must hold
	yTickLabels bool
	endLabels   bool // lines are labelled where they end
	xName       bool // the name of the x axis is drawn
}

// plot is a panel whose y axis is decided. Its data area is its frame; around the frame stand its insets.
type plot interface {
	insets() (left, top, right float64)
	// fit decides what depends on the width. Only the horizontal sides of frame and cell count, the cell being all the
	// room the panel has.
	fit(frame, cell rect) (bottom float64, err error)
	draw(s *scene, frame rect) error
}

const (
	columnSpace = 22.0
	rowSpace    = 14
	titleSpace  = 8 // below a panel's title

	// narrowest and lowest are the least width and height of a data area that still shows a shape.
	narrowest = 72
	lowest    = 60
)

// grid arranges panels in rows from left to right.
func grid(panels int) (columns, rows int) {
	switch {
	case panels <= 3:
		return panels, 1
	case panels == 4:
		return 2, 2
	default:
		return 3, 2
	}
}

// layout is where the panels of a figure stand.
type layout struct {
	plots         []plot
	cells, frames []rect // cells have no height of their own
	titles        [][]string
	titleTop      []float64
	height        float64 // of every frame
}

// drawPanels gives all data areas the same size, however much room their labels take, and draws them.
func (f Figure) drawPanels(s *scene, p palette, area rect) error {
	// How many numbers go on a y axis depends on the height of the frames, and their width on how wide the numbers are,
	// and that height, where names wrap, on the width. So a height is assumed, and lowered until it holds.
	assumed := area.height()
	for {
		l, err := f.layOut(p, area, assumed)
		if err != nil {
			return err
		}
		if l.height < assumed {
			assumed = l.height
			continue
		}
		for i, plot := range l.plots {
			s.paragraph(l.titles[i], l.cells[i].left, l.titleTop[i], titleStyle, p.ink)
			if err := plot.draw(s, l.frames[i]); err != nil {
				return f.in(i, err)
			}
		}
		return nil
	}
}

// layOut lays the panels out for y axes that stand well on the assumed height.
func (f Figure) layOut(p palette, area rect, assumed float64) (layout, error) {
	l := layout{
		plots:    make([]plot, len(f.Panels)),
		cells:    make([]rect, len(f.Panels)),
		frames:   make([]rect, len(f.Panels)),
		titles:   make([][]string, len(f.Panels)),
		titleTop: make([]float64, len(f.Panels)),
	}
	columns, rows := grid(len(f.Panels))
	yData, err := f.yData()
	if err != nil {
		return layout{}, err
	}
	for i, panel := range f.Panels {
		l.plots[i], err = panel.prepare(setting{
			palette:     p,
			height:      assumed,
			yData:       yData[i],
			heat:        f.heat(),
			yTickLabels: !f.SharedY || i%columns == 0,
			endLabels:   !f.labelledToTheRight(i, columns),
			xName:       i+columns >= len(f.Panels) || !f.oneXName(),
		})
		if err != nil {
			return layout{}, f.in(i, err)
		}
	}
	if err := l.setColumns(columns, area); err != nil {
		return layout{}, err
	}
	return l, f.setRows(&l, columns, rows, area)
}

// setColumns decides the horizontal sides of cells and frames.
func (l *layout) setColumns(columns int, area rect) error {
	left, right := make([]float64, columns), make([]float64, columns)
	for i, plot := range l.plots {
		plotLeft, _, plotRight := plot.insets()
		left[i%columns], right[i%columns] = max(left[i%columns], plotLeft), max(right[i%columns], plotRight)
	}
	width := area.width() - float64(columns-1)*columnSpace
	for c := range columns {
		width -= left[c] + right[c]
	}
	width /= float64(columns)
	if width < narrowest {
		return fmt.Errorf("names and numbers take %.0f of %.0f pt of width, and the data of each panel need %d",
			area.width()-width*float64(columns), area.width(), narrowest)
	}
	x := area.left
	for c := range columns {
		for i := c; i < len(l.plots); i += columns {
			l.cells[i] = rect{left: x, right: x + left[c] + width + right[c]}
			l.frames[i] = rect{left: x + left[c], right: x + left[c] + width}
		}
		x += left[c] + width + right[c] + columnSpace
	}
	return nil
}

// setRows decides the vertical sides of the frames.
func (f Figure) setRows(l *layout, columns, rows int, area rect) error {
	top, bottom := make([]float64, rows), make([]float64, rows)
	for i, plot := range l.plots {
		var err error
		l.titles[i], err = titleStyle.wrap(f.Panels[i].heading(), l.cells[i].width(), 2)
		if err != nil {
			return f.in(i, fmt.Errorf("title: %w", err))
		}
		_, plotTop, _ := plot.insets()
		if n := len(l.titles[i]); n > 0 {
			plotTop += float64(n)*titleStyle.lineHeight() + titleSpace
		}
		plotBottom, err := plot.fit(l.frames[i], l.cells[i])
		if err != nil {
			return f.in(i, err)
		}
		top[i/columns], bottom[i/columns] = max(top[i/columns], plotTop), max(bottom[i/columns], plotBottom)
	}
	l.height = area.height() - float64(rows-1)*rowSpace
	for r := range rows {
		l.height -= top[r] + bottom[r]
	}
	l.height /= float64(rows)
	if l.height < lowest {
		return fmt.Errorf("names and numbers take %.0f of %.0f pt of height, and the data of each panel need %d",
			area.height()-l.height*float64(rows), area.height(), lowest)
	}
	y := area.top
	for r := range rows {
		for i := r * columns; i < min((r+1)*columns, len(l.plots)); i++ {
			l.titleTop[i] = y
			l.frames[i].top, l.frames[i].bottom = y+top[r], y+top[r]+l.height
		}
		y += top[r] + l.height + bottom[r] + rowSpace
	}
	return nil
}

// in says which panel an error is about, where there are several.
func (f Figure) in(panel int, err error) error {
	if len(f.Panels) == 1 {
		return err
	}
	return fmt.Errorf("panel %d: %w", panel+1, err)
}

// labelledToTheRight says whether the panel can do without labels because its right-hand neighbour, one of three in a
// row, names the same lines in the same colours.
func (f Figure) labelledToTheRight(panel, columns int) bool {
	next := panel + 1
	if columns < 3 || next == len(f.Panels) || next%columns == 0 {
		return false
	}
	mine, ok := f.Panels[panel].(Lines)
	theirs, alike := f.Panels[next].(Lines)
	return ok && alike && mine.namesAmong(theirs)
}

// oneXName says whether the x axes of all panels have one name, which then stands below the lowest ones only.
func (f Figure) oneXName() bool {
	for _, panel := range f.Panels {
		if xName(panel) != xName(f.Panels[0]) {
			return false
		}
	}
	return true
}

func xName(panel Panel) string {
	switch panel := panel.(type) {
	case Lines:
		return panel.X.Name
	case Bars:
		return panel.Name
	case HeatMap:
		return panel.Name
	case SpaceTime:
		return panel.Name
	}
	return ""
}

// yData is what the y axis of each panel must hold: its own data, or everyone's.
func (f Figure) yData() ([]span, error) {
	spans := make([]span, len(f.Panels))
	var all span
	var first *Axis
	for i, panel := range f.Panels {
		var y Axis
		switch panel := panel.(type) {
		case Lines:
			y, spans[i] = panel.Y, panel.ySpan()
		case Bars:
			y, spans[i] = panel.Y, panel.ySpan()
		case HeatMap:
			if f.SharedY {
				return nil, f.in(i, fmt.Errorf("a heat map has no y axis to share"))
			}
		case SpaceTime:
			if f.SharedY {
				return nil, f.in(i, fmt.Errorf("a space-time panel has no y axis to share"))
			}
		}
		if first == nil {
			first = &y
		}
		if f.SharedY && !y.equal(*first) {
			return nil, f.in(i, fmt.Errorf("a shared y axis must be the same in all panels"))
		}
		all.cover(spans[i].lo, spans[i].hi)
	}
	if f.SharedY {
		for i := range spans {
			spans[i] = all
		}
	}
	return spans, nil
}

// heat is what the cells of all heat maps hold: in one figure, like colours are like numbers.
func (f Figure) heat() span {
	var all span
	for _, panel := range f.Panels {
		if m, ok := panel.(HeatMap); ok {
			for _, row := range m.Values {
				all.cover(row...)
			}
		}
	}
	return all
}
