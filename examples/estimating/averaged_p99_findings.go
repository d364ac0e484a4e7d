package estimating

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of averaged-p99.
const (
	mergedExact   = "merged histograms have the p99 of all requests: within 5% of the exact one, whatever the slow server's share"
	averageBelow  = "where the slow server has its even share or more, the average of the servers' p99s is less than half of the p99 of all"
	averageAbove  = "where it has a tenth of its even share or less, the average of the servers' p99s is more than a quarter too high"
	weightedBelow = "weighted by requests too, the average is less than three quarters of the p99 of all, at its even share or more"
	waitingBelow  = "a test that waits for each answer reports less than a tenth of the p99 that requests on plan meet"
	plannedTheory = "on plan, percentiles are what the length and the frequency of stalls say, within 5% of a stall"
	filledTheory  = "with the missing requests filled in, the p99 and what is above are those of requests on plan, within 5% of a stall"
)

func (a *averagedRun) findings(r *lab.Run) {
	var merged, below, above, weighted []judge.Requirement
	even := 1 / float64(a.servers)
	for _, f := range a.fleets {
		merged = append(merged, judge.Within(relative(f.all, f.exact), 0.95, 1.05))
		if f.share >= even {
			below = append(below, judge.AtMost(ratios(f.average, f.all), 0.5))
			weighted = append(weighted, judge.AtMost(ratios(f.weighted, f.all), 0.75))
		}
		if f.share <= even/10 {
			above = append(above, judge.AtLeast(ratios(f.average, f.all), 1.25))
		}
	}
	judge.State(r, mergedExact, merged)
	judge.State(r, averageBelow, below)
	judge.State(r, averageAbove, above)
	judge.State(r, weightedBelow, weighted)

	var waiting, planned, filled []judge.Requirement
	stall := judge.Milliseconds(a.plan.Stall)
	for _, s := range a.stalls {
		if s.percentile == p99 {
			waiting = append(waiting, judge.AtMost(ratios(s.waiting, s.planned), 0.1))
		}
		if math.IsNaN(s.theory) {
			continue
		}
		expected := s.theory / stall
		planned = append(planned, judge.Within(relative(s.planned, stall), expected-0.05, expected+0.05))
		if s.percentile >= p99 { // below, the work that a stall leaves shows: nobody fills that in
			filled = append(filled, judge.Within(relative(judge.Minus(s.filled, s.planned), stall), -0.05, 0.05))
		}
	}
	judge.State(r, waitingBelow, waiting)
	judge.State(r, plannedTheory, planned)
	judge.State(r, filledTheory, filled)
}

// relative is numbers as so many times another one.
func relative(values []float64, of float64) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = v / of
	}
	return all
}

// ratios are a over b, run by run.
func ratios(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] / b[i]
	}
	return all
}

func (a *averagedRun) figure(runs int) (chart.Figure, error) {
	fleet, err := a.fleetPanel()
	if err != nil {
		return chart.Figure{}, err
	}
	stalls, err := a.stallPanel()
	if err != nil {
		return chart.Figure{}, err
	}
	return chart.Figure{
		Headline: a.headline(),
		Detail: fmt.Sprintf("Latency (ms), mean of %d runs, 95%% bands; left: p99 of %d servers, one %.3g times as slow; right: percentiles of a server that stalls for %v every %v, "+
			"asked every %v; dashed: theory", runs, a.servers, a.slow, a.plan.Stall, a.plan.Every, a.plan.Interval),
		Panels: []chart.Panel{fleet, stalls},
	}, nil
}

func (a *averagedRun) fleetPanel() (chart.Panel, error) {
	if len(a.fleets) == 1 { // makes no lines
		f := a.fleets[0]
		return chart.Bars{
			Title:  fmt.Sprintf("p99, %.3g%% of requests to the slow server", 100*f.share),
			Groups: []string{"of all", "average", "weighted", "exact"},
			Series: []chart.Bar{{Color: chart.Blue, Y: []float64{judge.Mean(f.all), judge.Mean(f.average), judge.Mean(f.weighted), f.exact}}},
		}, nil
	}
	all := chart.Line{Name: "all requests", Color: chart.Blue}
	average := chart.Line{Name: "average", Color: chart.Orange}
	weighted := chart.Line{Name: "weighted", Color: chart.Pink}
	exact := chart.Line{Color: chart.Theory}
	for _, f := range a.fleets {
		x := 100 * f.share
		for _, of := range []struct {
			line   *chart.Line
			values []float64
		}{{&all, f.all}, {&average, f.average}, {&weighted, f.weighted}} {
			if err := judge.Point(of.line, x, of.values); err != nil {
				return nil, err
			}
		}
		exact.Add(x, f.exact)
	}
	return chart.Lines{
		Title: "p99 of servers, one slow", X: chart.Axis{Name: "requests that go to the slow server (%)", Scale: chart.Log},
		Y: chart.Axis{Min: new(0.0)}, Series: []chart.Line{all, average, weighted, exact},
	}, nil
}

func (a *averagedRun) stallPanel() (chart.Panel, error) {
	planned := chart.Line{Name: "on plan", Color: chart.Blue}
	waiting := chart.Line{Name: "waits", Color: chart.Orange}
	filled := chart.Line{Name: "filled in", Color: chart.Green}
	theory := chart.Line{Color: chart.Theory}
	for _, s := range a.stalls {
		for _, of := range []struct {
			line   *chart.Line
			values []float64
		}{{&planned, s.planned}, {&waiting, s.waiting}, {&filled, s.filled}} {
			if err := judge.Point(of.line, s.percentile, of.values); err != nil {
				return nil, err
			}
		}
		theory.Add(s.percentile, s.theory)
	}
	p := chart.Lines{
		Title: "one server that stalls", X: chart.Axis{Name: "percentile", Scale: chart.Percentile},
		Y: chart.Axis{Scale: chart.Log}, Series: []chart.Line{planned, waiting, filled},
	}
	if !math.IsNaN(theory.Y[len(theory.Y)-1]) {
		p.Series = append(p.Series, theory)
	}
	return p, nil
}

// headline names what is worst: at the largest share, and at the p99.
func (a *averagedRun) headline() string {
	f := a.fleets[len(a.fleets)-1]
	planned, waiting := 0.0, 0.0
	for _, s := range a.stalls {
		if s.percentile == p99 {
			planned, waiting = judge.Mean(s.planned), judge.Mean(s.waiting)
		}
	}
	return fmt.Sprintf("The average p99 of servers says %s where the p99 of all is %s; a test that waits says %s where users meet %s",
		aboutMillis(judge.Mean(f.average)), aboutMillis(judge.Mean(f.all)), aboutMillis(waiting), aboutMillis(planned))
}

// aboutMillis is a time with two digits or more.
func aboutMillis(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.2g ms", ms)
	}
	return judge.Commas(int(math.Round(ms))) + " ms"
}
