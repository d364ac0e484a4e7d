package main

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/sethvargo/go-limiter/memorystore"
	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"
	"golang.org/x/time/rate"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// Each key is admitted one event an hour, two at once: a key that has come is live for an hour.
var perKey = limit{time.Hour, 2}

// table is a limit for each key, which is a number below twice the size. Close ends its goroutines, if it has any.
type table struct {
	take  func(now time.Duration, key int) (admitted bool)
	close func()
}

// keyedContender is one way to have a limit for each of many keys. Those that bound their memory are told how many there are at once.
type keyedContender struct {
	name    string
	clock   string
	keySize int // what a table's own copy of a key takes, without the bytes of a string
	make    func(size int, names []string) table
}

const (
	keyedReference = "map, mutex, x/time/rate: string"
	stringSize     = 16
	uint64Size     = 8
)

var keyedContenders = []keyedContender{
	{name: keyedReference, clock: passed, keySize: stringSize, make: func(_ int, names []string) table {
		return rateTable(func(key int) string { return names[key] })
	}},
	{name: "Keyed[string]", clock: passed, keySize: stringSize, make: func(size int, names []string) table {
		return ourTable(size, func(key int) string { return names[key] })
	}},
	{name: "throttled: string, LRU", clock: injected, keySize: stringSize, make: func(size int, names []string) table {
		clock := &clock{epoch}
		store := must(memstore.New(size))
		store.SetTimeNow(clock.Now)
		x := must(throttled.NewGCRARateLimiterCtx(throttled.WrapStoreWithContext(store), throttled.RateQuota{
			MaxRate:  throttled.PerDuration(1, perKey.interval),
			MaxBurst: perKey.burst - 1,
		}))
		ctx := context.Background()
		return table{take: func(now time.Duration, key int) bool {
			if now > clock.now.Sub(epoch) {
				clock.now = epoch.Add(now)
			}
			limited, _, err := x.RateLimitCtx(ctx, names[key], 1)
			return err == nil && !limited
		}}
	}},
	{name: "go-limiter: string", clock: read, keySize: stringSize, make: func(_ int, names []string) table {
		x := must(memorystore.New(&memorystore.Config{Tokens: uint64(perKey.burst), Interval: perKey.interval * time.Duration(perKey.burst)}))
		ctx := context.Background()
		return table{
			take: func(_ time.Duration, key int) bool {
				_, _, _, ok, err := x.Take(ctx, names[key])
				return ok && err == nil
			},
			close: func() { must(0, x.Close(ctx)) },
		}
	}},
	{name: "sync.Map, x/time/rate: string", clock: passed, keySize: stringSize, make: func(_ int, names []string) table {
		begin := time.Now()
		var limiters sync.Map
		return table{take: func(now time.Duration, key int) bool {
			name := names[key]
			x, known := limiters.Load(name)
			if !known {
				x, _ = limiters.LoadOrStore(name, rate.NewLimiter(rate.Every(perKey.interval), perKey.burst))
			}
			return x.(*rate.Limiter).AllowN(begin.Add(now), 1)
		}}
	}},
	{name: "map, mutex, x/time/rate: uint64", clock: passed, keySize: uint64Size, make: func(int, []string) table {
		return rateTable(func(key int) uint64 { return uint64(key) })
	}},
	{name: "Keyed[uint64]", clock: passed, keySize: uint64Size, make: func(size int, _ []string) table {
		return ourTable(size, func(key int) uint64 { return uint64(key) })
	}},
}

// rateTable is what most people write around golang.org/x/time/rate. It forgets nothing.
func rateTable[K comparable](name func(key int) K) table {
	begin := time.Now()
	var mu sync.Mutex
	limiters := map[K]*rate.Limiter{}
	return table{take: func(now time.Duration, key int) bool {
		name := name(key)
		mu.Lock()
		x := limiters[name]
		if x == nil {
			x = rate.NewLimiter(rate.Every(perKey.interval), perKey.burst)
			limiters[name] = x
		}
		mu.Unlock()
		return x.AllowN(begin.Add(now), 1)
	}}
}

func ourTable[K comparable](size int, name func(key int) K) table {
	k := must(ratelimit.NewKeyed(ratelimit.KeyedConfig[K]{
		Capacity: size,
		Limits:   []ratelimit.Limit{{Rate: ratelimit.Every(perKey.interval), Burst: perKey.burst}},
	}))
	return table{take: func(now time.Duration, key int) bool { return k.Take(now, name(key), 1).OK() }}
}

// later is when the first keys owe nothing any more, and as many others come.
const later = 10 * time.Hour

// memory is what a table takes for each of size keys, beyond the key itself, and for each of size after as many others came in
// their place.
func (c keyedContender) memory(size int, names []string) (t table, first, second float64) {
	empty := heap()
	t = c.make(size, names)
	bytes := func() float64 { return float64(heap()-empty)/float64(size) - float64(c.keySize) }
	for key := range size {
		t.take(0, key)
	}
	first = bytes()
	for key := range size {
		t.take(later, size+key)
	}
	second = bytes()
	runtime.KeepAlive(t)
	return t, first, second
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// namesOf are keys as strings. They are not counted: all share them.
func namesOf(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "client-" + strconv.Itoa(i)
	}
	return names
}
