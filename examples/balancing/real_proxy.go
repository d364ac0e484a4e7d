package balancing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/balancesim"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// RealProxy sends real HTTP requests over loopback through httpbalance, and beside the latencies that it measures it draws
// those that balancesim predicts from the backends' own service times. Then it slows one backend down and kills another
// while traffic flows.
//
// Traffic flows for a moment only, so queues have not settled when it ends; the simulation begins as empty and ends as soon.
//
// In data.csv phase is steady or incident; measured_ms and predicted_ms are quantiles of the time from when a request was due to the end of
// its answer, gap their ratio less one; during the incident nothing is predicted.
var RealProxy = realProxy(realPolicies, judge.Effort{})

// realPolicy is a picker for real backends and its twin for simulated ones.
type realPolicy struct {
	policy
	real func([]loadbalance.Endpoint[*url.URL]) (loadbalance.Picker[*url.URL], error)
}

var realPolicies = []realPolicy{
	{named("random"), func(e []loadbalance.Endpoint[*url.URL]) (loadbalance.Picker[*url.URL], error) {
		return loadbalance.NewRandom(e, nil)
	}},
	{named("two-choices"), func(e []loadbalance.Endpoint[*url.URL]) (loadbalance.Picker[*url.URL], error) {
		return loadbalance.NewPowerOfChoices(e, 2, nil)
	}},
}

func realProxy(policies []realPolicy, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "real-proxy",
		Topic:    "balancing",
		Question: "Does the simulation predict real HTTP traffic, and does a proxy survive a slow backend and a dead one?",
		Guide:    []string{"lb.two-choices"},
		Packages: []string{"loadbalance/httpbalance", "loadbalance/balancesim"},
		Measured: true,
		New: func(p *lab.Parameters) func(*lab.Run) error {
			x := &realRun{policies: policies}
			x.backends = p.Int("backends", 6, "backends", "real HTTP servers on loopback", lab.Within(3, 50))
			x.load = p.Float("load", 0.7, "of capacity", "offered load", lab.Within(0.1, 0.9))
			x.mean = p.Duration("service", 4*time.Millisecond, "mean service time, exponential", lab.Within(time.Millisecond, 100*time.Millisecond))
			x.length = p.Duration("length", 500*time.Millisecond, "how long traffic flows, for each policy, in each of the two phases; -full five times as long",
				lab.Within(50*time.Millisecond, 30*time.Second))
			if effort.Tiny {
				x.length = 100 * time.Millisecond
			}
			return x.run
		},
	}
}

type realRun struct {
	policies []realPolicy
	backends int
	load     float64
	mean     time.Duration
	length   time.Duration
}

// quantiles are those of the table and the chart.
var quantiles = []float64{0.1, 0.5, 0.75, 0.9, 0.95, 0.99}

// curve is a latency distribution at those quantiles, in ms.
type curve []float64

func (c curve) at(p float64) float64 {
	for i, q := range quantiles {
		if q == p {
			return c[i]
		}
	}
	return math.NaN()
}

func (x *realRun) run(r *lab.Run) error {
	length := x.length
	if r.Full {
		length *= 5
	}
	table := r.Table("phase", "policy", "backends", "load", "requests", "quantile", "measured_ms", "predicted_ms", "gap")
	measured, predicted, troubled := make([]curve, len(x.policies)), make([]curve, len(x.policies)), make([]curve, len(x.policies))
	incidents := make([]*traffic, len(x.policies))
	random := rand.New(rand.NewPCG(r.Seed, 0))
	row := func(phase string, policy policy, requests int, measured, predicted curve) {
		for i, q := range quantiles {
			table.Row(phase, policy.name, x.backends, x.load, requests, q, measured[i], predicted[i], measured[i]/predicted[i]-1)
		}
	}
	for i, policy := range x.policies {
		r.Progress("%s, real traffic for %v", policy.label, length)
		steady, err := drive(policy.real, x.backends, x.mean, x.load, length, incident{}, random)
		if err != nil {
			return err
		}
		if errs := steady.unexplained(); len(errs) > 0 {
			return fmt.Errorf("%s: %d requests failed, the first: %w", policy.name, len(errs), errs[0])
		}
		if measured[i], err = steady.quantiles(); err != nil {
			return err
		}
		if predicted[i], err = x.predict(r.Seed, policy.policy, steady); err != nil {
			return err
		}
		row("steady", policy.policy, len(steady.observations), measured[i], predicted[i])
	}
	for i, policy := range x.policies {
		r.Progress("%s, a slow backend and then a dead one, for %v", policy.label, length)
		var err error
		what := incident{slowAt: length / 5, killAt: length / 2}
		if incidents[i], err = drive(policy.real, x.backends, x.mean, x.load*0.6, length, what, random); err != nil {
			return err
		}
		if troubled[i], err = incidents[i].quantiles(); err != nil {
			return err
		}
		unknown := make(curve, len(quantiles))
		for k := range unknown {
			unknown[k] = math.NaN()
		}
		row("incident", policy.policy, len(incidents[i].observations), troubled[i], unknown)
	}
	x.findings(r, measured, predicted, incidents)
	r.Figure(x.figure(measured, predicted, troubled, length))
	return nil
}

// quantiles are those of the requests that were answered.
func (t *traffic) quantiles() (curve, error) {
	var h stats.Histogram
	for _, o := range t.observations {
		if o.err == nil {
			h.Record(o.latency())
		}
	}
	return curveOf(&h)
}

func curveOf(h *stats.Histogram) (curve, error) {
	var c curve
	for _, q := range quantiles {
		d, err := h.Quantile(q)
		if err != nil {
			return nil, err
		}
		c = append(c, float64(d)/float64(time.Millisecond))
	}
	return c, nil
}

// predict simulates the same cluster on the service times that the backends really took: it begins as empty and lasts as
// long, and is replicated until luck hardly matters.
func (x *realRun) predict(seed uint64, policy policy, t *traffic) (curve, error) {
	service, err := workload.NewEmpirical(t.services)
	if err != nil {
		return nil, err
	}
	runs := max(20, 100_000/len(t.observations))
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) (*stats.Histogram, error) {
		picker, err := policy.make(balancesim.Endpoints(x.backends), e.Stream("balancer"))
		if err != nil {
			return nil, err
		}
		// Requests come at the rate that was meant; how busy that keeps the backends follows from how long services took.
		arrivals, err := workload.NewPoisson(x.load*float64(x.backends)/x.mean.Seconds(), e.Stream("arrivals"))
		if err != nil {
			return nil, err
		}
		result, err := balancesim.Run(e, balancesim.Config{
			Balancers: []loadbalance.Picker[int]{picker}, Speeds: balancesim.Alike(x.backends), Arrivals: arrivals, Service: service,
			Requests: len(t.observations),
		})
		if err != nil {
			return nil, err
		}
		return &result.Times, nil
	})
	if err != nil {
		return nil, err
	}
	var merged stats.Histogram
	for _, h := range all {
		merged.Merge(h)
	}
	return curveOf(&merged)
}

func (x *realRun) findings(r *lab.Run, measured, predicted []curve, incidents []*traffic) {
	const random, two = 0, 1
	order := func(sentence string, a, b float64) {
		r.Finding(lab.Finding{Sentence: sentence, Measured: a, Bound: b, Holds: a < b})
	}
	order("measured: two choices have a lower p99 than random, in ms", measured[two].at(0.99), measured[random].at(0.99))
	order("predicted: two choices have a lower p99 than random, in ms", predicted[two].at(0.99), predicted[random].at(0.99))

	errs, retries := 0, int64(0)
	for _, t := range incidents {
		errs += len(t.unexplained())
		retries += t.retries
	}
	r.Finding(lab.Finding{
		Sentence: "errors of requests that were not in flight at the kill: none",
		Measured: float64(errs), Bound: 0, Holds: errs == 0,
	})
	r.Finding(lab.Finding{
		Sentence: "connections that the dead backend refused were tried elsewhere, more than none",
		Measured: float64(retries), Bound: 0, Holds: retries > 0,
	})
	order("two choices give the slow backend less than random does, as a share of answers", incidents[two].slowShare(), incidents[random].slowShare())
}

// slowShare is the slowed backend's share of the answers to requests that were due after it was slowed.
func (t *traffic) slowShare() float64 {
	slow, all := 0, 0
	for _, o := range t.observations {
		if o.err == nil && o.due > t.slowedAt {
			if all++; o.host == t.slowed {
				slow++
			}
		}
	}
	if all == 0 {
		return math.NaN()
	}
	return float64(slow) / float64(all)
}

func (x *realRun) figure(measured, predicted, troubled []curve, length time.Duration) chart.Figure {
	steady := chart.Lines{Title: fmt.Sprintf("steady, load %.2g", x.load)}
	trouble := chart.Lines{Title: fmt.Sprintf("one slowed, then one killed, load %.2g", x.load*0.6)}
	for _, panel := range []*chart.Lines{&steady, &trouble} {
		panel.X = chart.Axis{Name: "percentile", Scale: chart.Percentile}
		panel.Y = chart.Axis{Scale: chart.Log}
	}
	for i, policy := range x.policies {
		steady.Series = append(steady.Series,
			chart.Line{Name: policy.label, Color: policy.color, X: quantiles, Y: measured[i]},
			chart.Line{Color: chart.Theory, X: quantiles, Y: predicted[i]})
		trouble.Series = append(trouble.Series, chart.Line{Name: policy.label, Color: policy.color, X: quantiles, Y: troubled[i]})
	}
	last := len(x.policies) - 1
	gap := func(p float64) float64 { return 100 * (measured[last].at(p)/predicted[last].at(p) - 1) }
	return chart.Figure{
		Headline: fmt.Sprintf("Real HTTP with %s: median %.1f ms and p99 %.1f ms, %+.0f%% and %+.0f%% from the simulation's",
			x.policies[last].label, measured[last].at(0.5), measured[last].at(0.99), gap(0.5), gap(0.99)),
		Detail: fmt.Sprintf("Latency in ms, log scale; %d HTTP backends on loopback, service times of %v on average, open-loop traffic for %v each; dashed: predicted from the backends' own service times",
			x.backends, x.mean, length),
		Panels:  []chart.Panel{steady, trouble},
		SharedY: true,
	}
}
