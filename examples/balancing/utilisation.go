// Package balancing holds the experiments on load balancing.
package balancing

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// Utilisation draws offered load against time in system, policy by policy, beside the exact curves.
//
// In data.csv all times (mean, p99 and the theory) are in mean service times. theory is exact for what was simulated:
// M/G/1 for random, E_n/M/1 for round robin under exponential service. reference is a limit or a bound under
// exponential service: the supermarket model's for many servers (two and three choices), M/M/n (least connections).
var Utilisation = utilisation(allPolicies, judge.Effort{})

func utilisation(policies []policy, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "utilisation",
		Topic:    "balancing",
		Question: "How much does the balancing policy matter as servers fill up?",
		Guide:    []string{"lb.round-robin", "lb.least", "lb.two-choices"},
		Packages: []string{"loadbalance.Random", "loadbalance.RoundRobin", "loadbalance.PowerOfChoices", "loadbalance.LeastConnections"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			u := &utilisationRun{curves: curves{policies: policies}, effort: effort}
			u.servers = p.Int("servers", 100, "servers", "servers behind the balancer", lab.Within(1, 10_000))
			u.x = p.Floats("load", []float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95}, "of capacity", "offered load", lab.Within(0.01, 0.999))
			names := make([]string, len(policies))
			for i, policy := range policies {
				names[i] = policy.name
			}
			u.asked = p.Choices("policy", names, names, "balancing policies")
			u.service = serviceParameters(p)
			p.Refuse(u.tooLong())
			return u.run
		},
	}
}

// utilisationRun has the loads as x.
type utilisationRun struct {
	curves
	effort  judge.Effort
	servers int
	service service
}

func (u *utilisationRun) run(r *lab.Run) error {
	slices.Sort(u.x)
	runs := u.effort.Runs(8, 30, r.Full)
	table := r.Table("policy", "servers", "load", "runs", "mean", "mean_low", "mean_high", "p99", "theory", "reference")
	err := u.measure(r, "loads", func(policy policy, i int) (point, error) {
		// The seed is the same for every policy and load.
		s := setting{servers: u.servers, load: u.x[i], service: u.service, balancers: 1}
		warmUp, requests := u.length(s, policy, r.Full)
		return s.measure(r.Seed, runs, policy, warmUp, requests)
	}, func(policy policy, i int, p point) {
		theory, reference := u.theory(policy.name, u.x[i])
		table.Row(policy.name, u.servers, u.x[i], runs, p.mean.Estimate, p.mean.Low, p.mean.High, p.p99.Estimate, theory, reference)
	})
	if err != nil {
		return err
	}
	u.findings(r)
	r.Figure(u.figure(runs))
	return nil
}

// length is how many requests are served before measuring, and how many are measured. Policies that look at load
// spread what is left over all servers at once and forget much faster than queues that nobody steers: within
// 5 / (1 - load), as seen with 100 servers up to a load of 0.98, but not faster than one queue that is n times as
// fast. After four such times the start is gone.
func (u *utilisationRun) length(s setting, policy policy, full bool) (warmUp, requests int) {
	if u.effort.Tiny {
		return 100, 1_000
	}
	relaxation, measured := s.relaxation(), 1.5
	if steered := math.Max(5/(1-s.load)*s.variability(), relaxation/float64(s.servers)); policy.looks && steered < relaxation {
		relaxation, measured = steered, 6
	}
	measured *= math.Min(math.Max(1, 100/float64(u.servers)), 25) // few servers say little each: run longer
	if full {
		measured *= 5
	}
	return s.requests(4 * relaxation), max(20_000, s.requests(measured*relaxation))
}

// tooLong refuses what would run for hours: near saturation queues forget so slowly that few have the patience.
func (u *utilisationRun) tooLong() error {
	const most = 200_000_000
	for _, load := range u.x {
		s := setting{servers: u.servers, load: load, service: u.service}
		for _, policy := range u.policies {
			if !slices.Contains(u.asked, policy.name) || u.service.times == nil {
				continue
			}
			if warmUp, requests := u.length(s, policy, false); warmUp > most-requests {
				return fmt.Errorf("-load, -servers and -policy must leave a run at most %d requests: %s at load %v over %d servers needs %d",
					most, policy.name, load, u.servers, warmUp+requests)
			}
		}
	}
	return nil
}

func (u *utilisationRun) theory(policy string, load float64) (exact, reference float64) {
	exact, reference = math.NaN(), math.NaN()
	switch {
	case policy == "random":
		exact = mg1(load, u.service.scv)
	case !u.service.exponential():
	case policy == "round-robin":
		exact = erlangArrivals(u.servers, load)
	case policy == "two-choices":
		reference = supermarket(2, load)
	case policy == "three-choices":
		reference = supermarket(3, load)
	case policy == "least-connections":
		reference = mmn(u.servers, load)
	}
	return exact, reference
}

// findings are about means at the lowest and the highest load that were asked for.
func (u *utilisationRun) findings(r *lab.Run) {
	u.containsTheory(r, "random", "random: the interval contains M/G/1 at every load")
	u.containsTheory(r, "round-robin", "round robin: the interval contains E_n/M/1 at every load")
	u.compare(r, "at the lowest load round robin beats two choices", first, "round-robin", 1, "two-choices")
	u.compare(r, "at the highest load two choices take less than half of random's time", last, "two-choices", 0.5, "random")
	u.compare(r, "at the highest load two choices beat round robin", last, "two-choices", 1, "round-robin")
	u.compare(r, "at the highest load least connections beats three choices", last, "least-connections", 1, "three-choices")

	const sentence = "at the highest load a third choice saves less time than the second did"
	one, two, three := u.points["random"], u.points["two-choices"], u.points["three-choices"]
	if one == nil || two == nil || three == nil {
		r.NotHere(sentence)
		return
	}
	saved := func(from, to []point) []float64 { return judge.Minus(last(from).means, last(to).means) }
	less(r, sentence, saved(two, three), 1, saved(one, two))
}

// containsTheory states that theory lies in the 99.99% interval at each load, with the numbers of the load where it is
// farthest from the middle.
func (u *utilisationRun) containsTheory(r *lab.Run, policy, sentence string) {
	if exact, _ := u.theory(policy, u.x[0]); u.points[policy] == nil || math.IsNaN(exact) {
		r.NotHere(sentence)
		return
	}
	finding, farthest := lab.Finding{Sentence: sentence, Holds: true}, -1.0
	for i, p := range u.points[policy] {
		interval, err := stats.MeanInterval(p.means, stats.Asserted)
		if err != nil {
			r.NotHere(sentence)
			return
		}
		exact, _ := u.theory(policy, u.x[i])
		finding.Holds = finding.Holds && interval.Contains(exact)
		if off := math.Abs(exact-interval.Estimate) / interval.HalfWidth(); off > farthest {
			farthest = off
			finding.Measured, finding.Low, finding.High, finding.Bound = interval.Estimate, interval.Low, interval.High, exact
		}
	}
	r.Finding(finding)
}

func (u *utilisationRun) figure(runs int) chart.Figure {
	return chart.Figure{
		Headline: u.headline(),
		Detail: fmt.Sprintf("Time in system in mean service times, log scale; %d servers, %s; %d runs, 95%% bands%s",
			u.servers, u.service.describe(), runs, u.named()),
		Panels: u.panels(chart.Axis{Name: "offered load"}, func(policy string, load float64) (mean, p99 float64) {
			exact, reference := u.theory(policy, load)
			switch {
			case math.IsNaN(exact):
				return reference, math.NaN()
			case u.service.exponential(): // so is the time in system
				return exact, exact * tail99
			}
			return exact, math.NaN()
		}),
		SharedY: true,
	}
}

// headline is what the data say, for the policies that were asked for.
func (u *utilisationRun) headline() string {
	load := 100 * slices.Max(u.x)
	if random, two := u.points["random"], u.points["two-choices"]; random != nil && two != nil && last(two).mean.Estimate < last(random).mean.Estimate {
		return fmt.Sprintf("At %.3g%% load a request takes %.1f service times at random, %.1f with two choices",
			load, last(random).mean.Estimate, last(two).mean.Estimate)
	}
	return fmt.Sprintf("At %.3g%% load a request takes, in service times, %s", load, u.times())
}

// named says what the dashed curves are.
func (u *utilisationRun) named() string {
	var names []string
	for _, c := range []struct{ policy, curve string }{
		{"random", "M/M/1"}, {"round-robin", "E_n/M/1"}, {"two-choices", "supermarket model"},
		{"three-choices", "supermarket model"}, {"least-connections", "M/M/n bound"},
	} {
		if c.policy == "random" && !u.service.exponential() {
			c.curve = "M/G/1"
		}
		exact, reference := u.theory(c.policy, u.x[0])
		if slices.Contains(u.asked, c.policy) && !slices.Contains(names, c.curve) && !(math.IsNaN(exact) && math.IsNaN(reference)) {
			names = append(names, c.curve)
		}
	}
	if len(names) == 0 || len(u.x) < 2 {
		return ""
	}
	return "; dashed: " + strings.Join(names, ", ")
}
