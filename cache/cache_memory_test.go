package cache

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestCachesDoNotAllocate(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	for _, of := range policies {
		t.Run(of.name, func(t *testing.T) {
			evicted := 0
			numbers := cacheOf(t, Options[uint64, uint64]{Capacity: 1_000, Policy: of.build, Shards: 4, OnEvict: func(uint64, uint64) { evicted++ }})
			texts := cacheOf(t, Options[string, costly]{
				Capacity: 100, Policy: of.build, MaxCost: 1_000, Cost: func(_ string, v costly) int64 { return int64(v.cost) },
			})
			_, _ = texts.Set("there", costly{})
			next := uint64(0)
			for range 10_000 { // full, with a free list as long as it gets
				next++
				_, _ = numbers.Set(next, 0)
			}
			for what, use := range map[string]func(){
				"Get, there":          func() { texts.Get("there") },
				"Get, absent":         func() { texts.Get("absent") },
				"Get, a number":       func() { numbers.Get(next) },
				"Set, there":          func() { _, _ = texts.Set("there", costly{1, 2}) },
				"Set, absent, evicts": func() { next++; _, _ = numbers.Set(next, next) },
				"Delete and Set":      func() { texts.Delete("there"); _, _ = texts.Set("there", costly{}) },
				"Len and Stats":       func() { texts.Len(); _ = texts.Stats() },
			} {
				require.Zero(t, testing.AllocsPerRun(200, use), what)
			}
			if of.name != "TinyLFU before LRU" {
				require.Greater(t, evicted, 1_000)
			}
		})
	}
}

// An entry of a uint64 and a uint64 under LRU takes at most 64 bytes, and the cell of a power of two of cells: the hash, key and value
// 24, the links 8, two to four cells 16 to 32. What is not in proportion to the entries is small for a million.
func TestMemoryOfAMillionEntries(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector takes memory of its own")
	}
	const n = 1_000_000
	perEntry := bytesPerEntry(t, LRU, n)
	t.Logf("%.1f bytes an entry", perEntry)
	require.Greater(t, perEntry, 48.0)
	require.LessOrEqual(t, perEntry, 64.0)
}

// The least and the most that a table's power of two may add.
func TestMemoryAtTheEnds(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector takes memory of its own")
	}
	full, half := bytesPerEntry(t, LRU, 1<<17), bytesPerEntry(t, LRU, 1<<17+1<<10)
	require.InDelta(t, 48, full, 1)
	require.InDelta(t, 64, half, 1)
}

// bytesPerEntry is what the heap grows by, after a collection, by a full cache.
func bytesPerEntry(tb testing.TB, build Builder, entries int) float64 {
	before := heap()
	c := cacheOf(tb, Options[uint64, uint64]{Capacity: entries, Policy: build})
	for key := range uint64(2 * entries) { // every shard overflows
		_, _ = c.Set(key, key)
	}
	require.Equal(tb, entries, c.Len())
	after := heap()
	runtime.KeepAlive(c)
	return float64(after-before) / float64(entries)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
