package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limiter is an algorithm with a clock: the convenient form, for a service. All methods are safe for concurrent use.
type Limiter struct {
	algorithm Algorithm
	start     time.Time
}

// New returns a limiter of the given rate that admits up to burst events at once. It is a [GCRA].
func New(rate Rate, burst int) (*Limiter, error) {
	g, err := NewGCRA(rate, burst)
	if err != nil {
		return nil, err
	}
	return WithClock(g), nil
}

// WithClock gives any algorithm a clock, which begins at zero. Without an algorithm, nil, every request is refused with [NoLimit].
func WithClock(a Algorithm) *Limiter {
	if a == nil {
		a = nothing{}
	}
	return &Limiter{a, time.Now()}
}

// nothing is no algorithm.
type nothing struct{}

func (nothing) Take(time.Duration, int) Decision { return never(NoLimit) }
func (nothing) Peek(time.Duration, int) Decision { return never(NoLimit) }

func (l *Limiter) now() time.Duration { return time.Since(l.start) }

// Allow says whether an event may happen now, and charges it if so.
func (l *Limiter) Allow() bool { return l.AllowN(1) }

// AllowN says whether n events may happen now, all or none. Nobody waits: what a [Queue] would delay is not allowed.
func (l *Limiter) AllowN(n int) bool {
	if r, ok := l.algorithm.(Reserver); ok {
		return r.Reserve(l.now(), n, 0).OK()
	}
	return l.Take(n).OK()
}

// Take is AllowN with the whole decision.
func (l *Limiter) Take(n int) Decision { return l.algorithm.Take(l.now(), n) }

// Peek says what Take would answer, and changes nothing.
func (l *Limiter) Peek(n int) Decision { return l.algorithm.Peek(l.now(), n) }

// Wait waits until an event may happen, and charges it. See WaitN.
func (l *Limiter) Wait(ctx context.Context) error { return l.WaitN(ctx, 1) }

// WaitN waits until n events may happen, and charges them. It returns an error at once if that can never be, or not before
// the context's deadline (then it wraps [context.DeadlineExceeded] and [ErrRefused]), or not even without a deadline, as when a
// [Queue] is full (it wraps [ErrRefused] alone), and the context's error if that ends the wait.
//
// It serves callers first come, first served if [Limiter.InOrder] says so: then it reserves, and a caller that gives up
// cancels. Otherwise it tries again whenever the algorithm says that it is worth it, and whoever comes at the right
// moment is served.
func (l *Limiter) WaitN(ctx context.Context, n int) error {
	if r, ok := l.algorithm.(Reserver); ok {
		if err := ctx.Err(); err != nil {
			return err
		}
		reservation := r.Reserve(l.now(), n, patience(ctx))
		if !reservation.OK() {
			return notMade(reservation.Decision, n, reservation.impatient)
		}
		err := sleep(ctx, reservation.Wait)
		if err != nil {
			reservation.giveBack()
		}
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		d := l.Take(n)
		if d.OK() {
			return nil
		}
		if d.Wait > patience(ctx) || d.Wait == Never {
			return notMade(d, n, d.Wait != Never)
		}
		if err := sleep(ctx, d.Wait); err != nil {
			return err
		}
	}
}

// patience is how long a context lasts.
func patience(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return max(0, time.Until(deadline))
	}
	return Never
}

// notMade says why nobody waits: whether nothing but the deadline is in the way, or anything else.
func notMade(d Decision, n int, deadline bool) error {
	switch {
	case d.Verdict != Refused:
		return fmt.Errorf("%w: %d", d.Err(), n)
	case deadline:
		return fmt.Errorf("%w, and a wait must end before the context's deadline: %w", ErrRefused, context.DeadlineExceeded)
	}
	return fmt.Errorf("%w, and no more may wait", ErrRefused)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// InOrder says whether Wait serves callers first come, first served: whether the algorithm is a [Reserver].
func (l *Limiter) InOrder() bool {
	_, ok := l.algorithm.(Reserver)
	return ok
}

// Reserve is ReserveN for one event.
func (l *Limiter) Reserve() (Reservation, error) { return l.ReserveN(1) }

// ReserveN charges n events and says in the reservation's Wait how long to wait before they happen; [Limiter.Cancel] gives them
// back. The error wraps that of the refusal, or [errors.ErrUnsupported] if the algorithm is no [Reserver].
func (l *Limiter) ReserveN(n int) (Reservation, error) {
	r, ok := l.algorithm.(Reserver)
	if !ok {
		return Reservation{}, fmt.Errorf("ratelimit: to reserve takes a Reserver: %T: %w", l.algorithm, errors.ErrUnsupported)
	}
	reservation := r.Reserve(l.now(), n, Never)
	if !reservation.OK() {
		return reservation, notMade(reservation.Decision, n, false)
	}
	return reservation, nil
}

// Cancel gives back what was reserved with this limiter, until the time at which it acts, if nobody took anything since: see
// [Reservation.Cancel].
func (l *Limiter) Cancel(r *Reservation) bool { return r != nil && r.Cancel(l.now()) }

// Limit is the rate and the burst, as [Limiter.SetLimit] takes them; not ok if the algorithm has none.
func (l *Limiter) Limit() (limit Limit, ok bool) {
	a, ok := l.algorithm.(interface{ Limit() Limit })
	if !ok {
		return Limit{}, false
	}
	return a.Limit(), true
}

// SetLimit replaces rate and burst and keeps the state: see [GCRA.SetLimit]. For a [Queue] the burst is the number that may
// wait. The error wraps [errors.ErrUnsupported] if the algorithm has no rate and burst, as window counters have not.
func (l *Limiter) SetLimit(rate Rate, burst int) error {
	a, ok := l.algorithm.(interface {
		SetLimit(now time.Duration, rate Rate, burst int) error
	})
	if !ok {
		return fmt.Errorf("ratelimit: to set rate and burst takes an algorithm that has them: %T: %w", l.algorithm, errors.ErrUnsupported)
	}
	return a.SetLimit(l.now(), rate, burst)
}
