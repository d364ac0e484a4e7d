package estimating

import (
	"fmt"
	"math"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// PeakFactor has package estimate size two fleets at the same target utilisation, one for the mean rate of the day and one for its peak, and simulates each
// request of a day whose noon is busy and whose night is not. Both meet the same requests, one line before all servers, and exponential times; midnight
// finds no line, and nobody gives up. Dashed is what a fluid does. On the right the users of the same curve live in more and more time zones.
//
// In data.csv mean is that of all runs, with its 95% interval in low and high, and theory what it should be, of a fluid where it is about a line, empty where
// that is not known. The quantity rate_rps is what comes in the quarter of an hour around hour, in requests a second, and line_s how long a request
// would wait at that hour, in seconds. Of a whole day are overloaded_h (hours in whose quarters more comes than the servers can do), longest_s and mean_wait_s (of
// requests), late_share (of requests that wait for a minute or more), last_late_h (when the last of these comes), idle_share (of servers' time), and
// servers (how many a fleet has in the mean that is sized anew for each quarter of an hour). The fleet is mean, peak or follows. peak_factor is the busiest hour
// over the mean of the day, by the number of time zones.
var PeakFactor = peakFactor(soundSizing, judge.Effort{})

// sizing is how fleets come about, and a day, so that tests can plant others.
type sizing struct {
	mean, peak func(estimate.Traffic) (estimate.Estimate[estimate.Rate], error)
	servers    func(estimate.Servers) (estimate.Estimate[estimate.Count], error)
	follow     func(estimate.Servers) (estimate.Estimate[estimate.Count], error) // for one quarter of an hour
	day        func(r estimatesim.Rush, e *sim.Engine, fleets ...int) (estimatesim.Came, error)
}

var soundSizing = sizing{estimate.Traffic.Mean, estimate.Traffic.PeakRate, estimate.Servers.Total, estimate.Servers.Total, estimatesim.Rush.Run}

const (
	secondsOfDay     = 86_400.0
	secondsOfQuarter = secondsOfDay / estimatesim.Quarters
)

// spreads are the numbers of time zones on the right.
var spreads = []int{1, 4, 8, 12, 16, 20, 24}

func peakFactor(parts sizing, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "peak-factor",
		Topic:    "estimating",
		Question: "How do servers for the mean rate of a day bear the day?",
		Guide:    []string{"est.rps"},
		Packages: []string{"estimate.Traffic", "estimate.Servers", "estimatesim.Rush"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			f := &peakRun{sizing: parts, effort: effort}
			f.traffic.Users = usersParameter(p, "100k", "who are active on a day", 1, 1_000_000_000_000)
			f.traffic.PerUser = p.Float("per-user", 5, "requests a day", "of each user", lab.Within(0.001, 100_000.0))
			f.factor = p.Float("peak", 3, "times the mean", "the busiest hour of one time zone", lab.Within(1, 8.0))
			f.zones = p.Int("zones", 1, "time zones", "over which the users of the day are spread evenly", lab.Within(1, 24))
			f.target = p.Float("target", 0.7, "of capacity", "the utilisation that servers are sized for", lab.Within(0.3, 0.95))
			f.each = p.Float("each", 0.5, "requests a second", "what one server can do at the most", lab.Within(0.1, 100.0))
			p.Refuse(f.unfit())
			return f.run
		},
	}
}

type peakRun struct {
	sizing
	effort               judge.Effort
	traffic              estimate.Traffic
	factor, target, each float64
	zones                int

	rush    estimatesim.Rush
	rate    struct{ mean, peak estimate.Rate }
	fleets  [2]busyFleet // for the mean, and for the peak
	days    []estimatesim.Came
	follows []float64   // servers in the mean of a day, run by run
	factors [][]float64 // of each of spreads, run by run
	exact   []float64   // the same
	erlang  float64     // the formula's mean wait of the busiest minute, in seconds, for the servers that the peak needs
}

// busyFleet is one fleet's day.
type busyFleet struct {
	name    string
	servers int
	fluid   estimatesim.Overload
	days    []estimatesim.Rushed // run by run
}

func (f *peakRun) unfit() error {
	const least, most = 50_000.0, 1_000_000.0 // of which twenty days take two seconds
	mean, err := f.traffic.Mean()
	if err != nil {
		return err
	}
	if n := float64(mean.Value) * secondsOfDay; n < least || n > most*(1+1e-9) {
		return fmt.Errorf("-users and -per-user must make %s to %s requests a day: %.4g", judge.Commas(least), judge.Commas(most), n)
	}
	servers, err := f.size(estimate.Servers.Total, mean.Value)
	if err != nil {
		return err
	}
	const fewest, highest = 4, 10_000
	if servers < fewest || servers > highest {
		return fmt.Errorf("-users, -per-user, -target and -each must ask for %d to %s servers for the mean: %s", fewest, judge.Commas(highest), judge.Commas(servers))
	}
	return nil
}

// size is how many servers a rate needs.
func (f *peakRun) size(by func(estimate.Servers) (estimate.Estimate[estimate.Count], error), rate estimate.Rate) (int, error) {
	n, err := by(estimate.Servers{Peak: rate, Each: estimate.Rate(f.each), Utilisation: f.target, Zones: 1})
	return int(n.Value), err
}

func (f *peakRun) run(r *lab.Run) error {
	if err := f.plan(); err != nil {
		return err
	}
	runs := f.effort.Runs(20, 100, r.Full)
	r.Progress("a day with %d and with %d servers", f.fleets[0].servers, f.fleets[1].servers)
	rush := f.rush
	if f.effort.Tiny {
		const slowly = 20 // a day of fewer and longer requests
		var err error
		if rush.Service, err = workload.NewExponential(slowly * rush.Service.Mean()); err != nil {
			return err
		}
		rush.Mean /= slowly
	}
	var err error
	if f.days, err = sim.Replicate(r.Seed, runs, func(e *sim.Engine) (estimatesim.Came, error) {
		return f.day(rush, e, f.fleets[0].servers, f.fleets[1].servers)
	}); err != nil {
		return err
	}
	for i := range f.fleets {
		f.fleets[i].days = judge.Column(f.days, func(c estimatesim.Came) estimatesim.Rushed { return c.Fleets[i] })
	}
	if err := f.followed(); err != nil {
		return err
	}
	if err := f.spread(r, runs); err != nil {
		return err
	}
	if err := f.fill(r, runs); err != nil {
		return err
	}
	f.findings(r)
	figure, err := f.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// plan has the formulas size both fleets, for a day of that shape.
func (f *peakRun) plan() error {
	shape, err := estimatesim.NewDiurnal(f.factor, f.zones)
	if err != nil {
		return err
	}
	f.traffic.Peak = max(1, math.Round(shape.Busiest()*1e9)/1e9) // what is found by bisection is not exact
	exactly, err := estimate.Traffic.Mean(f.traffic)
	if err != nil {
		return err
	}
	mean, err := f.mean(f.traffic)
	if err != nil {
		return err
	}
	peak, err := f.peak(f.traffic)
	if err != nil {
		return err
	}
	f.rate.mean, f.rate.peak = mean.Value, peak.Value
	service := time.Duration(float64(time.Second) / f.each)
	times, err := workload.NewExponential(service)
	if err != nil {
		return err
	}
	f.rush = estimatesim.Rush{Shape: shape, Mean: float64(exactly.Value), Service: times}
	for i, of := range []struct {
		name string
		rate estimate.Rate
	}{{"mean", f.rate.mean}, {"peak", f.rate.peak}} {
		f.fleets[i] = busyFleet{name: of.name}
		if f.fleets[i].servers, err = f.size(f.servers, of.rate); err != nil {
			return err
		}
		if f.fleets[i].fluid, err = f.rush.Fluid(f.fleets[i].servers); err != nil {
			return err
		}
	}
	needed, err := f.size(estimate.Servers.Total, estimate.Rate(f.rush.Mean*f.traffic.Peak))
	if err != nil {
		return err
	}
	queue, err := estimate.NewMMC(f.rush.Mean*shape.Most(), service, needed)
	f.erlang = queue.MeanWait().Seconds()
	return err
}

// followed sizes a fleet anew for each quarter of an hour, with the knowledge of what will come in it.
func (f *peakRun) followed() error {
	f.follows = nil
	for _, day := range f.days {
		sum := 0
		for _, n := range day.Requests {
			servers, err := f.size(f.follow, estimate.Rate(float64(n)/secondsOfQuarter))
			if err != nil {
				return err
			}
			sum += servers
		}
		f.follows = append(f.follows, float64(sum)/estimatesim.Quarters)
	}
	return nil
}

// spread measures the peak factor of users in more and more time zones, of fewer requests than the day has.
func (f *peakRun) spread(r *lab.Run, runs int) error {
	requests := 50_000.0
	if f.effort.Tiny {
		requests /= 20
	}
	f.factors, f.exact = nil, nil
	for _, zones := range spreads {
		r.Progress("%d time zones", zones)
		rush := f.rush
		rush.Mean = requests / secondsOfDay
		var err error
		if rush.Shape, err = estimatesim.NewDiurnal(f.factor, zones); err != nil {
			return err
		}
		days, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) (estimatesim.Came, error) { return f.day(rush, e) })
		if err != nil {
			return err
		}
		f.factors = append(f.factors, judge.Column(days, func(c estimatesim.Came) float64 {
			return c.Busiest() * secondsOfDay / float64(c.All())
		}))
		f.exact = append(f.exact, rush.Shape.Busiest())
	}
	return nil
}
