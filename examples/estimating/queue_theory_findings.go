package estimating

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of queue-theory.
const (
	asMM1    = "M/M/1: the simulated mean wait is load/(1-load) service times, at every load"
	asMMC    = "M/M/c: the simulated mean wait is Erlang's, for all numbers of servers and loads"
	asMD1    = "M/D/1: the simulated mean wait is what Pollaczek and Khinchine say, at every load"
	asMG1    = "M/G/1: the simulated mean wait is what Pollaczek and Khinchine say, for all variances and loads"
	halved   = "service times that are all alike halve the mean wait of exponential ones, at every load"
	ninefold = "a server that is busy 90% of the time makes requests wait nine times as long as one that is busy half of it"
)

func (q *queueRun) findings(r *lab.Run) {
	for _, f := range []struct{ model, sentence string }{{"M/M/1", asMM1}, {"M/M/c", asMMC}, {"M/D/1", asMD1}, {"M/G/1", asMG1}} {
		var all []judge.Requirement
		for _, p := range q.points {
			if p.model == f.model {
				all = append(all, judge.Equals(p.waits, p.theory))
			}
		}
		judge.State(r, f.sentence, all)
	}
	var half, nine []judge.Requirement
	var atHalf []float64
	alike := q.of(queue{"M/D/1", 1, 0})
	for i, p := range q.of(queue{"M/M/1", 1, 1}) {
		half = append(half, judge.Equals(beyondTimes(p.waits, 2, alike[i].waits), 0))
		switch {
		case p.load == 0.5:
			atHalf = p.waits
		case p.load == 0.9 && atHalf != nil:
			nine = append(nine, judge.Equals(beyondTimes(p.waits, 9, atHalf), 0))
		}
	}
	judge.State(r, halved, half)
	judge.State(r, ninefold, nine)
}

// beyondTimes is by how much one wait exceeds so many times another one, run by run.
func beyondTimes(waits []float64, times float64, others []float64) []float64 {
	all := make([]float64, len(waits))
	for i := range waits {
		all[i] = waits[i] - times*others[i]
	}
	return all
}

// of are the points of a queue, by load.
func (q *queueRun) of(of queue) (all []queuePoint) {
	for _, p := range q.points {
		if p.queue == of {
			all = append(all, p)
		}
	}
	return all
}

func (of queue) label() string {
	switch of.model {
	case "M/M/c":
		return fmt.Sprintf("M/M/%d", of.servers)
	case "M/G/1":
		return fmt.Sprintf("M/G/1, %.3g", of.scv)
	}
	return of.model
}

func (q *queueRun) figure(runs int) (chart.Figure, error) {
	f := chart.Figure{
		Headline: q.headline(),
		Detail:   fmt.Sprintf("Mean wait before service (mean service times), by load; M/G/1 with its squared coefficient of variation; mean of %d runs, 95%% bands; dashed: the formulas", runs),
	}
	var one, many []queue
	for _, of := range q.queues() {
		if of.servers == 1 {
			one = append(one, of)
		}
		if of.model == "M/M/1" || of.model == "M/M/c" {
			many = append(many, of)
		}
	}
	for _, panel := range []struct {
		title  string
		queues []queue
		colors []chart.Color
	}{
		{"One server, by how service times vary", one, []chart.Color{chart.Green, chart.Blue, chart.Orange, chart.Pink}},
		{"One line, by number of servers", many, []chart.Color{chart.Blue, chart.Orange, chart.Green, chart.Pink}},
	} {
		var drawn chart.Panel
		var err error
		if len(q.loads) == 1 {
			drawn, err = q.bars(panel.title, panel.queues)
		} else {
			drawn, err = q.lines(panel.title, panel.queues, panel.colors)
		}
		if err != nil {
			return f, err
		}
		f.Panels = append(f.Panels, drawn)
	}
	if len(q.loads) == 1 {
		f.Detail = fmt.Sprintf("Mean wait before service (mean service times) at load %.3g; M/G/1 with its squared coefficient of variation; mean of %d runs, 95%% intervals; dashed: the formulas", q.loads[0], runs)
	}
	return f, nil
}

func (q *queueRun) lines(title string, queues []queue, colors []chart.Color) (chart.Panel, error) {
	panel := chart.Lines{Title: title, X: chart.Axis{Name: "load (% of capacity)"}, Y: chart.Axis{Scale: chart.Log}}
	var formulas []chart.Line
	for i, of := range queues {
		measured, formula := chart.Line{Name: of.label(), Color: colors[i]}, chart.Line{Color: chart.Theory}
		for _, p := range q.of(of) {
			if err := judge.Point(&measured, 100*p.load, p.waits); err != nil {
				return nil, err
			}
			formula.Add(100*p.load, p.theory)
		}
		panel.Series, formulas = append(panel.Series, measured), append(formulas, formula)
	}
	panel.Series = append(panel.Series, formulas...)
	return panel, nil
}

// bars are for one load, which makes no lines.
func (q *queueRun) bars(title string, queues []queue) (chart.Panel, error) {
	measured, formula := chart.Bar{Name: "simulated", Color: chart.Blue}, chart.Bar{Name: "formula", Color: chart.Theory}
	panel := chart.Bars{Title: title}
	for _, of := range queues {
		p := q.of(of)[0]
		interval, err := judge.Charted(p.waits)
		if err != nil {
			return nil, err
		}
		panel.Groups = append(panel.Groups, of.label())
		measured.Y = append(measured.Y, interval.Estimate)
		measured.Low, measured.High = append(measured.Low, interval.Low), append(measured.High, interval.High)
		formula.Y = append(formula.Y, p.theory)
	}
	panel.Series = []chart.Bar{measured, formula}
	return panel, nil
}

func (q *queueRun) headline() string {
	points := q.of(queue{"M/M/1", 1, 1})
	first, last := points[0], points[len(points)-1]
	if len(points) == 1 {
		return fmt.Sprintf("At %.3g%% load one server makes requests wait %.2g service times; variation makes it more, servers that share the line less",
			100*first.load, judge.Mean(first.waits))
	}
	return fmt.Sprintf("From %.3g%% to %.3g%% load the wait for one server grows from %.2g to %.2g service times; variation makes it longer, servers that share the line make it shorter",
		100*first.load, 100*last.load, judge.Mean(first.waits), judge.Mean(last.waits))
}
