package agreeing

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/quorum/quorumsim"
)

func TestClaim_ChooseQuorumFindingsHold(t *testing.T) {
	judgetest.Hold(t, chooseQuorum(asSimulated, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_ChooseQuorumFindingsTurnFalse(t *testing.T) {
	simulated := func(g simulateGrid) lab.Experiment {
		by := asSimulated
		by.grid = g
		return chooseQuorum(by, judge.Effort{})
	}
	// slowFive has far replicas if there are five, and as many replicas as said.
	slowFive := func(seed uint64, runs int, m quorum.Model, n, trials int) ([][]quorumsim.Runs, error) {
		if n == 5 {
			m = quorum.WAN()
		}
		return quorumsim.StalenessGrid(seed, runs, m, n, trials)
	}
	// exchanged asks one of three where there are five, and the other way round.
	exchanged := func(seed uint64, runs int, m quorum.Model, n, trials int) ([][]quorumsim.Runs, error) {
		grid, err := quorumsim.StalenessGrid(seed, runs, m, n, trials)
		if err != nil {
			return nil, err
		}
		other, err := quorumsim.StalenessGrid(seed, runs, m, 8-n, trials)
		grid[0][0] = other[0][0]
		return grid, err
	}
	always := asSimulated
	always.available = func(q quorum.Replicas, up float64) (float64, float64, error) { // that named ones are up, not any R
		return math.Pow(up, float64(q.R)), math.Pow(up, float64(q.W)), nil
	}
	optimist, pessimist := asSimulated, asSimulated
	optimist.tolerates = func(q quorum.Replicas) (int, int) { return q.N - q.R + 1, q.N - q.W + 1 }
	pessimist.tolerates = func(q quorum.Replicas) (int, int) { return q.N - q.R - 1, q.N - q.W - 1 }
	few := []string{"-trials", "100000"}
	judgetest.TurnFalse(t, chooseQuorum(asSimulated, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("a write is reported one acknowledgement too early", simulated(committedEarly), few, overlapIsFresh),
		judgetest.Bug("R and W are counted from the other end", simulated(backwards), few, waitingIsSlower),
		judgetest.Bug("those that are up must be certain ones", chooseQuorum(always, judge.Effort{}), few, judgetest.Lines(isEnumerated, fiveRefuseLess)),
		judgetest.Bug("one more may fail than may", chooseQuorum(optimist, judge.Effort{}), few, judgetest.Lines(threeSurviveOne, fiveSurviveTwo)),
		judgetest.Bug("one fewer may fail", chooseQuorum(pessimist, judge.Effort{}), few, judgetest.Lines(threeSurviveOne, fiveSurviveTwo)),
		judgetest.Bug("five replicas are far apart", simulated(slowFive), few, fiveAreNotSlower),
		judgetest.Bug("one of three is asked where there are five, and the other way round", simulated(exchanged), few, fiveAreStaler),
	})
}

func TestChooseQuorum_Data(t *testing.T) {
	result, err := lab.Try(chooseQuorum(asSimulated, judge.Effort{Tiny: true}), 1, "-n", "2")
	require.NoError(t, err)
	require.Equal(t, []string{"model", "n", "r", "w", "overlap", "trials", "read_p999_ms", "read_p999_low_ms", "read_p999_high_ms", "write_p999_ms",
		"write_p999_low_ms", "write_p999_high_ms", "t_ms", "p_consistent", "low", "high", "replica_up", "read_available", "write_available", "targets"}, result.Columns)
	require.Len(t, result.Rows, 4)
	require.Equal(t, []string{"lnkd-disk", "2", "1", "1", "false", "12000"}, result.Rows[0][:6])
	require.Equal(t, []string{"lnkd-disk", "2", "1", "2", "true", "12000"}, result.Rows[1][:6])
	require.Equal(t, "0.99", result.Rows[1][16])
	require.Equal(t, "0.9801", result.Rows[1][18])
}

// The targets decide: the fewest replicas that do, or what to give up.
func TestChooseQuorum_Recommends(t *testing.T) {
	e := chooseQuorum(asSimulated, judge.Effort{Tiny: true})
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "Use N=5 R=3 W=3, the fastest with the fewest replicas that meets the targets: with delays as lnkd-disk, 99.9% of reads take up to "},
		{[]string{"-available", "0.999"}, "Use N=3 R=2 W=2, the fastest with the fewest replicas that meets the targets"},
		{[]string{"-available", "0.999", "-consistent", "0"}, "Use N=3 R=1 W=1, the fastest"},
		{[]string{"-available", "0.999", "-within", "1s"}, "Use N=3 R=1 W=1, the fastest"},
		{[]string{"-up", "0.5"}, "Relax a target: no R and W of 3 or 5 replicas meets all, and N=3 R=2 W=2 misses availability"},
		{[]string{"-n", "1"}, "Relax a target: no R and W of 1 replica meets all, and N=1 R=1 W=1 misses"},
		{[]string{"-up", "1", "-available", "1"}, "reads are refused with a probability of 0, writes of 0"},
		{[]string{"-write", "1ms", "-available", "1", "-consistent", "1", "-n", "3"}, "misses latency and availability"},
	} {
		result, err := lab.Try(e, 1, c.args...)
		require.NoError(t, err)
		require.Len(t, result.Recommendations, 1)
		require.Contains(t, result.Recommendations[0], c.want, "%v", c.args)
	}
}

func TestChooseQuorum_OddParameters(t *testing.T) {
	e := chooseQuorum(asSimulated, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-n", "1"},
		{"-n", "7,1"},
		{"-up", "0"},
		{"-up", "1"},
		{"-model", "wan", "-within", "1h"},
		{"-model", "file:" + writeFile(t, "leg,delay_ms\nw,0\na,0\nr,0\ns,0\n")},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestChooseQuorum_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-n", "0"}, "-n must lie in [1, 7]: 0"},
		{[]string{"-n", "8"}, "-n must lie in [1, 7]: 8"},
		{[]string{"-n", "1,2,3"}, "-n must be one or two numbers: 3"},
		{[]string{"-trials", "10000"}, "-trials must lie in [40000, 4000000]: 10000"},
		{[]string{"-up", "1.1"}, "-up must lie in [0, 1]: 1.1"},
		{[]string{"-up", "NaN"}, "-up must be a finite number: NaN"},
		{[]string{"-read", "0s"}, "-read must be above 0s: 0s"},
		{[]string{"-consistent", "-0.1"}, "-consistent must lie in [0, 1]: -0.1"},
		{[]string{"-available", "2"}, "-available must lie in [0, 1]: 2"},
		{[]string{"-model", "ssd"}, "-model must be lnkd-ssd, lnkd-disk, ymmr, wan or file:PATH"},
	} {
		_, err := lab.Try(ChooseQuorum, 1, c.args...)
		require.ErrorContains(t, err, c.want, "%v", c.args)
	}
}
