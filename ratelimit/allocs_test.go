package ratelimit_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// No request allocates: admitted or refused, taken, peeked at, reserved or cancelled. A log has its memory from the start.
func TestNothingAllocates(t *testing.T) {
	for _, of := range subjects {
		limit, err := of.make(setting{events: 1, per: time.Millisecond, burst: 10})
		require.NoError(t, err)
		now := time.Duration(0)
		zero := func(what string, request func()) {
			require.Zero(t, testing.AllocsPerRun(1000, request), "%s: %s", of.name, what)
		}
		zero("admitted", func() { now += time.Millisecond; limit.Take(now, 1) })
		zero("refused", func() { limit.Take(now, 10) })
		zero("too large", func() { limit.Take(now, 11) })
		zero("behind", func() { limit.Take(now-time.Hour, 1) })
		zero("peek", func() { limit.Peek(now, 1) })
		if r, ok := limit.(ratelimit.Reserver); ok {
			zero("reserved and cancelled", func() {
				now += time.Millisecond
				reservation := r.Reserve(now, 1, time.Second)
				reservation.Cancel(now)
			})
		}
		limiter := ratelimit.WithClock(limit)
		zero("limiter", func() { limiter.Allow(); limiter.Peek(1) })
		free := ratelimit.WithClock(must(of.make(setting{events: 1, per: time.Nanosecond, burst: 10})))
		zero("no wait", func() { _ = free.Wait(context.Background()) })
	}
}
