package ratelimit_test

import (
	"context"
	"errors"
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

// A queue admits, and says how long to wait so that what leaves is evenly spaced.
func ExampleQueue_Take() {
	queue, err := ratelimit.NewQueue(ratelimit.PerSecond(10), 2)
	if err != nil {
		panic(err)
	}
	for range 4 {
		d := queue.Take(0, 1)
		fmt.Println(d.OK(), d.Delay(), d.RetryAfter())
	}
	// Output:
	// true 0s 0s
	// true 100ms 0s
	// true 200ms 0s
	// false 0s 100ms
}

// Waiting in vain is not begun: if the deadline comes first, the error comes at once.
func ExampleLimiter_Wait() {
	limiter, err := ratelimit.New(ratelimit.Per(1, time.Hour), 1)
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println(limiter.Wait(ctx))
	err = limiter.Wait(ctx)
	fmt.Println(err)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output:
	// <nil>
	// ratelimit: the limit is reached, and a wait must end before the context's deadline: context deadline exceeded
	// true
}

// A reservation is for who wants to know the time before deciding. What is cancelled is free for the next.
func ExampleLimiter_Reserve() {
	limiter, err := ratelimit.New(ratelimit.Per(1, time.Hour), 1)
	if err != nil {
		panic(err)
	}
	limiter.Allow()
	for range 2 {
		reservation, err := limiter.Reserve()
		if err != nil {
			panic(err)
		}
		fmt.Println("in", reservation.Wait.Round(time.Minute))
		if limiter.Cancel(&reservation) {
			fmt.Println("cancelled")
		}
	}
	// Output:
	// in 1h0m0s
	// cancelled
	// in 1h0m0s
	// cancelled
}
