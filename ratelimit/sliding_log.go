package ratelimit

import (
	"fmt"
	"sync"
	"time"
)

// SlidingLog remembers when each admitted event came, and admits a request if the window that ends with it would hold no
// more than limit.
//
// It is exact: no half-open window (t-window, t], wherever it lies, holds more than limit events. In an interval of length t, both
// ends in it, that makes at most limit * (1 + floor(t/window)). Measured by the largest now seen: an earlier now counts
// as that.
//
// A request costs a mutex and, spread over all, constant time. It takes 16 bytes for each event of the limit, which is what
// its exactness costs. The zero value is not ready to use; all methods are safe for concurrent use.
type SlidingLog struct {
	mu sync.Mutex
	counting
	ring        []logged // the log: size entries from first on, the oldest first
	first, size int
	total       int // events in the log
}

// logged are the events of one request, or of several at the same time.
type logged struct {
	at time.Duration
	n  int
}

// mostLogged is the largest limit of a log: 256 MiB.
const mostLogged = 1 << 24

// NewSlidingLog returns a limit of so many events in any window of the given length.
func NewSlidingLog(limit int, window time.Duration) (*SlidingLog, error) {
	c, err := newLog(limit, window)
	if err != nil {
		return nil, err
	}
	return &SlidingLog{counting: c, ring: make([]logged, limit)}, nil
}

func newLog(limit int, window time.Duration) (counting, error) {
	c, err := newCounting(limit, window)
	if err == nil && limit > mostLogged {
		err = fmt.Errorf("ratelimit: a log's limit must be at most %d, as each event is remembered: %d", mostLogged, limit)
	}
	return c, err
}

// Take implements [Algorithm].
func (l *SlidingLog) Take(now time.Duration, n int) Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d, unfit := l.unfit(n); unfit {
		return d
	}
	now, t := l.clock(now)
	l.see(t)
	for l.size > 0 && l.entry(0).at <= t-l.window {
		l.drop()
	}
	d := l.judge(now, t, n)
	if d.OK() {
		l.add(t, n)
	}
	return d
}

// Peek implements [Algorithm]. It takes time in proportion to the log.
func (l *SlidingLog) Peek(now time.Duration, n int) Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d, unfit := l.unfit(n); unfit {
		return d
	}
	now, t := l.clock(now)
	return l.judge(now, t, n)
}

// judge answers n events at t, for a caller whose time is now.
func (l *SlidingLog) judge(now, t time.Duration, n int) Decision {
	total, oldest := l.total, 0
	for oldest < l.size && l.entry(oldest).at <= t-l.window {
		total -= l.entry(oldest).n
		oldest++
	}
	if total+n <= l.limit {
		return Decision{Verdict: Admitted, Remaining: l.limit - total - n, ResetAfter: t + l.window - now}
	}
	d := Decision{Remaining: max(0, l.limit-total), ResetAfter: l.entry(l.size-1).at + l.window - now}
	for total+n > l.limit {
		total -= l.entry(oldest).n
		d.Wait = l.entry(oldest).at + l.window - now
		oldest++
	}
	return d
}

func (l *SlidingLog) entry(i int) *logged { return &l.ring[(l.first+i)%len(l.ring)] }

func (l *SlidingLog) drop() {
	l.total -= l.entry(0).n
	l.first = (l.first + 1) % len(l.ring)
	l.size--
}

func (l *SlidingLog) add(t time.Duration, n int) {
	l.total += n
	if l.size > 0 && l.entry(l.size-1).at == t {
		l.entry(l.size - 1).n += n
		return
	}
	l.size++
	*l.entry(l.size - 1) = logged{t, n}
}

// SetLimit replaces limit and window. What the log holds stays in it; what it has dropped, because the old window was shorter,
// is forgotten.
func (l *SlidingLog) SetLimit(now time.Duration, limit int, window time.Duration) error {
	c, err := newLog(limit, window)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, t := l.clock(now)
	ring := make([]logged, max(limit, l.size))
	for i := range l.size {
		ring[i] = *l.entry(i)
	}
	l.counting, l.ring, l.first = c, ring, 0
	l.see(t)
	return nil
}
