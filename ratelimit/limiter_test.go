package ratelimit_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// bubble runs a test with a clock of its own, which goes on when all wait: nothing sleeps.
func bubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

func TestLimiterAllows(t *testing.T) {
	bubble(t, "until the burst is taken, and again as time passes", func(t *testing.T) {
		limiter := must(ratelimit.New(ratelimit.PerSecond(2), 3))
		require.True(t, limiter.Allow())
		require.True(t, limiter.AllowN(2))
		require.False(t, limiter.Allow())
		time.Sleep(500*time.Millisecond - 1)
		require.False(t, limiter.Allow())
		time.Sleep(time.Nanosecond)
		require.True(t, limiter.Peek(1).OK())
		require.True(t, limiter.Allow())
		require.False(t, limiter.Allow())
		require.Equal(t, ratelimit.Decision{Wait: 500 * time.Millisecond, ResetAfter: 1500 * time.Millisecond}, limiter.Take(1))
	})
	bubble(t, "nothing that can never be", func(t *testing.T) {
		limiter := must(ratelimit.New(ratelimit.PerSecond(2), 3))
		for _, n := range []int{0, -1, 4, math.MaxInt, math.MinInt} {
			require.False(t, limiter.AllowN(n))
		}
		require.True(t, limiter.AllowN(3), "nothing was charged")
	})
	bubble(t, "nobody whom a queue would delay, and charges nothing for it", func(t *testing.T) {
		limiter := ratelimit.WithClock(must(ratelimit.NewQueue(ratelimit.PerSecond(1), 5)))
		require.True(t, limiter.Allow())
		for range 10 {
			require.False(t, limiter.Allow(), "the exit is taken for a second")
		}
		d := limiter.Take(1)
		require.True(t, d.OK())
		require.Equal(t, time.Second, d.Delay())
		time.Sleep(2*time.Second - 1)
		require.False(t, limiter.Allow())
		time.Sleep(time.Nanosecond)
		require.True(t, limiter.Allow())
	})
	bubble(t, "with a window", func(t *testing.T) {
		limiter := ratelimit.WithClock(must(ratelimit.NewFixedWindow(1, time.Second)))
		require.True(t, limiter.Allow())
		require.False(t, limiter.Allow())
		time.Sleep(time.Second)
		require.True(t, limiter.Allow())
	})
}

// served are the times at which callers that come a millisecond apart are served, in the order in which they came.
func served(t *testing.T, limiter *ratelimit.Limiter, callers int) []time.Duration {
	start, times := time.Now(), make([]time.Duration, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			if err := limiter.Wait(t.Context()); err != nil {
				t.Errorf("caller %d: %v", i, err)
			}
			times[i] = time.Since(start)
		})
		time.Sleep(time.Millisecond)
	}
	all.Wait()
	return times
}

func TestLimiterWaits(t *testing.T) {
	ms := func(times ...int) (all []time.Duration) {
		for _, n := range times {
			all = append(all, time.Duration(n)*time.Millisecond)
		}
		return all
	}
	bubble(t, "in order, for GCRA: a burst of two, then one in 100 ms", func(t *testing.T) {
		limiter := must(ratelimit.New(ratelimit.PerSecond(10), 2))
		require.True(t, limiter.InOrder())
		require.Equal(t, ms(0, 1, 100, 200, 300), served(t, limiter, 5))
	})
	bubble(t, "in order, for a queue: one in 100 ms", func(t *testing.T) {
		limiter := ratelimit.WithClock(must(ratelimit.NewQueue(ratelimit.PerSecond(10), 4)))
		require.True(t, limiter.InOrder())
		require.Equal(t, ms(0, 100, 200, 300, 400), served(t, limiter, 5))
	})
	for _, of := range subjects[4:] {
		bubble(t, "for a "+of.name+", in any order", func(t *testing.T) {
			limiter := ratelimit.WithClock(must(of.make(ofWindow(2, time.Second))))
			require.False(t, limiter.InOrder())
			times := served(t, limiter, 6)
			require.Equal(t, ms(0, 1), times[:2])
			early := 0
			for _, at := range times {
				require.Less(t, at, 5*time.Second, "each window admits one at the least")
				if at < time.Second {
					early++
				}
			}
			require.Equal(t, 2, early)
		})
	}
	bubble(t, "for several events", func(t *testing.T) {
		limiter := must(ratelimit.New(ratelimit.PerSecond(10), 3))
		start := time.Now()
		require.NoError(t, limiter.WaitN(t.Context(), 3))
		require.NoError(t, limiter.WaitN(t.Context(), 2))
		require.Equal(t, 200*time.Millisecond, time.Since(start))
	})
}

func TestLimiterDoesNotWait(t *testing.T) {
	kinds := []struct {
		name    string
		limiter func() *ratelimit.Limiter
	}{
		{"GCRA", func() *ratelimit.Limiter { return must(ratelimit.New(ratelimit.PerSecond(1), 1)) }},
		{"queue", func() *ratelimit.Limiter {
			return ratelimit.WithClock(must(ratelimit.NewQueue(ratelimit.PerSecond(1), 9)))
		}},
		{"fixed window", func() *ratelimit.Limiter {
			return ratelimit.WithClock(must(ratelimit.NewFixedWindow(1, time.Second)))
		}},
	}
	for _, kind := range kinds {
		bubble(t, kind.name+": for a deadline that cannot be met", func(t *testing.T) {
			limiter, start := kind.limiter(), time.Now()
			require.True(t, limiter.Allow())
			ctx, cancel := context.WithTimeout(t.Context(), time.Second-1)
			defer cancel()
			err := limiter.Wait(ctx)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorIs(t, err, ratelimit.ErrRefused)
			require.EqualError(t, err, "ratelimit: the limit is reached, and a wait must end before the context's deadline: context deadline exceeded")
			require.Zero(t, time.Since(start), "at once")
			ctx, cancel = context.WithTimeout(t.Context(), time.Second+1)
			defer cancel()
			require.NoError(t, limiter.Wait(ctx), "nothing was charged, and this one can be met")
			require.Equal(t, time.Second, time.Since(start))
		})
		bubble(t, kind.name+": for what can never be", func(t *testing.T) {
			limiter, start := kind.limiter(), time.Now()
			err := limiter.WaitN(t.Context(), 20)
			require.ErrorIs(t, err, ratelimit.ErrTooLarge)
			require.EqualError(t, err, "ratelimit: a request must not exceed what the limit can ever admit at once: 20")
			err = limiter.WaitN(t.Context(), 0)
			require.ErrorIs(t, err, ratelimit.ErrNotPositive)
			require.EqualError(t, err, "ratelimit: a request must be for one event or more: 0")
			require.Zero(t, time.Since(start), "at once")
		})
		bubble(t, kind.name+": for a context that has ended", func(t *testing.T) {
			limiter := kind.limiter()
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			require.ErrorIs(t, limiter.Wait(ctx), context.Canceled)
			past, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Hour))
			defer cancel()
			require.ErrorIs(t, limiter.Wait(past), context.DeadlineExceeded)
			require.True(t, limiter.Allow(), "nothing was charged")
		})
		bubble(t, kind.name+": longer than its context lasts, and gives back", func(t *testing.T) {
			limiter, start := kind.limiter(), time.Now()
			require.True(t, limiter.Allow())
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- limiter.Wait(ctx) }()
			time.Sleep(time.Second / 2)
			cancel()
			require.ErrorIs(t, <-done, context.Canceled)
			require.Equal(t, time.Second/2, time.Since(start))
			require.NoError(t, limiter.Wait(t.Context()))
			require.Equal(t, time.Second, time.Since(start), "as if nobody had waited")
		})
	}
}

// Who came later keeps the time that was given, though somebody before gives up.
func TestLimiterKeepsTheOrderWhenOneGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter, start := must(ratelimit.New(ratelimit.PerSecond(1), 1)), time.Now()
		require.True(t, limiter.Allow())
		ctx, cancel := context.WithCancel(t.Context())
		first, second := make(chan error), make(chan time.Duration)
		go func() { first <- limiter.Wait(ctx) }()
		synctest.Wait()
		go func() {
			err := limiter.Wait(t.Context())
			if err != nil {
				t.Error(err)
			}
			second <- time.Since(start)
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-first, context.Canceled)
		require.Equal(t, 2*time.Second, <-second)
	})
}

func TestLimiterReserves(t *testing.T) {
	bubble(t, "with GCRA", func(t *testing.T) {
		limiter := must(ratelimit.New(ratelimit.PerSecond(1), 1))
		first, err := limiter.Reserve()
		require.NoError(t, err)
		require.Zero(t, first.Wait)
		second, err := limiter.Reserve()
		require.NoError(t, err)
		require.Equal(t, time.Second, second.Wait)
		require.False(t, limiter.Cancel(&first), "the second counts on it")
		require.True(t, limiter.Cancel(&second))
		require.False(t, limiter.Cancel(&second))
		time.Sleep(time.Second)
		require.True(t, limiter.Allow())
		_, err = limiter.ReserveN(2)
		require.ErrorIs(t, err, ratelimit.ErrTooLarge)
		require.EqualError(t, err, "ratelimit: a request must not exceed what the limit can ever admit at once: 2")
		_, err = limiter.ReserveN(-3)
		require.ErrorIs(t, err, ratelimit.ErrNotPositive)
		require.EqualError(t, err, "ratelimit: a request must be for one event or more: -3")
	})
	bubble(t, "what has happened, which a deferred Cancel does not take back", func(t *testing.T) {
		limiter := must(ratelimit.New(ratelimit.PerSecond(1), 1))
		for range 2 {
			r, err := limiter.Reserve()
			require.NoError(t, err)
			time.Sleep(r.Wait + 1)
			require.False(t, limiter.Cancel(&r))
			require.False(t, limiter.Allow(), "the event is charged")
		}
		r, err := limiter.Reserve()
		require.NoError(t, err)
		time.Sleep(r.Wait)
		require.True(t, limiter.Cancel(&r), "at the time itself it is still to be decided")
		require.True(t, limiter.Allow())
		require.False(t, limiter.Cancel(nil))
	})
	bubble(t, "not in a full queue", func(t *testing.T) {
		limiter := ratelimit.WithClock(must(ratelimit.NewQueue(ratelimit.PerSecond(1), 0)))
		require.True(t, limiter.Allow())
		_, err := limiter.Reserve()
		require.ErrorIs(t, err, ratelimit.ErrRefused)
		require.EqualError(t, err, "ratelimit: the limit is reached, and no more may wait")
	})
	bubble(t, "not with a window, nor with what keeps no order", func(t *testing.T) {
		for i, want := range map[int]string{1: "TokenBucket", 2: "LeakyBucket", 4: "FixedWindow", 5: "SlidingLog", 6: "SlidingCounter"} {
			limiter := ratelimit.WithClock(must(subjects[i].make(setting{events: 1, per: time.Second, burst: 1})))
			r, err := limiter.ReserveN(1)
			require.ErrorIs(t, err, errors.ErrUnsupported)
			require.EqualError(t, err, "ratelimit: to reserve takes a Reserver: *ratelimit."+want+": unsupported operation")
			require.False(t, r.OK())
			require.True(t, limiter.Allow(), "nothing was charged")
		}
	})
}

func TestLimiterSetsItsLimit(t *testing.T) {
	bubble(t, "of a rate and a burst", func(t *testing.T) {
		for _, of := range subjects[:4] {
			limiter := ratelimit.WithClock(must(of.make(setting{events: 1, per: time.Second, burst: 2})))
			require.True(t, limiter.Take(2).OK())
			burst := 2
			if of.name == "queue" {
				burst = 1 // may wait
			}
			require.NoError(t, limiter.SetLimit(ratelimit.PerSecond(10), burst))
			owesTwo := ratelimit.Decision{Wait: 100 * time.Millisecond, ResetAfter: 200 * time.Millisecond}
			require.Equal(t, owesTwo, limiter.Peek(1), of.name)
			time.Sleep(100 * time.Millisecond)
			require.True(t, limiter.Take(1).OK(), of.name)
			require.Error(t, limiter.SetLimit(ratelimit.Rate{}, 2))
		}
	})
	bubble(t, "not of windows", func(t *testing.T) {
		for i, want := range map[int]string{4: "FixedWindow", 5: "SlidingLog", 6: "SlidingCounter"} {
			limiter := ratelimit.WithClock(must(subjects[i].make(ofWindow(1, time.Second))))
			err := limiter.SetLimit(ratelimit.PerSecond(1), 1)
			require.ErrorIs(t, err, errors.ErrUnsupported)
			require.EqualError(t, err, "ratelimit: to set rate and burst takes an algorithm that has them: *ratelimit."+want+": unsupported operation")
		}
	})
}

// What was set can be asked for, in the words in which it was set.
func TestLimiterTellsItsLimit(t *testing.T) {
	for i, of := range subjects {
		algorithm := must(of.make(setting{events: 7, per: time.Minute, burst: 3}))
		limiter := ratelimit.WithClock(algorithm)
		limit, ok := limiter.Limit()
		require.Equal(t, i < 4, ok, of.name)
		if !ok {
			require.Zero(t, limit, of.name)
			continue
		}
		want := ratelimit.Limit{Rate: ratelimit.Per(7, time.Minute), Burst: 3}
		if of.name == "queue" {
			want.Burst = 2 // may wait
		}
		require.Equal(t, want, limit, of.name)
		require.NoError(t, limiter.SetLimit(ratelimit.PerSecond(5), 9))
		limit, _ = limiter.Limit()
		require.Equal(t, ratelimit.Limit{Rate: ratelimit.PerSecond(5), Burst: 9}, limit, of.name)
	}
}

// A limiter without an algorithm refuses, and says why.
func TestLimiterOfNothing(t *testing.T) {
	limiter := ratelimit.WithClock(nil)
	require.False(t, limiter.Allow())
	require.ErrorIs(t, limiter.Take(1).Err(), ratelimit.ErrNoLimit)
	require.ErrorIs(t, limiter.Peek(1).Err(), ratelimit.ErrNoLimit)
	require.ErrorIs(t, limiter.Wait(t.Context()), ratelimit.ErrNoLimit)
	_, err := limiter.Reserve()
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorIs(t, limiter.SetLimit(ratelimit.PerSecond(1), 1), errors.ErrUnsupported)
	_, ok := limiter.Limit()
	require.False(t, ok)
}

// A limiter reads the clock of its bubble from its own start, whenever it was made.
func TestLimiterBeginsAtZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(48 * time.Hour)
		seen := &lastNow{}
		limiter := ratelimit.WithClock(seen)
		limiter.Allow()
		require.Zero(t, seen.now)
		time.Sleep(time.Minute)
		limiter.Allow()
		require.Equal(t, time.Minute, seen.now)
	})
}

// lastNow is an algorithm that refuses, and remembers when.
type lastNow struct{ now time.Duration }

func (l *lastNow) Take(now time.Duration, _ int) ratelimit.Decision {
	l.now = now
	return ratelimit.Decision{}
}

func (l *lastNow) Peek(now time.Duration, n int) ratelimit.Decision { return l.Take(now, n) }

// No limiter starts a goroutine, nor leaves one behind.
func TestLimiterStartsNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, of := range subjects {
		limiter := ratelimit.WithClock(must(of.make(setting{events: 1000, per: time.Second, burst: 3})))
		for range 10 {
			limiter.Allow()
			limiter.Take(1)
		}
		if r, err := limiter.Reserve(); err == nil {
			limiter.Cancel(&r)
		}
	}
	require.Equal(t, before, runtime.NumGoroutine())
}
