// Package judge states findings about numbers that have intervals: the whole 99.99% interval must be where the sentence says. The topics of
// the experiments share it.
package judge

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// Requirement is one of several numbers that a finding is about: what was measured, run by run, and the range that its mean must lie
// in. One end may be infinite, and equal ends ask for that number.
type Requirement struct {
	runs        []float64
	least, most float64
}

// AtLeast asks for a mean in [least, infinity).
func AtLeast(runs []float64, least float64) Requirement {
	return Requirement{runs, least, math.Inf(1)}
}

// AtMost asks for a mean in (-infinity, most].
func AtMost(runs []float64, most float64) Requirement { return Requirement{runs, math.Inf(-1), most} }

// Equals asks for that mean.
func Equals(runs []float64, exact float64) Requirement {
	return Requirement{runs, exact, exact}
}

// Within asks for a mean in [least, most].
func Within(runs []float64, least, most float64) Requirement { return Requirement{runs, least, most} }

// State states a finding about all of some numbers: the whole 99.99% interval of each must lie in its range or, where that is one
// number, contain it. Shown is the number that comes closest to being wrong. Without any number it cannot be judged.
func State(r *lab.Run, sentence string, all []Requirement) {
	if len(all) == 0 {
		r.NotHere(sentence)
		return
	}
	finding, least := lab.Finding{Sentence: sentence, Holds: true}, math.Inf(1)
	for i, q := range all {
		interval, err := stats.MeanInterval(q.runs, stats.Asserted)
		if err != nil {
			r.NotHere(sentence)
			return
		}
		holds, bound, room := q.judge(interval)
		finding.Holds = finding.Holds && holds
		if i == 0 || room < least {
			least = room
			finding.Measured, finding.Low, finding.High, finding.Bound = interval.Estimate, interval.Low, interval.High, bound
		}
	}
	r.Finding(finding)
}

// judge says whether a requirement is met, which end of its range is the closest, and how much room there is to that end, in half-widths of
// the interval.
func (q Requirement) judge(i stats.Interval) (holds bool, bound, room float64) {
	inHalfWidths := func(room float64) float64 {
		if i.HalfWidth() == 0 {
			return math.Copysign(math.Inf(1), room)
		}
		return room / i.HalfWidth()
	}
	switch {
	case q.least == q.most:
		return i.Contains(q.least), q.least, inHalfWidths(i.HalfWidth() - math.Abs(i.Estimate-q.least))
	case q.most-i.High < i.Low-q.least:
		return i.High <= q.most, q.most, inHalfWidths(q.most - i.High)
	}
	return i.Low >= q.least, q.least, inHalfWidths(i.Low - q.least)
}

// Charted is the interval that is drawn.
func Charted(runs []float64) (stats.Interval, error) {
	interval, err := stats.MeanInterval(runs, stats.Charted)
	if err != nil {
		return stats.Interval{}, fmt.Errorf("of %d runs: %w", len(runs), err)
	}
	return interval, nil
}
