package ratelimit

import (
	"errors"
	"math"
	"time"
)

// Algorithm is one limit. Every algorithm of this package is one, in production and in simulation.
//
// All methods are safe for concurrent use. Now may go back and may be negative; how each algorithm takes it is part of its
// guarantee.
type Algorithm interface {
	// Take asks for n events at once, all or none, and charges them if they are admitted.
	Take(now time.Duration, n int) Decision

	// Peek says what Take would answer, and changes nothing.
	Peek(now time.Duration, n int) Decision
}

// Reserver is an algorithm that can sell the future: [GCRA] and [Queue].
type Reserver interface {
	Algorithm

	// Reserve charges n events now and says in Wait how long to wait before acting on them. It refuses what could act
	// only after more than atMost, which is zero or more; Wait is then the time after which the same call is admitted.
	Reserve(now time.Duration, n int, atMost time.Duration) Reservation
}

// Decision is an answer to a request for n events. The zero Decision is a refusal.
//
// It has four fields and must not get a fifth: the compiler keeps no larger struct in registers, and each answer would go through
// memory.
type Decision struct {
	Verdict   Verdict
	Remaining int // events that would be admitted at the same instant, after this decision

	// Wait is how long to wait: if the request is admitted, before it acts, which is zero but in a [Queue] and in a reservation; if
	// it is refused, before the same request is admitted if nobody takes anything meanwhile, in whole nanoseconds: at that
	// time it is, one nanosecond earlier it is not. It is [Never] if there is no such time.
	Wait time.Duration

	// ResetAfter is the time after which the limit is as if it had never been used, if nobody takes anything meanwhile.
	ResetAfter time.Duration
}

// OK says that the request is admitted.
func (d Decision) OK() bool { return d.Verdict == Admitted }

// Delay is how long an admitted request waits before it acts.
func (d Decision) Delay() time.Duration {
	if d.OK() {
		return d.Wait
	}
	return 0
}

// RetryAfter is how long a refused request waits before it is worth asking again.
func (d Decision) RetryAfter() time.Duration {
	if d.OK() {
		return 0
	}
	return d.Wait
}

// Never is the Wait of a request that no wait will make admissible.
const Never = time.Duration(math.MaxInt64)

// Verdict says whether a request is admitted, and why not.
type Verdict uint8

// The verdicts. Of the refusals, only Refused is worth a second try.
const (
	Refused     Verdict = iota // over the limit at this moment: see Wait
	Admitted                   // charged, and free to act after Wait
	TooLarge                   // more than the limit can ever admit at once
	NotPositive                // n is zero or negative
	NoLimit                    // the key's class names no limit, see [KeyedConfig], or a [Limiter] has none
)

// The errors that [Decision.Err] returns. They are stable: compare with errors.Is.
var (
	ErrRefused     = errors.New("ratelimit: the limit is reached")
	ErrTooLarge    = errors.New("ratelimit: a request must not exceed what the limit can ever admit at once")
	ErrNotPositive = errors.New("ratelimit: a request must be for one event or more")
	ErrNoLimit     = errors.New("ratelimit: a request must have a limit: the class of its key has none, or its limiter")
)

// Err is nil for an admitted request, and otherwise the reason of the refusal.
func (d Decision) Err() error {
	switch d.Verdict {
	case Admitted:
		return nil
	case TooLarge:
		return ErrTooLarge
	case NotPositive:
		return ErrNotPositive
	case NoLimit:
		return ErrNoLimit
	}
	return ErrRefused
}

// never is the answer to a request that can never be admitted. It is no use of the limit: it leaves no trace.
func never(v Verdict) Decision { return Decision{Verdict: v, Wait: Never} }
