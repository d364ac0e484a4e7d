package cachesim

import (
	"container/list"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/cache"
)

// benchmarkTrace is a million requests for up to 100,000 keys of Zipf 1, by ids that look like hashes: all different in all bits.
func benchmarkTrace(b *testing.B) (Trace, []uint64) {
	b.Helper()
	trace, err := Zipf(1, 100_000, 1_000_000, rand.NewPCG(1, 1))
	require.NoError(b, err)
	all := ids(trace)
	for i, id := range all {
		all[i] = (id + 1) * 0x9E3779B97F4A7C15
	}
	trace, err = Intern(all)
	require.NoError(b, err)
	return trace, all
}

const benchmarkCapacity = 10_000

func BenchmarkMisses(b *testing.B) {
	trace, _ := benchmarkTrace(b)
	for _, of := range []struct {
		name  string
		build cache.Builder
	}{
		{"LRU", cache.LRU}, {"FIFO", cache.FIFO}, {"CLOCK", cache.Clock}, {"SIEVE", cache.SIEVE}, {"S3-FIFO", cache.S3FIFO}, {"ARC", cache.ARC}, {"W-TinyLFU", cache.WTinyLFU},
	} {
		b.Run(of.name, func(b *testing.B) {
			for range b.N {
				_, err := Misses(trace, of.build, benchmarkCapacity)
				require.NoError(b, err)
			}
			perSecond(b, len(trace.Requests))
		})
	}
}

func perSecond(b *testing.B, requests int) {
	b.ReportMetric(float64(requests)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrequests/s")
}

// BenchmarkArbitraryKeys is what a simulation of LRU costs from the ids on: numbering them first, or with a map and a list as is usual.
func BenchmarkArbitraryKeys(b *testing.B) {
	_, all := benchmarkTrace(b)
	var want int
	b.Run("interned", func(b *testing.B) {
		for range b.N {
			trace, err := Intern(all)
			require.NoError(b, err)
			want, err = Misses(trace, cache.LRU, benchmarkCapacity)
			require.NoError(b, err)
		}
		perSecond(b, len(all))
	})
	b.Run("map and list", func(b *testing.B) {
		got := 0
		for range b.N {
			got = missesByMapAndList(all, benchmarkCapacity)
		}
		perSecond(b, len(all))
		if want != 0 {
			require.Equal(b, want, got)
		}
	})
}

// missesByMapAndList is the LRU of a textbook.
func missesByMapAndList(ids []uint64, capacity int) int {
	where := make(map[uint64]*list.Element, capacity)
	order := list.New()
	misses := 0
	for _, id := range ids {
		if e, ok := where[id]; ok {
			order.MoveToFront(e)
			continue
		}
		misses++
		if order.Len() == capacity {
			delete(where, order.Remove(order.Back()).(uint64))
		}
		where[id] = order.PushFront(id)
	}
	return misses
}

func BenchmarkOptimal(b *testing.B) {
	trace, _ := benchmarkTrace(b)
	for range b.N {
		_, err := Optimal(trace, benchmarkCapacity)
		require.NoError(b, err)
	}
	perSecond(b, len(trace.Requests))
}
