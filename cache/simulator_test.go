package cache_test

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
)

var builders = map[string]func() cache.Builder{
	"random":    func() cache.Builder { return cache.Random(rand.NewPCG(1, 1)) },
	"FIFO":      func() cache.Builder { return cache.FIFO },
	"LRU":       func() cache.Builder { return cache.LRU },
	"CLOCK":     func() cache.Builder { return cache.Clock },
	"LFU":       func() cache.Builder { return cache.LFU },
	"SLRU":      func() cache.Builder { return cache.SLRU },
	"2Q":        func() cache.Builder { return cache.TwoQ },
	"ARC":       func() cache.Builder { return cache.ARC },
	"LIRS":      func() cache.Builder { return cache.LIRS },
	"S3-FIFO":   func() cache.Builder { return cache.S3FIFO },
	"SIEVE":     func() cache.Builder { return cache.SIEVE },
	"TinyLFU":   func() cache.Builder { return cache.TinyLFU(cache.ARC) },
	"W-TinyLFU": func() cache.Builder { return cache.WTinyLFU },
}

// What a simulation says of a policy is what the cache does: with one shard, and the keys themselves for hashes, it evicts the same keys in the same
// order, and misses the same requests.
func TestLaw_TheSimulatorEvictsAsTheCache(t *testing.T) {
	for name, build := range builders {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				capacity := rapid.IntRange(1, 20).Draw(t, "capacity")
				ids := rapid.SliceOfN(rapid.Uint64Range(0, uint64(2*capacity)), 0, 300).Draw(t, "requests")
				trace, err := cachesim.Intern(ids)
				if err != nil {
					t.Fatal(err)
				}
				w := &witness{ids: map[int32]uint64{}}
				misses, err := cachesim.Misses(trace, w.watch(build()), capacity)
				if err != nil {
					t.Fatal(err)
				}
				next := 0
				c, err := cache.New(cache.Options[uint64, struct{}]{
					Capacity: capacity, Shards: 1, Policy: build(), Hash: func(key uint64) uint64 { return key },
					OnEvict: func(key uint64, _ struct{}) {
						if next == len(w.gone) || w.gone[next] != key {
							t.Fatalf("eviction %d is of %d in the cache, of %v in the simulator", next+1, key, w.gone[next:])
						}
						next++
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range ids {
					if _, ok := c.Get(id); !ok {
						if _, err := c.Set(id, struct{}{}); err != nil {
							t.Fatal(err)
						}
					}
				}
				if next != len(w.gone) {
					t.Fatalf("%d evictions in the cache, but %d in the simulator", next, len(w.gone))
				}
				if got := c.Stats().Misses; got != uint64(misses) {
					t.Fatalf("%d misses in the cache, but %d in the simulator", got, misses)
				}
			})
		})
	}
}

// witness writes down what a policy evicts.
type witness struct {
	cache.Policy
	ids  map[int32]uint64
	gone []uint64
}

func (w *witness) watch(build cache.Builder) cache.Builder {
	return func(slots int) (cache.Policy, error) {
		var err error
		w.Policy, err = build(slots)
		return w, err
	}
}

func (w *witness) Insert(slot int32, id uint64) {
	w.ids[slot] = id
	w.Policy.Insert(slot, id)
}

func (w *witness) Evict(slot int32) {
	w.gone = append(w.gone, w.ids[slot])
	w.Policy.Evict(slot)
}
