package caching

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of miss-curve.
const (
	onePass       = "LRU's curve from one pass over the trace is what simulation gives at every size"
	noneBeatsBest = "no policy misses less than the optimum, which for those that turn newcomers away is the one that may do so too"
	sampleIsClose = "a sample of one key in ten tells LRU's miss ratio to within 0.05, on average over all sizes"
	sampleBeats   = "at every rate a sample of the keys errs less than the first part of the trace that has as many requests"
	moreIsCloser  = "a sample with ten times as many keys, or more, errs less"
	notConvex     = "LRU's curve is not convex: a tenth of the keys more saves more than the tenth before it did, by a hundredth of all requests"
	loopResisted  = "where the loop does not fit, with entries for a fifth of the keys, W-TinyLFU misses less than LRU"
)

func (m *missRun) findings(r *lab.Run) {
	m.exactFindings(r)

	var beats, closer, close []judge.Requirement
	errors := func(i int) []float64 {
		return judge.Column(m.all, func(all missed) float64 { return all.sampled[i].error })
	}
	for i, rate := range m.rates {
		if rate == 0.1 {
			close = append(close, judge.AtMost(errors(i), 0.05))
		}
		if rate < 1 {
			parts := judge.Column(m.all, func(all missed) float64 { return all.firstPart[i].error })
			beats = append(beats, judge.AtMost(judge.Minus(errors(i), parts), 0))
		}
		for j, smaller := range m.rates {
			if 9.99*smaller < rate {
				closer = append(closer, judge.AtMost(judge.Minus(errors(i), errors(j)), 0))
			}
		}
	}
	judge.State(r, sampleIsClose, close)
	judge.State(r, sampleBeats, beats)
	judge.State(r, moreIsCloser, closer)
	if m.source.given() {
		r.NotHere(notConvex)
		r.NotHere(loopResisted)
		return
	}
	judge.State(r, notConvex, []judge.Requirement{judge.AtLeast(judge.Column(m.all, m.bend), 0.01)})
	m.loopFinding(r)
}

func (m *missRun) exactFindings(r *lab.Run) {
	if lru := m.of("lru"); lru < 0 {
		r.NotHere(onePass)
	} else {
		most := 0.0
		for _, all := range m.all {
			for i, size := range m.sizes {
				most = max(most, math.Abs(all.policies[lru][i]-all.exact.MissRatio(size)))
			}
		}
		judge.Exactly(r, onePass, most, 0)
	}
	beaten := 0
	for _, all := range m.all {
		for i, of := range m.policies {
			best := all.best
			if of.refuses {
				best = all.bypassed
			}
			for size, ratio := range all.policies[i] {
				if ratio < best[size] {
					beaten++
				}
			}
		}
	}
	judge.Exactly(r, noneBeatsBest, float64(beaten), 0)
}

func (m *missRun) loopFinding(r *lab.Run) {
	lru, other := m.of("lru"), m.of("w-tinylfu")
	size := slices.Index(m.sizes, int(math.Round(0.2*float64(m.keys))))
	if lru < 0 || other < 0 || size < 0 {
		r.NotHere(loopResisted)
		return
	}
	ratios := func(i int) []float64 {
		return judge.Column(m.all, func(all missed) float64 { return all.policies[i][size] })
	}
	judge.State(r, loopResisted, []judge.Requirement{judge.AtMost(judge.Minus(ratios(other), ratios(lru)), 0)})
}

// bend is by how much a tenth of the keys more can save more than the tenth before.
func (m *missRun) bend(all missed) float64 {
	most, step := math.Inf(-1), max(1, m.keys/10)
	for size := step; size+step <= m.keys; size += max(1, step/10) {
		before, at, after := all.exact.MissRatio(size-step), all.exact.MissRatio(size), all.exact.MissRatio(size+step)
		if size == step {
			continue // the first step begins with no cache at all
		}
		most = max(most, (at-after)-(before-at))
	}
	if math.IsInf(most, 0) {
		return 0
	}
	return most
}

// of is the index of a policy; -1 if it was not asked for.
func (m *missRun) of(name string) int {
	return slices.IndexFunc(m.policies, func(p policy) bool { return p.name == name })
}

// recommend takes the smallest size with which some policy saves nine tenths of what the best one saves with the largest cache, and there the
// policy that misses least, of equals the simplest.
func (m *missRun) recommend(r *lab.Run) {
	const enough = 0.9
	best, at, least := -1, 0, math.Inf(1)
	for size := range m.sizes {
		for i, of := range m.policies {
			if of.name == "opt" {
				continue
			}
			ratio := m.all[0].policies[i][size]
			if m.least() < 1 && 1-ratio >= enough*(1-m.least()) && ratio < least {
				best, at, least = i, size, ratio
			}
		}
		if best >= 0 {
			break
		}
	}
	if best < 0 {
		r.Recommend(fmt.Sprintf("Take no cache of these sizes for %s: nothing hits", m.source.name()))
		return
	}
	r.Recommend(fmt.Sprintf("Take %s with %s entries, %s of the keys of %s: it misses %.3g%% of requests, the optimum of that size %.3g%%, and the best with %s entries %.3g%%",
		m.policies[best].label, judge.Commas(m.sizes[at]), percent3(float64(m.sizes[at])/float64(m.keys)), m.source.name(), 100*least, 100*m.all[0].best[at],
		judge.Commas(m.sizes[len(m.sizes)-1]), 100*m.least()))
}

// least is what the best policy misses with the largest cache.
func (m *missRun) least() float64 {
	least := 1.0
	for i, of := range m.policies {
		if of.name != "opt" {
			least = min(least, m.all[0].policies[i][len(m.sizes)-1])
		}
	}
	return least
}

func percent3(share float64) string { return fmt.Sprintf("%.3g%%", 100*share) }
