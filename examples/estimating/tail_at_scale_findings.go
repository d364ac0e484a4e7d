package estimating

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of tail-at-scale.
const (
	tailExact   = "of requests that make k calls, each slow with probability p, 1-(1-p)^k see a slow one, for all k and p"
	tailHundred = "of requests that make a hundred calls, each slow once in a hundred times, 62% to 65% see a slow one"
	tailMean    = "calls at once take fast + (slow-fast)(1-(1-p)^k) in the mean, for all k and p"
	tailInTurn  = "calls in turn take k(fast + (slow-fast)p) in the mean, for all k and p"
	tailChatty  = "two or more calls take longer in turn than at once, in the mean, for all k and p"
)

func (t *tailRun) findings(r *lab.Run) {
	var exact, hundred, mean, inTurn, chatty []judge.Requirement
	add := func(all []judge.Requirement, m measured) []judge.Requirement {
		if m.rare {
			return all
		}
		return append(all, judge.Equals(m.runs, m.exact))
	}
	for _, f := range t.results {
		exact, mean, inTurn = add(exact, f.slow), add(mean, f.atOnce), add(inTurn, f.inTurn)
		if f.chance == 0.01 && f.calls == 100 {
			hundred = append(hundred, judge.Within(f.slow.runs, 0.62, 0.65))
		}
		if f.calls > 1 {
			chatty = append(chatty, judge.AtLeast(judge.Minus(f.inTurn.runs, f.atOnce.runs), 0))
		}
	}
	judge.State(r, tailExact, exact)
	judge.State(r, tailHundred, hundred)
	judge.State(r, tailMean, mean)
	judge.State(r, tailInTurn, inTurn)
	judge.State(r, tailChatty, chatty)
}

func (t *tailRun) figure(runs int) (chart.Figure, error) {
	f := chart.Figure{
		Headline: t.headline(),
		Detail: fmt.Sprintf("Requests with at least one slow call (%%), by calls of a request; mean of %d runs, 95%% bands; dashed: 1-(1-p)^k; grey: one call",
			runs),
		SharedY: true,
	}
	if t.serial {
		f.Detail = fmt.Sprintf("Mean latency of a request (ms), by its calls, of %v each, and %v times that if slow; mean of %d runs, 95%% bands; dashed: exact; grey: one call",
			t.fast, t.times, runs)
	}
	for _, chance := range t.chances {
		panel := chart.Lines{Title: fmt.Sprintf("%.3g%% of calls are slow", 100*chance), X: chart.Axis{Name: "calls", Scale: chart.Log}}
		var err error
		if t.serial {
			panel.Y.Scale = chart.Log
			panel.Series, err = t.lines(chance, map[string]func(fannedOut) measured{
				"at once": func(f fannedOut) measured { return f.atOnce }, "in turn": func(f fannedOut) measured { return f.inTurn }}, 1)
		} else {
			panel.Y.Min, panel.Y.Max = new(0.0), new(100.0)
			panel.Series, err = t.lines(chance, map[string]func(fannedOut) measured{"requests": func(f fannedOut) measured { return f.slow }}, 100)
		}
		if err != nil {
			return f, err
		}
		f.Panels = append(f.Panels, panel)
	}
	if len(t.calls) == 1 {
		f.SharedY = false
		f.Panels = []chart.Panel{t.bars()}
	}
	return f, nil
}

// lines are those that are asked for, and for each what is exact; and what one call would be.
func (t *tailRun) lines(chance float64, of map[string]func(fannedOut) measured, scale float64) (all []chart.Line, err error) {
	one := chart.Line{Name: "one call", Color: chart.Baseline}
	for _, kind := range []struct {
		name  string
		color chart.Color
	}{{"requests", chart.Blue}, {"at once", chart.Blue}, {"in turn", chart.Orange}} {
		take := of[kind.name]
		if take == nil {
			continue
		}
		line, exact := chart.Line{Name: kind.name, Color: kind.color}, chart.Line{Color: chart.Theory}
		one.X, one.Y = nil, nil
		for _, f := range t.results {
			if f.chance != chance {
				continue
			}
			x, m := float64(f.calls), take(f)
			interval, err := judge.Charted(m.runs)
			if err != nil {
				return nil, err
			}
			line.AddInterval(x, scale*interval.Estimate, scale*interval.Low, scale*interval.High)
			exact.Add(x, scale*m.exact)
			alone := chance
			if t.serial {
				alone = judge.Milliseconds(t.fast) * (1 + (t.times-1)*chance)
			}
			one.Add(x, scale*alone)
		}
		all = append(all, line, exact)
	}
	return append(all, one), nil
}

// bars are for one number of calls, which makes no lines.
func (t *tailRun) bars() chart.Panel {
	b := chart.Bars{Name: fmt.Sprintf("calls that are slow (%%); calls of a request: %d", t.calls[0])}
	requests, one := chart.Bar{Name: "requests", Color: chart.Blue}, chart.Bar{Name: "one call", Color: chart.Baseline}
	atOnce, inTurn := chart.Bar{Name: "at once", Color: chart.Blue}, chart.Bar{Name: "in turn", Color: chart.Orange}
	for _, f := range t.results {
		b.Groups = append(b.Groups, fmt.Sprintf("%.3g", 100*f.chance))
		requests.Y, one.Y = append(requests.Y, 100*judge.Mean(f.slow.runs)), append(one.Y, 100*f.chance)
		atOnce.Y, inTurn.Y = append(atOnce.Y, judge.Mean(f.atOnce.runs)), append(inTurn.Y, judge.Mean(f.inTurn.runs))
	}
	b.Series = []chart.Bar{one, requests}
	if t.serial {
		b.Series = []chart.Bar{atOnce, inTurn}
		b.Format = threeDigits
	}
	return b
}

func (t *tailRun) headline() string {
	f := t.results[len(t.results)/len(t.chances)*((len(t.chances)+1)/2)-1] // the most calls, at the middle chance
	if t.serial {
		return fmt.Sprintf("%s in turn take %s, and at once %s, where %.3g%% are slow", callsOf(f.calls), took(f.inTurn), took(f.atOnce), 100*f.chance)
	}
	return fmt.Sprintf("A request that makes %s, each slow in %.3g%% of cases, is slow in %.3g%%", callsOf(f.calls), 100*f.chance, 100*judge.Mean(f.slow.runs))
}

// threeDigits prints milliseconds on bars: of hours, all digits would not fit.
func threeDigits(ms float64) string { return fmt.Sprintf("%.3g", ms) }

func callsOf(n int) string {
	if n == 1 {
		return "1 call"
	}
	return judge.Commas(n) + " calls"
}

// took is a mean latency, to three digits or so.
func took(m measured) string {
	ms := judge.Mean(m.runs)
	if ms >= 1e6 {
		return judge.Commas(int(ms/1_000)) + " s"
	}
	if ms >= 1_000 {
		return fmt.Sprintf("%.2f s", ms/1_000)
	}
	return fmt.Sprintf("%.3g ms", ms)
}
