package sim_test

import (
	"container/heap"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// sketch is a scheduler as it is often written first: the standard library's heap, ordered by time. Each of its bugs is
// one that was shipped somewhere.
type sketch struct {
	bug    schedulerBug
	at     time.Duration
	events sketchHeap
	last   int
	places []*sketchEvent // recycledTimer
}

type schedulerBug int

const (
	soundScheduler    schedulerBug = iota
	byTimeAlone                    // ties come in the heap's order
	lateCancel                     // an event that was cancelled runs if it is due at this very instant
	exclusiveRunUntil              // events at the end of a run are left for the next one
	recycledTimer                  // a timer names a place, which goes to the next event when its own has run
	sweptOutOfOrder                // dropping cancelled events leaves no heap behind
)

type sketchEvent struct {
	at   time.Duration
	seq  int
	f    func()
	dead bool
	ran  bool
}

type sketchHeap struct {
	events  []*sketchEvent
	byTime  bool
	pending int
}

func (h sketchHeap) Len() int      { return len(h.events) }
func (h sketchHeap) Swap(i, j int) { h.events[i], h.events[j] = h.events[j], h.events[i] }
func (h sketchHeap) Less(i, j int) bool {
	a, b := h.events[i], h.events[j]
	return a.at < b.at || (!h.byTime && a.at == b.at && a.seq < b.seq)
}
func (h *sketchHeap) Push(x any) { h.events = append(h.events, x.(*sketchEvent)) }
func (h *sketchHeap) Pop() any {
	last := h.events[len(h.events)-1]
	h.events = h.events[:len(h.events)-1]
	return last
}

func newSketch(bug schedulerBug) func() scheduler {
	return func() scheduler { return &sketch{bug: bug, events: sketchHeap{byTime: bug == byTimeAlone}} }
}

func (s *sketch) now() time.Duration { return s.at }
func (s *sketch) pending() int       { return s.events.pending }

func (s *sketch) schedule(d time.Duration, _ int, f func()) func() bool {
	s.last++
	e := &sketchEvent{at: s.at + d, seq: s.last, f: f}
	heap.Push(&s.events, e)
	s.events.pending++
	place := s.place(e)
	return func() bool {
		e := e
		if s.bug == recycledTimer {
			e = s.places[place]
		}
		if e.dead || e.ran {
			return false
		}
		e.dead = true
		s.events.pending--
		if s.bug == sweptOutOfOrder && len(s.events.events) > 2*s.events.pending {
			s.sweep()
		}
		return true
	}
}

// place is the first that has no event which waits.
func (s *sketch) place(e *sketchEvent) int {
	if s.bug != recycledTimer {
		return 0
	}
	for i, there := range s.places {
		if there.dead || there.ran {
			s.places[i] = e
			return i
		}
	}
	s.places = append(s.places, e)
	return len(s.places) - 1
}

// sweep drops cancelled events by moving the last one into each gap.
func (s *sketch) sweep() {
	for i := 0; i < len(s.events.events); {
		if s.events.events[i].dead {
			s.events.events[i] = s.events.events[len(s.events.events)-1]
			s.events.events = s.events.events[:len(s.events.events)-1]
		} else {
			i++
		}
	}
}

func (s *sketch) runUntil(t time.Duration) error {
	s.drain(func(at time.Duration) bool { return at < t || (at == t && s.bug != exclusiveRunUntil) })
	s.at = t
	return nil
}

func (s *sketch) run() error {
	s.drain(func(time.Duration) bool { return true })
	return nil
}

func (s *sketch) drain(due func(time.Duration) bool) {
	for len(s.events.events) > 0 && due(s.events.events[0].at) {
		e := heap.Pop(&s.events).(*sketchEvent)
		if e.dead && !(s.bug == lateCancel && e.at == s.at) {
			continue
		}
		if !e.dead {
			s.events.pending--
		}
		s.at, e.ran = e.at, true
		e.f()
	}
}

// The sketch obeys the law: what fails below is the bug.
func TestBroken_NothingWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawOrderIsAList(newSketch(soundScheduler)))
	lawtest.Holds(t, lawCancelledNeverRuns(newSketch(soundScheduler)))
}

func TestBroken_TiesInTheHeapsOrder(t *testing.T) {
	lawtest.Breaks(t, "A heap ordered by time alone runs events of one instant in an order that depends on its shape",
		lawOrderIsAList(newSketch(byTimeAlone)))
}

func TestBroken_CancelledTooLate(t *testing.T) {
	lawtest.Breaks(t, "A scheduler that has already gathered what is due now runs an event that was cancelled at this instant",
		lawOrderIsAList(newSketch(lateCancel)))
}

func TestBroken_RunUntilExcludesItsEnd(t *testing.T) {
	lawtest.Breaks(t, "A run that leaves out its own end leaves events for later that are due",
		lawOrderIsAList(newSketch(exclusiveRunUntil)))
}

func TestBroken_ATimerOutlivesItsEvent(t *testing.T) {
	lawtest.Breaks(t, "A timer that names a place, and not an event, cancels whoever has the place now",
		lawOrderIsAList(newSketch(recycledTimer)))
}

func TestBroken_ASweepLeavesNoHeap(t *testing.T) {
	lawtest.Breaks(t, "A queue that fills the gaps of cancelled events with its last ones is no heap any more",
		lawCancelledNeverRuns(newSketch(sweptOutOfOrder)))
}
