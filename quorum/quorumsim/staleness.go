package quorumsim

import (
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// Runs are independent simulations of one N, R and W.
type Runs []*quorum.Visibility

// Staleness is quorum.Staleness, so many runs of it, with so many trials each.
func Staleness(seed uint64, runs int, m quorum.Model, q quorum.Replicas, trials int) (Runs, error) {
	return sim.Replicate(seed, runs, func(e *sim.Engine) (*quorum.Visibility, error) {
		return quorum.Staleness(m, q, trials, e.Stream("messages"))
	})
}

// StalenessGrid is quorum.StalenessGrid, so many runs of it: the runs of R and W are entry [R-1][W-1]. Whatever R and W are, a run has the
// same messages, so that they can be compared run by run (stats.Paired).
func StalenessGrid(seed uint64, runs int, m quorum.Model, n, trials int) ([][]Runs, error) {
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) ([][]*quorum.Visibility, error) {
		return quorum.StalenessGrid(m, n, trials, e.Stream("messages"))
	})
	if err != nil {
		return nil, err
	}
	grid := make([][]Runs, n)
	for r := range grid {
		grid[r] = make([]Runs, n)
		for w := range grid[r] {
			for _, run := range all {
				grid[r][w] = append(grid[r][w], run[r][w])
			}
		}
	}
	return grid, nil
}

// Stale is the share of reads that start t after the commit and miss the write, by run.
func (r Runs) Stale(t time.Duration) []float64 {
	shares := make([]float64, len(r))
	for i, v := range r {
		shares[i] = float64(v.Stale(t)) / float64(v.Trials())
	}
	return shares
}

// Consistent is the probability that a read which starts t after the commit sees the write: the mean of the runs and Student's interval.
// There must be two runs or more. t is not negative.
func (r Runs) Consistent(t time.Duration, confidence float64) (stats.Interval, error) {
	if t < 0 {
		return stats.Interval{}, fmt.Errorf("quorumsim: a read must start when the write commits, or later: %v after it", t)
	}
	stale, err := stats.MeanInterval(r.Stale(t), confidence)
	return stats.Interval{Estimate: 1 - stale.Estimate, Low: 1 - stale.High, High: 1 - stale.Low}, err
}

// Pool takes the trials of all runs together.
func (r Runs) Pool() (*quorum.Visibility, error) { return quorum.Pool(r...) }
