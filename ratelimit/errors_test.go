package ratelimit_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// What is wrong with a rate and a burst is said alike by all that take them, and by SetLimit.
func TestBadRates(t *testing.T) {
	const (
		positive = "ratelimit: a rate must be positive: "
		finite   = "ratelimit: a rate must be finite: "
		unit     = "ratelimit: a rate must be representable within one in a million, in units of 1/73 ns or longer: "
	)
	for _, c := range []struct {
		rate  ratelimit.Rate
		burst int
		want  string
	}{
		{ratelimit.Rate{}, 1, positive + "0 per 0s"},
		{ratelimit.Per(0, time.Second), 1, positive + "0 per 1s"},
		{ratelimit.Per(-5, time.Second), 1, positive + "-5 per 1s"},
		{ratelimit.Per(5, 0), 1, positive + "5 per 0s"},
		{ratelimit.Per(5, -time.Second), 1, positive + "5 per -1s"},
		{ratelimit.Per(-5, -time.Second), 1, positive + "-5 per -1s"},
		{ratelimit.Every(0), 1, positive + "1 per 0s"},
		{ratelimit.Every(math.MinInt64), 1, positive + "1 per -2562047h47m16.854775808s"},
		{ratelimit.PerSecond(math.NaN()), 1, finite + "NaN per 1s"},
		{ratelimit.PerSecond(math.Inf(1)), 1, finite + "+Inf per 1s"},
		{ratelimit.PerSecond(math.Inf(-1)), 1, finite + "-Inf per 1s"},
		{ratelimit.PerSecond(-0.5), 1, positive + "-0.5 per 1s"},
		{ratelimit.Per(math.MaxInt, time.Second), 1, "ratelimit: a rate must have at most 2^53 events: 9.223372036854776e+18 per 1s"},
		{ratelimit.PerSecond(math.MaxFloat64), 1, "ratelimit: a rate must have at most 2^53 events: 1.7976931348623157e+308 per 1s"},
		{ratelimit.PerSecond(1 << 53), 1, unit + "9.007199254740992e+15 per 1s (the next slower exact one is 73 per 1ns)"},
		{ratelimit.PerSecond(1e12), 1, unit + "1e+12 per 1s (the next slower exact one is 73 per 1ns)"},
		{ratelimit.Per(100, time.Second), 0, "ratelimit: a burst must be positive: 0"},
		{ratelimit.Per(100, time.Second), -7, "ratelimit: a burst must be positive: -7"},
		{ratelimit.Per(100, time.Second), math.MinInt, "ratelimit: a burst must be positive: -9223372036854775808"},
		{ratelimit.Per(100, time.Second), math.MaxInt, "ratelimit: a burst must be regained within 36.5 years: 100 per 1s, burst 9223372036854775807"},
		{ratelimit.Every(year), 37, "ratelimit: a burst must be regained within 36.5 years: 1 per 8760h0m0s, burst 37"},
		{ratelimit.Per(7, 10), math.MaxInt, "ratelimit: a burst must be regained within 5.2 years: 7 per 10ns, burst 9223372036854775807"},
		{ratelimit.PerSecond(math.SmallestNonzeroFloat64), 1, "ratelimit: a burst must be regained within 36.5 years: 5e-324 per 1s, burst 1"},
	} {
		for _, make := range []func() error{
			func() error { _, err := ratelimit.NewGCRA(c.rate, c.burst); return err },
			func() error { _, err := ratelimit.NewTokenBucket(c.rate, c.burst); return err },
			func() error { _, err := ratelimit.NewLeakyBucket(c.rate, c.burst); return err },
			func() error { _, err := ratelimit.New(c.rate, c.burst); return err },
			func() error { return must(ratelimit.NewGCRA(ratelimit.PerSecond(1), 1)).SetLimit(0, c.rate, c.burst) },
			func() error {
				return must(ratelimit.NewTokenBucket(ratelimit.PerSecond(1), 1)).SetLimit(0, c.rate, c.burst)
			},
			func() error {
				return must(ratelimit.NewLeakyBucket(ratelimit.PerSecond(1), 1)).SetLimit(0, c.rate, c.burst)
			},
			func() error { return must(ratelimit.New(ratelimit.PerSecond(1), 1)).SetLimit(c.rate, c.burst) },
		} {
			require.EqualError(t, make(), c.want)
		}
	}
}

func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}

func TestBadQueues(t *testing.T) {
	second := ratelimit.PerSecond(1)
	for waiting, want := range map[int]string{
		-1:            "ratelimit: the number of events that may wait must lie in [0, 2^63-1): -1",
		math.MinInt:   "ratelimit: the number of events that may wait must lie in [0, 2^63-1): -9223372036854775808",
		math.MaxInt:   "ratelimit: the number of events that may wait must lie in [0, 2^63-1): 9223372036854775807",
		1 << 62:       "ratelimit: a burst must be regained within 36.5 years: 1 per 1s, burst 4611686018427387905",
		math.MaxInt32: "ratelimit: a burst must be regained within 36.5 years: 1 per 1s, burst 2147483648",
	} {
		_, err := ratelimit.NewQueue(second, waiting)
		require.EqualError(t, err, want)
		require.EqualError(t, must(ratelimit.NewQueue(second, 0)).SetLimit(0, second, waiting), want)
	}
	_, err := ratelimit.NewQueue(ratelimit.Rate{}, 1)
	require.EqualError(t, err, "ratelimit: a rate must be positive: 0 per 0s")
}

func TestBadWindows(t *testing.T) {
	for _, c := range []struct {
		limit  int
		window time.Duration
		want   string
	}{
		{0, time.Second, "ratelimit: a limit must be positive: 0"},
		{-3, time.Second, "ratelimit: a limit must be positive: -3"},
		{1, 0, "ratelimit: a window must be positive, and no longer than 73 years: 0s"},
		{1, -time.Second, "ratelimit: a window must be positive, and no longer than 73 years: -1s"},
		{1, math.MaxInt64, "ratelimit: a window must be positive, and no longer than 73 years: 2562047h47m16.854775807s"},
	} {
		for _, make := range []func() error{
			func() error { _, err := ratelimit.NewFixedWindow(c.limit, c.window); return err },
			func() error { _, err := ratelimit.NewSlidingLog(c.limit, c.window); return err },
			func() error { _, err := ratelimit.NewSlidingCounter(c.limit, c.window); return err },
			func() error { return must(ratelimit.NewFixedWindow(1, 1)).SetLimit(0, c.limit, c.window) },
			func() error { return must(ratelimit.NewSlidingLog(1, 1)).SetLimit(0, c.limit, c.window) },
			func() error { return must(ratelimit.NewSlidingCounter(1, 1)).SetLimit(0, c.limit, c.window) },
		} {
			require.EqualError(t, make(), c.want)
		}
	}
	_, err := ratelimit.NewSlidingLog(1<<24+1, time.Second)
	require.EqualError(t, err, "ratelimit: a log's limit must be at most 16777216, as each event is remembered: 16777217")
	err = must(ratelimit.NewSlidingLog(1, time.Second)).SetLimit(0, math.MaxInt, time.Second)
	require.EqualError(t, err, "ratelimit: a log's limit must be at most 16777216, as each event is remembered: 9223372036854775807")
}

// What was taken from a fast limit may take a slow one longer to regain than there is time.
func TestADebtThatCannotBeCarriedOver(t *testing.T) {
	for _, of := range subjects[:4] {
		limit, err := of.make(setting{events: 1, per: time.Nanosecond, burst: 1000})
		require.NoError(t, err)
		require.True(t, limit.Take(0, 1000).OK())
		err = limit.(rateSetter).SetLimit(0, ratelimit.Every(year), 1)
		require.ErrorContains(t, err, "ratelimit: what was taken must be regained within 36.5 years under the new limit: 1 per 8760h0m0s, burst ", of.name)
		require.True(t, limit.Take(1000, 1000).OK(), "nothing is changed")
	}
}

// The errors of decisions are stable, and the zero Decision is a refusal.
func TestDecisions(t *testing.T) {
	g := must(ratelimit.NewGCRA(ratelimit.PerSecond(1), 2))
	for _, c := range []struct {
		decision ratelimit.Decision
		err      error
		message  string
	}{
		{ratelimit.Decision{}, ratelimit.ErrRefused, "ratelimit: the limit is reached"},
		{g.Take(0, 2), nil, ""},
		{g.Take(0, 1), ratelimit.ErrRefused, "ratelimit: the limit is reached"},
		{g.Take(0, 3), ratelimit.ErrTooLarge, "ratelimit: a request must not exceed what the limit can ever admit at once"},
		{g.Take(0, math.MaxInt), ratelimit.ErrTooLarge, "ratelimit: a request must not exceed what the limit can ever admit at once"},
		{g.Take(0, 0), ratelimit.ErrNotPositive, "ratelimit: a request must be for one event or more"},
		{g.Take(0, math.MinInt), ratelimit.ErrNotPositive, "ratelimit: a request must be for one event or more"},
		{ratelimit.Decision{Verdict: ratelimit.NoLimit}, ratelimit.ErrNoLimit, "ratelimit: a request must have a limit: the class of its key has none, or its limiter"},
	} {
		require.ErrorIs(t, c.decision.Err(), c.err)
		require.Equal(t, c.err == nil, c.decision.OK())
		if c.err != nil {
			require.EqualError(t, c.decision.Err(), c.message)
		}
	}
	refused := g.Take(0, 1)
	require.Equal(t, time.Second, refused.RetryAfter())
	require.Zero(t, refused.Delay())
	delayed := g.Reserve(0, 1, ratelimit.Never)
	require.Equal(t, time.Second, delayed.Delay())
	require.Zero(t, delayed.RetryAfter())
	require.Equal(t, ratelimit.Never, g.Take(0, 3).RetryAfter())
}

// A Reservation that nobody made can be cancelled as little as a refused one.
func TestNothingToCancel(t *testing.T) {
	var zero ratelimit.Reservation
	require.False(t, zero.OK())
	require.False(t, zero.Cancel(0))
	g := must(ratelimit.NewGCRA(ratelimit.PerSecond(1), 1))
	tooLarge := g.Reserve(0, 2, ratelimit.Never)
	require.ErrorIs(t, tooLarge.Err(), ratelimit.ErrTooLarge)
	require.False(t, tooLarge.Cancel(0))
	early := g.Reserve(0, 1, -time.Second)
	require.True(t, early.OK(), "no patience at all is zero")
	require.NoError(t, g.SetLimit(0, ratelimit.PerSecond(1), 1))
	require.False(t, early.Cancel(0), "the limit was changed")
}

func TestRatesInWords(t *testing.T) {
	require.Equal(t, "100 per 1m0s", ratelimit.Per(100, time.Minute).String())
	require.Equal(t, "0.3 per 1s", ratelimit.PerSecond(0.3).String())
	require.Equal(t, "1 per 1h0m0s, burst 5", ratelimit.Limit{Rate: ratelimit.Every(time.Hour), Burst: 5}.String())
	require.InDelta(t, 100./60, ratelimit.Per(100, time.Minute).PerSecond(), 1e-15)
	require.Equal(t, 2.5, ratelimit.PerSecond(2.5).PerSecond())
}
