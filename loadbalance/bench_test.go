package loadbalance_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

func numbered(n int) []loadbalance.Endpoint[int] {
	endpoints := make([]loadbalance.Endpoint[int], n)
	for i := range endpoints {
		endpoints[i] = loadbalance.Endpoint[int]{ID: fmt.Sprint("endpoint-", i), Value: i}
	}
	return endpoints
}

func BenchmarkUint64(b *testing.B) {
	for range b.N {
		sink += rand.Uint64()
	}
}

var sink uint64

// BenchmarkPickDone keeps 16 requests in flight, as a busy client does, and ends the oldest.
func BenchmarkPickDone(b *testing.B) {
	for _, policy := range policies {
		for _, n := range []int{10, 100, 1_000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", policy.name, n), func(b *testing.B) {
				p, err := policy.make(numbered(n), nil)
				if err != nil {
					b.Fatal(err)
				}
				var inFlight [16]loadbalance.Token[int]
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					t := &inFlight[i%len(inFlight)]
					t.Done(0, loadbalance.OK)
					if *t, err = p.Pick(0, loadbalance.Request{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkPickDoneParallel(b *testing.B) {
	for _, policy := range policies {
		for _, n := range []int{10, 1_000} {
			b.Run(fmt.Sprintf("%s/%d", policy.name, n), func(b *testing.B) {
				p, err := policy.make(numbered(n), nil)
				if err != nil {
					b.Fatal(err)
				}
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						t, err := p.Pick(0, loadbalance.Request{})
						if err != nil {
							b.Error(err)
							return
						}
						t.Done(0, loadbalance.OK)
					}
				})
			})
		}
	}
}

// BenchmarkHotKey has as many requests in flight as endpoints, all for one key, so that most endpoints are full.
func BenchmarkHotKey(b *testing.B) {
	for _, n := range []int{10, 100, 1_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p, err := consistentHash(numbered(n), nil)
			if err != nil {
				b.Fatal(err)
			}
			hot := loadbalance.Request{Key: "hot"}
			for range n {
				if _, err := p.Pick(0, hot); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				t, err := p.Pick(0, hot)
				if err != nil {
					b.Fatal(err)
				}
				t.Done(0, loadbalance.OK)
			}
		})
	}
}
