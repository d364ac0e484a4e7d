package quorumsim_test

import (
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/quorum/quorumsim"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// A run is what the package makes of the replication's stream, alone or in a grid; pooled trials are all of them.
func TestLaw_RunsAreTheSimulations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "N")
		q := quorum.Replicas{N: n, R: rapid.IntRange(1, n).Draw(t, "R"), W: rapid.IntRange(1, n).Draw(t, "W")}
		m := quorum.LinkedInDisk()
		if rapid.Bool().Draw(t, "WAN") {
			m = quorum.WAN()
		}
		seed, runs, trials := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(2, 5).Draw(t, "runs"), rapid.IntRange(1, 200).Draw(t, "trials")
		want := must(sim.Replicate(seed, runs, func(e *sim.Engine) (*quorum.Visibility, error) {
			return quorum.Staleness(m, q, trials, e.Stream("messages"))
		}))
		one := must(quorumsim.Staleness(seed, runs, m, q, trials))
		cell := must(quorumsim.StalenessGrid(seed, runs, m, n, trials))[q.R-1][q.W-1]
		pool := must(one.Pool())
		for _, lag := range []time.Duration{0, time.Millisecond, 10 * time.Millisecond} {
			sum := 0
			for i, v := range want {
				sum += v.Stale(lag)
				share := float64(v.Stale(lag)) / float64(trials)
				if one.Stale(lag)[i] != share || cell.Stale(lag)[i] != share {
					t.Fatalf("%v, run %d: stale %v, %v in the grid, due %v", q, i, one.Stale(lag)[i], cell.Stale(lag)[i], share)
				}
			}
			if pool.Stale(lag) != sum || pool.Trials() != runs*trials {
				t.Fatalf("%v: pooled, %d of %d trials are stale, due %d of %d", q, pool.Stale(lag), pool.Trials(), sum, runs*trials)
			}
			mean := must(one.Consistent(lag, stats.Charted)).Estimate
			if math.Abs(mean-must(pool.Consistent(lag, stats.Charted)).Estimate) > 1e-12 {
				t.Fatalf("%v: the mean of the runs is %v", q, mean)
			}
		}
	})
}

func TestLaw_ProcessorsDoNotMatter(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var all []string
	for _, processors := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(processors)
		runs := must(quorumsim.Staleness(5, 8, quorum.WAN(), quorum.Replicas{N: 3, R: 1, W: 1}, 500))
		all = append(all, fmt.Sprint(runs.Stale(0), runs.Stale(50*time.Millisecond), must(must(runs.Pool()).WriteLatency(0.9, 0.9))))
	}
	require.Equal(t, all[0], all[1])
	require.Equal(t, all[0], all[2])
}

// Once a write commits, a memoryless replica lacks it t later with a probability of exp(-t/mean): both kinds of interval contain that.
func TestClaim_IntervalsContainTheExactShare(t *testing.T) {
	runs, trials := 20, 20_000
	if race.Enabled {
		runs, trials = 3, 100
	}
	mean, none := 10*time.Millisecond, must(quorum.Constant(0))
	m := quorum.Model{W: must(quorum.Exponential(mean)), A: none, R: none, S: none}
	for r, row := range must(quorumsim.StalenessGrid(1, runs, m, 4, trials)) {
		for w, cell := range row {
			misses := must(quorum.KStaleness(quorum.Replicas{N: 4, R: r + 1, W: w + 1}, 1))
			for _, lag := range []time.Duration{0, 5 * time.Millisecond} {
				exact := 1 - misses*math.Exp(-float64(r+1)*float64(lag)/float64(mean))
				student, pooled := must(cell.Consistent(lag, stats.Asserted)), must(must(cell.Pool()).Consistent(lag, stats.Asserted))
				if race.Enabled {
					continue
				}
				require.True(t, student.Low-1e-12 <= exact && exact <= student.High+1e-12, "R=%d W=%d after %v: %v, %v", r+1, w+1, lag, student, exact)
				require.True(t, pooled.Low-1e-12 <= exact && exact <= pooled.High+1e-12, "R=%d W=%d after %v: %v, %v", r+1, w+1, lag, pooled, exact)
			}
		}
	}
}

func TestBadInputIsRefused(t *testing.T) {
	q := quorum.Replicas{N: 3, R: 1, W: 1}
	_, err := quorumsim.Staleness(1, 0, quorum.WAN(), q, 10)
	require.ErrorContains(t, err, "the number of replications must lie in [1, 16777216]: 0")
	_, err = quorumsim.Staleness(1, 2, quorum.WAN(), quorum.Replicas{N: 3, R: 1}, 10)
	require.EqualError(t, err, "sim: replication 0: quorum: W must be in [1, N]: W=0 N=3")
	_, err = quorumsim.StalenessGrid(1, 2, quorum.WAN(), 0, 10)
	require.EqualError(t, err, "sim: replication 0: quorum: N must be at least 1: N=0")
	_, err = quorumsim.StalenessGrid(1, 2, quorum.Model{}, 3, 10)
	require.ErrorContains(t, err, "none for W")
	runs := must(quorumsim.Staleness(1, 2, quorum.WAN(), q, 10))
	_, err = runs.Consistent(-1, stats.Charted)
	require.EqualError(t, err, "quorumsim: a read must start when the write commits, or later: -1ns after it")
	_, err = runs[:1].Consistent(0, stats.Charted)
	require.Error(t, err)
	_, err = quorumsim.Runs{}.Pool()
	require.EqualError(t, err, "quorum: pooled trials must be of one simulation or more: there is none")
}
