package estimating

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of back-of-envelope.
const (
	trafficCounted = "requests and bytes a second are as many as were counted, in the mean and at the peak"
	storageCounted = "a day's data and all that is stored are as much as was counted"
	linkCounted    = "the link is as wide as the bits that were counted at the peak ask for"
	egressCounted  = "what the edge, the origin and both cost is what was counted, with the hit ratio by bytes"
	unitsAsPowers  = "1,024 taken for 1,000 puts sizes in kB, MB, GB and TB off by a power of 1.024"
	unitsPercents  = "1,024 taken for 1,000 is seen in each of them, and is never as much as 15%"
	factorsAsNamed = "a factor left out, or taken for another one, puts an estimate off by that factor"
	factorsTimes   = "each of these that is 1.25 or more is worse than any unit: off by more than 15%"
	byRequestsLow  = "the hit ratio by requests makes the origin cost less than half of what is paid"
	pairsMultiply  = "two slips multiply: in one direction they are as bad as their product, in two they hide each other"
	publishedTwice = "100 million writes a day of 50 KB are 5 TB: half of the 10 TB that have been published"
)

func (e *envelopeRun) findings(r *lab.Run) {
	formulas := map[string][]judge.Requirement{}
	for _, g := range e.formulas {
		formulas[g.quantity] = append(formulas[g.quantity], judge.Equals(g.share(), 1))
	}
	of := func(quantities ...string) (all []judge.Requirement) {
		for _, q := range quantities {
			all = append(all, formulas[q]...)
		}
		return all
	}
	var powers, percents, factors, multiples, requests, pairs, published []judge.Requirement
	const unit, clear = 1.15, 1.25
	for _, g := range e.slips {
		exact := judge.Equals(g.share(), 1/g.predicted)
		switch g.kind {
		case unitSlip:
			powers = append(powers, exact)
			percents = append(percents, judge.AtMost(g.share(), 1), judge.AtLeast(g.share(), 1/unit))
		case oneFactor:
			factors = append(factors, exact)
			switch {
			case g.predicted >= clear:
				multiples = append(multiples, judge.AtMost(g.share(), 1/unit))
			case 1/g.predicted >= clear:
				multiples = append(multiples, judge.AtLeast(g.share(), unit))
			}
			if g.slip == "requests" && g.predicted < 0.4 {
				requests = append(requests, judge.AtLeast(g.share(), 2))
			}
		case twoFactors:
			pairs = append(pairs, exact)
		case publishedSlip:
			published = append(published, exact)
		}
	}
	judge.State(r, trafficCounted, of(meanRate, peakRate, dataRate, peakDataRate))
	judge.State(r, storageCounted, of(dayData, stored))
	judge.State(r, linkCounted, of(link))
	judge.State(r, egressCounted, of(edgeCost, originCost, egressCost))
	judge.State(r, unitsAsPowers, powers)
	judge.State(r, unitsPercents, percents)
	judge.State(r, factorsAsNamed, factors)
	judge.State(r, factorsTimes, multiples)
	judge.State(r, byRequestsLow, requests)
	judge.State(r, pairsMultiply, pairs)
	judge.State(r, publishedTwice, published)
}

func (e *envelopeRun) figure(runs int) (chart.Figure, error) {
	const predictedName, countedName = "by the slip's own factor", "against what was counted"
	percent := func(times float64) float64 { return 100 * (times - 1) }
	times := func(times float64) float64 { return times }
	single := func(g guess) bool { return g.kind == oneFactor || g.kind == publishedSlip }
	panels := []struct {
		title  string
		show   func(times float64) float64
		format func(float64) string
		has    func(guess) bool
	}{
		{"two slips at once (times, either way)", times, func(v float64) string { return fmt.Sprintf("%.3g", v) }, func(g guess) bool { return g.kind == twoFactors }},
		{"too little (times)", times, nil, func(g guess) bool { return single(g) && g.predicted < 1 }},
		{"too much (times)", times, nil, func(g guess) bool { return single(g) && g.predicted > 1 }},
		{"1,024 taken for 1,000 (% too much)", percent, nil, func(g guess) bool { return g.kind == unitSlip }},
	}
	worst := 0.0
	for _, g := range e.formulas {
		worst = max(worst, math.Abs(percent(judge.Mean(g.share()))))
	}
	figure := chart.Figure{
		Headline: e.headline(),
		Detail: fmt.Sprintf("How far off estimates are from a simulated service; %s users; formulas without a slip by at most %.1f%%; mean of %d runs, 95%% intervals",
			judge.Commas(e.scene.users), worst, runs),
	}
	for _, of := range panels {
		slips := slices.DeleteFunc(slices.Clone(e.slips), func(g guess) bool { return !of.has(g) })
		if len(slips) == 0 {
			continue // these parameters have nothing to slip on
		}
		if single(slips[0]) {
			slices.SortStableFunc(slips, func(a, b guess) int { return cmp.Compare(b.off(), a.off()) })
		}
		panel := chart.Bars{Title: of.title, Format: of.format}
		counted, predicted := chart.Bar{Name: countedName, Color: chart.Blue}, chart.Bar{Name: predictedName, Color: chart.Theory}
		for _, g := range slips {
			factor, low, high, err := g.factor()
			if err != nil {
				return chart.Figure{}, err
			}
			if g.predicted < 1 {
				factor, low, high = 1/factor, 1/high, 1/low
			}
			panel.Groups = append(panel.Groups, g.label)
			counted.Y, predicted.Y = append(counted.Y, of.show(factor)), append(predicted.Y, of.show(g.off()))
			counted.Low, counted.High = append(counted.Low, of.show(low)), append(counted.High, of.show(high))
		}
		panel.Series = []chart.Bar{counted, predicted}
		figure.Panels = append(figure.Panels, panel)
	}
	return figure, nil
}

// headline has what slips come to by themselves, either way: findings hold them against what was counted.
func (e *envelopeRun) headline() string {
	least, most := map[slipKind]float64{}, map[slipKind]float64{}
	for _, g := range e.slips {
		if least[g.kind] == 0 || g.off() < least[g.kind] {
			least[g.kind] = g.off()
		}
		most[g.kind] = max(most[g.kind], g.off())
	}
	headline := fmt.Sprintf("One slip puts an estimate off by %.3g to %.3g times", least[oneFactor], most[oneFactor])
	if two := most[twoFactors]; two > most[oneFactor] {
		headline = fmt.Sprintf("Two slips put an estimate off by up to %.3g times, one by %.3g to %.3g", two, least[oneFactor], most[oneFactor])
	}
	percent := func(times float64) string { return fmt.Sprintf("%.2g%%", 100*(times-1)) }
	return headline + fmt.Sprintf("; 1,024 for 1,000, by %s to %s", percent(least[unitSlip]), percent(most[unitSlip]))
}
