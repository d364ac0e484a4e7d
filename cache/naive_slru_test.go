package cache

import "slices"

// naiveSLRU is two slices of ids, the most recently used first.
type naiveSLRU struct {
	probation, protected []uint64
	most                 int
}

func newNaiveSLRU(slots int) model { return &naiveSLRU{most: slots * 4 / 5} }

func (m *naiveSLRU) hit(id uint64) {
	m.remove(id)
	m.protected = slices.Insert(m.protected, 0, id)
	if len(m.protected) > m.most {
		last := m.protected[len(m.protected)-1]
		m.remove(last)
		m.insert(last)
	}
}

func (m *naiveSLRU) miss(uint64) {}

func (m *naiveSLRU) evictFor(uint64) (uint64, bool) {
	all := slices.Concat(m.protected, m.probation)
	gone := all[len(all)-1]
	m.remove(gone)
	return gone, true
}

func (m *naiveSLRU) insert(id uint64) { m.probation = slices.Insert(m.probation, 0, id) }

func (m *naiveSLRU) remove(id uint64) {
	m.probation, m.protected = without(m.probation, id), without(m.protected, id)
}

// without is a slice without an id.
func without(ids []uint64, id uint64) []uint64 {
	return slices.DeleteFunc(ids, func(other uint64) bool { return other == id })
}
