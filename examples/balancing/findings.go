package balancing

import (
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// less states that a is less than bound times b, where a[i] and b[i] come from the same replication. The two had the same
// requests, so it is judged by the difference a - bound*b, run by run: its whole 99.99% interval must be negative. Shown are
// the mean of a, with its own interval, and bound times that of b.
func less(r *lab.Run, sentence string, a []float64, bound float64, b []float64) {
	scaled := make([]float64, len(b))
	for i := range b {
		scaled[i] = bound * b[i]
	}
	difference, err := stats.Paired(a, scaled, stats.Asserted)
	if err != nil {
		r.NotHere(sentence)
		return
	}
	measured, err := stats.MeanInterval(a, stats.Asserted)
	if err != nil {
		r.NotHere(sentence)
		return
	}
	r.Finding(lab.Finding{
		Sentence: sentence,
		Measured: measured.Estimate, Low: measured.Low, High: measured.High, Bound: judge.Mean(scaled),
		Holds: difference.High < 0,
	})
}

// contains states that theory lies in the 99.99% interval of the mean.
func contains(r *lab.Run, sentence string, means []float64, theory float64) {
	interval, err := stats.MeanInterval(means, stats.Asserted)
	if err != nil {
		r.NotHere(sentence)
		return
	}
	r.Finding(lab.Finding{
		Sentence: sentence,
		Measured: interval.Estimate, Low: interval.Low, High: interval.High, Bound: theory,
		Holds: interval.Contains(theory),
	})
}
