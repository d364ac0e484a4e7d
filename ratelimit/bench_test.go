package ratelimit_test

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// The compiler keeps a struct in registers, and takes its fields apart, up to four fields and four words (ssagen and ssa: CanSSA).
func TestADecisionFitsInRegisters(t *testing.T) {
	require.LessOrEqual(t, reflect.TypeFor[ratelimit.Decision]().NumField(), 4)
	require.LessOrEqual(t, unsafe.Sizeof(ratelimit.Decision{}), 4*unsafe.Sizeof(uintptr(0)))
}

// benched are the algorithms, generous ones of which admit a request a nanosecond, and strict ones, one an hour.
var benched = []struct {
	name             string
	generous, strict func() (ratelimit.Algorithm, error)
}{
	{"gcra",
		func() (ratelimit.Algorithm, error) { return ratelimit.NewGCRA(ratelimit.Every(1), 1e9) },
		func() (ratelimit.Algorithm, error) { return ratelimit.NewGCRA(ratelimit.Every(time.Hour), 1) }},
	{"gcra-thirds", // of a nanosecond: what a rate costs that takes a finer unit
		func() (ratelimit.Algorithm, error) { return ratelimit.NewGCRA(ratelimit.Per(3, 10), 1e9) },
		func() (ratelimit.Algorithm, error) { return ratelimit.NewGCRA(ratelimit.Per(3, 10*time.Hour+1), 1) }},
	{"token-bucket",
		func() (ratelimit.Algorithm, error) { return ratelimit.NewTokenBucket(ratelimit.Every(1), 1e9) },
		func() (ratelimit.Algorithm, error) { return ratelimit.NewTokenBucket(ratelimit.Every(time.Hour), 1) }},
	{"leaky-bucket",
		func() (ratelimit.Algorithm, error) { return ratelimit.NewLeakyBucket(ratelimit.Every(1), 1e9) },
		func() (ratelimit.Algorithm, error) { return ratelimit.NewLeakyBucket(ratelimit.Every(time.Hour), 1) }},
	{"queue",
		func() (ratelimit.Algorithm, error) { return ratelimit.NewQueue(ratelimit.Every(1), 1e9) },
		func() (ratelimit.Algorithm, error) { return ratelimit.NewQueue(ratelimit.Every(time.Hour), 0) }},
	{"fixed-window",
		func() (ratelimit.Algorithm, error) { return ratelimit.NewFixedWindow(1e9, time.Second) },
		func() (ratelimit.Algorithm, error) { return ratelimit.NewFixedWindow(1, time.Hour) }},
	{"sliding-counter",
		func() (ratelimit.Algorithm, error) { return ratelimit.NewSlidingCounter(1e9, time.Second) },
		func() (ratelimit.Algorithm, error) { return ratelimit.NewSlidingCounter(1, time.Hour) }},
	{"sliding-log", // short, or else its ring would be what is measured
		func() (ratelimit.Algorithm, error) { return ratelimit.NewSlidingLog(1_000, 100) },
		func() (ratelimit.Algorithm, error) { return ratelimit.NewSlidingLog(1, time.Hour) }},
}

// eachTake measures Take of each algorithm, admitted and refused. What is measured gets the algorithm and the answer to expect.
func eachTake(b *testing.B, measure func(b *testing.B, a ratelimit.Algorithm, ok bool)) {
	for _, c := range benched {
		for _, ok := range []bool{true, false} {
			name, construct := c.name+"/admitted", c.generous
			if !ok {
				name, construct = c.name+"/refused", c.strict
			}
			b.Run(name, func(b *testing.B) {
				a, err := construct()
				if err != nil {
					b.Fatal(err)
				}
				a.Take(0, 1)
				b.ReportAllocs()
				b.ResetTimer()
				measure(b, a, ok)
			})
		}
	}
}

func BenchmarkTake(b *testing.B) {
	eachTake(b, func(b *testing.B, a ratelimit.Algorithm, ok bool) {
		for i := range b.N {
			if a.Take(time.Duration(i+1), 1).OK() != ok {
				b.Fatal("the answer is another one than the benchmark is about")
			}
		}
	})
}

func BenchmarkTakeParallel(b *testing.B) {
	eachTake(b, func(b *testing.B, a ratelimit.Algorithm, ok bool) {
		if _, log := a.(*ratelimit.SlidingLog); log && ok {
			b.Skip("goroutines do not keep step, so that no short log admits all")
		}
		b.RunParallel(func(pb *testing.PB) {
			for now := time.Duration(1); pb.Next(); now++ {
				if a.Take(now, 1).OK() != ok {
					b.Error("the answer is another one than the benchmark is about")
					return
				}
			}
		})
	})
}

func BenchmarkLimiter(b *testing.B) {
	l, err := ratelimit.New(ratelimit.Every(1), 1e9)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("allow", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			l.Allow()
		}
	})
	b.Run("take", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			l.Take(1)
		}
	})
	b.Run("wait", func(b *testing.B) { // of those who need not
		b.ReportAllocs()
		for range b.N {
			if err := l.Wait(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reserve-cancel", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			r, err := l.Reserve()
			if err != nil {
				b.Fatal(err)
			}
			l.Cancel(&r)
		}
	})
}

// sizes are numbers of keys, powers of two: their state is in a processor's own cache, in a shared one, in memory.
var sizes = []int{1 << 10, 1 << 17, 1 << 20}

// scattered goes through the numbers below a power of two, in an order that leaves no two neighbours together.
func scattered(i, size int) int { return i * 1_664_525 & (size - 1) }

func BenchmarkKeyed(b *testing.B) {
	benchKeyed(b, "uint64", func(i int) uint64 { return uint64(i) })
	names := make([]string, sizes[len(sizes)-1])
	for i := range names {
		names[i] = "client-" + strconv.Itoa(i)
	}
	benchKeyed(b, "string", func(i int) string { return names[i] }) // which is memory to go through, too
}

func benchKeyed[K comparable](b *testing.B, kind string, key func(i int) K) {
	for _, size := range sizes {
		for _, c := range []struct {
			name  string
			limit ratelimit.Limit
			step  time.Duration // of the clock, from request to request
			ok    bool
		}{
			{"admitted", ratelimit.Limit{Rate: ratelimit.Every(time.Second), Burst: 1e9}, 1, true},
			{"refused", ratelimit.Limit{Rate: ratelimit.Every(time.Hour), Burst: 1}, 0, false},
		} {
			table, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[K]{Capacity: size, Limits: []ratelimit.Limit{c.limit}})
			if err != nil {
				b.Fatal(err)
			}
			for i := range size {
				table.Take(0, key(i), 1)
			}
			take := func(b *testing.B, i int) bool {
				if table.Take(c.step*time.Duration(i+1), key(scattered(i, size)), 1).OK() != c.ok {
					b.Error("the answer is another one than the benchmark is about")
					return false
				}
				return true
			}
			b.Run(fmt.Sprintf("%s/%d/%s", kind, size, c.name), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; i < b.N && take(b, i); i++ {
				}
			})
			b.Run(fmt.Sprintf("%s/%d/%s-parallel", kind, size, c.name), func(b *testing.B) {
				var goroutines atomic.Int64
				b.RunParallel(func(pb *testing.PB) {
					for i := int(goroutines.Add(1)) * size / 8; pb.Next() && take(b, i); i++ {
					}
				})
			})
		}
	}
}

// BenchmarkKeyedNewcomers is about keys that come once: each takes the place of one that owes nothing any more.
func BenchmarkKeyedNewcomers(b *testing.B) {
	for _, size := range sizes {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			table, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[uint64]{Capacity: size, Limits: []ratelimit.Limit{{Rate: ratelimit.Every(1), Burst: 1}}})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if !table.Take(time.Duration(i), uint64(i), 1).OK() {
					b.Fatal("a newcomer was refused")
				}
			}
		})
	}
}

func BenchmarkSketch(b *testing.B) {
	for _, size := range sizes {
		for _, rows := range []int{1, 4} {
			b.Run(fmt.Sprintf("%d/rows-%d", size, rows), func(b *testing.B) {
				sketch, err := ratelimit.NewSketch(ratelimit.SketchConfig[uint64]{
					Limit: ratelimit.Limit{Rate: ratelimit.Every(1), Burst: 1e9}, Rows: rows, Width: size,
				})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					sketch.Take(time.Duration(i), uint64(scattered(i, size)), 1)
				}
			})
		}
	}
}

func BenchmarkComposed(b *testing.B) {
	type request struct{ client, route uint64 }
	for _, size := range sizes {
		generous := ratelimit.Limit{Rate: ratelimit.Every(1), Burst: 1e9}
		newTable := func(capacity int) *ratelimit.Keyed[uint64] {
			table, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[uint64]{Capacity: capacity, Limits: []ratelimit.Limit{generous}})
			if err != nil {
				b.Fatal(err)
			}
			return table
		}
		composed, err := ratelimit.NewComposed(
			ratelimit.By("client", newTable(size), func(r request) uint64 { return r.client }),
			ratelimit.By("route", newTable(100), func(r request) uint64 { return r.route }),
			ratelimit.Whole[request]("everybody", generous),
		)
		if err != nil {
			b.Fatal(err)
		}
		ask := func(i int) {
			composed.Take(time.Duration(i), request{uint64(scattered(i, size)), uint64(i % 100)}, 1)
		}
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				ask(i)
			}
		})
		b.Run(strconv.Itoa(size)+"-parallel", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					ask(i)
				}
			})
		})
	}
}

func BenchmarkSharing(b *testing.B) {
	for _, clients := range []int{8, 1 << 10} {
		b.Run(strconv.Itoa(clients), func(b *testing.B) {
			sharing, err := ratelimit.NewSharing(ratelimit.SharingConfig[int]{
				Limit: ratelimit.Limit{Rate: ratelimit.Every(time.Microsecond), Burst: 1e6}, Period: 100 * time.Millisecond,
				Split: ratelimit.MaxMin, Clients: clients,
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				sharing.Take(time.Duration(i)*time.Microsecond, scattered(i, clients), 1)
			}
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	for _, clients := range []int{8, 1 << 10} {
		wanted := make([]int, clients)
		for i := range wanted {
			wanted[i] = scattered(i, clients)
		}
		for _, c := range []struct {
			name  string
			split ratelimit.Split
		}{{"max-min", ratelimit.MaxMin}, {"proportional", ratelimit.Proportional}} {
			b.Run(fmt.Sprintf("%s/%d", c.name, clients), func(b *testing.B) {
				for range b.N {
					if _, err := c.split(clients*clients/4, wanted, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
