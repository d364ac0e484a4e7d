package loadbalance_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// onRing places keys on a ring of as few points as there can be, so that sets are quick to change.
func onRing(seed uint64) loadbalance.Placing {
	options := hashring.RingOptions{Points: 1, Hashing: hashring.Hashing{Seed: seed}}
	return func(ids []string) (loadbalance.Preference, error) {
		ring, err := hashring.NewRing(hashring.Named(ids...), options)
		if err != nil {
			return nil, err
		}
		return ring.AppendOwners, nil
	}
}

// consistentHash draws nothing itself; here it is given a placement that was drawn.
func consistentHash(e []endpoint, src rand.Source) (picker, error) {
	seed := uint64(0)
	if src != nil {
		seed = src.Uint64()
	}
	return loadbalance.NewConsistentHash(e, 0.25, onRing(seed))
}

// evenHash has an epsilon so small that it is no part of a request: n requests are one on each of n endpoints.
func evenHash(e []endpoint, _ rand.Source) (picker, error) {
	return loadbalance.NewConsistentHash(e, 1e-17, onRing(0))
}

// quarterHash is what lawRoom judges.
func quarterHash(e []endpoint, _ rand.Source) (picker, error) {
	return loadbalance.NewConsistentHash(e, 0.25, onRing(0))
}

// preferences are the ids that a key prefers, all of them.
func preferences(members []endpoint, place loadbalance.Placing, key string) (order []string) {
	var ids []string
	for _, e := range members {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	prefer, err := place(ids)
	if err != nil {
		return nil
	}
	all, _ := prefer(nil, key, len(ids))
	for _, i := range all {
		order = append(order, ids[i])
	}
	return order
}

// lawRoom: the first endpoint in the order of preference whose load is below the bound, in whole numbers for an epsilon of 1/4.
func lawRoom(make constructor) func(*rapid.T) {
	return func(t *rapid.T) {
		exercise(t, make, func(t *rapid.T, w *world, loads map[string]int, picked string) {
			m := 0
			for _, load := range loads {
				m += load
			}
			below := func(id string) bool { return 4*loads[id]*len(loads) < 5*(m+1) }
			if !below(picked) {
				w.fail(t, "%s has load %d, and ceil(1.25*%d/%d) is the bound", picked, loads[picked], m+1, len(loads))
			}
			for _, id := range preferences(w.members, onRing(0), "") {
				if _, eligible := loads[id]; eligible && below(id) {
					if id != picked {
						w.fail(t, "%s is preferred and has room with load %d", id, loads[id])
					}
					return
				}
			}
		})
	}
}

func TestLaw_ConsistentHashPicksTheFirstWithRoom(t *testing.T) { rapid.Check(t, lawRoom(quarterHash)) }

// placings are placements that move only what they must, of which jump hash, where only the last of all can join or leave, is none.
var placings = []struct {
	name  string
	place loadbalance.Placing
}{
	{"ring", onRing(0)},
	{"rendezvous", func(ids []string) (loadbalance.Preference, error) {
		r, err := hashring.NewRendezvous(hashring.Named(ids...), hashring.Hashing{})
		if err != nil {
			return nil, err
		}
		return r.AppendOwners, nil
	}},
}

// lawOnlyChangedKeysMove: with all the room in the world a key's endpoint changes only if it left, or if the new one has joined.
func lawOnlyChangedKeysMove(place loadbalance.Placing) func(*rapid.T) {
	return func(t *rapid.T) {
		someIDs := rapid.SliceOfNDistinct(rapid.StringMatching("[a-h]"), 1, 8, rapid.ID)
		set := func(ids []string) (all []endpoint) {
			for _, id := range ids {
				all = append(all, endpoint{ID: id})
			}
			return all
		}
		ids := someIDs.Draw(t, "endpoints")
		p, err := loadbalance.NewConsistentHash(set(ids), 1e9, place)
		if err != nil {
			t.Fatal(err)
		}
		at := func(key string) string {
			token, err := p.Pick(0, loadbalance.Request{Key: key})
			if err != nil {
				t.Fatal(err)
			}
			return token.Endpoint().ID // and the request goes on: its load must not matter
		}
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			before := map[string]string{}
			for i := range 20 {
				before[fmt.Sprint("key ", i)] = at(fmt.Sprint("key ", i))
			}
			next := someIDs.Draw(t, "endpoints")
			if err := p.Update(set(next)); err != nil {
				t.Fatal(err)
			}
			for i := range 20 {
				key := fmt.Sprint("key ", i)
				from, to := before[key], at(key)
				if from != to && slices.Contains(next, from) && slices.Contains(ids, to) {
					t.Fatalf("endpoints %v\nendpoints %v\nbut %s moves from %s to %s, and both were there and stay", ids, next, key, from, to)
				}
			}
			ids = next
		}
	}
}

func TestLaw_OnlyAChangedEndpointsKeysMove(t *testing.T) {
	for _, p := range placings {
		t.Run(p.name, func(t *testing.T) { rapid.Check(t, lawOnlyChangedKeysMove(p.place)) })
	}
}

// Who is excluded is passed over, in the order of preference.
func TestLaw_ExcludedEndpointsAreSkippedInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := numbered(rapid.IntRange(1, 12).Draw(t, "endpoints"))
		seed := rapid.Uint64().Draw(t, "seed")
		p, err := loadbalance.NewConsistentHash(members, 1e9, onRing(seed))
		if err != nil {
			t.Fatal(err)
		}
		r := loadbalance.Request{Key: rapid.String().Draw(t, "key")}
		order := preferences(members, onRing(seed), r.Key)
		for _, want := range order {
			token, err := p.Pick(0, r)
			if got := token.Endpoint().ID; err != nil || got != want {
				t.Fatalf("of %v without %v it is %s (%v)", order, r.Exclude, got, err)
			}
			r.Exclude = append(r.Exclude, want)
		}
		if _, err := p.Pick(0, r); !errors.Is(err, loadbalance.ErrNoneEligible) {
			t.Fatalf("with all excluded: %v", err)
		}
	})
}

// The paper's model, with the key that is hottest: no endpoint has more than ceil((1+eps)*m/n) of m requests.
func TestClaim_ConsistentHashKeepsTheBound(t *testing.T) {
	for _, epsilon := range []float64{0.1, 0.25, 1} {
		p, err := loadbalance.NewConsistentHash(numbered(10), epsilon, onRing(0))
		require.NoError(t, err)
		counts := make([]int, 10)
		for m := 1; m <= 1000; m++ {
			token, err := p.Pick(0, loadbalance.Request{Key: "hot"})
			require.NoError(t, err)
			counts[token.Endpoint().Value]++
			require.LessOrEqual(t, float64(slices.Max(counts)), math.Ceil((1+epsilon)*float64(m)/10))
		}
	}
}

// Reports can say anything: their sum does not fit into a number, and a request is nothing beside it.
func TestConsistentHashWithTheLargestReports(t *testing.T) {
	members := numbered(5)
	p, err := loadbalance.NewConsistentHash(members, 1e-17, onRing(0))
	require.NoError(t, err)
	for _, e := range members {
		require.NoError(t, p.Report(0, e.ID, math.MaxInt-1))
	}
	require.NoError(t, p.Report(0, "endpoint-3", math.MaxInt-2))
	token, err := p.Pick(0, loadbalance.Request{Key: "k"})
	require.NoError(t, err)
	require.Equal(t, "endpoint-3", token.Endpoint().ID, "where all seem full it is the least loaded")
	for _, e := range members {
		require.NoError(t, p.Report(0, e.ID, 0))
	}
	picked := map[string]bool{}
	for _, e := range members {
		token, err := p.Pick(0, loadbalance.Request{Key: "k"})
		require.NoError(t, err)
		picked[token.Endpoint().ID] = true
		require.NoError(t, p.Report(0, token.Endpoint().ID, 1), e.ID)
	}
	require.Len(t, picked, 5, "the sum is exact again")
}

func TestConsistentHashBadInput(t *testing.T) {
	for _, epsilon := range []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := loadbalance.NewConsistentHash(numbered(2), epsilon, onRing(0))
		require.EqualError(t, err, fmt.Sprint("loadbalance: the epsilon of bounded loads must be positive and finite: ", epsilon))
	}
	_, err := loadbalance.NewConsistentHash(numbered(2), 1, nil)
	require.EqualError(t, err, "loadbalance: consistent hashing must have a placement: nil")
	refuse := errors.New("no room")
	_, err = loadbalance.NewConsistentHash(numbered(2), 1, func([]string) (loadbalance.Preference, error) { return nil, refuse })
	require.ErrorIs(t, err, refuse)
	require.EqualError(t, err, "loadbalance: the placement of 2 endpoints: no room")
	_, err = loadbalance.NewConsistentHash(numbered(2), 1, func([]string) (loadbalance.Preference, error) { return nil, nil })
	require.EqualError(t, err, "loadbalance: a placement must have a preference: nil")

	// A preference that does not keep its word is an error of Pick, and none of the picker's counts change.
	for said, prefer := range map[string]loadbalance.Preference{
		"loadbalance: the placement of a key: no room": func(dst []int, _ string, _ int) ([]int, error) { return dst, refuse },
		"loadbalance: a placement must give as many endpoints as it is asked for: 0, not 1": func(dst []int, _ string, _ int) ([]int, error) {
			return dst, nil
		},
		"loadbalance: a placement must give indices of the 2 ids that it has: 2": func(dst []int, _ string, n int) ([]int, error) {
			return append(dst, 2, 3)[:n], nil
		},
		"loadbalance: a placement must give indices of the 2 ids that it has: -1": func(dst []int, _ string, n int) ([]int, error) {
			return append(dst, -1, 0)[:n], nil
		},
		"loadbalance: a placement must give distinct endpoints, and the ones that it gives are all excluded": func(dst []int, _ string, n int) ([]int, error) {
			return append(dst, 0, 0)[:n], nil
		},
	} {
		p, err := loadbalance.NewConsistentHash(numbered(2), 1, func([]string) (loadbalance.Preference, error) { return prefer, nil })
		require.NoError(t, err)
		_, err = p.Pick(0, loadbalance.Request{Exclude: []string{"endpoint-0"}})
		require.EqualError(t, err, said)
	}
}

// A set that cannot be placed changes nothing.
func TestConsistentHashRefusesASetThatCannotBePlaced(t *testing.T) {
	p, err := loadbalance.NewConsistentHash(numbered(2), 1e-17, func(ids []string) (loadbalance.Preference, error) {
		if len(ids) > 2 {
			return nil, errors.New("two at most")
		}
		return onRing(0)(ids)
	})
	require.NoError(t, err)
	first, err := p.Pick(0, loadbalance.Request{})
	require.NoError(t, err)
	require.Error(t, p.Update(numbered(3)))
	require.Equal(t, numbered(2), p.Endpoints())
	second, err := p.Pick(0, loadbalance.Request{})
	require.NoError(t, err)
	require.NotEqual(t, first.Endpoint(), second.Endpoint(), "the count is still there")
}

// naiveHash is consistent hashing with bounded loads on the whiteboard, with naive's bugs or its own.
type naiveHash struct {
	*naive
	unbounded bool
}

func brokenHash(b bug, unbounded bool) constructor {
	return func(e []endpoint, _ rand.Source) (picker, error) {
		p := naiveHash{&naive{bug: b, load: map[string]*naiveLoad{}}, unbounded}
		return p, p.Update(e)
	}
}

func (p naiveHash) Pick(_ time.Duration, r loadbalance.Request) (loadbalance.Token[int], error) {
	m, n := 0, 0
	byID := map[string]int{}
	for i, e := range p.endpoints {
		if !slices.Contains(r.Exclude, e.ID) {
			m += p.known(i)
			n++
			byID[e.ID] = i
		}
	}
	for _, id := range preferences(p.endpoints, onRing(0), r.Key) {
		if i, eligible := byID[id]; eligible && (p.unbounded || 4*p.known(i)*n < 5*(m+1)) {
			p.load[id].inFlight++
			return loadbalance.NewToken(&p.endpoints[i], p.load[id]), nil
		}
	}
	return loadbalance.Token[int]{}, loadbalance.ErrNoneEligible
}

func TestBroken_NoConsistentHashWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawRoom(brokenHash(none, false)))
}

func TestBroken_HashWithoutBounds(t *testing.T) {
	lawtest.Breaks(t, "Consistent hashing without bounds sends a hot key to one endpoint whatever is in flight to it",
		lawRoom(brokenHash(none, true)))
}

func TestBroken_HashForgetsOnUpdate(t *testing.T) {
	lawtest.Breaks(t, "Bounded loads that start anew when the set changes take busy endpoints for idle ones",
		lawRoom(brokenHash(forgetsOnUpdate, false)))
}

func TestBroken_HashModuloEndpoints(t *testing.T) {
	lawtest.Breaks(t, "A hash modulo the number of endpoints moves keys between endpoints that stay",
		lawOnlyChangedKeysMove(func(ids []string) (loadbalance.Preference, error) {
			return func(dst []int, key string, n int) ([]int, error) {
				h := fnv.New32a()
				_, _ = h.Write([]byte(key))
				for i := range n {
					dst = append(dst, (int(h.Sum32())+i)%len(ids))
				}
				return dst, nil
			}, nil
		}))
}
