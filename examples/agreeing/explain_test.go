package agreeing

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

func TestClaim_ExplainFindingsHold(t *testing.T) {
	judgetest.Hold(t, Explain)
}

// explained is what the package says, spoilt.
func explained(spoil func(quorum.Explanation) quorum.Explanation) func(n, r, w int, o quorum.ExplainOptions) (quorum.Explanation, error) {
	return func(n, r, w int, o quorum.ExplainOptions) (quorum.Explanation, error) {
		e, err := quorum.Explain(n, r, w, o)
		return spoil(e), err
	}
}

func TestBroken_ExplainFindingsTurnFalse(t *testing.T) {
	spoilt := func(plant func(*quorums)) lab.Experiment {
		q := quorumsAsTheyAre
		plant(&q)
		return explain(q)
	}
	judgetest.TurnFalse(t, Explain, []judgetest.Planted{
		judgetest.Bug("R+W >= N is taken for overlap", spoilt(func(q *quorums) {
			q.overlaps = func(q quorum.Replicas) bool { return q.R+q.W >= q.N }
		}), nil, overlapIsSum),
		judgetest.Bug("overlap is taken for linearizable", spoilt(func(q *quorums) {
			q.explain = explained(func(e quorum.Explanation) quorum.Explanation {
				e.Strongest, e.Broken = quorum.Linearizable, 0
				return e
			})
		}), nil, runKeeps),
		judgetest.Bug("a slow replica is forgotten", spoilt(func(q *quorums) {
			q.explain = explained(func(e quorum.Explanation) quorum.Explanation {
				for i, s := range e.Run.States {
					if s.From > 1 {
						e.Run.States[i].Version = quorum.Version{Value: "old", Stamp: 1}
					}
				}
				return e
			})
		}), []string{"-r", "1", "-w", "1"}, runKeeps),
		judgetest.Bug("a run is drawn that breaks nothing", spoilt(func(q *quorums) {
			q.explain = func(n, r, w int, o quorum.ExplainOptions) (quorum.Explanation, error) {
				e, err := quorum.Explain(n, r, w, quorum.ExplainOptions{WriteBack: true})
				e.Strongest, e.Broken = quorum.Regular, quorum.Linearizable
				return e, err
			}
		}), nil, runBreaks),
		judgetest.Bug("nothing is written back", spoilt(func(q *quorums) {
			q.explain = func(n, r, w int, o quorum.ExplainOptions) (quorum.Explanation, error) {
				return quorum.Explain(n, r, w, quorum.ExplainOptions{})
			}
		}), nil, backRepairs),
		judgetest.Bug("a second read never asks the same replicas", spoilt(func(q *quorums) {
			q.vanishes = func(n, r int) (pairs, of int) {
				pairs, of = vanishes(n, r)
				return pairs, of - 3
			}
		}), nil, vanishesByTurn),
	})
}

// Every combination of numbers and options can be explained and drawn, and none of its findings is false.
func TestExplain_OddParameters(t *testing.T) {
	options := [][]string{nil, {"-write-back"}, {"-sloppy"}, {"-clock-stamps"}, {"-write-back", "-sloppy", "-clock-stamps"}}
	for i, numbers := range [][]string{
		{"-n", "1", "-r", "1", "-w", "1"}, {"-r", "1", "-w", "1"}, {"-r", "3", "-w", "1"}, {"-r", "1", "-w", "3"},
		{"-n", "4"}, {"-n", "5", "-r", "3", "-w", "3"}, {"-n", "7", "-r", "7", "-w", "7"}, {"-n", "7", "-r", "2", "-w", "6"},
	} {
		for j, option := range options {
			if i > 2 && (i+j)%2 == 1 { // drawing takes its time
				continue
			}
			for _, f := range judgetest.Odd(t, Explain, append(option, numbers...)...).Findings {
				require.True(t, f.Holds || math.IsNaN(f.Measured), "%v %v: %+v", numbers, option, f)
			}
		}
	}
}

func TestExplain_Refuses(t *testing.T) {
	for want, args := range map[string][]string{
		"explain: quorum: R must be in [1, N]: R=4 N=3": {"-r", "4"},
		"explain: quorum: W must be in [1, N]: W=2 N=1": {"-n", "1", "-r", "1"},
		"explain: -n must lie in [1, 7]: 8":             {"-n", "8"},
		"explain: -w must be at least 1: 0":             {"-w", "0"},
	} {
		_, err := lab.Try(Explain, 1, args...)
		require.EqualError(t, err, want)
	}
}

// What the findings count, on a run made by hand: 1 is the version at first.
func TestBreaches(t *testing.T) {
	v := func(stamp int) quorum.Version {
		return quorum.Version{Value: []string{"", "old", "new"}[stamp], Stamp: stamp}
	}
	write := quorum.Operation{Write: true, Version: v(2), Begin: 2, End: 5}
	read := func(stamp, begin, end int) quorum.Operation {
		return quorum.Operation{Lane: 1, Version: v(stamp), Begin: begin, End: end}
	}
	for _, c := range []struct {
		reads              []quorum.Operation
		misses, inversions int
	}{
		{[]quorum.Operation{read(1, 0, 1), read(2, 6, 7)}, 0, 0},
		{[]quorum.Operation{read(1, 3, 4)}, 0, 0},
		{[]quorum.Operation{read(1, 5, 6)}, 0, 0}, // they touch
		{[]quorum.Operation{read(1, 6, 7)}, 1, 0},
		{[]quorum.Operation{read(2, 0, 1)}, 1, 0}, // from the future
		{[]quorum.Operation{read(2, 2, 3), read(1, 4, 6)}, 0, 1},
		{[]quorum.Operation{read(2, 2, 4), read(1, 4, 6)}, 0, 0},
		{[]quorum.Operation{read(2, 2, 3), read(1, 6, 7)}, 1, 1},
	} {
		run := quorum.Run{Operations: append([]quorum.Operation{write}, c.reads...)}
		require.Equal(t, c.misses, breaches(run, quorum.Regular), "%v", c.reads)
		require.Equal(t, c.misses+c.inversions, breaches(run, quorum.Linearizable), "%v", c.reads)
	}
}
