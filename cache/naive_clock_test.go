package cache

import "slices"

// naiveClock is a circle of ids in which nothing moves but the hand. What is new comes to stand where the hand has just been.
type naiveClock struct {
	circle []uint64
	hand   int
	used   map[uint64]bool
}

func newNaiveClock(int) model { return &naiveClock{used: map[uint64]bool{}} }

func (m *naiveClock) hit(id uint64) { m.used[id] = true }
func (m *naiveClock) miss(uint64)   {}

func (m *naiveClock) evictFor(uint64) (uint64, bool) {
	for {
		id := m.circle[m.hand]
		if !m.used[id] {
			m.remove(id)
			return id, true
		}
		m.used[id] = false
		m.hand = (m.hand + 1) % len(m.circle)
	}
}

func (m *naiveClock) insert(id uint64) {
	m.circle = slices.Insert(m.circle, m.hand, id)
	m.hand = (m.hand + 1) % len(m.circle)
}

func (m *naiveClock) remove(id uint64) {
	at := slices.Index(m.circle, id)
	m.circle = slices.Delete(m.circle, at, at+1)
	delete(m.used, id)
	if m.hand > at {
		m.hand--
	}
	if m.hand == len(m.circle) {
		m.hand = 0
	}
}
