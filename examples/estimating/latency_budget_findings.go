package estimating

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of latency-budget.
const (
	budgetExact  = "the p95 of lognormal hops in turn is what numerical convolution says, for all numbers of hops and the guide's table"
	budgetFive   = "of five like lognormal hops with sigma 0.6 the p95s add up to 44% to 47% more than the p95 of the sum"
	budgetTen    = "of ten like lognormal hops with sigma 0.6 the p95s add up to 62% to 64% more than the p95 of the sum"
	budgetMore   = "of like lognormal hops with sigma of at most 1, the more there are, the more the sum of p95s overstates the p95 of the sum"
	budgetMaxima = "the maxima of the guide's table add up to 130 ms within a region"
	budgetCross  = "the maxima of the guide's table add up to 280 ms with its cross-region hop"
	budgetMeets  = "hops whose p95s are the maxima of the guide's table meet 200 ms within a region, at sigma 0.6"
	budgetMisses = "hops whose p95s are the maxima of the guide's table miss 200 ms with the cross-region hop, at sigma 0.6"
	budgetRare   = "two hops that are rarely slow have p95s that add up to 2 ms, and a p95 of 101 ms in turn"
)

func (b *budgetRun) findings(r *lab.Run) {
	var exact, five, ten, more, meets, misses []judge.Requirement
	for i, m := range append(b.like[:len(b.like):len(b.like)], b.table[:]...) {
		exact = append(exact, judge.Equals(m.measured, m.exact))
		if i == 0 || i >= len(b.like) || b.sigma > 1 {
			continue
		}
		more = append(more, judge.AtLeast(judge.Minus(m.overstated(), b.like[i-1].overstated()), 0))
	}
	if b.sigma == 0.6 {
		for _, m := range b.like {
			switch m.hops {
			case 5:
				five = append(five, judge.Within(m.overstated(), 0.44, 0.47))
			case 10:
				ten = append(ten, judge.Within(m.overstated(), 0.62, 0.64))
			}
		}
		meets = append(meets, judge.AtMost(b.table[0].measured, target))
		misses = append(misses, judge.AtLeast(b.table[1].measured, target))
	}
	judge.State(r, budgetExact, exact)
	judge.State(r, budgetFive, five)
	judge.State(r, budgetTen, ten)
	judge.State(r, budgetMore, more)
	judge.Exactly(r, budgetMaxima, b.table[0].budget, 130)
	judge.Exactly(r, budgetCross, b.table[1].budget, 280)
	judge.State(r, budgetMeets, meets)
	judge.State(r, budgetMisses, misses)
	r.Finding(lab.Finding{Sentence: budgetRare, Measured: judge.Mean(b.rare.measured), Bound: 101,
		Holds: b.rare.budget == 2 && b.rare.exact == 101 && judge.Mean(b.rare.measured) == 101})
}

func (b *budgetRun) figure(runs int) (chart.Figure, error) {
	const budgetName, measuredName = "sum of p95s", "p95 of the sum"
	budget := chart.Line{Name: budgetName, Color: chart.Baseline}
	measured := chart.Line{Name: measuredName, Color: chart.Blue}
	exact := chart.Line{Color: chart.Theory}
	bars := func(of ...budgeted) (all []chart.Bar, err error) {
		all = []chart.Bar{{Name: budgetName, Color: chart.Baseline}, {Name: measuredName, Color: chart.Blue}}
		for _, m := range of {
			interval, err := judge.Charted(m.measured)
			if err != nil {
				return nil, err
			}
			all[0].Y = append(all[0].Y, m.budget)
			all[1].AddInterval(interval.Estimate, interval.Low, interval.High)
		}
		return all, nil
	}
	for _, m := range b.like {
		x := float64(m.hops)
		budget.Add(x, m.budget)
		exact.Add(x, m.exact)
		if err := judge.Point(&measured, x, m.measured); err != nil {
			return chart.Figure{}, err
		}
	}
	table, err := bars(b.table[:]...)
	if err != nil {
		return chart.Figure{}, err
	}
	table = append(table, chart.Bar{Name: "target", Color: chart.Theory, Y: []float64{target, target}})
	rare, err := bars(b.rare)
	if err != nil {
		return chart.Figure{}, err
	}
	var like chart.Panel = chart.Lines{Title: "like hops", X: chart.Axis{Name: "hops in turn"}, Y: chart.Axis{Min: new(0.0)}, Series: []chart.Line{budget, measured, exact}}
	if len(b.like) == 1 {
		one, err := bars(b.like...)
		if err != nil {
			return chart.Figure{}, err
		}
		like = chart.Bars{Title: "like hops", Name: fmt.Sprintf("%d in turn", b.like[0].hops), Groups: []string{"lognormal"}, Series: one, Format: threeDigits}
	}
	last := b.like[len(b.like)-1]
	return chart.Figure{
		Headline: b.headline(last),
		Detail: fmt.Sprintf("p95 latency (ms), independent hops, lognormal with sigma %.3g; mean of %d runs, 95%% intervals; dashed: numerical convolution on the left, the target in the middle; "+
			"rarely slow: 1 ms, and 100 ms in 4%% of calls", b.sigma, runs),
		Panels: []chart.Panel{
			like,
			chart.Bars{Title: "the guide's table of hops", Groups: []string{"one region", "cross-region"}, Series: table},
			chart.Bars{Title: "two rarely slow hops", Groups: []string{"1 ms + 1 ms"}, Series: rare},
		},
	}, nil
}

func (b *budgetRun) headline(last budgeted) string {
	over, hops := 100*judge.Mean(last.overstated()), "hops"
	if last.hops == 1 {
		hops = "hop"
	}
	much := fmt.Sprintf("%.0f%% too much", over)
	if over < 0 {
		much = fmt.Sprintf("%.0f%% too little", -over)
	}
	return fmt.Sprintf("p95s do not add up: for %d smooth %s their sum is %s, for two rarely slow ones it is a fiftieth", last.hops, hops, much)
}
