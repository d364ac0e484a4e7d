package cache

import (
	"runtime"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func cacheOf[K comparable, V any](t testing.TB, o Options[K, V]) *Cache[K, V] {
	t.Helper()
	c, err := New(o)
	require.NoError(t, err)
	return c
}

// A callback may use the cache that calls it in any way, and its own insertions evict in turn.
func TestOnEvictMayUseTheCache(t *testing.T) {
	var c *Cache[int, int]
	var evicted []int
	depth, deepest := 0, 0
	c = cacheOf(t, Options[int, int]{Capacity: 3, Shards: 1, Policy: FIFO, OnEvict: func(key, value int) {
		evicted = append(evicted, key)
		depth++
		deepest = max(deepest, depth)
		_, inside := c.Get(key)
		require.False(t, inside, "%d is told of after it is gone", key)
		require.Equal(t, 10*key, value)
		require.Equal(t, 3, c.Len())
		for range c.All() {
			_ = c.Stats()
		}
		if key < 100 { // once more for each entry of the caller's
			_, err := c.Set(key+100, 10*(key+100))
			require.NoError(t, err)
			c.Delete(-1)
		}
		depth--
	}})
	for key := range 4 {
		_, err := c.Set(key, 10*key)
		require.NoError(t, err)
	}
	require.Equal(t, []int{0, 1, 2, 3, 100}, evicted)
	require.Equal(t, 5, deepest)
	require.Equal(t, 3, c.Len())
}

// One insertion that is dear evicts several, each told of once and in the policy's order, after all of them are gone.
func TestOnEvictComesAfterAllAreGone(t *testing.T) {
	var c *Cache[string, int64]
	var evicted []string
	c = cacheOf(t, Options[string, int64]{
		Capacity: 10, MaxCost: 10, Shards: 1, Policy: LRU,
		Cost: func(_ string, cost int64) int64 { return cost },
		OnEvict: func(key string, _ int64) {
			evicted = append(evicted, key)
			for other := range c.All() {
				require.Equal(t, "large", other)
			}
		},
	})
	for _, key := range []string{"a", "b", "c"} {
		stored, err := c.Set(key, 3)
		require.NoError(t, err)
		require.True(t, stored)
	}
	stored, err := c.Set("large", 10)
	require.NoError(t, err)
	require.True(t, stored)
	require.Equal(t, []string{"a", "b", "c"}, evicted)
}

// What leaves otherwise than to make room was not evicted.
func TestOnEvictIsForEvictionsOnly(t *testing.T) {
	c := cacheOf(t, Options[int, int64]{
		Capacity: 2, MaxCost: 5, Shards: 1, Policy: TinyLFU(LRU), Hash: func(key int) uint64 { return uint64(key) },
		Cost:    func(_ int, cost int64) int64 { return cost },
		OnEvict: func(key int, _ int64) { t.Errorf("%d is told of", key) },
	})
	set := func(key int, cost int64) (bool, error) { return c.Set(key, cost) }
	_, _ = set(1, 1)
	_, _ = set(1, 2) // replaced
	_, _ = set(2, 1)
	require.True(t, c.Delete(2)) // deleted
	_, err := set(1, 6)          // refused for its cost
	require.ErrorIs(t, err, ErrCost)
	_, inside := c.Get(1)
	require.False(t, inside)
	_, _ = set(1, 2)
	_, _ = set(2, 2)
	for range 5 {
		c.Get(1)
		c.Get(2)
		c.Get(2)
	}
	stored, err := set(3, 1) // not admitted
	require.NoError(t, err)
	require.False(t, stored)
	stored, err = set(1, 5) // grown, and by its policy not worth another
	require.NoError(t, err)
	require.False(t, stored)
	require.Equal(t, 1, c.Len())
	require.Equal(t, Stats{Hits: 15, Misses: 1, Insertions: 4, Rejections: 2}, c.Stats())
	require.InDelta(t, 15.0/16, c.Stats().HitRatio(), 1e-15)
	require.Zero(t, Stats{}.HitRatio())
}

// A value that was evicted, deleted or replaced is kept alive by nothing in the cache, and neither is its key.
func TestWhatIsGoneIsCollected(t *testing.T) {
	type large struct{ _ [1 << 10]byte }
	for name, lose := range map[string]func(c *Cache[*large, *large], key *large){
		"evicted": func(c *Cache[*large, *large], _ *large) {
			for range 2 {
				_, err := c.Set(&large{}, &large{})
				require.NoError(t, err)
			}
		},
		"deleted": func(c *Cache[*large, *large], key *large) { require.True(t, c.Delete(key)) },
		"too dear": func(c *Cache[*large, *large], key *large) {
			_, err := c.Set(key, nil)
			require.ErrorIs(t, err, ErrCost)
		},
	} {
		c := cacheOf(t, Options[*large, *large]{
			Capacity: 2, MaxCost: 2, Shards: 1, Policy: LRU,
			Cost: func(_, value *large) int64 {
				if value == nil {
					return 3
				}
				return 1
			},
		})
		key, old, value := &large{}, &large{}, &large{}
		weakKey, weakOld, weakValue := weak.Make(key), weak.Make(old), weak.Make(value)
		for _, v := range []*large{old, value} {
			_, err := c.Set(key, v)
			require.NoError(t, err)
		}
		old, value = nil, nil
		runtime.GC()
		require.Nil(t, weakOld.Value(), "replaced")
		require.NotNil(t, weakValue.Value(), "inside")
		lose(c, key)
		key = nil
		runtime.GC()
		require.Nil(t, weakValue.Value(), "value, %s", name)
		require.Nil(t, weakKey.Value(), "key, %s", name)
		runtime.KeepAlive(c)
		runtime.KeepAlive(old)
		runtime.KeepAlive(value)
		runtime.KeepAlive(key)
	}
}

// Entries are as many as the capacity and cost as much as they may all told, however many shards there are.
func TestLaw_ShardsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shards := 1 << rapid.IntRange(0, 4).Draw(t, "shards")
		o := Options[uint64, int64]{Capacity: rapid.IntRange(shards, 100).Draw(t, "capacity"), Shards: shards, Policy: LRU}
		if rapid.Bool().Draw(t, "costs") {
			o.MaxCost = rapid.Int64Range(int64(shards), 1_000).Draw(t, "most")
			o.Cost = func(_ uint64, cost int64) int64 { return cost }
		}
		c, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		entries, cost := 0, int64(0)
		for _, s := range c.shards {
			entries += len(s.entries)
			cost += s.maxCost
			if d := len(s.entries) - o.Capacity/shards; d < 0 || d > 1 {
				t.Fatalf("a shard of %d has room for %d of %d", shards, len(s.entries), o.Capacity)
			}
		}
		if entries != o.Capacity || cost != o.MaxCost {
			t.Fatalf("%d shards have room for %d entries and a cost of %d\nbut there should be %d and %d", shards, entries, cost, o.Capacity, o.MaxCost)
		}
		for key := range uint64(1_000) { // each shard overflows
			_, _ = c.Set(key, 0)
		}
		if c.Len() != o.Capacity {
			t.Fatalf("%d entries, but room for %d", c.Len(), o.Capacity)
		}
	})
}
