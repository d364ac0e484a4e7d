package agreeing

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

var soundLoad = loadParts{quorum.Optimise, quorum.Uniform, squareSystems}

func TestClaim_QuorumLoadFindingsHold(t *testing.T) { judgetest.Hold(t, QuorumLoad) }

// Nothing is random: the seed changes nothing.
func TestQuorumLoad_IsTheSameForEverySeed(t *testing.T) {
	one, err := lab.Try(QuorumLoad, 1, "-reads", "0,0.5,1")
	require.NoError(t, err)
	other, err := lab.Try(QuorumLoad, 2, "-reads", "0,0.5,1")
	require.NoError(t, err)
	require.Equal(t, one.Rows, other.Rows)
}

func TestBroken_QuorumLoadFindingsTurnFalse(t *testing.T) {
	naive := soundLoad // takes each quorum equally often for the best it can do
	naive.optimise = func(s *quorum.System, w quorum.Workload, o quorum.OptimiseOptions) (*quorum.Strategy, *quorum.Certificate, error) {
		_, c, err := quorum.Optimise(s, w, o)
		if err != nil {
			return nil, nil, err
		}
		strategy, err := quorum.Uniform(s, o.Nodes, mostQuorums)
		return strategy, c, err
	}
	readers := soundLoad // a strategy for several read fractions that looks at reads only
	readers.optimise = func(s *quorum.System, w quorum.Workload, o quorum.OptimiseOptions) (*quorum.Strategy, *quorum.Certificate, error) {
		if len(w) > 1 {
			w = quorum.Reads(1)
		}
		return quorum.Optimise(s, w, o)
	}
	clever := soundLoad // the baseline is no baseline
	clever.uniform = func(s *quorum.System, nodes quorum.Profiles, _ int) (*quorum.Strategy, error) {
		strategy, _, err := quorum.Optimise(s, quorum.Reads(0.5), quorum.OptimiseOptions{Nodes: nodes})
		return strategy, err
	}
	// swapped gives one system's name to another.
	swapped := func(name, to string) loadParts {
		parts := soundLoad
		parts.systems = func(side int) ([]squareSystem, error) {
			all, err := squareSystems(side)
			if err != nil {
				return nil, err
			}
			at := map[string]int{}
			for i, s := range all {
				at[s.name] = i
			}
			all[at[name]].System, all[at[to]].System = all[at[to]].System, all[at[name]].System
			return all, nil
		}
		return parts
	}
	judgetest.TurnFalse(t, QuorumLoad, []judgetest.Planted{
		judgetest.Bug("the optimiser uses each quorum equally often", quorumLoad(naive), []string{"-reads", "0.5"}, loadProved),
		judgetest.Bug("the strategy for all read fractions looks at reads only", quorumLoad(readers), nil, loadFixed),
		judgetest.Bug("the baseline is optimal at half reads", quorumLoad(clever), []string{"-reads", "0.5"}, loadUniform),
		judgetest.Bug("grid and majority have each other's names", quorumLoad(swapped("grid", "majority")), []string{"-reads", "0.5"},
			judgetest.Lines(loadAlike, loadGrid, loadFailure)),
	})
}

// A grid of four nodes serves as many reads as a majority of them, every second one slower: that is not more.
func TestQuorumLoad_EqualIsNotMore(t *testing.T) {
	result, err := lab.Try(QuorumLoad, 1, "-side", "2", "-reads", "1")
	require.NoError(t, err)
	i := slices.IndexFunc(result.Findings, func(f lab.Finding) bool { return f.Sentence == loadGrid })
	require.InDelta(t, 1, result.Findings[i].Measured, exactTolerance)
	require.False(t, result.Findings[i].Holds)
}

// The columns are fixed, and a strategy at a read fraction is one row.
func TestQuorumLoad_Data(t *testing.T) {
	result, err := lab.Try(QuorumLoad, 1, "-reads", "1,0", "-slow", "1", "-writes", "1", "-capacity", "900")
	require.NoError(t, err)
	require.Equal(t, []string{"system", "strategy", "read_fraction", "capacity_per_s", "bound_per_s", "nodes_per_operation"}, result.Columns)
	require.Len(t, result.Rows, 3*2*3)
	require.Equal(t, []string{"grid", "adaptive", "0"}, result.Rows[0][:3])
	require.Equal(t, []string{"tree", "uniform", "1"}, result.Rows[17][:3])
}

func TestQuorumLoad_OddParameters(t *testing.T) {
	for _, args := range [][]string{
		{"-side", "2"},
		{"-side", "4", "-reads", "0.5"},
		{"-reads", "0"},
		{"-reads", "1,0"},
		{"-slow", "0.01", "-writes", "100", "-reads", "0.3,0.9"},
		{"-slow", "1", "-writes", "1", "-capacity", "1e9", "-reads", "0,1"},
		{"-capacity", "0.001", "-writes", "0.01", "-reads", "0.1,0.2"},
	} {
		judgetest.Odd(t, QuorumLoad, args...)
	}
}

func TestQuorumLoad_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-side", "1"}, "-side must lie in [2, 4]: 1"},
		{[]string{"-side", "5"}, "-side must lie in [2, 4]: 5"},
		{[]string{"-reads", "1.1"}, "-reads must lie in [0, 1]: 1.1"},
		{[]string{"-reads", "0.5,0.5"}, "-reads must not repeat a value: 0.5"},
		{[]string{"-slow", "0"}, "-slow must lie in [0.01, 1]: 0"},
		{[]string{"-writes", "1000"}, "-writes must lie in [0.01, 100]: 1000"},
		{[]string{"-capacity", "0"}, "-capacity must lie in [0.001, 1000000000]: 0"},
		{[]string{"-side", "4", "-reads", "0,.05,.1,.15,.2,.25,.3,.35,.4,.45,.5,.55,.6,.65,.7,.75"},
			"-reads and -side must make at most 250 pairs of a read fraction and a node: 16 times 16"},
	} {
		_, err := lab.Try(QuorumLoad, 1, c.args...)
		require.ErrorContains(t, err, "quorum-load: "+c.want, "%v", c.args)
	}
}
