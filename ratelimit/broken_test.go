package ratelimit_test

import (
	"math/big"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// few are settings that a person would choose, so that what fails reads easily.
var few = rapid.Custom(func(t *rapid.T) setting {
	s := rapid.SampledFrom([]setting{
		{events: 2, per: time.Second}, {events: 1, per: time.Second}, {events: 3, per: 10 * time.Nanosecond},
	}).Draw(t, "rate")
	s.burst = rapid.IntRange(2, 4).Draw(t, "burst")
	return s
})

var fewWindows = rapid.Custom(func(t *rapid.T) setting {
	return ofWindow(rapid.IntRange(2, 4).Draw(t, "limit"), rapid.SampledFrom([]time.Duration{time.Second, 10}).Draw(t, "window"))
})

func brokenRate(b bug) subject { return subject{"rate", naiveRate(b), few, rateBound, true} }
func brokenFixed(b bug) subject {
	return subject{"fixed", naiveFixedWindow(b), fewWindows, fixedWindowBound, true}
}
func brokenLog(b bug) subject { return subject{"log", naiveLog(b), fewWindows, slidingLogBound, true} }
func brokenCounter(b bug) subject {
	return subject{"counter", naiveCounter(b), fewWindows, rateBound, true}
}
func made(s subject, m maker) subject  { s.make = m; return s }
func refused(n int) ratelimit.Decision { return ratelimit.Decision{Wait: time.Duration(n)} }
func admitted(n int) ratelimit.Decision {
	return ratelimit.Decision{Verdict: ratelimit.Admitted, Remaining: n}
}

type maker = func(setting) (algorithm, error)

// The naive models obey the laws: what fails below is the bug, not the model.
func TestBroken_NothingWithoutABug(t *testing.T) {
	for _, of := range []subject{brokenRate(none), brokenFixed(none), brokenLog(none), brokenCounter(none)} {
		for _, law := range []func(subject) func(*rapid.T){
			lawFresh, lawNever, lawWait, lawRemaining, lawReset, lawPeek, lawRefusal, lawBound,
		} {
			lawtest.Holds(t, law(of))
		}
	}
	lawtest.Holds(t, lawReservations(subject{"GCRA", plainWord, few, nil, true}, reserveExactly))
	lawtest.Holds(t, lawActed(subject{"GCRA", plainWord, few, nil, true}, reserveExactly))
	lawtest.Holds(t, lawAtOnce(subject{make: countedLocked}, 1))
}

// xrate is golang.org/x/time/rate as an algorithm.
type xrate struct{ *rate.Limiter }

func xtimerate(s setting) (algorithm, error) {
	return xrate{rate.NewLimiter(rate.Limit(s.rate().PerSecond()), s.burst)}, nil
}

var origin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (x xrate) Take(now time.Duration, n int) ratelimit.Decision {
	if n > 0 && x.AllowN(origin.Add(now), n) {
		return admitted(0)
	}
	return refused(0)
}

func (x xrate) Peek(time.Duration, int) ratelimit.Decision { return refused(0) }

// It rounds times to the nanosecond in favour of whoever asks, so that is granted: what fails is not the rounding.
func roundedBound(s setting, length uint64) *big.Rat { return rateBound(s, length+1) }

func TestBroken_TimeGoesBackAndMintsTokens(t *testing.T) {
	lawtest.Breaks(t, "golang.org/x/time/rate v0.16.0 sets its time back when now goes back, and regains the same second twice",
		lawBound(subject{"x/time/rate", xtimerate, rapid.Just(setting{events: 2, per: time.Second, burst: 2}), roundedBound, true}))
}

func TestBroken_AFixedWindowSoldAsATokenBucket(t *testing.T) {
	lawtest.Breaks(t, "A fixed window admits its limit at the end of one window and again at the start of the next",
		lawBound(subject{"fixed window", fixedWindow, fewWindows, rateBound, true}))
}

// clamped is a token bucket in floating point, as in many a tutorial: no fewer than zero tokens, and now is the time of the last call.
type clamped struct {
	setting
	tokens float64
	last   time.Duration
	used   bool
}

func clampedBucket(s setting) (algorithm, error) {
	return &clamped{setting: s, tokens: float64(s.burst)}, nil
}

func (b *clamped) Take(now time.Duration, n int) ratelimit.Decision {
	if n < 1 || n > b.burst {
		return refused(0)
	}
	if b.used {
		regained := (now - b.last).Seconds() * b.rate().PerSecond()
		b.tokens = max(0, min(float64(b.burst), b.tokens+regained))
	}
	b.last, b.used = now, true
	if b.tokens < float64(n) {
		return refused(0)
	}
	b.tokens -= float64(n)
	return admitted(int(b.tokens))
}

func (b *clamped) Peek(time.Duration, int) ratelimit.Decision { return refused(0) }

func TestBroken_TokensClampedAtZero(t *testing.T) {
	lawtest.Breaks(t, "A token bucket that takes back tokens when now goes back, but never below zero, gives more when now returns",
		lawBound(made(brokenRate(none), clampedBucket)))
}

func TestBroken_TheMeterDisagrees(t *testing.T) {
	lawtest.Breaks(t, "A bucket that clamps what it holds when now goes back is not the GCRA that it is said to be",
		lawAgreeOnVerdicts(few, clampedBucket))
}

func TestBroken_AChangeThatOneForgets(t *testing.T) {
	lawtest.Breaks(t, "A bucket that begins fresh when its limit changes is no longer the GCRA that keeps what is owed",
		lawAgree(subject{"GCRA", gcra, few, nil, true}, replaced))
}

// lawAgreeOnVerdicts is the agreement of decisions as far as a verdict, for those that say no more.
func lawAgreeOnVerdicts(settings *rapid.Generator[setting], other maker) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, subject{make: gcra, settings: settings, near: true})
		twin, err := other(c.setting)
		if err != nil {
			t.Fatal(err)
		}
		for now, n := range c.calls() {
			if got, want := c.take(now, n), twin.Take(now, n); got.OK() != want.OK() {
				c.fail("the other says: %s", describe(want))
			}
		}
	}
}

func TestBroken_TheIntervalRoundedDown(t *testing.T) {
	lawtest.Breaks(t, "A limiter that counts 1/rate in whole nanoseconds, rounded down, admits three per nine nanoseconds for three per ten",
		lawBound(brokenRate(roundsDown)))
}

func TestBroken_ZeroInitialised(t *testing.T) {
	lawtest.Breaks(t, "A GCRA whose word begins at zero takes a negative now for a clock that went back",
		lawFresh(brokenRate(startsAtZero)))
}

func TestBroken_TooLargeToldToRetry(t *testing.T) {
	lawtest.Breaks(t, "A cost above the burst that is told to retry will retry for ever",
		lawWait(brokenRate(retriesTooLarge)))
}

func TestBroken_NeverIsNotSaid(t *testing.T) {
	lawtest.Breaks(t, "A request that can never be admitted is refused like anything else",
		lawNever(brokenFixed(retriesTooLarge)))
}

func TestBroken_PeekCharges(t *testing.T) {
	lawtest.Breaks(t, "A peek that is a take charges whoever looks",
		lawPeek(brokenRate(peekCharges)))
}

func TestBroken_RefusalsCharge(t *testing.T) {
	lawtest.Breaks(t, "A limiter that charges refusals keeps out for ever who does not stop asking",
		lawRefusal(brokenRate(refusalCharges)))
}

func TestBroken_TheWaitRoundedDown(t *testing.T) {
	lawtest.Breaks(t, "A wait in whole microseconds, rounded down, ends before the request is admitted",
		lawWait(brokenRate(waitsTooLittle)))
}

func TestBroken_TheWaitTooLong(t *testing.T) {
	lawtest.Breaks(t, "A wait to be on the safe side is longer than it need be",
		lawWait(brokenLog(waitsTooLong)))
}

func TestBroken_RemainingCountsItself(t *testing.T) {
	lawtest.Breaks(t, "What remained before the request is not what remains",
		lawRemaining(brokenRate(countsItself)))
}

func TestBroken_ResetAtTheNextToken(t *testing.T) {
	lawtest.Breaks(t, "A limit whose next token has come is not as fresh as at the start",
		lawReset(brokenRate(resetsOneByOne)))
}

func TestBroken_TheEstimateRoundedDown(t *testing.T) {
	lawtest.Breaks(t, "A sliding counter that rounds its estimate down admits more than its limit and its rate",
		lawBound(brokenCounter(floorsEstimate)))
}

func TestBroken_CountsFollowNowBack(t *testing.T) {
	lawtest.Breaks(t, "A sliding counter that judges an earlier now by earlier counters admits again what it has admitted since",
		lawBound(brokenCounter(followsNow)))
}

func TestBroken_TheLogForgets(t *testing.T) {
	lawtest.Breaks(t, "A log that drops an event to make room for the next",
		lawBound(brokenLog(forgetsNewest)))
}

func TestBroken_TheLogsWindowIsTooShort(t *testing.T) {
	lawtest.Breaks(t, "A log whose events leave a nanosecond early differs from the definition",
		lawEqual(subject{"sliding log", slidingLog, fewWindows, nil, true}, naiveLog(closedWindow)))
}

func TestBroken_ABurstIsNoQueue(t *testing.T) {
	lawtest.Breaks(t, "A token bucket that admits a burst at once is no queue: its output is not spaced",
		lawSpaced(made(brokenRate(none), gcra)))
}

func TestBroken_AQueueIsOnePlaceShort(t *testing.T) {
	lawtest.Breaks(t, "A queue with one place fewer than it says refuses what a GCRA with that burst admits",
		lawQueueIsGCRA(func(s setting) (algorithm, error) {
			return ratelimit.NewQueue(s.rate(), max(0, s.burst-2))
		}))
}

func TestBroken_ANewLimitBeginsFresh(t *testing.T) {
	lawtest.Breaks(t, "A limiter that is replaced by a new one when its rate changes admits a second burst",
		lawChanges(made(brokenRate(none), replaced)))
}

func TestBroken_WindowsThatBeginFresh(t *testing.T) {
	lawtest.Breaks(t, "A window whose count is forgotten when its limit changes",
		lawWindowChanges(subject{"fixed window", fixedWindow, fewWindows, nil, true}, naiveFixedWindow(forgetsOnChange)))
}

// replacing is a limiter that forgets when its limit changes.
type replacing struct{ algorithm }

func replaced(s setting) (algorithm, error) {
	g, err := gcra(s)
	return &replacing{g}, err
}

func (r *replacing) SetLimit(_ time.Duration, rate ratelimit.Rate, burst int) (err error) {
	next, err := ratelimit.NewGCRA(rate, burst)
	if err == nil {
		r.algorithm = next
	}
	return err
}

func TestBroken_WhatIsOwedIsForgiven(t *testing.T) {
	lawtest.Breaks(t, "A limiter that is replaced by a new one when its burst changes forgives what is owed",
		lawOwed(made(brokenRate(none), replaced)))
}
