package quorum_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// optimiser is what the laws of strategies judge.
type optimiser func(*quorum.System, quorum.Workload, quorum.OptimiseOptions) (*quorum.Strategy, *quorum.Certificate, error)

// drawSystem is of any expression, and the best partner of it.
func drawSystem(t *rapid.T) *quorum.System {
	s, err := quorum.FromReads(drawAny(t, "reads").expr())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func drawWorkload(t *rapid.T) quorum.Workload {
	fraction := rapid.SampledFrom([]float64{0.5, 0, 0.25, 0.75, 1})
	w := quorum.Reads(fraction.Draw(t, "reads"))
	if rapid.Bool().Draw(t, "two fractions") {
		w[0].Probability = 0.25
		w = append(w, quorum.ReadFraction{Reads: fraction.Draw(t, "other reads"), Probability: 0.75})
	}
	return w
}

func drawProfiles(t *rapid.T, s *quorum.System) quorum.Profiles {
	if !rapid.Bool().Draw(t, "nodes differ") {
		return nil
	}
	p, capacity := quorum.Profiles{}, rapid.SampledFrom([]float64{1, 2, 5, 1_000})
	for _, name := range s.Nodes() {
		p[name] = quorum.Profile{
			Reads: capacity.Draw(t, "reads"), Writes: capacity.Draw(t, "writes"),
			Latency: time.Duration(rapid.IntRange(0, 4).Draw(t, "latency")) * time.Millisecond,
		}
	}
	return p
}

// drawStrategy is any strategy: minimal quorums with random weights, many of them zero.
func drawStrategy(t *rapid.T, s *quorum.System, nodes quorum.Profiles) *quorum.Strategy {
	var sides [2][]quorum.Choice
	for i, e := range []quorum.Expr{s.Reads(), s.Writes()} {
		all, err := e.Minimal(1_000)
		if err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for range all {
			weight := float64(rapid.SampledFrom([]int{1, 0, 2, 5}).Draw(t, "weight"))
			sides[i] = append(sides[i], quorum.Choice{Probability: weight})
			total += weight
		}
		if total == 0 {
			sides[i][0].Probability, total = 1, 1
		}
		for j := range all {
			sides[i][j] = quorum.Choice{Nodes: all[j], Probability: sides[i][j].Probability / total}
		}
	}
	strategy, err := quorum.NewStrategy(s, nodes, sides[0], sides[1])
	if err != nil {
		t.Fatal(err)
	}
	return strategy
}

// goalOf is what a goal is of a strategy: seconds an operation, nodes, or seconds.
func goalOf(t *rapid.T, s *quorum.Strategy, goal quorum.Goal, w quorum.Workload) float64 {
	var value float64
	var err error
	switch goal {
	case quorum.Load:
		value, err = s.Load(w)
	case quorum.Network:
		value, err = s.Network(w)
	case quorum.Latency:
		var latency time.Duration
		latency, err = s.Latency(w)
		value = latency.Seconds()
	}
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// No strategy is better than the optimal one, and its certificate proves that: the bound is what it has.
func TestLaw_OptimalIsBestAndProved(t *testing.T) { rapid.Check(t, lawOptimal(quorum.Optimise)) }

func lawOptimal(of optimiser) func(*rapid.T) {
	return func(t *rapid.T) {
		s, w := drawSystem(t), drawWorkload(t)
		o := quorum.OptimiseOptions{Nodes: drawProfiles(t, s), Minimise: rapid.SampledFrom([]quorum.Goal{quorum.Load, quorum.Network, quorum.Latency}).Draw(t, "goal")}
		best, certificate, err := of(s, w, o)
		if err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		const digits = 1e-8 // latencies are in whole nanoseconds, of milliseconds
		value, other := goalOf(t, best, o.Minimise, w), drawStrategy(t, s, o.Nodes)
		if better := goalOf(t, other, o.Minimise, w); better < value*(1-digits)-1e-9 {
			t.Fatalf("%v\n%s\nthe optimal %v is %.6g\nbut with reads of %s\nand writes of %s it is %.6g", s, mixed(w), o.Minimise, value, used(other.Reads()), used(other.Writes()), better)
		}
		proved, err := certificate.Verify()
		if err != nil {
			t.Fatalf("%v\n%v", s, err)
		}
		if math.Abs(proved-value) > digits*value+1e-9 {
			t.Fatalf("%v\n%s\nthe optimal %v is said to be %.6g\nbut %.6g is proved", s, mixed(w), o.Minimise, value, proved)
		}
	}
}

// The bound of a certificate of load follows from its weights alone: they sum to 1, and no pair of quorums weighs less.
func TestLaw_CertificateBoundsEveryPairOfQuorums(t *testing.T) {
	rapid.Check(t, lawCertificate(quorum.Optimise))
}

func lawCertificate(of optimiser) func(*rapid.T) {
	return func(t *rapid.T) {
		s := drawSystem(t)
		reads := rapid.SampledFrom([]float64{0.5, 0, 0.25, 0.75, 1}).Draw(t, "reads")
		_, c, err := of(s, quorum.Reads(reads), quorum.OptimiseOptions{})
		if err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		weight, total := map[string]float64{}, 0.0
		for i, name := range s.Nodes() {
			weight[name] = c.Weights[0][i]
			total += weight[name]
		}
		if math.Abs(total-1) > 1e-9 {
			t.Fatalf("%v\nthe weights %.4g sum to %v", s, c.Weights[0], total)
		}
		bound := 0.0
		for i, e := range []quorum.Expr{s.Reads(), s.Writes()} {
			all, err := e.Minimal(1_000)
			if err != nil {
				t.Fatal(err)
			}
			lightest := math.Inf(1)
			for _, q := range all {
				sum := 0.0
				for _, name := range q {
					sum += weight[name]
				}
				lightest = min(lightest, sum)
			}
			bound += []float64{reads, 1 - reads}[i] * lightest
		}
		if c.Bound > bound+1e-9 {
			t.Fatalf("%v\nby the weights %.4g of %v the lightest quorums weigh %.6g\nbut the bound is %.6g", s, c.Weights[0], s.Nodes(), bound, c.Bound)
		}
	}
}

// used are the quorums of a strategy, with their probabilities.
func used(all []quorum.Choice) string {
	var texts []string
	for _, c := range all {
		texts = append(texts, fmt.Sprintf("%s with %.4g", braces(c.Nodes), c.Probability))
	}
	return strings.Join(texts, ", ")
}

// mixed is a workload in words.
func mixed(w quorum.Workload) string {
	var texts []string
	for _, f := range w {
		texts = append(texts, fmt.Sprintf("%.4g of the operations are reads with probability %.4g", f.Reads, f.Probability))
	}
	return strings.Join(texts, ", ")
}

// unless is an error, if there is one.
func unless(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf(" (%v)", err)
}

// coster computes load, network and latency.
type coster func(s *quorum.Strategy, reads float64) (load, network, latency float64, err error)

func costs(s *quorum.Strategy, reads float64) (load, network, latency float64, err error) {
	w := quorum.Reads(reads)
	var errs [3]error
	var wait time.Duration
	load, errs[0] = s.Load(w)
	network, errs[1] = s.Network(w)
	wait, errs[2] = s.Latency(w)
	return load, network, wait.Seconds(), errors.Join(errs[:]...)
}

// Costs are what they are by definition.
func TestLaw_CostsAreTheirDefinitions(t *testing.T) { rapid.Check(t, lawCosts(costs)) }

func lawCosts(of coster) func(*rapid.T) {
	return func(t *rapid.T) {
		s := drawSystem(t)
		nodes := drawProfiles(t, s)
		strategy := drawStrategy(t, s, nodes)
		reads := rapid.SampledFrom([]float64{0.5, 0, 0.25, 1}).Draw(t, "reads")
		profile := func(name string) quorum.Profile {
			if nodes == nil {
				return quorum.Profile{Reads: 1, Writes: 1}
			}
			return nodes[name]
		}
		loads, network, latency := map[string]float64{}, 0.0, 0.0
		for i, side := range [][]quorum.Choice{strategy.Reads(), strategy.Writes()} {
			share := []float64{reads, 1 - reads}[i]
			for _, c := range side {
				slowest := time.Duration(0)
				for _, name := range c.Nodes {
					p := profile(name)
					loads[name] += share * c.Probability / []float64{p.Reads, p.Writes}[i]
					slowest = max(slowest, p.Latency) // all of a minimal quorum are needed
				}
				network += share * c.Probability * float64(len(c.Nodes))
				latency += share * c.Probability * slowest.Seconds()
			}
		}
		load := 0.0
		for _, l := range loads {
			load = max(load, l)
		}
		l, n, d, err := of(strategy, reads)
		if err != nil || math.Abs(l-load) > 1e-9 || math.Abs(n-network) > 1e-9 || math.Abs(d-latency) > 1e-9 {
			t.Fatalf("reads of %s and writes of %s, and %v of all operations are reads:\nthey have load %.6g, network %.6g, latency %.6g s\nbut the answer was %.6g, %.6g, %.6g s%s",
				used(strategy.Reads()), used(strategy.Writes()), reads, load, network, latency, l, n, d, unless(err))
		}
	}
}

// The mean of one over the load is at least one over its mean (Jensen), and the same where there is one read fraction.
func TestLaw_CapacityAtTheMeanLoadIsAtMostTheMeanCapacity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, w := drawSystem(t), drawWorkload(t)
		strategy := drawStrategy(t, s, drawProfiles(t, s))
		mean, err := strategy.MeanCapacity(w)
		if err != nil {
			t.Fatal(err)
		}
		at, err := strategy.CapacityAtMeanLoad(w)
		if err != nil || at > mean*(1+1e-12) || len(w) == 1 && math.Abs(at-mean) > 1e-12*mean {
			t.Fatalf("%v: mean capacity %v, at the mean load %v (%v)", w, mean, at, err)
		}
	})
}

// Sets that must survive more failures never make anything cheaper.
func TestLaw_SurvivingMoreCostsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, w := drawSystem(t), drawWorkload(t)
		o := quorum.OptimiseOptions{Nodes: drawProfiles(t, s)}
		before := 0.0
		for o.Failures = range 4 {
			_, c, err := quorum.Optimise(s, w, o)
			if errors.Is(err, quorum.ErrNoStrategy) {
				return
			}
			if err != nil || c.Bound < before*(1-1e-9) {
				t.Fatalf("%v\nload %v with %d failures to survive, %v with one less (%v)", s, c.Bound, o.Failures, before, err)
			}
			before = c.Bound
		}
	})
}

// A search that was complete has found what is at least as good as any expression that uses each node once.
func TestLaw_SearchFindsNoWorseThanAny(t *testing.T) { rapid.Check(t, lawSearch(quorum.Search)) }

func lawSearch(of func([]string, quorum.Workload, quorum.SearchOptions) (*quorum.Found, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		names := []string{"a", "b", "c", "d"}[:rapid.IntRange(1, 4).Draw(t, "nodes")]
		var any func(names []string) quorum.Expr
		any = func(names []string) quorum.Expr {
			if len(names) == 1 {
				return quorum.Node(names[0])
			}
			parts := make([][]string, len(names))
			for _, name := range names {
				i := rapid.IntRange(0, len(names)-1).Draw(t, "part")
				parts[i] = append(parts[i], name)
			}
			var exprs []quorum.Expr
			for _, part := range parts {
				if len(part) == len(names) { // all in one part
					part, exprs = part[1:], append(exprs, quorum.Node(part[0]))
				}
				if len(part) > 0 {
					exprs = append(exprs, any(part))
				}
			}
			return quorum.Choose(rapid.IntRange(1, len(exprs)).Draw(t, "k"), exprs...)
		}
		s, err := quorum.FromReads(any(names))
		if err != nil {
			t.Fatal(err)
		}
		w := drawWorkload(t)
		o := quorum.OptimiseOptions{Nodes: drawProfiles(t, s)}
		_, c, err := quorum.Optimise(s, w, o)
		if err != nil {
			t.Fatal(err)
		}
		reads, writes, err := s.Resilience()
		if err != nil {
			t.Fatal(err)
		}
		resilience := min(reads, writes)
		found, err := of(names, w, quorum.SearchOptions{OptimiseOptions: o, Resilience: resilience})
		if err != nil || !found.Complete {
			t.Fatalf("%v: %+v", err, found)
		}
		if found.Certificate.Bound > c.Bound*(1+1e-7) {
			t.Fatalf("%d nodes may fail, %s\nfound was %v with load %.6g\nbut %v has %.6g", resilience, mixed(w), found.System, found.Certificate.Bound, s, c.Bound)
		}
		reads, writes, err = found.System.Resilience()
		if err != nil || min(reads, writes) < resilience {
			t.Fatalf("%v is to tolerate %d failures, but tolerates %d and %d", found.System, resilience, reads, writes)
		}
	}
}
