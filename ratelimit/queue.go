package ratelimit

import (
	"fmt"
	"math"
	"time"
)

// Queue is the leaky bucket as a queue: it delays requests instead of refusing them, so that admitted events leave at the rate,
// 1/rate apart, whatever the arrivals. A request for n events leaves when its Wait is over and keeps the exit for n/rate. One that
// would leave more than the given number of events waiting is refused.
//
// Events leave in the order of their calls; the next one leaves n/rate after one for n events, or later, under any order
// of now. Where 1/rate is not a whole number of nanoseconds, each leaves at the next whole one. It admits what a [GCRA] with a
// burst of waiting+1 admits, and pays for the smooth output with a delay of at most waiting/rate.
//
// The queue itself is made of callers who do wait; here is one word, as in [GCRA], and as cheap. The zero
// value is not ready to use; all methods are safe for concurrent use.
//
// Sources: J. Turner, "New Directions in Communications (or Which Way to the Information Age?)", IEEE Communications Magazine
// 24(10), 1986; A. Tanenbaum, D. Wetherall, "Computer Networks", 5th edition, 2011, section 5.4.2.
type Queue struct{ word }

// NewQueue returns a queue that lets events out at the given rate while up to waiting others wait, zero or more.
func NewQueue(rate Rate, waiting int) (*Queue, error) {
	u, err := compileQueue(rate, waiting)
	if err != nil {
		return nil, err
	}
	q := &Queue{}
	q.queue = true
	q.state.Store(newState(u, fresh))
	return q, nil
}

func compileQueue(rate Rate, waiting int) (units, error) {
	if waiting < 0 || waiting == math.MaxInt {
		return units{}, fmt.Errorf("ratelimit: the number of events that may wait must lie in [0, 2^63-1): %d", waiting)
	}
	return compile(Limit{rate, waiting + 1})
}

// Take implements [Algorithm]. An admitted request must Wait before it acts.
func (q *Queue) Take(now time.Duration, n int) Decision {
	return q.reserve(now, n, Never).Decision
}

// Peek implements [Algorithm].
func (q *Queue) Peek(now time.Duration, n int) Decision { return q.peek(now, n) }

// Reserve implements [Reserver]: it is Take for those who cannot wait longer than atMost, or who may cancel.
func (q *Queue) Reserve(now time.Duration, n int, atMost time.Duration) Reservation {
	return q.reserve(now, n, atMost)
}

// Limit is the rate and, as the burst, how many may wait.
func (q *Queue) Limit() Limit {
	l := q.state.Load().limit
	l.Burst--
	return l
}

// SetLimit replaces the rate and the number that may wait. Who waits keeps the delay that was given; what waits as a whole
// leaves at the new rate, as with [GCRA.SetLimit]. With an error nothing changes.
func (q *Queue) SetLimit(now time.Duration, rate Rate, waiting int) error {
	u, err := compileQueue(rate, waiting)
	if err != nil {
		return err
	}
	return q.setLimit(now, u)
}
