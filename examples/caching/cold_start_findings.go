package caching

import (
	"slices"

	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of cold-start.
const (
	coldIsExact   = "until it is nearly full, a new cache misses what is asked for the first time: as many keys as theory says"
	fullIsTheSame = "from the moment a flushed LRU cache is full it hits what it would have without the flush, request by request"
	oncePerEntry  = "a flush costs the database at most one request more for each entry"
	shiftSaves    = "shifting traffic slowly costs the database as many requests more, in all, as a flush"
	worstIsLower  = "but shifted, or with the hottest keys read in before, the worst moment costs it at most a third of what a flush does"
	firstMoment   = "right after a flush the database gets at least twice what it did"
	prewarmSooner = "with the hottest keys read in before, the hit ratio is within a hundredth of the old one in two thirds of the requests that it takes else"
	prewarmIsMore = "reading the hottest keys in before saves the database nothing in all: these reads included, it gets more requests than after a flush"
)

func (c *coldRun) findings(r *lab.Run, of int) {
	var exact []judge.Requirement
	for _, s := range c.starts[:shifted] {
		for window := range coldWindows {
			expected, sixDeviations := distinct(c.popularity[s.read:], (window+1)*of)
			if expected+sixDeviations > float64(c.entries-s.read) {
				break
			}
			missed := judge.Column(s.runs, func(r cachesim.Recovery) float64 {
				sum := 0
				for _, n := range r.Missed[:window+1] {
					sum += n
				}
				return float64(sum)
			})
			exact = append(exact, judge.Equals(missed, expected))
		}
	}
	judge.State(r, coldIsExact, exact)
	flush, warm, shift := c.starts[flushed], c.starts[prewarmed], c.starts[shifted]
	if afterwards, judged := flush.afterFull(of); judged {
		judge.Exactly(r, fullIsTheSame, float64(afterwards), 0)
	} else {
		r.NotHere(fullIsTheSame)
	}
	judge.State(r, oncePerEntry, []judge.Requirement{judge.AtMost(c.inEntries(flushed, coldWindows), 1)})
	flushCost, shiftCost := flush.extra(0, coldWindows), shift.extra(0, coldWindows)
	if c.full && flush.allFull() && shift.allFull() {
		judge.State(r, shiftSaves, []judge.Requirement{judge.Equals(judge.Minus(shiftCost, flushCost), 0)})
	} else {
		r.NotHere(shiftSaves)
	}
	if warm.read > 0 && slices.Min(flush.peak()) > 0 {
		judge.State(r, worstIsLower, []judge.Requirement{
			judge.AtMost(ratios(shift.peak(), flush.peak()), 1.0/3),
			judge.AtMost(ratios(warm.peak(), flush.peak()), 1.0/3),
		})
	} else {
		r.NotHere(worstIsLower)
	}
	judge.State(r, firstMoment, c.first(of))
	if warm.read > 0 {
		sooner := judge.Column(flush.recovered(of), func(n float64) float64 { return n * 2 / 3 })
		judge.State(r, prewarmSooner, []judge.Requirement{judge.AtMost(judge.Minus(warm.recovered(of), sooner), 0)})
		judge.State(r, prewarmIsMore, []judge.Requirement{judge.AtLeast(judge.Minus(c.inEntries(prewarmed, coldWindows), c.inEntries(flushed, coldWindows)), 0)})
	} else {
		r.NotHere(prewarmSooner)
		r.NotHere(prewarmIsMore)
	}
}

// first is the database's load in the first window, over what it would have been; nothing if that is none.
func (c *coldRun) first(of int) []judge.Requirement {
	missed := judge.Column(c.starts[flushed].hits(0, of), func(h float64) float64 { return 1 - h })
	stayed := judge.Column(c.starts[flushed].stayed(0, of), func(h float64) float64 { return 1 - h })
	for _, share := range stayed {
		if share == 0 {
			return nil
		}
	}
	return []judge.Requirement{judge.AtLeast(ratios(missed, stayed), 2)}
}

// allFull says whether the new cache was full at last in each run.
func (s coldRuns) allFull() bool {
	for _, r := range s.runs {
		if r.FullAt < 0 {
			return false
		}
	}
	return true
}

// afterFull is how many windows, in all runs, begin when the new cache is full and differ from the cache that stayed; judged if there are any that
// begin then.
func (s coldRuns) afterFull(of int) (differ int, judged bool) {
	for _, r := range s.runs {
		for window := range r.Missed {
			if r.FullAt < 0 || window*of < r.FullAt {
				continue
			}
			judged = true
			if r.Missed[window] != r.Stayed[window] {
				differ++
			}
		}
	}
	return differ, judged
}
