package estimating

import (
	"fmt"
	"math"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of peak-factor.
const (
	rateOfMean   = "over the day requests come at the rate that Traffic.Mean says"
	rateOfPeak   = "in the busiest hour they come at the rate that Traffic.PeakRate says"
	meanOverload = "servers for the mean are asked for more than they can do for as long as the day's curve says, to half an hour"
	meanLongest  = "the longest wait for servers for the mean is a fluid's, to 5%"
	meanLate     = "as many requests to servers for the mean wait for a minute or more as of a fluid, to 2% of all"
	meanDrains   = "servers for the mean make requests wait for a minute or more as long after their overload has ended as a fluid does, to a quarter of an hour"
	meanHours    = "at a peak factor of 3 and a target of 70%, servers for the mean make most of a day's requests wait for a minute, and one for three hours"
	peakBears    = "servers for the peak are asked for more than they can do in no quarter of an hour"
	peakOnTime   = "no request to servers for the peak waits for a minute"
	peakErlang   = "requests to servers for the peak wait no longer in the mean than Erlang's formula says of the busiest minute"
	peakIdles    = "servers for the peak are idle for all of the day but the mean rate over what they can do"
	followsMean  = "servers that follow the load, sized anew for each quarter of an hour, are in the mean as many as servers for the mean, give or take one"
	zonesCurve   = "the peak factor of users in several time zones is what the zones' curves add up to, for all numbers of zones"
	zonesEight   = "with a peak factor of at most 3 in each, eight time zones still have seven tenths of the factor of one"
	zonesAll     = "users spread evenly over all 24 time zones have no peak: their busiest hour has the mean rate"
)

func (f *peakRun) findings(r *lab.Run) {
	judge.State(r, rateOfMean, []judge.Requirement{judge.Equals(f.column(func(c estimatesim.Came) float64 { return float64(c.All()) / secondsOfDay }), float64(f.rate.mean))})
	judge.State(r, rateOfPeak, []judge.Requirement{judge.Equals(f.column(estimatesim.Came.Busiest), float64(f.rate.peak))})

	mean, peak := &f.fleets[0], &f.fleets[1]
	judge.State(r, meanOverload, f.ifLarge(mean, judge.Within(f.overloaded(mean), mean.fluid.Lasts.Hours()-0.5, mean.fluid.Lasts.Hours()+0.5)))
	judge.State(r, meanLongest, f.ifLarge(mean, judge.Within(relative(mean.column(longest), mean.fluid.Longest), 0.95, 1.05)))
	judge.State(r, meanLate, f.ifLarge(mean, judge.Within(mean.column(late), mean.fluid.Late-0.02, mean.fluid.Late+0.02)))
	after := (mean.fluid.LastLate - mean.fluid.Ends).Hours()
	var drains []judge.Requirement
	if f.drains(mean) {
		drains = f.ifLarge(mean, judge.Within(mean.column(func(d estimatesim.Rushed) float64 { return (d.LastLate - mean.fluid.Ends).Hours() }), after-0.25, after+0.25))
	}
	judge.State(r, meanDrains, drains)
	var hours []judge.Requirement
	if f.traffic.Peak == 3 && f.target == 0.7 {
		hours = append(hours, judge.AtLeast(mean.column(late), 0.5), judge.AtLeast(mean.column(inHours(longest)), 3))
	}
	judge.State(r, meanHours, hours)

	judge.State(r, peakBears, []judge.Requirement{judge.AtMost(f.overloaded(peak), 0)})
	judge.State(r, peakOnTime, []judge.Requirement{judge.AtMost(peak.column(late), 0)})
	var erlang []judge.Requirement
	if f.traffic.Peak >= 1.2 { // on a flat day the mean wait is the formula's itself, and no bound for what is measured
		erlang = append(erlang, judge.AtMost(peak.column(waited), f.erlang))
	}
	judge.State(r, peakErlang, erlang)
	judge.State(r, peakIdles, []judge.Requirement{judge.Equals(peak.column(idle), f.idle(peak))})
	var follows []judge.Requirement
	// Rounding up adds half a server or so, and leaves half a one to either end. The number of all days' requests has the deviation of its square root.
	if chance := f.erring(float64(mean.servers)); 10*chance <= 0.5 {
		follows = append(follows, judge.Within(f.follows, float64(mean.servers-1), float64(mean.servers+1)))
	}
	judge.State(r, followsMean, follows)

	var curve, eight, all []judge.Requirement
	for i, zones := range spreads {
		curve = append(curve, judge.Equals(f.factors[i], f.exact[i]))
		switch {
		case zones == 8 && f.factor <= 3:
			eight = append(eight, judge.AtLeast(f.factors[i], 0.7*f.factor))
		case zones == 24:
			all = append(all, judge.Equals(f.factors[i], 1))
		}
	}
	judge.State(r, zonesCurve, curve)
	judge.State(r, zonesEight, eight)
	judge.State(r, zonesAll, all)
}

// ifLarge leaves out what is said of a fluid where it says little: a backlog that is not large against chance. The number of a day's requests has
// the deviation of its square root; a backlog of 80 times as much is 5% off only if chance is four deviations off.
func (f *peakRun) ifLarge(fleet *busyFleet, q judge.Requirement) []judge.Requirement {
	if fleet.fluid.Backlog < 80*math.Sqrt(f.rush.Mean*secondsOfDay) {
		return nil
	}
	return []judge.Requirement{q}
}

// erring is the deviation of what is in proportion to the requests, in the mean of all days.
func (f *peakRun) erring(size float64) float64 {
	return size / math.Sqrt(f.rush.Mean*secondsOfDay*float64(len(f.days)))
}

// drains says that a fluid's line is gone before midnight, and that enough requests come then to see it: twenty in a quarter of an hour.
func (f *peakRun) drains(fleet *busyFleet) bool {
	quarter := int(fleet.fluid.LastLate.Seconds() / secondsOfQuarter)
	return quarter < estimatesim.Quarters && f.expected(quarter)*secondsOfQuarter >= 20
}

// overloaded is in how many hours of a day more comes than a fleet can do, by quarters of an hour, run by run.
func (f *peakRun) overloaded(fleet *busyFleet) []float64 {
	capacity := f.each * float64(fleet.servers) * secondsOfQuarter
	return f.column(func(c estimatesim.Came) float64 {
		quarters := 0
		for _, n := range c.Requests {
			if float64(n) > capacity {
				quarters++
			}
		}
		return float64(quarters) * 24 / estimatesim.Quarters
	})
}

func (f *peakRun) column(of func(estimatesim.Came) float64) []float64 {
	return judge.Column(f.days, of)
}

func (b *busyFleet) column(of func(estimatesim.Rushed) float64) []float64 {
	return judge.Column(b.days, of)
}

// idle is the part of a fleet's time that a day does not need, in the mean.
func (f *peakRun) idle(fleet *busyFleet) float64 {
	return 1 - f.rush.Mean/(f.each*float64(fleet.servers))
}

func longest(d estimatesim.Rushed) float64  { return d.Longest }
func late(d estimatesim.Rushed) float64     { return d.Late }
func lastLate(d estimatesim.Rushed) float64 { return d.LastLate.Hours() }
func waited(d estimatesim.Rushed) float64   { return d.Mean }
func idle(d estimatesim.Rushed) float64     { return d.Idle }

// inHours is a number of seconds in hours.
func inHours(of func(estimatesim.Rushed) float64) func(estimatesim.Rushed) float64 {
	return func(d estimatesim.Rushed) float64 { return of(d) / time.Hour.Seconds() }
}

// middle is the time of the middle of a quarter of an hour, in hours; its end is an eighth of an hour later.
func middle(quarter int) float64 { return (float64(quarter) + 0.5) * 24 / estimatesim.Quarters }

// expected is the rate of a quarter of an hour that the curve says.
func (f *peakRun) expected(quarter int) float64 {
	const minutes = 24 * 60 / estimatesim.Quarters
	sum := 0.0
	for i := range minutes {
		sum += f.rush.Shape.At(time.Duration(quarter*minutes+i) * time.Minute)
	}
	return f.rush.Mean * sum / minutes
}

func (f *peakRun) fill(r *lab.Run, runs int) error {
	table := r.Table("quantity", "fleet", "servers", "zones", "hour", "runs", "theory", "mean", "low", "high")
	row := func(quantity, fleet string, servers any, zones int, hour any, theory float64, values []float64) error {
		interval, err := judge.Charted(values)
		if err != nil {
			return fmt.Errorf("%s: %w", quantity, err)
		}
		table.Row(quantity, fleet, servers, zones, hour, runs, theory, interval.Estimate, interval.Low, interval.High)
		return nil
	}
	for q := range estimatesim.Quarters {
		rates := f.column(func(c estimatesim.Came) float64 { return float64(c.Requests[q]) / secondsOfQuarter })
		if err := row("rate_rps", "", nil, f.zones, middle(q), f.expected(q), rates); err != nil {
			return err
		}
	}
	for i := range f.fleets {
		b := &f.fleets[i]
		for q, theory := range b.fluid.Line {
			line := b.column(func(d estimatesim.Rushed) float64 { return d.Line[q] })
			if err := row("line_s", b.name, b.servers, f.zones, middle(q)+0.125, theory, line); err != nil {
				return err
			}
		}
		for _, of := range []struct {
			quantity string
			theory   float64
			values   []float64
		}{
			{"overloaded_h", b.fluid.Lasts.Hours(), f.overloaded(b)},
			{"longest_s", b.fluid.Longest, b.column(longest)},
			{"mean_wait_s", math.NaN(), b.column(waited)},
			{"late_share", b.fluid.Late, b.column(late)},
			{"last_late_h", b.fluid.LastLate.Hours(), b.column(lastLate)},
			{"idle_share", f.idle(b), b.column(idle)},
		} {
			if err := row(of.quantity, b.name, b.servers, f.zones, nil, of.theory, of.values); err != nil {
				return err
			}
		}
	}
	if err := row("servers", "follows", nil, f.zones, nil, math.NaN(), f.follows); err != nil {
		return err
	}
	for i, zones := range spreads {
		if err := row("peak_factor", "", nil, zones, nil, f.exact[i], f.factors[i]); err != nil {
			return err
		}
	}
	return nil
}
