package placing

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// The findings of virtual-nodes.
const (
	betaVariance = "the variance of nodes' shares is that of Beta(v, (n-1)v), at every number of nodes n and of virtual nodes v"
	betaRange    = "nine nodes in ten have a share between the 5% and the 95% quantile of Beta(v, (n-1)v)"
	harmonic     = "with one virtual node the fullest node's share over the mean is the n-th harmonic number, on average"
	byDefault    = "with 160 virtual nodes, the default, the fullest node owns at most 1.3 times the mean, on average"
	promiseKept  = "with as many virtual nodes as PointsFor says, no node's share exceeds the wanted peak, but as often as confidence allows"
)

func (v *virtualRun) findings(r *lab.Run) {
	var variances, ranges, ones, defaults []judge.Requirement
	for _, p := range slices.Concat(v.measured...) {
		sd := p.theory.RelativeSD()
		variances = append(variances, judge.Equals(p.variances, sd*sd))
		ranges = append(ranges, judge.Equals(p.inside, highShare-lowShare))
		switch p.points {
		case 1:
			ones = append(ones, judge.Equals(p.peaks, harmonicNumber(p.nodes)))
		case hashring.DefaultPoints:
			defaults = append(defaults, judge.AtMost(p.peaks, 1.3))
		}
	}
	judge.State(r, betaVariance, variances)
	judge.State(r, betaRange, ranges)
	judge.State(r, harmonic, ones)
	judge.State(r, byDefault, defaults)
	v.promise(r)
}

// promise is judged from one side: were it kept exactly, half of all runs would see a little more than it allows, and one in
// 20,000 a whole interval above. Shown is the number of nodes with which it is worst.
func (v *virtualRun) promise(r *lab.Run) {
	finding := lab.Finding{Sentence: promiseKept, Bound: 1 - v.confidence, Low: math.Inf(-1)}
	for _, p := range v.promised {
		interval, err := stats.MeanInterval(p.exceeded, stats.Asserted)
		if err != nil {
			r.NotHere(promiseKept)
			return
		}
		if interval.Low > finding.Low {
			finding.Measured, finding.Low, finding.High = interval.Estimate, interval.Low, interval.High
		}
	}
	finding.Holds = finding.Low <= finding.Bound
	r.Finding(finding)
}

// harmonicNumber is 1 + 1/2 + ... + 1/n: n times the mean of the largest of n random arcs of a circle.
func harmonicNumber(n int) (sum float64) {
	for i := range n {
		sum += 1 / float64(i+1)
	}
	return sum
}

func (v *virtualRun) headline() string {
	last := len(v.nodes) - 1
	most := v.measured[last]
	few, many := most[0], most[len(most)-1]
	if len(most) == 1 {
		return fmt.Sprintf("With %s virtual nodes each, the fullest of %s nodes owns %.3g times the mean",
			judge.Commas(few.points), judge.Commas(few.nodes), judge.Mean(few.peaks))
	}
	return fmt.Sprintf("The fullest of %s nodes owns %.1f times the mean with %s, %.2f times with %s", judge.Commas(few.nodes), judge.Mean(few.peaks),
		few.each(), judge.Mean(many.peaks), judge.Commas(many.points))
}

func (p ringPoint) each() string {
	if p.points == 1 {
		return "one virtual node each"
	}
	return judge.Commas(p.points) + " virtual nodes each"
}
