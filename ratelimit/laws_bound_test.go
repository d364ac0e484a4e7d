package ratelimit_test

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// admission is what was admitted, at the largest now seen by then.
type admission struct {
	at time.Duration
	n  int
}

// In any interval, measured by the largest now seen, no more is admitted than the algorithm's bound: under any order of now.
// Arithmetic is exact, and the rate is the one stated.
func TestLaw_NoIntervalAdmitsMoreThanTheBound(t *testing.T) { each(t, lawBound) }

func lawBound(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of)
		var all []admission
		for now, n := range c.calls() {
			if d := c.take(now, n); d.OK() {
				all = append(all, admission{c.seen, n})
				c.withinBound(all)
			}
		}
	}
}

// withinBound checks the intervals that end with the last admission.
func (c *trial) withinBound(all []admission) {
	total, last := int64(0), all[len(all)-1].at
	for i := len(all) - 1; i >= 0; i-- {
		total += int64(all[i].n)
		// The difference of two times does not fit a Duration, but this does.
		length := uint64(last) - uint64(all[i].at)
		if total <= int64(c.burst) {
			continue
		}
		if most := c.bound(c.setting, length); big.NewRat(total, 1).Cmp(most) > 0 {
			floor := new(big.Int).Quo(most.Num(), most.Denom())
			c.fail("from %v to %v, by the largest now seen, %d are admitted where at most %v may be", all[i].at, last, total, floor)
		}
	}
}
