package balancesim

import (
	"math"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim"
)

// sharing serves all its requests at once, each with an equal share of its speed: what a CPU with many threads or a link
// with many streams comes close to. L. Kleinrock, "Time-shared Systems: A Theoretical Treatment",
// Journal of the ACM 14(2), 1967.
//
// It keeps one number, the work that a request present all along would have got by now. A request departs when that
// number has grown by its own work, so the next to depart is the least of a heap, whatever the number of requests.
type sharing struct {
	cluster *cluster
	index   int
	speed   float64
	given   float64 // work given to each, in nanoseconds, up to time at
	at      time.Duration
	present []share // a binary heap
	next    sim.Timer
}

// share is a request and the value of given at which it departs.
type share struct {
	departs float64
	request int32
}

func (s *sharing) accept(i int32) {
	s.advance()
	s.push(share{departs: s.given + float64(s.cluster.requests[i].work), request: i})
	s.cluster.engine.Cancel(s.next)
	s.schedule()
}

func (s *sharing) complete() int32 {
	s.advance()
	first := s.pop()
	s.given = first.departs // rather than what rounding to nanoseconds made of it
	if len(s.present) == 0 {
		s.given = 0 // small numbers keep their digits
	}
	s.schedule()
	return first.request
}

func (s *sharing) advance() {
	now := s.cluster.engine.Now()
	if n := len(s.present); n > 0 {
		s.given += float64(now-s.at) * s.speed / float64(n)
	}
	s.at = now
}

func (s *sharing) schedule() {
	if len(s.present) == 0 {
		return
	}
	left := math.Max(0, s.present[0].departs-s.given) * float64(len(s.present)) / s.speed
	s.next = s.cluster.engine.Schedule(nearest(left), s.cluster.depart, int64(s.index))
}

func (s *sharing) push(x share) {
	s.present = append(s.present, x)
	i := len(s.present) - 1
	for parent := (i - 1) / 2; i > 0 && x.departs < s.present[parent].departs; parent = (i - 1) / 2 {
		s.present[i] = s.present[parent]
		i = parent
	}
	s.present[i] = x
}

func (s *sharing) pop() share {
	first, last := s.present[0], s.present[len(s.present)-1]
	s.present = s.present[:len(s.present)-1]
	i := 0
	for child := 1; child < len(s.present); child = 2*i + 1 {
		if right := child + 1; right < len(s.present) && s.present[right].departs < s.present[child].departs {
			child = right
		}
		if last.departs <= s.present[child].departs {
			break
		}
		s.present[i] = s.present[child]
		i = child
	}
	if len(s.present) > 0 {
		s.present[i] = last
	}
	return first
}
