package limiting

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// findings are judged run by run, on the same requests where policies or demands are compared.
func (f *fairnessRun) findings(r *lab.Run) {
	last := len(f.wanted) - 1
	about := func(sentence string, of func(...*shared) []judge.Requirement, names ...string) {
		var all []*shared
		for _, name := range names {
			s := f.results[name]
			if s == nil {
				r.NotHere(sentence)
				return
			}
			all = append(all, s)
		}
		judge.State(r, sentence, of(all...))
	}
	exactly := func(s ...*shared) (all []judge.Requirement) {
		for i, exact := range s[0].exact {
			all = append(all, judge.Equals(s[0].received[i], exact))
		}
		return all
	}
	gain := func(s *shared) []float64 {
		return each(s.again[last], s.received[last], func(a, b float64) float64 { return (a - b) / f.limit })
	}
	about("first come, first served: every client gets the same part of what it wants", exactly, "first-come")
	about("first come, first served: the client that wants most gets more than half of the limit", func(s ...*shared) []judge.Requirement {
		return []judge.Requirement{judge.AtLeast(s[0].received[last], f.limit/2)}
	}, "first-come")
	about("first come, first served: Jain's index is less than 0.7", func(s ...*shared) []judge.Requirement {
		return []judge.Requirement{judge.AtMost(s[0].jain, 0.7)}
	}, "first-come")
	about("equal parts: every client gets the lesser of what it wants and an equal part", exactly, "equal-parts")
	about("equal parts: a third of the limit or more is left unused", func(s ...*shared) []judge.Requirement {
		return []judge.Requirement{judge.AtMost(s[0].used, 2.0/3)}
	}, "equal-parts")
	about("proportional: no client's share of the limit differs by more than a hundredth from that first come, first served", func(s ...*shared) (all []judge.Requirement) {
		for i := range f.wanted {
			apart := each(s[0].received[i], s[1].received[i], func(a, b float64) float64 { return (a - b) / f.limit })
			all = append(all, judge.Within(apart, -0.01, 0.01))
		}
		return all
	}, "proportional", "first-come")
	about("max-min: who wants less than the level gets more than 99% of it", func(s ...*shared) (all []judge.Requirement) {
		// A quota of what was asked for in the period before, and no more, would be E min(A, B) of two independent Poisson numbers: of ten
		// requests a period 82%. The reserve gives the rest, but when it is at its lowest ever.
		for i := range f.wanted {
			if f.belowLevel(i) {
				all = append(all, judge.AtLeast(each(s[0].received[i], s[0].asked[i], over), 0.99))
			}
		}
		return all
	}, "max-min")
	about("max-min: every client that wants more than the level gets the level, within two requests a period", func(s ...*shared) (all []judge.Requirement) {
		// Quotas are whole, and the odd request goes to whoever came first: that is one. Another is for chance.
		two := 2 / f.period.Seconds()
		for i := range f.wanted {
			if !f.belowLevel(i) {
				all = append(all, judge.Within(s[0].received[i], f.fair[i]-two, f.fair[i]+two))
			}
		}
		return all
	}, "max-min")
	about("max-min: more than 99% of the limit is used", func(s ...*shared) []judge.Requirement {
		return []judge.Requirement{judge.AtLeast(s[0].used, 0.99)}
	}, "max-min")
	about("max-min: Jain's index is more than 0.99", func(s ...*shared) []judge.Requirement {
		return []judge.Requirement{judge.AtLeast(s[0].jain, 0.99)}
	}, "max-min")
	about("asking twice as much gains the greediest client more than a tenth of the limit first come, first served, and in proportion", func(s ...*shared) []judge.Requirement {
		return []judge.Requirement{judge.AtLeast(gain(s[0]), 0.1), judge.AtLeast(gain(s[1]), 0.1)}
	}, "first-come", "proportional")
	about("asking twice as much gains the greediest client less than a hundredth of the limit under max-min", func(s ...*shared) []judge.Requirement {
		return []judge.Requirement{judge.AtMost(gain(s[0]), 0.01)}
	}, "max-min")
}

func over(a, b float64) float64 { return a / b }

// belowLevel says that max-min gives a client all that it wants.
func (f *fairnessRun) belowLevel(client int) bool { return f.fair[client] >= f.wanted[client] }

func (f *fairnessRun) figure(runs int) (chart.Figure, error) {
	lines := chart.Lines{
		Title: "requests a second received",
		X:     chart.Axis{Name: "requests a second wanted", Scale: chart.Log},
		Y:     chart.Axis{Scale: chart.Log},
	}
	bars := chart.Bars{Title: "fairness, and use of the limit", Groups: []string{"Jain's index", "part of the limit used"}}
	for _, policy := range f.sharers {
		s := f.results[policy.name]
		if s == nil {
			continue
		}
		line := chart.Line{Name: policy.label, Color: policy.color, X: f.wanted}
		for _, received := range s.received {
			interval, err := judge.Charted(received)
			if err != nil {
				return chart.Figure{}, err
			}
			if interval.Estimate == 0 {
				lines.Y.Scale = chart.Linear // of those who want very little, some get nothing
			}
			line.Y, line.Low, line.High = append(line.Y, interval.Estimate), append(line.Low, interval.Low), append(line.High, interval.High)
		}
		lines.Series = append(lines.Series, line)
		if len(f.wanted) > 1 {
			lines.Series = append(lines.Series, chart.Line{Color: chart.Theory, X: f.wanted, Y: s.exact})
		}
		bars.Series = append(bars.Series, chart.Bar{Name: policy.label, Color: policy.color, Y: []float64{judge.Mean(s.jain), judge.Mean(s.used)}})
	}
	return chart.Figure{
		Headline: f.headline(),
		Detail: fmt.Sprintf("%d clients share %v requests a second, quotas for %s; mean of %d runs, 95%% bands; dashed: what steady demands get; Jain's index is of received over max-min's share",
			len(f.wanted), f.limit, short(f.period), runs),
		Panels: []chart.Panel{lines, bars},
	}, nil
}

// headline is what the data say of the client that wants most: of all policies, or of the two that are told apart best.
func (f *fairnessRun) headline() string {
	last := len(f.wanted) - 1
	gets := func(name string) string {
		return fmt.Sprintf("%s %s", grouped(judge.Mean(f.results[name].received[last])), inHeadline[name])
	}
	var parts []string
	for _, policy := range f.sharers {
		if f.results[policy.name] != nil {
			parts = append(parts, gets(policy.name))
		}
	}
	if first, fair := f.results["first-come"], f.results["max-min"]; first != nil && fair != nil && judge.Mean(first.received[last]) > judge.Mean(fair.received[last]) {
		parts = []string{gets("first-come"), gets("max-min")}
	}
	return fmt.Sprintf("Of %s requests a second, who wants %s gets %s", grouped(f.limit), grouped(f.wanted[last]), listed(parts))
}

var inHeadline = map[string]string{
	"first-come": "first come, first served", "equal-parts": "in equal parts", "proportional": "in proportion", "max-min": "under max-min",
}

// listed joins words as a sentence does.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// grouped writes a number that is not negative with three digits or, if it has more before the point, all of those, with commas.
func grouped(x float64) string {
	if x < 1000 {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	return judge.Commas(int(math.Round(x)))
}
