package loadbalance

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// snapshot is one set of endpoints, each with a state S of the policy's. It is never changed: a pick works on the
// snapshot it began with, while Update puts the next one in place. An index means something in its own snapshot only.
type snapshot[T, S any] struct {
	endpoints []Endpoint[T]
	states    []*S // by the same index; snapshots that hold the same id share its state
	index     map[string]int
}

// newSnapshot checks a set and carries over the states of the endpoints that stay.
func newSnapshot[T, S any](endpoints []Endpoint[T], old *snapshot[T, S], fresh func(n int) []*S) (*snapshot[T, S], error) {
	if len(endpoints) == 0 {
		return nil, errors.New("loadbalance: a set of endpoints must not be empty")
	}
	s := &snapshot[T, S]{
		endpoints: slices.Clone(endpoints),
		states:    make([]*S, len(endpoints)),
		index:     make(map[string]int, len(endpoints)),
	}
	stay := 0
	for i, e := range endpoints {
		if e.ID == "" {
			return nil, fmt.Errorf("loadbalance: an endpoint's id must not be empty: endpoint %d of %d", i+1, len(endpoints))
		}
		if _, twice := s.index[e.ID]; twice {
			return nil, fmt.Errorf("loadbalance: endpoint ids must be distinct: %q appears twice", e.ID)
		}
		s.index[e.ID] = i
		if old == nil {
			continue
		}
		if j, stays := old.index[e.ID]; stays {
			s.states[i] = old.states[j]
			stay++
		}
	}
	// No more than are new: states made together live and die together, so a spare one would be kept as long as any.
	unknown := fresh(len(endpoints) - stay)
	for i, state := range s.states {
		if state == nil {
			s.states[i], unknown = unknown[0], unknown[1:]
		}
	}
	return s, nil
}

// excluded returns the indices of the given ids, ascending, without repetition.
func (s *snapshot[T, S]) excluded(ids []string, buffer []int) []int {
	for _, id := range ids {
		if i, known := s.index[id]; known && !slices.Contains(buffer, i) {
			buffer = take(buffer, i)
		}
	}
	return buffer
}

// reported checks a report and returns the state it is about.
func (s *snapshot[T, S]) reported(id string, load int) (*S, error) {
	if load < 0 {
		return nil, fmt.Errorf("loadbalance: a reported load must not be negative: %d for %q", load, id)
	}
	if load == math.MaxInt {
		return nil, fmt.Errorf("loadbalance: a reported load must lie below %d: %d for %q", math.MaxInt, load, id)
	}
	i, known := s.index[id]
	if !known {
		return nil, fmt.Errorf("%w: %q", ErrUnknownEndpoint, id)
	}
	return s.states[i], nil
}

// take adds i to a sorted set that does not hold it.
func take(set []int, i int) []int {
	set = append(set, i)
	for at := len(set) - 1; at > 0 && set[at-1] > i; at-- {
		set[at-1], set[at] = i, set[at-1]
	}
	return set
}

// room is how many excluded or drawn endpoints a pick handles without allocating.
const room = 16

// counter is what policies without a lock know of an endpoint.
type counter struct {
	inFlight atomic.Int64
	reported atomic.Int64 // the load last reported, plus one; zero when none was
}

// load is what such a policy compares: the last report, or else the requests in flight.
func (c *counter) load() int64 {
	if r := c.reported.Load(); r > 0 {
		return r - 1
	}
	return c.inFlight.Load()
}

// Finish implements [Finisher].
func (c *counter) Finish(time.Duration, Outcome) { c.inFlight.Add(-1) }

// newCounters makes n counters. In a small set each has a cache line to itself, so that counting on one endpoint
// does not slow its neighbours; in a large one two goroutines seldom meet on a line, and it is the size that counts.
func newCounters(n int) []*counter {
	const line, small = 4, 256 // a line of 64 bytes holds four
	stride := 1
	if n <= small {
		stride = line
	}
	all, counters := make([]counter, n*stride), make([]*counter, n)
	for i := range counters {
		counters[i] = &all[i*stride]
	}
	return counters
}

// members is the part that policies without a lock have in common: the present snapshot.
type members[T any] struct {
	current atomic.Pointer[snapshot[T, counter]]
	update  sync.Mutex // one Update at a time: each carries over what the one before left
}

// Update implements [Picker].
func (m *members[T]) Update(endpoints []Endpoint[T]) error {
	m.update.Lock()
	defer m.update.Unlock()
	next, err := newSnapshot(endpoints, m.current.Load(), newCounters)
	if err != nil {
		return err
	}
	m.current.Store(next)
	return nil
}

// Report implements [Picker].
func (m *members[T]) Report(now time.Duration, id string, load int) error {
	c, err := m.current.Load().reported(id, load)
	if err == nil {
		c.reported.Store(int64(load) + 1)
	}
	return err
}

// Endpoints implements [Picker].
func (m *members[T]) Endpoints() []Endpoint[T] {
	return slices.Clone(m.current.Load().endpoints)
}
