package cache

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// filled is a cache of so many entries for the keys below that number, and requests for them in no order.
func filled(b *testing.B, build Builder, entries int) (*Cache[uint64, uint64], []uint64) {
	c := cacheOf(b, Options[uint64, uint64]{Capacity: 2 * entries, Policy: build}) // so that no shard overflows
	for key := range uint64(entries) {
		_, _ = c.Set(key, key)
	}
	requests := make([]uint64, 1<<16)
	for i := range requests {
		requests[i] = scatter(uint64(i)) % uint64(entries)
	}
	return c, requests
}

var sink uint64

func BenchmarkGet(b *testing.B) {
	for _, of := range []struct {
		name  string
		build Builder
	}{{"LRU", LRU}, {"SIEVE", SIEVE}, {"W-TinyLFU", WTinyLFU}} {
		for _, entries := range []int{1_000, 100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", of.name, entries), func(b *testing.B) {
				c, requests := filled(b, of.build, entries)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					value, _ := c.Get(requests[i&(len(requests)-1)])
					sink += value
				}
			})
		}
	}
}

func BenchmarkGetParallel(b *testing.B) {
	for _, entries := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("LRU/%d", entries), func(b *testing.B) {
			c, requests := filled(b, LRU, entries)
			var goroutine atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				sum, i := uint64(0), int(goroutine.Add(1))*7919
				for ; pb.Next(); i++ {
					value, _ := c.Get(requests[i&(len(requests)-1)])
					sum += value
				}
				atomic.AddUint64(&sink, sum)
			})
		})
	}
}

// BenchmarkSet is of keys that are there, and of new ones, each of which evicts another.
func BenchmarkSet(b *testing.B) {
	for _, entries := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("there/LRU/%d", entries), func(b *testing.B) {
			c, requests := filled(b, LRU, entries)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_, _ = c.Set(requests[i&(len(requests)-1)], 1)
			}
		})
		for _, of := range []struct {
			name  string
			build Builder
		}{{"LRU", LRU}, {"SIEVE", SIEVE}, {"W-TinyLFU", WTinyLFU}} {
			b.Run(fmt.Sprintf("new/%s/%d", of.name, entries), func(b *testing.B) {
				c := cacheOf(b, Options[uint64, uint64]{Capacity: entries, Policy: of.build})
				for key := range uint64(2 * entries) {
					_, _ = c.Set(key, key)
				}
				b.ReportAllocs()
				for key := uint64(2 * entries); b.Loop(); key++ {
					_, _ = c.Set(key, key)
				}
			})
		}
	}
}

// BenchmarkMemory reports what an entry takes.
func BenchmarkMemory(b *testing.B) {
	for _, of := range policies {
		b.Run(of.name, func(b *testing.B) {
			b.ReportMetric(bytesPerEntry(b, of.build, 1_000_000), "B/entry")
		})
	}
}
