package hashring_test

import (
	"fmt"
	"testing"

	"github.com/cespare/xxhash/v2"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// benchKeys are few enough for the caches, in one piece of memory, so that reading them costs the bare hash and a lookup the same.
var benchKeys = func() (keys [4096]string) {
	var all []byte
	for i := range keys {
		all = fmt.Appendf(all, "user:%08d", i)
	}
	s := string(all)
	for i := range keys {
		keys[i] = s[len(s)/len(keys)*i : len(s)/len(keys)*(i+1)]
	}
	return keys
}()

func named(n int) []hashring.Member {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("node-%05d", i)
	}
	return hashring.Named(names...)
}

var sink int

// BenchmarkOwner has the bare hash of the key beside the placements, for the ratio.
func BenchmarkOwner(b *testing.B) {
	b.Run("xxhash", func(b *testing.B) {
		for i := range b.N {
			sink += int(xxhash.Sum64String(benchKeys[i%len(benchKeys)]))
		}
	})
	for _, n := range []int{10, 100, 1_000, 10_000} {
		for _, c := range []struct {
			name   string
			scheme hashring.Scheme
			most   int // nodes
		}{
			{"ring", hashring.OnRing(hashring.RingOptions{}), 10_000},
			{"jump", hashring.ByJump(hashring.Hashing{}), 10_000},
			{"anchor", hashring.ByAnchor(n+n/10, hashring.Hashing{}), 10_000},
			{"maglev", hashring.ByMaglev(hashring.MaglevOptions{}), 10_000},
			{"slots", hashring.BySlots(), 10_000},
			{"rendezvous", hashring.ByRendezvous(hashring.Hashing{}), 1_000},
		} {
			if n > c.most {
				continue
			}
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				p, err := c.scheme(named(n))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					sink += p.Owner(benchKeys[i%len(benchKeys)])
				}
			})
		}
	}
}

// BenchmarkBuild makes a ring of 160 points a node.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("ring/%d", n), func(b *testing.B) {
			members := named(n)
			b.ReportAllocs()
			for range b.N {
				if _, err := hashring.NewRing(members, hashring.RingOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
