package ratelimit_test

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// What leaves a queue, at now + Wait, is spaced: n/rate lies between a request for n events and the next admitted one, in the order of
// the calls, whatever now does. Where 1/rate is not a whole number of nanoseconds a departure is rounded up to one, so that any
// stretch may be shorter by less than a nanosecond, however many events are in it.
func TestLaw_AQueuesOutputIsSpaced(t *testing.T) {
	rapid.Check(t, lawSpaced(subject{"queue", queue, rates, nil, false}))
}

func lawSpaced(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		var left []admission
		for now, n := range c.calls() {
			if !c.within(now, 0) {
				continue // time stands still there
			}
			d := c.take(now, n)
			if !d.OK() || !c.within(now, d.Wait) {
				continue
			}
			left = append(left, admission{now + d.Wait, n})
			events := 0
			for i := len(left) - 2; i >= 0; i-- {
				events += left[i].n
				span := left[len(left)-1].at - left[i].at
				if c.shorter(span, events) {
					c.fail("the exit is free %v after %v, and the last request leaves after %v", time.Duration(wholeUp(c.asked(events))), left[i].at, span)
				}
			}
		}
	}
}

// asked is n/rate in nanoseconds.
func (s setting) asked(n int) *big.Rat {
	return new(big.Rat).Mul(s.interval(), big.NewRat(int64(n), 1))
}

// shorter says that a span between two times that act is too short for n events.
func (s setting) shorter(span time.Duration, n int) bool {
	if s.whole() {
		return big.NewRat(int64(span), 1).Cmp(s.asked(n)) < 0
	}
	return big.NewRat(int64(span)+1, 1).Cmp(s.asked(n)) <= 0
}

// A queue is a GCRA with a burst of one more than may wait, but that its admitted requests wait: at most waiting/rate, as long
// as the limit is in use.
func TestLaw_AQueueAdmitsWhatAGCRADoes(t *testing.T) { rapid.Check(t, lawQueueIsGCRA(queue)) }

func lawQueueIsGCRA(make func(setting) (algorithm, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, subject{make: make, settings: rates})
		twin, err := gcra(c.setting)
		if err != nil {
			t.Fatal(err)
		}
		// 1/rate is rounded up by at most one in a million, and not at all where it is exact.
		longest := c.asked(c.burst - 1)
		if !c.exact() {
			longest.Mul(longest, big.NewRat(1_000_001, 1_000_000))
		}
		for now, n := range c.calls() {
			got, want := c.take(now, n), twin.Take(now, n)
			if got.OK() {
				if int64(got.Wait) > wholeUp(longest) {
					c.fail("%d may wait, which takes at most %s ns", c.burst-1, longest.FloatString(1))
				}
				got.Wait = 0
			}
			if got != want {
				c.fail("apart from the wait that is %s\nand of a GCRA with a burst of %d %s", whole(got), c.burst, whole(want))
			}
		}
	}
}

// Whoever reserves with patience for the wait gets it, a nanosecond less and it is refused, for exactly a nanosecond.
func TestLaw_PatienceIsExact(t *testing.T) {
	rapid.Check(t, lawPatience(subject{"GCRA", gcra, rates, nil, false}))
	rapid.Check(t, lawPatience(subject{"queue", queue, rates, nil, false}))
}

func lawPatience(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		limit := c.limit.(ratelimit.Reserver)
		for now, n := range c.calls() {
			patience := time.Duration(rapid.Int64Range(-1, 8).Draw(t, "patience")) * c.step()
			r := limit.Reserve(now, n, patience)
			c.see(now, n)
			c.tell("at %v, reserve %d within %v: %s", now, n, patience, describe(r.Decision))
			if !c.fits(n) {
				continue
			}
			if r.OK() {
				if wait := r.Wait; wait > max(0, patience) {
					c.fail("that is too late")
				} else if wait > 0 && r.Cancel(now) {
					if earlier := limit.Reserve(now, n, wait-1); earlier.OK() || earlier.Wait != 1 {
						c.fail("cancelled and reserved again within a nanosecond less, it is %s", describe(earlier.Decision))
					}
				}
				continue
			}
			if !c.within(now, r.Wait) {
				continue
			}
			if late := limit.Reserve(now+r.Wait-1, n, patience); late.OK() {
				c.fail("a nanosecond before the end of that wait it is admitted")
			}
			again := limit.Reserve(now+r.Wait, n, patience)
			if !again.OK() {
				c.fail("after that wait it is refused again")
			}
			again.Cancel(now + r.Wait)
		}
	}
}
