package estimating

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// QueueTheory simulates the queues that have formulas, and holds one against the other: how long a request waits for a server by how busy the servers
// are, by how much service times vary, and by how many servers share the line.
//
// The service times of M/G/1 are half the mean, but for one in 1+4·scv that is 1+2·scv means: few are long, as in real services. Lines start
// empty, and what comes before they are as long as ever is left out.
//
// In data.csv theory is the formula's mean wait before service, in mean service times, mean the simulated one, the mean of all runs, and low and high
// the ends of its 95% interval; load is a share of all servers' capacity, and scv the squared coefficient of variation of service times.
var QueueTheory = queueTheory(estimatesim.Lines.Run, judge.Effort{})

// simulation runs requests through lines, as estimatesim does.
type simulation func(l estimatesim.Lines, e *sim.Engine, warmUp, requests int) (estimatesim.Waited, error)

func queueTheory(simulate simulation, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "queue-theory",
		Topic:    "estimating",
		Question: "How long do requests wait as servers fill up, and do the formulas say so?",
		Guide:    []string{"est.queue"},
		Packages: []string{"estimate.MMC", "estimate.MG1", "estimate/estimatesim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			q := &queueRun{simulate: simulate, effort: effort}
			q.loads = p.Floats("load", []float64{0.5, 0.6, 0.7, 0.8, 0.9}, "of capacity", "offered load, at most ten of them", lab.Within(0.2, 0.95))
			q.servers = p.Ints("servers", []int{2, 10}, "servers", "of M/M/c, at most three numbers", lab.Within(2, 100))
			q.scvs = p.Floats("scv", []float64{4, 9}, "squared means", "variances of the service times of M/G/1, at most two", lab.Within(0.1, 20))
			p.Refuse(q.unfit())
			return q.run
		},
	}
}

type queueRun struct {
	simulate simulation
	effort   judge.Effort
	loads    []float64 // ascending in a run, as all that follow
	servers  []int
	scvs     []float64

	points []queuePoint
}

// queue is a model; scv is that of its service times.
type queue struct {
	model   string
	servers int
	scv     float64
}

// queuePoint is a queue at a load. Waits are in mean service times.
type queuePoint struct {
	queue
	load   float64
	theory float64
	waits  []float64 // by run
}

func (q *queueRun) unfit() error {
	switch {
	case len(q.loads) > 10:
		return fmt.Errorf("-load must be at most 10 numbers: %d", len(q.loads))
	case len(q.servers) > 3:
		return fmt.Errorf("-servers must be at most 3 numbers: %d", len(q.servers))
	case len(q.scvs) > 2:
		return fmt.Errorf("-scv must be at most 2 numbers: %d", len(q.scvs))
	}
	const least = 0.01 // of requests: what is rarer is not seen often enough to be measured
	for _, c := range q.servers {
		for _, load := range q.loads {
			if waits, err := estimate.ErlangC(c, load*float64(c)); err != nil || waits < least {
				return fmt.Errorf("-servers and -load must make at least 1%% of requests wait: %d servers at load %v, %.1g%%", c, load, 100*waits)
			}
		}
	}
	return nil
}

// queues are those of a run, by model.
func (q *queueRun) queues() []queue {
	all := []queue{{"M/D/1", 1, 0}, {"M/M/1", 1, 1}}
	for _, c := range q.servers {
		all = append(all, queue{"M/M/c", c, 1})
	}
	for _, scv := range q.scvs {
		all = append(all, queue{"M/G/1", 1, scv})
	}
	return all
}

func (q *queueRun) run(r *lab.Run) error {
	slices.Sort(q.loads)
	slices.Sort(q.servers)
	slices.Sort(q.scvs)
	runs := q.effort.Runs(40, 200, r.Full)
	table := r.Table("model", "servers", "load", "scv", "runs", "theory", "mean", "low", "high")
	q.points = nil
	for _, of := range q.queues() {
		r.Progress("%s, %d servers, loads %v", of.model, of.servers, q.loads)
		for _, load := range q.loads {
			point, err := q.measure(r.Seed, runs, of, load)
			if err != nil {
				return fmt.Errorf("%s at load %v: %w", of.model, load, err)
			}
			interval, err := judge.Charted(point.waits)
			if err != nil {
				return err
			}
			table.Row(of.model, of.servers, load, of.scv, runs, point.theory, interval.Estimate, interval.Low, interval.High)
			q.points = append(q.points, point)
		}
	}
	q.findings(r)
	figure, err := q.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// service is the mean service time of all models: what comes out is in its multiples.
const service = time.Second

func (q *queueRun) measure(seed uint64, runs int, of queue, load float64) (queuePoint, error) {
	point := queuePoint{queue: of, load: load}
	times, err := of.times()
	if err != nil {
		return point, err
	}
	if point.theory, err = of.wait(load); err != nil {
		return point, err
	}
	lines := estimatesim.Lines{Servers: of.servers, Lines: 1, Load: load, Service: times}
	warmUp, requests, err := requestsFor(lines, q.effort)
	if err != nil {
		return point, err
	}
	point.waits, err = sim.Replicate(seed, runs, func(e *sim.Engine) (float64, error) {
		waited, err := q.simulate(lines, e, warmUp, requests)
		return waited.Mean, err
	})
	return point, err
}

// requestsFor says how many warm up, and how many are measured: 32 times as many, which is so long against the time over which
// waits resemble each other, a tenth of the warm-up, that the means of runs lie about as a normal distribution does; more where few requests wait.
func requestsFor(l estimatesim.Lines, effort judge.Effort) (warmUp, requests int, err error) {
	const least = 20_000
	if warmUp, err = l.WarmUp(); err != nil {
		return 0, 0, err
	}
	if effort.Tiny {
		return warmUp / 10, max(warmUp, least/10), nil
	}
	return warmUp, max(32*warmUp, least), nil
}

// times are the service times of a model.
func (of queue) times() (workload.ServiceTime, error) {
	switch of.model {
	case "M/D/1":
		return workload.NewDeterministic(service)
	case "M/G/1":
		long := time.Duration((1 + 2*of.scv) * float64(service))
		return workload.NewBimodal(service/2, long, 1/(1+4*of.scv))
	}
	return workload.NewExponential(service)
}

// wait is the formula's mean, in service times.
func (of queue) wait(load float64) (float64, error) {
	arrivals := load * float64(of.servers) / service.Seconds()
	var mean time.Duration
	var err error
	switch of.model {
	case "M/M/1", "M/M/c":
		var q estimate.MMC
		q, err = estimate.NewMMC(arrivals, service, of.servers)
		mean = q.MeanWait()
	case "M/D/1", "M/G/1":
		var q estimate.MG1
		q, err = estimate.NewMG1(arrivals, service, of.scv)
		mean = q.MeanWait()
	default:
		err = errors.New("no formula for " + of.model)
	}
	return mean.Seconds() / service.Seconds(), err
}
