package estimating

import (
	"fmt"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// Availability lets parts fail and be repaired, and sees for how long what is made of them is down: parts that are all needed, copies of which one is enough,
// and what lies between. Copies fail independently of each other, or share a part of their downtime, which takes all of them at once: a
// deploy, a configuration, a zone. The last panel counts the months of 30 days in which a service is down for longer than its objective allows,
// although it spends only a part of that in the mean, by how long its incidents take.
//
// Dashed is what formulas say; an outage that is too rare to be seen some hundreds of times in a run is not simulated, and has the formula alone.
//
// In data.csv case is all-needed, copies (one is enough), k-of-n, times (systems whose parts are up and down for times of other distributions, which times
// names) or months; part is the availability of one part, all its causes counted, and of months that of the service; common is the share of its downtime
// that a part has in common with the others; spent is the part of the budget that is spent in the mean, and incident_min the mean length of an
// incident. Of months, exact, simulated, low and high are shares of months that miss the objective, and of all else they are availabilities: the mean of all runs,
// with its 95% interval, which is empty, and runs 0, where outages are too rare.
var Availability = availability(soundAvailability, judge.Effort{})

// availabilityParts are what findings are about, so that tests can plant others.
type availabilityParts struct {
	simulate   func(s estimatesim.Redundant, e *sim.Engine, warmUp, window time.Duration, windows int) (*estimatesim.Outages, error)
	series     func(parts ...float64) (float64, error)
	parallel   func(parts ...float64) (float64, error)
	kOfN       func(k int, parts ...float64) (float64, error)
	correlated func(k, n int, up, common float64) (float64, error)
	missed     func(allowed, window, up, down time.Duration) (float64, error)
	budget     func(estimate.SLO) time.Duration
}

var soundAvailability = availabilityParts{
	estimatesim.Redundant.Run, estimate.Series, estimate.Parallel, estimate.KOfN, estimate.Correlated, estimatesim.DownLonger, estimate.SLO.Downtime,
}

const month = 30 * 24 * time.Hour

func availability(parts availabilityParts, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "availability",
		Topic:    "estimating",
		Question: "How available is what is made of parts that fail, and how many months does an error budget last?",
		Guide:    []string{"est.availability"},
		Packages: []string{"estimate.Series", "estimate.KOfN", "estimate.Correlated", "estimate.SLO", "estimatesim.Redundant"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			a := &availabilityRun{availabilityParts: parts, effort: effort}
			a.needed = p.Ints("needed", []int{1, 2, 5, 10, 20, 30}, "parts", "numbers of them that are all needed", lab.Within(1, 100))
			a.part = p.Float("part", 0.999, "", "availability of each of these", lab.Within(0.5, 0.9999))
			a.copies = p.Ints("copies", []int{1, 2, 3, 4, 5}, "copies", "numbers of them, of which one is enough", lab.Within(1, 20))
			a.of = p.Int("of", 5, "copies", "of which some are needed", lab.Within(1, 10))
			a.copy = p.Float("copy", 0.99, "", "availability of each copy", lab.Within(0.5, 0.9999))
			a.common = p.Float("common", 0.1, "of its downtime", "what a copy has in common with the others", lab.Within(0.0, 1))
			a.objective = p.Float("objective", 0.9999, "of a month", "how long a service is to be up", lab.Within(0.9, 0.99999))
			a.spends = p.Floats("spent", []float64{0.5, 2}, "of the budget", "what is spent in the mean; at most two numbers", lab.Within(0.1, 4))
			a.incidents = p.Floats("incident", []float64{0.5, 1, 2, 3, 5, 10, 30, 120}, "minutes", "mean lengths of incidents", lab.Within(0.01, 10_000))
			p.Refuse(a.unfit())
			return a.run
		},
	}
}

type availabilityRun struct {
	availabilityParts
	effort       judge.Effort
	needed       []int // ascending in a run, as all lists
	part         float64
	copies       []int
	of           int
	copy, common float64
	objective    float64
	spends       []float64
	incidents    []float64 // minutes

	systems []redundancy
	months  []spentMonths
}

// redundancy is a system of parts.
type redundancy struct {
	kind          string
	times         string // that its parts are up and down for
	parts, needed int
	part, common  float64
	exact         float64   // availability
	down, struck  []float64 // shares of the time, run by run: down, and with the common cause; none where that is too rare
}

// spentMonths is a service whose incidents have a mean length.
type spentMonths struct {
	spent, minutes float64
	exact          float64   // the share of months that miss the objective
	missed         []float64 // the same, run by run
	rare           bool      // too few months miss, or too few do not, for an interval
}

func (a *availabilityRun) unfit() error {
	if len(a.spends) > 2 {
		return fmt.Errorf("-spent must be at most 2 numbers: %d", len(a.spends))
	}
	const small = 0.001 // less would fail once in more time than a run has
	if c := a.common; c > 0 && c < 1 && (c < small || c > 1-small) {
		return fmt.Errorf("-common must be 0 or 1, or lie in [%v, %v]: %v", small, 1-small, c)
	}
	const least, most = 0.01, 1_000.0
	for _, spent := range a.spends {
		for _, minutes := range a.incidents {
			if a.spentUp(spent) < 0.5 {
				return fmt.Errorf("-objective and -spent must leave a service up for half of the time or more: %v and %v", a.objective, spent)
			}
			if n := a.incidentsIn(month, spent, minutes); n < least || n > most {
				return fmt.Errorf("-objective, -spent and -incident must make %v to %v incidents a month: %v, %v and %v min, %.2g", least, most, a.objective, spent, minutes, n)
			}
		}
	}
	return nil
}

func (a *availabilityRun) run(r *lab.Run) error {
	slices.Sort(a.needed)
	slices.Sort(a.copies)
	slices.Sort(a.spends)
	slices.Sort(a.incidents)
	runs := a.effort.Runs(40, 200, r.Full)
	a.systems, a.months = nil, nil
	for _, s := range a.plan() {
		r.Progress("%s: %d of %d", s.kind, s.needed, s.parts)
		if err := a.measure(r, runs, &s); err != nil {
			return fmt.Errorf("%s: %d of %d: %w", s.kind, s.needed, s.parts, err)
		}
		a.systems = append(a.systems, s)
	}
	for _, spent := range a.spends {
		r.Progress("months, %v of the budget is spent", spent)
		for _, minutes := range a.incidents {
			m, err := a.measureMonths(r.Seed, runs, spent, minutes)
			if err != nil {
				return fmt.Errorf("incidents of %v min: %w", minutes, err)
			}
			a.months = append(a.months, m)
		}
	}
	if err := a.rows(r, runs); err != nil {
		return err
	}
	if err := a.findings(r); err != nil {
		return err
	}
	figure, err := a.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

func (a *availabilityRun) rows(r *lab.Run, runs int) error {
	table := r.Table("case", "times", "parts", "needed", "part", "common", "spent", "incident_min", "runs", "exact", "simulated", "low", "high")
	for _, s := range a.systems {
		row := []any{s.kind, s.times, s.parts, s.needed, s.part, s.common, nil, nil}
		if s.down == nil {
			table.Row(append(row, 0, s.exact, nil, nil, nil)...)
			continue
		}
		down, err := judge.Charted(s.down)
		if err != nil {
			return err
		}
		table.Row(append(row, runs, s.exact, 1-down.Estimate, 1-down.High, 1-down.Low)...)
	}
	for _, m := range a.months {
		missed, err := judge.Charted(m.missed)
		if err != nil {
			return err
		}
		table.Row("months", "exponential", 1, 1, a.spentUp(m.spent), 0.0, m.spent, m.minutes, runs, m.exact, missed.Estimate, missed.Low, missed.High)
	}
	return nil
}

// plan is the systems of a run.
func (a *availabilityRun) plan() (all []redundancy) {
	shares := []float64{0}
	if a.common > 0 {
		shares = append(shares, a.common)
	}
	for _, n := range a.needed {
		all = append(all, redundancy{kind: "all-needed", parts: n, needed: n, part: a.part})
	}
	for _, common := range shares {
		for _, n := range a.copies {
			all = append(all, redundancy{kind: "copies", parts: n, needed: 1, part: a.copy, common: common})
		}
		for k := 1; k <= a.of; k++ {
			all = append(all, redundancy{kind: "k-of-n", parts: a.of, needed: k, part: a.copy, common: common})
		}
	}
	for i := range all {
		all[i].times = timesExponential
	}
	for _, times := range []string{timesRegular, timesErratic} {
		for _, s := range []redundancy{
			{parts: 1, needed: 1, part: a.part}, {parts: 10, needed: 10, part: a.part},
			{parts: a.of, needed: max(1, a.of-1), part: a.copy}, {parts: 2, needed: 1, part: a.copy, common: a.common},
		} {
			s.kind, s.times = "times", times
			all = append(all, s)
		}
	}
	return all
}

// exactly is what the formula of its kind says of a system.
func (a *availabilityRun) exactly(s redundancy) (float64, error) {
	alike := slices.Repeat([]float64{s.part}, s.parts)
	switch {
	case s.common > 0:
		return a.correlated(s.needed, s.parts, s.part, s.common)
	case s.kind == "copies":
		return a.parallel(alike...)
	case s.kind == "k-of-n" || s.needed < s.parts:
		return a.kOfN(s.needed, alike...)
	}
	return a.series(alike...)
}
