// Package caching holds the experiments on caches.
package caching

import (
	"math/rand/v2"
	"slices"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// policy is one as the experiments know it: its name on the command line, and its family's colour in every chart. Families are order by
// recency, queues with a second chance, frequency, and several parts that adapt; the baseline minds no hit at all; the optimum knows what will be asked for.
type policy struct {
	name    string
	label   string
	color   chart.Color
	refuses bool // may turn a newcomer away
	misses  func(trace cachesim.Trace, capacity int, seed uint64) (int, error)
}

var allPolicies = []policy{
	{name: "random", label: "random", color: chart.Baseline, misses: func(trace cachesim.Trace, capacity int, seed uint64) (int, error) {
		return cachesim.Misses(trace, cache.Random(rand.NewPCG(seed, 0)), capacity)
	}},
	{name: "fifo", label: "FIFO", color: chart.Baseline, misses: by(cache.FIFO)},
	{name: "lru", label: "LRU", color: chart.Blue, misses: by(cache.LRU)},
	{name: "slru", label: "SLRU", color: chart.Blue, misses: by(cache.SLRU)},
	{name: "clock", label: "CLOCK", color: chart.Orange, misses: by(cache.Clock)},
	{name: "sieve", label: "SIEVE", color: chart.Orange, misses: by(cache.SIEVE)},
	{name: "s3-fifo", label: "S3-FIFO", color: chart.Orange, misses: by(cache.S3FIFO)},
	{name: "lfu", label: "LFU", color: chart.Green, misses: by(cache.LFU)},
	{name: "tinylfu", label: "TinyLFU", color: chart.Green, refuses: true, misses: by(cache.TinyLFU(cache.LRU))},
	{name: "w-tinylfu", label: "W-TinyLFU", color: chart.Green, misses: by(cache.WTinyLFU)},
	{name: "2q", label: "2Q", color: chart.Pink, misses: by(cache.TwoQ)},
	{name: "arc", label: "ARC", color: chart.Pink, misses: by(cache.ARC)},
	{name: "lirs", label: "LIRS", color: chart.Pink, misses: by(cache.LIRS)},
	{name: "opt", label: "optimum", color: chart.Theory, misses: func(trace cachesim.Trace, capacity int, _ uint64) (int, error) {
		return cachesim.Optimal(trace, capacity)
	}},
}

func by(build cache.Builder) func(cachesim.Trace, int, uint64) (int, error) {
	return func(trace cachesim.Trace, capacity int, _ uint64) (int, error) {
		return cachesim.Misses(trace, build, capacity)
	}
}

// policyParameter declares -policies.
func policyParameter(p *lab.Parameters, standard []string, policies []policy) []string {
	names := judge.Column(policies, func(of policy) string { return of.name })
	return p.Choices("policies", standard, names, "eviction policies")
}

// chosen are the policies that were asked for, in the table's order.
func chosen(policies []policy, asked []string) []policy {
	return slices.DeleteFunc(slices.Clone(policies), func(of policy) bool { return !slices.Contains(asked, of.name) })
}
