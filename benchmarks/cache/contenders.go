package main

import (
	theine "github.com/Yiling-J/theine-go"
	"github.com/dgraph-io/ristretto/v2"
	"github.com/hashicorp/golang-lru/arc/v2"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/maypok86/otter/v2"

	"github.com/sysdesign-lab/sysdesign/cache"
)

// table is a cache from numbers to numbers.
type table struct {
	get func(key uint64) (value uint64, ok bool)
	set func(key, value uint64)
	len func() int

	settle func() // waits for what was put off, if anything is
	close  func() // ends goroutines, if there are any
}

// contender is one cache of so many entries.
type contender struct {
	name  string
	evict string                   // its policy
	late  bool                     // an entry may come, or go, later than its Set
	make  func(capacity int) table // of that many entries
}

const reference = "golang-lru"

var contenders = []contender{
	{name: "Cache", evict: "LRU", make: ours(cache.LRU, 0)},
	{name: "Cache", evict: "SIEVE", make: ours(cache.SIEVE, 0)},
	{name: "Cache", evict: "W-TinyLFU", make: ours(cache.WTinyLFU, 0)},
	{name: "Cache, one shard", evict: "LRU", make: ours(cache.LRU, 1)},
	{name: reference, evict: "LRU", make: func(capacity int) table {
		c := must(lru.New[uint64, uint64](capacity))
		return table{get: c.Get, set: func(key, value uint64) { c.Add(key, value) }, len: c.Len}
	}},
	{name: "golang-lru", evict: "2Q", make: func(capacity int) table {
		c := must(lru.New2Q[uint64, uint64](capacity))
		return table{get: c.Get, set: c.Add, len: c.Len}
	}},
	{name: "golang-lru", evict: "ARC", make: func(capacity int) table {
		c := must(arc.NewARC[uint64, uint64](capacity))
		return table{get: c.Get, set: c.Add, len: c.Len}
	}},
	{name: "otter", evict: "W-TinyLFU", late: true, make: func(capacity int) table {
		c := must(otter.New(&otter.Options[uint64, uint64]{MaximumSize: capacity}))
		return table{
			get: c.GetIfPresent, set: func(key, value uint64) { c.Set(key, value) }, len: c.EstimatedSize,
			settle: c.CleanUp, close: func() { c.StopAllGoroutines() },
		}
	}},
	{name: "theine", evict: "W-TinyLFU", late: true, make: func(capacity int) table {
		c := must(theine.NewBuilder[uint64, uint64](int64(capacity)).Build())
		return table{get: c.Get, set: func(key, value uint64) { c.Set(key, value, 1) }, len: c.Len, settle: c.Wait, close: c.Close}
	}},
	{name: "ristretto", evict: "sampled LFU", late: true, make: func(capacity int) table {
		// ten counters an entry, as its documentation recommends
		c := must(ristretto.NewCache(&ristretto.Config[uint64, uint64]{
			NumCounters: 10 * int64(capacity), MaxCost: int64(capacity), BufferItems: 64, IgnoreInternalCost: true, Metrics: true,
		}))
		return table{
			get: c.Get, set: func(key, value uint64) { c.Set(key, value, 1) },
			len:    func() int { return int(c.Metrics.KeysAdded() - c.Metrics.KeysEvicted()) },
			settle: c.Wait, close: c.Close,
		}
	}},
}

// onTraces are other policies of ours, which have their turn on traces only.
var onTraces = []contender{
	{name: "Cache", evict: "ARC", make: ours(cache.ARC, 1)},
	{name: "Cache", evict: "LIRS", make: ours(cache.LIRS, 1)},
	{name: "Cache", evict: "S3-FIFO", make: ours(cache.S3FIFO, 1)},
	{name: "Cache", evict: "TinyLFU before LRU", make: ours(cache.TinyLFU(cache.LRU), 1)},
}

func ours(policy cache.Builder, shards int) func(capacity int) table {
	return func(capacity int) table {
		c := must(cache.New(cache.Options[uint64, uint64]{Capacity: capacity, Policy: policy, Shards: shards}))
		return table{get: c.Get, set: func(key, value uint64) { _ = must(c.Set(key, value)) }, len: c.Len}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// settled waits for what a table has put off, if it puts anything off.
func (t table) settled() {
	if t.settle != nil {
		t.settle()
	}
}

func (t table) closed() {
	if t.close != nil {
		t.close()
	}
}

// ask is a Get, and a Set if it finds nothing.
func (t table) ask(key uint64) (hit bool) {
	if _, hit = t.get(key); !hit {
		t.set(key, key)
	}
	return hit
}
