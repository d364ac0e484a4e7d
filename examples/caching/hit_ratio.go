package caching

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// HitRatio runs every eviction policy over the same requests at several sizes, and counts on how many of these cells it beats LRU and on how
// many it loses. With the reader's own trace it ends in a recommendation.
//
// Generated traffics are two of Zipf's law; Zipf's law with scans of 500 keys, a fifth of the requests; with a loop over 1,200 keys, two fifths; a set of 200
// hot keys that moves every 2,000 requests; and one in which all that counts is how long ago a key was asked for. Each run is a trace of its own, which is
// in data.csv as "scan-3", the third run of that traffic: the numbers of misses are exact for that trace, and intervals are over the runs. A policy wins a cell if it misses less than LRU
// for certain: the whole 99.99% interval of the difference, run by run, lies on one side of zero. A file is one trace, on which every difference is certain.
//
// Sizes are entries: by default 50, 150, 500 and 1,500 for generated traffics, and 1%, 3%, 10% and 30% of the keys for a trace.
var HitRatio = hitRatio(allPolicies, allTraffics, judge.Effort{})

func hitRatio(policies []policy, traffics []traffic, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "hit-ratio",
		Topic:    "caching",
		Question: "Which eviction policy, and how large a cache, for these requests?",
		Guide:    []string{"cache.policy"},
		Packages: []string{"cache.Policy", "cachesim.Read", "cachesim.Misses", "cachesim.Optimal"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			h := &hitRun{traffics: traffics, effort: effort}
			h.source = sourceParameters(p)
			h.asked = lab.Value(p, "sizes", automatic, "entries", "sizes of the cache; auto fits them to the keys", parseSizes)
			h.requests = p.Int("requests", standardLength, "requests", "how many are generated for a trace", lab.Within(100, 1_000_000))
			h.policies = chosen(policies, policyParameter(p, judge.Column(policies, func(of policy) string { return of.name }), policies))
			if h.source.given() && h.requests != standardLength {
				p.Refuse(fmt.Errorf("-requests is for traffics that are generated, and does not go with -trace: %d", h.requests))
			}
			return h.run
		},
	}
}

const (
	automatic      = "auto"
	standardLength = 15_000
)

// parseSizes reads a list of sizes; none stands for automatic ones.
func parseSizes(text string) (sizes []int, canonical string, err error) {
	if text == automatic {
		return nil, text, nil
	}
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		size, err := strconv.Atoi(word)
		if err != nil || size < 1 || size > cache.MaxSlots {
			return nil, "", fmt.Errorf("must be %s or a list of whole numbers in [1, %d]: %s", automatic, cache.MaxSlots, word)
		}
		if slices.Contains(sizes, size) {
			return nil, "", fmt.Errorf("must have no size twice: %d", size)
		}
		sizes = append(sizes, size)
	}
	return sizes, strings.Join(judge.Column(sizes, strconv.Itoa), ","), nil
}

type hitRun struct {
	source   source
	asked    []int // as given; nil is automatic
	requests int
	policies []policy
	traffics []traffic
	effort   judge.Effort

	sizes []int  // ascending
	grids []grid // by traffic
}

// grid is what came of one traffic.
type grid struct {
	name, title string
	runs        []counted
}

// counted is one trace of a traffic.
type counted struct {
	name           string
	requests, keys int
	misses         [][]int // by policy, by size
}

func (h *hitRun) run(r *lab.Run) error {
	h.sizes = slices.Sorted(slices.Values(h.asked))
	if err := h.measure(r); err != nil {
		return err
	}
	h.fill(r.Table("trace", "policy", "capacity", "requests", "misses", "hit_ratio"))
	h.findings(r)
	if h.source.given() {
		r.Recommend(h.advice())
	}
	figure, err := h.figure()
	if err == nil {
		r.Figure(figure)
	}
	return err
}

func (h *hitRun) measure(r *lab.Run) error {
	h.grids = nil
	if h.source.given() {
		trace, err := h.source.read()
		if err != nil {
			return err
		}
		if h.asked == nil {
			h.sizes = sizesFor(len(trace.IDs))
		}
		r.Progress("%s: %s requests for %s keys", h.source.name(), judge.Commas(len(trace.Requests)), judge.Commas(len(trace.IDs)))
		run, err := h.count(h.source.name(), trace, r.Seed)
		h.grids = []grid{{h.source.name(), h.source.name(), []counted{run}}}
		return err
	}
	if h.asked == nil {
		h.sizes = []int{50, 150, 500, 1500}
	}
	if h.effort.Tiny {
		h.requests = min(h.requests, 1_000)
	}
	for _, t := range h.traffics {
		r.Progress("%s: %s requests", t.name, judge.Commas(h.requests))
		traces, err := sim.Replicate(r.Seed, h.effort.Runs(10, 100, r.Full), func(e *sim.Engine) (counted, error) {
			trace, err := t.draw(e, h.requests)
			if err != nil {
				return counted{}, err
			}
			return h.count("", trace, e.Stream("random victims").Uint64())
		})
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		for i := range traces {
			traces[i].name = t.nameOfRun(i)
		}
		h.grids = append(h.grids, grid{t.name, t.title, traces})
	}
	return nil
}

// sizesFor are automatic sizes for a trace of so many keys.
func sizesFor(keys int) []int {
	var sizes []int
	for _, share := range []float64{0.01, 0.03, 0.1, 0.3} {
		if size := max(1, int(math.Round(share*float64(keys)))); !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

func (h *hitRun) count(name string, trace cachesim.Trace, seed uint64) (counted, error) {
	c := counted{name: name, requests: len(trace.Requests), keys: len(trace.IDs), misses: make([][]int, len(h.policies))}
	for i, of := range h.policies {
		for _, size := range h.sizes {
			misses, err := of.misses(trace, size, seed)
			if err != nil {
				return counted{}, fmt.Errorf("%s: %w", of.name, err)
			}
			c.misses[i] = append(c.misses[i], misses)
		}
	}
	return c, nil
}

func (c counted) ratio(policy, size int) float64 {
	return float64(c.requests-c.misses[policy][size]) / float64(c.requests)
}

func (h *hitRun) fill(table *lab.Table) {
	for _, g := range h.grids {
		for _, c := range g.runs {
			for i, of := range h.policies {
				for size, entries := range h.sizes {
					table.Row(c.name, of.name, entries, c.requests, c.misses[i][size], c.ratio(i, size))
				}
			}
		}
	}
}

// of is a policy's place among those that run, or -1.
func (h *hitRun) of(name string) int {
	return slices.IndexFunc(h.policies, func(p policy) bool { return p.name == name })
}

// ratio is a policy's mean hit ratio in a cell.
func (g grid) ratio(policy, size int) float64 {
	return judge.Mean(judge.Column(g.runs, func(c counted) float64 { return c.ratio(policy, size) }))
}
