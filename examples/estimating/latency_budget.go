package estimating

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// LatencyBudget adds up budgets of p95s, and draws requests that pass the same hops one after the other: lognormal ones, the guide's own table of
// hops, whose maxima are taken for their p95s, and two hops that are rarely slow. Dashed is the p95 of the sum by numerical convolution. Hops are
// independent: if they are slow together, the p95 of the sum is nearer to the sum of the p95s.
//
// In data.csv case is like (hops with the same p95), one-region or cross-region (the guide's table without and with its last line) or rarely-slow;
// p95_of_sum_ms is the mean of all runs, with its 95% interval in low_ms and high_ms, exact_ms the same without luck, and overstated by what part
// sum_of_p95s_ms is more than p95_of_sum_ms.
var LatencyBudget = latencyBudget(budgetParts{estimatesim.InTurn, guideHops, rarelySlow, 0.95}, judge.Effort{})

// budgetParts are what findings are about, so that tests can plant others.
type budgetParts struct {
	draw   func(calls []workload.ServiceTime, after []int, p float64, requests int, r *rand.Rand) ([]time.Duration, error)
	hops   []time.Duration // the most that the lines of the guide's table allow, the cross-region hop last
	rarely func() (estimate.Latencies, error)
	p      float64 // the percentile that is taken for the p95
}

// target is the guide's, in milliseconds.
const target = 200.0

// Edge, load balancer with TLS, application, database on a miss, and another region.
var guideHops = []time.Duration{20 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond, 150 * time.Millisecond}

func latencyBudget(parts budgetParts, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "latency-budget",
		Topic:    "estimating",
		Question: "Is the sum of the hops' p95s the p95 of the whole?",
		Guide:    []string{"est.latency", "est.crossregion"},
		Packages: []string{"estimate.Latencies", "estimate/estimatesim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			b := &budgetRun{budgetParts: parts, effort: effort}
			b.counts = p.Ints("hops", []int{1, 2, 5, 10, 20}, "hops", "numbers of them that are alike", lab.Within(1, 50))
			b.hop = p.Duration("hop", 20*time.Millisecond, "p95 of each of these", lab.Within(time.Microsecond, time.Hour))
			b.sigma = p.Float("sigma", 0.6, "", "standard deviation of a latency's logarithm", lab.Within(0.05, 2))
			return b.run
		},
	}
}

type budgetRun struct {
	budgetParts
	effort judge.Effort
	counts []int // ascending in a run
	hop    time.Duration
	sigma  float64

	like  []budgeted
	table [2]budgeted // the guide's table, without and with the cross-region hop
	rare  budgeted
}

// budgeted is a number of hops in turn, in milliseconds.
type budgeted struct {
	name     string
	hops     int
	budget   float64   // the sum of p95s
	measured []float64 // p95 of the sum, run by run
	exact    float64   // the same
}

// overstated is by what part the budget is more than what is so.
func (b budgeted) overstated() []float64 {
	return judge.Column(b.measured, func(ms float64) float64 { return b.budget/ms - 1 })
}

// lognormal is a hop with that p95.
func lognormal(p95 time.Duration, sigma float64) (workload.ServiceTime, error) {
	const normalP95 = 1.6448536269514722
	return workload.NewLognormal(time.Duration(float64(p95)*math.Exp(sigma*(sigma/2-normalP95))), math.Expm1(sigma*sigma))
}

func (b *budgetRun) run(r *lab.Run) error {
	slices.Sort(b.counts)
	runs := b.effort.Runs(40, 200, r.Full)
	last := b.counts[len(b.counts)-1]
	r.Progress("up to %d hops", last)
	var err error
	if b.like, err = b.measure(r.Seed, runs, "like", slices.Repeat([]time.Duration{b.hop}, last), b.counts); err != nil {
		return err
	}
	table, err := b.measure(r.Seed, runs, "one-region", b.hops, []int{len(b.hops) - 1, len(b.hops)})
	if err != nil {
		return err
	}
	copy(b.table[:], table)
	b.table[1].name = "cross-region"
	if err := b.measureRare(r.Seed, runs); err != nil {
		return err
	}
	data := r.Table("case", "hops", "runs", "sum_of_p95s_ms", "exact_ms", "p95_of_sum_ms", "low_ms", "high_ms", "overstated")
	for _, m := range slices.Concat(b.like, b.table[:], []budgeted{b.rare}) {
		interval, err := judge.Charted(m.measured)
		if err != nil {
			return err
		}
		data.Row(m.name, m.hops, runs, m.budget, m.exact, interval.Estimate, interval.Low, interval.High, judge.Mean(m.overstated()))
	}
	b.findings(r)
	figure, err := b.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// measure is for lognormal hops with those p95s.
func (b *budgetRun) measure(seed uint64, runs int, name string, p95s []time.Duration, after []int) ([]budgeted, error) {
	var calls []workload.ServiceTime
	for _, p95 := range p95s {
		call, err := lognormal(p95, b.sigma)
		if err != nil {
			return nil, err
		}
		calls = append(calls, call)
	}
	const steps = 2_000
	exact, err := estimatesim.InTurnExactly(calls, after, 0.95, steps)
	if err != nil {
		return nil, err
	}
	drawn, err := b.replicate(seed, runs, name, calls, after)
	if err != nil {
		return nil, err
	}
	var all []budgeted
	for i, n := range after {
		m := budgeted{name: name, hops: n, exact: judge.Milliseconds(exact[i]), measured: judge.Column(drawn, func(of []time.Duration) float64 { return judge.Milliseconds(of[i]) })}
		for _, p95 := range p95s[:n] {
			m.budget += judge.Milliseconds(p95)
		}
		all = append(all, m)
	}
	return all, nil
}

// rarelySlow is a hop whose p95 does not even bound that of two: either of two is slow in 7.84% of all cases.
func rarelySlow() (estimate.Latencies, error) {
	return estimate.NewLatencies(estimate.Band{Latency: time.Millisecond, Requests: 96}, estimate.Band{Latency: 100 * time.Millisecond, Requests: 4})
}

// measureRare is for two hops that are rarely slow, whose sum's distribution is exact.
func (b *budgetRun) measureRare(seed uint64, runs int) error {
	hop, err := b.rarely()
	if err != nil {
		return err
	}
	both, err := hop.Then(hop)
	if err != nil {
		return err
	}
	one, err := hop.Percentile(0.95)
	if err != nil {
		return err
	}
	exact, err := both.Percentile(0.95)
	if err != nil {
		return err
	}
	call, err := workload.NewBimodal(time.Millisecond, 100*time.Millisecond, 0.04)
	if err != nil {
		return err
	}
	drawn, err := b.replicate(seed, runs, "rarely-slow", []workload.ServiceTime{call, call}, []int{2})
	b.rare = budgeted{name: "rarely-slow", hops: 2, budget: 2 * judge.Milliseconds(one), exact: judge.Milliseconds(exact),
		measured: judge.Column(drawn, func(of []time.Duration) float64 { return judge.Milliseconds(of[0]) })}
	return err
}

func (b *budgetRun) replicate(seed uint64, runs int, name string, calls []workload.ServiceTime, after []int) ([][]time.Duration, error) {
	requests := 10_000
	if b.effort.Tiny {
		requests = 1_000
	}
	drawn, err := sim.Replicate(seed, runs, func(e *sim.Engine) ([]time.Duration, error) {
		return b.draw(calls, after, b.p, requests, e.Stream(name))
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return drawn, nil
}
