package placing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// shares of reads that the chart and the table have.
var readShares = []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}

// table writes data.csv.
func (h *hotRun) table(r *lab.Run) error {
	t := r.Table("remedy", "key", "nodes", "vnodes", "reads", "runs", "peak_to_mean", "low", "high", "stored_peak_to_mean", "stored_low", "stored_high",
		"read_asks", "write_reaches")
	row := func(remedy string, vnodes int, reads any, runs []float64, stored []float64, asks, reaches any) error {
		interval, err := judge.Charted(runs)
		if err != nil {
			return err
		}
		cells := []any{remedy, nil, h.nodes, vnodes, reads, len(runs), interval.Estimate, interval.Low, interval.High, nil, nil, nil, asks, reaches}
		if stored != nil {
			in, err := judge.Charted(stored)
			if err != nil {
				return err
			}
			cells[9], cells[10], cells[11] = in.Estimate, in.Low, in.High
		}
		t.Row(cells...)
		return nil
	}
	for i, vnodes := range h.vnodes {
		works := h.results[i]
		nodesWith := judge.Mean(judge.Column(works, func(w hotWork) float64 { return w.nodesWith }))
		if err := row("even-keys", vnodes, nil, judge.Column(works, evenPeak), nil, 1, 1); err != nil {
			return err
		}
		if err := row("none", vnodes, nil, judge.Column(works, h.drawn), judge.Column(works, h.drawn), 1, 1); err != nil {
			return err
		}
		if err := row("bounded-loads", vnodes, nil, judge.Column(works, boundedPeak), nil, 1, nodesWith); err != nil {
			return err
		}
		if err := row("time-buckets", vnodes, 0.0, judge.Column(works, momentPeak), judge.Column(works, storedPeak), min(timeSlices, h.requests), 1); err != nil {
			return err
		}
		for _, reads := range readShares {
			if err := row("salted", vnodes, reads, judge.Column(works, h.salted(reads)), nil, h.ways, 1); err != nil {
				return err
			}
			if err := row("replicated", vnodes, reads, judge.Column(works, h.replicated(reads)), nil, 1, h.owners()); err != nil {
				return err
			}
		}
	}
	if own := h.own; own.Order != nil {
		hot, err := hottest(own, h.hot)
		if err != nil {
			return err
		}
		counts := own.Counts()
		for _, key := range hot {
			t.Row("none", own.Keys[key], h.nodes, nil, nil, nil, h.alone(counts[key]), nil, nil, nil, nil, nil, 1, 1)
		}
	}
	return nil
}

// alone is what so many requests for one key give its node, over the mean.
func (h *hotRun) alone(requests int) float64 {
	return float64(requests) * float64(h.nodes) / float64(h.requests)
}

// drawn is the peak with nothing done, by a control variate: what the hottest key's node has is known on average, and how far it is off
// in a run is taken away, which changes no mean but nearly all of the spread (A. M. Law, "Simulation Modeling and Analysis", 5th edition,
// 2015, section 11.4). Findings do without, since they are to see when that average is wrong.
func (h *hotRun) drawn(w hotWork) float64 { return h.plain(w) - (w.hottestNode - w.exact) }

func (h *hotRun) salted(reads float64) func(hotWork) float64 {
	return func(w hotWork) float64 { return w.salted.PeakToMean(h.requests, reads) }
}

func (h *hotRun) replicated(reads float64) func(hotWork) float64 {
	return func(w hotWork) float64 { return w.replicated.PeakToMean(h.requests, reads) }
}

func (h *hotRun) figure(runs int) (chart.Figure, error) {
	byPoints, err := h.byPoints()
	if err != nil {
		return chart.Figure{}, err
	}
	byReads, err := h.byReads()
	if err != nil {
		return chart.Figure{}, err
	}
	third, err := h.third()
	if err != nil {
		return chart.Figure{}, err
	}
	traffic := fmt.Sprintf("keys of Zipf %v", h.skew)
	if h.own.Order != nil {
		traffic = fmt.Sprintf("%s requests of %s", judge.Commas(h.requests), h.list.Name())
	}
	return chart.Figure{
		Headline: h.headline(),
		Detail: fmt.Sprintf("Work of the busiest node, over the mean; %d nodes; %s; the %d hottest with %d copies; mean of %d rings, 95%% bands; dashed: the hottest key's node, exact",
			h.nodes, traffic, h.hot, h.ways, runs),
		Panels: []chart.Panel{byPoints, byReads, third},
	}, nil
}

func (h *hotRun) byPoints() (chart.Lines, error) {
	exact := chart.Line{Color: chart.Theory}
	panel := chart.Lines{Title: "as virtual nodes grow", X: chart.Axis{Name: "virtual nodes of a node", Scale: chart.Log}, Y: chart.Axis{Min: new(1.0)}}
	for _, remedy := range []struct {
		name  string
		color chart.Color
		of    func(hotWork) float64
	}{
		{"nothing done", chart.Baseline, h.drawn},
		{"salted: writes", chart.Blue, h.saltWrites},
		{"replicated: reads", chart.Orange, h.copyReads},
		{"bounded loads", chart.Green, boundedPeak},
	} {
		line := chart.Line{Name: remedy.name, Color: remedy.color}
		for i, vnodes := range h.vnodes {
			if err := judge.Point(&line, float64(vnodes), h.peak(i, remedy.of)); err != nil {
				return panel, err
			}
		}
		panel.Series = append(panel.Series, line)
	}
	for i, vnodes := range h.vnodes {
		exact.Add(float64(vnodes), judge.Mean(h.peak(i, func(w hotWork) float64 { return w.exact })))
	}
	if len(h.vnodes) > 1 {
		panel.Series = append(panel.Series, exact)
	}
	return panel, nil
}

func (h *hotRun) byReads() (chart.Lines, error) {
	last := len(h.vnodes) - 1
	panel := chart.Lines{Title: "as reads take over", X: chart.Axis{Name: "share of reads"}, Y: chart.Axis{Min: new(0.0)}}
	for _, remedy := range []struct {
		name  string
		color chart.Color
		of    func(reads float64) func(hotWork) float64
	}{
		{"nothing done", chart.Baseline, func(float64) func(hotWork) float64 { return h.drawn }},
		{"salted", chart.Blue, h.salted},
		{"replicated", chart.Orange, h.replicated},
		{"bounded", chart.Green, func(float64) func(hotWork) float64 { return boundedPeak }},
	} {
		line := chart.Line{Name: remedy.name, Color: remedy.color}
		for _, reads := range readShares {
			if err := judge.Point(&line, reads, h.peak(last, remedy.of(reads))); err != nil {
				return panel, err
			}
		}
		panel.Series = append(panel.Series, line)
	}
	return panel, nil
}

// third is about time buckets or, if the reader has keys, about those.
func (h *hotRun) third() (chart.Panel, error) {
	if own := h.own; own.Order != nil {
		counts := own.Counts()
		slices.SortFunc(counts, func(a, b int) int { return b - a })
		line := chart.Line{Color: chart.Pink}
		for i, count := range counts[:min(len(counts), 1000)] {
			line.Add(float64(i+1), h.alone(count))
		}
		return chart.Lines{Title: "what a key alone gives", X: chart.Axis{Name: "rank of the key", Scale: chart.Log}, Y: chart.Axis{Min: new(0.0)},
			Series: []chart.Line{line}}, nil
	}
	last := len(h.vnodes) - 1
	bars := chart.Bars{Title: "with time buckets", Groups: []string{"at a time", "stored"}, Y: chart.Axis{Min: new(0.0)}}
	for _, remedy := range []struct {
		name  string
		color chart.Color
		of    []func(hotWork) float64
	}{
		{"nothing done", chart.Baseline, []func(hotWork) float64{h.drawn, h.drawn}},
		{"time buckets", chart.Pink, []func(hotWork) float64{momentPeak, storedPeak}},
	} {
		bar := chart.Bar{Name: remedy.name, Color: remedy.color}
		for _, of := range remedy.of {
			interval, err := judge.Charted(h.peak(last, of))
			if err != nil {
				return nil, err
			}
			bar.AddInterval(interval.Estimate, max(0, interval.Low), interval.High)
		}
		bars.Series = append(bars.Series, bar)
	}
	return bars, nil
}

// drawable is a short form of a text, or other words if the chart's font may lack a letter of it.
func drawable(text, otherwise string) string {
	const lastLatin = 0x24f
	if strings.ContainsFunc(text, func(letter rune) bool { return letter > lastLatin }) {
		return otherwise
	}
	return shortened(text, 24)
}

func (h *hotRun) headline() string {
	last := len(h.vnodes) - 1
	at := func(i int, of func(hotWork) float64) string { return twoDigits(judge.Mean(h.peak(i, of))) }
	if own := h.own; own.Order != nil {
		counts := own.Counts()
		most := slices.Max(counts)
		return fmt.Sprintf("%s alone is %s times the mean of a node, the busiest %s; salting writes leaves %s, replicating reads %s",
			drawable(own.Keys[slices.Index(counts, most)], "The hottest key"), twoDigits(h.alone(most)), at(last, h.drawn), at(last, h.saltWrites), at(last, h.copyReads))
	}
	if last == 0 {
		return fmt.Sprintf("With %s virtual nodes the busiest node has %s times the mean; salting writes leaves %s, replicating reads %s",
			judge.Commas(h.vnodes[0]), at(0, h.drawn), at(0, h.saltWrites), at(0, h.copyReads))
	}
	return fmt.Sprintf("From %s to %s virtual nodes the busiest node goes from %s to %s times the mean; salting writes leaves %s, replicating reads %s",
		judge.Commas(h.vnodes[0]), judge.Commas(h.vnodes[last]), at(0, h.drawn), at(last, h.drawn), at(last, h.saltWrites), at(last, h.copyReads))
}
