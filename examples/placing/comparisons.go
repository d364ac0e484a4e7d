package placing

import (
	"math"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// comparison is one of several that a finding is about: two numbers of each run, of which the first must be the lower one.
type comparison struct {
	runs, than []float64
	higher     bool // must be the higher one
}

// lower asks that the mean of some numbers is less than so many times that of others, from the same runs.
func lower(runs []float64, times float64, than []float64) comparison {
	return comparison{runs, scaled(times, than), false}
}

func higher(runs []float64, times float64, than []float64) comparison {
	return comparison{runs, scaled(times, than), true}
}

func scaled(times float64, runs []float64) []float64 {
	all := make([]float64, len(runs))
	for i, x := range runs {
		all[i] = times * x
	}
	return all
}

// compare states a finding about all of some comparisons. The runs have the same requests, or the same tenants, so each is judged by the
// difference, run by run: the whole 99.99% interval must be on one side of zero. Shown is the one that comes closest to being wrong, with the
// interval of its own mean and, as the bound, the mean of what it is compared with. Without any it cannot be judged.
func compare(r *lab.Run, sentence string, all []comparison) {
	if len(all) == 0 {
		r.NotHere(sentence)
		return
	}
	finding, least := lab.Finding{Sentence: sentence, Holds: true}, math.Inf(1)
	for i, c := range all {
		difference, err := stats.Paired(c.than, c.runs, stats.Asserted)
		if err != nil {
			r.NotHere(sentence)
			return
		}
		own, err := stats.MeanInterval(c.runs, stats.Asserted)
		if err != nil {
			r.NotHere(sentence)
			return
		}
		room := difference.Low
		if c.higher {
			room = -difference.High
		}
		finding.Holds = finding.Holds && room > 0
		bound := judge.Mean(c.than)
		if share := room / max(math.Abs(bound), math.SmallestNonzeroFloat64); i == 0 || share < least {
			least = share
			finding.Measured, finding.Low, finding.High, finding.Bound = own.Estimate, own.Low, own.High, bound
		}
	}
	r.Finding(finding)
}

// above is how far peaks are above the mean of all nodes, which is 1.
func above(peaks []float64) []float64 {
	all := make([]float64, len(peaks))
	for i, peak := range peaks {
		all[i] = peak - 1
	}
	return all
}
