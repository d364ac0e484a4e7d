package ordering

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of lamport-order.
const (
	concurrentShare = "pairs of events are concurrent as often as the spread of a rumour says, for all numbers of processes and messages"
	noneMissed      = "Lamport, hybrid and vector: whatever happened before something else has the earlier time, in every run"
	vectorsNone     = "vectors put no concurrent pair in order, in any run"
	lamportMost     = "Lamport time puts more than half of the concurrent pairs in order"
	hybridMost      = "hybrid time puts more than nine tenths of the concurrent pairs in order"
	hybridInverts   = "without messages hybrid time has fewer concurrent pairs the wrong way round than Lamport time does"
)

func (o *orderRun) findings(r *lab.Run) {
	var exact, lamport, hybrid, fewer []judge.Requirement
	missed, vector := 0.0, 0.0
	for _, n := range o.processes {
		times, hybrids := o.of("lamport", n), o.of("hybrid", n)
		for i, m := range times {
			exact = append(exact, judge.Equals(m.concurrent, m.exact))
			if m.arrivals == 0 {
				fewer = append(fewer, judge.AtLeast(excess(m.inverted, 1, hybrids[i].inverted), 0))
			}
			if judge.Mean(m.concurrent) == 0 {
				exact = exact[:len(exact)-1] // two processes that tell each other all: nothing varies, and there is nothing to order
				continue
			}
			lamport = append(lamport, judge.AtLeast(excess(m.inOrder, 0.5, m.concurrent), 0))
			hybrid = append(hybrid, judge.AtLeast(excess(hybrids[i].inOrder, 0.9, m.concurrent), 0))
		}
		for _, m := range o.of("vector", n) {
			vector += judge.Mean(m.inOrder)
		}
	}
	for _, m := range o.results {
		missed += judge.Mean(m.missed)
	}
	judge.State(r, concurrentShare, exact)
	judge.Exactly(r, noneMissed, missed, 0)
	judge.Exactly(r, vectorsNone, vector, 0)
	judge.State(r, lamportMost, lamport)
	judge.State(r, hybridMost, hybrid)
	judge.State(r, hybridInverts, fewer)
}

// excess is by how much a share exceeds so many times another one, run by run.
func excess(a []float64, times float64, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] - times*b[i]
	}
	return all
}

func (o *orderRun) figure(runs int) (chart.Figure, error) {
	f := chart.Figure{
		Headline: o.headline(),
		Detail: fmt.Sprintf("Pairs of events of which neither could influence the other, and that a clock puts in order (%% of all pairs), by how often events are arrivals; "+
			"%d events of each process, mean of %d runs, 95%% bands; dashed: all such pairs", o.each, runs),
		SharedY: true,
	}
	if len(o.arrivals) == 1 {
		f.Panels, f.SharedY = []chart.Panel{o.cells()}, false
		f.Detail = fmt.Sprintf("Pairs of events of which neither could influence the other, and that a clock puts in order (%% of all pairs); "+
			"%.3g%% of events are arrivals, %d events of each process, mean of %d runs", 100*o.arrivals[0], o.each, runs)
		return f, nil
	}
	for _, n := range o.processes {
		panel := chart.Lines{
			Title: fmt.Sprintf("%d processes", n), X: chart.Axis{Name: "events that are arrivals (%)"},
			Y: chart.Axis{Min: new(0.0), Max: new(100.0)},
		}
		exact := chart.Line{Color: chart.Theory}
		for i, of := range o.times {
			l := chart.Line{Name: of.label, Color: of.color}
			for _, m := range o.of(of.name, n) {
				interval, err := judge.Charted(m.inOrder)
				if err != nil {
					return f, err
				}
				l.AddInterval(100*m.arrivals, 100*interval.Estimate, 100*interval.Low, 100*interval.High)
				if i == 0 {
					exact.Add(100*m.arrivals, 100*m.exact)
				}
			}
			panel.Series = append(panel.Series, l)
		}
		panel.Series = append(panel.Series, exact)
		f.Panels = append(f.Panels, panel)
	}
	return f, nil
}

// cells are for one share of arrivals, which makes no lines.
func (o *orderRun) cells() chart.Panel {
	h := chart.HeatMap{Name: "processes", Rows: []string{"all concurrent"}, Values: [][]float64{nil}}
	for i, n := range o.processes {
		h.Columns = append(h.Columns, fmt.Sprint(n))
		for k, of := range o.times {
			m := o.of(of.name, n)[0]
			if i == 0 {
				h.Rows, h.Values = append(h.Rows, of.label), append(h.Values, nil)
			}
			if k == 0 {
				h.Values[0] = append(h.Values[0], 100*m.exact)
			}
			h.Values[k+1] = append(h.Values[k+1], 100*judge.Mean(m.inOrder))
		}
	}
	return h
}

func (o *orderRun) headline() string {
	least, most := o.shares("lamport")
	if least > most {
		return "No two events are concurrent: all that happens influences all that follows"
	}
	hybrid, _ := o.shares("hybrid")
	_, vector := o.shares("vector")
	named := "none"
	if vector > 0 {
		named = fmt.Sprintf("%.2g%%", 100*vector)
	}
	return fmt.Sprintf("Of events with no influence on each other Lamport time puts %s of the pairs in order, hybrid time at least %.3g%%, vectors %s",
		percents(least, most), 100*hybrid, named)
}

// percents are two shares, or one if they look the same.
func percents(least, most float64) string {
	a, b := fmt.Sprintf("%.0f", 100*least), fmt.Sprintf("%.0f", 100*most)
	if a == b {
		return a + "%"
	}
	return a + " to " + b + "%"
}
