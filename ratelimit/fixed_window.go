package ratelimit

import (
	"fmt"
	"sync"
	"time"
)

// FixedWindow counts events in windows of equal length that follow one another, from now 0 on; each window is half-open, [k*window,
// (k+1)*window), and admits up to limit.
//
// It does not limit what a window's length admits: twice the limit comes through in two nanoseconds, half of it just before a
// window ends and half just after. In any interval of length t, both ends in it, it admits at most limit times the windows that
// the interval can touch: 2 + floor((t-1 ns)/window). That is measured by the largest now seen: an earlier now counts as that.
//
// A request costs a mutex. It is here because everybody has one, and as the baseline. The zero value is not ready to use; all
// methods are safe for concurrent use.
type FixedWindow struct {
	mu sync.Mutex
	counting
	count int
}

// counting is what the algorithms share that count in windows.
type counting struct {
	limit  int
	window time.Duration
	seen   time.Duration // the largest now
	used   bool
}

// Two windows end within the range of a Duration, and so does the time from the earliest now until then, because now is kept
// within clockEnd, and a window is no longer than that.
const clockEnd = time.Duration(1<<61 - 1) // 73 years: a clock beyond it stands still

func newCounting(limit int, window time.Duration) (counting, error) {
	switch {
	case limit < 1:
		return counting{}, fmt.Errorf("ratelimit: a limit must be positive: %d", limit)
	case window < 1 || window > clockEnd:
		return counting{}, fmt.Errorf("ratelimit: a window must be positive, and no longer than 73 years: %v", window)
	}
	return counting{limit: limit, window: window}, nil
}

// clock is now as far as it is told, and the largest now seen, this one included.
func (c *counting) clock(now time.Duration) (told, latest time.Duration) {
	told = max(-clockEnd, min(now, clockEnd))
	if c.used {
		return told, max(c.seen, told)
	}
	return told, told
}

func (c *counting) see(t time.Duration) { c.seen, c.used = t, true }

// starts is when the window begins that t lies in.
func (c *counting) starts(t time.Duration) time.Duration {
	return t - (t%c.window+c.window)%c.window
}

func (c *counting) unfit(n int) (Decision, bool) {
	switch {
	case n < 1:
		return never(NotPositive), true
	case n > c.limit:
		return never(TooLarge), true
	}
	return Decision{}, false
}

// NewFixedWindow returns a limit of so many events in each window.
func NewFixedWindow(limit int, window time.Duration) (*FixedWindow, error) {
	c, err := newCounting(limit, window)
	if err != nil {
		return nil, err
	}
	return &FixedWindow{counting: c}, nil
}

// Take implements [Algorithm].
func (f *FixedWindow) Take(now time.Duration, n int) Decision { return f.take(now, n, true) }

// Peek implements [Algorithm].
func (f *FixedWindow) Peek(now time.Duration, n int) Decision { return f.take(now, n, false) }

func (f *FixedWindow) take(now time.Duration, n int, keep bool) Decision {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d, unfit := f.unfit(n); unfit {
		return d
	}
	now, t := f.clock(now)
	count, end := f.countAt(t), f.starts(t)+f.window
	d := Decision{Remaining: max(0, f.limit-count), Wait: end - now, ResetAfter: end - now}
	if n <= d.Remaining {
		count += n
		d = Decision{Verdict: Admitted, Remaining: d.Remaining - n, ResetAfter: end - now}
	}
	if keep {
		f.see(t)
		f.count = count
	}
	return d
}

func (f *FixedWindow) countAt(t time.Duration) int {
	if f.used && f.starts(t) == f.starts(f.seen) {
		return f.count
	}
	return 0
}

// SetLimit replaces limit and window. What was counted in the window of now is counted in the new window of now.
func (f *FixedWindow) SetLimit(now time.Duration, limit int, window time.Duration) error {
	c, err := newCounting(limit, window)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, t := f.clock(now)
	f.count = f.countAt(t)
	f.counting = c
	f.see(t)
	return nil
}
