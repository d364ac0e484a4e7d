package caching

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// The findings of hit-ratio, for each of the policies that are compared with LRU.
const (
	winsMore  = "%s misses less than LRU on more (trace, size) cells than it misses more on"
	losesSome = "%s misses more than LRU on at least one (trace, size) cell"
)

// rivals are compared with LRU.
var rivals = []struct{ name, label string }{{"s3-fifo", "S3-FIFO"}, {"sieve", "SIEVE"}, {"arc", "ARC"}, {"w-tinylfu", "W-TinyLFU"}}

func (h *hitRun) findings(r *lab.Run) {
	lru := h.of("lru")
	for _, of := range rivals {
		more, some := fmt.Sprintf(winsMore, of.label), fmt.Sprintf(losesSome, of.label)
		rival := h.of(of.name)
		if lru < 0 || rival < 0 {
			r.NotHere(more)
			r.NotHere(some)
			continue
		}
		wins, losses := h.against(rival, lru)
		r.Finding(lab.Finding{Sentence: more, Measured: float64(wins), Bound: float64(losses), Holds: wins > losses})
		r.Finding(lab.Finding{Sentence: some, Measured: float64(losses), Bound: 1, Holds: losses >= 1})
	}
}

func (h *hitRun) cells() int { return len(h.grids) * len(h.sizes) }

// against counts the cells on which a policy misses less than another for certain, and those on which it misses more.
func (h *hitRun) against(one, other int) (wins, losses int) {
	for _, g := range h.grids {
		for size := range h.sizes {
			switch d := g.difference(one, other, size); {
			case d < 0:
				wins++
			case d > 0:
				losses++
			}
		}
	}
	return wins, losses
}

// difference is -1 or 1 if one policy misses less or more than another for certain, else 0.
func (g grid) difference(one, other, size int) int {
	a := judge.Column(g.runs, func(c counted) float64 { return float64(c.misses[one][size]) })
	b := judge.Column(g.runs, func(c counted) float64 { return float64(c.misses[other][size]) })
	low, high := a[0]-b[0], a[0]-b[0] // a trace of the reader's is all there is
	if len(a) > 1 {
		interval, err := stats.Paired(a, b, stats.Asserted)
		if err != nil {
			return 0
		}
		low, high = interval.Low, interval.High
	}
	switch {
	case high < 0:
		return -1
	case low > 0:
		return 1
	}
	return 0
}

// best is the policy that misses least of those that do not know the future, the first of several; -1 if there is none.
func (h *hitRun) best(g grid, size int) int {
	best := -1
	for i, of := range h.policies {
		if of.name != "opt" && (best < 0 || g.ratio(i, size) > g.ratio(best, size)) {
			best = i
		}
	}
	return best
}

// enough is the share of the most hits that the recommended size must give.
const enough = 0.9

// advice is one policy and one size for the reader's trace: the smallest size at which some policy hits nearly as often as any does at any size.
func (h *hitRun) advice() string {
	g := h.grids[0]
	c := g.runs[0]
	last := len(h.sizes) - 1
	top := h.best(g, last)
	if top < 0 {
		return "Name a policy besides opt in -policies: the optimum knows the future, and cannot be had"
	}
	most := 0.0
	for size := range h.sizes {
		most = max(most, g.ratio(h.best(g, size), size))
	}
	if most == 0 {
		return fmt.Sprintf("Do without a cache, or try larger sizes: none of these policies hits any of %s requests of %s for %s keys with %s entries",
			judge.Commas(c.requests), h.source.name(), judge.Commas(c.keys), judge.Commas(h.sizes[last]))
	}
	size := 0
	for g.ratio(h.best(g, size), size) < enough*most {
		size++
	}
	best := h.best(g, size)
	of := h.policies[best]
	text := fmt.Sprintf("Take %s with %s entries: it hits %s of %s requests of %s", of.label, judge.Commas(h.sizes[size]), rounded(g.ratio(best, size)), judge.Commas(c.requests), h.source.name())
	if lru := h.of("lru"); lru >= 0 && lru != best {
		text += fmt.Sprintf(", LRU %s", rounded(g.ratio(lru, size)))
	}
	if opt := h.of("opt"); opt >= 0 {
		text += fmt.Sprintf(", %s %s", of.optimum(), rounded(g.ratio(opt, size)))
	}
	if len(h.sizes) == 1 {
		return text
	}
	if size == last {
		return text + "; smaller ones lose more than a tenth of the hits, and larger ones than were tried may be worth it"
	}
	return text + fmt.Sprintf("; it is the smallest size tried that keeps nine tenths of the most hits, %s", rounded(most))
}

// optimum names the one that a policy is set beside: opt admits every key, and who may turn some away can be better than it is.
func (of policy) optimum() string {
	if of.refuses {
		return "the optimum of those that admit every key"
	}
	return "the optimum"
}

// rounded is a share in per cent, to a tenth.
func rounded(share float64) string { return fmt.Sprintf("%.1f%%", 100*share) }
