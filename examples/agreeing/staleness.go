package agreeing

import (
	"fmt"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/quorum/quorumsim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// Staleness draws how many reads miss a write, against how long after its commit they start, for numbers of replicas that a read and a write
// wait for, and what they pay for waiting. With the reader's own delays it ends in a recommendation.
//
// In data.csv p_consistent is the share of trials in which a read that starts t_ms after the commit sees the write, with its exact (Clopper-Pearson)
// 95% interval in low and high. read_p999_ms and write_p999_ms are the 99.9th percentiles of what a read and a write take.
var Staleness = staleness(quorumsim.StalenessGrid, judge.Effort{})

// simulateGrid is how a grid of every R and W is simulated; a test may plant a bug in it.
type simulateGrid func(seed uint64, runs int, m quorum.Model, n, trials int) ([][]quorumsim.Runs, error)

const (
	standardModel  = "lnkd-disk"
	standardWithin = time.Duration(0)
	standardWanted = 0.999
	p999           = 0.999
)

func staleness(simulate simulateGrid, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "staleness",
		Topic:    "agreeing",
		Question: "How stale are reads if R + W does not exceed N, and for how long?",
		Guide:    []string{"q.staleness", "q.overlap"},
		Packages: []string{"quorum.Staleness", "quorum.KStaleness", "quorum/quorumsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			s := &stalenessRun{simulate: simulate, effort: effort}
			s.model = lab.Value(p, "model", standardModel, "", modelMeaning, readModel)
			s.n = p.Int("n", 3, "replicas", "how many there are of a key", lab.Within(1, 9))
			s.rs = p.Ints("r", []int{1, 2}, "replicas", "numbers that a read waits for", lab.AtLeast(1))
			s.ws = p.Ints("w", []int{1, 2}, "replicas", "numbers that a write waits for", lab.AtLeast(1))
			s.trials = p.Int("trials", 400_000, "trials", "a write and a read each, ten times as many with -full", lab.Within(10_000, 4_000_000))
			s.within = p.Duration("within", standardWithin, "how long after a write a read must see it, for the recommendation", lab.Within[time.Duration](0, time.Hour))
			s.wanted = p.Float("wanted", standardWanted, "of reads", "how many must, for the recommendation", lab.Inside(0.0, 1.0))
			p.Refuse(s.unfit())
			return s.run
		},
	}
}

type stalenessRun struct {
	simulate simulateGrid
	effort   judge.Effort
	model    namedModel
	n        int
	rs, ws   []int
	trials   int
	within   time.Duration
	wanted   float64

	grid  [][]quorumsim.Runs     // of every R and W
	pools [][]*quorum.Visibility // all runs of an R and W together
}

// pair is an R and a W.
type pair struct{ r, w int }

func (p pair) String() string { return fmt.Sprintf("R=%d W=%d", p.r, p.w) }

// pairs are those that the reader asks for: first those that do not overlap, by R.
func (s *stalenessRun) pairs() (partial, strict []pair) {
	for _, r := range slices.Sorted(slices.Values(s.rs)) {
		for _, w := range slices.Sorted(slices.Values(s.ws)) {
			if (quorum.Replicas{N: s.n, R: r, W: w}).Overlaps() {
				strict = append(strict, pair{r, w})
			} else {
				partial = append(partial, pair{r, w})
			}
		}
	}
	return partial, strict
}

func (s *stalenessRun) unfit() error {
	for _, r := range s.rs {
		for _, w := range s.ws {
			if err := (quorum.Replicas{N: s.n, R: r, W: w}).Validate(); err != nil {
				return err
			}
		}
	}
	partial, strict := s.pairs()
	switch {
	case len(partial) > len(lineColors):
		return fmt.Errorf("-r and -w must leave at most %d pairs that do not overlap, a line each: %d", len(lineColors), len(partial))
	case len(partial)+len(strict) > mostBars:
		return fmt.Errorf("-r and -w must be at most %d pairs: %d", mostBars, len(partial)+len(strict))
	case !s.model.file.Given() && (s.within != standardWithin || s.wanted != standardWanted):
		return fmt.Errorf("-within and -wanted are for a recommendation, and need -model file:PATH: %v, %v", s.within, s.wanted)
	}
	return nil
}

func (s *stalenessRun) run(r *lab.Run) (err error) {
	runs, trials := s.effort.Runs(20, 20, r.Full), s.trials/20
	switch {
	case s.effort.Tiny:
		trials = 4000 // enough for the intervals of high percentiles
	case r.Full:
		trials *= 10
	}
	r.Progress("%s, N=%d: %d runs of %d writes and reads", s.model.name, s.n, runs, trials)
	if s.grid, err = s.simulate(r.Seed, runs, s.model.Model, s.n, trials); err != nil {
		return err
	}
	if s.pools, err = pooled(s.grid); err != nil {
		return err
	}
	times, err := s.times()
	if err != nil {
		return err
	}
	if err := s.table(r, times); err != nil {
		return err
	}
	if err := s.findings(r, times); err != nil {
		return err
	}
	if s.model.file.Given() {
		if err := s.recommend(r); err != nil {
			return err
		}
	}
	figure, err := s.figure(times)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// pooled are the trials of all runs, by R and W.
func pooled(grid [][]quorumsim.Runs) ([][]*quorum.Visibility, error) {
	all := make([][]*quorum.Visibility, len(grid))
	for i, row := range grid {
		for _, cell := range row {
			pool, err := cell.Pool()
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], pool)
		}
	}
	return all, nil
}

// at is what was pooled of a pair.
func (s *stalenessRun) at(p pair) *quorum.Visibility { return s.pools[p.r-1][p.w-1] }

// times are those at which the curves are drawn: from the commit on, evenly, until less than one read in a thousand is stale whatever
// the numbers, rounded up. If none is stale, as long as writes take.
func (s *stalenessRun) times() ([]time.Duration, error) {
	const steps, few = 40, 1.0 / 1000
	partial, strict := s.pairs()
	end := time.Duration(0)
	for _, p := range partial {
		v, err := s.at(p).TVisibility(1-few, 0.5)
		if err != nil {
			return nil, err
		}
		end = max(end, v.Estimate)
	}
	if end == 0 {
		v, err := s.at(append(strict, partial...)[0]).WriteLatency(p999, 0.5)
		if err != nil {
			return nil, err
		}
		end = v.Estimate
	}
	end = roundUp(end)
	times := make([]time.Duration, steps+1)
	for i := range times {
		times[i] = end/steps*time.Duration(i) + end%steps*time.Duration(i)/steps // the product of a delay of months would overflow
	}
	return times, nil
}

// roundUp makes a time one that is easy to read.
func roundUp(d time.Duration) time.Duration {
	for unit := 10 * time.Microsecond; unit < 1000*time.Hour; unit *= 10 {
		for _, digit := range []time.Duration{1, 2, 3, 4, 6, 8} {
			if d <= digit*unit {
				return digit * unit
			}
		}
	}
	return d
}

func (s *stalenessRun) table(r *lab.Run, times []time.Duration) error {
	table := r.Table("model", "n", "r", "w", "trials", "read_p999_ms", "write_p999_ms", "t_ms", "p_consistent", "low", "high")
	partial, strict := s.pairs()
	for _, p := range append(partial, strict...) {
		v := s.at(p)
		read, err := v.ReadLatency(p999, stats.Charted)
		if err != nil {
			return err
		}
		write, err := v.WriteLatency(p999, stats.Charted)
		if err != nil {
			return err
		}
		for _, t := range times {
			share, err := v.Consistent(t, stats.Charted)
			if err != nil {
				return err
			}
			table.Row(s.model.name, s.n, p.r, p.w, v.Trials(), judge.Milliseconds(read.Estimate), judge.Milliseconds(write.Estimate), judge.Milliseconds(t), share.Estimate, share.Low, share.High)
		}
	}
	return nil
}
