package caching

import (
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of scan-resistance.
const (
	scansHurt      = "scans of twice the cache's size cost LRU at least a tenth of its hit ratio"
	scansResisted  = "the longest scans cost SIEVE, LFU, W-TinyLFU, ARC and LIRS less than half of the hit ratio that they cost LRU"
	scansFlushTwoQ = "scans of twice the cache's size, which flush 2Q's memory of evicted keys too, cost it no less than LRU"
	keptIsMost     = "no policy hits more of Zipf's requests than a cache that keeps the hottest keys"
	loopsNeverHit  = "a loop over more keys than there are entries never hits with FIFO, LRU, CLOCK or SIEVE"
	loopsHit       = "of a loop over a quarter more keys than entries, W-TinyLFU and LIRS hit at least half of what the optimum hits"
	changeCostsLFU = "when the hot keys move after as many requests as four times the entries, LFU and W-TinyLFU hit less than LRU, by a twentieth of all requests or more"
)

func (s *scanRun) findings(r *lab.Run) {
	scanned, loop, moving := s.parts[0], s.parts[1], s.parts[2]
	first, last := 0, len(scanned.lengths)-1
	lru := s.of("lru")
	loss := func(policy int) []float64 {
		return judge.Minus(scanned.ratio(policy, first), scanned.ratio(policy, last))
	}

	var hurt, flushed, resisted, kept []judge.Requirement
	if scanned.lengths[first] == 0 && scanned.lengths[last] > 0 && lru >= 0 {
		if twice := slices.Index(scanned.lengths, 2*s.capacity); twice >= 0 {
			hurt = append(hurt, judge.AtMost(judge.Minus(scanned.ratio(lru, twice), times(0.9, scanned.ratio(lru, first))), 0))
			if twoQ := s.of("2q"); twoQ >= 0 {
				flushed = append(flushed, judge.AtMost(judge.Minus(judge.Minus(scanned.ratio(lru, first), scanned.ratio(lru, twice)),
					judge.Minus(scanned.ratio(twoQ, first), scanned.ratio(twoQ, twice))), 0))
			}
		}
		for _, i := range s.all("sieve", "lfu", "w-tinylfu", "arc", "lirs") {
			resisted = append(resisted, judge.AtMost(judge.Minus(loss(i), times(0.5, loss(lru))), 0))
		}
	}
	for i, of := range s.policies {
		if of.name == "opt" {
			continue
		}
		for l := range scanned.lengths {
			kept = append(kept, judge.AtMost(scanned.ratio(i, l), s.kept))
		}
	}
	judge.State(r, scansHurt, hurt)
	judge.State(r, scansResisted, resisted)
	judge.State(r, scansFlushTwoQ, flushed)
	judge.State(r, keptIsMost, kept)
	s.loopFindings(r, loop)

	var change []judge.Requirement
	if four := slices.Index(moving.lengths, 4*s.capacity); four >= 0 && lru >= 0 {
		for _, i := range s.all("lfu", "w-tinylfu") {
			change = append(change, judge.AtMost(judge.Minus(moving.ratio(i, four), moving.ratio(lru, four)), -0.05))
		}
	}
	judge.State(r, changeCostsLFU, change)
}

func (s *scanRun) loopFindings(r *lab.Run, loop resistant) {
	if never := s.all("fifo", "lru", "clock", "sieve"); never == nil {
		r.NotHere(loopsNeverHit)
	} else {
		most := 0.0
		for _, i := range never {
			for l := range loop.lengths {
				most = max(most, judge.Mean(loop.ratio(i, l)))
			}
		}
		judge.Exactly(r, loopsNeverHit, most, 0)
	}
	good, quarter := s.all("w-tinylfu", "lirs"), 1
	if good == nil || len(loop.lengths) != len(loopLengths) {
		r.NotHere(loopsHit)
		return
	}
	least := 1.0
	for _, i := range good {
		least = min(least, judge.Mean(loop.ratio(i, quarter)))
	}
	bound := s.loopOptimum(loop.lengths[quarter]) / 2
	r.Finding(lab.Finding{Sentence: loopsHit, Measured: least, Bound: bound, Holds: least >= bound})
}

// loopOptimum is what the optimum hits of a loop over so many keys in the long run: when a key has been asked for, all other entries are of the
// others.
func (s *scanRun) loopOptimum(keys int) float64 { return float64(s.capacity-1) / float64(keys-1) }

// all are the places of some policies, or nil if one of them does not run.
func (s *scanRun) all(names ...string) []int {
	places := judge.Column(names, s.of)
	for _, i := range places {
		if i < 0 {
			return nil
		}
	}
	return places
}

func times(x float64, all []float64) []float64 {
	return judge.Column(all, func(y float64) float64 { return x * y })
}
