// J. Kiefer, J. Wolfowitz, "On the Theory of Queues with Many Servers", Transactions of the American Mathematical Society 78(1), 1955; for one
// server D. V. Lindley, "The Theory of Queues with a Single Server", Mathematical Proceedings of the Cambridge Philosophical Society 48(2), 1952.

package sim

import (
	"fmt"
	"math"
	"time"
)

// Station is equal servers and one line before them, first come, first served. It needs no engine: when a request's service begins follows from
// the requests before it, so that a queue costs a step of a recursion where events would cost two. For other orders, requests that give up or servers that
// fail, use events. Make it with [NewStation]. It is for one goroutine.
type Station struct {
	free []time.Duration // when each server will be, as a heap
}

// NewStation has so many servers, in [1, 2^24], all free.
func NewStation(servers int) (*Station, error) {
	const most = 1 << 24
	if servers < 1 || servers > most {
		return nil, fmt.Errorf("sim: servers of a station must lie in [1, %d]: %d", most, servers)
	}
	return &Station{make([]time.Duration, servers)}, nil
}

// Serve takes the next request, which arrives at the station then and takes so long, and returns when its service begins and ends: as soon as a server is
// free. Requests are served in the order of the calls, so call it in the order of arrival. A negative arrival or service counts as 0; what
// would end later than a time.Duration can say ends with it. It costs O(log servers) and does not allocate.
func (s *Station) Serve(arrival, service time.Duration) (begins, ends time.Duration) {
	begins = max(arrival, s.free[0])
	ends = math.MaxInt64
	if service = max(0, service); service <= ends-begins {
		ends = begins + service
	}
	s.replaceFirst(ends)
	return begins, ends
}

// Wait is how long a request waits for its service if it arrives then, as the next one.
func (s *Station) Wait(arrival time.Duration) time.Duration {
	return max(0, s.free[0]-max(0, arrival))
}

// replaceFirst puts a later time in place of the earliest one.
func (s *Station) replaceFirst(later time.Duration) {
	at := 0
	for {
		child := 2*at + 1
		if child >= len(s.free) {
			break
		}
		if child+1 < len(s.free) && s.free[child+1] < s.free[child] {
			child++
		}
		if s.free[child] >= later {
			break
		}
		s.free[at] = s.free[child]
		at = child
	}
	s.free[at] = later
}
