package placing

import (
	"math"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// peak is a number of each run, with the given place in the list of numbers of virtual nodes.
func (h *hotRun) peak(i int, of func(hotWork) float64) []float64 {
	return judge.Column(h.results[i], of)
}

// The peaks over the mean of a run, if all requests write or all read. With nothing done they are the same.
func (h *hotRun) plain(w hotWork) float64      { return w.plain.PeakToMean(h.requests, 0) }
func (h *hotRun) saltWrites(w hotWork) float64 { return w.salted.PeakToMean(h.requests, 0) }
func (h *hotRun) saltReads(w hotWork) float64  { return w.salted.PeakToMean(h.requests, 1) }
func (h *hotRun) copyWrites(w hotWork) float64 { return w.replicated.PeakToMean(h.requests, 0) }
func (h *hotRun) copyReads(w hotWork) float64  { return w.replicated.PeakToMean(h.requests, 1) }
func boundedPeak(w hotWork) float64            { return w.bounded }
func momentPeak(w hotWork) float64             { return w.moment }
func storedPeak(w hotWork) float64             { return w.stored }
func evenPeak(w hotWork) float64               { return w.even }

// The findings of hot-key, at the largest number of virtual nodes unless they say otherwise. What is above the mean is a peak over the mean, less 1.
const (
	exactNode    = "at any number of virtual nodes, the hottest key's node has what the key and a ring's exact share of all else give it (difference)"
	evenKeysCool = "with keys that are as hot as one another, the last step up in virtual nodes takes away more than a third of what the peak has above the mean"
	hotKeysStay  = "with these keys, the last step up in virtual nodes leaves more than half of it"
	saltCools    = "if all requests write, salting the hot keys takes away more than half of what the peak has above the mean"
	saltHeats    = "if all requests read, salting more than doubles the peak, since a read asks every copy"
	copiesCool   = "if all requests read, more owners for the hot keys take away more than half of what the peak has above the mean"
	copiesHeat   = "if all requests write, they raise the peak by more than a half, since a write goes to every owner"
	boundedHolds = "bounded loads: no node has more than ceil((1+epsilon) x requests / nodes), in whatever run"
	boundedNodes = "bounded loads: the hottest key is on more than one node, in whatever run"
	bucketsStay  = "time buckets: at any one time the peak is more than three quarters of that without"
	bucketsStore = "time buckets: of what is stored in the end, they take away more than half of what the peak has above the mean"
)

func (h *hotRun) findings(r *lab.Run) {
	last := len(h.results) - 1
	var exact []judge.Requirement
	fullest, nodesWith := 0.0, math.Inf(1)
	for _, works := range h.results {
		exact = append(exact, judge.Equals(judge.Column(works, func(w hotWork) float64 { return w.hottestNode - w.exact }), 0))
		for _, w := range works {
			fullest, nodesWith = max(fullest, w.fullest), min(nodesWith, w.nodesWith)
		}
	}
	judge.State(r, exactNode, exact)

	above := func(i int, of func(hotWork) float64) []float64 { return above(h.peak(i, of)) }
	if last > 0 {
		compare(r, evenKeysCool, []comparison{lower(above(last, evenPeak), 2.0/3, above(last-1, evenPeak))})
		compare(r, hotKeysStay, []comparison{higher(above(last, h.plain), 0.5, above(last-1, h.plain))})
	} else {
		r.NotHere(evenKeysCool)
		r.NotHere(hotKeysStay)
	}
	plain := h.peak(last, h.plain)
	compare(r, saltCools, []comparison{lower(above(last, h.saltWrites), 0.5, above(last, h.plain))})
	compare(r, saltHeats, []comparison{higher(h.peak(last, h.saltReads), 2, plain)})
	compare(r, copiesCool, []comparison{lower(above(last, h.copyReads), 0.5, above(last, h.plain))})
	compare(r, copiesHeat, []comparison{higher(h.peak(last, h.copyWrites), 1.5, plain)})
	r.Finding(lab.Finding{Sentence: boundedHolds, Measured: fullest, Bound: 1, Holds: fullest <= 1})
	r.Finding(lab.Finding{Sentence: boundedNodes, Measured: nodesWith, Bound: 1, Holds: nodesWith > 1})
	compare(r, bucketsStay, []comparison{higher(h.peak(last, momentPeak), 0.75, plain)})
	compare(r, bucketsStore, []comparison{lower(above(last, storedPeak), 0.5, above(last, h.plain))})
}
