// Package limiting holds the experiments on rate limiting.
package limiting

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
)

// limit is what every algorithm is given: so many events in each window. Those that know rates take limit/window, and a burst.
type limit struct {
	events int
	window time.Duration
	burst  int // of a queue: how many may wait
}

func (l limit) rate() ratelimit.Rate { return ratelimit.Per(l.events, l.window) }

// algorithm is one as the experiments know it: its name on the command line, and its colour in every chart.
type algorithm struct {
	name  string
	label string
	color chart.Color
	make  func(limit) (ratelimit.Algorithm, error)

	// most is what it admits, at the most, in any closed interval: see package limitsim.
	most func(l limit, interval time.Duration) int

	bursts bool // a burst is what it admits at once; the others have none, or, as a queue, let out one at a time
}

// allAlgorithms begin with the naive baseline. The three that decide alike have one colour.
var allAlgorithms = []algorithm{
	{name: "fixed-window", label: "fixed window", color: chart.Baseline,
		make: func(l limit) (ratelimit.Algorithm, error) { return ratelimit.NewFixedWindow(l.events, l.window) },
		most: func(l limit, t time.Duration) int { return limitsim.MostOfFixedWindow(l.events, l.window, t) }},
	{name: "sliding-counter", label: "sliding counter", color: chart.Orange,
		make: func(l limit) (ratelimit.Algorithm, error) { return ratelimit.NewSlidingCounter(l.events, l.window) },
		most: func(l limit, t time.Duration) int { return limitsim.MostOfSlidingCounter(l.events, l.window, t) }},
	{name: "sliding-log", label: "sliding log", color: chart.Green,
		make: func(l limit) (ratelimit.Algorithm, error) { return ratelimit.NewSlidingLog(l.events, l.window) },
		most: func(l limit, t time.Duration) int { return limitsim.MostOfSlidingLog(l.events, l.window, t) }},
	{name: "token-bucket", label: "token bucket", color: chart.Blue, bursts: true, most: mostOfRate,
		make: func(l limit) (ratelimit.Algorithm, error) { return ratelimit.NewTokenBucket(l.rate(), l.burst) }},
	{name: "gcra", label: "GCRA", color: chart.Blue, bursts: true, most: mostOfRate,
		make: func(l limit) (ratelimit.Algorithm, error) { return ratelimit.NewGCRA(l.rate(), l.burst) }},
	{name: "leaky-bucket", label: "leaky bucket", color: chart.Blue, bursts: true, most: mostOfRate,
		make: func(l limit) (ratelimit.Algorithm, error) { return ratelimit.NewLeakyBucket(l.rate(), l.burst) }},
	{name: "queue", label: "queue", color: chart.Pink,
		make: func(l limit) (ratelimit.Algorithm, error) { return ratelimit.NewQueue(l.rate(), l.burst) },
		most: func(l limit, t time.Duration) int { return limitsim.MostOfRate(l.events, l.window, 1, t) }},
}

func mostOfRate(l limit, t time.Duration) int {
	return limitsim.MostOfRate(l.events, l.window, l.burst, t)
}

// variant is an algorithm with its limit.
type variant struct {
	algorithm
	limit limit
}

// variants are the algorithms that were asked for. Those that have bursts come twice: with a burst of the whole limit, then with the
// limit's own.
func variants(algorithms []algorithm, asked []string, l limit) []variant {
	var all []variant
	bursts := slices.Compact([]int{l.events, l.burst})
	for i, a := range algorithms {
		if i > 0 && a.bursts && algorithms[i-1].bursts {
			continue // it came with the first of its kind
		}
		for _, burst := range bursts {
			for _, b := range algorithms[i:] {
				if b.bursts && a.bursts && slices.Contains(asked, b.name) {
					all = append(all, variant{b, limit{l.events, l.window, burst}})
				}
			}
		}
		if !a.bursts && slices.Contains(asked, a.name) {
			all = append(all, variant{a, l})
		}
	}
	return all
}

// alike says of variants that they show one thing: algorithms of one colour decide alike, which a finding of envelope vouches for.
func (v variant) alike(w variant) bool { return v.color == w.color && v.limit == w.limit }

// burst is the cell of a table: empty where there is none.
func (v variant) burst() any {
	if v.bursts || v.name == "queue" {
		return v.limit.burst
	}
	return nil
}

// title is for a panel.
func (v variant) title() string {
	if v.bursts {
		return v.label + ", burst " + judge.Commas(v.limit.burst)
	}
	return v.label
}

// twins says who shares a panel, for the chart's second line.
func twins(all []variant) string {
	for i, v := range all {
		var others []string
		for _, w := range all[i+1:] {
			if v.alike(w) {
				others = append(others, w.label)
			}
		}
		if others != nil {
			return fmt.Sprintf("; the %s is also %s", v.label, strings.Join(others, " and "))
		}
	}
	return ""
}
