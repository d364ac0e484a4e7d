package ratelimit_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// booked is what was admitted and not cancelled. It acts at now + Wait.
type booked struct {
	now, acts time.Duration
	n         int
	cancelled bool
}

// booking is a reservation that can be cancelled.
type booking interface{ Cancel(now time.Duration) bool }

// reserver makes reservations for the laws: the package's own, or a broken one.
type reserver func(limit algorithm, now time.Duration, n int, atMost time.Duration) (ratelimit.Decision, booking)

func reserve(limit algorithm, now time.Duration, n int, atMost time.Duration) (ratelimit.Decision, booking) {
	r := limit.(ratelimit.Reserver).Reserve(now, n, atMost)
	return r.Decision, &r
}

// Whatever is taken, reserved and cancelled, in any order and under any order of now: what is not cancelled, counted when it acts, stays
// within burst + rate*t. That is so by the clocks of the callers, which may go back, and by the largest now of all that was admitted
// before and stands; by that measure it acts in the order in which it was asked for. What only a refusal has seen does not
// count here: the reservation that it was refused for may be cancelled.
//
// Where 1/rate is not a whole number of nanoseconds the time to act is rounded up to one, so an interval may be shorter by
// less than that.
func TestLaw_CancellingNeverLetsTheBoundBreak(t *testing.T) {
	t.Run("GCRA", func(t *testing.T) { rapid.Check(t, lawReservations(subject{"GCRA", gcra, rates, nil, false}, reserve)) })
	t.Run("queue", func(t *testing.T) {
		rapid.Check(t, lawReservations(subject{"queue", queue, rates, nil, false}, reserve))
	})
}

func lawReservations(of subject, reserve reserver) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		var all []*booked
		var open []booking
		var of []*booked // of each open booking
		for now, n := range c.calls() {
			if !c.within(now, 0) || !c.fits(n) {
				continue
			}
			var d ratelimit.Decision
			var b booking
			switch what := rapid.SampledFrom([]string{"reserve", "reserve", "take", "cancel"}).Draw(t, "what"); {
			case what == "cancel" && len(open) > 0:
				i := rapid.IntRange(0, len(open)-1).Draw(t, "earlier")
				i = len(open) - 1 - i
				at := now
				if rapid.Bool().Draw(t, "in time") {
					at = min(at, of[i].acts)
				}
				if !open[i].Cancel(at) {
					c.tell("at %v, cancel the reservation to act at %v: too late", at, of[i].acts)
					continue
				}
				c.tell("at %v, cancel the reservation to act at %v: done", at, of[i].acts)
				of[i].cancelled = true
				if at > of[i].acts {
					c.fail("it has acted")
				}
				if open[i].Cancel(at) {
					c.fail("it can be cancelled again")
				}
				open, of = slices.Delete(open, i, i+1), slices.Delete(of, i, i+1)
				continue
			case what == "take":
				d = c.take(now, n)
			default:
				d, b = reserve(c.limit, now, n, ratelimit.Never)
				c.see(now, n)
				c.tell("at %v, reserve %d: %s", now, n, describe(d))
			}
			if !d.OK() || !c.within(now, d.Wait) {
				continue
			}
			entry := &booked{now: now, acts: now + d.Wait, n: n}
			all = append(all, entry)
			if b != nil {
				open, of = append(open, b), append(of, entry)
			}
			c.noneTooEarly(all)
		}
	}
}

// noneTooEarly checks the intervals that end with the last of what acts.
func (c *trial) noneTooEarly(all []*booked) {
	all = slices.DeleteFunc(slices.Clone(all), func(b *booked) bool { return b.cancelled })
	largest := make([]time.Duration, len(all)) // when each acts, by the largest now
	seen := all[0].now
	for i, b := range all {
		seen = max(seen, b.now)
		largest[i] = max(seen, b.acts)
	}
	end, total := len(all)-1, 0
	for i := end; i >= 0; i-- {
		total += all[i].n
		if largest[i] > largest[end] {
			c.fail("what was asked for first acts later, at %v", largest[i])
		}
		over := total - c.burst
		if over > 0 && c.shorter(largest[end]-largest[i], over) {
			c.fail("from %v to %v, by the largest now, %d act", largest[i], largest[end], total)
		}
		if over > 0 && c.shorter(all[end].acts-all[i].acts, over) {
			c.fail("from %v to %v %d act", all[i].acts, all[end].acts, total)
		}
	}
}

// Cancelling the latest first gives back all: from the largest now seen on, the limit is as if nothing had been reserved.
func TestLaw_CancellingAllGivesBackAll(t *testing.T) {
	rapid.Check(t, lawGivesBackAll(subject{"GCRA", gcra, rates, nil, false}))
	rapid.Check(t, lawGivesBackAll(subject{"queue", queue, rates, nil, false}))
}

func lawGivesBackAll(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		twin := c.another()
		taken := rapid.IntRange(0, 4).Draw(t, "taken")
		var open []func() bool
		for now, n := range c.calls() {
			if taken--; taken >= 0 {
				c.take(now, n)
				twin.Take(now, n)
				continue
			}
			d, b := reserve(c.limit, now, n, ratelimit.Never)
			c.see(now, n)
			c.tell("at %v, reserve %d: %s", now, n, describe(d))
			if !d.OK() && b.Cancel(now) {
				c.fail("a refusal can be cancelled")
			}
			open = append(open, func() bool { return b.Cancel(now) })
		}
		for _, cancel := range slices.Backward(open) {
			cancel() // or nothing of it is left to give back, as time has passed
		}
		c.tell("cancel all, the latest first")
		if !c.used {
			return
		}
		probe := rapid.Map(rapid.Int64Range(0, 8), func(steps int64) instant {
			return instant{time.Duration(steps) * c.step(), true}
		}).Draw(t, "later").after(c.seen)
		n := rapid.IntRange(1, c.burst).Draw(t, "n")
		if got, want := c.limit.Peek(probe, n), twin.Peek(probe, n); got != want {
			c.fail("then %d at %v are %s\nand had nothing been reserved %s", n, probe, whole(got), whole(want))
		}
	}
}

// The latest reservation can be cancelled, once; what was taken since keeps an earlier one from it.
func TestLaw_TheLatestCanBeCancelledOnce(t *testing.T) {
	rapid.Check(t, lawLatest(subject{"GCRA", gcra, rates, nil, false}, reserve))
	rapid.Check(t, lawLatest(subject{"queue", queue, rates, nil, false}, reserve))
}

func lawLatest(of subject, reserve reserver) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		then, costs := c.times(), c.costs()
		for now, n := range c.calls() {
			d, first := reserve(c.limit, now, n, ratelimit.Never)
			c.tell("at %v, reserve %d: %s", now, n, describe(d))
			other := c.take(then.Draw(t, "then").after(now), costs.Draw(t, "m"))
			if got, want := first.Cancel(now), d.OK() && !other.OK(); got != want {
				c.fail("that the reservation is cancelled is %v", got)
			}
			d, last := reserve(c.limit, now, n, ratelimit.Never)
			c.tell("at %v, reserve %d: %s", now, n, describe(d))
			if got := last.Cancel(now); got != d.OK() {
				c.fail("that the latest is cancelled is %v", got)
			}
			c.tell("cancel it")
			d, _ = reserve(c.limit, now, n, ratelimit.Never) // which brings the limit to where it was
			c.tell("at %v, reserve %d: %s", now, n, describe(d))
			if last.Cancel(now) {
				c.fail("the first of the two is cancelled again, and gives back what the second holds")
			}
		}
	}
}

// Until it acts, that time included, a reservation can be cancelled; afterwards it cannot, and nothing is given back.
func TestLaw_WhatHasActedIsNotCancelled(t *testing.T) {
	rapid.Check(t, lawActed(subject{"GCRA", gcra, rates, nil, false}, reserve))
	rapid.Check(t, lawActed(subject{"queue", queue, rates, nil, false}, reserve))
}

func lawActed(of subject, reserve reserver) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		for now, n := range c.calls() {
			d, b := reserve(c.limit, now, n, ratelimit.Never)
			c.tell("at %v, reserve %d: %s", now, n, describe(d))
			if !d.OK() || !c.within(now, d.Wait) {
				continue
			}
			at := now + d.Wait + time.Duration(rapid.Int64Range(-1, 1).Draw(t, "ns"))
			want := at <= now+d.Wait
			if got := b.Cancel(at); got != want {
				c.fail("that it is cancelled at %v is %v", at, got)
			}
			c.tell("cancel it at %v: %v", at, want)
		}
	}
}

// A reservation for now is a take.
func TestLaw_AReservationForNowIsATake(t *testing.T) {
	rapid.Check(t, lawForNow(subject{"GCRA", gcra, rates, nil, false}))
}

func lawForNow(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		twin := c.another()
		for now, n := range c.calls() {
			want := c.take(now, n)
			if got, _ := reserve(twin, now, n, 0); got != want {
				c.fail("that is %s\nand a reservation for now %s", whole(want), whole(got))
			}
		}
	}
}
