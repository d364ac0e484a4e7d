package sim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// ErrPast is wrapped by the error that Run returns when a model scheduled an event before the present.
var ErrPast = errors.New("sim: an event cannot be scheduled into the past")

// ErrClosed is wrapped by the error that Run returns when a closed engine was asked to go on.
var ErrClosed = errors.New("sim: the engine is closed")

// Handler names a function registered with [Engine.Handle]. A handler belongs to the engine that gave it.
type Handler int32

// Timer names one scheduled event, so that it can be cancelled. It is a plain value: copy it, keep it, drop it. A timer
// belongs to the engine that gave it. The zero Timer names no event.
type Timer struct {
	seq  uint64
	slot uint32
}

// Engine is a virtual clock and the events that wait on it.
//
// Events run one at a time, ordered by (time, sequence): of two events at one instant, the one that was
// scheduled first runs first. The order is total, so that a run is a function of the model and the seed.
//
// A model that does what cannot be done (schedules into the past, names a handler that does not exist) is
// stopped: the engine keeps the first such error and Run returns it. So scheduling needs no error check.
//
// Scheduling and running cost O(log n) in the number of pending events, cancelling O(1) amortised, and none of them
// allocates in the steady state. An Engine is not safe for concurrent use: everything it runs, it runs on the caller's goroutine.
type Engine struct {
	now  time.Duration
	last uint64 // the sequence number given out last; 0 is nobody's

	queue queue
	hole  bool // the queue's first entry is the event that is running: the next one scheduled takes its place
	dead  int  // entries of cancelled events, still in the queue

	slots    []slot
	free     uint32 // the first free slot, noSlot when there is none
	handlers []func(arg int64)
	closures []func() // by slot; only those slots have one that hold a closure

	processes processes
	seed      uint64
	streams   map[string]*rand.Rand

	err     error
	running bool
	stopped bool
	closed  bool
}

// slot is what an entry of the queue stands for. It is free as soon as its event runs or is cancelled; an entry
// whose sequence number is no longer the slot's is dead. Sequence numbers serve as generations that never wrap.
type slot struct {
	seq     uint64
	arg     int64
	handler Handler
	next    uint32 // the next free slot
}

const noSlot = math.MaxUint32

// The engine's own handlers; the model's come after them.
const (
	runClosure    Handler = iota // arg: the slot
	resumeProcess                // arg: the process's index
)

// New returns an engine at time zero. All its random streams derive from seed. An engine on which processes were started
// must be closed: those that have not returned would stay for ever.
func New(seed uint64) *Engine {
	e := &Engine{seed: seed, free: noSlot, streams: map[string]*rand.Rand{}}
	e.handlers = []func(int64){runClosure: e.runClosure, resumeProcess: e.processes.resume}
	return e
}

// Now is the simulated time since the start: what an algorithm under simulation gets as its now.
func (e *Engine) Now() time.Duration { return e.now }

// Handle registers f, once, and returns the name under which [Engine.Schedule] calls it. The argument is the
// model's own: an index of a server, of a request, of nothing.
func (e *Engine) Handle(f func(arg int64)) Handler {
	if f == nil {
		e.fail(errors.New("sim: a handler must not be nil"))
		f = func(int64) {}
	}
	e.handlers = append(e.handlers, f)
	return Handler(len(e.handlers) - 1)
}

// Schedule calls h with arg after d. It is the form that does not allocate: an event is three words without a
// pointer.
func (e *Engine) Schedule(d time.Duration, h Handler, arg int64) Timer {
	if uint(h) >= uint(len(e.handlers)) || h <= resumeProcess {
		e.fail(fmt.Errorf("sim: no handler %d is registered with this engine", h))
		return Timer{}
	}
	return e.schedule(e.later(d), h, arg)
}

// After calls f after d.
func (e *Engine) After(d time.Duration, f func()) Timer { return e.At(e.later(d), f) }

// At calls f at time t. At the present instant it runs after the events already scheduled for it.
func (e *Engine) At(t time.Duration, f func()) Timer {
	if f == nil {
		e.fail(errors.New("sim: a scheduled function must not be nil"))
		return Timer{}
	}
	timer := e.schedule(t, runClosure, 0)
	if timer.seq == 0 {
		return timer
	}
	for len(e.closures) <= int(timer.slot) {
		e.closures = append(e.closures, nil)
	}
	e.slots[timer.slot].arg = int64(timer.slot)
	e.closures[timer.slot] = f
	return timer
}

// Cancel takes a scheduled event back: it will not run. It reports whether there was something to take back;
// an event that has run, is running or was cancelled before is none.
func (e *Engine) Cancel(t Timer) bool {
	if t.seq == 0 || int(t.slot) >= len(e.slots) || e.slots[t.slot].seq != t.seq {
		return false
	}
	if e.slots[t.slot].handler == runClosure {
		e.closures[t.slot] = nil
	}
	e.release(t.slot)
	e.dead++
	if e.dead > len(e.queue)/2 && e.dead > 64 {
		e.sweep()
	}
	return true
}

// Pending is the number of events that wait: scheduled, not yet run, not cancelled.
func (e *Engine) Pending() int {
	n := len(e.queue) - e.dead
	if e.hole {
		n--
	}
	return n
}

// Run runs events until none waits, the model calls [Engine.Stop], or something went wrong.
func (e *Engine) Run() error { return e.run(math.MaxInt64) }

// RunUntil runs the events up to and including time t; then it is t, unless the model stopped the run. Events after t
// keep waiting.
func (e *Engine) RunUntil(t time.Duration) error {
	if t < e.now {
		return fmt.Errorf("%w: run until %v, now %v", ErrPast, t, e.now)
	}
	err := e.run(t)
	if err == nil && !e.stopped {
		e.now = t
	}
	return err
}

// Stop ends the current Run after the event that calls it. A later Run goes on where this one stopped.
func (e *Engine) Stop() { e.stopped = true }

// Close ends every live process and drops all events: nothing of the engine is left after it. Closing twice does
// nothing. A model cannot close the engine that runs it: that is an error which Run returns.
func (e *Engine) Close() {
	if e.running {
		e.fail(errors.New("sim: Close was called from inside a run"))
		return
	}
	if e.closed {
		return
	}
	e.closed = true
	e.queue, e.slots, e.closures, e.free = nil, nil, nil, noSlot
	e.hole, e.dead = false, 0
	e.processes.end()
}

func (e *Engine) run(until time.Duration) error {
	if e.running {
		return errors.New("sim: Run was called from inside a run")
	}
	if e.closed {
		e.fail(ErrClosed)
		return e.err
	}
	e.running, e.stopped = true, false
	defer func() {
		e.running = false
		if e.hole { // a handler panicked
			e.fill()
		}
		e.processes.leave()
	}()
	for e.err == nil && !e.stopped && len(e.queue) > 0 {
		next := e.queue[0]
		if next.at > until {
			break
		}
		s := &e.slots[next.slot]
		if s.seq != next.seq {
			e.queue = e.queue.pop()
			e.dead--
			continue
		}
		handler, arg := e.handlers[s.handler], s.arg
		e.release(next.slot)
		e.now = next.at
		e.hole = true
		handler(arg)
		if e.hole {
			e.fill()
		}
	}
	return e.err
}

// schedule is the one way into the queue. Most handlers schedule exactly one successor: it takes the place of
// the entry that is running, which saves a pop and a push.
func (e *Engine) schedule(at time.Duration, h Handler, arg int64) Timer {
	if at < e.now {
		e.fail(fmt.Errorf("%w: at %v, now %v", ErrPast, at, e.now))
		return Timer{}
	}
	if e.closed {
		e.fail(ErrClosed)
		return Timer{}
	}
	i := e.free
	if i == noSlot {
		i = uint32(len(e.slots))
		e.slots = append(e.slots, slot{next: noSlot})
	}
	e.last++
	s := &e.slots[i]
	e.free = s.next
	s.seq, s.arg, s.handler = e.last, arg, h
	next := entry{at: at, seq: e.last, slot: i}
	if e.hole {
		e.hole = false
		e.queue.replace(next)
	} else {
		e.queue = e.queue.push(next)
	}
	return Timer{seq: e.last, slot: i}
}

// later is now + d, or a time in the past where that is more than a time.Duration holds.
func (e *Engine) later(d time.Duration) time.Duration {
	t := e.now + d
	if d > 0 && t < e.now {
		e.fail(fmt.Errorf("sim: time ends at %v: %v after %v lies beyond", time.Duration(math.MaxInt64), d, e.now))
	}
	return t
}

func (e *Engine) runClosure(slot int64) {
	f := e.closures[slot]
	e.closures[slot] = nil
	f()
}

func (e *Engine) release(i uint32) {
	e.slots[i].seq = 0
	e.slots[i].next = e.free
	e.free = i
}

// fill closes the hole that an event without a successor leaves.
func (e *Engine) fill() {
	e.hole = false
	if len(e.queue) > 0 {
		e.queue = e.queue.pop()
	}
}

// sweep drops dead entries, so that timeouts set and cancelled by the million do not pile up until they expire.
// The order is total: whatever the heap's shape, the same event comes next.
func (e *Engine) sweep() {
	if e.hole {
		e.fill()
	}
	live := e.queue[:0]
	for _, n := range e.queue {
		if e.slots[n.slot].seq == n.seq {
			live = append(live, n)
		}
	}
	e.queue = live
	e.queue.order()
	e.dead = 0
}

func (e *Engine) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}
