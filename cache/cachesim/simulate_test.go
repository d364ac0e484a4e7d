package cachesim

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/cache"
)

// lawShortCut compares LRU's own loop with the policy, called as any other is.
func lawShortCut(misses func(Trace, int) int) func(*rapid.T) {
	called := func(slots int) (cache.Policy, error) { return cache.LRU(slots) }
	return func(t *rapid.T) {
		trace := drawTrace(t, 12, 100)
		capacity := rapid.IntRange(1, 14).Draw(t, "capacity")
		want, err := Misses(trace, called, capacity)
		if err != nil {
			t.Fatal(err)
		}
		if got := misses(trace, capacity); got != want {
			t.Fatalf("%s: the policy misses %d times, the loop %d times", told(trace, capacity), want, got)
		}
	}
}

func TestLaw_TheLoopOfLRUIsThePolicy(t *testing.T) { rapid.Check(t, lawShortCut(lruMisses)) }

func TestMisses_KnowsLRU(t *testing.T) {
	require.True(t, isLRU(cache.LRU))
	for _, other := range []cache.Builder{cache.FIFO, cache.SLRU, cache.SIEVE, cache.TinyLFU(cache.LRU), func(slots int) (cache.Policy, error) { return cache.LRU(slots) }} {
		require.False(t, isLRU(other))
	}
}

// What fits misses each key once, and takes no memory for a policy.
func TestMisses_OfWhatFits(t *testing.T) {
	trace := lettered("abaca")
	for _, policy := range []cache.Builder{cache.LRU, cache.LIRS, cache.WTinyLFU} {
		for _, capacity := range []int{3, cache.MaxSlots} {
			misses, err := Misses(trace, policy, capacity)
			require.NoError(t, err)
			require.Equal(t, 3, misses)
		}
		misses, err := Misses(Trace{}, policy, 1)
		require.NoError(t, err)
		require.Zero(t, misses)
	}
}

func TestMisses_Refuses(t *testing.T) {
	for _, capacity := range []int{0, -1, math.MinInt, cache.MaxSlots + 1} {
		for _, policy := range []cache.Builder{cache.LRU, cache.SIEVE} {
			_, err := Misses(lettered("ab"), policy, capacity)
			require.ErrorIs(t, err, cache.ErrCapacity)
		}
	}
	_, err := Misses(lettered("ab"), cache.TinyLFU(func(int) (cache.Policy, error) { return nil, cache.ErrCapacity }), 1)
	require.ErrorIs(t, err, cache.ErrCapacity, "what the policy's own constructor says")
}

// stubborn names the same victim whatever is inside.
type stubborn struct {
	cache.Policy
	victim int32
}

func (p stubborn) Victim(uint64) (int32, bool) { return p.victim, true }

func TestMisses_RefusesPolicies(t *testing.T) {
	none := func(int) (cache.Policy, error) { return nil, nil }
	for _, policy := range []cache.Builder{nil, none, cache.TinyLFU(nil)} {
		_, err := Misses(lettered("abaca"), policy, 2)
		require.EqualError(t, err, "cache: a policy must not be nil, and its victims must be entries: nil")
		require.ErrorIs(t, err, cache.ErrPolicy)
	}
	for _, victim := range []int32{-1, math.MinInt32, 2, math.MaxInt32} {
		_, err := Misses(lettered("abaca"), func(slots int) (cache.Policy, error) {
			p, err := cache.LRU(slots)
			return stubborn{p, victim}, err
		}, 2)
		require.ErrorIs(t, err, cache.ErrPolicy)
		require.ErrorContains(t, err, fmt.Sprint("slot ", victim))
	}
}
