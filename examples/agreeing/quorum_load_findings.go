package agreeing

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of quorum-load.
const (
	loadProved  = "the best strategy's capacity is the most that its certificate allows any, in each system at each read fraction"
	loadAlike   = "where nodes are alike the least load of a grid of side k is 1/k, of a majority of n nodes (n/2+1)/n, of a tree ((k/2+1)/k)^2, with n/2 and k/2 rounded down"
	loadUniform = "where every second node has half the capacity or less, to use each quorum equally often loses at least a fifth of the capacity at some read fraction, in each system"
	loadFixed   = "one strategy for all read fractions has at least four fifths of the most at each of them"
	loadGrid    = "the grid has more capacity than the majority of the same nodes, at each read fraction"
	loadFailure = "the majority of the same nodes survives more failures than the tree, and the tree at least as many as the grid"
)

// exactTolerance is for errors of rounding.
const exactTolerance = 1e-9

func (l *loadRun) findings(r *lab.Run) error {
	l.extreme(r, loadProved, math.Max, func(system, k int) float64 {
		p := l.points[system][k]
		return math.Abs(p.capacity[adaptive]/p.bound - 1)
	}, exactTolerance, atMost)
	worst, bound := 0.0, 0.0
	for i, s := range l.systems {
		if off := math.Abs(l.alike[i] - s.load); i == 0 || off > math.Abs(worst-bound) {
			worst, bound = l.alike[i], s.load
		}
	}
	r.Finding(lab.Finding{Sentence: loadAlike, Measured: worst, Bound: bound, Holds: math.Abs(worst-bound) <= exactTolerance})
	l.uneven(r)
	l.extreme(r, loadFixed, math.Min, func(system, k int) float64 {
		p := l.points[system][k]
		return p.capacity[fixed] / p.bound
	}, 0.8, atLeast)
	grid, majority := l.number("grid"), l.number("majority")
	l.extreme(r, loadGrid, math.Min, func(_, k int) float64 { return l.points[grid][k].bound / l.points[majority][k].bound }, 1, moreThan)
	return l.failures(r)
}

// uneven states what the uniform strategy loses where it loses the most, in the system that loses the least.
func (l *loadRun) uneven(r *lab.Run) {
	if l.slow > 0.5 {
		r.NotHere(loadUniform)
		return
	}
	least := 1.0
	for _, points := range l.points {
		lost := 0.0
		for _, p := range points {
			lost = math.Max(lost, 1-p.capacity[uniform]/p.bound)
		}
		least = math.Min(least, lost)
	}
	r.Finding(lab.Finding{Sentence: loadUniform, Measured: least, Bound: 0.2, Holds: least >= 0.2})
}

func atMost(x, bound float64) bool   { return x <= bound }
func atLeast(x, bound float64) bool  { return x >= bound }
func moreThan(x, bound float64) bool { return x > bound+exactTolerance } // by more than rounding

// extreme states how the largest or smallest of a number, of all systems and read fractions, compares with a bound.
func (l *loadRun) extreme(r *lab.Run, sentence string, more func(a, b float64) float64, of func(system, k int) float64, bound float64, holds func(x, bound float64) bool) {
	worst := of(0, 0)
	for i := range l.systems {
		for k := range l.reads {
			worst = more(worst, of(i, k))
		}
	}
	r.Finding(lab.Finding{Sentence: sentence, Measured: worst, Bound: bound, Holds: holds(worst, bound)})
}

func (l *loadRun) number(name string) int {
	return slices.IndexFunc(l.systems, func(s squareSystem) bool { return s.name == name })
}

// failures states how many nodes may fail, whichever they are, so that both reads and writes are served.
func (l *loadRun) failures(r *lab.Run) error {
	survives := map[string]int{}
	for _, s := range l.systems {
		reads, writes, err := s.Resilience()
		if err != nil {
			return err
		}
		survives[s.name] = min(reads, writes)
	}
	if l.side < 3 {
		r.NotHere(loadFailure)
		return nil
	}
	r.Finding(lab.Finding{
		Sentence: loadFailure, Measured: float64(survives["majority"]), Bound: float64(survives["tree"]),
		Holds: survives["majority"] > survives["tree"] && survives["tree"] >= survives["grid"],
	})
	return nil
}

func (l *loadRun) title(s squareSystem) string {
	reads, writes, err := s.Resilience()
	if err != nil {
		return s.name
	}
	switch survives := min(reads, writes); survives {
	case 0:
		return fmt.Sprintf("%s: no node may fail", s.name)
	case 1:
		return fmt.Sprintf("%s: any one node may fail", s.name)
	default:
		return fmt.Sprintf("%s: any %d nodes may fail", s.name, survives)
	}
}

func (l *loadRun) headline() string {
	grid, majority := l.number("grid"), l.number("majority")
	least, most, wasted := math.Inf(1), 0.0, 0.0
	for k := range l.reads {
		ratio := l.points[grid][k].bound / l.points[majority][k].bound
		least, most = math.Min(least, ratio), math.Max(most, ratio)
	}
	for i := range l.systems {
		for _, p := range l.points[i] {
			wasted = math.Max(wasted, 1-p.capacity[uniform]/p.bound)
		}
	}
	times := fmt.Sprintf("%.2g", least)
	if high := fmt.Sprintf("%.2g", most); high != times {
		times += " to " + high
	}
	return fmt.Sprintf("A grid serves %s times what a majority of the same nodes does; to use all quorums equally wastes up to %.0f%%", times, 100*wasted)
}
