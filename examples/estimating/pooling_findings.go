package estimating

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of pooling.
const (
	sharedAsErlang = "one line: the simulated mean wait is Erlang's, for all numbers of servers"
	apartAsOne     = "a line before each server: the mean wait is that of a single server, however many there are"
	timesShorter   = "c servers that share a line make requests wait c times shorter, or better, than with a line each"
)

func (o *poolingRun) findings(r *lab.Run) {
	var erlang, single, shorter []judge.Requirement
	for _, p := range o.points {
		one, each := judge.Column(p.one, wait), judge.Column(p.each, wait)
		erlang = append(erlang, judge.Equals(one, p.oneTheory))
		single = append(single, judge.Equals(each, p.eachTheory))
		if p.servers > 1 {
			shorter = append(shorter, judge.AtLeast(beyondTimes(each, float64(p.servers), one), 0))
		}
	}
	judge.State(r, sharedAsErlang, erlang)
	judge.State(r, apartAsOne, single)
	judge.State(r, timesShorter, shorter)
}

func (o *poolingRun) figure(runs int) (chart.Figure, error) {
	panel := chart.Bars{Name: "servers"}
	each, one := chart.Bar{Name: "a line before each server", Color: chart.Baseline}, chart.Bar{Name: "one line before all", Color: chart.Blue}
	theory := chart.Bar{Name: "one line, formula", Color: chart.Theory}
	for _, p := range o.points {
		panel.Groups = append(panel.Groups, fmt.Sprint(p.servers))
		theory.Y = append(theory.Y, p.oneTheory)
		for _, way := range []struct {
			bar *chart.Bar
			all []float64
		}{{&each, judge.Column(p.each, wait)}, {&one, judge.Column(p.one, wait)}} {
			interval, err := judge.Charted(way.all)
			if err != nil {
				return chart.Figure{}, err
			}
			way.bar.AddInterval(interval.Estimate, interval.Low, interval.High)
		}
	}
	panel.Series = []chart.Bar{each, one, theory}
	last := o.points[len(o.points)-1]
	headline := fmt.Sprintf("At %.3g%% load %d servers make requests wait %.2g service times with a line each, and %.2g with one line",
		100*o.load, last.servers, each.Y[len(each.Y)-1], one.Y[len(one.Y)-1])
	if last.servers == 1 {
		headline = fmt.Sprintf("At %.3g%% load one server makes requests wait %.2g service times, and has nobody to share its line with", 100*o.load, one.Y[0])
	}
	return chart.Figure{
		Headline: headline,
		Detail:   fmt.Sprintf("Mean wait before service (mean service times), by number of servers; load %.3g%%; mean of %d runs, 95%% intervals", 100*o.load, runs),
		Panels:   []chart.Panel{panel},
	}, nil
}
