package quorum

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// drawTask draws what there is to optimise: small numbers, so that much is equal.
func drawTask(t *rapid.T, s *System) (w Workload, o OptimiseOptions) {
	fraction := rapid.SampledFrom([]float64{0, 0.25, 0.5, 0.75, 1})
	w = Reads(fraction.Draw(t, "reads"))
	if rapid.Bool().Draw(t, "two read fractions") {
		w = Workload{{w[0].Reads, 0.25}, {fraction.Draw(t, "other reads"), 0.75}}
	}
	if rapid.Bool().Draw(t, "nodes differ") {
		o.Nodes = Profiles{}
		capacity := rapid.SampledFrom([]float64{1, 2, 4})
		for _, name := range s.Nodes() {
			o.Nodes[name] = Profile{capacity.Draw(t, "reads of a node"), capacity.Draw(t, "writes of a node"),
				time.Duration(rapid.IntRange(0, 3).Draw(t, "latency")) * time.Second}
		}
	}
	o.Minimise = rapid.SampledFrom([]Goal{Load, Load, Network, Latency}).Draw(t, "goal")
	o.Failures = rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "failures")
	if rapid.Bool().Draw(t, "limits") {
		o.MaxLoad = rapid.SampledFrom([]float64{0, 0.3, 0.5, 0.7, 0.9}).Draw(t, "limit of load")
		o.MaxNetwork = rapid.SampledFrom([]float64{0, 1.5, 2, 2.5, 3}).Draw(t, "limit of network")
		o.MaxLatency = time.Duration(rapid.IntRange(0, 6).Draw(t, "limit of latency")) * 500 * time.Millisecond
	}
	return w, o
}

// enumerated is the same task as one linear program of all sets, by the definitions.
func enumerated(s *System, w Workload, o OptimiseOptions) (linear, bool) {
	var p linear
	nodes := s.Nodes()
	f, err := o.Nodes.of(nodes)
	if err != nil {
		panic(err)
	}
	mean := w.mean()
	type column struct {
		sums    [2]float64
		loads   []float64 // by read fraction and node
		network float64
		latency float64
		load    float64
	}
	var columns []column
	for i, e := range []*formula{s.read, s.write} {
		sets := allSurvivors(e, o.Failures)
		if len(sets) == 0 {
			return p, false
		}
		share := []float64{mean, 1 - mean}[i]
		for _, set := range sets {
			c := column{network: share * float64(len(set)), loads: make([]float64, len(w)*len(nodes))}
			c.sums[i] = 1
			wait := math.Inf(1)
			for _, limit := range f.latency { // the first moment at which a quorum has answered
				there := make([]bool, len(nodes))
				for _, node := range set {
					there[node] = f.latency[node] <= limit
				}
				if e.holds(there) {
					wait = math.Min(wait, limit)
				}
			}
			c.latency = share * wait
			for k, fraction := range w {
				for _, node := range set {
					c.loads[k*len(nodes)+node] = []float64{fraction.Reads * f.reads[node], (1 - fraction.Reads) * f.writes[node]}[i]
				}
			}
			columns = append(columns, c)
		}
	}
	for k, fraction := range w {
		c := column{load: fraction.Probability, loads: make([]float64, len(w)*len(nodes))}
		for node := range nodes {
			c.loads[k*len(nodes)+node] = -1
		}
		columns = append(columns, c)
	}
	row := func(r relation, right float64, of func(column) float64) {
		values := make([]float64, len(columns))
		for j, c := range columns {
			values[j] = of(c)
		}
		p.rows, p.relations, p.right = append(p.rows, values), append(p.relations, r), append(p.right, right)
	}
	row(exactly, 1, func(c column) float64 { return c.sums[0] })
	row(exactly, 1, func(c column) float64 { return c.sums[1] })
	for i := range len(w) * len(nodes) {
		row(atMost, 0, func(c column) float64 { return c.loads[i] })
	}
	parts := [goals]func(column) float64{
		func(c column) float64 { return c.load }, func(c column) float64 { return c.network }, func(c column) float64 { return c.latency },
	}
	for goal, limit := range []float64{o.MaxLoad, o.MaxNetwork, o.MaxLatency.Seconds()} {
		if limit > 0 {
			row(atMost, limit, parts[goal])
		}
	}
	for _, c := range columns {
		p.costs = append(p.costs, parts[o.Minimise](c))
	}
	return p, true
}

// allSurvivors looks at all sets of nodes.
func allSurvivors(e *formula, failures int) (minimal [][]int) {
	survives := func(set uint) bool {
		for lost := range uint(1 << e.nodes) {
			if lost&^set != 0 || len(memberBits(lost)) > failures {
				continue
			}
			there := make([]bool, e.nodes)
			for _, node := range memberBits(set &^ lost) {
				there[node] = true
			}
			if !e.holds(there) {
				return false
			}
		}
		return true
	}
	for set := range uint(1 << e.nodes) {
		if survives(set) && !slices.ContainsFunc(memberBits(set), func(node int) bool { return survives(set &^ (1 << node)) }) {
			minimal = append(minimal, memberBits(set))
		}
	}
	return minimal
}

func memberBits(set uint) (all []int) {
	for i := 0; set>>i != 0; i++ {
		if set>>i&1 == 1 {
			all = append(all, i)
		}
	}
	return all
}

func tell(s *System, w Workload, o OptimiseOptions) string {
	return fmt.Sprintf("%v\n%+v\n%+v", s, w, o)
}

// Column generation comes to what all sets in one program come to, and says as well when there is nothing.
func TestLaw_ColumnsEqualEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := FromReads(drawExpr(t))
		if err != nil {
			t.Fatal(err)
		}
		for range 10 { // tasks for a system: few of them meet a limit that binds
			checkTask(t, s)
		}
	})
}

func checkTask(t *rapid.T, s *System) {
	w, o := drawTask(t, s)
	least, why := 0.0, error(ErrNoStrategy)
	if p, some := enumerated(s, w, o); some {
		all := p.simplex()
		if err := all.minimise(); err == nil {
			least, why = all.cost(), nil
		} else if err != errInfeasible {
			t.Fatalf("%s\nall sets: %v", tell(s, w, o), err)
		}
	}
	strategy, certificate, err := Optimise(s, w, o)
	if !errors.Is(err, why) {
		t.Fatalf("%s\nall sets: %v\ncolumn generation: %v", tell(s, w, o), why, err)
	}
	if err != nil {
		return
	}
	value, err := strategy.value(o.Minimise, w)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(value-least) > 1e-8 || math.Abs(certificate.Bound-least) > 1e-8 {
		t.Fatalf("%s\nall sets: %v\ncolumn generation: %v, proved %v", tell(s, w, o), least, value, certificate.Bound)
	}
	for goal, limit := range []float64{o.MaxLoad, o.MaxNetwork, o.MaxLatency.Seconds()} {
		if value, err := strategy.value(Goal(goal), w); err != nil || limit > 0 && value > limit*(1+1e-8) {
			t.Fatalf("%s\nthe %v is %v", tell(s, w, o), Goal(goal), value)
		}
	}
}

// The same by trying all bases, where there are few.
func TestLaw_OptimumIsTheBestBasis(t *testing.T) {
	if race.Enabled {
		t.Skip("there are thousands of bases, and nothing runs beside anything")
	}
	names := Named("a", "b", "c")
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.SampledFrom([]Expr{
			names[0], And(names...), Or(names...), Choose(2, names...), And(names[0], Or(names[1:]...)), Or(names[0], And(names[1:]...)),
		}).Draw(t, "reads")
		s, err := FromReads(e)
		if err != nil {
			t.Fatal(err)
		}
		w, o := drawTask(t, s)
		w, o = Reads(w[0].Reads), OptimiseOptions{Nodes: o.Nodes, Minimise: o.Minimise}
		p, _ := enumerated(s, w, o)
		least, _ := p.byBases()
		_, certificate, err := Optimise(s, w, o)
		if err != nil || math.Abs(certificate.Bound-least) > 1e-9 {
			t.Fatalf("%s\nthe best basis has %v, but the answer was %v, %v", tell(s, w, o), least, certificate, err)
		}
	})
}
