package agreeing

import (
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/quorum/quorumsim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// ChooseQuorum measures every R and W of some numbers of replicas: what reads and writes take, how many reads are stale, and how often too few
// replicas are up. It ends in the numbers to use for the targets that are stated.
//
// In data.csv overlap says whether R + W > N. p_consistent is the share of reads that see a write, of those that start t_ms after its commit, with its
// exact (Clopper-Pearson) interval in low and high. read_available and write_available are exact probabilities that R, and W, of the replicas are up, each
// of which is with a probability of replica_up. targets says whether all of them are met.
var ChooseQuorum = chooseQuorum(asSimulated, judge.Effort{})

// choosing is what the choice rests on; a test may plant bugs in it.
type choosing struct {
	grid      simulateGrid
	available func(q quorum.Replicas, up float64) (read, write float64, err error)
	tolerates func(q quorum.Replicas) (reads, writes int)
}

var asSimulated = choosing{quorumsim.StalenessGrid, func(q quorum.Replicas, up float64) (float64, float64, error) {
	return q.Availability(quorum.Failures{Up: up})
}, quorum.Replicas.Tolerates}

func chooseQuorum(by choosing, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "choose-quorum",
		Topic:    "agreeing",
		Question: "Which R and W should reads and writes wait for, and of how many replicas?",
		Guide:    []string{"q.example", "q.overlap", "q.staleness"},
		Packages: []string{"quorum.StalenessGrid", "quorum.Replicas", "quorum/quorumsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			c := &chooseRun{choosing: by, effort: effort}
			c.model = lab.Value(p, "model", standardModel, "", modelMeaning, readModel)
			c.ns = p.Ints("n", []int{3, 5}, "replicas", "how many there are of a key, one or two numbers", lab.Within(1, 7))
			c.up = p.Float("up", 0.99, "", "probability that a replica is up", lab.Within(0.0, 1.0))
			c.trials = p.Int("trials", 200_000, "trials", "a write and a read each, ten times as many with -full", lab.Within(40_000, 4_000_000))
			c.read = p.Duration("read", 5*time.Millisecond, "target: what 99.9% of reads take at most", lab.Above[time.Duration](0))
			c.write = p.Duration("write", 30*time.Millisecond, "target: what 99.9% of writes take at most", lab.Above[time.Duration](0))
			c.within = p.Duration("within", 0, "target: how long after a write reads should see it", lab.Within[time.Duration](0, time.Hour))
			c.consistent = p.Float("consistent", 0.999, "of reads", "target: how many of those do, at least", lab.Within(0.0, 1.0))
			c.availability = p.Float("available", 0.9999, "", "target: how likely enough replicas are up, for reads and for writes", lab.Within(0.0, 1.0))
			if len(c.ns) > 2 {
				p.Refuse(fmt.Errorf("-n must be one or two numbers: %d", len(c.ns)))
			}
			return c.run
		},
	}
}

type chooseRun struct {
	choosing
	effort judge.Effort
	model  namedModel
	ns     []int // ascending in a run
	up     float64
	trials int

	read, write, within      time.Duration
	consistent, availability float64

	results []choice
}

// choice is what an R and W of N come to.
type choice struct {
	quorum.Replicas
	runs                      quorumsim.Runs
	pool                      *quorum.Visibility
	readTakes, writeTakes     quorum.Percentile // of 99.9%
	seen                      quorum.Share
	readAvailable             float64
	writeAvailable            float64
	fast, fresh, isThere, all bool // which targets are met
}

func (c choice) cost() time.Duration { return c.readTakes.Estimate + c.writeTakes.Estimate }

func (c *chooseRun) run(r *lab.Run) error {
	slices.Sort(c.ns)
	runs, trials := c.effort.Runs(20, 20, r.Full), c.trials/20
	switch {
	case c.effort.Tiny:
		trials = 4000 // enough for the intervals of high percentiles
	case r.Full:
		trials *= 10
	}
	c.results = nil
	for _, n := range c.ns {
		r.Progress("%s, N=%d: %d runs of %d writes and reads", c.model.name, n, runs, trials)
		grid, err := c.grid(r.Seed, runs, c.model.Model, n, trials)
		if err != nil {
			return err
		}
		pools, err := pooled(grid)
		if err != nil {
			return err
		}
		for i, row := range grid {
			for j, cell := range row {
				one := choice{Replicas: quorum.Replicas{N: n, R: i + 1, W: j + 1}, runs: cell, pool: pools[i][j]}
				if err := c.judge(&one); err != nil {
					return err
				}
				c.results = append(c.results, one)
			}
		}
	}
	c.table(r)
	if err := c.findings(r); err != nil {
		return err
	}
	r.Recommend(c.advice())
	r.Figure(c.figure())
	return nil
}

// judge measures a choice, and compares it with the targets. What overlaps is fresh whatever luck says.
func (c *chooseRun) judge(one *choice) (err error) {
	if one.readTakes, err = one.pool.ReadLatency(p999, stats.Charted); err != nil {
		return err
	}
	if one.writeTakes, err = one.pool.WriteLatency(p999, stats.Charted); err != nil {
		return err
	}
	if one.seen, err = one.pool.Consistent(c.within, stats.Charted); err != nil {
		return err
	}
	if one.readAvailable, one.writeAvailable, err = c.available(one.Replicas, c.up); err != nil {
		return err
	}
	one.fast = one.readTakes.High <= c.read && one.writeTakes.High <= c.write
	one.fresh = one.Overlaps() || one.seen.Low >= c.consistent
	one.isThere = min(one.readAvailable, one.writeAvailable) >= c.availability
	one.all = one.fast && one.fresh && one.isThere
	return nil
}

func (c *chooseRun) table(r *lab.Run) {
	t := r.Table("model", "n", "r", "w", "overlap", "trials", "read_p999_ms", "read_p999_low_ms", "read_p999_high_ms", "write_p999_ms", "write_p999_low_ms",
		"write_p999_high_ms", "t_ms", "p_consistent", "low", "high", "replica_up", "read_available", "write_available", "targets")
	for _, x := range c.results {
		t.Row(c.model.name, x.N, x.R, x.W, x.Overlaps(), x.pool.Trials(), judge.Milliseconds(x.readTakes.Estimate), judge.Milliseconds(x.readTakes.Low), judge.Milliseconds(x.readTakes.High),
			judge.Milliseconds(x.writeTakes.Estimate), judge.Milliseconds(x.writeTakes.Low), judge.Milliseconds(x.writeTakes.High), judge.Milliseconds(c.within), x.seen.Estimate, x.seen.Low, x.seen.High,
			c.up, x.readAvailable, x.writeAvailable, x.all)
	}
}

// of is the choice of these numbers, if they were measured.
func (c *chooseRun) of(n, r, w int) (choice, bool) {
	i := slices.IndexFunc(c.results, func(x choice) bool { return x.Replicas == quorum.Replicas{N: n, R: r, W: w} })
	if i < 0 {
		return choice{}, false
	}
	return c.results[i], true
}

// enumerated is the probability that k or more of n replicas are up, over all sets of them.
func enumerated(n, k int, up float64) float64 {
	sum := 0.0
	for set := range uint(1) << n {
		if count := bits.OnesCount(set); count >= k {
			chance := 1.0
			for i := range n {
				if set>>i&1 == 1 {
					chance *= up
				} else {
					chance *= 1 - up
				}
			}
			sum += chance
		}
	}
	return sum
}
