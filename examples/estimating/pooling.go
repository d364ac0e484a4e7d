package estimating

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Pooling gives the same servers the same requests in two ways: one line before all servers, or a line before each, which requests choose at random.
// Service times are exponential; both ways meet the same arrivals and the same service times.
//
// In data.csv wait is the mean time before service, in mean service times, the mean of all runs, with its 95% interval in low and high; theory is the
// formula's, and waits the share of requests that found no free server. lines is how many there are: 1, or as many as servers.
var Pooling = pooling(estimatesim.Lines.Run, judge.Effort{})

func pooling(simulate simulation, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "pooling",
		Topic:    "estimating",
		Question: "What is gained when servers share one line instead of having one each?",
		Guide:    []string{"est.queue"},
		Packages: []string{"estimate.MMC", "estimate/estimatesim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			o := &poolingRun{simulate: simulate, effort: effort}
			o.servers = p.Ints("servers", []int{1, 2, 3, 5, 10, 20}, "servers", "numbers of servers, at most six", lab.Within(1, 100))
			o.load = p.Float("load", 0.8, "of capacity", "offered load", lab.Within(0.2, 0.95))
			p.Refuse(o.unfit())
			return o.run
		},
	}
}

type poolingRun struct {
	simulate simulation
	effort   judge.Effort
	servers  []int // ascending in a run
	load     float64

	points []pool
}

// pool is so many servers, both ways. Waits are in mean service times.
type pool struct {
	servers    int
	one, each  []estimatesim.Waited // by run: one line, and one before each server
	oneTheory  float64
	eachTheory float64
}

func wait(w estimatesim.Waited) float64  { return w.Mean }
func share(w estimatesim.Waited) float64 { return w.Share }

func (o *poolingRun) unfit() error {
	if len(o.servers) > 6 {
		return fmt.Errorf("-servers must be at most 6 numbers: %d", len(o.servers))
	}
	const least = 0.01 // of requests: what is rarer is not seen often enough to be measured
	total := 0
	for _, c := range o.servers {
		total += c
		if waits, err := estimate.ErlangC(c, o.load*float64(c)); err != nil || waits < least {
			return fmt.Errorf("-servers and -load must make at least 1%% of requests wait: %d servers at load %v, %.1g%%", c, o.load, 100*waits)
		}
	}
	const most = 2_000 // servers at an infinitesimal load: what a run costs
	if cost := float64(total) / ((1 - o.load) * (1 - o.load)); cost > most {
		return fmt.Errorf("-servers and -load must leave the sum of servers over (1-load)² at most %d: %.0f", most, cost)
	}
	return nil
}

func (o *poolingRun) run(r *lab.Run) error {
	slices.Sort(o.servers)
	runs := o.effort.Runs(40, 200, r.Full)
	table := r.Table("servers", "lines", "load", "runs", "theory", "wait", "low", "high", "waits")
	o.points = nil
	for _, c := range o.servers {
		r.Progress("%d servers", c)
		p, err := o.measure(r.Seed, runs, c)
		if err != nil {
			return fmt.Errorf("%d servers: %w", c, err)
		}
		o.points = append(o.points, p)
		for _, way := range []struct {
			lines  int
			theory float64
			all    []estimatesim.Waited
		}{{1, p.oneTheory, p.one}, {c, p.eachTheory, p.each}} {
			interval, err := judge.Charted(judge.Column(way.all, wait))
			if err != nil {
				return err
			}
			table.Row(c, way.lines, o.load, runs, way.theory, interval.Estimate, interval.Low, interval.High, judge.Mean(judge.Column(way.all, share)))
			if c == 1 {
				break // both ways are one
			}
		}
	}
	o.findings(r)
	figure, err := o.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

func (o *poolingRun) measure(seed uint64, runs, servers int) (pool, error) {
	p := pool{servers: servers}
	var err error
	if p.oneTheory, err = (queue{"M/M/c", servers, 1}).wait(o.load); err != nil {
		return p, err
	}
	if p.eachTheory, err = (queue{"M/M/1", 1, 1}).wait(o.load); err != nil {
		return p, err
	}
	times, err := workload.NewExponential(service)
	if err != nil {
		return p, err
	}
	l := estimatesim.Lines{Servers: servers, Lines: servers, Load: o.load, Service: times}
	warmUp, err := l.WarmUp() // of lines apart, which take longer: both ways are to meet the same requests
	if err != nil {
		return p, err
	}
	requests := max(4*warmUp, 40_000)
	if o.effort.Tiny {
		warmUp, requests = warmUp/10, max(warmUp/10, 2_000)
	}
	way := func(lines int) ([]estimatesim.Waited, error) {
		l.Lines = lines
		return sim.Replicate(seed, runs, func(e *sim.Engine) (estimatesim.Waited, error) { return o.simulate(l, e, warmUp, requests) })
	}
	if p.one, err = way(1); err != nil {
		return p, err
	}
	p.each, err = way(servers)
	return p, err
}
