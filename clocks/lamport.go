package clocks

import (
	"cmp"
	"fmt"
	"strings"
	"sync/atomic"
)

// Lamport is a logical clock: a counter that grows with each event of its process, and past that of each message that arrives.
//
// If one event happened before another, its time is smaller. Not the other way round: of two events with different times the earlier one may
// have had no influence on the later, and time alone does not tell. Use [Vector] to know.
//
// A message whose time is more than a bound ahead is refused, with an error and without effect: otherwise one peer, broken or hostile,
// could set every clock to the largest value at once. With the default bound it takes some 2^31 messages to get there, and then the
// clock stops with an error. It never wraps.
//
// A call costs one load and one compare-and-swap. The zero value is ready to use, begins at zero and has the default bound. All methods are safe for
// concurrent use; each returns a time of its own.
//
// Source: L. Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", Communications of the ACM 21(7), 1978,
// implementation rules IR1 and IR2.
type Lamport struct {
	counter atomic.Uint64
	ahead   uint64 // zero: defaultAhead
}

// LamportConfig are the settings of a Lamport clock.
type LamportConfig struct {
	From  uint64 // the time to go on from: for a restart, no less than any time given out before; in [0, MaxCounter]
	Ahead uint64 // how far ahead a message's time may be, inclusive; in [1, MaxCounter], and 0 is 2^32
}

const defaultAhead = 1 << 32

// NewLamport returns a clock with those settings.
func NewLamport(config LamportConfig) (*Lamport, error) {
	if config.From > MaxCounter {
		return nil, fmt.Errorf("clocks: the time to go on from must be at most %d: %d", uint64(MaxCounter), config.From)
	}
	if config.Ahead > MaxCounter {
		return nil, fmt.Errorf("clocks: how far ahead a time may be must be at most %d: %d", uint64(MaxCounter), config.Ahead)
	}
	l := &Lamport{ahead: config.Ahead}
	l.counter.Store(config.From)
	return l, nil
}

// Tick is the time of an event of this process, such as the sending of a message. The error wraps [ErrExhausted].
func (l *Lamport) Tick() (uint64, error) {
	for {
		local := l.counter.Load()
		if local >= MaxCounter {
			return 0, exhausted("a Lamport clock")
		}
		if l.counter.CompareAndSwap(local, local+1) {
			return local + 1, nil
		}
	}
}

// Witness is the time of the arrival of a message that was sent at the remote time: one more than the larger of the two. The error
// wraps [ErrAhead] if the remote time is farther ahead than the bound, [ErrExhausted] if there is no larger time; either leaves
// the clock as it is.
func (l *Lamport) Witness(remote uint64) (uint64, error) {
	bound := l.ahead
	if bound == 0 {
		bound = defaultAhead
	}
	for {
		local := l.counter.Load()
		if remote > local+bound { // neither is above MaxCounter, so the sum fits
			return 0, fmt.Errorf("%w: a Lamport time of %d is more than %d ahead of %d", ErrAhead, remote, bound, local)
		}
		latest := max(local, remote)
		if latest >= MaxCounter {
			return 0, exhausted("a Lamport clock")
		}
		if l.counter.CompareAndSwap(local, latest+1) {
			return latest + 1, nil
		}
	}
}

// Time is the time of the latest event, and zero before the first.
func (l *Lamport) Time() uint64 { return l.counter.Load() }

// LamportStamp is a Lamport time with the name of the process whose time it is: distinct events of distinct processes have distinct stamps, so
// that all events are in one total order, which agrees with happened-before. The zero value is before every event's stamp.
type LamportStamp struct {
	Counter uint64
	Node    string
}

// Compare is -1, 0 or 1: by counter, then by the bytes of the node's name.
func (s LamportStamp) Compare(other LamportStamp) int {
	if c := cmp.Compare(s.Counter, other.Counter); c != 0 {
		return c
	}
	return strings.Compare(s.Node, other.Node)
}
