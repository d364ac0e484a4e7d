package ringsim

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

type spreadNews func(*sim.Engine, News) ([]float64, error)

// lawNewsSpreads compares with each client by itself: up to the time at which it hears, exclusive, it sends requests by the old table.
func lawNewsSpreads(spread spreadNews) func(*rapid.T) {
	return func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		clients, requests := rapid.IntRange(1, 5).Draw(t, "clients"), rapid.IntRange(1, 4).Draw(t, "requests")
		times := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 30).Draw(t, "tenths")) * time.Second / 10
		}), 1, 4).Draw(t, "times")
		slices.Sort(times)
		before, after := newRendezvous(t, 2), newRendezvous(t, 6) // where most keys move
		got, err := spread(sim.New(seed), News{before, after, clients, time.Second, times, requests})
		if err != nil {
			t.Fatalf("news at %v: %v", times, err)
		}
		e := sim.New(seed)
		delays := make([]time.Duration, clients)
		for i := range delays {
			delays[i] = exponential(e.Stream("delays"), time.Second)
		}
		for i, at := range times {
			wrong := 0
			for _, delay := range delays {
				if delay <= at {
					continue
				}
				for _, key := range Keys(e.Stream("keys"), requests) {
					if before.Members()[before.Owner(key)].Name != after.Members()[after.Owner(key)].Name {
						wrong++
					}
				}
			}
			if want := float64(wrong) / float64(clients*requests); got[i] != want {
				t.Fatalf("%v after the change, %v of the requests of %d clients that hear after %v are misrouted, and should %v", at, got[i], clients, delays, want)
			}
		}
	}
}

func newRendezvous(t require.TestingT, nodes int) hashring.Placement {
	p, err := hashring.NewRendezvous(Members(nodes), hashring.Hashing{})
	require.NoError(t, err)
	return p
}

func TestLaw_NewsSpreads(t *testing.T) { rapid.Check(t, lawNewsSpreads(SpreadNews)) }

func TestBroken_NewsForAllAtOnce(t *testing.T) {
	lawtest.Breaks(t, "All clients hear of a change at the same time", lawNewsSpreads(func(e *sim.Engine, n News) ([]float64, error) {
		n.Clients, n.Requests = 1, n.Clients*n.Requests
		return SpreadNews(e, n)
	}))
}

func TestBroken_IndexForName(t *testing.T) {
	lawtest.Breaks(t, "Nodes are compared by their index, which changes as nodes join", lawNewsSpreads(func(e *sim.Engine, n News) ([]float64, error) {
		n.After = reversed{n.After}
		return SpreadNews(e, n)
	}))
}

// reversed knows its nodes by other indices.
type reversed struct{ hashring.Placement }

func (r reversed) Owner(key string) int { return len(r.Members()) - 1 - r.Placement.Owner(key) }

// epochsOf are tables of which each key has an owner named by the epoch.
type epochsOf func(epoch int) string

func (f epochsOf) Owner(epoch int, _ string) (string, error) { return f(epoch), nil }

// A request in a stationary system is sent by a client that is k changes behind with probability (1-q) q^k, q = c/(1+c) with c changes in a mean
// delay. So an odd number behind it is with probability q/(1+q), whatever the client's first table was.
func TestClaim_ClientsAreGeometricallyBehind(t *testing.T) {
	if race.Enabled {
		t.Skip("a statistical claim")
	}
	parity := epochsOf(func(epoch int) string { return []string{"even", "odd"}[epoch%2] })
	always := epochsOf(func(epoch int) string { return string(rune('a' + epoch)) })
	never := epochsOf(func(int) string { return "the same" })
	for _, changes := range []float64{0.1, 1, 10} {
		q := changes / (1 + changes)
		all, err := sim.Replicate(1, 400, func(e *sim.Engine) (Churned, error) {
			return RunChurn(e, Churn{
				Tables: []Epochs{parity, always, never}, Changes: changes, Clients: 10, MeanDelay: time.Minute,
				Length: time.Minute, Requests: 20, // so short that it matters how it begins
			})
		})
		require.NoError(t, err)
		for i, want := range []float64{q / (1 + q), q, 0} {
			var shares []float64
			for _, c := range all {
				shares = append(shares, c.Misrouted[i])
				require.Equal(t, c.Stale, c.Misrouted[1])
			}
			interval, err := stats.MeanInterval(shares, stats.Asserted)
			require.NoError(t, err)
			require.True(t, interval.Contains(want), "%v changes in a mean delay: %v, and should %v", changes, interval, want)
		}
	}
}

// The shares of keys that tables misroute which are k replacements behind: those of random keys, with many random seeds.
func TestClaim_MisroutedAfter(t *testing.T) {
	if race.Enabled {
		t.Skip("a statistical claim")
	}
	const nodes = 6
	for _, c := range []struct {
		name    string
		history bool
		scheme  func(seed uint64) hashring.Scheme
		of      func(replaced, nodes int) float64
	}{
		{"ring", false, func(seed uint64) hashring.Scheme {
			return hashring.OnRing(hashring.RingOptions{Hashing: hashring.Hashing{Seed: seed}, Points: 20})
		}, MisroutedAfter},
		{"rendezvous", false, func(seed uint64) hashring.Scheme { return hashring.ByRendezvous(hashring.Hashing{Seed: seed}) }, MisroutedAfter},
		{"anchor", true, func(seed uint64) hashring.Scheme { return hashring.ByAnchor(nodes, hashring.Hashing{Seed: seed}) }, LeastMisroutedAfter},
	} {
		for _, behind := range []int{0, 1, 2, 5, 6, 9} {
			shares, err := sim.Replicate(1, 60, func(e *sim.Engine) (float64, error) {
				tables, err := NewRollingReplacement(nodes, c.scheme(e.Stream("placement").Uint64()), c.history)
				if err != nil {
					return 0, err
				}
				wrong := 0
				for _, key := range Keys(e.Stream("keys"), 200) {
					after, err := tables.Owner(3+behind, key)
					if err != nil {
						return 0, err
					}
					before, err := tables.Owner(3, key)
					if err != nil {
						return 0, err
					}
					if before != after {
						wrong++
					}
				}
				return float64(wrong) / 200, nil
			})
			require.NoError(t, err)
			interval, err := stats.MeanInterval(shares, stats.Asserted)
			require.NoError(t, err)
			require.True(t, interval.Contains(c.of(behind, nodes)), "%s, %d behind: %v, and should %v", c.name, behind, interval, c.of(behind, nodes))
		}
	}
}

// With a history, a table is the one before changed, whichever epochs were asked for first.
func TestRollingReplacement(t *testing.T) {
	scheme := hashring.ByAnchor(4, hashring.Hashing{})
	forwards, err := NewRollingReplacement(3, scheme, true)
	require.NoError(t, err)
	backwards, err := NewRollingReplacement(3, scheme, true)
	require.NoError(t, err)
	table, err := scheme(Members(3))
	require.NoError(t, err)
	keys := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}
	_, err = backwards.Table(5)
	require.NoError(t, err)
	for epoch := range 6 {
		if epoch > 0 {
			table, err = table.With(Members(epoch + 3)[epoch:])
			require.NoError(t, err)
		}
		for _, key := range keys {
			want := table.Members()[table.Owner(key)].Name
			for _, r := range []*RollingReplacement{forwards, backwards} {
				got, err := r.Owner(epoch, key)
				require.NoError(t, err)
				require.Equal(t, want, got, "epoch %d, key %s", epoch, key)
			}
		}
	}
}

func TestMeanBehind(t *testing.T) {
	for _, changes := range []float64{0.01, 0.5, 1, 20} {
		q := changes / (1 + changes)
		require.InDelta(t, 1, MeanBehind(changes, func(int) float64 { return 1 }), 1e-9)
		require.InDelta(t, q, MeanBehind(changes, func(behind int) float64 { return math.Min(1, float64(behind)) }), 1e-9)
		require.InDelta(t, changes, MeanBehind(changes, func(behind int) float64 { return min(1e5, float64(behind)) }), 1e-9)
	}
}

func TestEpochSkewRefuses(t *testing.T) {
	p := newRendezvous(t, 2)
	for _, c := range []struct {
		news News
		want string
	}{
		{News{After: p, Clients: 1, MeanDelay: 1, Requests: 1}, "ringsim: there must be a table before and one after: nil"},
		{News{Before: p, Clients: 1, MeanDelay: 1, Requests: 1}, "ringsim: there must be a table before and one after: nil"},
		{News{p, p, 0, 1, nil, 1}, "ringsim: there must be a client that sends a request: 0, 1"},
		{News{p, p, 1, 1, nil, 0}, "ringsim: there must be a client that sends a request: 1, 0"},
		{News{p, p, 1, 0, nil, 1}, "ringsim: the mean delay must be positive: 0s"},
		{News{p, p, 1, 1, []time.Duration{-1}, 1}, "ringsim: times since the change must not be negative, and ascend: [-1ns]"},
		{News{p, p, 1, 1, []time.Duration{2, 1}, 1}, "ringsim: times since the change must not be negative, and ascend: [2ns 1ns]"},
	} {
		_, err := SpreadNews(sim.New(1), c.news)
		require.EqualError(t, err, c.want)
	}
	good := Churn{Tables: []Epochs{epochsOf(func(int) string { return "" })}, Changes: 1, Clients: 1, MeanDelay: 1, Length: 1, Requests: 1}
	for _, c := range []struct {
		change func(*Churn)
		want   string
	}{
		{func(c *Churn) { c.Tables = nil }, "ringsim: there must be tables: none given"},
		{func(c *Churn) { c.Clients = 0 }, "ringsim: there must be a client: 0"},
		{func(c *Churn) { c.MeanDelay = 0 }, "ringsim: the mean delay and the length must be positive: 0s, 1ns"},
		{func(c *Churn) { c.Length = -1 }, "ringsim: the mean delay and the length must be positive: 1ns, -1ns"},
		{func(c *Churn) { c.Changes = math.NaN() }, "ringsim: changes and requests in a mean delay must lie in [1e-6, 1e6]: NaN, 1"},
		{func(c *Churn) { c.Requests = 0 }, "ringsim: changes and requests in a mean delay must lie in [1e-6, 1e6]: 1, 0"},
	} {
		bad := good
		c.change(&bad)
		_, err := RunChurn(sim.New(1), bad)
		require.EqualError(t, err, c.want)
	}
	_, err := NewRollingReplacement(0, hashring.ByJump(hashring.Hashing{}), false)
	require.EqualError(t, err, "ringsim: there must be nodes, and a scheme to place keys on them: 0")
	r, err := NewRollingReplacement(2, hashring.ByJump(hashring.Hashing{}), true)
	require.NoError(t, err)
	_, err = r.Owner(-1, "")
	require.EqualError(t, err, "ringsim: an epoch must not be negative: -1")
	fresh, err := NewRollingReplacement(2, hashring.ByJump(hashring.Hashing{}), false)
	require.NoError(t, err)
	_, err = fresh.Owner(1, "")
	require.NoError(t, err, "without a history each table is made from nothing")
	_, err = r.Owner(1, "")
	require.ErrorContains(t, err, "hashring: with jump hash nodes must join and leave at the end of their order")
	_, err = RunChurn(sim.New(1), Churn{Tables: []Epochs{r}, Changes: 5, Clients: 2, MeanDelay: time.Second, Length: time.Minute, Requests: 5})
	require.ErrorContains(t, err, "hashring: with jump hash nodes must join and leave at the end of their order")
}
