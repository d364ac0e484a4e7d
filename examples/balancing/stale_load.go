package balancing

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// StaleLoad draws the age of load information against time in system: the queues of all servers are told to the balancer at regular
// times, and in between it goes by what it was told. That is the periodic-update model of M. Mitzenmacher, "How Useful Is
// Old Information?", IEEE TPDS 11(1), 2000.
//
// In data.csv age, the times and theory are in mean service times; age is the time between two reports, so information is
// half as old on average, and at age 0 it is never old. theory is exact: M/M/1 for random, E_n/M/1 for round robin.
var StaleLoad = staleLoad(allPolicies, judge.Effort{})

func staleLoad(policies []policy, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "stale-load",
		Topic:    "balancing",
		Question: "How old may load information be before looking at it does harm?",
		Guide:    []string{"lb.least", "lb.two-choices", "lb.round-robin"},
		Packages: []string{"loadbalance.LeastConnections", "loadbalance.PowerOfChoices", "loadbalance/balancesim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			s := &staleRun{curves: curves{policies: policies}, effort: effort}
			s.servers = p.Int("servers", 50, "servers", "servers behind the balancer", lab.Within(1, 1_000))
			s.load = p.Float("load", 0.9, "of capacity", "offered load", lab.Within(0.01, 0.95))
			s.x = p.Floats("age", []float64{0.1, 0.3, 1, 2, 5, 10, 20}, "mean service times",
				"time between two reports; 0 is always fresh", zeroOrMore)
			names := []string{"random", "round-robin", "two-choices", "three-choices", "least-connections"}
			s.asked = p.Choices("policy", []string{"random", "round-robin", "two-choices", "least-connections"}, names, "balancing policies")
			return s.run
		},
	}
}

// zeroOrMore leaves out ages that would keep the simulation busy with nothing but reports.
var zeroOrMore = lab.Rule[float64]{
	Says:  "must be 0 or lie in [0.01, 100]",
	Holds: func(age float64) bool { return age == 0 || (age >= 0.01 && age <= 100) },
}

// staleRun has the ages as x.
type staleRun struct {
	curves
	effort  judge.Effort
	servers int
	load    float64
}

func (s *staleRun) run(r *lab.Run) error {
	slices.Sort(s.x)
	runs := s.effort.Runs(10, 30, r.Full)
	table := r.Table("policy", "servers", "load", "age", "runs", "mean", "mean_low", "mean_high", "p99", "theory")
	err := s.measure(r, "ages", func(policy policy, i int) (point, error) {
		if !policy.looks && i > 0 { // the same requests, the same picks, the same times
			return first(s.points[policy.name]), nil
		}
		return s.at(r, runs, policy, s.x[i])
	}, func(policy policy, i int, p point) {
		table.Row(policy.name, s.servers, s.load, s.x[i], runs, p.mean.Estimate, p.mean.Low, p.mean.High, p.p99.Estimate, s.theory(policy.name))
	})
	if err != nil {
		return err
	}
	s.findings(r)
	r.Figure(s.figure(runs))
	return nil
}

// at replicates one policy at one age. A server to which everybody ran during one age needs that age times the number of
// servers to work it off, if nobody comes any more; the start is gone after a few such times. Where choices are drawn,
// few run to the same server, and the herd is a small multiple of an age.
func (s *staleRun) at(r *lab.Run, runs int, policy policy, age float64) (point, error) {
	service, err := exponentialService()
	if err != nil {
		return point{}, err
	}
	at := setting{servers: s.servers, load: s.load, service: service, balancers: 1, refresh: time.Duration(age * float64(syntheticMean))}
	relaxation := at.relaxation()
	if policy.looks {
		herd := math.Min(float64(s.servers), 50)
		if policy.name != "least-connections" {
			herd = math.Min(herd, 10)
		}
		relaxation = math.Min(relaxation, 5/(1-s.load)) + herd*age
	}
	warmUp, requests := at.requests(4*relaxation), max(20_000, at.requests(4*relaxation))
	if r.Full {
		requests *= 5
	}
	if s.effort.Tiny {
		warmUp, requests = 100, 1_000
	}
	return at.measure(r.Seed, runs, policy, warmUp, requests)
}

func (s *staleRun) theory(policy string) float64 {
	switch policy {
	case "random":
		return mg1(s.load, 1)
	case "round-robin":
		return erlangArrivals(s.servers, s.load)
	}
	return math.NaN()
}

func (s *staleRun) findings(r *lab.Run) {
	s.contains(r, "random: the interval contains M/M/1", "random", s.theory("random"))
	s.contains(r, "round robin: the interval contains E_n/M/1", "round-robin", s.theory("round-robin"))
	s.compare(r, "at the lowest age least connections beats two choices", first, "least-connections", 1, "two-choices")
	two := s.crossing(r, "two-choices", "least connections loses to two choices")
	roundRobin := s.crossing(r, "round-robin", "least connections loses to round robin")
	random := s.crossing(r, "random", "least connections loses to random")
	const order = "it loses first to two choices, then to round robin, then to random"
	if s.points["least-connections"] == nil || math.IsNaN(two+roundRobin+random) {
		r.NotHere(order)
	} else {
		r.Finding(lab.Finding{Sentence: order, Measured: two, Bound: random, Holds: two < roundRobin && roundRobin < random})
	}
	s.compare(r, "at the highest age two choices beat least connections", last, "two-choices", 1, "least-connections")
}

// crossing states from which age on least connections is slower than another policy: the age is read off between two of those
// measured, on a logarithmic axis as drawn. It holds if least connections is faster at the lowest age and slower at the highest,
// by the whole 99.99% interval of the paired difference.
func (s *staleRun) crossing(r *lab.Run, other, what string) (age float64) {
	sentence := what + " at an age between the lowest and the highest"
	least, others := s.points["least-connections"], s.points[other]
	if least == nil || others == nil || len(s.x) < 2 {
		r.NotHere(sentence)
		return math.NaN()
	}
	differences := make([]stats.Interval, len(s.x))
	for i := range s.x {
		var err error
		if differences[i], err = stats.Paired(least[i].means, others[i].means, stats.Asserted); err != nil {
			r.NotHere(sentence)
			return math.NaN()
		}
	}
	at := slices.IndexFunc(differences, func(d stats.Interval) bool { return d.Estimate > 0 })
	if at < 1 { // it never loses, or loses at every age: there is no crossing
		r.NotHere(sentence)
		return math.NaN()
	}
	age = between(s.x[at-1], s.x[at], differences[at-1].Estimate, differences[at].Estimate)
	r.Finding(lab.Finding{
		Sentence: sentence,
		Measured: age, Bound: s.x[len(s.x)-1],
		Holds: differences[0].High < 0 && differences[len(differences)-1].Low > 0,
	})
	return age
}

// between is where a line from (a, below) to (b, above) crosses zero, on a logarithmic axis unless a is 0.
func between(a, b, below, above float64) float64 {
	part := -below / (above - below)
	if a == 0 {
		return b * part
	}
	return math.Exp(math.Log(a) + part*(math.Log(b)-math.Log(a)))
}

func (s *staleRun) figure(runs int) chart.Figure {
	axis := chart.Axis{Name: "time between load reports, in mean service times", Scale: chart.Log}
	if s.x[0] == 0 {
		axis.Scale = chart.Linear
	}
	return chart.Figure{
		Headline: s.headline(),
		Detail: fmt.Sprintf("Time in system in mean service times, log scale; %d servers at load %.3g, exponential service; %d runs, 95%% bands; dashed: M/M/1 and E_n/M/1",
			s.servers, s.load, runs),
		Panels: s.panels(axis, func(policy string, _ float64) (mean, p99 float64) {
			return s.theory(policy), s.theory(policy) * tail99
		}),
		SharedY: true,
	}
}

func (s *staleRun) headline() string {
	oldest := s.x[len(s.x)-1]
	if least, two := s.points["least-connections"], s.points["two-choices"]; least != nil && two != nil && last(least).mean.Estimate > last(two).mean.Estimate {
		return fmt.Sprintf("Told every %.3g service times, least connections takes %.0f of them, two choices %.1f",
			oldest, last(least).mean.Estimate, last(two).mean.Estimate)
	}
	return fmt.Sprintf("Told every %.3g service times, a request takes %s", oldest, s.times())
}
