package ratelimit

import (
	"sync"
	"time"
)

// LeakyBucket is the leaky bucket as a meter: each event pours in a measure, the bucket leaks at the rate, and what would
// make it hold more than burst is refused. It delays nobody: see [Queue] for the other thing of that name.
//
// In any interval of length t, measured by the largest now seen, it admits at most burst + rate*t events, under any order of
// now. A now before the last one that poured finds the bucket as much fuller as it leaked since, possibly fuller than full.
// So it is [GCRA], decision by decision: the level is what GCRA's word is ahead of now.
//
// A request costs a mutex. The zero value is not ready to use; all methods are safe for concurrent use.
//
// Source: ATM Forum, "Traffic Management Specification 4.0", 1996, section 4.4.2 (continuous-state leaky bucket algorithm).
type LeakyBucket struct {
	mu sync.Mutex
	units
	level int64 // at last, in units
	last  int64 // the latest now at which something was poured
	used  bool
}

// NewLeakyBucket returns an empty bucket.
func NewLeakyBucket(rate Rate, burst int) (*LeakyBucket, error) {
	u, err := compile(Limit{rate, burst})
	if err != nil {
		return nil, err
	}
	return &LeakyBucket{units: u}, nil
}

// Take implements [Algorithm].
func (b *LeakyBucket) Take(now time.Duration, n int) Decision { return b.pour(now, n, true) }

// Peek implements [Algorithm].
func (b *LeakyBucket) Peek(now time.Duration, n int) Decision { return b.pour(now, n, false) }

func (b *LeakyBucket) pour(now time.Duration, n int, keep bool) Decision {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d, unfit := b.unfit(n); unfit {
		return d
	}
	t := b.at(now)
	level := b.levelAt(t)
	filled := level + int64(n)*b.cost
	if filled > b.full {
		return b.refused(level, filled-b.full)
	}
	if keep {
		if !b.used || t > b.last {
			b.level, b.last, b.used = level, t, true
		}
		b.level += int64(n) * b.cost
	}
	return b.admitted(filled)
}

// levelAt is what the bucket holds at t: not less than nothing, but as much as it takes for the past.
func (b *LeakyBucket) levelAt(t int64) int64 {
	if !b.used {
		return 0
	}
	return max(0, b.level-(t-b.last))
}

// Limit is the rate and the burst.
func (b *LeakyBucket) Limit() Limit {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limit
}

// SetLimit replaces rate and burst, as [GCRA.SetLimit] does: what the bucket holds stays in it, as a number of events.
func (b *LeakyBucket) SetLimit(now time.Duration, rate Rate, burst int) error {
	u, err := compile(Limit{rate, burst})
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	level, err := b.carry(b.levelAt(b.at(now)), &u)
	if err != nil {
		return err
	}
	b.units, b.level, b.last = u, level, u.at(now)
	return nil
}
