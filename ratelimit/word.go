package ratelimit

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// word is what [GCRA] and [Queue] are made of: a limit, and the theoretical arrival time, counted in the limit's units. They
// differ in when an admitted event acts: as soon as the limit admits it, or when the one before it has left.
type word struct {
	state    atomic.Pointer[state]
	changing sync.Mutex // held by setLimit
	queue    bool
}

// state is replaced as a whole when the limit changes, because the word counts in the limit's units.
type state struct {
	units
	tat atomic.Int64
}

const (
	fresh = -1 << 63              // of a limit that was never used: before every now
	moved = horizon + horizon + 1 // left behind by setLimit: later than every TAT, so nothing is admitted
)

func newState(u units, tat int64) *state {
	s := &state{units: u}
	s.tat.Store(tat)
	return s
}

// standBack lets who won the word go on for about a microsecond. Its processor has the word's cache line, and would lose it with
// each request if the others wanted it back at once: to move the line takes several times as long as a request does.
func standBack() {
	for range 3_000 {
	}
}

// book judges n events at t that may act up to ahead later. It returns the word before and after.
func (s *state) book(tat, t int64, n int, ahead int64, queue bool) (from, next int64, d Decision) {
	from = max(tat, t)
	next = from + int64(n)*s.cost
	delay, missing := next-t-s.full, next-t-s.full-ahead
	if queue {
		delay, missing = from-t, max(from-t-ahead, next-t-s.full)
	}
	if missing > 0 {
		return from, next, s.refused(from-t, missing)
	}
	d = s.admitted(next - t)
	d.Wait = s.wait(delay)
	return from, next, d
}

func (w *word) peek(now time.Duration, n int) Decision {
	for {
		s := w.state.Load()
		if d, unfit := s.unfit(n); unfit {
			return d
		}
		if tat := s.tat.Load(); tat != moved {
			ahead := int64(0)
			if w.queue {
				ahead = farthest
			}
			_, _, d := s.book(tat, s.at(now), n, ahead, w.queue)
			return d
		}
		runtime.Gosched()
	}
}

func (w *word) reserve(now time.Duration, n int, atMost time.Duration) Reservation {
	for {
		s := w.state.Load()
		if d, unfit := s.unfit(n); unfit {
			return Reservation{Decision: d}
		}
		t, ahead := s.at(now), s.ahead(atMost)
		for {
			tat := s.tat.Load()
			from, next, d := s.book(tat, t, n, ahead, w.queue)
			if !d.OK() {
				if tat == moved {
					break
				}
				return Reservation{Decision: d, impatient: next-t-s.full <= s.farthestAhead(w.queue)}
			}
			if s.tat.CompareAndSwap(tat, next) {
				return Reservation{Decision: d, of: s, from: from, to: next, acts: after(now, d.Wait)}
			}
			standBack()
		}
		runtime.Gosched()
	}
}

// farthestAhead is what the debt may exceed a burst by, for somebody who waits however long it takes.
func (u *units) farthestAhead(queue bool) int64 {
	if queue {
		return 0
	}
	return farthest
}

// after is now + wait, or the end of time.
func after(now, wait time.Duration) time.Duration {
	if now > math.MaxInt64-wait {
		return math.MaxInt64
	}
	return now + wait
}

// ahead is how many units ahead a reservation may act.
func (u *units) ahead(atMost time.Duration) int64 {
	if atMost > time.Duration(farthest/u.scale) {
		return farthest
	}
	return int64(max(0, atMost)) * u.scale
}

func (w *word) setLimit(now time.Duration, u units) error {
	w.changing.Lock()
	defer w.changing.Unlock()
	s := w.state.Load()
	tat := s.tat.Swap(moved)
	next := int64(fresh)
	if tat != fresh {
		debt, err := s.carry(tat-s.at(now), &u)
		if err != nil {
			s.tat.Store(tat)
			return err
		}
		next = u.at(now) + debt
	}
	w.state.Store(newState(u, next))
	return nil
}

// Reservation is a charge for events that act after Wait. It is a plain value: do not copy it, because each copy could be
// cancelled once.
type Reservation struct {
	Decision
	of        *state
	from, to  int64         // the word before and after
	acts      time.Duration // by the clock of who reserved
	impatient bool          // refused for nothing but atMost
}

// Cancel gives back what was reserved, for a holder who has not acted and will not. It reports whether it could: only until the
// time at which the reservation acts, that time included, so that a deferred Cancel takes nothing from what has happened; and only as
// long as nothing was taken or reserved since and the limit was not changed, because later reservations count on this one's time. So
// cancelling the latest first gives back all; what is not given back is regained as time passes. A second Cancel does nothing.
//
// Now is by the clock of the reservation: who reserved with a [Limiter] calls [Limiter.Cancel].
func (r *Reservation) Cancel(now time.Duration) bool {
	if now > r.acts {
		r.of = nil
	}
	return r.giveBack()
}

// giveBack is Cancel for who knows that nothing has happened.
func (r *Reservation) giveBack() bool {
	of := r.of
	r.of = nil
	return of != nil && of.tat.CompareAndSwap(r.to, r.from)
}
