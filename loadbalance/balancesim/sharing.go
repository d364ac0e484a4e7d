package balancesim

import (
	"container/heap"
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
	present shares
	next    sim.Timer
}

// share is a request and the value of given at which it departs.
type share struct {
	departs float64
	request int32
}

func (s *sharing) accept(i int32) {
	s.advance()
	heap.Push(&s.present, share{departs: s.given + float64(s.cluster.requests[i].work), request: i})
	s.cluster.engine.Cancel(s.next)
	s.schedule()
}

func (s *sharing) complete() int32 {
	s.advance()
	first := heap.Pop(&s.present).(share)
	s.given = first.departs // what rounding to nanoseconds left over or took
	if len(s.present) == 0 {
		s.given = 0 // keeps the digits
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

// shares is a heap by departure; equal ones leave in the order of their indices.
type shares []share

func (s shares) Len() int      { return len(s) }
func (s shares) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s shares) Less(i, j int) bool {
	return s[i].departs < s[j].departs || (s[i].departs == s[j].departs && s[i].request < s[j].request)
}
func (s *shares) Push(x any) { *s = append(*s, x.(share)) }
func (s *shares) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}
