package cache

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// Each key by itself is a register that may lose its value at any time: what is read is what was written last, and what has been found
// missing does not come back. Histories of several goroutines are checked for linearizability.
func TestLaw_HistoriesAreLinearizable(t *testing.T) {
	rounds := 20
	if race.Enabled {
		rounds = 3
	}
	for _, of := range policies {
		t.Run(of.name, func(t *testing.T) {
			for seed := range rounds {
				history := historyOf(t, of.build, uint64(seed))
				require.True(t, porcupine.CheckOperations(forgetful, history), "seed %d: %v", seed, history)
			}
		})
	}
}

// operation is what a goroutine does to a key.
type operation struct {
	key  int
	what byte // g, s or d
	set  int  // the value, from 1
}

// outcome is what came of it: the value that was read, zero for none, or whether it was stored or deleted.
type outcome struct {
	value int
	ok    bool
}

// forgetful is a register for each key, whose state is its value, or zero for none. That an entry was evicted shows only where it
// is missing, so that it may as well have happened then.
var forgetful = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[int][]porcupine.Operation{}
		for _, o := range history {
			key := o.Input.(operation).key
			byKey[key] = append(byKey[key], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range byKey {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		in, out := input.(operation), output.(outcome)
		switch {
		case in.what == 's' && out.ok:
			return true, in.set
		case in.what == 's' || !out.ok: // turned away, not found, or not there to be deleted
			return true, 0
		case in.what == 'd':
			return state != 0, 0
		default:
			return state == out.value, state
		}
	},
}

func historyOf(t *testing.T, build Builder, seed uint64) []porcupine.Operation {
	const goroutines, operations, keys = 4, 100, 6
	shards := 1 << (seed % 3)
	if _, err := build(1); err != nil {
		t.Fatal(err)
	}
	c := cacheOf(t, Options[int, int]{Capacity: 4, Shards: shards, Policy: build})
	var histories [goroutines][]porcupine.Operation
	var all sync.WaitGroup
	start := time.Now()
	for g := range goroutines {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(g)))
			for i := range operations {
				in := operation{key: random.IntN(keys), what: "ggsd"[random.IntN(4)], set: g*operations + i + 1}
				var out outcome
				call := time.Since(start)
				switch in.what {
				case 'g':
					out.value, out.ok = c.Get(in.key)
				case 's':
					out.ok, _ = c.Set(in.key, in.set)
				case 'd':
					out.ok = c.Delete(in.key)
				}
				histories[g] = append(histories[g], porcupine.Operation{
					ClientId: g, Input: in, Call: int64(call), Output: out, Return: int64(time.Since(start)),
				})
			}
		})
	}
	all.Wait()
	var history []porcupine.Operation
	for _, h := range histories {
		history = append(history, h...)
	}
	return history
}

// The check is worth something: it refuses a value that comes back after it was missing, and one that was replaced.
func TestHistoriesThatAreNotLinearizable(t *testing.T) {
	at := int64(0)
	does := func(what byte, set, value int, ok bool) porcupine.Operation {
		at += 2
		return porcupine.Operation{Input: operation{what: what, set: set}, Output: outcome{value, ok}, Call: at, Return: at + 1}
	}
	for name, history := range map[string][]porcupine.Operation{
		"comes back":        {does('s', 1, 0, true), does('g', 0, 0, false), does('g', 0, 1, true)},
		"was replaced":      {does('s', 1, 0, true), does('s', 2, 0, true), does('g', 0, 1, true)},
		"was turned away":   {does('s', 1, 0, false), does('g', 0, 1, true)},
		"was deleted twice": {does('s', 1, 0, true), does('d', 0, 0, true), does('d', 0, 0, true)},
		"was never written": {does('g', 0, 1, true)},
	} {
		require.False(t, porcupine.CheckOperations(forgetful, history), name)
	}
}

// Many goroutines do all there is to do at once: for the race detector, for who reads what was written for another key, and for the counts.
func TestManyAtOnce(t *testing.T) {
	goroutines, operations := 16, 5_000
	if race.Enabled {
		operations = 300
	}
	var evictions atomic.Int64
	var c *Cache[string, string]
	c = cacheOf(t, Options[string, string]{
		Capacity: 64, MaxCost: 400, Shards: 4, Cost: func(key, _ string) int64 { return int64(len(key)) },
		OnEvict: func(key, value string) {
			evictions.Add(1)
			if value != "of "+key {
				t.Errorf("the value of %q is %q", key, value)
			}
			if _, ok := c.Get(key + "?"); ok {
				t.Error("found what was never set")
			}
		},
	})
	var gets, hits atomic.Uint64
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(g)))
			for range operations {
				key := fmt.Sprint(random.IntN(200))
				switch random.IntN(16) {
				case 0:
					c.Delete(key)
				case 1:
					if n := c.Len(); n > 64 {
						t.Errorf("%d entries", n)
					}
					_ = c.Stats()
				case 2:
					for key, value := range c.All() {
						if value != "of "+key {
							t.Errorf("the value of %q is %q", key, value)
						}
					}
				case 3, 4, 5, 6, 7:
					if _, err := c.Set(key, "of "+key); err != nil {
						t.Error(err)
					}
				default:
					gets.Add(1)
					if value, ok := c.Get(key); ok {
						hits.Add(1)
						if value != "of "+key {
							t.Errorf("the value of %q is %q", key, value)
						}
					}
				}
			}
		})
	}
	all.Wait()
	stats := c.Stats()
	require.Equal(t, hits.Load(), stats.Hits)
	require.Equal(t, gets.Load()-hits.Load()+uint64(evictions.Load()), stats.Misses, "with those of the callback")
	require.Equal(t, uint64(evictions.Load()), stats.Evictions)
	require.NotZero(t, stats.Evictions)
	require.NotZero(t, stats.Hits)
}
