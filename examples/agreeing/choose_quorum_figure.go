package agreeing

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

func (c *chooseRun) figure() chart.Figure {
	x := c.best()
	figure := chart.Figure{
		Headline: fmt.Sprintf("%v meets all targets with the fewest replicas, and is the fastest of these", x.Replicas),
		Detail: fmt.Sprintf("Targets: 99.9%% of reads within %v, of writes within %v; %s%% of reads see a write %v after it; %s%% of requests find enough replicas, each up with probability %v; %s, %s writes and reads, 95%% bands",
			c.read, c.write, percent(c.consistent), c.within, percent(c.availability), c.up, c.model.title(), judge.Commas(x.pool.Trials())),
	}
	if !x.all {
		figure.Headline = fmt.Sprintf("No R and W of %s meets all targets", c.numbers())
	}
	for _, n := range c.ns {
		figure.Panels = append(figure.Panels, c.latencies(n), c.stale(n), c.refusals(n))
	}
	return figure
}

// waited is the same for all panels, so that they can be compared; it is long enough for whole numbers.
func (c *chooseRun) waited() chart.Axis {
	return chart.Axis{Name: "replicas waited for", Min: new(0.0), Max: new(float64(max(4, slices.Max(c.ns))))}
}

// latencies depend on one number each: of reads on R, of writes on W.
func (c *chooseRun) latencies(n int) chart.Panel {
	read, write := chart.Line{Name: "read", Color: chart.Green}, chart.Line{Name: "write", Color: chart.Pink}
	for k := range n {
		x, _ := c.of(n, k+1, k+1)
		for _, of := range []struct {
			line *chart.Line
			q    quorum.Percentile
		}{{&read, x.readTakes}, {&write, x.writeTakes}} {
			of.line.AddInterval(float64(k+1), judge.Milliseconds(of.q.Estimate), judge.Milliseconds(of.q.Low), judge.Milliseconds(of.q.High))
		}
	}
	panel := chart.Lines{Title: fmt.Sprintf("N=%d: 99.9%% take up to (ms)", n), X: c.waited(),
		Y: chart.Axis{Scale: chart.Log}, Series: []chart.Line{read, write}}
	if min(read.Y[0], write.Y[0]) == 0 { // which has no place on a log axis
		panel.Y = chart.Axis{Min: new(0.0)}
	}
	return panel
}

func (c *chooseRun) stale(n int) chart.Panel {
	panel := chart.HeatMap{Title: fmt.Sprintf("N=%d: stale reads (%%)", n), Name: "R", Format: func(x float64) string {
		if x == 0 {
			return "0"
		}
		return fmt.Sprintf("%.2g", x)
	}}
	for k := range n {
		panel.Columns = append(panel.Columns, fmt.Sprint(k+1))
		panel.Rows = append(panel.Rows, fmt.Sprintf("W=%d", k+1))
		var row []float64
		for r := range n {
			x, _ := c.of(n, r+1, k+1)
			row = append(row, 100*float64(x.pool.Stale(c.within))/float64(x.pool.Trials()))
		}
		panel.Values = append(panel.Values, row)
	}
	return panel
}

// refusals are exact, but for those so rare that rounding counts, which are left out.
func (c *chooseRun) refusals(n int) chart.Panel {
	line := chart.Line{Color: chart.Blue}
	for k := range n {
		x, _ := c.of(n, k+1, k+1)
		if refused := 100 * (1 - x.readAvailable); refused > 1e-10 {
			line.Add(float64(k+1), refused)
		}
	}
	panel := chart.Lines{Title: fmt.Sprintf("N=%d: requests refused (%%)", n), X: c.waited(),
		Y: chart.Axis{Scale: chart.Log}, Series: []chart.Line{line}}
	if len(line.X) == 0 {
		panel.Y = chart.Axis{Min: new(0.0), Max: new(1.0)}
		panel.Series = []chart.Line{{Color: chart.Blue, X: []float64{1, float64(n)}, Y: []float64{0, 0}}}
	}
	return panel
}
