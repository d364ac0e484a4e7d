package quorum_test

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

// asserted is the confidence of whatever is asserted about random numbers.
const asserted = 0.9999

// The models of the paper, simulated once for all claims.
var (
	linkedInSSD  = everyRAndW(quorum.LinkedInSSD(), 1_000_000)
	linkedInDisk = everyRAndW(quorum.LinkedInDisk(), 1_000_000)
	wan          = everyRAndW(quorum.WAN(), 300_000)
	yammer       = everyRAndW(quorum.Yammer(), 300_000)
	yammerAsUsed = everyRAndW(yammerWithShape(3.5), 300_000)
)

// everyRAndW is a grid of three replicas; under the race detector its trials are few, and no number is judged.
func everyRAndW(m quorum.Model, trials int) func(t *testing.T) [][]*quorum.Visibility {
	if race.Enabled {
		trials = 1000
	}
	grid := sync.OnceValue(func() [][]*quorum.Visibility { return must(quorum.StalenessGrid(m, 3, trials, rand.NewPCG(1, 2))) })
	return func(t *testing.T) [][]*quorum.Visibility {
		t.Helper()
		t.Parallel()
		all := grid()
		if race.Enabled {
			t.Skip("numbers are not judged at a tiny size")
		}
		return all
	}
}

func yammerWithShape(alpha float64) quorum.Model {
	m := quorum.Yammer()
	ms := func(x float64) time.Duration { return time.Duration(x * float64(time.Millisecond)) }
	m.W = must(quorum.Mixture(
		quorum.Part{Weight: 0.939, Delay: must(quorum.Pareto(ms(3), alpha))},
		quorum.Part{Weight: 0.061, Delay: must(quorum.Exponential(ms(1 / 0.0028)))}))
	return m
}

// published requires a quantile to be what was printed, within 2%, for those are from noisy runs, and four standard errors of ours. The
// interval of one standard error to both sides has a confidence of 68.27%.
func published(t *testing.T, of func(p, confidence float64) (quorum.Percentile, error), ms float64, what ...any) {
	t.Helper()
	q, err := of(0.999, 0.6827)
	require.NoError(t, err)
	printed := time.Duration(ms * float64(time.Millisecond))
	require.InDelta(t, printed, q.Estimate, 0.02*float64(printed)+4*float64(q.High-q.Low)/2, what...)
}

// Table 4 of the paper: latencies at the 99.9th percentile, in milliseconds.
func TestClaim_PublishedLatencies(t *testing.T) {
	for _, c := range []struct {
		name string
		grid func(*testing.T) [][]*quorum.Visibility
		rows []row
	}{
		{"LNKD-SSD", linkedInSSD, []row{{1, 1, 0.66, 0.66}, {1, 2, 0.66, 1.63}, {2, 2, 1.62, 1.64}, {3, 1, 4.14, 0.65}}},
		{"LNKD-DISK", linkedInDisk, []row{{1, 1, 0.66, 10.99}, {1, 2, 0.65, 20.97}, {2, 2, 1.64, 20.96}, {1, 3, 0.65, 112.65}}},
		{"WAN", wan, []row{{1, 1, 3.4, 55.12}, {2, 2, 151.31, 167.72}, {3, 1, 153.86, 55.19}, {1, 3, 3.44, 241.55}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			grid := c.grid(t)
			for _, row := range c.rows {
				v := grid[row.r-1][row.w-1]
				published(t, v.ReadLatency, row.read, "R=%d read", row.r)
				published(t, v.WriteLatency, row.write, "W=%d write", row.w)
			}
		})
	}
}

type row struct {
	r, w        int
	read, write float64 // ms
}

// Section 5.6: 97.4% of reads from SSDs that start when the write commits see it, and 43.9% from disks. The first holds, to the digit that
// is printed; the second is 43.64% (+- 0.04%) with the parameters that are printed. Four standard errors, of a binomial share.
func TestClaim_ConsistentWhenTheWriteCommits(t *testing.T) {
	for _, c := range []struct {
		name            string
		grid            func(*testing.T) [][]*quorum.Visibility
		share, rounding float64
	}{{"LNKD-SSD", linkedInSSD, 0.974, 0.0005}, {"LNKD-DISK", linkedInDisk, 0.4364, 0.0004}} {
		t.Run(c.name, func(t *testing.T) {
			v := c.grid(t)[0][0]
			deviation := math.Sqrt(c.share * (1 - c.share) / float64(v.Trials()))
			require.InDelta(t, c.share, must(v.Consistent(0, asserted)).Estimate, c.rounding+4*deviation)
		})
	}
}

// The t-visibilities at 99.9% that the paper prints for R=W=1, 1.85 and 45.5 ms, are first crossings of noisy shares, and too low: the interval
// does not reach down to them. It holds what was found by other means, 1.968 (1.957 to 1.978) and 52.0 (51.5 to 52.6) ms.
func TestClaim_PublishedTVisibilitiesAreBiased(t *testing.T) {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	for _, c := range []struct {
		name               string
		grid               func(*testing.T) [][]*quorum.Visibility
		printed, low, high float64 // ms
	}{{"LNKD-SSD", linkedInSSD, 1.85, 1.957, 1.978}, {"LNKD-DISK", linkedInDisk, 45.5, 51.5, 52.6}} {
		t.Run(c.name, func(t *testing.T) {
			q := must(c.grid(t)[0][0].TVisibility(0.999, asserted))
			require.Greater(t, ms(q.Low), c.printed)
			require.LessOrEqual(t, ms(q.Low), c.high)
			require.GreaterOrEqual(t, ms(q.High), c.low)
		})
	}
}

// The rows that the paper prints for YMMR (W=1: 10.83, 10.73 and 10.79 ms; 89.3% when the write commits) are those of a shape of 3.5, and not
// of the 3.35 that it prints. The mean of the three has a third of the noise of one, which is at most 2%.
func TestClaim_YammerRowsHaveAnotherShape(t *testing.T) {
	t.Run("3.5", func(t *testing.T) {
		v := yammerAsUsed(t)[0][0]
		published(t, v.WriteLatency, (10.83+10.73+10.79)/3)
		share := must(v.Consistent(0, asserted))
		require.Less(t, share.Low, 0.8935)
		require.Greater(t, share.High, 0.8925)
	})
	t.Run("3.35", func(t *testing.T) {
		require.Less(t, must(yammer(t)[0][0].Consistent(0, asserted)).High, 0.8925)
	})
}

// Where replicas are memoryless all is known: when a write commits, W replicas have it, and each of the others lacks it t later with a
// probability of exp(-t/mean), whatever happened before. A read that asks R random ones misses the write if all are among these.
func TestClaim_MemorylessReplicas(t *testing.T) {
	t.Parallel()
	trials := 100_000
	if race.Enabled {
		trials = 1000
	}
	mean, none := 10*time.Millisecond, must(quorum.Constant(0))
	for n := 1; n <= 5; n++ {
		for _, m := range []quorum.Model{
			{W: must(quorum.Exponential(mean)), A: none, R: none, S: must(quorum.Pareto(time.Millisecond, 1))},
			{W: must(quorum.Exponential(mean)), A: none, R: must(quorum.Constant(5 * time.Millisecond)), S: none},
		} {
			underWay := m.R.Draw(nil) // a constant
			grid := must(quorum.StalenessGrid(m, n, trials, rand.NewPCG(uint64(n), 3)))
			for r := 1; r <= n; r++ {
				for w := 1; w <= n; w++ {
					misses := must(quorum.KStaleness(quorum.Replicas{N: n, R: r, W: w}, 1))
					for _, lag := range []time.Duration{0, 3 * time.Millisecond, 20 * time.Millisecond} {
						stale := misses * math.Exp(-float64(r)*float64(lag+underWay)/float64(mean))
						got := must(grid[r-1][w-1].Consistent(lag, asserted))
						require.GreaterOrEqual(t, 1-stale, got.Low-1e-12, "N=%d R=%d W=%d after %v", n, r, w, lag)
						require.LessOrEqual(t, 1-stale, got.High+1e-12, "N=%d R=%d W=%d after %v", n, r, w, lag)
					}
				}
			}
		}
	}
}

// Section 3.1: of three replicas with R=W=1, a read is within three versions with a probability of 0.703, five 0.868 and ten 0.98;
// with W=2 two 0.888.
func TestClaim_KStaleness(t *testing.T) {
	one, two := quorum.Replicas{N: 3, R: 1, W: 1}, quorum.Replicas{N: 3, R: 1, W: 2}
	for _, c := range []struct {
		q    quorum.Replicas
		k    int
		want float64
	}{
		{one, 1, 2. / 3}, {one, 2, 4. / 9}, {one, 3, 8. / 27}, {one, 5, 32. / 243}, {one, 10, 1024. / 59049},
		{two, 1, 1. / 3}, {two, 2, 1. / 9}, {quorum.Replicas{N: 3, R: 2, W: 1}, 2, 1. / 9}, {quorum.Replicas{N: 3, R: 2, W: 2}, 1, 0},
		{quorum.Replicas{N: 5, R: 2, W: 3}, 1, 0.1},
		{quorum.Replicas{N: 1_000_000_000, R: 1, W: 999_999_999}, 1, 1e-9},
	} {
		require.InEpsilon(t, 1+c.want, 1+must(quorum.KStaleness(c.q, c.k)), 1e-15, "%v k=%d", c.q, c.k)
	}
}

// It is a count over all sets: of those with R replicas, which miss the first W.
func TestClaim_KStalenessCountsSets(t *testing.T) {
	for n := 1; n <= 7; n++ {
		for r := 1; r <= n; r++ {
			for w := 1; w <= n; w++ {
				all, miss := 0, 0
				for set := range 1 << n {
					size, meets := 0, false
					for i := range n {
						if set>>i&1 == 1 {
							size++
							meets = meets || i < w
						}
					}
					if size == r {
						all++
						if !meets {
							miss++
						}
					}
				}
				for k := 1; k <= 3; k++ {
					want := math.Pow(float64(miss)/float64(all), float64(k))
					require.InDelta(t, want, must(quorum.KStaleness(quorum.Replicas{N: n, R: r, W: w}, k)), 1e-15)
				}
			}
		}
	}
}
