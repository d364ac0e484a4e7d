package sim_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim"
)

// An M/M/1 queue at load 0.8, three ways. A customer is two events, so an event is to be compared with half a step of
// Lindley's recursion, which computes the same waits without any events: the floor.

func exponential(r *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(r.ExpFloat64() * float64(mean))
}

const meanService, meanGap = 800 * time.Microsecond, time.Millisecond

func BenchmarkMM1(b *testing.B) {
	b.Run("half a Lindley step", func(b *testing.B) {
		e := sim.New(1)
		arrivals, service := e.Stream("arrivals"), e.Stream("service")
		var wait, total time.Duration
		b.ReportAllocs()
		for i := 0; i < b.N; i += 2 {
			s := exponential(service, meanService)
			total += wait + s
			wait = max(0, wait+s-exponential(arrivals, meanGap))
		}
		sink = total
	})
	b.Run("handler", func(b *testing.B) {
		m := newMM1(1)
		b.ReportAllocs()
		m.runEvents(b.N)
		sink = m.total
	})
	b.Run("closure", func(b *testing.B) {
		m := newClosureMM1(1)
		b.ReportAllocs()
		m.runEvents(b.N)
		sink = m.total
	})
}

var sink time.Duration

// mm1 is the allocation-free form: two handlers.
type mm1 struct {
	e                 *sim.Engine
	arrive, depart    sim.Handler
	arrivals, service *rand.Rand
	line              line
	total             time.Duration
	events, limit     int
	served            int
}

func newMM1(seed uint64) *mm1 {
	m := &mm1{e: sim.New(seed)}
	m.arrivals, m.service = m.e.Stream("arrivals"), m.e.Stream("service")
	m.arrive = m.e.Handle(m.onArrival)
	m.depart = m.e.Handle(m.onDeparture)
	m.e.Schedule(exponential(m.arrivals, meanGap), m.arrive, 0)
	return m
}

func (m *mm1) runEvents(n int) {
	m.events, m.limit = 0, n
	if err := m.e.Run(); err != nil {
		panic(err)
	}
}

func (m *mm1) count() {
	if m.events++; m.events >= m.limit {
		m.e.Stop()
	}
}

func (m *mm1) onArrival(int64) {
	if m.line.push(m.e.Now()); m.line.len() == 1 {
		m.e.Schedule(exponential(m.service, meanService), m.depart, 0)
	}
	m.e.Schedule(exponential(m.arrivals, meanGap), m.arrive, 0)
	m.count()
}

func (m *mm1) onDeparture(int64) {
	m.total += m.e.Now() - m.line.pop()
	m.served++
	if m.line.len() > 0 {
		m.e.Schedule(exponential(m.service, meanService), m.depart, 0)
	}
	m.count()
}

// closureMM1 is the same model with closures.
type closureMM1 struct {
	mm1
	arrive, depart func()
}

func newClosureMM1(seed uint64) *closureMM1 {
	m := &closureMM1{mm1: mm1{e: sim.New(seed)}}
	m.arrivals, m.service = m.e.Stream("arrivals"), m.e.Stream("service")
	m.depart = func() {
		m.total += m.e.Now() - m.line.pop()
		if m.line.len() > 0 {
			m.e.After(exponential(m.service, meanService), m.depart)
		}
		m.count()
	}
	m.arrive = func() {
		if m.line.push(m.e.Now()); m.line.len() == 1 {
			m.e.After(exponential(m.service, meanService), m.depart)
		}
		m.e.After(exponential(m.arrivals, meanGap), m.arrive)
		m.count()
	}
	m.e.After(exponential(m.arrivals, meanGap), m.arrive)
	return m
}

// line is a first-in-first-out queue of arrival times in a ring that grows.
type line struct {
	ring       []time.Duration
	head, tail uint
}

func (l *line) len() int { return int(l.tail - l.head) }

func (l *line) push(t time.Duration) {
	if l.len() == len(l.ring) {
		bigger := make([]time.Duration, max(64, 2*len(l.ring)))
		n := uint(0)
		for ; l.head != l.tail; n++ {
			bigger[n] = l.pop()
		}
		l.ring, l.head, l.tail = bigger, 0, n
	}
	l.ring[l.tail&uint(len(l.ring)-1)] = t
	l.tail++
}

func (l *line) pop() time.Duration {
	t := l.ring[l.head&uint(len(l.ring)-1)]
	l.head++
	return t
}

func BenchmarkProcess(b *testing.B) {
	b.Run("bare iter.Pull round trip", func(b *testing.B) {
		next, stop := iter.Pull(func(yield func(struct{}) bool) {
			for yield(struct{}{}) {
			}
		})
		defer stop()
		b.ReportAllocs()
		for range b.N {
			next()
		}
	})
	b.Run("switch", func(b *testing.B) {
		e := sim.New(1)
		defer e.Close()
		e.Go(func(p *sim.Process) {
			for range b.N {
				p.Sleep(time.Microsecond)
			}
		})
		b.ReportAllocs()
		if err := e.Run(); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkPending is the hold model: n events wait, each that runs schedules one more.
func BenchmarkPending(b *testing.B) {
	for _, n := range []int{10, 1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := sim.New(1)
			gaps := e.Stream("gaps")
			left := b.N
			var hold sim.Handler
			hold = e.Handle(func(arg int64) {
				if left--; left == 0 {
					e.Stop()
				}
				e.Schedule(exponential(gaps, time.Second), hold, arg)
			})
			for i := range n {
				e.Schedule(exponential(gaps, time.Second), hold, int64(i))
			}
			b.ReportAllocs()
			b.ResetTimer()
			if err := e.Run(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
