package agreeing

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/quorum/quorumsim"
)

func TestClaim_StalenessFindingsHold(t *testing.T) {
	judgetest.Hold(t, staleness(quorumsim.StalenessGrid, judge.Effort{Tiny: race.Enabled}))
}

// With other seeds too.
func TestClaim_StalenessFindingsHoldForAnySeed(t *testing.T) {
	if race.Enabled {
		t.Skip("findings are not asserted at a tiny size")
	}
	for seed := uint64(2); seed <= 3; seed++ {
		for _, e := range []lab.Experiment{Staleness, ChooseQuorum} {
			result, err := lab.Try(e, seed)
			require.NoError(t, err)
			require.NoError(t, result.Err(), "%s, seed %d", e.Name, seed)
		}
	}
}

// cells is a simulation whose cells are put in other places.
func cells(of func(grid [][]quorumsim.Runs, r, w int) quorumsim.Runs) simulateGrid {
	return func(seed uint64, runs int, m quorum.Model, n, trials int) ([][]quorumsim.Runs, error) {
		grid, err := quorumsim.StalenessGrid(seed, runs, m, n, trials)
		if err != nil {
			return nil, err
		}
		moved := make([][]quorumsim.Runs, n)
		for r := range n {
			for w := range n {
				moved[r] = append(moved[r], of(grid, r, w))
			}
		}
		return moved, nil
	}
}

// modelled is a simulation of another model.
func modelled(by func(m quorum.Model) quorum.Model) simulateGrid {
	return func(seed uint64, runs int, m quorum.Model, n, trials int) ([][]quorumsim.Runs, error) {
		return quorumsim.StalenessGrid(seed, runs, by(m), n, trials)
	}
}

var (
	committedEarly = cells(func(grid [][]quorumsim.Runs, r, w int) quorumsim.Runs { return grid[r][max(w-1, 0)] })
	transposed     = cells(func(grid [][]quorumsim.Runs, r, w int) quorumsim.Runs { return grid[w][r] })
	backwards      = cells(func(grid [][]quorumsim.Runs, r, w int) quorumsim.Runs { return grid[len(grid)-1-r][len(grid)-1-w] })
	alike          = cells(func(grid [][]quorumsim.Runs, r, w int) quorumsim.Runs { return grid[0][0] })
)

// ofMore simulates more replicas than there are.
func ofMore(seed uint64, runs int, m quorum.Model, n, trials int) ([][]quorumsim.Runs, error) {
	return quorumsim.StalenessGrid(seed, runs, m, 4*n, trials)
}

func TestBroken_StalenessFindingsTurnFalse(t *testing.T) {
	by := func(g simulateGrid) lab.Experiment { return staleness(g, judge.Effort{}) }
	few := []string{"-trials", "100000"}
	judgetest.TurnFalse(t, staleness(quorumsim.StalenessGrid, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("a write is reported one acknowledgement too early", by(committedEarly), few, strictIsFresh),
		judgetest.Bug("there are more replicas than said", by(ofMore), few, withinBound),
		judgetest.Bug("R and W are counted from the other end", by(backwards), few, judgetest.Lines(strictIsFresh, fallsWithRAndW, overlapIsSlow)),
		judgetest.Bug("reads and writes are exchanged", by(transposed), few, readingIsBetter),
		judgetest.Bug("writes are as fast as on solid-state disks", by(modelled(func(quorum.Model) quorum.Model { return quorum.LinkedInSSD() })), few, halfAreStale),
		judgetest.Bug("replicas are far apart", by(modelled(func(quorum.Model) quorum.Model { return quorum.WAN() })), few, waitingCures),
		judgetest.Bug("R and W are forgotten", by(alike), few, judgetest.Lines(strictIsFresh, overlapIsSlow)),
	})
}

func TestStaleness_Data(t *testing.T) {
	result, err := lab.Try(staleness(quorumsim.StalenessGrid, judge.Effort{Tiny: true}), 1, "-r", "2,1", "-w", "1")
	require.NoError(t, err)
	require.Equal(t, []string{"model", "n", "r", "w", "trials", "read_p999_ms", "write_p999_ms", "t_ms", "p_consistent", "low", "high"}, result.Columns)
	require.Len(t, result.Rows, 2*41)
	require.Equal(t, []string{"lnkd-disk", "3", "1", "1", "12000"}, result.Rows[0][:5])
	require.Equal(t, "0", result.Rows[0][7])
	require.Equal(t, []string{"3", "2", "1"}, result.Rows[41][1:4])
	require.Empty(t, result.Recommendations)
}

func TestStaleness_OddParameters(t *testing.T) {
	e := staleness(quorumsim.StalenessGrid, judge.Effort{Tiny: true})
	still := writeFile(t, "leg,delay_ms\nw,0\na,0\nr,0\ns,0\n")
	constant := writeFile(t, "leg,delay_ms\nw,5\na,1\nr,1\ns,1\n")
	within := writeFile(t, "leg,delay_ms\nw,0.0123\nw,0.0045\na,0.0031\nr,0.0022\ns,0.0031\n") // a rack: numbers with many digits
	seconds := writeFile(t, "leg,delay_ms\nw,123456\na,34567\nr,0.0001\ns,12345\n")
	years := writeFile(t, "leg,delay_ms\nw,360000000000\nw,0\na,1\nr,1\ns,1\n")
	for _, args := range [][]string{
		{"-n", "1", "-r", "1", "-w", "1"},
		{"-n", "2", "-r", "2", "-w", "1,2"},
		{"-n", "2"},
		{"-n", "9", "-r", "1,2", "-w", "1,9"},
		{"-r", "3", "-w", "3"},
		{"-r", "1", "-w", "1"},
		{"-model", "lnkd-ssd", "-r", "2", "-w", "1"},
		{"-model", "ymmr"},
		{"-model", "wan"},
		{"-model", "file:" + still},
		{"-model", "file:" + constant, "-within", "1h", "-wanted", "0.5"},
		{"-n", "5", "-r", "1,2,3,4,5", "-w", "1"},
		{"-n", "9", "-r", "9,8,7", "-w", "7,8,9"},
		{"-n", "9", "-r", "1", "-w", "9,1"},
		{"-model", "file:" + within},
		{"-model", "file:" + within, "-r", "1", "-w", "1"},
		{"-model", "file:" + seconds},
		{"-model", "file:" + years},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "delays.csv")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// The reader's own delays end in one recommendation. When writes reach the replicas together, or nearly, one is enough.
func TestStaleness_RecommendsForOwnDelays(t *testing.T) {
	e := staleness(quorumsim.StalenessGrid, judge.Effort{Tiny: true})
	together := "leg,delay_ms\nw,5\na,1\nr,1\ns,1\n"
	straggling := "leg,delay_ms\nw,5\nw,80\na,1\nr,1\ns,1\n"
	for _, c := range []struct {
		text, want string
		args       []string
	}{
		{together, "Use R=1 W=1 of 3: with the delays of delays.csv, 99.9", []string{"-wanted", "0.99"}},
		{straggling, "Use R=2 W=2 of 3, which overlap: with the delays of delays.csv, no faster numbers let so many reads see a write 0s after it (99.9% wanted); 99.9% of reads take up to 2 ms, of writes 81 ms", nil},
		{straggling, "Use R=1 W=1 of 3: with the delays of delays.csv, 99.9", []string{"-within", "100ms", "-wanted", "0.99"}},
	} {
		result, err := lab.Try(e, 1, append([]string{"-model", "file:" + writeFile(t, c.text)}, c.args...)...)
		require.NoError(t, err)
		require.Len(t, result.Recommendations, 1)
		require.Contains(t, result.Recommendations[0], c.want)
		if !race.Enabled {
			_, err = result.Figure.SVG(chart.Light)
			require.NoError(t, err)
		}
	}
}

func TestStaleness_Refuses(t *testing.T) {
	good := "leg,delay_ms\nw,5\na,1\nr,1\ns,1\n"
	path := writeFile(t, good)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-n", "0"}, "-n must lie in [1, 9]: 0"},
		{[]string{"-r", "0"}, "-r must be at least 1: 0"},
		{[]string{"-w", "4"}, "quorum: W must be in [1, N]: W=4 N=3"},
		{[]string{"-n", "9", "-r", "1,2,3", "-w", "1,2"}, "-r and -w must leave at most 5 pairs that do not overlap, a line each: 6"},
		{[]string{"-n", "9", "-r", "6,7,8,9", "-w", "4,5,6"}, "-r and -w must be at most 9 pairs: 12"},
		{[]string{"-trials", "10"}, "-trials must lie in [10000, 4000000]: 10"},
		{[]string{"-model", "cassandra"}, `-model must be lnkd-ssd, lnkd-disk, ymmr, wan or file:PATH: "cassandra"`},
		{[]string{"-model", "file:"}, `-model must be lnkd-ssd, lnkd-disk, ymmr, wan or file:PATH: "file:"`},
		{[]string{"-model", "file:/nowhere/delays.csv"}, "-model cannot be used: stat /nowhere/delays.csv"},
		{[]string{"-model", "file:" + writeFile(t, good+"w,fast\n")}, "delays.csv: quorum: line 6 of the delays: a delay must be a number of milliseconds"},
		{[]string{"-model", "file:" + writeFile(t, strings.Replace(good, "r,1\n", "", 1))}, "none for r"},
		{[]string{"-within", "1ms"}, "-within and -wanted are for a recommendation, and need -model file:PATH: 1ms, 0.999"},
		{[]string{"-model", "file:" + path, "-wanted", "1"}, "-wanted must lie in (0, 1): 1"},
		{[]string{"-model", "file:" + path, "-within", "-1ms"}, "-within must lie in [0s, 1h0m0s]: -1ms"},
	} {
		_, err := lab.Try(Staleness, 1, c.args...)
		require.ErrorContains(t, err, c.want, "%v", c.args)
	}
}

func TestRoundUp(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{
		0: 10 * time.Microsecond, 1: 10 * time.Microsecond, 11 * time.Microsecond: 20 * time.Microsecond, 45 * time.Millisecond: 60 * time.Millisecond,
		90 * time.Second: 100 * time.Second,
	} {
		require.Equal(t, want, roundUp(d), "%v", d)
	}
}
