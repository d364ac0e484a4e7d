package cache

import "slices"

// naiveSIEVE is the paper's algorithm 1: a slice of ids, the newest first, a set of those visited, and the hand, an id or nil.
type naiveSIEVE struct {
	queue   []uint64
	visited map[uint64]bool
	hand    *uint64
}

func newNaiveSIEVE(int) model { return &naiveSIEVE{visited: map[uint64]bool{}} }

func (m *naiveSIEVE) hit(id uint64) { m.visited[id] = true }
func (m *naiveSIEVE) miss(uint64)   {}

func (m *naiveSIEVE) evictFor(uint64) (uint64, bool) {
	at := len(m.queue) - 1
	if m.hand != nil {
		at = slices.Index(m.queue, *m.hand)
	}
	for m.visited[m.queue[at]] {
		m.visited[m.queue[at]] = false
		at = (at - 1 + len(m.queue)) % len(m.queue)
	}
	gone := m.queue[at]
	m.hand = m.newerThan(gone)
	m.queue = slices.Delete(m.queue, at, at+1)
	return gone, true
}

func (m *naiveSIEVE) insert(id uint64) {
	m.visited[id] = false
	m.queue = slices.Insert(m.queue, 0, id)
}

func (m *naiveSIEVE) remove(id uint64) {
	if m.hand != nil && *m.hand == id {
		m.hand = m.newerThan(id)
	}
	m.queue = without(m.queue, id)
}

// newerThan is the id inserted next after another, or nil.
func (m *naiveSIEVE) newerThan(id uint64) *uint64 {
	at := slices.Index(m.queue, id)
	if at == 0 {
		return nil
	}
	newer := m.queue[at-1]
	return &newer
}
