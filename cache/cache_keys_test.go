package cache

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Keys may be of any comparable type, with the hash that there is by default.
func TestKeysOfAllKinds(t *testing.T) {
	type point struct {
		x, y int
		name string
	}
	roundTrip(t, func(i int) string { return fmt.Sprint(i) })
	roundTrip(t, func(i int) uint64 { return uint64(i) << 32 })
	roundTrip(t, func(i int) int8 { return int8(i) })
	roundTrip(t, func(i int) point { return point{i % 2, i, ""} })
	roundTrip(t, func(i int) [2]float64 { return [2]float64{0, float64(i)} })
	roundTrip(t, func(i int) any {
		if i%2 == 0 {
			return i
		}
		return fmt.Sprint(i)
	})
	roundTrip(t, func(i int) *int { return new(i) })
}

func roundTrip[K comparable](t *testing.T, of func(int) K) {
	const n = 100
	c := cacheOf(t, Options[K, int]{Capacity: n, Policy: LRU})
	keys := make([]K, n)
	for i := range n {
		keys[i] = of(i)
		stored, err := c.Set(keys[i], i)
		require.NoError(t, err)
		require.True(t, stored)
	}
	for i, key := range keys {
		value, ok := c.Get(key)
		require.True(t, ok, "%v", key)
		require.Equal(t, i, value, "%v", key)
	}
	require.Equal(t, n, c.Len())
	for i, key := range keys {
		require.True(t, c.Delete(key), "%v", key)
		require.False(t, c.Delete(key), "%v", key)
		require.Equal(t, n-1-i, c.Len())
	}
}

// Zero and negative zero are one key, as they are equal. No NaN is equal to any: what is set under it is never found, and goes like
// any other entry when its time has come, so that such keys do not fill the cache for ever.
func TestNaNKeys(t *testing.T) {
	for name, hash := range map[string]func(float64) uint64{
		"by default": nil, "all the same": func(float64) uint64 { return 1 },
	} {
		evicted := 0
		c := cacheOf(t, Options[float64, int]{Capacity: 4, Shards: 1, Policy: LRU, Hash: hash, OnEvict: func(float64, int) { evicted++ }})
		set := func(key float64, value int) {
			_, err := c.Set(key, value)
			require.NoError(t, err, name)
		}
		set(0, 1)
		set(math.Copysign(0, -1), 2)
		require.Equal(t, 1, c.Len(), name)
		for i := range 10 {
			set(math.NaN(), i)
			_, ok := c.Get(math.NaN())
			require.False(t, ok, name)
			require.False(t, c.Delete(math.NaN()), name)
			value, ok := c.Get(0)
			require.True(t, ok, name)
			require.Equal(t, 2, value, name)
		}
		require.Equal(t, 4, c.Len(), name)
		require.Equal(t, 7, evicted, name)
		values := map[int]bool{}
		for _, value := range c.All() {
			values[value] = true
		}
		require.Equal(t, map[int]bool{2: true, 7: true, 8: true, 9: true}, values, name)
	}
}

// With the worst hash there is, all is slow and nothing is wrong.
func TestKeysThatCollide(t *testing.T) {
	c := cacheOf(t, Options[int, int]{Capacity: 8, Shards: 4, Policy: FIFO, Hash: func(int) uint64 { return 42 }})
	for key := range 20 {
		_, err := c.Set(key, key)
		require.NoError(t, err)
	}
	require.Equal(t, 2, c.Len()) // all in one shard
	for key := range 20 {
		_, ok := c.Get(key)
		require.Equal(t, key >= 18, ok)
	}
}

// A loop over the entries may change the cache and may end early. What is there all the while comes once.
func TestAllWhileTheCacheChanges(t *testing.T) {
	const n = 64
	c := cacheOf(t, Options[int, int]{Capacity: 2 * n, Shards: 4, Policy: LRU, Hash: func(key int) uint64 { return uint64(key) }})
	for key := range n {
		_, err := c.Set(key, key)
		require.NoError(t, err)
	}
	came := map[int]int{}
	for key := range c.All() {
		came[key]++
		if key < n {
			c.Delete(key) // none of those that stay
			_, err := c.Set(key, key)
			require.NoError(t, err)
		}
	}
	require.Len(t, came, n)
	for key, times := range came {
		require.Equal(t, 1, times, key)
	}
	rounds := 0
	for range c.All() {
		if rounds++; rounds == 3 {
			break
		}
	}
	require.Equal(t, 3, rounds)
	hits := c.Stats().Hits
	for range c.All() {
		c.Len()
	}
	require.Equal(t, hits, c.Stats().Hits, "looking is not use")
	for range cacheOf(t, Options[int, int]{Capacity: 1}).All() {
		t.Error("an empty cache has an entry")
	}
}

// A key that cannot be compared panics, as it does in a map, and leaves no lock behind.
func TestAKeyThatCannotBeCompared(t *testing.T) {
	for name, hash := range map[string]func(any) uint64{"by default": nil, "by the caller": func(any) uint64 { return 0 }} {
		c := cacheOf(t, Options[any, int]{Capacity: 2, Shards: 1, Hash: hash})
		bad := any([]int{1})
		for range 3 {
			for _, use := range []func(){
				func() { c.Get(bad) },
				func() { _, _ = c.Set(bad, 1) },
				func() { c.Delete(bad) },
			} {
				func() {
					defer func() { _ = recover() }()
					use()
				}()
			}
		}
		_, err := c.Set("good", 1)
		require.NoError(t, err, name)
		value, ok := c.Get("good")
		require.True(t, ok, name)
		require.Equal(t, 1, value, name)
	}
}
