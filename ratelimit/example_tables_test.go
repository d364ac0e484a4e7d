package ratelimit_test

import (
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// A service limits each client. In production now is time.Since(start).
func ExampleKeyed() {
	clients, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[string]{
		Capacity: 1_000_000,
		Limits:   []ratelimit.Limit{{Rate: ratelimit.Per(10, time.Minute), Burst: 2}},
	})
	if err != nil {
		panic(err)
	}
	now := time.Duration(0)
	for _, client := range []string{"alice", "alice", "alice", "bob"} {
		d := clients.Take(now, client, 1)
		fmt.Println(client, d.OK(), d.RetryAfter())
	}
	// Output:
	// alice true 0s
	// alice true 0s
	// alice false 6s
	// bob true 0s
}

// Where keys are too many to store, a few megabytes do, at a small chance that somebody is refused for what others did.
func ExampleSketch() {
	addresses, err := ratelimit.NewSketch(ratelimit.SketchConfig[string]{
		Limit: ratelimit.Limit{Rate: ratelimit.PerSecond(1), Burst: 1},
		Rows:  4,
		Width: 1 << 16, // 4 x 65,536 cells of 8 bytes: 2 MiB
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(addresses.Take(0, "192.0.2.1", 1).OK())
	fmt.Println(addresses.Take(0, "192.0.2.1", 1).OK())
	fmt.Printf("%.4f\n", addresses.Error(10_000))
	// Output:
	// true
	// false
	// 0.0004
}

// A request must be within the limit of its client, and all together within that of the service.
func ExampleComposed() {
	type request struct{ client, route string }
	clients, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[string]{
		Capacity: 10_000,
		Limits:   []ratelimit.Limit{{Rate: ratelimit.PerSecond(1), Burst: 2}},
	})
	if err != nil {
		panic(err)
	}
	limits, err := ratelimit.NewComposed(
		ratelimit.By("client", clients, func(r request) string { return r.client }),
		ratelimit.Whole[request]("everybody", ratelimit.Limit{Rate: ratelimit.PerSecond(10), Burst: 3}),
	)
	if err != nil {
		panic(err)
	}
	for _, client := range []string{"alice", "alice", "alice", "bob", "carol"} {
		d, binding := limits.Take(0, request{client, "/login"}, 1)
		fmt.Println(client, d.OK(), binding, d.RetryAfter())
	}
	// Output:
	// alice true client 0s
	// alice true client 0s
	// alice false client 1s
	// bob true everybody 0s
	// carol false everybody 100ms
}

// Ten events among four who want 2, 3, 4 and 9 of them.
func ExampleMaxMin() {
	got, err := ratelimit.MaxMin(10, []int{2, 3, 4, 9}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(got)
	// Output: [2 3 3 2]
}

// Alice wants nine of ten events a second, bob three. In the second period each gets a fair part, whoever comes first.
func ExampleSharing() {
	shared, err := ratelimit.NewSharing(ratelimit.SharingConfig[string]{
		Limit:   ratelimit.Limit{Rate: ratelimit.PerSecond(10), Burst: 21},
		Period:  time.Second,
		Split:   ratelimit.MaxMin,
		Clients: 100,
	})
	if err != nil {
		panic(err)
	}
	for _, now := range []time.Duration{0, time.Second} {
		got := map[string]int{}
		for i := range 12 {
			client := "alice"
			if i >= 9 {
				client = "bob"
			}
			if shared.Take(now, client, 1).OK() {
				got[client]++
			}
		}
		fmt.Println(now, "alice", got["alice"], "bob", got["bob"])
	}
	// Output:
	// 0s alice 9 bob 1
	// 1s alice 7 bob 3
}
