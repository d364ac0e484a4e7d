package quorum_test

import (
	"fmt"
	"math"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

// everyReplicas calls back with all valid numbers up to most replicas.
func everyReplicas(most int, f func(quorum.Replicas)) {
	for n := 1; n <= most; n++ {
		for r := 1; r <= n; r++ {
			for w := 1; w <= n; w++ {
				f(quorum.Replicas{N: n, R: r, W: w})
			}
		}
	}
}

// disjoint finds two sets of replicas, of these sizes, that share none; bit i is replica i.
func disjoint(n, first, second int) (a, b uint, found bool) {
	for a := range uint(1) << n {
		for b := range uint(1) << n {
			if bits.OnesCount(a) == first && bits.OnesCount(b) == second && a&b == 0 {
				return a, b, true
			}
		}
	}
	return 0, 0, false
}

func letters(set uint) (s string) {
	for i := range bits.UintSize {
		if set>>i&1 == 1 {
			s += string(rune('A' + i))
		}
	}
	return s
}

// overlapTrouble is empty if the arithmetic says what enumeration does.
func overlapTrouble(q quorum.Replicas, overlaps func(quorum.Replicas) bool) string {
	read, write, apart := disjoint(q.N, q.R, q.W)
	switch {
	case overlaps(q) && apart:
		return fmt.Sprintf("reads and writes of %v are said to overlap\nbut a read may ask %s and a write reach %s", q, letters(read), letters(write))
	case !overlaps(q) && !apart:
		return fmt.Sprintf("reads and writes of %v are said not to overlap\nbut all %d-sets of the replicas meet all %d-sets", q, q.R, q.W)
	}
	return ""
}

func TestLaw_OverlapIsIntersection(t *testing.T) {
	everyReplicas(7, func(q quorum.Replicas) {
		require.Empty(t, overlapTrouble(q, quorum.Replicas.Overlaps))
		require.Empty(t, overlapTrouble(quorum.Replicas{N: q.N, R: q.W, W: q.W}, quorum.Replicas.WritesOverlap))
		require.Equal(t, q.Overlaps(), q.Strict() == nil)
	})
}

func lawOverlap(overlaps func(quorum.Replicas) bool) func(*rapid.T) {
	return func(t *rapid.T) {
		if trouble := overlapTrouble(drawReplicas(t, 5), overlaps); trouble != "" {
			t.Fatalf("%s", trouble)
		}
	}
}

func drawReplicas(t *rapid.T, most int) quorum.Replicas {
	n := rapid.IntRange(1, most).Draw(t, "N")
	return quorum.Replicas{N: n, R: rapid.IntRange(1, n).Draw(t, "R"), W: rapid.IntRange(1, n).Draw(t, "W")}
}

func TestBroken_OverlapWithEquality(t *testing.T) {
	lawtest.Breaks(t, "R+W >= N, with equality, leaves room for a read beside a write",
		lawOverlap(func(q quorum.Replicas) bool { return q.R+q.W >= q.N }))
	lawtest.Holds(t, lawOverlap(quorum.Replicas.Overlaps))
}

func TestLaw_ToleratesWhatItsExpressionsSurvive(t *testing.T) {
	everyReplicas(7, func(q quorum.Replicas) {
		all := quorum.Named("A", "B", "C", "D", "E", "F", "G")[:q.N]
		reads, err := quorum.Choose(q.R, all...).Resilience()
		require.NoError(t, err)
		writes, err := quorum.Choose(q.W, all...).Resilience()
		require.NoError(t, err)
		r, w := q.Tolerates()
		require.Equal(t, [2]int{reads, writes}, [2]int{r, w}, "%v", q)
	})
}

func TestReplicas_System(t *testing.T) {
	s, err := quorum.Replicas{N: 3, R: 1, W: 3}.System("x", "y", "z")
	require.NoError(t, err)
	require.Equal(t, []string{"x", "y", "z"}, s.Nodes())
	require.True(t, s.Reads().Holds("y"))
	require.False(t, s.Writes().Holds("x", "z"))
}

func TestLaw_AvailabilityOfReplicasEqualsEnumeration(t *testing.T) {
	rapid.Check(t, lawReplicasAvailability(quorum.Replicas.Availability))
}

type availability func(quorum.Replicas, quorum.Failures, ...string) (float64, float64, error)

func lawReplicasAvailability(of availability) func(*rapid.T) {
	return func(t *rapid.T) {
		q := drawReplicas(t, 5)
		chance := rapid.SampledFrom([]float64{0, 0.5, 0.9, 0.99, 1})
		f := quorum.Failures{Up: chance.Draw(t, "up"), Nodes: map[string]float64{}}
		name := func(i int) string { return fmt.Sprint(i + 1) }
		for i := range q.N {
			if rapid.Bool().Draw(t, "of its own") {
				f.Nodes[name(i)] = chance.Draw(t, "up")
			}
		}
		members := map[int]uint{} // of each zone
		for z := range rapid.IntRange(0, 3).Draw(t, "zones") {
			members[z] = rapid.UintRange(1, 1<<q.N-1).Draw(t, "members")
			zone := quorum.Zone{Up: chance.Draw(t, "zone up")}
			for i := range q.N {
				if members[z]>>i&1 == 1 {
					zone.Nodes = append(zone.Nodes, name(i))
				}
			}
			f.Zones = append(f.Zones, zone)
		}
		var read, write float64
		for zones := range uint(1) << len(f.Zones) {
			for nodes := range uint(1) << q.N {
				p, up := 1.0, nodes
				for z, zone := range f.Zones {
					if zones>>z&1 == 1 {
						p *= zone.Up
					} else {
						p, up = p*(1-zone.Up), up&^members[z]
					}
				}
				for i := range q.N {
					own, named := f.Nodes[name(i)]
					if !named {
						own = f.Up
					}
					if nodes>>i&1 == 0 {
						own = 1 - own
					}
					p *= own
				}
				if bits.OnesCount(up) >= q.R {
					read += p
				}
				if bits.OnesCount(up) >= q.W {
					write += p
				}
			}
		}
		r, w, err := of(q, f)
		// At most 2^8 terms of at most nine factors each, all in [0, 1]: rounding is below 2^8 * 9 * 2^-53 < 1e-12.
		if err != nil || math.Abs(r-read) > 1e-12 || math.Abs(w-write) > 1e-12 {
			t.Fatalf("%v, %s\nis up to read and to write with probabilities %v and %v, says enumeration\nbut is said to be with %v and %v%s",
				q, describe(f), read, write, r, w, unless(err))
		}
	}
}

func TestBroken_ZonesThatFailNodesOneByOne(t *testing.T) {
	lawtest.Breaks(t, "A zone's probability that is multiplied into its nodes makes them fail independently, and so much more rarely together",
		lawReplicasAvailability(func(q quorum.Replicas, f quorum.Failures, names ...string) (float64, float64, error) {
			alone := quorum.Failures{Up: f.Up, Nodes: map[string]float64{}}
			for i := range q.N {
				name := fmt.Sprint(i + 1)
				up, own := f.Nodes[name]
				if !own {
					up = f.Up
				}
				for _, z := range f.Zones {
					for _, node := range z.Nodes {
						if node == name {
							up *= z.Up
						}
					}
				}
				alone.Nodes[name] = up
			}
			return q.Availability(alone, names...)
		}))
}

// A majority of replicas that are each up with probability p: of three, 3p^2 - 2p^3; of five, 10p^3 - 15p^4 + 6p^5.
func TestClaim_AvailabilityOfMajorities(t *testing.T) {
	for _, c := range []struct {
		q    quorum.Replicas
		want func(p float64) float64
	}{
		{quorum.Replicas{N: 3, R: 2, W: 2}, func(p float64) float64 { return 3*p*p - 2*p*p*p }},
		{quorum.Replicas{N: 5, R: 3, W: 3}, func(p float64) float64 { return 10*math.Pow(p, 3) - 15*math.Pow(p, 4) + 6*math.Pow(p, 5) }},
	} {
		for _, p := range []float64{0, 0.5, 0.9, 0.99, 0.999, 1} {
			read, write, err := c.q.Availability(quorum.Failures{Up: p})
			require.NoError(t, err)
			require.InDelta(t, c.want(p), read, 1e-14)
			require.InDelta(t, c.want(p), write, 1e-14)
		}
	}
}

// The guide's example, N=3 W=2 R=2, on nodes that are up 99% of the time, in three zones that are up 99.9%: against one zone for all.
func TestClaim_OneZoneForAllIsAsGoodAsItsZone(t *testing.T) {
	q := quorum.Replicas{N: 3, R: 2, W: 2}
	spread, _, err := q.Availability(quorum.Failures{Up: 0.99, Zones: []quorum.Zone{
		{Nodes: []string{"a"}, Up: 0.999}, {Nodes: []string{"b"}, Up: 0.999}, {Nodes: []string{"c"}, Up: 0.999},
	}}, "a", "b", "c")
	require.NoError(t, err)
	one, _, err := q.Availability(quorum.Failures{Up: 0.99, Zones: []quorum.Zone{{Nodes: []string{"a", "b", "c"}, Up: 0.999}}}, "a", "b", "c")
	require.NoError(t, err)
	p := 0.99 * 0.999
	require.InDelta(t, 3*p*p-2*p*p*p, spread, 1e-14)
	require.InDelta(t, 0.999*(3*0.99*0.99-2*math.Pow(0.99, 3)), one, 1e-14)
	require.Less(t, one, spread)
}

func TestErrors_Replicas(t *testing.T) {
	up := quorum.Failures{Up: 0.9}
	three := quorum.Replicas{N: 3, R: 2, W: 2}
	of := func(_, _ float64, err error) error { return err }
	made := func(_ *quorum.System, err error) error { return err }
	explained := func(_ quorum.Explanation, err error) error { return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{quorum.Replicas{}.Validate(), "quorum: N must be at least 1: N=0"},
		{quorum.Replicas{N: math.MinInt, R: 1, W: 1}.Validate(), "quorum: N must be at least 1: N=-9223372036854775808"},
		{quorum.Replicas{N: 3, R: 0, W: 4}.Validate(), "quorum: R must be in [1, N]: R=0 N=3\nquorum: W must be in [1, N]: W=4 N=3"},
		{quorum.Replicas{N: 3, R: -1, W: 3}.Validate(), "quorum: R must be in [1, N]: R=-1 N=3"},
		{quorum.Replicas{N: 3, R: 3, W: math.MaxInt}.Validate(), "quorum: W must be in [1, N]: W=9223372036854775807 N=3"},
		{quorum.Replicas{N: 3, R: 1, W: 2}.Strict(), "quorum: R+W must exceed N for overlapping reads: R=1 W=2 N=3"},
		{quorum.Replicas{N: 3, R: 1, W: 5}.Strict(), "quorum: W must be in [1, N]: W=5 N=3"},
		{made(quorum.Replicas{N: 3, R: 1, W: 2}.System()), "quorum: R+W must exceed N for overlapping reads: R=1 W=2 N=3"},
		{made(three.System("a", "b")), "quorum: there must be a name for each replica: 2 names, N=3"},
		{made(three.System("a", "b", "a")), `quorum: replicas must have names of their own: "a" appears twice`},
		{made(three.System("a", "", "c")), `quorum: a node's name must not be empty: ""`},
		{made(quorum.Replicas{N: 1 << 40, R: 1 << 40, W: 1}.System()), "quorum: too large: N must be at most 16384 for a system: N=1099511627776"},
		{of(quorum.Replicas{N: 0, R: 1, W: 1}.Availability(up)), "quorum: N must be at least 1: N=0"},
		{of(three.Availability(up, "a")), "quorum: there must be a name for each replica: 1 names, N=3"},
		{of(three.Availability(quorum.Failures{Up: 1.5})), "quorum: a probability must lie in [0, 1]: 1.5 for a node to be up"},
		{of(three.Availability(quorum.Failures{Up: math.NaN()})), "quorum: a probability must lie in [0, 1]: NaN for a node to be up"},
		{of(three.Availability(quorum.Failures{Nodes: map[string]float64{"d": 1}})), `quorum: no such node: "d" in the failures of nodes`},
		{explained(quorum.Explain(0, 1, 1, quorum.ExplainOptions{})), "quorum: N must be at least 1: N=0"},
		{explained(quorum.Explain(3, 4, 0, quorum.ExplainOptions{})), "quorum: R must be in [1, N]: R=4 N=3\nquorum: W must be in [1, N]: W=0 N=3"},
		{explained(quorum.Explain(27, 1, 1, quorum.ExplainOptions{})), "quorum: too large: N must be at most 26 to be explained: N=27"},
	} {
		require.EqualError(t, c.err, c.want)
	}
	_, err := quorum.Explain(math.MaxInt, 1, 1, quorum.ExplainOptions{})
	require.ErrorIs(t, err, quorum.ErrTooLarge)
	require.True(t, quorum.Replicas{N: math.MaxInt, R: math.MaxInt, W: math.MaxInt}.Overlaps())
	require.True(t, quorum.Replicas{N: math.MaxInt, R: math.MaxInt, W: math.MaxInt}.WritesOverlap())
}
