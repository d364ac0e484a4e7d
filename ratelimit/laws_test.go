package ratelimit_test

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

type algorithm = ratelimit.Algorithm

// subject is something that the laws run on, and what it is made of.
type subject struct {
	name     string
	make     func(s setting) (algorithm, error)
	settings *rapid.Generator[setting]
	bound    func(s setting, length uint64) *big.Rat // the most in a closed interval of so many nanoseconds
	near     bool                                    // the laws stay near now 0, so that what fails reads easily
}

// subjects is the table of constructors. The first three are one algorithm, told three times.
var subjects = []subject{
	{"GCRA", gcra, rates, rateBound, false},
	{"token bucket", tokenBucket, rates, rateBound, false},
	{"leaky bucket", leakyBucket, rates, rateBound, false},
	{"queue", queue, rates, rateBound, false},
	{"fixed window", fixedWindow, windows, fixedWindowBound, false},
	{"sliding log", slidingLog, windows, slidingLogBound, false},
	{"sliding counter", slidingCounter, windows, rateBound, false},
}

func gcra(s setting) (algorithm, error)        { return ratelimit.NewGCRA(s.rate(), s.burst) }
func tokenBucket(s setting) (algorithm, error) { return ratelimit.NewTokenBucket(s.rate(), s.burst) }
func leakyBucket(s setting) (algorithm, error) { return ratelimit.NewLeakyBucket(s.rate(), s.burst) }
func queue(s setting) (algorithm, error)       { return ratelimit.NewQueue(s.rate(), s.burst-1) }
func fixedWindow(s setting) (algorithm, error) { return ratelimit.NewFixedWindow(s.burst, s.per) }
func slidingLog(s setting) (algorithm, error)  { return ratelimit.NewSlidingLog(s.burst, s.per) }
func slidingCounter(s setting) (algorithm, error) {
	return ratelimit.NewSlidingCounter(s.burst, s.per)
}

// each runs a law on every subject.
func each(t *testing.T, law func(subject) func(*rapid.T)) {
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) { rapid.Check(t, law(s)) })
	}
}

// trial is a limit in use, and the story of its use for who reads a failure.
type trial struct {
	*rapid.T
	subject
	setting
	limit algorithm
	story []string
	seen  time.Duration // the largest now of a request that the limit could admit
	used  bool
}

func newTrial(t *rapid.T, of subject) *trial {
	c := &trial{T: t, subject: of, setting: of.settings.Draw(t, "setting")}
	c.limit = c.another()
	c.tell("%v", c.setting)
	return c
}

// another is a limit of the same setting.
func (c *trial) another() algorithm {
	a, err := c.make(c.setting)
	if err != nil {
		c.Fatalf("%v: %v", c.setting, err)
	}
	return a
}

func (c *trial) tell(format string, args ...any) {
	c.story = append(c.story, fmt.Sprintf(format, args...))
}

// fail ends the story with what is wrong.
func (c *trial) fail(format string, args ...any) {
	c.Fatalf("%s\n%s", strings.Join(c.story, "\n"), "but "+fmt.Sprintf(format, args...))
}

// take asks for events, and tells.
func (c *trial) take(now time.Duration, n int) ratelimit.Decision {
	d := c.limit.Take(now, n)
	c.tell("at %v, take %d: %s", now, n, describe(d))
	c.see(now, n)
	return d
}

func (c *trial) see(now time.Duration, n int) {
	if c.fits(n) && (!c.used || now > c.seen) {
		c.seen, c.used = now, true
	}
}

func (c *trial) fits(n int) bool { return n >= 1 && n <= c.burst }

func describe(d ratelimit.Decision) string {
	switch {
	case d.Verdict == ratelimit.TooLarge:
		return "too large"
	case d.Verdict == ratelimit.NotPositive:
		return "not positive"
	case d.OK() && d.Wait > 0:
		return fmt.Sprintf("admitted, to leave in %v", d.Wait)
	case d.OK():
		return "admitted"
	case d.Wait > 0:
		return fmt.Sprintf("refused, to wait %v", d.Wait)
	}
	return "refused"
}

// whole is all of a decision, for where two of them differ.
func whole(d ratelimit.Decision) string {
	return fmt.Sprintf("%s (%d remain, fresh in %v)", describe(d), d.Remaining, d.ResetAfter)
}

// A fresh limit admits its whole burst, whenever that is.
func TestLaw_AFreshLimitAdmitsItsBurst(t *testing.T) { each(t, lawFresh) }

func lawFresh(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		now := c.times().Draw(t, "now").after(0)
		if d := c.take(now, c.burst); !d.OK() || d.Remaining != 0 {
			c.fail("a fresh limit admits its burst, and then has nothing left, not %d", d.Remaining)
		}
	}
}

// A limit says never to what it never admits, and is not touched by it.
func TestLaw_WhatCanNeverBeAdmittedIsToldSo(t *testing.T) { each(t, lawNever) }

func lawNever(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		twin := c.another()
		for now, n := range c.calls() {
			if c.fits(n) {
				if got, want := c.take(now, n), twin.Take(now, n); got != want {
					c.fail("that is %s\nand without the requests that can never be admitted %s", whole(got), whole(want))
				}
				continue
			}
			want := ratelimit.Decision{Verdict: ratelimit.TooLarge, Wait: ratelimit.Never}
			if n < 1 {
				want.Verdict = ratelimit.NotPositive
			}
			if got := c.take(now, n); got != want {
				c.fail("that can never be admitted, and the whole answer is: %s", whole(got))
			}
		}
	}
}

// The wait of a refusal is exact: then the request is admitted, a nanosecond earlier it is not.
func TestLaw_WaitIsExact(t *testing.T) { each(t, lawWait) }

func lawWait(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		for now, n := range c.calls() {
			d := c.take(now, n)
			if d.OK() || !c.fits(n) && d.Wait == ratelimit.Never || !c.within(now, d.Wait) {
				continue
			}
			if !c.limit.Peek(now+d.Wait, n).OK() {
				c.fail("after that wait, at %v, it is refused again", now+d.Wait)
			}
			if c.limit.Peek(now+d.Wait-1, n).OK() {
				c.fail("a nanosecond before the end of that wait, at %v, it is admitted", now+d.Wait-1)
			}
		}
	}
}

// What remains is exact: so many are admitted at the same instant, and one more is not.
func TestLaw_RemainingIsExact(t *testing.T) { each(t, lawRemaining) }

func lawRemaining(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		for now, n := range c.calls() {
			d := c.take(now, n)
			if !c.fits(n) {
				continue
			}
			if d.Remaining < 0 || d.Remaining > 0 && !c.limit.Peek(now, d.Remaining).OK() {
				c.fail("%d remain, and so many are not admitted", d.Remaining)
			}
			if c.limit.Peek(now, d.Remaining+1).OK() {
				c.fail("%d remain, and one more is admitted", d.Remaining)
			}
		}
	}
}

// The reset is exact: then the limit admits a whole burst, a nanosecond earlier it does not.
func TestLaw_ResetIsExact(t *testing.T) { each(t, lawReset) }

func lawReset(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		for now, n := range c.calls() {
			d := c.take(now, n)
			if !c.fits(n) || !c.within(now, d.ResetAfter) {
				continue
			}
			if !c.limit.Peek(now+d.ResetAfter, c.burst).OK() {
				c.fail("after its reset, %v later, the limit does not admit its burst", d.ResetAfter)
			}
			if c.limit.Peek(now+d.ResetAfter-1, c.burst).OK() {
				c.fail("a nanosecond before its reset, which is %v later, it admits its burst", d.ResetAfter)
			}
		}
	}
}

// A peek answers what the take after it does, and whoever does not peek is answered the same.
func TestLaw_PeekChangesNothing(t *testing.T) { each(t, lawPeek) }

func lawPeek(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		twin := c.another() // is never peeked at
		others := c.times()
		for now, n := range c.calls() {
			other, k := others.Draw(t, "other").after(now), rapid.IntRange(1, c.burst).Draw(t, "k")
			c.limit.Peek(other, k)
			c.tell("at %v, peek %d", other, k)
			peeked := c.limit.Peek(now, n)
			c.tell("at %v, peek %d: %s", now, n, describe(peeked))
			d := c.take(now, n)
			if d != peeked {
				c.fail("the peek is %s\nand the take %s", whole(peeked), whole(d))
			}
			if want := twin.Take(now, n); d != want {
				c.fail("the take is %s\nand without the peeks %s", whole(d), whole(want))
			}
		}
	}
}

// A refusal charges nothing: at the largest now seen, and later, all is as it was.
func TestLaw_ARefusalChargesNothing(t *testing.T) { each(t, lawRefusal) }

func lawRefusal(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		later := rapid.Int64Range(0, 8)
		for now, n := range c.calls() {
			probe := now
			if c.used {
				probe = max(now, c.seen)
			}
			if at := later.Draw(t, "later"); probe < math.MaxInt64/2 {
				probe += time.Duration(at) * c.step()
			}
			k := rapid.IntRange(1, c.burst).Draw(t, "k")
			before := c.limit.Peek(probe, k)
			if d := c.take(now, n); d.OK() {
				continue
			}
			if after := c.limit.Peek(probe, k); after != before {
				c.fail("before that refusal, %d at %v were %s\nand now they are %s", k, probe, whole(before), whole(after))
			}
		}
	}
}
