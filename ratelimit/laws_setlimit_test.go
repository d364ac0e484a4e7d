package ratelimit_test

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// span is a length of time under one limit.
type span struct {
	setting
	from time.Duration
}

// An interval that spans changes of the limit admits at most the burst at its end and what each rate regains in its part,
// provided that now never goes back.
func TestLaw_AChangeOfTheLimitKeepsTheBound(t *testing.T) {
	for _, of := range subjects[:4] {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawChanges(of)) })
	}
}

func lawChanges(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		spans := []span{{c.setting, -200 * year}} // before every now
		var all []admission
		last := time.Duration(0)
		for now, n := range c.calls() {
			if now < last || now > 300*day { // the least horizon
				continue
			}
			last = now
			if rapid.IntRange(0, 3).Draw(t, "change") == 3 {
				next := rates.Draw(t, "next")
				if err := c.change(now, next); err == nil {
					spans = append(spans, span{next, now})
				}
			}
			if d := c.take(now, n); d.OK() {
				all = append(all, admission{now, n})
				c.withinRegained(all, spans)
			}
		}
	}
}

// change sets a rate and a burst, which for a queue is one more than may wait.
func (c *trial) change(now time.Duration, next setting) error {
	burst := next.burst
	if c.name == "queue" {
		burst--
	}
	err := c.limit.(rateSetter).SetLimit(now, next.rate(), burst)
	if err == nil {
		c.tell("at %v, the limit becomes %v", now, next)
		c.setting = next
	}
	return err
}

// withinRegained checks the intervals that end with the last admission.
func (c *trial) withinRegained(all []admission, spans []span) {
	total, end := int64(0), all[len(all)-1].at
	for i := len(all) - 1; i >= 0; i-- {
		total += int64(all[i].n)
		most, until := big.NewRat(int64(c.burst), 1), end
		for k := len(spans) - 1; k >= 0 && until > all[i].at; k-- {
			from := max(spans[k].from, all[i].at)
			part := big.NewRat(int64(until-from), 1)
			most.Add(most, part.Quo(part, spans[k].interval()))
			until = from
		}
		if big.NewRat(total, 1).Cmp(most) > 0 {
			floor := new(big.Int).Quo(most.Num(), most.Denom())
			c.fail("from %v to %v, %d are admitted where at most %v may be", all[i].at, end, total, floor)
		}
	}
}

// What is owed stays owed, as a number of events: another burst adds its difference to what remains, another rate leaves it.
func TestLaw_AChangeOfTheLimitKeepsWhatIsOwed(t *testing.T) {
	for _, of := range subjects[:4] {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawOwed(of)) })
	}
}

func lawOwed(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		for now, n := range c.calls() {
			d := c.take(now, n)
			next := rates.Draw(t, "next")
			if !c.fits(n) || d.Remaining == 0 || next.per > day || c.per > day || c.burst > 1000 {
				continue // nothing to compare, or not all of it can be regained in time
			}
			other := c.setting
			other.burst = rapid.IntRange(max(1, c.burst-3), c.burst+3).Draw(t, "burst")
			want := max(0, d.Remaining+other.burst-c.burst)
			if err := c.change(now, other); err != nil {
				c.fail("with another burst: %v", err)
			}
			if got := c.remaining(now); got != want {
				c.fail("of %d that remained now %d do", d.Remaining, got)
			}
			if next.burst = c.burst; want == 0 {
				continue
			}
			if err := c.change(now, next); err != nil {
				c.fail("%v", err)
			}
			// What is owed is rounded up to a whole unit of the new limit, so that one event fewer may fit.
			if got := c.remaining(now); got != want && got != want-1 {
				c.fail("with another rate, of %d that remained now %d do", want, got)
			}
		}
	}
}

// remaining is how many events are admitted at now, as peeks tell.
func (c *trial) remaining(now time.Duration) int {
	if d := c.limit.Peek(now, 1); d.OK() {
		return d.Remaining + 1
	}
	return 0
}

// A change that is refused changes nothing.
func TestLaw_AFailedChangeChangesNothing(t *testing.T) {
	for _, of := range subjects[:4] {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawFailedChange(of)) })
	}
}

func lawFailedChange(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		twin := c.another()
		limit := c.limit.(rateSetter)
		for now, n := range c.calls() {
			if limit.SetLimit(now, c.rate(), -1) == nil || limit.SetLimit(now, ratelimit.Every(36*year), 100) == nil {
				c.fail("a burst of -1, or of 3600 years, is taken")
			}
			c.tell("at %v, a change to burst -1 fails", now)
			if got, want := c.take(now, n), twin.Take(now, n); got != want {
				c.fail("that is %s\nand without the failed changes %s", whole(got), whole(want))
			}
		}
	}
}

// windowSetter is an algorithm that takes another limit and window.
type windowSetter interface {
	algorithm
	SetLimit(now time.Duration, limit int, window time.Duration) error
}

// Windows keep their counts when the limit changes, and when the window does: field by field as the naive models say.
func TestLaw_AChangeOfTheWindowKeepsTheCounts(t *testing.T) {
	for i, model := range []func(setting) (algorithm, error){naiveFixedWindow(none), naiveLog(none), naiveCounter(none)} {
		of := subjects[4+i]
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawWindowChanges(of, model)) })
	}
}

func lawWindowChanges(of subject, model func(setting) (algorithm, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		twin, err := model(c.setting)
		if err != nil {
			t.Fatal(err)
		}
		for now, n := range c.calls() {
			if rapid.IntRange(0, 3).Draw(t, "change") == 3 {
				next := windows.Draw(t, "next")
				if c.name == "sliding log" {
					next.per = min(next.per, c.per) // a longer window has forgotten
				}
				for _, limit := range []algorithm{c.limit, twin} {
					if err := limit.(windowSetter).SetLimit(now, next.burst, next.per); err != nil {
						t.Fatal(err)
					}
				}
				c.tell("at %v, the limit becomes %d in a window of %v", now, next.burst, next.per)
				c.setting = next
			}
			if got, want := c.take(now, n), twin.Take(now, n); got != want {
				c.fail("that is %s\nand the other says %s", whole(got), whole(want))
			}
			if c.limit.(windowSetter).SetLimit(now, 0, c.per) == nil || c.limit.(windowSetter).SetLimit(now, 1, 0) == nil {
				c.fail("a limit or a window of zero is taken")
			}
		}
	}
}
