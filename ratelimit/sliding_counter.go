package ratelimit

import (
	"math"
	"math/bits"
	"sync"
	"time"
)

// SlidingCounter estimates a sliding window from two counters: this fixed window's, and the last one's, weighted by the share of it that
// a sliding window still covers, as if its events had come evenly. A request is admitted if the estimate, rounded up, leaves
// room under the limit.
//
// In an interval of length t, both ends in it, it admits at most limit + limit*t/window events, as a token bucket with a burst
// of limit does: so up to twice the limit in a window, which takes nearly a whole window to reach. Measured by the
// largest now seen: an earlier now counts as that.
//
// A request costs a mutex; memory is two counters, whatever the limit. The zero value is not ready to use; all methods are safe
// for concurrent use.
//
// Source: J. Desgats, "How we built rate limiting capable of scaling to millions of domains", Cloudflare, 2017, section
// "Sliding windows to the rescue".
type SlidingCounter struct {
	mu sync.Mutex
	counting
	counts
}

// counts are the events of the last window and of this one.
type counts struct{ last, this int }

// NewSlidingCounter returns a limit of about so many events in any window of the given length.
func NewSlidingCounter(limit int, window time.Duration) (*SlidingCounter, error) {
	c, err := newCounting(limit, window)
	if err != nil {
		return nil, err
	}
	return &SlidingCounter{counting: c}, nil
}

// Take implements [Algorithm].
func (s *SlidingCounter) Take(now time.Duration, n int) Decision { return s.take(now, n, true) }

// Peek implements [Algorithm].
func (s *SlidingCounter) Peek(now time.Duration, n int) Decision { return s.take(now, n, false) }

func (s *SlidingCounter) take(now time.Duration, n int, keep bool) Decision {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, unfit := s.unfit(n); unfit {
		return d
	}
	now, t := s.clock(now)
	c, start := s.countsAt(t), s.starts(t)
	d := Decision{Remaining: max(0, s.limit-s.estimate(c, t-start))}
	if n <= d.Remaining {
		c.this += n
		d.Verdict, d.Remaining = Admitted, d.Remaining-n
	} else {
		d.Wait = s.admits(c, start, n) - now
	}
	if keep {
		s.see(t)
		s.counts = c
	}
	switch {
	case c.this > 0:
		d.ResetAfter = start + 2*s.window - now
	case c.last > 0:
		d.ResetAfter = start + s.window - now
	}
	return d
}

// countsAt are the counters of the window that t lies in.
func (s *SlidingCounter) countsAt(t time.Duration) counts {
	if !s.used {
		return counts{}
	}
	switch s.starts(t) - s.starts(s.seen) {
	case 0:
		return s.counts
	case s.window:
		return counts{last: s.this}
	}
	return counts{}
}

// estimate is what the sliding window holds, a time after the start of this window, rounded up.
func (s *SlidingCounter) estimate(c counts, after time.Duration) int {
	high, low := bits.Mul64(uint64(c.last), uint64(s.window-after))
	low, carry := bits.Add64(low, uint64(s.window-1), 0)
	weighted, _ := bits.Div64(high+carry, low, uint64(s.window))
	return int(min(weighted+uint64(c.this), math.MaxInt)) // more than the limit, after a SetLimit
}

// admits is the earliest time that admits n events, from the window on that begins at start, if nobody takes any more.
func (s *SlidingCounter) admits(c counts, start time.Duration, n int) time.Duration {
	for {
		if room := s.limit - n - c.this; room >= 0 {
			if c.last <= room {
				return start
			}
			// The last window's weight must fall to room: last * (window-after) <= room * window.
			high, low := bits.Mul64(uint64(room), uint64(s.window))
			covered, _ := bits.Div64(high, low, uint64(c.last))
			if covered > 0 {
				return start + s.window - time.Duration(covered)
			}
		}
		c, start = counts{last: c.this}, start+s.window
	}
}

// SetLimit replaces limit and window. The counters of the windows of now count on in the new ones.
func (s *SlidingCounter) SetLimit(now time.Duration, limit int, window time.Duration) error {
	c, err := newCounting(limit, window)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, t := s.clock(now)
	s.counts = s.countsAt(t)
	s.counting = c
	s.see(t)
	return nil
}
