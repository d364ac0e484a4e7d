package ratelimit_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// With the longest window, and a clock that goes from one end to the other, no time overflows.
func TestTheLongestWindowDoesNotOverflow(t *testing.T) {
	c, err := ratelimit.NewSlidingCounter(2, 1<<61-1)
	require.NoError(t, err)
	require.True(t, c.Take(math.MaxInt64, 2).OK())
	d := c.Take(math.MinInt64, 1)
	require.False(t, d.OK())
	require.Positive(t, d.Wait)
	require.Positive(t, d.ResetAfter)
	_, err = ratelimit.NewSlidingCounter(2, 1<<61)
	require.Error(t, err)
}

// A shorter window counts on in a longer one, where what was weighted little weighs more: both counters together may
// exceed an int, and that is still over the limit.
func TestACounterOfTheLargestLimitDoesNotOverflow(t *testing.T) {
	c, err := ratelimit.NewSlidingCounter(math.MaxInt, 10)
	require.NoError(t, err)
	require.True(t, c.Take(0, math.MaxInt).OK())
	require.True(t, c.Take(19, math.MaxInt/10*8).OK())
	require.NoError(t, c.SetLimit(19, 1, 19))
	require.False(t, c.Take(19, 1).OK())
}

// A queue of the largest length admits to its end, whatever its unit of time.
func TestTheLongestQueueIsFilledToItsEnd(t *testing.T) {
	q, err := ratelimit.NewQueue(ratelimit.Per(14, time.Nanosecond), 1<<60-1)
	require.NoError(t, err)
	require.True(t, q.Take(0, 1<<60-1).OK())
	require.True(t, q.Peek(0, 1).OK())
	require.True(t, q.Take(0, 1).OK())
	require.False(t, q.Take(0, 1).OK())
}

// Whoever waits without a deadline is not told that it passed.
func TestAWaitPastTheHorizonIsNotADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter, err := ratelimit.New(ratelimit.Every(36*year), 1)
		require.NoError(t, err)
		require.True(t, limiter.Allow())
		_, err = limiter.Reserve()
		require.NoError(t, err)
		err = limiter.Wait(context.Background())
		require.ErrorIs(t, err, ratelimit.ErrRefused)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
	})
}

// A deadline that is far is not what keeps somebody from a full queue, nor from a time beyond all reservations; one that is near is, as
// long as there would be a place without it.
func TestOnlyTheDeadlineIsADeadline(t *testing.T) {
	type limiter func() *ratelimit.Limiter
	queue := func(waiting int) limiter {
		return func() *ratelimit.Limiter {
			return ratelimit.WithClock(must(ratelimit.NewQueue(ratelimit.Every(time.Second), waiting)))
		}
	}
	rate := func(every time.Duration) limiter {
		return func() *ratelimit.Limiter { return must(ratelimit.New(ratelimit.Every(every), 1)) }
	}
	for _, c := range []struct {
		name     string
		limiter  limiter
		taken    int
		within   time.Duration
		deadline bool
	}{
		{"a full queue, and far", queue(1), 2, time.Hour, false},
		{"a full queue, and near", queue(1), 2, time.Millisecond, false},
		{"a queue with a place, and near", queue(1), 1, time.Second - 1, true},
		{"a GCRA, and near", rate(time.Second), 1, time.Second - 1, true},
		{"a GCRA with a wait beyond the horizon, and far", rate(36 * year), 2, 100 * year, false},
		{"a GCRA with a wait within the horizon, and nearer", rate(36 * year), 1, 35 * year, true},
	} {
		bubble(t, c.name, func(t *testing.T) {
			limiter := c.limiter()
			for range c.taken {
				_, err := limiter.Reserve()
				require.NoError(t, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), c.within)
			defer cancel()
			err := limiter.Wait(ctx)
			require.ErrorIs(t, err, ratelimit.ErrRefused)
			require.Equal(t, c.deadline, errors.Is(err, context.DeadlineExceeded), "%v", err)
		})
	}
}

// Nor is who finds a queue full.
func TestAFullQueueIsNotADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, err := ratelimit.NewQueue(ratelimit.Every(time.Second), 0)
		require.NoError(t, err)
		limiter := ratelimit.WithClock(q)
		require.True(t, limiter.Allow())
		err = limiter.Wait(context.Background())
		require.ErrorIs(t, err, ratelimit.ErrRefused)
		require.EqualError(t, err, "ratelimit: the limit is reached, and no more may wait")
	})
}
