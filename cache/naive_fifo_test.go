package cache

// naiveFIFO writes down when each id came, and searches them all.
type naiveFIFO struct {
	time int
	came map[uint64]int
}

func newNaiveFIFO(int) model { return &naiveFIFO{came: map[uint64]int{}} }

func (m *naiveFIFO) hit(uint64)  {}
func (m *naiveFIFO) miss(uint64) {}

func (m *naiveFIFO) evictFor(uint64) (uint64, bool) {
	gone := oldest(m.came)
	delete(m.came, gone)
	return gone, true
}

func (m *naiveFIFO) insert(id uint64) {
	m.time++
	m.came[id] = m.time
}

func (m *naiveFIFO) remove(id uint64) { delete(m.came, id) }
