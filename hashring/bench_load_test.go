package hashring_test

import (
	"fmt"
	"testing"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

func manyNamed(n int) []hashring.Member {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("node-", i)
	}
	return hashring.Named(names...)
}

// BenchmarkBounded picks and ends; hot: all requests in flight are for one key, as many as nodes, so that most nodes are full.
func BenchmarkBounded(b *testing.B) {
	for _, n := range []int{10, 100, 1_000} {
		for _, kind := range under[:2] {
			p, err := hashring.OnRing(hashring.RingOptions{})(manyNamed(n))
			if kind.name == "rendezvous" {
				p, err = kind.make(manyNamed(n))
			}
			if err != nil {
				b.Fatal(err)
			}
			for _, hot := range []bool{false, true} {
				b.Run(fmt.Sprintf("%s/%d/hot=%v", kind.name, n, hot), func(b *testing.B) {
					bounded, err := hashring.NewBounded(p, 0.25)
					if err != nil {
						b.Fatal(err)
					}
					for range n {
						bounded.Pick("hot")
					}
					key := "cold"
					if hot {
						key = "hot"
					}
					b.ReportAllocs()
					for b.Loop() {
						token := bounded.Pick(key)
						token.Done()
					}
				})
			}
		}
	}
}

func BenchmarkBoundedParallel(b *testing.B) {
	p, err := hashring.OnRing(hashring.RingOptions{})(manyNamed(100))
	if err != nil {
		b.Fatal(err)
	}
	bounded, err := hashring.NewBounded(p, 0.25)
	if err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			token := bounded.Pick("key")
			token.Done()
		}
	})
}

func BenchmarkTopK(b *testing.B) {
	keys := make([]string, 1<<16)
	for i := range keys {
		keys[i] = fmt.Sprint("key-", i*i%65_521/(1+i%50))
	}
	for _, k := range []int{10, 100, 10_000} {
		b.Run(fmt.Sprint(k), func(b *testing.B) {
			top, err := hashring.NewTopK[string](k)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				top.Observe(keys[i&(1<<16-1)])
				i++
			}
		})
	}
}

func BenchmarkSalt(b *testing.B) {
	salt, err := hashring.NewSalt(8)
	if err != nil {
		b.Fatal(err)
	}
	buffer, n := make([]byte, 0, 64), uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		buffer = salt.AppendKey(buffer[:0], "user:42", n)
		n++
	}
}

func BenchmarkShuffle(b *testing.B) {
	for _, n := range []int{10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, err := hashring.NewShuffle(manyNamed(n), 4, hashring.ShuffleOptions{})
			if err != nil {
				b.Fatal(err)
			}
			dst := make([]int, 0, 4)
			b.ReportAllocs()
			for b.Loop() {
				dst = s.AppendNodes(dst[:0], "tenant")
			}
		})
	}
}

func BenchmarkPointsFor(b *testing.B) {
	for b.Loop() {
		if _, err := hashring.PointsFor(1000, 1.05, 0.99); err != nil {
			b.Fatal(err)
		}
	}
}
