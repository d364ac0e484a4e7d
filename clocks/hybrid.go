package clocks

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// ErrBehind says that the wall clock is too far behind the times that were given out; compare with errors.Is.
var ErrBehind = errors.New("clocks: the wall clock must not be too far behind the times given out")

// Hybrid is a hybrid logical clock: its times order events as a Lamport clock's do, and stay close to the wall clock's.
//
// Each time is later than all that this clock has given out or witnessed, so an event that can have caused another has the earlier
// time, whatever the physical clocks do. And each lies between the wall time that was passed in and MaxDrift after it (after the
// wall time rounded up to a multiple of 65.536 µs, both ends included). The paper assumes that clocks are close; here that is enforced: a
// peer whose clock is ahead is refused with [ErrAhead], and a wall clock that went back by more than the bound is told with
// [ErrBehind], until it has caught up. An error changes nothing.
//
// A time costs two loads and a compare-and-swap; nothing is allocated. The zero value is not ready to use, and says so; all methods are
// safe for concurrent use.
//
// Source: S. Kulkarni, M. Demirbas, D. Madappa, B. Avva, M. Leone, "Logical Physical Clocks", OPODIS 2014: the algorithm of figure 5,
// and the paper's compact form, 48 bits of time rounded up and 16 of counter. The bounds and the carry are added.
type Hybrid struct {
	last    atomic.Uint64 // the latest time given out
	bound   atomic.Uint64 // the latest time that may be given out; never falls
	drift   uint64        // in nanoseconds
	reserve uint64        // in nanoseconds
	persist func(HybridTime) error
	storing sync.Mutex // held while persist runs
}

// HybridConfig is how a hybrid clock is set up. MaxDrift is needed.
type HybridConfig struct {
	// MaxDrift is how far times may be ahead of the wall clock, at most 100 years: more than clocks differ that work. A
	// few hundred milliseconds are common.
	MaxDrift time.Duration

	// From is a time that all times of this clock come after: after a restart what Persist stored last, else 0.
	From HybridTime

	// Persist, if not nil, stores a time for the next start's From. It is called before a time beyond the last one that it
	// stored is given out, must return nil only once the new one is safe, and may leave either if it fails. Calls do not overlap.
	// It must not use the clock. The times of all runs then increase strictly, wherever a process stops and wherever the wall clock steps.
	Persist func(HybridTime) error

	// Reserve is how far beyond the time at hand Persist stores, in (0, MaxDrift], so about how often it is called; it is rounded up
	// to the end of a step of 65.536 µs. After a restart times begin up to that much ahead of the wall clock.
	Reserve time.Duration
}

const (
	century     = 36_525 * 24 * time.Hour
	secondsLeft = 9_214_646_400 // from 1970 to 2262, the last full year within 2^63 ns
)

// NewHybrid returns a hybrid clock.
func NewHybrid(config HybridConfig) (*Hybrid, error) {
	switch {
	case config.MaxDrift <= 0 || config.MaxDrift > century:
		return nil, fmt.Errorf("clocks: a drift bound must be positive, and at most 100 years: %v", config.MaxDrift)
	case config.Persist == nil && config.Reserve != 0:
		return nil, fmt.Errorf("clocks: a reserve must come with a function that persists it: %v", config.Reserve)
	case config.Persist != nil && (config.Reserve <= 0 || config.Reserve > config.MaxDrift):
		return nil, fmt.Errorf("clocks: a reserve must be positive, and at most the drift bound: %v of %v", config.Reserve, config.MaxDrift)
	}
	h := &Hybrid{drift: uint64(config.MaxDrift), reserve: uint64(config.Reserve), persist: config.Persist}
	h.last.Store(uint64(config.From))
	h.bound.Store(math.MaxUint64)
	if h.persist != nil {
		h.bound.Store(uint64(config.From))
	}
	return h, nil
}

// Now is the time of an event of this process, such as the sending of a message: hybrid.Now(time.Now()). The error wraps [ErrBehind] if
// the wall clock is too far behind, and what Persist returned if it failed; a wall time must lie in [1970, 2262).
func (h *Hybrid) Now(wall time.Time) (HybridTime, error) {
	pt, ok := physical(wall)
	if !ok {
		return 0, errWall(wall)
	}
	if last := h.last.Load(); last < h.most(pt) { // the first round of next, which saves a call
		if next := max(last+1, pt); next <= h.bound.Load() && h.last.CompareAndSwap(last, next) {
			return HybridTime(next), nil
		}
	}
	return h.next(pt, 0)
}

// Witness is the time of the receipt of a message that was sent at a remote time, which it is later than. Besides the errors of
// Now there is one that wraps [ErrAhead], if the remote time is too far ahead of the wall clock.
func (h *Hybrid) Witness(wall time.Time, remote HybridTime) (HybridTime, error) {
	pt, ok := physical(wall)
	if !ok {
		return 0, errWall(wall)
	}
	if uint64(remote) >= h.most(pt) {
		return 0, h.errAhead(wall, remote)
	}
	return h.next(pt, uint64(remote))
}

// most is the latest time that may be given out at a physical time. It does not wrap: the latest physical time is less than 2^63, and
// the widest drift bound, a century, less than 2^62 ns. Nor does a reserve more.
func (h *Hybrid) most(pt uint64) uint64 { return pt + h.drift | counters }

// next gives out a time that is later than the last one and after, which is less than h.most(pt).
func (h *Hybrid) next(pt, after uint64) (HybridTime, error) {
	for {
		last := h.last.Load()
		// The paper's four cases are one, as time and counter are one number: the counter begins at zero where the physical
		// clock is ahead, and where it overflows it carries into time.
		next := max(max(last, after)+1, pt)
		if last >= h.most(pt) {
			return 0, h.errBehind(pt, last)
		}
		if next > h.bound.Load() {
			if err := h.extend(next); err != nil {
				return 0, err
			}
		}
		if h.last.CompareAndSwap(last, next) {
			return HybridTime(next), nil
		}
	}
}

// extend moves the bound to a reserve beyond next, unless another has done so.
func (h *Hybrid) extend(next uint64) error {
	h.storing.Lock()
	defer h.storing.Unlock()
	switch {
	case next <= h.bound.Load():
		return nil
	case h.persist == nil: // without it the bound is never reached
		return errors.New("clocks: a hybrid clock must be made by NewHybrid, with a drift bound: it is the zero value")
	}
	bound := next + h.reserve | counters // so that the next start begins with a counter of zero
	if err := h.persist(HybridTime(bound)); err != nil {
		return fmt.Errorf("clocks: a bound must be stored before a time is given out: %w", err)
	}
	h.bound.Store(bound)
	return nil
}

// physical is a wall time in nanoseconds since 1970, rounded up to a multiple of 2^16, so that no hybrid time is before it.
func physical(wall time.Time) (pt uint64, ok bool) {
	seconds := uint64(wall.Unix()) // huge before 1970
	if seconds >= secondsLeft {
		return 0, false
	}
	ns := seconds*uint64(time.Second) + uint64(wall.Nanosecond())
	return (ns + counters) &^ counters, true
}

// Errors are made out of line, so that the times that are given out do not pay for their memory on the stack.

//go:noinline
func errWall(wall time.Time) error {
	return fmt.Errorf("clocks: a wall time must lie in [1970, 2262): %v", utc(wall))
}

//go:noinline
func (h *Hybrid) errAhead(wall time.Time, remote HybridTime) error {
	return fmt.Errorf("%w: %v when the wall clock says %v, and at most %v are allowed", ErrAhead, remote, utc(wall), time.Duration(h.drift))
}

//go:noinline
func (h *Hybrid) errBehind(pt, last uint64) error {
	return fmt.Errorf("%w: %v is more than %v behind %v", ErrBehind, utc(HybridTime(pt).Time()), time.Duration(h.drift), HybridTime(last))
}

// utc is a wall time as errors print it.
func utc(wall time.Time) string { return wall.UTC().Format(time.RFC3339Nano) }
