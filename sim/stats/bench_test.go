package stats_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// latencies are exponential times with a mean of 10 ms.
func latencies(n int) []time.Duration {
	r := rand.New(rand.NewPCG(1, 2))
	ds := make([]time.Duration, n)
	for i := range ds {
		ds[i] = time.Duration(r.ExpFloat64() * float64(10*time.Millisecond))
	}
	return ds
}

func BenchmarkHistogramRecord(b *testing.B) {
	const n = 1 << 12 // a power of two, so that the remainder costs next to nothing
	ds := latencies(n)
	var h stats.Histogram
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		h.Record(ds[i%n])
	}
}

func BenchmarkHistogramQuantile(b *testing.B) {
	h := recorded(latencies(100_000)...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Quantile(0.99); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHistogramMerge(b *testing.B) {
	h, other := new(stats.Histogram), recorded(latencies(1000)...)
	b.ReportAllocs()
	for b.Loop() {
		h.Merge(other)
	}
}

func BenchmarkMSER5(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		xs := autoregressive(rand.New(rand.NewPCG(1, 2)), phi, n)
		b.Run(fmt.Sprintf("observations=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := stats.MSER5(xs); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMeanInterval(b *testing.B) {
	for _, n := range []int{10, 1000} {
		xs := autoregressive(rand.New(rand.NewPCG(1, 2)), phi, n)
		b.Run(fmt.Sprintf("observations=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := stats.MeanInterval(xs, stats.Charted); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
