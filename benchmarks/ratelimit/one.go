package main

import (
	"context"
	"time"

	"github.com/failsafe-go/failsafe-go/ratelimiter"
	juju "github.com/juju/ratelimit"
	"github.com/sethvargo/go-limiter/memorystore"
	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"
	uber "go.uber.org/ratelimit"
	"golang.org/x/time/rate"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// limit is what all are asked for: one event in each interval, and so many at once.
type limit struct {
	interval time.Duration
	burst    int
}

var (
	// One event a nanosecond is more than anybody can ask for, so each request is admitted, by the clock of a peer too.
	generous = limit{time.Nanosecond, 1_000_000_000}
	// After the first one, each request is refused.
	strict = limit{time.Hour, 1}
)

// run asks so many times for one event, each a nanosecond of the passed clock after the one before, the first a nanosecond after from. It
// returns how many were admitted. Each contender has its own loop, so that nobody pays for an interface.
type run func(from time.Duration, calls int) (admitted int)

// contender is one way to ask whether an event may happen now.
type contender struct {
	name  string
	clock string // who reads it
	make  func(limit) run
	waits bool // instead of refusing, so there is no refusal to measure
}

// The clock of a contender: most can be told what time it is.
const (
	passed   = "passed"
	injected = "injected" // a function that the contender calls, at no cost worth mentioning
	read     = "read"     // by the contender itself, which costs it some 25 to 50 ns
)

const reference = "x/time/rate AllowN" // whom the others are compared with

var contenders = []contender{
	{name: reference, clock: passed, make: func(l limit) run {
		x := rate.NewLimiter(rate.Every(l.interval), l.burst)
		begin := time.Now()
		return func(from time.Duration, calls int) (admitted int) {
			now := begin.Add(from)
			for range calls {
				now = now.Add(1)
				if x.AllowN(now, 1) {
					admitted++
				}
			}
			return admitted
		}
	}},
	{name: "GCRA.Take", clock: passed, make: func(l limit) run {
		g := must(ratelimit.NewGCRA(ratelimit.Every(l.interval), l.burst))
		return func(from time.Duration, calls int) (admitted int) {
			for range calls {
				from++
				if d := g.Take(from, 1); d.OK() {
					admitted++
				}
			}
			return admitted
		}
	}},
	{name: "TokenBucket.Take", clock: passed, make: func(l limit) run {
		b := must(ratelimit.NewTokenBucket(ratelimit.Every(l.interval), l.burst))
		return func(from time.Duration, calls int) (admitted int) {
			for range calls {
				from++
				if d := b.Take(from, 1); d.OK() {
					admitted++
				}
			}
			return admitted
		}
	}},
	{name: "throttled", clock: injected, make: func(l limit) run {
		clock := &clock{epoch}
		store := must(memstore.New(0))
		store.SetTimeNow(clock.Now)
		x := must(throttled.NewGCRARateLimiterCtx(throttled.WrapStoreWithContext(store), throttled.RateQuota{
			MaxRate:  throttled.PerDuration(1, l.interval),
			MaxBurst: l.burst - 1,
		}))
		return func(from time.Duration, calls int) (admitted int) {
			ctx := context.Background()
			for range calls {
				limited, _, err := x.RateLimitCtx(ctx, "key", 1)
				if !limited && err == nil {
					admitted++
				}
			}
			return admitted
		}
	}},
	{name: "juju", clock: injected, make: func(l limit) run {
		x := juju.NewBucketWithClock(l.interval, int64(l.burst), &clock{epoch})
		return func(from time.Duration, calls int) (admitted int) {
			for range calls {
				admitted += int(x.TakeAvailable(1))
			}
			return admitted
		}
	}},
	{name: "uber", clock: injected, waits: true, make: func(l limit) run {
		clock := &clock{epoch}
		x := uber.New(1, uber.Per(l.interval), uber.WithSlack(l.burst-1), uber.WithClock(clock))
		x.Take()
		clock.now = epoch.Add(time.Hour) // its burst has to be saved up
		return func(from time.Duration, calls int) (admitted int) {
			for range calls {
				x.Take()
			}
			return calls
		}
	}},
	{name: "Limiter.Allow", clock: read, make: func(l limit) run {
		x := must(ratelimit.New(ratelimit.Every(l.interval), l.burst))
		return func(from time.Duration, calls int) (admitted int) {
			for range calls {
				if x.Allow() {
					admitted++
				}
			}
			return admitted
		}
	}},
	{name: "x/time/rate Allow", clock: read, make: func(l limit) run {
		x := rate.NewLimiter(rate.Every(l.interval), l.burst)
		return func(from time.Duration, calls int) (admitted int) {
			for range calls {
				if x.Allow() {
					admitted++
				}
			}
			return admitted
		}
	}},
	{name: "go-limiter", clock: read, make: func(l limit) run {
		x := must(memorystore.New(&memorystore.Config{Tokens: uint64(l.burst), Interval: max(time.Hour, l.interval*time.Duration(l.burst))}))
		return func(from time.Duration, calls int) (admitted int) {
			ctx := context.Background()
			for range calls {
				if _, _, _, ok, err := x.Take(ctx, "key"); ok && err == nil {
					admitted++
				}
			}
			return admitted
		}
	}},
	{name: "failsafe-go bursty", clock: read, make: func(l limit) run {
		x := ratelimiter.NewBursty[any](uint(l.burst), l.interval*time.Duration(l.burst))
		return func(from time.Duration, calls int) (admitted int) {
			for range calls {
				if x.TryAcquirePermit() {
					admitted++
				}
			}
			return admitted
		}
	}},
}

// clock stands for a reader of the time that costs nothing. It stands still: with a generous burst, that makes no difference.
type clock struct{ now time.Time }

var epoch = time.Unix(1_000_000_000, 0)

func (c *clock) Now() time.Time      { return c.now }
func (c *clock) Sleep(time.Duration) {}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
