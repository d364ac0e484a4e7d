package ratelimit_test

import (
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// keyedSize is a million keys, and fewer where the race detector makes each one dear.
func keyedSize() int {
	if race.Enabled {
		return 20_000
	}
	return 1_000_000
}

var oneASecond = []ratelimit.Limit{{Rate: ratelimit.Every(time.Second), Burst: 1}}

// A table of a capacity of a million keys holds a million live ones, takes 48 bytes a key beyond the key itself at the most, as the
// documentation computes, and is no larger when another million has come, of which all are admitted.
func TestClaim_KeyedMemory(t *testing.T) {
	size := keyedSize()
	t.Run("uint64", func(t *testing.T) {
		keyedMemory(t, size, func(i int) uint64 { return uint64(i) })
	})
	t.Run("string", func(t *testing.T) {
		size /= 4
		names := make([]string, 2*size) // their bytes are the caller's
		for i := range names {
			names[i] = strconv.Itoa(i)
		}
		keyedMemory(t, size, func(i int) string { return names[i] })
	})
}

func keyedMemory[K comparable](t *testing.T, size int, key func(int) K) {
	before := heap()
	k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[K]{Capacity: size, Limits: oneASecond})
	require.NoError(t, err)
	fill := func(now time.Duration, from int) {
		for i := from; i < from+size; i++ {
			if !k.Take(now, key(i), 1).OK() {
				t.Fatalf("at %v key %d of %d is refused", now, i, size)
			}
		}
	}
	fill(0, 0)
	require.Zero(t, k.Forgotten())
	for i := range size {
		if k.Peek(0, key(i), 1).OK() {
			t.Fatalf("key %d of %d is forgotten", i, size)
		}
	}
	fill(time.Second, size) // the others are fresh again
	require.Zero(t, k.Forgotten())
	used := heap() - before

	itself := int(unsafe.Sizeof(key(0)))
	documented := 2 * (10 + itself)
	beyond := float64(used)/float64(size) - float64(itself)
	t.Logf("%d keys of %d bytes: %.1f bytes a key beyond the key itself", size, itself, beyond)
	require.LessOrEqual(t, beyond, 48.0)
	if !race.Enabled {
		// The rest is 64 shards, and what rounds a shard's buckets up to whole pages: less than one in a hundred together.
		require.InEpsilon(t, documented, float64(used)/float64(size), 0.01)
	}
	runtime.KeepAlive(k)
	runtime.KeepAlive(key) // and what it has of names
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// The chance that a key which becomes live finds its sixteen places taken is less than one in a million, while others come and go,
// as many being live as the table has capacity for. A simulation of two choices among many buckets at half load puts it near 10^-10, so in a
// million trials none is expected. A table with 1.5 places a key would fail here about 400 times, one whose returning keys stay
// where they were about 15 times.
func TestClaim_KeyedRoomAtCapacity(t *testing.T) {
	for _, capacity := range []int{20, 1000, 10_000} {
		// A key becomes live every nanosecond, for as many nanoseconds as there is capacity.
		limit := []ratelimit.Limit{{Rate: ratelimit.Every(time.Duration(capacity)), Burst: 1}}
		config := ratelimit.KeyedConfig[int]{Capacity: capacity, Limits: limit, Hash: func(k int) uint64 { return uint64(k) }}
		t.Run(strconv.Itoa(capacity)+" new keys", func(t *testing.T) {
			k, err := ratelimit.NewKeyed(config)
			require.NoError(t, err)
			for i := range keyedSize() {
				require.True(t, k.Take(time.Duration(i), i, 1).OK())
			}
			require.Zero(t, k.Forgotten())
		})
		t.Run(strconv.Itoa(capacity)+" of twice as many", func(t *testing.T) {
			k, err := ratelimit.NewKeyed(config)
			require.NoError(t, err)
			random := rand.New(rand.NewPCG(1, 2))
			turns := random.Perm(2 * capacity) // the first half is live, the oldest at i % capacity
			for i := range keyedSize() {
				oldest, one := i%capacity, capacity+random.IntN(capacity)
				turns[oldest], turns[one] = turns[one], turns[oldest]
				require.True(t, k.Take(time.Duration(i), turns[oldest], 1).OK())
			}
			require.Zero(t, k.Forgotten())
		})
	}
}

func TestKeyedDoesNotAllocate(t *testing.T) {
	type route struct {
		method, path string
		tenant       uint32
	}
	keyedAllocations(t, "uint64", uint64(1)<<60, func(k uint64) uint64 { return k })
	keyedAllocations(t, "string", "alice", func(k string) uint64 { return uint64(len(k)) })
	keyedAllocations(t, "struct", route{"GET", "/login", 7}, func(k route) uint64 { return uint64(k.tenant) })
	keyedAllocations(t, "array", [16]byte{1, 2, 3}, func(k [16]byte) uint64 { return uint64(k[0]) })
	keyedAllocations(t, "interface", any(uint64(1)<<60), func(any) uint64 { return 0 })
}

func keyedAllocations[K comparable](t *testing.T, name string, key K, hash func(K) uint64) {
	for _, given := range []func(K) uint64{nil, hash} {
		k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[K]{Capacity: 100, Limits: oneASecond, Hash: given})
		require.NoError(t, err)
		now := time.Duration(0)
		require.Zero(t, testing.AllocsPerRun(100, func() {
			k.Peek(now, key, 1)
			k.Take(now, key, 1)
			k.Take(now, key, 1) // refused
			now += time.Second
		}), "%s, hash given: %t", name, given != nil)
	}
}
