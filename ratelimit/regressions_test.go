package ratelimit_test

import (
	"context"
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
