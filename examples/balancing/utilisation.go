// Package balancing holds the experiments on load balancing.
package balancing

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// Utilisation draws offered load against time in system, policy by policy, beside the exact curves.
//
// In data.csv all times (mean, p99 and the theory) are in mean service times. theory is exact for what was simulated:
// M/G/1 for random, E_n/M/1 for round robin under exponential service. reference is a limit or a bound under
// exponential service: the supermarket model's for many servers (two and three choices), M/M/n (least connections).
var Utilisation = utilisation(allPolicies, effort{})

// effort scales a run; the zero value is for real.
type effort struct {
	tiny bool // for tests that look at the code and not at the numbers
}

func utilisation(policies []policy, effort effort) lab.Experiment {
	return lab.Experiment{
		Name:     "utilisation",
		Topic:    "balancing",
		Question: "How much does the balancing policy matter as servers fill up?",
		Guide:    []string{"lb.round-robin", "lb.least", "lb.two-choices"},
		Packages: []string{"loadbalance.Random", "loadbalance.RoundRobin", "loadbalance.PowerOfChoices", "loadbalance.LeastConnections"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			u := &utilisationRun{policies: policies, effort: effort}
			u.servers = p.Int("servers", 100, "servers", "servers behind the balancer", lab.Within(1, 10_000))
			u.loads = p.Floats("load", []float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95}, "of capacity", "offered load", lab.Within(0.01, 0.999))
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

type utilisationRun struct {
	policies []policy
	effort   effort
	servers  int
	loads    []float64
	asked    []string
	service  service
	points   map[string][]loadPoint // by policy, in the order of loads
}

// loadPoint is one policy at one load.
type loadPoint struct {
	point
	load              float64
	theory, reference float64 // NaN where there is none
}

func (u *utilisationRun) run(r *lab.Run) error {
	u.points = map[string][]loadPoint{}
	runs := 8
	if r.Full {
		runs = 30
	}
	if u.effort.tiny {
		runs = 3
	}
	table := r.Table("policy", "servers", "load", "runs", "mean", "mean_low", "mean_high", "p99", "theory", "reference")
	for _, policy := range u.policies {
		if !slices.Contains(u.asked, policy.name) {
			continue
		}
		r.Progress("%s at %d loads, %d runs each", policy.label, len(u.loads), runs)
		for _, load := range u.loads {
			measured, err := u.measure(r, runs, policy, load)
			if err != nil {
				return fmt.Errorf("%s at load %v: %w", policy.name, load, err)
			}
			p := loadPoint{point: measured, load: load}
			p.theory, p.reference = u.theory(policy.name, load)
			u.points[policy.name] = append(u.points[policy.name], p)
			table.Row(policy.name, u.servers, load, runs, p.mean.Estimate, p.mean.Low, p.mean.High, p.p99.Estimate, p.theory, p.reference)
		}
	}
	u.findings(r)
	r.Figure(u.figure(runs))
	return nil
}

// measure replicates one policy at one load. The seed is the same for every policy and load.
func (u *utilisationRun) measure(r *lab.Run, runs int, policy policy, load float64) (point, error) {
	s := setting{servers: u.servers, load: load, service: u.service, balancers: 1}
	warmUp, requests := u.length(s, policy, r.Full)
	return s.measure(r.Seed, runs, policy, warmUp, requests)
}

// length is how many requests are served before measuring, and how many are measured. Policies that look at load
// spread what is left over all servers at once and forget much faster than queues that nobody steers: within
// 5 / (1 - load), as seen with 100 servers up to a load of 0.98, but not faster than one queue that is n times as
// fast. After four such times the start is gone.
func (u *utilisationRun) length(s setting, policy policy, full bool) (warmUp, requests int) {
	if u.effort.tiny {
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
	for _, load := range u.loads {
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
	u.compare(r, "at the lowest load round robin beats two choices", 1, lowest, "round-robin", "two-choices")
	u.compare(r, "at the highest load two choices take less than half of random's time", 0.5, highest, "two-choices", "random")
	u.compare(r, "at the highest load two choices beat round robin", 1, highest, "two-choices", "round-robin")
	u.compare(r, "at the highest load least connections beats three choices", 1, highest, "least-connections", "three-choices")

	const sentence = "at the highest load a third choice saves less time than the second did"
	one, two, three := u.points["random"], u.points["two-choices"], u.points["three-choices"]
	if one == nil || two == nil || three == nil {
		r.NotHere(sentence)
		return
	}
	saved := func(from, to []loadPoint) []float64 { return minus(highest(from).means, highest(to).means) }
	less(r, sentence, saved(two, three), 1, saved(one, two))
}

func lowest(points []loadPoint) loadPoint  { return slices.MinFunc(points, byLoad) }
func highest(points []loadPoint) loadPoint { return slices.MaxFunc(points, byLoad) }
func byLoad(a, b loadPoint) int            { return cmp.Compare(a.load, b.load) }

// containsTheory states that theory lies in the 99.99% interval at each load, with the numbers of the load where it is
// farthest from the middle.
func (u *utilisationRun) containsTheory(r *lab.Run, policy, sentence string) {
	points := u.points[policy]
	if points == nil || math.IsNaN(points[0].theory) {
		r.NotHere(sentence)
		return
	}
	finding, farthest := lab.Finding{Sentence: sentence, Holds: true}, -1.0
	for _, p := range points {
		interval, err := stats.MeanInterval(p.means, stats.Asserted)
		if err != nil {
			r.NotHere(sentence)
			return
		}
		finding.Holds = finding.Holds && interval.Contains(p.theory)
		if off := math.Abs(p.theory-interval.Estimate) / interval.HalfWidth(); off > farthest {
			farthest = off
			finding.Measured, finding.Low, finding.High, finding.Bound = interval.Estimate, interval.Low, interval.High, p.theory
		}
	}
	r.Finding(finding)
}

// compare states that one policy's mean time is less than bound times another's, at one load.
func (u *utilisationRun) compare(r *lab.Run, sentence string, bound float64, at func([]loadPoint) loadPoint, policyA, policyB string) {
	if u.points[policyA] == nil || u.points[policyB] == nil {
		r.NotHere(sentence)
		return
	}
	less(r, sentence, at(u.points[policyA]).means, bound, at(u.points[policyB]).means)
}

func (u *utilisationRun) figure(runs int) chart.Figure {
	figure := chart.Figure{
		Headline: u.headline(),
		Detail: fmt.Sprintf("Time in system in mean service times, log scale; %d servers, %s; %d runs, 95%% bands%s",
			u.servers, u.service.describe(), runs, u.dashed()),
		SharedY: true,
	}
	mean := chart.Lines{Title: "mean"}
	tail := chart.Lines{Title: "99th percentile"}
	for _, panel := range []*chart.Lines{&mean, &tail} {
		panel.X = chart.Axis{Name: "offered load"}
		panel.Y = chart.Axis{Scale: chart.Log}
	}
	for _, policy := range u.policies {
		points := slices.SortedFunc(slices.Values(u.points[policy.name]), byLoad)
		if len(points) == 0 {
			continue
		}
		mean.Series = append(mean.Series, u.line(policy, points, func(p loadPoint) stats.Interval { return p.mean }))
		tail.Series = append(tail.Series, u.line(policy, points, func(p loadPoint) stats.Interval { return p.p99 }))
		mean.Series = append(mean.Series, u.curve(points, func(load float64) float64 {
			exact, reference := u.theory(policy.name, load)
			if math.IsNaN(exact) {
				return reference
			}
			return exact
		})...)
		tail.Series = append(tail.Series, u.curve(points, func(load float64) float64 {
			exact, _ := u.theory(policy.name, load)
			if !u.service.exponential() {
				return math.NaN()
			}
			return exact * tail99
		})...)
	}
	figure.Panels = []chart.Panel{mean, tail}
	return figure
}

func (u *utilisationRun) line(policy policy, points []loadPoint, of func(loadPoint) stats.Interval) chart.Line {
	line := chart.Line{Name: policy.label, Color: policy.color}
	for _, p := range points {
		interval := of(p)
		line.X = append(line.X, p.load)
		line.Y = append(line.Y, interval.Estimate)
		line.Low = append(line.Low, interval.Low)
		line.High = append(line.High, interval.High)
	}
	return line
}

// curve is theory between the lowest and the highest load, as a smooth line; none where there is no theory.
func (u *utilisationRun) curve(points []loadPoint, of func(load float64) float64) []chart.Line {
	line := chart.Line{Color: chart.Theory}
	from, to := points[0].load, points[len(points)-1].load
	const steps = 60
	for i := range steps + 1 {
		load := from + (to-from)*float64(i)/steps
		y := of(load)
		if math.IsNaN(y) || from == to {
			return nil
		}
		line.X = append(line.X, load)
		line.Y = append(line.Y, y)
	}
	return []chart.Line{line}
}

// headline is what the data say, for the policies that were asked for.
func (u *utilisationRun) headline() string {
	times := func(policy string) (float64, bool) {
		points := u.points[policy]
		if points == nil {
			return 0, false
		}
		return highest(points).mean.Estimate, true
	}
	load := 100 * slices.Max(u.loads)
	random, hasRandom := times("random")
	two, hasTwo := times("two-choices")
	if hasRandom && hasTwo && two < random {
		return fmt.Sprintf("At %.3g%% load a request takes %.1f service times at random, %.1f with two choices", load, random, two)
	}
	var parts []string
	for _, policy := range u.policies {
		if t, ok := times(policy.name); ok {
			parts = append(parts, fmt.Sprintf("%.1f with %s", t, policy.label))
		}
	}
	return fmt.Sprintf("At %.3g%% load a request takes, in service times, %s", load, strings.Join(parts, ", "))
}

// dashed says what the dashed curves are.
func (u *utilisationRun) dashed() string {
	var curves []string
	for _, c := range []struct{ policy, curve string }{
		{"random", "M/M/1"}, {"round-robin", "E_n/M/1"}, {"two-choices", "supermarket model"},
		{"three-choices", "supermarket model"}, {"least-connections", "M/M/n bound"},
	} {
		if c.policy == "random" && !u.service.exponential() {
			c.curve = "M/G/1"
		}
		exact, reference := u.theory(c.policy, u.loads[0])
		if slices.Contains(u.asked, c.policy) && !slices.Contains(curves, c.curve) && !(math.IsNaN(exact) && math.IsNaN(reference)) {
			curves = append(curves, c.curve)
		}
	}
	if len(curves) == 0 || len(u.loads) < 2 {
		return ""
	}
	return "; dashed: " + strings.Join(curves, ", ")
}
