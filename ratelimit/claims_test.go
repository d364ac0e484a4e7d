package ratelimit_test

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// At two per second with a burst of two, 10,000 requests come, alternately from a clock that shows a second and from one that shows
// zero, the later one first. Two are due: no time passes. Ours admit two; golang.org/x/time/rate v0.16.0 admits all.
func TestClaim_NoTokensAreMintedWhenTimeGoesBack(t *testing.T) {
	s := setting{events: 2, per: time.Second, burst: 2}
	for _, c := range []struct {
		name string
		make maker
		want int
	}{
		{"GCRA", gcra, 2},
		{"token bucket", tokenBucket, 2},
		{"leaky bucket", leakyBucket, 2},
		{"queue", queue, 2},
		{"sliding log", slidingLog, 2},
		{"sliding counter", slidingCounter, 2},
		{"fixed window", fixedWindow, 2},
		{"golang.org/x/time/rate v0.16.0", xtimerate, 10_000},
	} {
		limit, err := c.make(s)
		require.NoError(t, err)
		admitted := 0
		for i := range 10_000 {
			now := time.Second
			if i%2 == 1 {
				now = 0
			}
			if limit.Take(now, 1).OK() {
				admitted++
			}
		}
		require.Equal(t, c.want, admitted, c.name)
	}
}

// The wrapper of the laws is what it says: the claim above holds for the package itself.
func TestClaim_XTimeRateItself(t *testing.T) {
	limiter, admitted := rate.NewLimiter(2, 2), 0
	for i := range 10_000 {
		if limiter.AllowN(origin.Add(time.Duration(1-i%2)*time.Second), 1) {
			admitted++
		}
	}
	require.Equal(t, 10_000, admitted)
}

// Cloudflare's example (J. Desgats, "How we built rate limiting capable of scaling to millions of domains", 2017, section "Sliding
// windows to the rescue"): 50 a minute, 42 in the last minute, 18 in this one, which is 15 seconds old:
// 42*(45/60)+18 = 49.5. Half an event is room for none, so ours refuses; at 51 there is room for one.
func TestClaim_CloudflaresExample(t *testing.T) {
	for limit, want := range map[int]bool{50: false, 51: true} {
		c, err := ratelimit.NewSlidingCounter(limit, time.Minute)
		require.NoError(t, err)
		require.True(t, c.Take(0, 42).OK())
		require.True(t, c.Take(75*time.Second, 18).OK())
		require.Equal(t, want, c.Peek(75*time.Second, 1).OK(), "limit %d", limit)
	}
}

// greedy takes all that a limit admits, as soon as it admits it, from one time until before another.
func greedy(limit algorithm, from, until time.Duration) (all []admission) {
	for now := from; now < until; {
		d := limit.Peek(now, 1)
		if !d.OK() {
			now += max(1, d.Wait) // a wait of nothing would go on for ever
			continue
		}
		n := d.Remaining + 1
		limit.Take(now, n)
		all = append(all, admission{now, n})
	}
	return all
}

// worst is the most that came in a half-open window (t-window, t].
func worst(all []admission, window time.Duration) (most int) {
	for i := range all {
		total := 0
		for j := i; j >= 0 && all[j].at > all[i].at-window; j-- {
			total += all[j].n
		}
		most = max(most, total)
	}
	return most
}

// The most that 100 per 60 s admit in any 1 s and in any 60 s, reached by somebody who waits for the last nanosecond of a window and
// takes all that there is from then on. The bounds, of a half-open interval, closed and a nanosecond shorter:
//
//	fixed window    2 * 100: two windows touch
//	sliding log     100
//	sliding counter 100 + floor(100 * t/60 s): 101 and 199; a counter that rounds down its estimate admits 102 and 200
//	token bucket    burst + floor(100 * t/60 s): 101 and 199 of 100, 11 and 109 of 10
func TestClaim_TheWorstTrailingWindows(t *testing.T) {
	minute := ofWindow(100, time.Minute)
	bucket := func(burst int) setting { return setting{events: 100, per: time.Minute, burst: burst} }
	for _, c := range []struct {
		name           string
		make           maker
		setting        setting
		second, window int
	}{
		{"fixed window", fixedWindow, minute, 200, 200},
		{"sliding log", slidingLog, minute, 100, 100},
		{"sliding counter", slidingCounter, minute, 101, 199},
		{"sliding counter that rounds down", naiveCounter(floorsEstimate), minute, 102, 200},
		{"token bucket of 100", tokenBucket, bucket(100), 101, 199},
		{"token bucket of 10", tokenBucket, bucket(10), 11, 109},
		{"GCRA of 100", gcra, bucket(100), 101, 199},
		{"GCRA of 10", gcra, bucket(10), 11, 109},
	} {
		limit, err := c.make(c.setting)
		require.NoError(t, err)
		all := greedy(limit, time.Minute-1, 3*time.Minute)
		require.Equal(t, c.second, worst(all, time.Second), "%s in 1 s", c.name)
		require.Equal(t, c.window, worst(all, time.Minute), "%s in 60 s", c.name)
	}
}

// For every limit: a fixed window admits exactly twice its limit within two nanoseconds, a log exactly its limit within a window,
// a sliding counter one less than twice its limit. That takes it nearly a window.
func TestClaim_TwiceTheLimitInAWindow(t *testing.T) {
	for _, limit := range []int{1, 2, 3, 10, 100, 1000} {
		for _, window := range []time.Duration{time.Second, time.Minute, time.Hour} {
			s, name := ofWindow(limit, window), fmt.Sprintf("%d in %v", limit, window)
			fixed, err := fixedWindow(s)
			require.NoError(t, err)
			all := greedy(fixed, window-1, 3*window)
			require.Equal(t, 2*limit, worst(all, 2), name)
			require.Equal(t, 2*limit, worst(all, window), name)
			log, err := slidingLog(s)
			require.NoError(t, err)
			require.Equal(t, limit, worst(greedy(log, window-1, 3*window), window), name)
			counter, err := slidingCounter(s)
			require.NoError(t, err)
			all = greedy(counter, window-1, 3*window)
			require.Equal(t, 2*limit-1, worst(all, window), name)
			// In less than half a window, less than half the limit comes on top.
			require.Equal(t, limit+(limit+1)/2-1, worst(all, window/2), name)
		}
	}
}

// Every rate is either counted within one in a million, and never faster than stated, or refused because no unit of 1/73 ns or
// longer does it. The interval is what a burst takes to regain, divided by it: so long a one that the nanosecond to which it
// is rounded does not count.
func TestClaim_RatesAreKeptWithinOneInAMillion(t *testing.T) {
	kept, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.SampledFrom(awkward), rapid.Custom(func(t *rapid.T) setting {
			if rapid.Bool().Draw(t, "fraction") {
				return setting{events: rapid.Float64Range(1e-6, 1e12).Draw(t, "events"), per: time.Second}
			}
			return setting{
				events: float64(rapid.IntRange(1, 100_000).Draw(t, "events")),
				per:    time.Duration(rapid.Int64Range(1, 1_000_000).Draw(t, "per")),
			}
		})).Draw(t, "rate")
		interval := s.interval()
		size, _ := interval.Float64()
		s.burst = max(1, int(min(1<<53, 1e16/size)))
		limit, err := gcra(s)
		if fits := representable(interval); fits != (err == nil) {
			t.Fatalf("%v: representable %v, error %v", s.rate(), fits, err)
		}
		if err != nil {
			refused++
			want := "ratelimit: a rate must be representable within one in a million, in units of 1/73 ns or longer: " + s.rate().String()
			rest, ok := strings.CutPrefix(err.Error(), want+" (the next slower exact one is ")
			if !ok {
				t.Fatalf("the error is %q, not %q and a rate that is", err, want)
			}
			checkNextSlower(t, interval, strings.TrimSuffix(rest, ")"))
			return
		}
		kept++
		regained := limit.Take(0, s.burst).ResetAfter
		stated := s.asked(s.burst)
		if big.NewRat(int64(regained), 1).Cmp(stated) < 0 {
			t.Fatalf("%v is kept %v too fast", s, regained)
		}
		slowest := new(big.Rat).Mul(stated, big.NewRat(1_000_001, 1_000_000))
		if slowest.Add(slowest, big.NewRat(1, 1)); big.NewRat(int64(regained), 1).Cmp(slowest) > 0 {
			t.Fatalf("%v regains its burst in %v, more than one in a million too slowly", s, regained)
		}
	})
	require.Positive(t, kept)
	require.Positive(t, refused)
}

// checkNextSlower looks whether a rate in words is exact, and whether none is between it and one with this interval.
func checkNextSlower(t *rapid.T, interval *big.Rat, words string) {
	events, per, _ := strings.Cut(words, " per ")
	n, err := strconv.Atoi(events)
	if err != nil {
		t.Fatal(err)
	}
	length, err := time.ParseDuration(per)
	if err != nil {
		t.Fatal(err)
	}
	slower := setting{events: float64(n), per: length, burst: n}
	if limit, err := gcra(slower); err != nil || limit.Take(0, n).ResetAfter != length {
		t.Fatalf("%v is not exact: %v", slower, err)
	}
	if slower.interval().Cmp(interval) < 0 {
		t.Fatalf("%v is faster than one in %v ns", slower, interval)
	}
	for scale := int64(1); scale <= finestUnits; scale++ {
		units := wholeUp(new(big.Rat).Mul(interval, big.NewRat(scale, 1)))
		if big.NewRat(units, scale).Cmp(slower.interval()) < 0 {
			t.Fatalf("%d per %dns is nearer than %v", scale, units, slower)
		}
	}
}

// representable says that some unit counts an interval within one in a million, rounded up.
func representable(interval *big.Rat) bool {
	for scale := int64(1); scale <= finestUnits; scale++ {
		units := new(big.Rat).Mul(interval, big.NewRat(scale, 1))
		q := new(big.Int).Quo(units.Num(), units.Denom())
		up := new(big.Rat).SetInt(q)
		if up.Cmp(units) < 0 {
			up.Add(up, big.NewRat(1, 1))
		}
		if up.Quo(up, units).Cmp(big.NewRat(1_000_001, 1_000_000)) <= 0 {
			return true
		}
	}
	return false
}

// Seven per ten nanoseconds are exact, though 10/7 ns is no whole number: in whole nanoseconds it would be two, 30% slower.
func TestClaim_SevenPerTenNanoseconds(t *testing.T) {
	g, err := ratelimit.NewGCRA(ratelimit.Per(7, 10*time.Nanosecond), 7)
	require.NoError(t, err)
	require.True(t, g.Take(0, 7).OK())
	require.Equal(t, 7, worst(greedy(g, 1, 11), 10))
	require.Equal(t, 10*time.Nanosecond, g.Peek(10, 7).ResetAfter)
}

// Beyond its horizon time stands still: no more than the burst is admitted there, ever.
func TestClaim_BeyondTheHorizonNothingMoreIsAdmitted(t *testing.T) {
	for _, of := range subjects {
		for _, s := range []setting{
			{events: 5, per: time.Second, burst: 5}, {events: 7, per: 10, burst: 7}, {events: 71, per: 10, burst: 71},
		} {
			limit, err := of.make(s)
			require.NoError(t, err)
			admitted := 0
			for now := time.Duration(1<<61 - 1); now > 0 && now <= math.MaxInt64-year; now += year {
				for range 2 * s.burst {
					if limit.Take(now, 1).OK() {
						admitted++
					}
				}
			}
			require.Equal(t, s.burst, admitted, "%s, %v", of.name, s)
			require.False(t, limit.Take(math.MaxInt64, 1).OK())
		}
	}
}
