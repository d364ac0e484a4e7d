package placing

import (
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of bounded-load.
const (
	neverFuller       = "bounded loads: no pick fills a node above ceil((1+epsilon) x in flight / nodes), in whatever run"
	fewerElsewhere    = "bounded loads: the larger epsilon, the fewer requests are served elsewhere"
	higherPeak        = "bounded loads: the larger epsilon, the higher the peak"
	halfElsewhere     = "bounded loads: at any epsilon, less than half as many requests are served elsewhere as with random nodes"
	tightThird        = "bounded loads: at the smallest epsilon the peak is less than a third as far above the mean as with every key at its owner"
	tighterThanRandom = "bounded loads: at the smallest epsilon the peak is lower than with random nodes"
	leastOptimum      = "the least loaded node is the optimum: no other peak is as low"
	randomPeak        = "random nodes: the peak is that of independent Poisson numbers"
	randomElsewhere   = "random nodes: all but one in as many requests as there are nodes are served elsewhere"
)

func (b *boundedRun) findings(r *lab.Run) {
	bounded, last := b.results["bounded"], len(b.epsilon)-1
	owner, random, least := b.results["owner"][0], b.results["random"][0], b.results["least"][0]

	fullest := 0.0
	for _, loads := range bounded {
		fullest = max(fullest, slices.Max(judge.Column(loads, fullestOf)))
	}
	r.Finding(lab.Finding{Sentence: neverFuller, Measured: fullest, Bound: 1, Holds: fullest <= 1})

	var falls, rises, nearer []comparison
	for i := range last {
		falls = append(falls, lower(judge.Column(bounded[i+1], elsewhereOf), 1, judge.Column(bounded[i], elsewhereOf)))
		rises = append(rises, higher(judge.Column(bounded[i+1], peakOf), 1, judge.Column(bounded[i], peakOf)))
	}
	for _, loads := range bounded {
		nearer = append(nearer, lower(judge.Column(loads, elsewhereOf), 0.5, judge.Column(random, elsewhereOf)))
	}
	tightest := judge.Column(bounded[0], peakOf)
	compare(r, fewerElsewhere, falls)
	compare(r, higherPeak, rises)
	compare(r, halfElsewhere, nearer)
	compare(r, tightThird,
		[]comparison{lower(above(tightest), 1.0/3, above(judge.Column(owner, peakOf)))})
	compare(r, tighterThanRandom, []comparison{lower(tightest, 1, judge.Column(random, peakOf))})
	compare(r, leastOptimum, []comparison{
		lower(judge.Column(least, peakOf), 1, tightest), lower(judge.Column(least, peakOf), 1, judge.Column(random, peakOf))})
	judge.State(r, randomPeak, []judge.Requirement{judge.Equals(judge.Column(random, peakOf), ringsim.PoissonPeak(b.nodes, b.perNode))})
	judge.State(r, randomElsewhere, []judge.Requirement{judge.Equals(judge.Column(random, elsewhereOf), 1-1/float64(b.nodes))})
}
