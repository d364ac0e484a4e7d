package placing

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
func (q requirement) judge(i stats.Interval) (holds bool, bound, room float64) {
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

// exactly states that a number, which has no interval, is what it should be.
func exactly(r *lab.Run, sentence string, measured, bound float64) {
	r.Finding(lab.Finding{Sentence: sentence, Measured: measured, Bound: bound, Holds: measured == bound})
}

// column is one number of each run, or one word.
func column[T, U any](runs []T, of func(T) U) []U {
	all := make([]U, len(runs))
	for i, run := range runs {
		all[i] = of(run)
	}
	return all
}

func mean(all []float64) float64 {
	sum := 0.0
	for _, x := range all {
		sum += x
	}
	return sum / float64(len(all))
}

// charted is the interval that is drawn.
func charted(runs []float64) (stats.Interval, error) {
	interval, err := stats.MeanInterval(runs, stats.Charted)
	if err != nil {
		return stats.Interval{}, fmt.Errorf("of %d runs: %w", len(runs), err)
	}
	return interval, nil
}

// commas writes a whole number with commas.
func commas(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// floats are whole numbers for a chart.
func floats(all []int) []float64 {
	f := make([]float64, len(all))
	for i, n := range all {
		f[i] = float64(n)
	}
	return f
}
