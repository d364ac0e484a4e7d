package cachesim_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
)

func ExampleRead() {
	trace, err := cachesim.Read(strings.NewReader("cat\ndog\ncat\nowl\ncat\n"), cachesim.Plain)
	if err != nil {
		fmt.Println(err)
		return
	}
	misses, err := cachesim.Misses(trace, cache.LRU, 2)
	fmt.Println(len(trace.Requests), "requests,", len(trace.IDs), "keys,", misses, "misses", err)

	_, err = cachesim.Read(strings.NewReader("1\n2\nx\n"), cachesim.LIRS)
	fmt.Println(err)
	// Output:
	// 5 requests, 3 keys, 3 misses <nil>
	// cachesim: broken trace: line 3: a whole number below 2^64 is wanted: "x"
}

// A fifth of the requests are scans, 500 keys at a time, among popular keys.
func ExampleMix() {
	src := rand.NewPCG(1, 1)
	popular, err := cachesim.Zipf(0.9, 3_000, 20_000, src)
	if err != nil {
		fmt.Println(err)
		return
	}
	scan, err := cachesim.Scan(5_000)
	if err != nil {
		fmt.Println(err)
		return
	}
	trace, err := cachesim.Mix(src, cachesim.Part{Trace: popular, Burst: 1}, cachesim.Part{Trace: scan, Burst: 500})
	if err != nil {
		fmt.Println(err)
		return
	}
	lru, _ := cachesim.Misses(trace, cache.LRU, 500)
	sieve, _ := cachesim.Misses(trace, cache.SIEVE, 500)
	fmt.Println(len(trace.Requests), "requests: SIEVE misses less than LRU:", sieve < lru)
	// Output:
	// 25000 requests: SIEVE misses less than LRU: true
}
