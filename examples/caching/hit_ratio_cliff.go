package caching

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// HitRatioCliff draws the hit ratio of a cache against the time that a request takes in the database behind it: a point of hit ratio that is lost
// near 100% is a multiple of the database's load.
//
// Requests come at Poisson times and hit by chance alone, so that misses come at Poisson times too; the database is M/M/c. In data.csv per_second is what
// the database got, with its interval; utilisation is exact; mean_ms and p99_ms are times in the database, waiting included, with their
// intervals, beside the exact ones in mean_theory_ms and p99_theory_ms.
var HitRatioCliff = hitRatioCliff(cachesim.Database.Run, judge.Effort{})

type serve func(cachesim.Database, *sim.Engine) (cachesim.Served, error)

func hitRatioCliff(serve serve, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "hit-ratio-cliff",
		Topic:    "caching",
		Question: "What does the database feel when a hit ratio of 99% falls to 98%?",
		Guide:    []string{"cache.cliff"},
		Packages: []string{"cachesim.Database", "estimate.MMC"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			c := &cliffRun{serve: serve, effort: effort}
			c.hits = p.Floats("hit", []float64{0.98, 0.981, 0.982, 0.9835, 0.985, 0.9875, 0.99, 0.995, 0.999}, "of requests", "hit ratios of the cache", lab.Within(0.0, 0.999999))
			c.perSecond = p.Float("rate", 10_000, "requests a second", "what the cache is asked for", lab.Within(0.1, 1e9))
			c.servers = p.Int("servers", 4, "servers", "of the database: connections, cores or disks that work at the same time", lab.Within(1, 1_000))
			c.service = p.Duration("service", 18*time.Millisecond, "mean time that a server works on a request", lab.Within(time.Microsecond, time.Hour))
			p.Refuse(c.saturated())
			return c.run
		},
	}
}

type cliffRun struct {
	serve     serve
	effort    judge.Effort
	hits      []float64 // ascending in a run
	perSecond float64
	servers   int
	service   time.Duration

	points []cliffPoint // by hit ratio
}

// cliffPoint is one hit ratio, run by run; times are in ms.
type cliffPoint struct {
	hit        float64
	theory     estimate.MMC
	p99        time.Duration // by theory
	perSecond  []float64
	means      []float64
	p99s       []float64
	beyond     []float64 // the share of requests that took longer than the exact 99th percentile
	mean, tail stats.Interval
}

// mostUtilised is beyond which a queue takes too long to settle.
const mostUtilised = 0.97

func (c *cliffRun) theory(hit float64) (estimate.MMC, error) {
	return estimate.NewMMC(c.perSecond*missRatio(hit), c.service, c.servers)
}

// missRatio is what is left to one, without the last digits that binary fractions add.
func missRatio(hit float64) float64 { return math.Round((1-hit)*1e12) / 1e12 }

func (c *cliffRun) saturated() error {
	for _, hit := range c.hits {
		if u := c.perSecond * missRatio(hit) / c.capacity(); u > mostUtilised {
			least := 1 - mostUtilised*c.capacity()/c.perSecond
			return fmt.Errorf("-hit, -rate, -servers and -service must keep the database below %.0f%% of its capacity: at a hit ratio of %v it is asked for %.4g%%; %d servers need one of %.6g or more",
				100*mostUtilised, hit, 100*u, c.servers, least)
		}
	}
	return nil
}

func (c *cliffRun) run(r *lab.Run) error {
	slices.Sort(c.hits)
	runs := c.effort.Runs(20, 50, r.Full)
	table := r.Table("hit_ratio", "runs", "per_second", "per_second_low", "per_second_high", "utilisation",
		"mean_ms", "mean_low_ms", "mean_high_ms", "mean_theory_ms", "p99_ms", "p99_low_ms", "p99_high_ms", "p99_theory_ms")
	for _, hit := range c.hits {
		r.Progress("hit ratio %v", hit)
		p, err := c.measure(r, runs, hit)
		if err != nil {
			return fmt.Errorf("a hit ratio of %v: %w", hit, err)
		}
		load, err := judge.Charted(p.perSecond)
		if err != nil {
			return err
		}
		table.Row(hit, runs, load.Estimate, load.Low, load.High, p.theory.Utilisation(),
			p.mean.Estimate, p.mean.Low, p.mean.High, judge.Milliseconds(p.theory.MeanStay()), p.tail.Estimate, p.tail.Low, p.tail.High, judge.Milliseconds(p.p99))
		c.points = append(c.points, p)
	}
	c.findings(r)
	figure, err := c.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// length is how many requests the database serves before it is looked at, and then: until a queue that begins empty is forgotten, which
// takes (1 - sqrt(load))^-2 service times of all servers together (J. W. Cohen, The Single Server Queue, 1982), four times.
func (c *cliffRun) length(full bool, theory estimate.MMC) (warmUp, measured int) {
	if c.effort.Tiny {
		return 10, 200
	}
	relaxation := math.Pow(1-math.Sqrt(theory.Utilisation()), -2)
	warmUp, measured = int(4*relaxation)+10*c.servers, max(20_000, int(350*relaxation))
	if full {
		measured *= 10
	}
	return warmUp, measured
}

func (c *cliffRun) measure(r *lab.Run, runs int, hit float64) (cliffPoint, error) {
	p := cliffPoint{hit: hit}
	var err error
	if p.theory, err = c.theory(hit); err != nil {
		return p, err
	}
	if p.p99, err = p.theory.StayQuantile(0.99); err != nil {
		return p, err
	}
	service, err := workload.NewExponential(c.service)
	if err != nil {
		return p, err
	}
	warmUp, measured := c.length(r.Full, p.theory)
	all, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) (cachesim.Served, error) {
		return c.serve(cachesim.Database{
			PerSecond: c.perSecond, MissRatio: missRatio(hit), Servers: c.servers, Service: service, WarmUp: warmUp, Measured: measured,
		}, e)
	})
	if err != nil {
		return p, err
	}
	for _, served := range all {
		times, sum, late := served.Times, 0.0, 0
		for _, t := range times {
			sum += t.Seconds()
			if t > p.p99 {
				late++
			}
		}
		n := float64(len(times))
		slices.Sort(times)
		p.perSecond = append(p.perSecond, n/served.Span.Seconds())
		p.means = append(p.means, 1e3*sum/n)
		p.beyond = append(p.beyond, float64(late)/n)
		p.p99s = append(p.p99s, 1e3*times[int(math.Ceil(0.99*n))-1].Seconds())
	}
	if p.mean, err = judge.Charted(p.means); err != nil {
		return p, err
	}
	p.tail, err = judge.Charted(p.p99s)
	return p, err
}

func (c *cliffRun) figure(runs int) (chart.Figure, error) {
	mean := chart.Line{Name: "mean", Color: chart.Blue}
	tail := chart.Line{Name: "99th percentile", Color: chart.Orange}
	idle := chart.Line{Name: "work alone", Color: chart.Baseline}
	load := chart.Line{Color: chart.Blue}
	for _, p := range slices.Backward(c.points) { // miss ratios ascend
		x := 100 * missRatio(p.hit)
		mean.AddInterval(x, p.mean.Estimate, p.mean.Low, p.mean.High)
		tail.AddInterval(x, p.tail.Estimate, p.tail.Low, p.tail.High)
		idle.Add(x, 1e3*c.service.Seconds())
		load.Add(x, mean100(p.perSecond, c.capacity()))
	}
	times, loads := []chart.Line{mean, tail, idle}, []chart.Line{load}
	theory, err := c.dashed()
	if err != nil {
		return chart.Figure{}, err
	}
	if len(theory) > 0 {
		times, loads = append(times, theory[:2]...), append(loads, theory[2])
	}
	x := chart.Axis{Name: "requests that miss (%)"}
	return chart.Figure{
		Headline: c.headline(),
		Detail: fmt.Sprintf("Time in the database (ms), and its load (%% of capacity), by the share of requests that miss the cache; %s requests a second, %d servers, mean work %v; %d runs, 95%% bands; dashed: M/M/%d, exact",
			number(c.perSecond), c.servers, c.service, runs, c.servers),
		Panels: []chart.Panel{
			chart.Lines{Title: "time in the database (ms)", X: x, Y: chart.Axis{Min: new(0.0)}, Series: times},
			chart.Lines{Title: "load of the database (%)", X: x, Y: chart.Axis{Min: new(0.0)}, Series: loads},
		},
	}, nil
}

// capacity is what the database can serve in a second.
func (c *cliffRun) capacity() float64 { return float64(c.servers) / c.service.Seconds() }

func mean100(runs []float64, of float64) float64 { return 100 * judge.Mean(runs) / of }

// dashed is theory as smooth lines: the mean and the 99th percentile in ms, and the load in percent; none where there is nothing for a line to join.
func (c *cliffRun) dashed() ([]chart.Line, error) {
	from, to := c.hits[len(c.hits)-1], c.hits[0] // miss ratios ascend
	if from == to {
		return nil, nil
	}
	const steps = 60
	lines := slices.Repeat([]chart.Line{{Color: chart.Theory}}, 3)
	for i := range steps + 1 {
		hit := from + (to-from)*float64(i)/steps
		q, err := c.theory(hit)
		if err != nil {
			return nil, err
		}
		p99, err := q.StayQuantile(0.99)
		if err != nil {
			return nil, err
		}
		for j, y := range []float64{judge.Milliseconds(q.MeanStay()), judge.Milliseconds(p99), 100 * q.Utilisation()} {
			lines[j].Add(100*(1-hit), y)
		}
	}
	return lines, nil
}

func (c *cliffRun) headline() string {
	low, high := c.points[0], c.points[len(c.points)-1]
	if a, b := c.at(firstRatio), c.at(secondRatio); a != nil && b != nil {
		high, low = *a, *b
	}
	if low.hit == high.hit {
		return fmt.Sprintf("With a hit ratio of %s the database is %.3g%% busy and takes %.3g ms, 99th percentile %.3g", percent(low.hit),
			100*low.theory.Utilisation(), low.mean.Estimate, low.tail.Estimate)
	}
	return fmt.Sprintf("A hit ratio of %s in place of %s is %.2g times the load, and the database's p99 goes from %.0f to %.0f ms",
		percent(low.hit), percent(high.hit), judge.Mean(low.perSecond)/judge.Mean(high.perSecond), high.tail.Estimate, low.tail.Estimate)
}
