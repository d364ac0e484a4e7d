package quorum_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

var guarantees = []quorum.Guarantee{quorum.Eventual, quorum.ReadYourWrites, quorum.MonotonicReads, quorum.Regular, quorum.Linearizable}

func everyOption(f func(quorum.ExplainOptions)) {
	for i := range 8 {
		f(quorum.ExplainOptions{WriteBack: i&1 > 0, Sloppy: i&2 > 0, ClockStamps: i&4 > 0})
	}
}

// Exhaustively up to seven replicas: every run is one that the store can have, breaks what it says, and keeps what is claimed.
func TestLaw_RunsBreakWhatTheySayAndKeepWhatIsClaimed(t *testing.T) {
	broken := map[quorum.Guarantee]int{}
	most := 7
	if race.Enabled { // which makes this slow
		most = 4
	}
	everyReplicas(most, func(q quorum.Replicas) {
		everyOption(func(o quorum.ExplainOptions) {
			e, err := quorum.Explain(q.N, q.R, q.W, o)
			require.NoError(t, err)
			for _, g := range guarantees {
				run, found := e.Counterexample(g)
				require.Equal(t, !slices.Contains(e.Holds, g), found, "%v %+v %v", q, o, g)
				if found {
					checkRun(t, e, run, g)
					broken[g]++
				}
			}
			checkRun(t, e, e.Run, e.Broken)
		})
	})
	require.Empty(t, broken[quorum.Eventual])
	require.Len(t, broken, 4, "every other guarantee is broken somewhere")
}

func checkRun(t *testing.T, e quorum.Explanation, run quorum.Run, breaks quorum.Guarantee) {
	t.Helper()
	trouble := replayTrouble(e, run)
	require.Empty(t, trouble, "%v %+v\n%v", e.Replicas, e.Options, run)
	h := history(run.Operations)
	if breaks != 0 {
		require.False(t, h.keeps(breaks), "%v %+v is said to break %v:\n%v", e.Replicas, e.Options, breaks, run)
	}
	for _, g := range e.Holds {
		require.True(t, h.keeps(g), "%v %+v is said to keep %v:\n%v", e.Replicas, e.Options, g, run)
	}
}

// The order of strength is what the names say.
func TestExplain_Strongest(t *testing.T) {
	everyReplicas(7, func(q quorum.Replicas) {
		everyOption(func(o quorum.ExplainOptions) {
			e, err := quorum.Explain(q.N, q.R, q.W, o)
			require.NoError(t, err)
			want, next := quorum.Eventual, quorum.Regular
			switch {
			case q.R+q.W <= q.N || o.Sloppy || o.ClockStamps:
			case o.WriteBack || q.R == q.N:
				want, next = quorum.Linearizable, 0
			default:
				want, next = quorum.Regular, quorum.Linearizable
			}
			require.Equal(t, want, e.Strongest)
			require.Equal(t, next, e.Broken)
			require.Equal(t, q, e.Replicas)
			require.Equal(t, o, e.Options)
			for _, s := range append([]string{e.Run.Title}, e.Sentences...) {
				require.Regexp(t, `^[A-Z][^\n]*\.$`, s)
				require.NotContains(t, s, "  ")
				require.NotContains(t, s, "%!")
				require.NotContains(t, s, "replicas, which sees")
			}
			require.Contains(t, strings.Join(e.Sentences, " "), "It is "+want.String())
			require.Equal(t, next != 0, strings.Contains(strings.Join(e.Sentences, " "), "It is not "+next.String()))
		})
	})
}

// N=3, R=W=2 is not linearizable: a write has reached A only; one read asks {A, B} and sees it, a later one asks {B, C} and
// does not. Writing back what was read repairs it (Attiya, Bar-Noy and Dolev 1995).
func TestClaim_OverlapIsNotLinearizable(t *testing.T) {
	e, err := quorum.Explain(3, 2, 2, quorum.ExplainOptions{})
	require.NoError(t, err)
	require.Equal(t, quorum.Regular, e.Strongest)
	require.Equal(t, [][]string{nil, {"A", "B"}, {"B", "C"}}, asked(e.Run))
	require.Equal(t, []string{"new", "new", "old"}, returned(e.Run))
	require.False(t, history(e.Run.Operations).keeps(quorum.Linearizable))

	e, err = quorum.Explain(3, 2, 2, quorum.ExplainOptions{WriteBack: true})
	require.NoError(t, err)
	require.Equal(t, quorum.Linearizable, e.Strongest)
	require.Equal(t, [][]string{nil, {"A", "B"}, {"B", "C"}}, asked(e.Run), "the same quorums")
	require.Equal(t, []string{"new", "new", "new"}, returned(e.Run))
	require.True(t, history(e.Run.Operations).keeps(quorum.Linearizable))
}

// A stand-in keeps the version until the replica that it stands in for is there again (DeCandia et al. 2007, section 4.6: hinted handoff).
func TestClaim_StandInsHandOver(t *testing.T) {
	for w := 1; w <= 3; w++ {
		e, err := quorum.Explain(3, 3, w, quorum.ExplainOptions{Sloppy: true})
		require.NoError(t, err)
		write := e.Run.Operations[0]
		from := map[int]bool{}
		for _, m := range e.Run.Messages {
			if m.Kind == quorum.Store && m.From != write.Lane {
				require.Greater(t, m.Sent, write.End, "after the write")
				require.Contains(t, e.Run.Lanes[m.From].Name, "stand-in")
				from[m.From] = true
			}
		}
		require.Len(t, from, w, "each of the stand-ins that the write was stored at")
	}
}

// asked are the replicas that each operation asks.
func asked(r quorum.Run) [][]string {
	lanes := make([][]string, len(r.Operations))
	for _, m := range r.Messages {
		if m.Kind == quorum.Ask {
			lanes[m.Operation] = append(lanes[m.Operation], r.Lanes[m.To].Name)
		}
	}
	return lanes
}

func returned(r quorum.Run) (values []string) {
	for _, o := range r.Operations {
		values = append(values, o.Version.Value)
	}
	return values
}

// With a write at one replica of n, and reads that ask one at random, a second read is older than the first with probability (1/n)(1-1/n);
// with reads that ask r, (r/n)(1-r/n). By enumeration of all pairs of read quorums.
func TestClaim_MonotonicReadsAreInverted(t *testing.T) {
	for n := 1; n <= 7; n++ {
		for r := 1; r <= n; r++ {
			inverted, pairs := 0, 0
			for first := range uint(1) << n {
				for second := range uint(1) << n {
					if len(letters(first)) != r || len(letters(second)) != r {
						continue
					}
					pairs++
					h := history{
						{Lane: 0, Write: true, Version: quorum.Version{Value: "new", Stamp: 2}, Begin: 0, End: 9},
						{Lane: 1, Version: read(first), Begin: 1, End: 2},
						{Lane: 1, Version: read(second), Begin: 3, End: 4},
					}
					require.Equal(t, h.keeps(quorum.MonotonicReads), h.keeps(quorum.Linearizable))
					if !h.keeps(quorum.MonotonicReads) {
						inverted++
					}
				}
			}
			require.Equal(t, inverted*n*n, pairs*r*(n-r), "as fractions: n=%d r=%d", n, r)
		}
	}
}

// read is what a read sees where the write has reached replica A only.
func read(asks uint) quorum.Version {
	if asks&1 == 1 {
		return quorum.Version{Value: "new", Stamp: 2}
	}
	return quorum.Version{Value: "old", Stamp: 1}
}

// FuzzExplain wants an error or a whole explanation of any numbers.
func FuzzExplain(f *testing.F) {
	f.Add(3, 2, 2, false, false, false)
	f.Add(26, 26, 1, true, true, true)
	f.Add(-1, 1<<62, 0, false, true, false)
	f.Fuzz(func(t *testing.T, n, r, w int, back, sloppy, stamps bool) {
		o := quorum.ExplainOptions{WriteBack: back, Sloppy: sloppy, ClockStamps: stamps}
		e, err := quorum.Explain(n, r, w, o)
		if err != nil {
			require.Contains(t, err.Error(), "quorum: ")
			return
		}
		trouble := replayTrouble(e, e.Run)
		require.Empty(t, trouble)
		require.NotEmpty(t, e.Sentences)
		require.Len(t, strings.Split(e.Run.String(), "\n"), len(e.Run.Lanes)+5)
	})
}

func TestGuarantee_String(t *testing.T) {
	require.Equal(t, "monotonic reads", quorum.MonotonicReads.String())
	require.Equal(t, "guarantee 0", quorum.Guarantee(0).String())
	require.Equal(t, "guarantee 6", quorum.Guarantee(6).String())
	require.Equal(t, "answer", quorum.Answer.String())
	require.Equal(t, "unknown", quorum.MessageKind(9).String())
	e, err := quorum.Explain(3, 1, 1, quorum.ExplainOptions{})
	require.NoError(t, err)
	for _, g := range []quorum.Guarantee{-1, 0, quorum.Eventual, 6} {
		_, found := e.Counterexample(g)
		require.False(t, found)
	}
}
