package cache_test

import (
	"errors"
	"fmt"

	"github.com/sysdesign-lab/sysdesign/cache"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// A value is looked up in the cache first, and put there when it had to be fetched.
func Example() {
	c, err := cache.New(cache.Options[string, int]{Capacity: 10_000})
	check(err)
	fetched := 0
	length := func(word string) int {
		if n, ok := c.Get(word); ok {
			return n
		}
		fetched++
		n := len(word) // stands for something slow
		_, err := c.Set(word, n)
		check(err)
		return n
	}
	for _, word := range []string{"one", "three", "one", "one"} {
		fmt.Println(word, length(word))
	}
	fmt.Println("fetched", fetched)
	// Output:
	// one 3
	// three 5
	// one 3
	// one 3
	// fetched 2
}

// The least recently used entry goes. One shard keeps the order exact.
func ExampleLRU() {
	c, err := cache.New(cache.Options[string, int]{
		Capacity: 2, Shards: 1, Policy: cache.LRU,
		OnEvict: func(key string, _ int) { fmt.Println(key, "goes") },
	})
	check(err)
	for i, key := range []string{"a", "b"} {
		_, err := c.Set(key, i)
		check(err)
	}
	c.Get("a")
	_, err = c.Set("c", 2)
	check(err)
	_, inside := c.Get("a")
	fmt.Println("a is inside:", inside)
	// Output:
	// b goes
	// a is inside: true
}

// Entries that differ in size are bounded by their bytes. One that is too large for the cache is refused, and what it replaces goes too.
func ExampleCache_Set_cost() {
	c, err := cache.New(cache.Options[string, []byte]{
		Capacity: 1_000, MaxCost: 100, Shards: 1, Policy: cache.LRU,
		Cost:    func(key string, value []byte) int64 { return int64(len(key) + len(value)) },
		OnEvict: func(key string, value []byte) { fmt.Println(key, "goes, with", len(value), "bytes") },
	})
	check(err)
	for _, key := range []string{"a", "b", "c"} {
		_, err := c.Set(key, make([]byte, 40))
		check(err)
	}
	_, err = c.Set("c", make([]byte, 100))
	fmt.Println(errors.Is(err, cache.ErrCost))
	fmt.Println(err)
	fmt.Println("entries", c.Len())
	// Output:
	// a goes, with 40 bytes
	// true
	// cache: a cost must be at least zero and at most what a shard may hold: 101, and at most 100
	// entries 1
}

// A scan, whose keys are asked for once, turns over an LRU cache. Behind TinyLFU it is turned away.
func ExampleTinyLFU() {
	for _, policy := range []struct {
		name  string
		build cache.Builder
	}{{"LRU", cache.LRU}, {"TinyLFU before LRU", cache.TinyLFU(cache.LRU)}} {
		c, err := cache.New(cache.Options[int, string]{
			Capacity: 100, Shards: 1, Policy: policy.build, Hash: func(key int) uint64 { return uint64(key) },
		})
		check(err)
		for range 5 { // popular
			for key := range 100 {
				if _, ok := c.Get(key); !ok {
					_, err := c.Set(key, "popular")
					check(err)
				}
			}
		}
		for key := range 500 {
			_, err := c.Set(1_000+key, "scanned")
			check(err)
		}
		popular := 0
		for _, value := range c.All() {
			if value == "popular" {
				popular++
			}
		}
		fmt.Printf("%s: %d of 100 popular entries are left, %d keys were turned away\n", policy.name, popular, c.Stats().Rejections)
	}
	// Output:
	// LRU: 0 of 100 popular entries are left, 0 keys were turned away
	// TinyLFU before LRU: 100 of 100 popular entries are left, 500 keys were turned away
}

// An unusable setting says which rule it breaks, and how.
func ExampleNew() {
	_, err := cache.New(cache.Options[string, int]{Capacity: 100, Shards: 6})
	fmt.Println(err)
	_, err = cache.New(cache.Options[string, int]{Capacity: 0})
	fmt.Println(err)
	// Output:
	// cache: the number of shards must be a power of two and at most the capacity and MaxCost: 6 shards for 100 entries
	// cache: the capacity must be at least 1 entry and at most 2^30: 0
}

// What was used lately, how well it went, and what is inside.
func ExampleCache_Stats() {
	c, err := cache.New(cache.Options[string, int]{Capacity: 3, Shards: 1, Policy: cache.FIFO})
	check(err)
	for i, key := range []string{"a", "b", "a", "c", "d", "a"} {
		if _, ok := c.Get(key); !ok {
			_, err := c.Set(key, i)
			check(err)
		}
	}
	s := c.Stats()
	fmt.Printf("%d hits, %d misses: %.2f\n", s.Hits, s.Misses, s.HitRatio())
	fmt.Printf("%d entries, %d evicted\n", c.Len(), s.Evictions)
	// Output:
	// 1 hits, 5 misses: 0.17
	// 3 entries, 2 evicted
}
