package estimating

import (
	"math"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of availability.
const (
	upSeries     = "of parts that are all needed, the simulated availability is the product, for all numbers of parts"
	upTen        = "ten parts of 99.9% that are all needed are down for 0.9% to 1.1% of the time: two nines, not three"
	upKOfN       = "of independent copies, the simulated availability is the formula's, for all numbers and for all that are needed"
	upTwo        = "two independent copies of 99% are down for 0.9 to 1.1 in 10,000 of the time: four nines"
	upOneMore    = "if all of five independent copies of 99% are needed, the downtime is more than 40 times as long as if four are"
	upCorrelated = "with a common cause, the simulated availability is the beta factor's, for all numbers and for all that are needed"
	upCapped     = "in no run are copies down for less time than their common cause, however many there are"
	upTwoCommon  = "two copies of 99% that share a tenth of their downtime are down for more than 1 in 1,000: less than three nines"
	upTimes      = "availability depends on the means of times up and down alone: with other distributions, the formulas hold as well"
	upBudget     = "99.99% of 30 days leave 259.2 seconds to be down"
	upMonths     = "the share of months that miss the objective is Takács's, for all lengths of incidents"
	upHalf       = "a service that spends half of its budget in the mean misses its objective in 12% to 21% of months, if incidents take a quarter of the budget to twice"
	upLong       = "a service that spends twice its budget in the mean meets its objective in more than 80% of months, if incidents take ten budgets or more"
)

func (a *availabilityRun) findings(r *lab.Run) error {
	var series, ten, kOfN, two, oneMore, correlated, twoCommon, times []judge.Requirement
	least := math.Inf(1)         // that copies are down for longer than their common cause
	needs := map[int][]float64{} // of five independent copies, the time down by how many are needed
	for _, s := range a.systems {
		if s.down == nil {
			continue
		}
		exact := judge.Equals(s.down, 1-s.exact)
		switch {
		case s.kind == "times":
			times = append(times, exact)
		case s.kind == "all-needed":
			series = append(series, exact)
			if s.parts == 10 && s.part == 0.999 {
				ten = append(ten, judge.Within(s.down, 0.009, 0.011))
			}
		case s.common > 0:
			correlated = append(correlated, exact)
			least = min(least, slices.Min(judge.Minus(s.down, s.struck)))
			if s.kind == "copies" && s.parts == 2 && s.part == 0.99 && s.common == 0.1 {
				twoCommon = append(twoCommon, judge.AtLeast(s.down, 0.001))
			}
		default:
			kOfN = append(kOfN, exact)
			if s.kind == "copies" && s.parts == 2 && s.part == 0.99 {
				two = append(two, judge.Within(s.down, 0.00009, 0.00011))
			}
			if s.kind == "k-of-n" && s.parts == 5 && s.part == 0.99 {
				needs[s.needed] = s.down
			}
		}
	}
	if needs[5] != nil && needs[4] != nil {
		oneMore = append(oneMore, judge.AtLeast(beyondTimes(needs[5], 40, needs[4]), 0))
	}
	judge.State(r, upSeries, series)
	judge.State(r, upTen, ten)
	judge.State(r, upKOfN, kOfN)
	judge.State(r, upTwo, two)
	judge.State(r, upOneMore, oneMore)
	judge.State(r, upCorrelated, correlated)
	if math.IsInf(least, 1) {
		r.NotHere(upCapped)
	} else {
		r.Finding(lab.Finding{Sentence: upCapped, Measured: least, Bound: 0, Holds: least >= 0})
	}
	judge.State(r, upTwoCommon, twoCommon)
	judge.State(r, upTimes, times)
	return a.monthFindings(r)
}

// allowed is how long a service may be down in a month.
func (a *availabilityRun) allowed() (time.Duration, error) {
	slo, err := estimate.NewSLO(a.objective, month)
	return a.budget(slo), err
}

func (a *availabilityRun) monthFindings(r *lab.Run) error {
	allowed, err := a.allowed()
	if err != nil {
		return err
	}
	if a.objective == 0.9999 {
		judge.Exactly(r, upBudget, allowed.Seconds(), 259.2)
	} else {
		r.NotHere(upBudget)
	}
	var months, half, long []judge.Requirement
	for _, m := range a.months {
		if !m.rare {
			months = append(months, judge.Equals(m.missed, m.exact))
		}
		budgets := m.minutes / allowed.Minutes() // that an incident takes
		if m.spent == 0.5 && budgets >= 0.25 && budgets <= 2 {
			half = append(half, judge.Within(m.missed, 0.12, 0.21))
		}
		// Of objectives below, ten budgets are so long that a month seldom begins and ends up.
		if m.spent == 2 && budgets >= 10 && a.objective >= 0.999 {
			long = append(long, judge.AtMost(m.missed, 0.2))
		}
	}
	judge.State(r, upMonths, months)
	judge.State(r, upHalf, half)
	judge.State(r, upLong, long)
	return nil
}
