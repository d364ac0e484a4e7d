package cache

// naiveLRU writes down when each id was last used, and searches them all.
type naiveLRU struct {
	time int
	used map[uint64]int
}

func newNaiveLRU(int) model { return &naiveLRU{used: map[uint64]int{}} }

func (m *naiveLRU) hit(id uint64) {
	m.time++
	m.used[id] = m.time
}

func (m *naiveLRU) miss(uint64) {}

func (m *naiveLRU) evictFor(uint64) (uint64, bool) {
	gone := oldest(m.used)
	delete(m.used, gone)
	return gone, true
}

func (m *naiveLRU) insert(id uint64) { m.hit(id) }
func (m *naiveLRU) remove(id uint64) { delete(m.used, id) }

// oldest is the id with the smallest time; no two are equal.
func oldest(times map[uint64]int) (id uint64) {
	first := true
	for other, time := range times {
		if first || time < times[id] {
			id, first = other, false
		}
	}
	return id
}
