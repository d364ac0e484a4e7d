package clocksim

import (
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// VectorTimes are the vector clocks of the events of an execution, by index.
func VectorTimes(x Execution) ([]clocks.Vector, error) {
	if err := x.Check(); err != nil {
		return nil, err
	}
	processes := make([]clocks.Vector, x.Processes)
	return stamps(x, func(_ int, e Event, sent *clocks.Vector) (clocks.Vector, error) {
		v := &processes[e.Process]
		if sent != nil {
			v.Merge(*sent)
		}
		err := v.Increment(ProcessName(e.Process))
		return v.Clone(), err
	})
}

// LamportTimes are the Lamport times of the events of an execution, by index.
func LamportTimes(x Execution) ([]clocks.LamportStamp, error) {
	if err := x.Check(); err != nil {
		return nil, err
	}
	processes := make([]clocks.Lamport, x.Processes)
	return stamps(x, func(_ int, e Event, sent *clocks.LamportStamp) (s clocks.LamportStamp, err error) {
		s.Node = ProcessName(e.Process)
		if sent != nil {
			s.Counter, err = processes[e.Process].Witness(sent.Counter)
		} else {
			s.Counter, err = processes[e.Process].Tick()
		}
		return s, err
	})
}

// HybridTimes are the hybrid times of the events of an execution, by index; walls is what the clock of the event's process showed at each, and
// maxDrift how far times may be ahead of it. The error wraps [clocks.ErrAhead] or [clocks.ErrBehind] if they are farther.
func HybridTimes(x Execution, walls []time.Time, maxDrift time.Duration) ([]clocks.HybridStamp, error) {
	if err := x.Check(); err != nil {
		return nil, err
	}
	if len(walls) != len(x.Events) {
		return nil, fmt.Errorf("clocksim: there must be a wall time for each event: %d for %d", len(walls), len(x.Events))
	}
	processes := make([]*clocks.Hybrid, x.Processes)
	for i := range processes {
		h, err := clocks.NewHybrid(clocks.HybridConfig{MaxDrift: maxDrift})
		if err != nil {
			return nil, err
		}
		processes[i] = h
	}
	return stamps(x, func(i int, e Event, sent *clocks.HybridStamp) (s clocks.HybridStamp, err error) {
		s.Node = ProcessName(e.Process)
		if sent != nil {
			s.Time, err = processes[e.Process].Witness(walls[i], sent.Time)
		} else {
			s.Time, err = processes[e.Process].Now(walls[i])
		}
		return s, err
	})
}

// stamps are what the processes' clocks say of each event, which sees the stamp of the message that arrives, if one does.
func stamps[S any](x Execution, stamp func(i int, e Event, sent *S) (S, error)) ([]S, error) {
	all := make([]S, len(x.Events))
	for i, e := range x.Events {
		var sent *S
		if e.From >= 0 {
			sent = &all[e.From]
		}
		s, err := stamp(i, e, sent)
		if err != nil {
			return nil, fmt.Errorf("clocksim: event %d, of %s: %w", i, ProcessName(e.Process), err)
		}
		all[i] = s
	}
	return all, nil
}
