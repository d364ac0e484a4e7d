package ratelimit_test

import (
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// A service admits 100 requests a second, and up to 20 at once.
func Example() {
	limiter, err := ratelimit.New(ratelimit.PerSecond(100), 20)
	if err != nil {
		panic(err)
	}
	if !limiter.Allow() {
		fmt.Println("429 Too Many Requests")
		return
	}
	fmt.Println("200 OK")
	// Output: 200 OK
}

// The whole decision is what a server's headers say.
func ExampleGCRA_Take() {
	limit, err := ratelimit.NewGCRA(ratelimit.Per(10, time.Minute), 2)
	if err != nil {
		panic(err)
	}
	for range 3 {
		d := limit.Take(0, 1)
		fmt.Println(d.OK(), d.Remaining, d.RetryAfter(), d.ResetAfter)
	}
	// Output:
	// true 1 0s 6s
	// true 0 0s 12s
	// false 0 6s 12s
}
