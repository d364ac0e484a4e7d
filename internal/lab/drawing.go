package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

// drawing is a figure as result.json holds it: all that is drawn, but for the footer, which belongs to the run, and the
// format of numbers, which is code. So a later run can draw this one beside itself, whatever the experiment, and however
// its code has changed.
type drawing struct {
	Headline string       `json:"headline"`
	Detail   string       `json:"detail"`
	SharedY  bool         `json:"shared_y"`
	Panels   []drawnPanel `json:"panels"`
}

// drawnPanel is a panel of any kind.
type drawnPanel struct {
	Kind    string        `json:"kind"` // lines, bars, heat map or space-time
	Title   string        `json:"title,omitempty"`
	Name    string        `json:"name,omitempty"` // below panels without an x axis of their own
	X       *drawnAxis    `json:"x,omitempty"`
	Y       *drawnAxis    `json:"y,omitempty"`
	Columns []string      `json:"columns,omitempty"` // of a heat map; the groups of bars
	Rows    []string      `json:"rows,omitempty"`    // of a heat map; the lanes of a space-time panel
	Values  [][]number    `json:"values,omitempty"`
	Series  []drawnSeries `json:"series,omitempty"`
	Bars    []drawnBar    `json:"bars,omitempty"`
	Arrows  []drawnArrow  `json:"arrows,omitempty"`
}

// drawnBar and drawnArrow are those of a space-time panel.
type drawnBar struct {
	Lane   int      `json:"lane"`
	From   float64  `json:"from"`
	To     float64  `json:"to"`
	Labels []string `json:"labels,omitempty"`
	Color  string   `json:"color"`
}

type drawnArrow struct {
	From    int     `json:"from"`
	To      int     `json:"to"`
	Sent    float64 `json:"sent"`
	Arrived float64 `json:"arrived"`
	Color   string  `json:"color"`
}

type drawnAxis struct {
	Name  string   `json:"name,omitempty"`
	Scale string   `json:"scale"`
	Min   *float64 `json:"min,omitempty"`
	Max   *float64 `json:"max,omitempty"`
}

type drawnSeries struct {
	Name  string   `json:"name,omitempty"`
	Color string   `json:"color"`
	X     []number `json:"x,omitempty"`
	Y     []number `json:"y"`
	Low   []number `json:"low,omitempty"`
	High  []number `json:"high,omitempty"`
}

const (
	kindLines   = "lines"
	kindBars    = "bars"
	kindHeatMap = "heat map"
	kindLanes   = "space-time"
)

// Names outlive the numbers that the code gives to scales and colours.
var (
	scaleNames = []string{chart.Linear: "linear", chart.Log: "log", chart.Percentile: "percentile"}
	colorNames = []string{chart.Blue: "blue", chart.Orange: "orange", chart.Green: "green", chart.Pink: "pink",
		chart.Baseline: "baseline", chart.Theory: "theory"}
)

// drawingOf takes a figure that can be drawn.
func drawingOf(f chart.Figure) *drawing {
	d := &drawing{Headline: f.Headline, Detail: f.Detail, SharedY: f.SharedY}
	axis := func(a chart.Axis) *drawnAxis { return &drawnAxis{a.Name, scaleNames[a.Scale], a.Min, a.Max} }
	for _, panel := range f.Panels {
		var p drawnPanel
		switch panel := panel.(type) {
		case chart.Lines:
			p = drawnPanel{Kind: kindLines, Title: panel.Title, X: axis(panel.X), Y: axis(panel.Y)}
			for _, s := range panel.Series {
				p.Series = append(p.Series, drawnSeries{s.Name, colorNames[s.Color], as[number](s.X), as[number](s.Y), as[number](s.Low), as[number](s.High)})
			}
		case chart.Bars:
			p = drawnPanel{Kind: kindBars, Title: panel.Title, Name: panel.Name, Columns: panel.Groups, Y: axis(panel.Y)}
			for _, s := range panel.Series {
				p.Series = append(p.Series, drawnSeries{s.Name, colorNames[s.Color], nil, as[number](s.Y), as[number](s.Low), as[number](s.High)})
			}
		case chart.HeatMap:
			p = drawnPanel{Kind: kindHeatMap, Title: panel.Title, Name: panel.Name, Columns: panel.Columns, Rows: panel.Rows}
			for _, row := range panel.Values {
				p.Values = append(p.Values, as[number](row))
			}
		case chart.SpaceTime:
			p = drawnPanel{Kind: kindLanes, Title: panel.Title, Name: panel.Name, Rows: panel.Lanes}
			for _, bar := range panel.Bars {
				p.Bars = append(p.Bars, drawnBar{bar.Lane, bar.From, bar.To, bar.Labels, colorNames[bar.Color]})
			}
			for _, arrow := range panel.Arrows {
				p.Arrows = append(p.Arrows, drawnArrow{arrow.From, arrow.To, arrow.Sent, arrow.Arrived, colorNames[arrow.Color]})
			}
		}
		d.Panels = append(d.Panels, p)
	}
	return d
}

// figure is the way back. What it returns may still be refused by the chart.
func (d *drawing) figure() (chart.Figure, error) {
	f := chart.Figure{Headline: d.Headline, Detail: d.Detail, SharedY: d.SharedY}
	for i, p := range d.Panels {
		panel, err := p.panel()
		if err != nil {
			return chart.Figure{}, fmt.Errorf("panel %d %w", i+1, err)
		}
		f.Panels = append(f.Panels, panel)
	}
	return f, nil
}

func (p drawnPanel) panel() (chart.Panel, error) {
	x, err := p.X.axis()
	if err != nil {
		return nil, err
	}
	y, err := p.Y.axis()
	if err != nil {
		return nil, err
	}
	colors := make([]chart.Color, len(p.Series))
	for i, s := range p.Series {
		if colors[i], err = colorNamed(s.Color); err != nil {
			return nil, err
		}
	}
	switch p.Kind {
	case kindLines:
		lines := chart.Lines{Title: p.Title, X: x, Y: y}
		for i, s := range p.Series {
			lines.Series = append(lines.Series, chart.Line{Name: s.Name, Color: colors[i],
				X: as[float64](s.X), Y: as[float64](s.Y), Low: as[float64](s.Low), High: as[float64](s.High)})
		}
		return lines, nil
	case kindBars:
		bars := chart.Bars{Title: p.Title, Name: p.Name, Groups: p.Columns, Y: y}
		for i, s := range p.Series {
			bars.Series = append(bars.Series, chart.Bar{Name: s.Name, Color: colors[i],
				Y: as[float64](s.Y), Low: as[float64](s.Low), High: as[float64](s.High)})
		}
		return bars, nil
	case kindHeatMap:
		heat := chart.HeatMap{Title: p.Title, Name: p.Name, Columns: p.Columns, Rows: p.Rows}
		for _, row := range p.Values {
			heat.Values = append(heat.Values, as[float64](row))
		}
		return heat, nil
	case kindLanes:
		return p.lanes()
	}
	return nil, fmt.Errorf("must be lines, bars, a heat map or space-time: %s", quoted(p.Kind))
}

func (p drawnPanel) lanes() (chart.Panel, error) {
	lanes := chart.SpaceTime{Title: p.Title, Name: p.Name, Lanes: p.Rows}
	for _, b := range p.Bars {
		color, err := colorNamed(b.Color)
		if err != nil {
			return nil, err
		}
		lanes.Bars = append(lanes.Bars, chart.LaneBar{Lane: b.Lane, From: b.From, To: b.To, Labels: b.Labels, Color: color})
	}
	for _, a := range p.Arrows {
		color, err := colorNamed(a.Color)
		if err != nil {
			return nil, err
		}
		lanes.Arrows = append(lanes.Arrows, chart.LaneArrow{From: a.From, To: a.To, Sent: a.Sent, Arrived: a.Arrived, Color: color})
	}
	return lanes, nil
}

func colorNamed(name string) (chart.Color, error) {
	at := slices.Index(colorNames, name)
	if at < int(chart.Blue) {
		return 0, fmt.Errorf("has no such colour: %s", quoted(name))
	}
	return chart.Color(at), nil
}

// axis of nil is that of a panel which has none.
func (a *drawnAxis) axis() (chart.Axis, error) {
	if a == nil {
		return chart.Axis{}, nil
	}
	scale := slices.Index(scaleNames, a.Scale)
	if scale < 0 {
		return chart.Axis{}, fmt.Errorf("has no such scale: %s", quoted(a.Scale))
	}
	return chart.Axis{Name: a.Name, Scale: chart.Scale(scale), Min: a.Min, Max: a.Max}, nil
}

// as converts numbers, and keeps nil.
func as[To, From ~float64](from []From) []To {
	if from == nil {
		return nil
	}
	to := make([]To, len(from))
	for i, v := range from {
		to[i] = To(v)
	}
	return to
}

// addFigure puts the drawing at the end of an indented JSON object, on a line of its own: it is for programs, and
// indented it would take a line for every number.
func addFigure(object []byte, d *drawing) ([]byte, error) {
	var line bytes.Buffer
	w := json.NewEncoder(&line)
	w.SetEscapeHTML(false)
	if err := w.Encode(d); err != nil {
		return nil, err
	}
	object = object[:len(object)-len("\n}\n")]
	return slices.Concat(object, []byte(",\n  \"figure\": "), line.Bytes(), []byte("}\n")), nil
}
