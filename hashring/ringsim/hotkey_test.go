package ringsim_test

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
)

// traffic is a small one, with a placement.
func traffic(t *rapid.T) (ringsim.Requests, hashring.Placement) {
	q := ringsim.Requests{Order: rapid.SliceOfN(rapid.Int32Range(0, 7), 1, 60).Draw(t, "order")}
	for i := range 8 {
		q.Keys = append(q.Keys, "key-"+strconv.Itoa(i))
	}
	nodes := rapid.IntRange(1, 5).Draw(t, "nodes")
	ring, err := hashring.NewRing(ringsim.Members(nodes), hashring.RingOptions{
		Points: rapid.IntRange(1, 9).Draw(t, "points"), Hashing: hashring.Hashing{Seed: rapid.Uint64().Draw(t, "seed")}})
	if err != nil {
		t.Fatal(err)
	}
	return q, ring
}

func sum(all []float64) (total float64) {
	for _, x := range all {
		total += x
	}
	return total
}

// naive serves every request by itself, and says which nodes it is work for.
func naive(q ringsim.Requests, nodes int, serve func(request int, key int32) []int) []float64 {
	work := make([]float64, nodes)
	for i, key := range q.Order {
		for _, node := range serve(i, key) {
			work[node]++
		}
	}
	return work
}

// Each remedy's work is that of a loop over all requests, one by one.
func TestLaw_WorkIsThatOfEveryRequest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, p := traffic(t)
		nodes := len(p.Members())
		hot := rapid.SliceOfNDistinct(rapid.Int32Range(0, 7), 0, 8, rapid.ID).Draw(t, "hot")
		ways := rapid.IntRange(1, 6).Draw(t, "ways")
		owners := rapid.IntRange(1, nodes).Draw(t, "owners")
		salt, err := hashring.NewSalt(ways)
		if err != nil {
			t.Fatal(err)
		}
		same := func(what string, got, want []float64) {
			if !slices.Equal(got, want) {
				t.Fatalf("%s: requests %v, hot %v, %d ways, %d owners: the work of the nodes is %v, not %v", what, q.Order, hot, ways, owners, want, got)
			}
		}
		turn := map[int32]int{}
		inTurn := func(key int32, of int) int {
			turn[key]++
			return (turn[key] - 1) % of
		}
		all := func(key int32) []int { return []int{p.Owner(q.Keys[key])} }

		plain := ringsim.Plain(q, p)
		same("plain writes", plain.Writes, naive(q, nodes, func(_ int, key int32) []int { return all(key) }))
		same("plain reads", plain.Reads, plain.Writes)

		salted := ringsim.Salted(q, p, hot, salt)
		same("salted writes", salted.Writes, naive(q, nodes, func(_ int, key int32) []int {
			if !slices.Contains(hot, key) {
				return all(key)
			}
			return []int{p.Owner(salt.Key(q.Keys[key], uint64(inTurn(key, ways))))}
		}))
		same("salted reads", salted.Reads, naive(q, nodes, func(_ int, key int32) (asked []int) {
			if !slices.Contains(hot, key) {
				return all(key)
			}
			for _, copied := range salt.AppendKeys(nil, q.Keys[key]) {
				asked = append(asked, p.Owner(copied))
			}
			return asked
		}))

		clear(turn)
		replicated, err := ringsim.Replicated(q, p, hot, owners)
		if err != nil {
			t.Fatal(err)
		}
		owned := func(key int32) []int {
			nodes, err := p.AppendOwners(nil, q.Keys[key], owners)
			if err != nil {
				t.Fatal(err)
			}
			return nodes
		}
		same("replicated reads", replicated.Reads, naive(q, nodes, func(_ int, key int32) []int {
			if !slices.Contains(hot, key) {
				return all(key)
			}
			return owned(key)[inTurn(key, owners):][:1]
		}))
		same("replicated writes", replicated.Writes, naive(q, nodes, func(_ int, key int32) []int {
			if !slices.Contains(hot, key) {
				return all(key)
			}
			return owned(key)
		}))
	})
}

// Every request is served once, no node is above its bound, and of a bound that nobody reaches it is as without.
func TestLaw_BoundedWork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, p := traffic(t)
		epsilon := rapid.SampledFrom([]float64{0.125, 0.5, 1, 1000}).Draw(t, "epsilon")
		key := q.Order[0]
		work, nodes, err := ringsim.Bounded(q, p, epsilon, key)
		if err != nil {
			t.Fatal(err)
		}
		n := float64(len(q.Order))
		bound := math.Ceil((1 + epsilon) * n / float64(len(work)))
		if sum(work) != n || slices.Max(work) > bound || nodes < 1 || nodes > len(work) {
			t.Fatalf("%v requests with epsilon %v are %v on the nodes, key %d on %d: the bound is %v", n, epsilon, work, key, nodes, bound)
		}
		if plain := ringsim.Plain(q, p); epsilon == 1000 && (!slices.Equal(work, plain.Writes) || nodes != 1) {
			t.Fatalf("nothing is bounded, but %v is not %v", work, plain.Writes)
		}
	})
}

// With one bucket the peak of the time is that of all that is stored; nothing is lost with any number.
func TestLaw_BucketedWork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, p := traffic(t)
		n := rapid.IntRange(1, len(q.Order)).Draw(t, "slices")
		atATime, stored, err := ringsim.Bucketed(q, p, n)
		if err != nil {
			t.Fatal(err)
		}
		if sum(stored) != float64(len(q.Order)) {
			t.Fatalf("%d requests are stored as %v", len(q.Order), stored)
		}
		total := ringsim.PeakToMean(stored, len(q.Order))
		if n == 1 && atATime != total || n == len(q.Order) && math.Abs(atATime-float64(len(stored))) > 1e-9 {
			t.Fatalf("%d slices of %d requests have a peak of %v, and all of them %v", n, len(q.Order), atATime, total)
		}
	})
}

// What is advised does what it says, on the average of the rings; and if it is not needed it is not advised.
func TestLaw_CoolingKeepsItsWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, first := traffic(t)
		second, err := hashring.NewRing(first.Members(), hashring.RingOptions{Points: 20})
		if err != nil {
			t.Fatal(err)
		}
		rings := []hashring.Placement{first, second}
		top, err := q.Hottest(8, 8)
		if err != nil {
			t.Fatal(err)
		}
		var hottest []int32
		for _, c := range top {
			hottest = append(hottest, c.Key)
		}
		reads := rapid.SampledFrom([]float64{0, 0.25, 1}).Draw(t, "reads")
		wanted := rapid.SampledFrom([]float64{1, 1.2, 1.5, 3, 10}).Draw(t, "wanted")
		c, err := ringsim.Cool(q, rings, hottest, reads, wanted)
		if err != nil {
			t.Fatal(err)
		}
		peak, plain, extra := 0.0, 0.0, 0.0
		for _, p := range rings {
			w := ringsim.Plain(q, p)
			before := sum(w.Writes)
			plain += w.PeakToMean(len(q.Order), reads) / 2
			if c.Replicate {
				w, err = ringsim.Replicated(q, p, c.Hot, c.Ways)
			} else if c.Hot != nil {
				var salt hashring.Salt
				salt, err = hashring.NewSalt(c.Ways)
				w = ringsim.Salted(q, p, c.Hot, salt)
			}
			if err != nil {
				t.Fatal(err)
			}
			peak += w.PeakToMean(len(q.Order), reads) / 2
			extra += ((1-reads)*sum(w.Writes) + reads*sum(w.Reads) - before) / before / 2
		}
		if math.Abs(peak-c.PeakToMean) > 1e-9 || math.Abs(extra-c.Extra) > 1e-9 {
			t.Fatalf("%+v says a peak of %v and %v more work, but it is %v and %v", c, c.PeakToMean, c.Extra, peak, extra)
		}
		for ways := 2; ways <= 6; ways++ { // what costs less is not enough
			salt, err := hashring.NewSalt(ways)
			if err != nil {
				t.Fatal(err)
			}
			share := float64(q.Counts()[hottest[0]]) / float64(len(q.Order))
			peak := 0.0
			for _, p := range rings {
				peak += ringsim.Salted(q, p, hottest[:1], salt).PeakToMean(len(q.Order), reads) / 2
			}
			if extra := reads * share * float64(ways-1); peak < wanted-1e-9 && (!c.Enough || extra < c.Extra-1e-9) {
				t.Fatalf("%+v, but to salt key %d %d ways has a peak of %v, not above %v, with %v more work", c, hottest[0], ways, peak, wanted, extra)
			}
		}
		switch {
		case c.Enough != (c.PeakToMean <= wanted):
			t.Fatalf("%+v says whether that is enough for %v", c, wanted)
		case c.PeakToMean > plain+1e-9 && !c.Enough:
			t.Fatalf("%+v is worse than nothing, %v", c, plain)
		case plain <= wanted && c.Hot != nil:
			t.Fatalf("%+v is not needed: %v is not above %v", c, plain, wanted)
		case !slices.Equal(c.Hot, hottest[:len(c.Hot)]):
			t.Fatalf("%+v are not the hottest, %v", c, hottest)
		}
	})
}

// The cheapest remedy is found: writes are salted and reads replicated, which costs nothing, with the fewest copies.
func TestCool_PrefersWhatCostsNothing(t *testing.T) {
	q := ringsim.Requests{}
	for i := range 400 {
		q.Keys = append(q.Keys, strconv.Itoa(i))
		q.Order = append(q.Order, int32(i), 0)
	}
	var rings []hashring.Placement
	for seed := range uint64(8) {
		ring, err := hashring.NewRing(ringsim.Members(5), hashring.RingOptions{Points: 1000, Hashing: hashring.Hashing{Seed: seed}})
		require.NoError(t, err)
		rings = append(rings, ring)
	}
	writes, err := ringsim.Cool(q, rings, []int32{0, 1, 2}, 0, 1.8)
	require.NoError(t, err)
	require.True(t, writes.Enough)
	require.False(t, writes.Replicate)
	require.Zero(t, writes.Extra)
	require.Equal(t, []int32{0}, writes.Hot)
	reads, err := ringsim.Cool(q, rings, []int32{0, 1, 2}, 1, 1.4)
	require.NoError(t, err)
	require.True(t, reads.Enough)
	require.True(t, reads.Replicate)
	require.Zero(t, reads.Extra)
	// On r owners each has a tenth of all and 1/r of the hot half, over a fifth: 1.75 with two, 1.33 with three.
	require.Equal(t, 3, reads.Ways)
	// Of few reads, even many copies ask for less than two writes of everything; and the other way round.
	for _, c := range []struct {
		reads     float64
		replicate bool
	}{{0.02, false}, {0.98, true}} {
		cooled, err := ringsim.Cool(q, rings, []int32{0, 1, 2}, c.reads, 1.9)
		require.NoError(t, err)
		require.True(t, cooled.Enough)
		require.Equal(t, c.replicate, cooled.Replicate, "%+v", cooled)
	}
}

func TestHotKeys_Refuse(t *testing.T) {
	q := ringsim.Requests{Keys: []string{"a"}, Order: []int32{0, 0}}
	ring, err := hashring.NewRing(ringsim.Members(2), hashring.RingOptions{})
	require.NoError(t, err)
	_, err = ringsim.Replicated(q, ring, []int32{0}, 3)
	require.ErrorIs(t, err, hashring.ErrTooFewNodes)
	_, _, err = ringsim.Bounded(q, ring, 0, 0)
	require.ErrorContains(t, err, "epsilon of bounded loads must be positive")
	for _, n := range []int{0, -1, 3} {
		_, _, err = ringsim.Bucketed(q, ring, n)
		require.ErrorContains(t, err, "ringsim: slices of time must have a request each: ")
	}
	one := []hashring.Placement{ring}
	_, err = ringsim.Cool(q, nil, nil, 0, 2)
	require.ErrorContains(t, err, "ringsim: cooling needs a placement and a traffic")
	_, err = ringsim.Cool(ringsim.Requests{}, one, nil, 0, 2)
	require.ErrorContains(t, err, "ringsim: cooling needs a placement and a traffic")
	for _, c := range [][2]float64{{-0.1, 2}, {1.1, 2}, {math.NaN(), 2}, {0, 0.9}, {0, math.NaN()}} {
		_, err = ringsim.Cool(q, one, nil, c[0], c[1])
		require.ErrorContains(t, err, "ringsim: a share of reads must lie in [0, 1], a wanted peak over the mean must be 1 or more: ")
	}
}
