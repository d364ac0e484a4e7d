package estimating

import (
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

func (f *peakRun) figure(runs int) (chart.Figure, error) {
	rates, err := f.ratePanel()
	if err != nil {
		return chart.Figure{}, err
	}
	lines, err := f.linePanel()
	if err != nil {
		return chart.Figure{}, err
	}
	zones, err := f.zonePanel()
	if err != nil {
		return chart.Figure{}, err
	}
	return chart.Figure{
		Headline: f.headline(),
		Detail: fmt.Sprintf("A day of %s users; servers for the mean rate in grey, for the peak in blue, at a target of %.3g%%; right: the same users in more time zones; "+
			"mean of %d runs, 95%% bands; dashed: the curve, and a fluid", f.traffic.Users, 100*f.target, runs),
		Panels: []chart.Panel{rates, lines, zones},
	}, nil
}

func (f *peakRun) ratePanel() (chart.Panel, error) {
	rate := chart.Line{Name: "requests", Color: chart.Orange}
	curve := chart.Line{Color: chart.Theory}
	for q := range estimatesim.Quarters {
		if err := judge.Point(&rate, middle(q), f.column(func(c estimatesim.Came) float64 { return float64(c.Requests[q]) / secondsOfQuarter })); err != nil {
			return nil, err
		}
		curve.Add(middle(q), f.expected(q))
	}
	series := []chart.Line{rate, curve}
	for i, color := range []chart.Color{chart.Baseline, chart.Blue} {
		capacity := f.each * float64(f.fleets[i].servers)
		series = append(series, chart.Line{Name: f.label(i), Color: color, X: []float64{0, 24}, Y: []float64{capacity, capacity}})
	}
	return chart.Lines{Title: "requests a second", X: chart.Axis{Name: "hour of the day", Min: new(0.0), Max: new(24.0)}, Y: chart.Axis{Min: new(0.0)}, Series: series}, nil
}

func (f *peakRun) linePanel() (chart.Panel, error) {
	highest := 0.0
	for i := range f.fleets {
		for q := range estimatesim.Quarters {
			highest = max(highest, judge.Mean(f.fleets[i].column(func(d estimatesim.Rushed) float64 { return d.Line[q] })))
		}
	}
	unit, seconds := "hours", time.Hour.Seconds()
	switch {
	case highest < 30:
		unit, seconds = "seconds", 1
	case highest < 30*60:
		unit, seconds = "minutes", time.Minute.Seconds()
	}
	var series []chart.Line
	for i, color := range []chart.Color{chart.Baseline, chart.Blue} {
		b := &f.fleets[i]
		measured := chart.Line{Name: f.label(i), Color: color, X: []float64{0}, Y: []float64{0}, Low: []float64{0}, High: []float64{0}}
		for q := range estimatesim.Quarters {
			line := b.column(func(d estimatesim.Rushed) float64 { return d.Line[q] / seconds })
			if err := judge.Point(&measured, middle(q)+0.125, line); err != nil {
				return nil, err
			}
		}
		series = append(series, measured)
	}
	fluid := chart.Line{Color: chart.Theory, X: []float64{0}, Y: []float64{0}}
	for q, wait := range f.fleets[0].fluid.Line {
		fluid.Add(middle(q)+0.125, wait/seconds)
	}
	return chart.Lines{Title: "wait of one that comes then (" + unit + ")", X: chart.Axis{Name: "hour of the day", Min: new(0.0), Max: new(24.0)}, Y: chart.Axis{Min: new(0.0)}, Series: append(series, fluid)}, nil
}

func (f *peakRun) zonePanel() (chart.Panel, error) {
	factor := chart.Line{Name: "peak", Color: chart.Orange}
	exact, mean := chart.Line{Color: chart.Theory}, chart.Line{Name: "mean", Color: chart.Baseline}
	for i, zones := range spreads {
		if err := judge.Point(&factor, float64(zones), f.factors[i]); err != nil {
			return nil, err
		}
		exact.Add(float64(zones), f.exact[i])
		mean.Add(float64(zones), 1)
	}
	return chart.Lines{Title: "busiest hour over the mean", X: chart.Axis{Name: "time zones of the users"}, Y: chart.Axis{Min: new(0.0)}, Series: []chart.Line{factor, mean, exact}}, nil
}

func (f *peakRun) label(i int) string {
	servers := judge.Commas(f.fleets[i].servers) + " servers"
	if f.fleets[0].servers == f.fleets[1].servers { // of a day that is nearly flat
		return servers + ", " + f.fleets[i].name
	}
	return servers
}

func (f *peakRun) headline() string {
	mean, peak := &f.fleets[0], &f.fleets[1]
	share, hours := 100*judge.Mean(mean.column(late)), judge.Mean(mean.column(inHours(longest)))
	if share < 1 {
		return fmt.Sprintf("With a peak of %.3g times the mean, servers for the mean bear the day at a target of %.3g%%: %.2g%% of requests wait for a minute",
			f.traffic.Peak, 100*f.target, share)
	}
	lasts := fmt.Sprintf("%.2g hours", hours)
	if hours < 1 {
		lasts = fmt.Sprintf("%.2g minutes", 60*hours)
	}
	bears := "those for the peak"
	if judge.Mean(peak.column(late)) == 0 {
		bears += " do not, and"
	}
	return fmt.Sprintf("Servers for the mean rate make %s%% of requests wait for a minute to %s; %s idle %.0f%% of the day", sharePrinted(share), lasts, bears, 100*judge.Mean(peak.column(idle)))
}

// sharePrinted has two digits or more.
func sharePrinted(share float64) string {
	if share < 10 {
		return fmt.Sprintf("%.2g", share)
	}
	return fmt.Sprintf("%.0f", share)
}
