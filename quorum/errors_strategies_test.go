package quorum_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

func pair(t *testing.T) *quorum.System {
	s, err := quorum.FromReads(quorum.Or(quorum.Named("a", "b")...))
	require.NoError(t, err)
	return s
}

func TestBadWorkloadsAreRefused(t *testing.T) {
	s := pair(t)
	strategy, err := quorum.Uniform(s, nil, 10)
	require.NoError(t, err)
	for _, bad := range []struct {
		workload quorum.Workload
		message  string
	}{
		{nil, "quorum: a workload must have a read fraction: 0 of them"},
		{quorum.Reads(-0.1), "quorum: a read fraction must lie in [0, 1]: -0.1"},
		{quorum.Reads(1.5), "quorum: a read fraction must lie in [0, 1]: 1.5"},
		{quorum.Reads(math.NaN()), "quorum: a read fraction must lie in [0, 1]: NaN"},
		{quorum.Reads(math.Inf(1)), "quorum: a read fraction must lie in [0, 1]: +Inf"},
		{quorum.Workload{{0.5, -1}, {0.5, 2}}, "quorum: the probability of a read fraction must lie in [0, 1]: -1 of 0.5"},
		{quorum.Workload{{0.5, math.NaN()}}, "quorum: the probability of a read fraction must lie in [0, 1]: NaN of 0.5"},
		{quorum.Workload{{0.5, 0.5}, {0.25, 0.25}}, "quorum: the probabilities of read fractions must sum to 1: 0.75"},
		{quorum.Workload{{0.5, 0}}, "quorum: the probabilities of read fractions must sum to 1: 0"},
	} {
		require.EqualError(t, bad.workload.Validate(), bad.message)
		_, _, err := quorum.Optimise(s, bad.workload, quorum.OptimiseOptions{})
		require.EqualError(t, err, bad.message)
		_, err = quorum.Search([]string{"a", "b"}, bad.workload, quorum.SearchOptions{})
		require.EqualError(t, err, bad.message)
		for _, cost := range []func(quorum.Workload) (float64, error){strategy.Load, strategy.Network, strategy.MeanCapacity, strategy.CapacityAtMeanLoad} {
			_, err = cost(bad.workload)
			require.EqualError(t, err, bad.message)
		}
		latency, err := strategy.Latency(bad.workload)
		require.EqualError(t, err, bad.message)
		require.Zero(t, latency)
	}
	_, err = strategy.Loads(2)
	require.EqualError(t, err, "quorum: a read fraction must lie in [0, 1]: 2")
	require.NoError(t, quorum.Workload{{0.5, 0.1}, {0.2, 0.2}, {0.1, 0.7}}.Validate(), "sums are not exact")
}

func TestBadProfilesAreRefused(t *testing.T) {
	for _, bad := range []struct {
		b       quorum.Profile
		message string
	}{
		{quorum.Profile{}, `quorum: a read capacity must lie in [1e-09, 1e+15] operations a second: 0 of "b"`},
		{quorum.Profile{Reads: 1}, `quorum: a write capacity must lie in [1e-09, 1e+15] operations a second: 0 of "b"`},
		{quorum.Profile{Reads: -1, Writes: 1}, `quorum: a read capacity must lie in [1e-09, 1e+15] operations a second: -1 of "b"`},
		{quorum.Profile{Reads: 1, Writes: math.NaN()}, `quorum: a write capacity must lie in [1e-09, 1e+15] operations a second: NaN of "b"`},
		{quorum.Profile{Reads: math.Inf(1), Writes: 1}, `quorum: a read capacity must lie in [1e-09, 1e+15] operations a second: +Inf of "b"`},
		{quorum.Profile{Reads: 1, Writes: 1, Latency: -1}, `quorum: a latency must not be negative: -1ns of "b"`},
	} {
		nodes := quorum.Profiles{"a": {Reads: 1, Writes: 1}, "b": bad.b}
		_, _, err := quorum.Optimise(pair(t), quorum.Reads(0), quorum.OptimiseOptions{Nodes: nodes})
		require.EqualError(t, err, bad.message)
		_, err = quorum.Uniform(pair(t), nodes, 10)
		require.EqualError(t, err, bad.message)
	}
	_, err := quorum.Uniform(pair(t), quorum.Profiles{"a": {Reads: 1, Writes: 1}}, 10)
	require.EqualError(t, err, `quorum: each node must have a profile: "b" has none`)
}

func TestBadStrategiesAreRefused(t *testing.T) {
	a, b, both := []string{"a"}, []string{"b"}, []string{"a", "b"}
	writes := []quorum.Choice{{both, 1}}
	for _, bad := range []struct {
		reads, writes []quorum.Choice
		message       string
	}{
		{nil, writes, "quorum: the probabilities of the read quorums must sum to 1: 0"},
		{[]quorum.Choice{{a, 0.5}}, writes, "quorum: the probabilities of the read quorums must sum to 1: 0.5"},
		{[]quorum.Choice{{a, -0.5}, {b, 1}}, writes, "quorum: the probability of a read quorum must lie in [0, 1]: -0.5 of [a]"},
		{[]quorum.Choice{{a, math.NaN()}}, writes, "quorum: the probability of a read quorum must lie in [0, 1]: NaN of [a]"},
		{[]quorum.Choice{{nil, 1}}, writes, "quorum: a choice must hold a read quorum: [] does not"},
		{[]quorum.Choice{{[]string{"a", "x"}, 1}}, writes, `quorum: a quorum must be of the system's nodes: "x" is none of [a b]`},
		{[]quorum.Choice{{[]string{"a", "a"}, 1}}, writes, `quorum: a quorum must name a node once: "a" appears twice in [a a]`},
		{[]quorum.Choice{{a, 1}}, []quorum.Choice{{a, 1}}, "quorum: a choice must hold a write quorum: [a] does not"},
		{[]quorum.Choice{{a, 1}}, nil, "quorum: the probabilities of the write quorums must sum to 1: 0"},
	} {
		strategy, err := quorum.NewStrategy(pair(t), nil, bad.reads, bad.writes)
		require.EqualError(t, err, bad.message)
		require.Nil(t, strategy)
	}
	const empty = "quorum: a strategy must have a system that New made: it is empty"
	for _, s := range []*quorum.System{nil, {}} {
		_, err := quorum.NewStrategy(s, nil, nil, nil)
		require.EqualError(t, err, empty)
		_, err = quorum.Uniform(s, nil, 1)
		require.EqualError(t, err, empty)
		_, _, err = quorum.Optimise(s, quorum.Reads(0), quorum.OptimiseOptions{})
		require.EqualError(t, err, empty)
	}
	_, err := quorum.Uniform(pair(t), nil, 1)
	require.ErrorIs(t, err, quorum.ErrTooLarge, "two read quorums")
	_, err = quorum.Uniform(pair(t), nil, 0)
	require.EqualError(t, err, "quorum: the limit of minimal quorums must be positive: 0")
}

func TestBadOptionsOfOptimiseAreRefused(t *testing.T) {
	for _, bad := range []struct {
		options quorum.OptimiseOptions
		message string
	}{
		{quorum.OptimiseOptions{Minimise: 3}, "quorum: the goal must be Load, Network or Latency: Goal(3)"},
		{quorum.OptimiseOptions{Minimise: -1}, "quorum: the goal must be Load, Network or Latency: Goal(-1)"},
		{quorum.OptimiseOptions{MaxLoad: -1}, "quorum: a limit of the load must be finite, and zero for none or positive: -1"},
		{quorum.OptimiseOptions{MaxNetwork: math.NaN()}, "quorum: a limit of the network must be finite, and zero for none or positive: NaN"},
		{quorum.OptimiseOptions{MaxNetwork: math.Inf(1)}, "quorum: a limit of the network must be finite, and zero for none or positive: +Inf"},
		{quorum.OptimiseOptions{MaxLatency: -time.Second}, "quorum: a limit of the latency must be zero for none or positive: -1s"},
		{quorum.OptimiseOptions{Failures: -1}, "quorum: failures to survive must not be negative: -1"},
		{quorum.OptimiseOptions{Failures: 2}, "quorum: no strategy does what is wanted: no set of nodes keeps a read quorum when any 2 of them fail"},
		{quorum.OptimiseOptions{Failures: math.MaxInt}, "quorum: no strategy does what is wanted: no set of nodes keeps a read quorum when any 9223372036854775807 of them fail"},
		{quorum.OptimiseOptions{MaxLoad: 0.7}, "quorum: no strategy does what is wanted: the load is at least 0.75, and is to be at most 0.7"},
		{quorum.OptimiseOptions{MaxNetwork: 1.4}, "quorum: no strategy does what is wanted: the network is at least 1.5, and is to be at most 1.4"},
	} {
		strategy, certificate, err := quorum.Optimise(pair(t), quorum.Reads(0.5), bad.options)
		require.EqualError(t, err, bad.message)
		require.Nil(t, strategy)
		require.Nil(t, certificate)
	}
	// Near a or at ease: either can be had, not both.
	s, nodes := pair(t), quorum.Profiles{"a": {1, 1, time.Millisecond}, "b": {1, 1, 3 * time.Millisecond}}
	_, _, err := quorum.Optimise(s, quorum.Reads(1), quorum.OptimiseOptions{Nodes: nodes, Minimise: quorum.Network, MaxLoad: 0.6, MaxLatency: 1500 * time.Microsecond})
	require.EqualError(t, err, "quorum: no strategy does what is wanted: each limit can be kept, but not all of them: load at most 0.6, latency at most 0.0015")
	require.ErrorIs(t, err, quorum.ErrNoStrategy)

	large, err := quorum.FromReads(quorum.Or(quorum.Named(numbered(251)...)...))
	require.NoError(t, err)
	_, _, err = quorum.Optimise(large, quorum.Reads(0.5), quorum.OptimiseOptions{})
	require.EqualError(t, err, "quorum: too large: 1 read fractions times 251 nodes are more than 250")
	if race.Enabled {
		return // it takes long to find out that there are too many sets
	}
	many, err := quorum.FromReads(quorum.Majority(numbered(25)...))
	require.NoError(t, err)
	_, _, err = quorum.Optimise(many, quorum.Reads(0.5), quorum.OptimiseOptions{Failures: 1})
	require.ErrorIs(t, err, quorum.ErrTooLarge)
}

// A capacity a million times that of another is no trouble; nor are latencies of zero, or a thousand years.
func TestOptimiseTakesExtremes(t *testing.T) {
	for _, other := range []quorum.Profile{{1e15, 1e15, 0}, {1e-9, 1e-9, 0}, {1e15, 1e-9, math.MaxInt64}} {
		nodes := quorum.Profiles{"a": {1, 1, 0}, "b": other}
		for goal := range quorum.Latency + 1 {
			strategy, c, err := quorum.Optimise(pair(t), quorum.Reads(0.5), quorum.OptimiseOptions{Nodes: nodes, Minimise: goal})
			require.NoError(t, err, "%v %v", other, goal)
			_, err = c.Verify()
			require.NoError(t, err)
			if goal == quorum.Load {
				load, err := strategy.Load(quorum.Reads(0.5))
				require.NoError(t, err)
				require.InEpsilon(t, c.Bound, load, 1e-8)
			}
		}
	}
}

// A certificate that was tampered with proves less than it says, or nothing.
func TestCertificatesThatProveNothingAreRefused(t *testing.T) {
	made := func() *quorum.Certificate {
		_, c, err := quorum.Optimise(pair(t), quorum.Reads(0.5), quorum.OptimiseOptions{})
		require.NoError(t, err)
		return c
	}
	for _, bad := range []struct {
		tamper  func(c *quorum.Certificate)
		message string
	}{
		{func(c *quorum.Certificate) { c.Bound += 0.01 }, "quorum: the weights must prove the bound: 0.75 proved, 0.76 claimed"},
		{func(c *quorum.Certificate) { c.Bound = math.NaN() }, "quorum: the weights must prove the bound: 0.75 proved, NaN claimed"},
		{func(c *quorum.Certificate) { c.Weights[0][1] = 0.6 }, "quorum: the weights of a read fraction must sum to its probability times the price of load, 1: 1.1"},
		{func(c *quorum.Certificate) { c.Weights[0][1] = math.NaN() }, `quorum: a weight must be finite and not negative: NaN of "b"`},
		{func(c *quorum.Certificate) { c.Weights[0] = []float64{-1, 2} }, `quorum: a weight must be finite and not negative: -1 of "a"`},
		{func(c *quorum.Certificate) { c.Weights[0][1] = 0.4 }, "quorum: the weights must prove the bound: 0.65 proved, 0.75 claimed"},
		{func(c *quorum.Certificate) { c.Weights = nil }, "quorum: each read fraction must have a weight for each node: 0 rows"},
		{func(c *quorum.Certificate) { c.Prices[quorum.Load] = 2 }, "quorum: the price of the goal must be 1: 2 of the load"},
		{func(c *quorum.Certificate) { c.Prices[quorum.Network] = -1 }, "quorum: a price must be finite and not negative: -1 of the network"},
		{func(c *quorum.Certificate) { c.Prices[quorum.Latency] = math.Inf(1) }, "quorum: a price must be finite and not negative: +Inf of the latency"},
		{func(c *quorum.Certificate) { c.Prices[quorum.Latency] = 1 }, "quorum: the weights must prove the bound: -Inf proved, 0.75 claimed"},
		{func(c *quorum.Certificate) { *c = quorum.Certificate{} }, "quorum: a certificate must come from Optimise"},
	} {
		c := made()
		proved, err := c.Verify()
		require.NoError(t, err)
		require.InDelta(t, 0.75, proved, 1e-12)
		bad.tamper(c)
		_, err = c.Verify()
		require.EqualError(t, err, bad.message)
	}
}

func TestBadSearchesAreRefused(t *testing.T) {
	for _, bad := range []struct {
		nodes   []string
		options quorum.SearchOptions
		message string
	}{
		{nil, quorum.SearchOptions{}, "quorum: the nodes of a search must be 1 to 64: 0"},
		{numbered(65), quorum.SearchOptions{}, "quorum: the nodes of a search must be 1 to 64: 65"},
		{[]string{""}, quorum.SearchOptions{}, `quorum: a node's name must not be empty: ""`},
		{[]string{"a", "b", "a"}, quorum.SearchOptions{}, `quorum: the nodes of a search must be distinct: "a" appears twice`},
		{[]string{"a"}, quorum.SearchOptions{Candidates: -1}, "quorum: the candidates of a search must be 1 to 1000000: -1"},
		{[]string{"a"}, quorum.SearchOptions{Resilience: -1}, "quorum: the resilience must not be negative: -1"},
		{[]string{"a", "b"}, quorum.SearchOptions{Resilience: 1}, "quorum: no strategy does what is wanted: none of the 2 systems tried"},
		{[]string{"a", "b"}, quorum.SearchOptions{OptimiseOptions: quorum.OptimiseOptions{MaxLoad: -1}},
			"quorum: a limit of the load must be finite, and zero for none or positive: -1"},
	} {
		found, err := quorum.Search(bad.nodes, quorum.Reads(0.5), bad.options)
		require.EqualError(t, err, bad.message)
		require.Nil(t, found)
	}
}

// A bound on candidates is a bound, says that there was more, and gives the same again.
func TestSearchStopsAtItsCandidates(t *testing.T) {
	for _, n := range []int{1, 7, 15, 16, 17} {
		found, err := quorum.Search([]string{"a", "b", "c", "d"}, quorum.Reads(0.5), quorum.SearchOptions{Candidates: n})
		require.NoError(t, err)
		require.Equal(t, min(n, 16), found.Tried, "alike, four nodes make sixteen systems")
		require.Equal(t, n >= 16, found.Complete)
		again, err := quorum.Search([]string{"a", "b", "c", "d"}, quorum.Reads(0.5), quorum.SearchOptions{Candidates: n})
		require.NoError(t, err)
		require.Equal(t, found.System.String(), again.System.String())
	}
	found, err := quorum.Search(numbered(64), quorum.Reads(0.5), quorum.SearchOptions{Candidates: 2})
	require.NoError(t, err)
	require.False(t, found.Complete)
}

// With capacities that are 23 decades apart, rounding decides: there is a proved answer or an error, and an end.
func TestOptimise_EndsWhereRoundingDecides(t *testing.T) {
	reads, err := quorum.Parse("weighted(4, majority(c + d + a, b + e + f, g, e + g), f, (c*(d + f)):2, choose(2, choose(2, c, b, d, f), weighted(1, d:2, f), d, c):2)")
	require.NoError(t, err)
	s, err := quorum.FromReads(reads)
	require.NoError(t, err)
	w := quorum.Workload{{Reads: 0.813070665739212, Probability: 0.4453476426293502}, {Reads: 1, Probability: 0.5546523573706498}}
	strategy, c, err := quorum.Optimise(s, w, quorum.OptimiseOptions{Nodes: quorum.Profiles{
		"a": {Reads: 1.0992062154670728e+07, Writes: 4.867409726556401e+10, Latency: time.Millisecond},
		"b": {Reads: 676808.8816251517, Writes: 366.7264706491993},
		"c": {Reads: 3.612570369081852, Writes: 1.677436911588212e+11},
		"d": {Reads: 5.263554902788687e-08, Writes: 1.9003860308745578e+14, Latency: 3 * time.Millisecond},
		"e": {Reads: 0.024716891384602348, Writes: 343326.03508419154, Latency: 2 * time.Millisecond},
		"f": {Reads: 5.984706207442418e+14, Writes: 0.1260978376524231},
		"g": {Reads: 56.639980558290446, Writes: 0.0007491644589893684, Latency: 2 * time.Millisecond},
	}})
	if err != nil {
		require.ErrorContains(t, err, "quorum: the least load: the optimum was not found within the steps allowed")
		return
	}
	proved, err := c.Verify()
	require.NoError(t, err)
	load, err := strategy.Load(w)
	require.NoError(t, err)
	require.InEpsilon(t, load, proved, 1e-8)
}
