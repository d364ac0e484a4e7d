package caching

import (
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The hit ratios that the guide's sentence names.
const firstRatio, secondRatio = 0.99, 0.98

// The findings of hit-ratio-cliff.
const (
	loadDoubles = "when the hit ratio falls from 99% to 98% the database gets twice as many requests a second"
	meanIsExact = "the mean time in the database is that of M/M/c, at every hit ratio"
	tailIsExact = "one request in a hundred takes longer than the 99th percentile of M/M/c, at every hit ratio"
	meanLeaps   = "when the hit ratio falls from 99% to 98% the mean time in the database more than doubles"
	tailLeaps   = "when the hit ratio falls from 99% to 98% the 99th percentile more than doubles"
)

func (c *cliffRun) findings(r *lab.Run) {
	before, after := c.at(firstRatio), c.at(secondRatio)
	both := before != nil && after != nil
	if both {
		// n requests in the time that they take overstate their rate by one part in n, far less than the interval is wide
		judge.State(r, loadDoubles, []judge.Requirement{judge.Equals(after.perSecond, 2*c.perSecond*(1-firstRatio))})
	} else {
		r.NotHere(loadDoubles)
	}
	var means, tails []judge.Requirement
	for _, p := range c.points {
		means = append(means, judge.Equals(p.means, judge.Milliseconds(p.theory.MeanStay())))
		tails = append(tails, judge.Equals(p.beyond, 0.01))
	}
	judge.State(r, meanIsExact, means)
	judge.State(r, tailIsExact, tails)
	if !both {
		r.NotHere(meanLeaps)
		r.NotHere(tailLeaps)
		return
	}
	judge.State(r, meanLeaps, []judge.Requirement{judge.AtLeast(ratios(after.means, before.means), 2)})
	judge.State(r, tailLeaps, []judge.Requirement{judge.AtLeast(ratios(after.p99s, before.p99s), 2)})
}

// at is the point of a hit ratio; nil if it was not asked for.
func (c *cliffRun) at(hit float64) *cliffPoint {
	for i := range c.points {
		if c.points[i].hit == hit {
			return &c.points[i]
		}
	}
	return nil
}

// ratios are those of two hit ratios, run by run on the same random numbers.
func ratios(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] / b[i]
	}
	return all
}
