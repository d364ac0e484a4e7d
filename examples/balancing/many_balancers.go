package balancing

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// ManyBalancers draws the number of balancers against time in system: each request comes to one of them at random, and each counts
// only the requests that it sent itself.
//
// In data.csv the times are in mean service times. The policy first-index is least connections that takes the first of the
// least loaded servers instead of a random one.
var ManyBalancers = manyBalancers(balancerPolicies, judge.Effort{})

// balancerPolicies are those of this experiment, with the foil among them.
var balancerPolicies = []policy{
	named("random"),
	named("two-choices"),
	named("least-connections"),
	{name: "first-index", label: "ties to the first", color: chart.Orange, looks: true, make: newFirstIndex},
}

func named(name string) policy {
	return allPolicies[slices.IndexFunc(allPolicies, func(p policy) bool { return p.name == name })]
}

func manyBalancers(policies []policy, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "many-balancers",
		Topic:    "balancing",
		Question: "What is left of a policy when each of many balancers sees only its own requests?",
		Guide:    []string{"lb.least", "lb.two-choices"},
		Packages: []string{"loadbalance.LeastConnections", "loadbalance.PowerOfChoices", "loadbalance/balancesim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			m := &manyRun{curves: curves{policies: policies}, effort: effort}
			m.balancers = p.Ints("balancers", []int{1, 2, 5, 10, 20, 50, 100}, "balancers", "balancers in front of the servers", lab.Within(1, 1_000))
			m.servers = p.Int("servers", 20, "servers", "servers behind the balancers", lab.Within(1, 200))
			m.load = p.Float("load", 0.9, "of capacity", "offered load", lab.Within(0.01, 0.95))
			var names []string
			for _, policy := range policies {
				names = append(names, policy.name)
			}
			m.asked = p.Choices("policy", names, names, "balancing policies; first-index is least connections with ties to the first")
			return m.run
		},
	}
}

// manyRun has the numbers of balancers as x.
type manyRun struct {
	curves
	effort    judge.Effort
	balancers []int
	servers   int
	load      float64
}

func (m *manyRun) run(r *lab.Run) error {
	slices.Sort(m.balancers)
	m.x = nil
	for _, b := range m.balancers {
		m.x = append(m.x, float64(b))
	}
	runs := m.effort.Runs(10, 30, r.Full)
	table := r.Table("policy", "balancers", "servers", "load", "runs", "mean", "mean_low", "mean_high", "p99")
	err := m.measure(r, "numbers of balancers", func(policy policy, i int) (point, error) {
		if !policy.looks && i > 0 { // many that know nothing know as much as one: M/M/1 all the same
			return first(m.points[policy.name]), nil
		}
		return m.behind(r, runs, policy, m.balancers[i])
	}, func(policy policy, i int, p point) {
		table.Row(policy.name, m.balancers[i], m.servers, m.load, runs, p.mean.Estimate, p.mean.Low, p.mean.High, p.p99.Estimate)
	})
	if err != nil {
		return err
	}
	m.findings(r)
	r.Figure(m.figure(runs))
	return nil
}

// behind replicates one policy. The more balancers there are, the less each steers, so the start takes as long to forget as where
// nobody steers; a favourite server that all balancers overload takes longer still.
func (m *manyRun) behind(r *lab.Run, runs int, policy policy, balancers int) (point, error) {
	service, err := exponentialService()
	if err != nil {
		return point{}, err
	}
	at := setting{servers: m.servers, load: m.load, service: service, balancers: balancers}
	relaxation := at.relaxation()
	if policy.looks && balancers == 1 {
		relaxation = math.Min(relaxation, 5/(1-m.load))
	}
	if policy.name == "first-index" {
		relaxation = math.Max(relaxation, float64(10*balancers))
	}
	warmUp, requests := at.requests(4*relaxation), max(20_000, at.requests(8*relaxation))
	if r.Full {
		requests *= 5
	}
	if m.effort.Tiny {
		warmUp, requests = 100, 1_000
	}
	return at.measure(r.Seed, runs, policy, warmUp, requests)
}

func (m *manyRun) findings(r *lab.Run) {
	m.contains(r, "random: the interval contains M/M/1", "random", mg1(m.load, 1))
	m.compare(r, "with the fewest balancers least connections takes less than two thirds of two choices' time", first, "least-connections", 2.0/3, "two-choices")
	m.compare(r, "with the most balancers two choices still beat random", last, "two-choices", 1, "random")
	m.compare(r, "with the most balancers least connections is no better than nine tenths of two choices' time", last, "two-choices", 1/0.9, "least-connections")
	m.compare(r, "with the most balancers ties to the first take more than three times the time of random ties", last, "least-connections", 1.0/3, "first-index")
	m.compare(r, "with the most balancers ties to the first are worse than random choice", last, "random", 1, "first-index")
}

func (m *manyRun) figure(runs int) chart.Figure {
	return chart.Figure{
		Headline: m.headline(),
		Detail: fmt.Sprintf("Time in system in mean service times, log scale; %d servers at load %.3g, exponential service; %d runs, 95%% bands; dashed: M/M/1",
			m.servers, m.load, runs),
		Panels: m.panels(chart.Axis{Name: "balancers, each of which sees its own requests", Scale: chart.Log}, func(policy string, _ float64) (mean, p99 float64) {
			if policy != "random" {
				return math.NaN(), math.NaN()
			}
			return mg1(m.load, 1), mg1(m.load, 1) * tail99
		}),
		SharedY: true,
	}
}

func (m *manyRun) headline() string {
	most := m.balancers[len(m.balancers)-1]
	if least, clumsy := m.points["least-connections"], m.points["first-index"]; least != nil && clumsy != nil && last(clumsy).mean.Estimate > last(least).mean.Estimate {
		return fmt.Sprintf("Behind %d balancers, least connections takes %.1f service times; with ties to the first, %.0f",
			most, last(least).mean.Estimate, last(clumsy).mean.Estimate)
	}
	return fmt.Sprintf("Behind %d balancers a request takes, in service times, %s", most, m.times())
}
