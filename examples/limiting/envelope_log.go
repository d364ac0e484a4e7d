package limiting

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
)

const standardShare = 0.99

// replay puts the log's own traffic to every algorithm, and looks for a limit that suits it.
func (e *envelopeRun) replay(r *lab.Run) error {
	suggested, err := limitsim.Suggest(e.traffic, e.share, e.limit.window, limitsim.Resolution)
	if err != nil {
		return lab.Usage(err)
	}
	if e.spans == nil {
		e.spans = e.logGrid()
	}
	table := envelopeTable(r)
	offered := limitsim.Envelope(e.traffic, e.spans)
	for i, span := range e.spans {
		table.Row("offered", nil, nil, nil, span.Seconds(), offered[i], nil)
	}
	e.curves = nil
	for _, v := range e.variants() {
		c := curve{variant: v}
		a, err := c.make(c.limit)
		if err != nil {
			return err
		}
		c.acts = limitsim.Acts(limitsim.Replay(a, e.traffic))
		e.add(table, c)
	}
	e.logFindings(r)
	figure, err := e.logFigure(suggested, offered)
	if err != nil {
		return err
	}
	r.Figure(figure)
	r.Recommend(e.advice(suggested))
	return nil
}

// logGrid goes from a second to the length of the log.
func (e *envelopeRun) logGrid() []time.Duration {
	const steps = 40
	longest := max(e.length(), 2*limitsim.Resolution)
	spans := []time.Duration{limitsim.Resolution}
	for i := range steps {
		span := time.Duration(math.Pow(longest.Seconds(), float64(i+1)/steps)) * time.Second
		if span > spans[len(spans)-1] {
			spans = append(spans, span)
		}
	}
	return spans
}

// length is the time from the first request to the last.
func (e *envelopeRun) length() time.Duration { return e.traffic[len(e.traffic)-1].At }

// logFindings are the two that any traffic can judge; the rest are about a client that listens.
func (e *envelopeRun) logFindings(r *lab.Run) {
	_, largest := e.across(func(curve) bool { return true })
	r.Finding(lab.Finding{Sentence: neverAbove, Measured: largest, Bound: 1, Holds: largest <= 1})
	for _, sentence := range []string{reached, twoNanos, fixedTwice, nearlyTwo, logExact, rateWindow} {
		r.NotHere(sentence)
	}
	e.alike(r)
	r.NotHere(evenOutput)
}

func (e *envelopeRun) advice(s limitsim.Suggestion) string {
	rate := s.Rate.PerSecond()
	return fmt.Sprintf("Use ratelimit.New(ratelimit.PerSecond(%v), %d): it admits %.2f%% of the %s requests of %s, and %v a second is the lowest round rate that regains the burst it takes within %s",
		rate, s.Burst, percent(s.Share), judge.Commas(len(e.traffic)), e.log.Name(), rate, short(e.limit.window))
}

// percent is a share for people. What is not all is never shown as all.
func percent(share float64) float64 {
	if share < 1 {
		return min(100*share, 99.99)
	}
	return 100
}

func (e *envelopeRun) logFigure(s limitsim.Suggestion, offered []int) (chart.Figure, error) {
	tradeOff, err := e.tradeOff(s)
	if err != nil {
		return chart.Figure{}, err
	}
	bound := make([]float64, len(e.spans))
	for i, span := range e.spans {
		bound[i] = float64(s.Burst) + s.Rate.PerSecond()*span.Seconds()
	}
	return chart.Figure{
		Headline: fmt.Sprintf("%v a second with a burst of %s lets %.4g%% of this traffic through", s.Rate.PerSecond(), judge.Commas(s.Burst), percent(s.Share)),
		Detail: fmt.Sprintf("%s requests of %s in %s, times in whole seconds; dashed: the recommended limit; refused: by limit %s per %s",
			judge.Commas(len(e.traffic)), e.log.Name(), short(e.length()), judge.Commas(e.limit.events), short(e.limit.window)),
		Panels: []chart.Panel{
			chart.Lines{Title: "Most requests in any interval",
				X: chart.Axis{Name: "length of the interval (s)", Scale: chart.Log}, Y: chart.Axis{Scale: chart.Log},
				Series: []chart.Line{
					{Color: chart.Baseline, X: seconds(e.spans), Y: judge.Floats(offered)},
					{Color: chart.Theory, X: seconds(e.spans), Y: bound},
				}},
			tradeOff,
			e.refusals(s),
		},
	}, nil
}

// tradeOff draws the least burst for rates around the suggested one: it admits the share asked for, or all.
func (e *envelopeRun) tradeOff(s limitsim.Suggestion) (chart.Lines, error) {
	const steps, reach = 8, 8.0
	some, all := chart.Line{Name: fmt.Sprintf("%.4g%%", 100*e.share), Color: chart.Blue}, chart.Line{Name: "all", Color: chart.Baseline}
	for i := -steps; i <= steps; i++ {
		rate := s.Rate.PerSecond() * math.Pow(reach, float64(i)/steps)
		for _, line := range []*chart.Line{&some, &all} {
			share := e.share
			if line == &all {
				share = 1
			}
			least, err := limitsim.LeastBurst(e.traffic, ratelimit.PerSecond(rate), share)
			if err != nil {
				continue // a rate that is too fine or too slow for a limit: a gap among seventeen
			}
			line.Add(rate, float64(least.Burst))
		}
	}
	series := []chart.Line{some, all}
	if e.share == 1 {
		series = []chart.Line{some}
	}
	if len(some.X) == 0 || len(all.X) == 0 {
		return chart.Lines{}, fmt.Errorf("no rate around %v a second can be represented", s.Rate.PerSecond())
	}
	recommended := []float64{s.Rate.PerSecond(), s.Rate.PerSecond()}
	series = append(series, chart.Line{Color: chart.Theory, X: recommended, Y: []float64{slices.Min(some.Y), slices.Max(all.Y)}})
	return chart.Lines{Title: "Burst it takes to admit them", X: chart.Axis{Name: "rate (a second)", Scale: chart.Log}, Y: chart.Axis{Scale: chart.Log}, Series: series}, nil
}

// refusals are the shares that the limits would have refused.
func (e *envelopeRun) refusals(s limitsim.Suggestion) chart.Bars {
	bars := chart.Bars{Title: "Refused (%)", Groups: []string{""}, Y: chart.Axis{Min: new(0.0)}}
	drawn := map[chart.Color]bool{}
	for _, c := range e.curves {
		if drawn[c.color] || c.limit.burst != e.limit.burst {
			continue
		}
		drawn[c.color] = true
		refused := 1 - float64(limitsim.Events(c.acts))/float64(len(e.traffic))
		bars.Series = append(bars.Series, chart.Bar{Name: c.label, Color: c.color, Y: []float64{100 * refused}})
	}
	bars.Series = append(bars.Series, chart.Bar{Name: "recommended", Color: chart.Theory, Y: []float64{100 * (1 - s.Share)}})
	return bars
}
