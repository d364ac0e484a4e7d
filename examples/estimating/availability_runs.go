package estimating

import (
	"math"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// The distributions of the times for which parts are up and down.
const (
	timesExponential = "exponential"
	timesRegular     = "regular" // Erlang's of four stages: parts wear out, and repairs are much alike
	timesErratic     = "erratic" // lognormal, of a squared coefficient of variation of 4: parts fail early or late, and some repairs are long
)

// repair is the mean of all repairs: availabilities depend on its ratio to the time between failures alone.
const repair = time.Millisecond

// repaired is what fails and is repaired, and is up for that share of the time; the zero value if that is all but for rounding.
func repaired(times string, up float64) (r estimatesim.Repaired, between time.Duration, err error) {
	if up > 1-1e-12 {
		return r, 0, nil
	}
	between = time.Duration(up / (1 - up) * float64(repair))
	draw := workload.NewExponential
	switch times {
	case timesRegular:
		draw = func(mean time.Duration) (workload.ServiceTime, error) { return workload.NewErlang(4, mean) }
	case timesErratic:
		draw = func(mean time.Duration) (workload.ServiceTime, error) { return workload.NewLognormal(mean, 4) }
	}
	if r.Up, err = draw(between); err != nil {
		return r, 0, err
	}
	r.Down, err = draw(repair)
	return r, between, err
}

// measure fills in what formula and simulation say of a system.
func (a *availabilityRun) measure(r *lab.Run, runs int, s *redundancy) error {
	var err error
	if s.exact, err = a.exactly(*s); err != nil {
		return err
	}
	none := 1 - s.common*(1-s.part) // the common cause is absent
	alone := min(1, s.part/none)    // a part is up by its own
	each, between, err := repaired(s.times, alone)
	if err != nil {
		return err
	}
	cause, apart, err := repaired(s.times, none)
	if err != nil {
		return err
	}
	length, seen := a.length(*s, alone, none, r.Full)
	if !seen {
		return nil
	}
	// What is left of the start falls with the time of a repair where times are exponential, and within a few failures where they are others.
	warmUp := 10 * max(between, apart)
	system := estimatesim.Redundant{Parts: s.parts, Needed: s.needed, Each: each, Common: cause}
	all, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) (*estimatesim.Outages, error) { return a.simulate(system, e, warmUp, length, 1) })
	if err != nil {
		return err
	}
	s.down = judge.Column(all, func(o *estimatesim.Outages) float64 { return o.Down })
	s.struck = judge.Column(all, func(o *estimatesim.Outages) float64 { return o.Common })
	return nil
}

// length is how long a run must be for six hundred outages, or for as many as a run can afford. With less than two hundred it would say little: of so many in each of
// forty runs the mean has a skewness of some 2/√8,000, and is as good as normal.
//
// A part fails once in the time of a failure and a repair, and takes the system down if just as many others are up as are needed with it.
func (a *availabilityRun) length(s redundancy, alone, none float64, full bool) (time.Duration, bool) {
	const enough, least = 600, 200
	affordable := 400_000.0 // failures of a run
	if full {
		affordable *= 10
	}
	n, k := s.parts, s.needed
	failures := float64(n) * (1 - alone) // in the time of a repair
	outages := failures * binomial(n-1, k-1) * math.Pow(alone, float64(k-1)) * math.Pow(1-alone, float64(n-k)) * none
	outages += 1 - none
	repairs := min(enough/outages, affordable/(failures+1-none))
	if a.effort.Tiny {
		return time.Duration(min(repairs, 20_000) * float64(repair)), repairs*outages >= least
	}
	return time.Duration(repairs * float64(repair)), repairs*outages >= least
}

// binomial is the number of ways to choose k of n.
func binomial(n, k int) float64 {
	ways := 1.0
	for i := range k {
		ways *= float64(n-i) / float64(i+1)
	}
	return ways
}

// spentUp is the availability of a service that spends that part of its budget in the mean.
func (a *availabilityRun) spentUp(spent float64) float64 { return 1 - spent*(1-a.objective) }

// incidentsIn is how many begin in a period.
func (a *availabilityRun) incidentsIn(period time.Duration, spent, minutes float64) float64 {
	return period.Minutes() * (1 - a.spentUp(spent)) / minutes
}

// measureMonths is for a service of one part.
func (a *availabilityRun) measureMonths(seed uint64, runs int, spent, minutes float64) (m spentMonths, err error) {
	m.spent, m.minutes = spent, minutes
	available := a.spentUp(spent)
	down := time.Duration(minutes * float64(time.Minute))
	up := time.Duration(float64(down) * available / (1 - available))
	allowed, err := a.allowed()
	if err != nil {
		return m, err
	}
	if m.exact, err = a.missed(allowed, month, up, down); err != nil {
		return m, err
	}
	var service estimatesim.Repaired
	if service.Up, err = workload.NewExponential(up); err != nil {
		return m, err
	}
	if service.Down, err = workload.NewExponential(down); err != nil {
		return m, err
	}
	most := 200_000.0 // incidents of a run
	if a.effort.Tiny {
		most /= 1_000
	}
	months := max(20, int(min(1_000, most/a.incidentsIn(month, spent, minutes))))
	// Times are exponential: what is left of the start falls to 1/e with each repair.
	system := estimatesim.Redundant{Parts: 1, Needed: 1, Each: service}
	m.missed, err = sim.Replicate(seed, runs, func(e *sim.Engine) (float64, error) {
		o, err := a.simulate(system, e, 40*down, month, months)
		if err != nil {
			return 0, err
		}
		missed := 0
		for _, d := range o.Windows {
			if d > allowed {
				missed++
			}
		}
		return float64(missed) / float64(months), nil
	})
	m.rare = float64(runs*months)*min(m.exact, 1-m.exact) < 200
	return m, err
}
