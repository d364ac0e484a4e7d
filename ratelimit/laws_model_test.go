package ratelimit_test

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// Each algorithm answers what its naive model answers, field by field. The models are those of
// models_test.go: they keep everything that was ever admitted, and judge by the definition.
func TestLaw_EqualsItsNaiveModel(t *testing.T) {
	exactRates := rates.Filter(setting.exact)
	for _, pair := range []struct {
		subject
		model func(setting) (algorithm, error)
	}{
		{subject{"GCRA", gcra, exactRates, rateBound, false}, naiveRate(none)},
		{subject{"fixed window", fixedWindow, windows, nil, false}, naiveFixedWindow(none)},
		{subject{"sliding log", slidingLog, windows, nil, false}, naiveLog(none)},
		{subject{"sliding counter", slidingCounter, windows, nil, false}, naiveCounter(none)},
	} {
		t.Run(pair.name, func(t *testing.T) { rapid.Check(t, lawEqual(pair.subject, pair.model)) })
	}
}

func lawEqual(of subject, other func(setting) (algorithm, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		twin, err := other(c.setting)
		if err != nil {
			t.Fatal(err)
		}
		for now, n := range c.calls() {
			if got, want := c.take(now, n), twin.Take(now, n); got != want {
				c.fail("that is %s\nand the other says %s", whole(got), whole(want))
			}
		}
	}
}

// rateSetter is an algorithm that takes another rate and burst.
type rateSetter interface {
	algorithm
	SetLimit(now time.Duration, rate ratelimit.Rate, burst int) error
}

// GCRA, token bucket and leaky bucket are one: decision by decision, whatever now does, with changes of the limit between.
func TestLaw_GCRATokenBucketAndMeterAgree(t *testing.T) {
	one := subject{"GCRA", gcra, rates, nil, false}
	t.Run("token bucket", func(t *testing.T) { rapid.Check(t, lawAgree(one, tokenBucket)) })
	t.Run("leaky bucket", func(t *testing.T) { rapid.Check(t, lawAgree(one, leakyBucket)) })
}

func lawAgree(of subject, other func(setting) (algorithm, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		twin, err := other(c.setting)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 3).Draw(t, "limits") {
			var last time.Duration
			for now, n := range c.calls() {
				got, want := c.take(now, n), twin.Take(now, n)
				if got != want {
					c.fail("GCRA's is %s\nand the other says %s", whole(got), whole(want))
				}
				last = now
			}
			second, ok := twin.(rateSetter)
			if !ok {
				return
			}
			now, next := c.times().Draw(t, "change at").after(last), of.settings.Draw(t, "next")
			err := c.limit.(rateSetter).SetLimit(now, next.rate(), next.burst)
			if other := second.SetLimit(now, next.rate(), next.burst); (err == nil) != (other == nil) {
				c.fail("a change at %v to %v gives %v, and the other %v", now, next, err, other)
			}
			if err == nil {
				c.tell("at %v, the limit becomes %v", now, next)
				c.setting = next
			}
		}
	}
}

// wholeUp is a rational, rounded up to a whole number.
func wholeUp(r *big.Rat) int64 {
	q, rest := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return q.Int64()
}
