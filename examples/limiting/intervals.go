package limiting

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// requirement is one of several numbers that a finding is about: what was measured, run by run, and the range that its mean must lie
// in. One end may be infinite, and equal ends ask for that number.
type requirement struct {
	runs        []float64
	least, most float64
}

func atLeast(runs []float64, least float64) requirement {
	return requirement{runs, least, math.Inf(1)}
}
func atMost(runs []float64, most float64) requirement { return requirement{runs, math.Inf(-1), most} }
func equals(runs []float64, exact float64) requirement {
	return requirement{runs, exact, exact}
}

// state states a finding about all of some numbers: the whole 99.99% interval of each must lie in its range or, where that is one
// number, contain it. Shown is the number that comes closest to being wrong. Without any number it cannot be judged.
func state(r *lab.Run, sentence string, all []requirement) {
	if len(all) == 0 {
		r.NotHere(sentence)
		return
	}
	finding, least := lab.Finding{Sentence: sentence, Holds: true}, math.Inf(1)
	for _, q := range all {
		interval, err := stats.MeanInterval(q.runs, stats.Asserted)
		if err != nil {
			r.NotHere(sentence)
			return
		}
		holds, bound, room := q.judge(interval)
		finding.Holds = finding.Holds && holds
		if room < least {
			least = room
			finding.Measured, finding.Low, finding.High, finding.Bound = interval.Estimate, interval.Low, interval.High, bound
		}
	}
	r.Finding(finding)
}

// judge says whether a requirement is met, which end of its range is the closest, and how much room there is to that end, as a part of
// what there would be if the number were sure.
func (q requirement) judge(i stats.Interval) (holds bool, bound, room float64) {
	part := func(room float64) float64 {
		if i.HalfWidth() == 0 {
			return math.Copysign(math.Inf(1), room)
		}
		return room / i.HalfWidth()
	}
	switch {
	case q.least == q.most:
		return i.Contains(q.least), q.least, part(i.HalfWidth() - math.Abs(i.Estimate-q.least))
	case q.most-i.High < i.Low-q.least:
		return i.High <= q.most, q.most, part(q.most - i.High)
	}
	return i.Low >= q.least, q.least, part(i.Low - q.least)
}

// each is a function of each run's pair.
func each(a, b []float64, of func(a, b float64) float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = of(a[i], b[i])
	}
	return all
}

// charted is the interval that is drawn.
func charted(runs []float64) (stats.Interval, error) {
	interval, err := stats.MeanInterval(runs, stats.Charted)
	if err != nil {
		return stats.Interval{}, fmt.Errorf("of %d runs: %w", len(runs), err)
	}
	return interval, nil
}

// replications is how many runs are made.
func replications(e effort, quick int, full bool) int {
	switch {
	case e.tiny:
		return 3
	case full:
		return 40
	}
	return quick
}
