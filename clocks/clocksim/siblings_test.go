package clocksim_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

func dotted(w clocksim.Writers, source rand.Source) ([]int, error) {
	return clocksim.CountSiblings[clocks.DottedSet[int]](w, source)
}

func versioned(w clocksim.Writers, source rand.Source) ([]int, error) {
	return clocksim.CountSiblings[clocks.Versioned[int]](w, source)
}

// P. Almeida et al. 2014: clients that write in turns make ever more siblings under one vector. 101 rounds leave 101 with version vectors, and 2
// with dotted sets; c clients leave c.
func TestClaim_DottedSetsKeepOneOfEachWriter(t *testing.T) {
	for _, clients := range []int{2, 3, 10, 100} {
		w := clocksim.Writers{Clients: clients, Replicas: 1, Writes: 101}
		few, err := dotted(w, nil)
		require.NoError(t, err)
		many, err := versioned(w, nil)
		require.NoError(t, err)
		for i := range w.Writes {
			require.Equal(t, min(i+1, clients), few[i])
			require.Equal(t, i+1, many[i])
		}
		require.Equal(t, clients, few[100])
	}
	alone := clocksim.Writers{Clients: 1, Replicas: 1, Writes: 9}
	for _, count := range []func(clocksim.Writers, rand.Source) ([]int, error){dotted, versioned} {
		held, err := count(alone, nil)
		require.NoError(t, err)
		require.Equal(t, slices.Repeat([]int{1}, 9), held, "a writer alone replaces its own value")
	}
}

// Where who writes is drawn, the expected numbers are exact: those of the birthday problem, and of runs without a repetition. Two clients can be
// worked out by hand: after three writes, the dotted set holds 1 if the last two are by one client, else 2; the other one 1 with 1/2,
// 2 with 1/4 and 3 with 1/4.
func TestClaim_ExpectedSiblings(t *testing.T) {
	for _, c := range []struct {
		w                 clocksim.Writers
		dotted, versioned float64
	}{
		{clocksim.Writers{Clients: 2, Replicas: 1, Writes: 3, Random: true}, 1.5, 1.75},
		{clocksim.Writers{Clients: 2, Replicas: 1, Writes: 3}, 2, 3},
		{clocksim.Writers{Clients: 2, Replicas: 1}, 0, 0},
		{clocksim.Writers{Clients: 1, Replicas: 1, Writes: 5, Random: true}, 1, 1},
		{clocksim.Writers{Clients: 1, Replicas: 1, Writes: 5}, 1, 1},
		// Ramanujan's Q(3) = 1 + 2/3 + 2/9.
		{clocksim.Writers{Clients: 3, Replicas: 1, Writes: 1_000, Random: true}, 17.0 / 9, 3},
		{clocksim.Writers{Clients: 5, Replicas: 1, Writes: 9}, 5, 9},
	} {
		few, err := clocksim.DottedSiblings(c.w)
		require.NoError(t, err)
		require.InDelta(t, c.dotted, few, 1e-12) // rounding of at most 1,000 factors
		many, err := clocksim.VersionedSiblings(c.w)
		require.NoError(t, err)
		require.InDelta(t, c.versioned, many, 1e-12)
	}
	w := clocksim.Writers{Clients: 7, Replicas: 1, Writes: 30, Random: true}
	runs := 1_000
	if race.Enabled {
		runs = 30
	}
	for _, of := range []struct {
		count func(clocksim.Writers, rand.Source) ([]int, error)
		exact func(clocksim.Writers) (float64, error)
	}{{dotted, clocksim.DottedSiblings}, {versioned, clocksim.VersionedSiblings}} {
		last := make([]float64, runs)
		for run := range last {
			held, err := of.count(w, rand.NewPCG(3, uint64(run)))
			require.NoError(t, err)
			last[run] = float64(held[w.Writes-1])
		}
		interval, err := stats.MeanInterval(last, stats.Asserted)
		require.NoError(t, err)
		want, err := of.exact(w)
		require.NoError(t, err)
		require.True(t, interval.Contains(want), "%v and %v", interval, want)
	}
}

// A dotted set never holds more siblings than there are clients, however many servers there are and whenever they sync: each write has seen the
// client's own last one.
func TestLaw_NoMoreSiblingsThanClients(t *testing.T) {
	rapid.Check(t, lawSiblings(dotted))
}

func lawSiblings(count func(clocksim.Writers, rand.Source) ([]int, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		w := clocksim.Writers{
			Clients: rapid.IntRange(1, 6).Draw(t, "clients"), Replicas: rapid.IntRange(1, 4).Draw(t, "replicas"),
			Writes: rapid.IntRange(0, 30).Draw(t, "writes"), Sync: rapid.IntRange(0, 5).Draw(t, "sync"), Random: rapid.Bool().Draw(t, "random"),
		}
		held, err := count(w, rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range held {
			if n < 1 || n > w.Clients {
				t.Fatalf("clients: %d, servers: %d, a sync after every %d writes\nafter %d writes the server holds %d values", w.Clients, w.Replicas, w.Sync, i+1, n)
			}
		}
	}
}

func TestBroken_MoreSiblingsThanClients(t *testing.T) {
	lawtest.Breaks(t, "One vector for all values cannot say which of them a client has seen, so that all stay", lawSiblings(versioned))
}

func TestBadWriters(t *testing.T) {
	good := clocksim.Writers{Clients: 1, Replicas: 1}
	for _, c := range []struct {
		change func(*clocksim.Writers)
		want   string
	}{
		{func(w *clocksim.Writers) { w.Clients = 0 }, "the number of clients must lie in [1, 1048576]: 0"},
		{func(w *clocksim.Writers) { w.Clients = math.MaxInt }, "the number of clients must lie in [1, 1048576]: 9223372036854775807"},
		{func(w *clocksim.Writers) { w.Replicas = 0 }, "the number of replicas must lie in [1, 1048576]: 0"},
		{func(w *clocksim.Writers) { w.Replicas = 1<<20 + 1 }, "the number of replicas must lie in [1, 1048576]: 1048577"},
		{func(w *clocksim.Writers) { w.Writes = -1 }, "the number of writes must lie in [0, 1048576]: -1"},
		{func(w *clocksim.Writers) { w.Writes = 1<<20 + 1 }, "the number of writes must lie in [0, 1048576]: 1048577"},
		{func(w *clocksim.Writers) { w.Sync = -1 }, "the number of writes between syncs must not be negative: -1"},
	} {
		w := good
		c.change(&w)
		for _, of := range []func(clocksim.Writers, rand.Source) ([]int, error){dotted, versioned} {
			_, err := of(w, nil)
			require.EqualError(t, err, "clocksim: "+c.want)
		}
		_, err := clocksim.DottedSiblings(w)
		require.EqualError(t, err, "clocksim: "+c.want)
		_, err = clocksim.VersionedSiblings(w)
		require.EqualError(t, err, "clocksim: "+c.want)
	}
	_, err := dotted(clocksim.Writers{Clients: 1, Replicas: 1, Random: true}, nil)
	require.EqualError(t, err, "clocksim: writers that are drawn need a source of randomness: nil")
	_, err = clocksim.DottedSiblings(clocksim.Writers{Clients: 1, Replicas: 2})
	require.EqualError(t, err, "clocksim: what is expected is known for one replica: 2")
	held, err := dotted(good, nil)
	require.NoError(t, err)
	require.Empty(t, held)
}

// What syncs do: two clients, each with a server of its own, hold one value each until the servers sync, and then both hold both, under either clock.
func TestSyncedServersHoldAll(t *testing.T) {
	for _, count := range []func(clocksim.Writers, rand.Source) ([]int, error){dotted, versioned} {
		apart, err := count(clocksim.Writers{Clients: 3, Replicas: 3, Writes: 6}, nil)
		require.NoError(t, err)
		require.Equal(t, []int{1, 1, 1, 1, 1, 1}, apart)
		synced, err := count(clocksim.Writers{Clients: 3, Replicas: 3, Writes: 4, Sync: 3}, nil)
		require.NoError(t, err)
		require.Equal(t, []int{1, 1, 3}, synced[:3])
	}
	// After a sync the first client's write replaces its own value, at its own server, which by now has the other two.
	dots, err := dotted(clocksim.Writers{Clients: 3, Replicas: 3, Writes: 6, Sync: 3}, nil)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 3, 3, 3, 3}, dots)
}
