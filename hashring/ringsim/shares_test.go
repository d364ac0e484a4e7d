package ringsim

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

type sharesOf func(p hashring.Placement) ([]float64, error)

// lawSharesAreWhatNodesOwn counts the entries of a Maglev table, which are of one size, but for a hash or two in 2^64.
func lawSharesAreWhatNodesOwn(shares sharesOf) func(*rapid.T) {
	return func(t *rapid.T) {
		size := rapid.SampledFrom([]int{7, 13, 31}).Draw(t, "size")
		nodes := rapid.IntRange(1, 7).Draw(t, "nodes")
		m, err := hashring.NewMaglev(Members(nodes), hashring.MaglevOptions{Size: size, Hashing: hashring.Hashing{Seed: rapid.Uint64().Draw(t, "seed")}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := shares(m)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float64, nodes)
		for i := range size {
			middle := (float64(i) + 0.5) / float64(size)
			want[m.OwnerOf(uint64(math.Ldexp(middle, 64)))] += 1 / float64(size)
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-12 {
				t.Fatalf("of a table of %d entries %d nodes own %.3f, and by count of the entries %.3f", size, nodes, got, want)
			}
		}
	}
}

func TestLaw_SharesAreWhatNodesOwn(t *testing.T) { rapid.Check(t, lawSharesAreWhatNodesOwn(Shares)) }

func TestBroken_SharesAsManyStretches(t *testing.T) {
	lawtest.Breaks(t, "Each stretch counts as one, however long it is", lawSharesAreWhatNodesOwn(func(p hashring.Placement) ([]float64, error) {
		stranger, err := p.With(hashring.Named("stranger"))
		if err != nil {
			return nil, err
		}
		moves, err := hashring.Diff(p, stranger)
		if err != nil {
			return nil, err
		}
		shares := make([]float64, len(p.Members()))
		for _, move := range moves.List() {
			for i, m := range p.Members() {
				if m.Name == move.From {
					shares[i] += 1 / float64(len(moves.List()))
				}
			}
		}
		return shares, nil
	}))
}

// A ring's shares sum to one, and are those of random hashes to four standard errors.
func TestSharesOfARing(t *testing.T) {
	ring, err := hashring.NewRing(Members(5), hashring.RingOptions{Points: 3, Hashing: hashring.Hashing{Seed: 7}})
	require.NoError(t, err)
	shares, err := Shares(ring)
	require.NoError(t, err)
	const n = 20_000
	counts, sum, random := make([]float64, 5), 0.0, rand.New(rand.NewPCG(1, 2))
	for range n {
		counts[ring.OwnerOf(random.Uint64())]++
	}
	for i, share := range shares {
		require.InDelta(t, share, counts[i]/n, 4*math.Sqrt(share*(1-share)/n))
		sum += share
	}
	require.InDelta(t, 1, sum, 1e-12)

	one, err := hashring.NewRing(Members(1), hashring.RingOptions{})
	require.NoError(t, err)
	shares, err = Shares(one)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{1}, shares, 1e-12)
}

func TestUnevenness(t *testing.T) {
	u := UnevennessOf([]float64{0.5, 0.25, 0.25, 0}, 0.25, 0.5)
	require.Equal(t, Unevenness{Peak: 2, Variance: 0.5, Inside: 0.75}, u)
}

// lowest is a placement that gives everything to its first node.
type lowest struct{ hashring.Placement }

func (lowest) Owner(string) int { return 0 }

func TestBalance(t *testing.T) {
	keys := Keys(rand.New(rand.NewPCG(1, 2)), 40)
	jump, err := hashring.NewJump(Members(4), hashring.Hashing{})
	require.NoError(t, err)
	b, err := BalanceOf(lowest{jump}, keys)
	require.NoError(t, err)
	// 30 off and three times 10 off: 1200 over 10 and 3.
	require.Equal(t, 4.0, b.Peak)
	require.InDelta(t, 40, b.Dispersion, 1e-12)

	_, err = BalanceOf(jump, nil)
	require.EqualError(t, err, "ringsim: a balance is that of two nodes or more, and of a key or more: 4, 0")
	single, err := hashring.NewJump(Members(1), hashring.Hashing{})
	require.NoError(t, err)
	_, err = BalanceOf(single, keys)
	require.ErrorContains(t, err, "two nodes or more")
	rendezvous, err := hashring.NewRendezvous(Members(4), hashring.Hashing{})
	require.NoError(t, err)
	_, err = Shares(rendezvous)
	require.ErrorIs(t, err, hashring.ErrNoDiff)
	_, err = Shares(nil)
	require.ErrorContains(t, err, "must not be nil")
}

// Bytes are those of the slices that the structures really have, the members, which all have alike, not counted.
func TestBytesAreThoseOfTheSlices(t *testing.T) {
	hashing := hashring.Hashing{}
	for _, scheme := range []hashring.Scheme{
		hashring.OnRing(hashring.RingOptions{Points: 11}), hashring.ByMaglev(hashring.MaglevOptions{Size: 101}), hashring.ByAnchor(17, hashing),
		hashring.ByRendezvous(hashing), hashring.BySlots(), hashring.ByJump(hashing), ByModulo(xxhash.Sum64String),
	} {
		p, err := scheme(Members(9))
		require.NoError(t, err)
		want, of := 0, reflect.ValueOf(p).Elem()
		for i := range of.NumField() {
			if f := of.Field(i); f.Kind() == reflect.Slice && of.Type().Field(i).Name != "members" {
				want += f.Cap() * int(f.Type().Elem().Size())
			}
		}
		got, known := Bytes(p)
		require.True(t, known)
		require.Equal(t, want, got, "%T", p)
	}
	_, known := Bytes(lowest{})
	require.False(t, known)
}

func TestModulo(t *testing.T) {
	m, err := NewModulo(Members(3), func(key string) uint64 { return uint64(len(key)) })
	require.NoError(t, err)
	require.Equal(t, 1, m.Owner("four"))
	owners, err := m.AppendOwners([]int{9}, "12345", 3)
	require.NoError(t, err)
	require.Equal(t, []int{9, 2, 0, 1}, owners)
	_, err = m.AppendOwners(nil, "", 4)
	require.ErrorIs(t, err, hashring.ErrTooFewNodes)
	_, err = m.AppendSpread(nil, "", 0)
	require.EqualError(t, err, "ringsim: the number of owners must be positive: 0")
	_, err = NewModulo(Members(3), nil)
	require.EqualError(t, err, "ringsim: modulo hashing must have a hash: nil")
	_, err = m.With(nil)
	require.ErrorContains(t, err, "the number of nodes must lie in [1, ")
}

// One seed gives the same keys, all of one length, and no two alike among so few.
func TestKeys(t *testing.T) {
	keys := Keys(rand.New(rand.NewPCG(1, 2)), 1000)
	require.Equal(t, keys, Keys(rand.New(rand.NewPCG(1, 2)), 1000))
	seen := map[string]bool{}
	for _, key := range keys {
		require.Len(t, key, 16)
		require.False(t, seen[key])
		seen[key] = true
	}
	require.Empty(t, Keys(rand.New(rand.NewPCG(1, 2)), 0))
}
