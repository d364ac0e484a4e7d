package cache

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBadOptions(t *testing.T) {
	cost := func(int, int64) int64 { return 1 }
	const shardsRule = "cache: the number of shards must be a power of two and at most the capacity and MaxCost: "
	const costRule = "cache: a cost must be at least zero and at most what a shard may hold: "
	for _, c := range []struct {
		options Options[int, int64]
		want    error
		says    string
	}{
		{Options[int, int64]{}, ErrCapacity, "cache: the capacity must be at least 1 entry and at most 2^30: 0"},
		{Options[int, int64]{Capacity: -1}, ErrCapacity, "cache: the capacity must be at least 1 entry and at most 2^30: -1"},
		{Options[int, int64]{Capacity: math.MinInt}, ErrCapacity, fmt.Sprint("cache: the capacity must be at least 1 entry and at most 2^30: ", math.MinInt)},
		{Options[int, int64]{Capacity: MaxSlots + 1, Shards: 8}, ErrCapacity, "cache: the capacity must be at least 1 entry and at most 2^30: 1073741825"},
		{Options[int, int64]{Capacity: math.MaxInt}, ErrCapacity, fmt.Sprint("cache: the capacity must be at least 1 entry and at most 2^30: ", math.MaxInt)},
		{Options[int, int64]{Capacity: 8, Shards: 3}, ErrShards, shardsRule + "3 shards for 8 entries"},
		{Options[int, int64]{Capacity: 8, Shards: -2}, ErrShards, shardsRule + "-2 shards for 8 entries"},
		{Options[int, int64]{Capacity: 8, Shards: math.MinInt}, ErrShards, shardsRule + fmt.Sprint(math.MinInt, " shards for 8 entries")},
		{Options[int, int64]{Capacity: 8, Shards: 16}, ErrShards, shardsRule + "16 shards for 8 entries"},
		{Options[int, int64]{Capacity: 8, Shards: 4, MaxCost: 3, Cost: cost}, ErrShards, shardsRule + "4 shards for a MaxCost of 3"},
		{Options[int, int64]{Capacity: 8, MaxCost: -1, Cost: cost}, ErrCost, costRule + "MaxCost -1 must be from 0 to 2^62-1"},
		{Options[int, int64]{Capacity: 8, MaxCost: 1 << 62, Cost: cost}, ErrCost, costRule + "MaxCost 4611686018427387904 must be from 0 to 2^62-1"},
		{Options[int, int64]{Capacity: 8, MaxCost: 5}, ErrCost, costRule + "MaxCost and Cost belong together: MaxCost 5, Cost given false"},
		{Options[int, int64]{Capacity: 8, Cost: cost}, ErrCost, costRule + "MaxCost and Cost belong together: MaxCost 0, Cost given true"},
	} {
		made, err := New(c.options)
		require.Nil(t, made, c.says)
		require.ErrorIs(t, err, c.want)
		require.EqualError(t, err, c.says)
	}
}

// The error of a policy's builder comes through.
func TestAPolicyThatCannotBeMade(t *testing.T) {
	_, err := New(Options[int, int]{Capacity: 8, Policy: func(int) (Policy, error) { return nil, fmt.Errorf("no such policy") }})
	require.EqualError(t, err, "no such policy")
}

func TestNoPolicy(t *testing.T) {
	none := func(int) (Policy, error) { return nil, nil }
	for _, build := range []Builder{none, TinyLFU(nil), TinyLFU(none), TinyLFU(TinyLFU(nil))} {
		c, err := New(Options[int, int]{Capacity: 8, Policy: build})
		require.Nil(t, c)
		require.ErrorIs(t, err, ErrPolicy)
		require.EqualError(t, err, "cache: a policy must not be nil, and its victims must be entries: nil")
	}
}

// stubborn names the same victim whatever is inside.
type stubborn struct {
	Policy
	victim int32
}

func (p stubborn) Victim(uint64) (int32, bool) { return p.victim, true }

// A policy that names a slot without an entry is told of, and does no more harm: its Evict is not called, nothing hangs, and what the key had is gone.
func TestAVictimThatIsNoEntry(t *testing.T) {
	for _, victim := range []int32{-1, math.MinInt32, 2, 7, 8, math.MaxInt32} {
		c := cacheOf(t, Options[int, int64]{
			Capacity: 8, MaxCost: 10, Shards: 1, Cost: func(_ int, cost int64) int64 { return cost },
			Policy: func(slots int) (Policy, error) {
				p, err := LRU(slots)
				return stubborn{p, victim}, err
			},
		})
		for key := range 3 {
			_, err := c.Set(key, 3)
			require.NoError(t, err)
		}
		require.True(t, c.Delete(2)) // so that slot 2 holds an entry no more
		for _, key := range []int{5, 1} {
			stored, err := c.Set(key, 8) // as a new entry, and as one that grows
			require.False(t, stored)
			require.ErrorIs(t, err, ErrPolicy)
			require.EqualError(t, err, fmt.Sprint("cache: a policy must not be nil, and its victims must be entries: slot ", victim))
			_, inside := c.Get(key)
			require.False(t, inside)
		}
		require.Equal(t, 1, c.Len())
		_, inside := c.Get(0)
		require.True(t, inside)
		require.Zero(t, c.Stats().Evictions)
		stored, err := c.Set(9, 7) // there is room again
		require.NoError(t, err)
		require.True(t, stored)
	}
}

// Who evicted something before is told of it even if the next victim is none.
func TestAVictimThatIsNoEntryAnyMore(t *testing.T) {
	var evicted []int
	c := cacheOf(t, Options[int, int64]{
		Capacity: 8, MaxCost: 10, Shards: 1, Cost: func(_ int, cost int64) int64 { return cost },
		OnEvict: func(key int, _ int64) { evicted = append(evicted, key) },
		Policy: func(slots int) (Policy, error) {
			p, err := LRU(slots)
			return stubborn{p, 1}, err
		},
	})
	for key := range 3 {
		_, err := c.Set(key, 3)
		require.NoError(t, err)
	}
	_, err := c.Set(5, 8)
	require.ErrorIs(t, err, ErrPolicy)
	require.Equal(t, []int{1}, evicted)
	require.Equal(t, 2, c.Len())
}

// A cost that is negative or larger than the shard's part is refused, and the key has no entry then: what was replaced must not be given.
func TestBadCosts(t *testing.T) {
	c := cacheOf(t, Options[int, int64]{
		Capacity: 8, MaxCost: 21, Shards: 2, Policy: LRU, Hash: func(key int) uint64 { return uint64(key) },
		Cost:    func(_ int, value int64) int64 { return value },
		OnEvict: func(int, int64) { t.Error("nothing had to make room") },
	})
	most := map[int]int64{}
	for key := range 8 {
		s, _ := c.of(c.hash(key))
		most[key] = s.maxCost
		for _, bad := range []int64{-1, math.MinInt64, s.maxCost + 1, math.MaxInt64} {
			_, err := c.Set(key, 0)
			require.NoError(t, err)
			stored, err := c.Set(key, bad)
			require.False(t, stored)
			require.ErrorIs(t, err, ErrCost)
			require.EqualError(t, err, fmt.Sprintf("cache: a cost must be at least zero and at most what a shard may hold: %d, and at most %d", bad, s.maxCost))
			_, inside := c.Get(key)
			require.False(t, inside, "the old value after a cost of %d", bad)
		}
		stored, err := c.Set(key, s.maxCost)
		require.NoError(t, err)
		require.True(t, stored)
		require.True(t, c.Delete(key))
	}
	require.Zero(t, c.Len())
	require.ElementsMatch(t, []int64{11, 10}, []int64{c.shards[0].maxCost, c.shards[1].maxCost})
}

// The largest costs do not overflow: one entry goes for the other.
func TestTheLargestCosts(t *testing.T) {
	c := cacheOf(t, Options[int, int64]{
		Capacity: 8, MaxCost: maxMaxCost, Shards: 1, Policy: LRU, Cost: func(_ int, value int64) int64 { return value },
	})
	for key := range 3 {
		for _, cost := range []int64{0, maxMaxCost} { // as a new entry, and as one that grows
			stored, err := c.Set(key, cost)
			require.NoError(t, err)
			require.True(t, stored)
		}
		require.Equal(t, 1, c.Len())
		_, err := c.Set(key+10, maxMaxCost)
		require.NoError(t, err)
		require.Equal(t, 1, c.Len())
	}
}

func TestShardsByDefault(t *testing.T) {
	for _, c := range []struct {
		capacity int
		maxCost  int64
		most     int
	}{
		{1, 0, 1}, {2047, 0, 1}, {2048, 0, 2}, {4096, 0, 4}, {MaxSlots, 0, 1 << 20},
		{MaxSlots, 1, 1}, {MaxSlots, 2048, 2}, {2048, maxMaxCost, 2},
	} {
		shards := defaultShards(c.capacity, c.maxCost)
		require.LessOrEqual(t, shards, c.most, "%+v", c)
		require.Positive(t, shards, "%+v", c)
		require.Zero(t, shards&(shards-1), "%+v", c)
	}
	require.Equal(t, 2, defaultShards(2048, 0)) // four for each processor are at least as many
}
