package ratelimit

import (
	"runtime"
	"time"
)

// GCRA is the generic cell rate algorithm: one word holds the theoretical arrival time (TAT), the time at which the limit will be as
// fresh as at the start. An event moves it up by 1/rate; a request is admitted if that leaves it at most burst/rate ahead of now.
//
// In any interval of length t, measured by the largest now seen, it admits at most burst + rate*t events, under any order of
// now, backwards and concurrent included: the word never falls, but when a reservation is cancelled. Then what only refusals
// have seen is forgotten with it: the largest now is that of what was admitted and stands. Decision by decision it is
// [TokenBucket] and [LeakyBucket].
//
// A request costs two loads and, if admitted, one compare-and-swap; there is no lock, no goroutine and no allocation. Who loses the
// compare-and-swap to another stands back for about a microsecond before the next; who comes in the middle of a SetLimit waits for
// its end. The zero value is not ready to use; all methods are safe for concurrent use.
//
// Sources: ITU-T Recommendation I.371, "Traffic control and congestion control in B-ISDN", 1996, annex A; ATM Forum, "Traffic
// Management Specification 4.0", 1996, section 4.4.2, for the equivalence with the leaky bucket.
type GCRA struct{ word }

// NewGCRA returns a limit of the given rate that admits up to burst events at once.
func NewGCRA(rate Rate, burst int) (*GCRA, error) {
	u, err := compile(Limit{rate, burst})
	if err != nil {
		return nil, err
	}
	g := &GCRA{}
	g.state.Store(newState(u, fresh))
	return g, nil
}

// Take implements [Algorithm].
func (g *GCRA) Take(now time.Duration, n int) Decision {
	for {
		s := g.state.Load()
		if n < 1 || n > s.limit.Burst {
			d, _ := s.unfit(n)
			return d
		}
		t := s.at(now)
		for {
			tat := s.tat.Load()
			from := max(tat, t)
			next := from + int64(n)*s.cost
			if next-t > s.full {
				if tat == moved {
					break
				}
				return s.refused(from-t, next-t-s.full)
			}
			if s.tat.CompareAndSwap(tat, next) {
				return s.admitted(next - t)
			}
			standBack()
		}
		runtime.Gosched()
	}
}

// Peek implements [Algorithm].
func (g *GCRA) Peek(now time.Duration, n int) Decision { return g.peek(now, n) }

// Reserve implements [Reserver]. A reservation acts when the limit would have admitted it, so reservations act in the order in
// which they were made. None is made farther ahead than 36 years, less for rates that need a finer unit than a nanosecond.
func (g *GCRA) Reserve(now time.Duration, n int, atMost time.Duration) Reservation {
	return g.reserve(now, n, atMost)
}

// Limit is the rate and the burst.
func (g *GCRA) Limit() Limit { return g.state.Load().limit }

// SetLimit replaces rate and burst. What was taken stays taken: the limit owes as many events as before, and regains them
// at the new rate. An interval that spans the change admits at most the new burst and what each rate regains in its
// part, provided that now is not behind what Take has seen: what it is behind by is regained at the new rate. Reservations
// made before keep their delay and cannot be cancelled any more. With an error nothing changes.
func (g *GCRA) SetLimit(now time.Duration, rate Rate, burst int) error {
	u, err := compile(Limit{rate, burst})
	if err != nil {
		return err
	}
	return g.setLimit(now, u)
}
