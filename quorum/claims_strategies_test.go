package quorum_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// six are the nodes of quoracle's tutorial: every second one has half the capacity.
func six() quorum.Profiles {
	p := quorum.Profiles{}
	for i, name := range []string{"a", "b", "c", "d", "e", "f"} {
		capacity := []float64{1_000, 500}[i%2]
		p[name] = quorum.Profile{Reads: capacity, Writes: capacity}
	}
	return p
}

func sixGrid(t *testing.T) *quorum.System {
	s, err := quorum.FromReads(quorum.Rows([]string{"a", "b", "c"}, []string{"d", "e", "f"}))
	require.NoError(t, err)
	return s
}

// optimal requires the value of a goal, and that it is proved.
func optimal(t *testing.T, want float64, s *quorum.System, w quorum.Workload, o quorum.OptimiseOptions) *quorum.Strategy {
	t.Helper()
	strategy, c, err := quorum.Optimise(s, w, o)
	require.NoError(t, err)
	proved, err := c.Verify()
	require.NoError(t, err)
	require.InDelta(t, want, proved, 1e-9*want)
	if o.Minimise == quorum.Load {
		load, err := strategy.Load(w)
		require.NoError(t, err)
		require.InDelta(t, want, load, 1e-9*want)
	}
	return strategy
}

// Whittaker et al. 2021, and the tutorial of quoracle: the 2 x 3 grid.
func TestClaim_QuoraclesGrid(t *testing.T) {
	s := sixGrid(t)
	optimal(t, 0.375, s, quorum.Reads(0.25), quorum.OptimiseOptions{})

	capacity, err := optimal(t, 3./4_000, s, quorum.Reads(0.75), quorum.OptimiseOptions{Nodes: six()}).MeanCapacity(quorum.Reads(0.75))
	require.NoError(t, err)
	require.InDelta(t, 4_000./3, capacity, 1e-6)
}

// The same, section 5: with a failure to survive, a grid writes 1000 a second, and two of five nodes 4000/3.
func TestClaim_QuoraclesResilientWrites(t *testing.T) {
	o := quorum.OptimiseOptions{Nodes: six(), Failures: 1}
	optimal(t, 1./1_000, sixGrid(t), quorum.Reads(0), o)

	two, err := quorum.FromWrites(quorum.Choose(2, quorum.Named("a", "b", "c", "d", "e")...))
	require.NoError(t, err)
	optimal(t, 3./4_000, two, quorum.Reads(0), o)
}

// Naor and Wool 1998, example 3.2 and section 5: the loads of a majority, of a grid of rows and columns, and of the Fano plane.
func TestClaim_NaorAndWoolsLoads(t *testing.T) {
	same := func(want float64, e quorum.Expr) {
		t.Helper()
		s, err := quorum.New(e, e)
		require.NoError(t, err)
		optimal(t, want, s, quorum.Reads(0.5), quorum.OptimiseOptions{})
	}
	for n := 1; n <= 15; n++ {
		same(float64(n/2+1)/float64(n), quorum.Majority(numbered(n)...))
	}
	for k := 2; k <= 7; k++ {
		same(float64(2*k-1)/float64(k*k), grid(k))
	}
	lines := []quorum.Expr{}
	for _, line := range []string{"124", "235", "346", "457", "561", "672", "713"} {
		lines = append(lines, quorum.And(quorum.Node(line[:1]), quorum.Node(line[1:2]), quorum.Node(line[2:])))
	}
	same(3./7, quorum.Or(lines...))
}

// Two read fractions, as in quoracle's tutorial, on which some solvers fail. The bound is proved by its weights; the number itself is what the
// program of all quorums has. A strategy for either fraction alone is worse.
func TestClaim_TwoReadFractions(t *testing.T) {
	s, w := sixGrid(t), quorum.Workload{{Reads: 0.1, Probability: 0.5}, {Reads: 0.75, Probability: 0.5}}
	o := quorum.OptimiseOptions{Nodes: six()}
	both, c, err := quorum.Optimise(s, w, o)
	require.NoError(t, err)
	proved, err := c.Verify()
	require.NoError(t, err)
	load, err := both.Load(w)
	require.NoError(t, err)
	require.InDelta(t, proved, load, 1e-12)
	require.InDelta(t, 714./1_075_000, load, 1e-12)
	for _, alone := range w {
		one, _, err := quorum.Optimise(s, quorum.Reads(alone.Reads), o)
		require.NoError(t, err)
		worse, err := one.Load(w)
		require.NoError(t, err)
		require.Greater(t, worse, 1.01*load)
	}
}

// The strategy of least mean load has the largest capacity at the mean load, by definition, and need not have the largest mean capacity.
func TestClaim_LeastLoadIsNotTheLargestMeanCapacity(t *testing.T) {
	s, err := quorum.ReadOneWriteAll("a", "b")
	require.NoError(t, err)
	nodes := quorum.Profiles{"a": {Reads: 10, Writes: 1}, "b": {Reads: 10, Writes: 2}}
	w := quorum.Workload{{Reads: 0.5, Probability: 0.8}, {Reads: 1, Probability: 0.2}}
	least, _, err := quorum.Optimise(s, w, quorum.OptimiseOptions{Nodes: nodes})
	require.NoError(t, err)
	other, _, err := quorum.Optimise(s, quorum.Reads(1), quorum.OptimiseOptions{Nodes: nodes})
	require.NoError(t, err)
	// The busiest node at half reads is a, for its writes, so that b should read; at reads only, both should.
	for _, of := range []struct {
		strategy   *quorum.Strategy
		load, mean float64
	}{{least, 0.8*0.5 + 0.2*0.1, 0.8/0.5 + 0.2/0.1}, {other, 0.8*0.525 + 0.2*0.05, 0.8/0.525 + 0.2/0.05}} {
		load, err := of.strategy.Load(w)
		require.NoError(t, err)
		require.InDelta(t, of.load, load, 1e-12)
		at, err := of.strategy.CapacityAtMeanLoad(w)
		require.NoError(t, err)
		require.InDelta(t, 1/of.load, at, 1e-9)
		mean, err := of.strategy.MeanCapacity(w)
		require.NoError(t, err)
		require.InDelta(t, of.mean, mean, 1e-9)
	}
}

// The quorums of a large majority, 10^14 of them, are never listed.
func TestClaim_NoQuorumIsEnumerated(t *testing.T) {
	names := numbered(51)
	s, err := quorum.New(quorum.Majority(names...), quorum.Majority(names...))
	require.NoError(t, err)
	strategy := optimal(t, 26./51, s, quorum.Reads(0.5), quorum.OptimiseOptions{})
	require.LessOrEqual(t, len(strategy.Reads())+len(strategy.Writes()), 53, "a vertex: no more quorums than rows")
	_, err = s.Reads().Minimal(1_000_000)
	require.ErrorIs(t, err, quorum.ErrTooLarge)
}

// Latency against load: the near half of four nodes is fast, and its load is the price.
func TestClaim_LatencyAgainstLoad(t *testing.T) {
	s, err := quorum.FromReads(quorum.Choose(2, quorum.Named("a", "b", "c", "d")...))
	require.NoError(t, err)
	nodes := quorum.Profiles{}
	for i, name := range s.Nodes() {
		nodes[name] = quorum.Profile{Reads: 1, Writes: 1, Latency: time.Duration(1+i/2*9) * time.Millisecond}
	}
	o := quorum.OptimiseOptions{Nodes: nodes, Minimise: quorum.Latency}
	optimal(t, 0.001, s, quorum.Reads(1), o)
	o.MaxLoad = 0.5
	optimal(t, 0.0055, s, quorum.Reads(1), o) // half on a*b, half on c*d
	o.MaxLoad = 0.75
	strategy := optimal(t, 0.00325, s, quorum.Reads(1), o)
	network, err := strategy.Network(quorum.Reads(1))
	require.NoError(t, err)
	require.InDelta(t, 2, network, 1e-9)
}

// A limit of the goal itself counts once the others are kept: one and a half nodes an operation put all reads on d, and all writes on a*d.
func TestClaim_NetworkAgainstLoad(t *testing.T) {
	s, err := quorum.FromReads(quorum.Or(quorum.And(quorum.Named("a", "b", "c")...), quorum.Node("d")))
	require.NoError(t, err)
	o := quorum.OptimiseOptions{MaxNetwork: 1.5}
	optimal(t, 1, s, quorum.Reads(0.5), o)
	o.MaxLoad = 0.9
	_, _, err = quorum.Optimise(s, quorum.Reads(0.5), o)
	require.EqualError(t, err, "quorum: no strategy does what is wanted: the load is at least 1, and is to be at most 0.9")
	o.MaxNetwork = 2 // half of the reads are of three nodes
	optimal(t, 0.75, s, quorum.Reads(0.5), o)
}

// Quorums are drawn as often as the strategy says. Each count is binomial; beyond five standard deviations is one in a million.
func TestClaim_PicksFollowTheStrategy(t *testing.T) {
	s := sixGrid(t)
	row, other := []string{"a", "b", "c"}, []string{"d", "e", "f"}
	strategy, err := quorum.NewStrategy(s, nil,
		[]quorum.Choice{{Nodes: row, Probability: 0.3}, {Nodes: other}, {Nodes: s.Nodes(), Probability: 0.7}},
		[]quorum.Choice{{Nodes: []string{"a", "d"}, Probability: 1}})
	require.NoError(t, err)
	const draws = 100_000
	src, counts := rand.NewPCG(1, 2), map[string]float64{}
	for range draws {
		counts[fmt.Sprint(strategy.PickRead(src))]++
	}
	require.Len(t, counts, 2, "what has no probability is never drawn")
	require.InDelta(t, 0.3*draws, counts[fmt.Sprint(row)], 5*math.Sqrt(0.3*0.7*draws))
	require.Equal(t, []string{"a", "d"}, strategy.PickWrite(nil))
	require.Zero(t, testing.AllocsPerRun(100, func() { strategy.PickRead(src); strategy.PickWrite(nil) }))
}
