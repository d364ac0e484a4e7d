package estimating

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// AveragedP99 draws two ways to report a percentile that no request ever met. On the left are servers, one of them slow, and the average of their p99s against
// the p99 of all requests, by how many of these go to the slow one. Times are exponential, so that the p99 of all is known exactly, and dashed. On the
// right is one server that stalls from time to time, and a tool that tests it: one that has a request under way does not send those whose time comes in a
// stall, and so leaves out nearly all that were slow. What the length and the frequency of stalls say is dashed.
//
// In data.csv part is servers or stalls. Of servers, reported is all (the p99 of all requests), average (of the servers' p99s), or weighted (the same, by
// requests), and share the part of all requests that go to the slow server. Of stalls, reported is planned (each request is sent when the plan says),
// waiting (it waits for the one before), or filled (the missing ones are filled in afterwards), and share is empty. latency_ms is the mean of the percentile over
// all runs, with its 95% interval in low and high, and theory_ms what it should be, empty where that is not known.
var AveragedP99 = averagedP99(soundReports, judge.Effort{})

// reports are how percentiles come about, so that tests can plant others.
type reports struct {
	all      func(servers []stats.Histogram) (time.Duration, error) // the p99 of all requests
	average  func(p99s, shares []float64) float64                   // shares of requests
	weighted func(p99s, shares []float64) float64
	test     func(estimatesim.LoadTest, *rand.Rand) (*estimatesim.Reported, error)
}

var soundReports = reports{
	all: func(servers []stats.Histogram) (time.Duration, error) {
		var all stats.Histogram
		for i := range servers {
			all.Merge(&servers[i])
		}
		return all.Quantile(p99)
	},
	average: func(p99s, _ []float64) float64 { return judge.Mean(p99s) },
	weighted: func(p99s, shares []float64) float64 {
		sum := 0.0
		for i, p := range p99s {
			sum += p * shares[i]
		}
		return sum
	},
	test: estimatesim.LoadTest.Run,
}

const (
	p99         = 0.99
	fastService = time.Millisecond // mean, of servers that are not slow
)

// reportedPercentiles are those of the right panel.
var reportedPercentiles = []float64{0.5, 0.75, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999}

func averagedP99(parts reports, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "averaged-p99",
		Topic:    "estimating",
		Question: "What does an average of p99s say, and what does a load test say that waits for each answer?",
		Guide:    []string{"obs.percentiles"},
		Packages: []string{"stats.Histogram", "estimatesim.LoadTest"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			a := &averagedRun{reports: parts, effort: effort}
			a.servers = p.Int("servers", 10, "servers", "one of them slow", lab.Within(2, 100))
			a.slow = p.Float("slow", 10, "times", "the mean time of the slow server, of that of the others", lab.Within(1, 1_000.0))
			a.shares = p.Floats("shares", []float64{0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5}, "of requests", "what goes to the slow server", lab.Within(0.001, 0.999))
			a.plan.Stall = p.Duration("stall", time.Second, "how long a stall takes", lab.Within(time.Millisecond, time.Minute))
			a.plan.Every = p.Duration("every", 20*time.Second, "from one stall to the next", lab.Within(10*time.Millisecond, time.Hour))
			a.plan.Interval = p.Duration("interval", 10*time.Millisecond, "from one request of the test to the next", lab.Within(2*time.Millisecond, time.Minute))
			a.plan.Service = fastService
			p.Refuse(a.unfit())
			return a.run
		},
	}
}

type averagedRun struct {
	reports
	effort  judge.Effort
	servers int
	slow    float64
	shares  []float64 // ascending in a run
	plan    estimatesim.LoadTest

	fleets []fleetReport
	stalls []stallReport
}

// fleetReport are p99s in milliseconds, run by run.
type fleetReport struct {
	share                  float64
	exact                  float64
	all, average, weighted []float64
}

// stallReport is a percentile in milliseconds, run by run.
type stallReport struct {
	percentile, theory       float64
	planned, waiting, filled []float64
}

func (a *averagedRun) unfit() error {
	const cycles, mostRequests = 20, 500_000
	if a.plan.Stall > a.plan.Every/2 {
		return fmt.Errorf("-stall must be at most half of -every: %v and %v", a.plan.Stall, a.plan.Every)
	}
	a.plan.Length = cycles * a.plan.Every // the same number of stalls in each run
	if n := a.plan.Length / a.plan.Interval; n > mostRequests {
		return fmt.Errorf("-every and -interval must make at most %d requests in %d stalls: %d", mostRequests, cycles, n)
	}
	if n := a.plan.Length / a.plan.Interval; n < 1_000 {
		return fmt.Errorf("-every and -interval must make at least 1000 requests in %d stalls, for a p99.9: %d", cycles, n)
	}
	if len(a.shares) > 20 {
		return fmt.Errorf("-shares must be at most 20 numbers: %d", len(a.shares))
	}
	return nil
}

func (a *averagedRun) run(r *lab.Run) error {
	slices.Sort(a.shares)
	runs := a.effort.Runs(40, 200, r.Full)
	table := r.Table("part", "reported", "share", "percentile", "runs", "theory_ms", "latency_ms", "low", "high")
	row := func(part, reported string, share any, percentile, theory float64, values []float64) error {
		interval, err := judge.Charted(values)
		if err != nil {
			return err
		}
		table.Row(part, reported, share, percentile, len(values), theory, interval.Estimate, interval.Low, interval.High)
		return nil
	}
	a.fleets, a.stalls = nil, nil
	for _, share := range a.shares {
		r.Progress("%d servers, %v of all requests to the slow one", a.servers, share)
		f, err := a.fleet(r.Seed, runs, share)
		if err != nil {
			return fmt.Errorf("share %v: %w", share, err)
		}
		a.fleets = append(a.fleets, f)
		for _, of := range []struct {
			name   string
			theory float64
			values []float64
		}{{"all", f.exact, f.all}, {"average", math.NaN(), f.average}, {"weighted", math.NaN(), f.weighted}} {
			if err := row("servers", of.name, share, p99, of.theory, of.values); err != nil {
				return err
			}
		}
	}
	r.Progress("stalls of %v every %v", a.plan.Stall, a.plan.Every)
	if err := a.test(r.Seed, runs); err != nil {
		return err
	}
	for _, s := range a.stalls {
		for _, of := range []struct {
			name   string
			theory float64
			values []float64
		}{{"planned", s.theory, s.planned}, {"waiting", math.NaN(), s.waiting}, {"filled", math.NaN(), s.filled}} {
			if err := row("stalls", of.name, nil, s.percentile, of.theory, of.values); err != nil {
				return err
			}
		}
	}
	a.findings(r)
	figure, err := a.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// fleet measures servers of which the last is slow, and has a share of all requests.
func (a *averagedRun) fleet(seed uint64, runs int, share float64) (fleetReport, error) {
	const requests = 50_000 // of a run
	report := fleetReport{share: share, exact: a.exactP99(share)}
	type p99s struct{ all, average, weighted float64 }
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) (p99s, error) {
		servers := make([]stats.Histogram, a.servers)
		picks, times := e.Stream("picks"), e.Stream("times")
		for range requests {
			to, mean := a.servers-1, a.slow*float64(fastService)
			if picks.Float64() >= share {
				to, mean = picks.IntN(a.servers-1), float64(fastService)
			}
			servers[to].Record(time.Duration(times.ExpFloat64() * mean))
		}
		merged, err := a.all(servers)
		if err != nil {
			return p99s{}, err
		}
		var each, shares []float64
		for i := range servers {
			if servers[i].Count() == 0 {
				continue // nothing is reported
			}
			p, err := servers[i].Quantile(p99)
			if err != nil {
				return p99s{}, err
			}
			each, shares = append(each, judge.Milliseconds(p)), append(shares, float64(servers[i].Count())/requests)
		}
		return p99s{judge.Milliseconds(merged), a.average(each, shares), a.weighted(each, shares)}, nil
	})
	report.all = judge.Column(all, func(p p99s) float64 { return p.all })
	report.average = judge.Column(all, func(p p99s) float64 { return p.average })
	report.weighted = judge.Column(all, func(p p99s) float64 { return p.weighted })
	return report, err
}

// exactP99 is where the two exponential tails, each with its share, leave a hundredth; in milliseconds.
func (a *averagedRun) exactP99(share float64) float64 {
	beyond := func(t float64) float64 { return (1-share)*math.Exp(-t) + share*math.Exp(-t/a.slow) }
	low, high := 0.0, a.slow*math.Log(100)
	for range 100 {
		middle := (low + high) / 2
		if beyond(middle) > 1-p99 {
			low = middle
		} else {
			high = middle
		}
	}
	return high * judge.Milliseconds(fastService)
}

// test measures the server that stalls.
func (a *averagedRun) test(seed uint64, runs int) error {
	type percentiles struct{ planned, waiting, filled float64 }
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) ([]percentiles, error) {
		reported, err := a.reports.test(a.plan, e.Stream("server"))
		if err != nil {
			return nil, err
		}
		var of []percentiles
		for _, p := range reportedPercentiles {
			var each [3]float64
			for i, h := range []*stats.Histogram{&reported.Planned, &reported.Waiting, &reported.Filled} {
				d, err := h.Quantile(p)
				if err != nil {
					return nil, err
				}
				each[i] = judge.Milliseconds(d)
			}
			of = append(of, percentiles{each[0], each[1], each[2]})
		}
		return of, nil
	})
	if err != nil {
		return err
	}
	for i, p := range reportedPercentiles {
		theory, err := a.plan.Percentile(p)
		if err != nil {
			return err
		}
		s := stallReport{percentile: p, theory: judge.Milliseconds(theory)}
		s.planned = judge.Column(all, func(of []percentiles) float64 { return of[i].planned })
		s.waiting = judge.Column(all, func(of []percentiles) float64 { return of[i].waiting })
		s.filled = judge.Column(all, func(of []percentiles) float64 { return of[i].filled })
		if theory == 0 {
			s.theory = math.NaN() // no stall is met, and the service is not in it
		}
		a.stalls = append(a.stalls, s)
	}
	return nil
}
