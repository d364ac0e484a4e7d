package ratelimit

import (
	"sync"
	"time"
)

// TokenBucket holds up to burst tokens and regains them at the rate; a request for n events takes n tokens or is refused.
//
// In any interval of length t, measured by the largest now seen, it admits at most burst + rate*t events, under any order of
// now. A now before the last one that took a token finds as many tokens fewer as the bucket regained since, possibly less
// than none: clamping at zero, or moving the bucket's time back, is how other token buckets mint tokens when clocks go
// back. So it is [GCRA], decision by decision, told as most people know it; GCRA is the faster one.
//
// A request costs a mutex. The zero value is not ready to use; all methods are safe for concurrent use.
//
// Source: J. Turner, "New Directions in Communications (or Which Way to the Information Age?)", IEEE Communications Magazine
// 24(10), 1986; RFC 2697, "A Single Rate Three Color Marker", 1999, section 3.
type TokenBucket struct {
	mu sync.Mutex
	units
	tokens int64 // at last, in units; less than zero behind a backward now
	last   int64 // the latest now at which tokens were taken
	used   bool
}

// NewTokenBucket returns a full bucket.
func NewTokenBucket(rate Rate, burst int) (*TokenBucket, error) {
	u, err := compile(Limit{rate, burst})
	if err != nil {
		return nil, err
	}
	return &TokenBucket{units: u, tokens: u.full}, nil
}

// Take implements [Algorithm].
func (b *TokenBucket) Take(now time.Duration, n int) Decision { return b.take(now, n, true) }

// Peek implements [Algorithm].
func (b *TokenBucket) Peek(now time.Duration, n int) Decision { return b.take(now, n, false) }

func (b *TokenBucket) take(now time.Duration, n int, keep bool) Decision {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d, unfit := b.unfit(n); unfit {
		return d
	}
	t := b.at(now)
	tokens, wanted := b.tokensAt(t), int64(n)*b.cost
	if tokens < wanted {
		return b.refused(b.full-tokens, wanted-tokens)
	}
	if keep {
		if !b.used || t > b.last {
			b.tokens, b.last, b.used = tokens, t, true
		}
		b.tokens -= wanted
	}
	return b.admitted(b.full - tokens + wanted)
}

// tokensAt is what the bucket holds at t: no more than it can, but as little as it takes for the past.
func (b *TokenBucket) tokensAt(t int64) int64 {
	if !b.used {
		return b.full
	}
	return min(b.full, b.tokens+t-b.last)
}

// Limit is the rate and the burst.
func (b *TokenBucket) Limit() Limit {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limit
}

// SetLimit replaces rate and burst, as [GCRA.SetLimit] does: the tokens that are missing stay missing.
func (b *TokenBucket) SetLimit(now time.Duration, rate Rate, burst int) error {
	u, err := compile(Limit{rate, burst})
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	debt, err := b.carry(b.full-b.tokensAt(b.at(now)), &u)
	if err != nil {
		return err
	}
	b.units, b.tokens, b.last = u, u.full-debt, u.at(now)
	return nil
}
