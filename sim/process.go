package sim

import (
	"errors"
	"iter"
	"time"
)

// Process is a model written as steps: a function that sleeps, parks and goes on, in simulated time.
//
// Underneath it is a coroutine (iter.Pull), never a goroutine with channels: exactly one piece of the model runs
// at a time, and the order is the engine's. A step costs three to four times what an event costs; write processes
// for people, handlers for inner loops.
//
// Its methods, but for Wake, are for the process itself: called from elsewhere they are an error that Run returns.
type Process struct {
	engine *Engine
	index  int64
	next   func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
	timer  Timer // what will resume it; none when it is parked
	parked bool
}

// errEnded unwinds a process that Close ends in mid-step, so that its deferred calls run.
var errEnded = errors.New("sim: the process was ended")

// Go starts a process: f runs at the present instant, after the events already scheduled for it, and ends when it
// returns. A panic in f comes out of Run. Close ends a process that has not returned: the step in which it waits panics, so
// that its deferred calls run. A model that recovers from panics must let this one pass, or it goes on.
func (e *Engine) Go(f func(p *Process)) *Process {
	p := &Process{engine: e}
	if f == nil {
		e.fail(errors.New("sim: a process must not be nil"))
		return p
	}
	if e.closed {
		e.fail(ErrClosed)
		return p
	}
	p.next, p.stop = iter.Pull(func(yield func(struct{}) bool) {
		defer func() {
			if r := recover(); r != nil && r != any(errEnded) {
				panic(r)
			}
		}()
		p.yield = yield
		f(p)
	})
	e.processes.add(p)
	p.timer = e.schedule(e.now, resumeProcess, p.index)
	return p
}

// Now is the simulated time.
func (p *Process) Now() time.Duration { return p.engine.now }

// Sleep suspends the process for d.
func (p *Process) Sleep(d time.Duration) {
	if !p.mayPause("Sleep") {
		return
	}
	p.timer = p.engine.schedule(p.engine.later(d), resumeProcess, p.index)
	p.pause()
}

// Park suspends the process until somebody calls Wake. A process nobody wakes stays parked until Close.
func (p *Process) Park() {
	if !p.mayPause("Park") {
		return
	}
	p.parked = true
	p.pause()
}

// Wake lets a parked process go on at the present instant, after the events already scheduled for it. It reports
// whether the process was parked: a process that sleeps, runs, has ended or was woken already is left alone, and
// nothing is remembered.
func (p *Process) Wake() bool {
	if !p.parked {
		return false
	}
	p.parked = false
	p.timer = p.engine.schedule(p.engine.now, resumeProcess, p.index)
	return true
}

func (p *Process) mayPause(step string) bool {
	if p.engine.processes.current == p {
		return true
	}
	p.engine.fail(errors.New("sim: " + step + " was called on a process that is not the one running"))
	return false
}

func (p *Process) pause() {
	if !p.yield(struct{}{}) {
		panic(errEnded)
	}
}

// processes are the live ones. The zero value has none.
type processes struct {
	all     []*Process // by index; nil where one has ended
	free    []int64
	current *Process
}

func (ps *processes) add(p *Process) {
	if n := len(ps.free); n > 0 {
		p.index = ps.free[n-1]
		ps.free = ps.free[:n-1]
		ps.all[p.index] = p
		return
	}
	p.index = int64(len(ps.all))
	ps.all = append(ps.all, p)
}

func (ps *processes) resume(index int64) {
	ps.current = ps.all[index]
	if _, live := ps.current.next(); live {
		ps.current = nil
	} else {
		ps.leave()
	}
}

// leave forgets the current process, if there is one: it has returned or panicked.
func (ps *processes) leave() {
	if ps.current != nil {
		ps.all[ps.current.index] = nil
		ps.free = append(ps.free, ps.current.index)
		ps.current = nil
	}
}

// end stops every live process, the highest index first. Calls are deferred so that one whose own deferred calls
// panic does not keep the others alive.
func (ps *processes) end() {
	for _, p := range ps.all {
		if p == nil {
			continue
		}
		defer func() {
			p.parked = false
			ps.current = p // a deferred call of the process may try to sleep: it goes on unwinding
			p.stop()
			ps.current = nil
		}()
	}
	ps.all, ps.free = nil, nil
}
