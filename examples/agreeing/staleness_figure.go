package agreeing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// lineColors are those of pairs that do not overlap: the first, which waits least, is the naive baseline.
var lineColors = []chart.Color{chart.Baseline, chart.Orange, chart.Blue, chart.Green, chart.Pink}

const mostBars = 9

func (s *stalenessRun) figure(times []time.Duration) (chart.Figure, error) {
	partial, strict := s.pairs()
	curves, err := s.curves(partial, times)
	if err != nil {
		return chart.Figure{}, err
	}
	waits, err := s.waits(append(partial, strict...))
	if err != nil {
		return chart.Figure{}, err
	}
	headline, err := s.headline(partial)
	detail := fmt.Sprintf("%s, N=%d; %s writes and reads; dashed: the share if writes reached W replicas only; 95%% intervals",
		s.model.title(), s.n, judge.Commas(s.at(pair{1, 1}).Trials()))
	if len(strict) > 0 {
		detail += fmt.Sprintf("; always fresh: %s", joined(strict))
	}
	return chart.Figure{Headline: headline, Detail: detail, Panels: []chart.Panel{curves, waits}}, err
}

func joined(pairs []pair) string {
	return strings.Join(judge.Column(pairs, pair.String), ", ")
}

// headline is about the pair that waits least.
func (s *stalenessRun) headline(partial []pair) (string, error) {
	if len(partial) == 0 {
		return fmt.Sprintf("With R + W > N = %d no read misses a write that has committed", s.n), nil
	}
	p := partial[0]
	now, err := s.stale(p, 0)
	if err != nil {
		return "", err
	}
	t, err := s.at(p).TVisibility(p999, stats.Charted)
	if err != nil {
		return "", err
	}
	if t.Estimate == 0 {
		return fmt.Sprintf("With %v of %d, %s%% of reads miss a write that has just committed", p, s.n, threeFigures(100*now.Estimate)), nil
	}
	return fmt.Sprintf("With %v of %d, %s%% of reads miss a write that has just committed; %s ms later 99.9%% see it",
		p, s.n, threeFigures(100*now.Estimate), threeFigures(judge.Milliseconds(t.Estimate))), nil
}

// curves are the shares of stale reads against time. What was stale in no trial has no place on a log axis.
func (s *stalenessRun) curves(partial []pair, times []time.Duration) (chart.Lines, error) {
	panel := chart.Lines{
		Title: "stale reads (%)",
		X:     chart.Axis{Name: "read starts after the commit (ms)", Min: new(0.0), Max: new(judge.Milliseconds(times[len(times)-1]))},
		Y:     chart.Axis{Scale: chart.Log, Min: new(0.05), Max: new(100.0)},
	}
	bounds := map[float64]bool{}
	for i, p := range partial {
		line := chart.Line{Name: p.String(), Color: lineColors[i]}
		if len(partial) == 1 {
			line.Color = chart.Blue
		}
		for _, t := range times {
			c, err := s.at(p).Consistent(t, stats.Charted)
			if err != nil {
				return panel, err
			}
			if c.Estimate == 1 {
				break // and from here on
			}
			line.AddInterval(judge.Milliseconds(t), 100*(1-c.Estimate), 100*(1-c.High), 100*(1-c.Low))
		}
		if len(line.X) > 1 {
			panel.Series = append(panel.Series, line)
			*panel.Y.Min = min(*panel.Y.Min, line.Y[0]/2)
		}
		bound, err := quorum.KStaleness(replicas(s.n, p), 1)
		if err != nil {
			return panel, err
		}
		if !bounds[bound] {
			bounds[bound] = true
			panel.Series = append(panel.Series, chart.Line{Color: chart.Theory, X: []float64{0, judge.Milliseconds(times[len(times)-1])}, Y: []float64{100 * bound, 100 * bound}})
		}
	}
	if len(partial) == 0 {
		panel.Y = chart.Axis{Min: new(0.0), Max: new(100.0)}
		panel.Series = []chart.Line{{Name: "all", Color: chart.Blue, X: []float64{0, *panel.X.Max}, Y: []float64{0, 0}}}
	}
	return panel, nil
}

// waits are what reads and writes take.
func (s *stalenessRun) waits(pairs []pair) (chart.Panel, error) {
	read, write := chart.Bar{Name: "read", Color: chart.Green}, chart.Bar{Name: "write", Color: chart.Pink}
	panel := chart.Bars{Title: "99.9% take up to (ms)", Name: "R, W", Format: threeFigures}
	for _, p := range pairs {
		panel.Groups = append(panel.Groups, fmt.Sprintf("%d, %d", p.r, p.w))
		for _, of := range []struct {
			bar      *chart.Bar
			quantile func(p, confidence float64) (quorum.Percentile, error)
		}{{&read, s.at(p).ReadLatency}, {&write, s.at(p).WriteLatency}} {
			q, err := of.quantile(p999, stats.Charted)
			if err != nil {
				return nil, err
			}
			of.bar.AddInterval(judge.Milliseconds(q.Estimate), judge.Milliseconds(q.Low), judge.Milliseconds(q.High))
		}
	}
	panel.Series = []chart.Bar{read, write}
	if !fitOnBars(len(pairs), append(slices.Clone(read.Y), write.Y...)) {
		return waitLines(pairs, panel), nil
	}
	return panel, nil
}

// fitOnBars says whether these numbers are narrow enough to stand on the bars of so many pairs: the panel has room for some 20 digits on
// the reads, and for as many on the writes, and a bar is at most as wide as eight of them.
func fitOnBars(pairs int, all []float64) bool {
	widest := 0
	for _, x := range all {
		widest = max(widest, len(threeFigures(x)))
	}
	return widest <= 8 && pairs*widest <= 20
}

// waitLines are what the bars are, by the number of replicas that is waited for: of reads it is R alone that counts, and of writes W.
func waitLines(pairs []pair, bars chart.Bars) chart.Lines {
	panel := chart.Lines{Title: bars.Title, X: chart.Axis{Name: "replicas waited for", Min: new(0.0)}, Y: chart.Axis{Scale: chart.Log}}
	most := 5 // so that ticks are whole numbers
	for i, of := range []func(pair) int{func(p pair) int { return p.r }, func(p pair) int { return p.w }} {
		bar := bars.Series[i]
		line := chart.Line{Name: bar.Name, Color: bar.Color}
		first := map[int]int{} // of the pairs with a number
		for at, p := range pairs {
			if _, seen := first[of(p)]; !seen {
				first[of(p)] = at
			}
		}
		for _, k := range slices.Sorted(maps.Keys(first)) {
			at := first[k]
			line.AddInterval(float64(k), bar.Y[at], bar.Low[at], bar.High[at])
			most = max(most, k)
		}
		panel.Series = append(panel.Series, line)
		if slices.Min(append(line.Low, line.Y...)) <= 0 { // which has no place on a log axis
			panel.Y = chart.Axis{Min: new(0.0)}
		}
	}
	panel.X.Max = new(float64(most))
	return panel
}
