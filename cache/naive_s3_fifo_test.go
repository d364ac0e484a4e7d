package cache

import "slices"

// naiveS3FIFO is the paper's algorithm 1: three slices of ids, what came last first.
type naiveS3FIFO struct {
	s, m, g []uint64
	freq    map[uint64]int
	ghosts  int
}

func newNaiveS3FIFO(slots int) model {
	return &naiveS3FIFO{freq: map[uint64]int{}, ghosts: max(1, (9*slots+5)/10)}
}

func (m *naiveS3FIFO) hit(x uint64) { m.freq[x] = min(m.freq[x]+1, 3) }
func (m *naiveS3FIFO) miss(uint64)  {}

func (m *naiveS3FIFO) evictFor(x uint64) (uint64, bool) {
	if 10*len(m.s) >= len(m.s)+len(m.m) {
		return m.evictS(x)
	}
	return m.evictM()
}

func (m *naiveS3FIFO) evictS(x uint64) (uint64, bool) {
	t := m.s[len(m.s)-1]
	m.s = without(m.s, t)
	if m.freq[t] > 1 {
		m.m = slices.Insert(m.m, 0, t)
		m.freq[t] = 0
		return m.evictFor(x)
	}
	m.g = slices.Insert(without(m.g, t), 0, t)
	if len(m.g) > m.ghosts {
		m.g = m.g[:m.ghosts]
	}
	return t, true
}

func (m *naiveS3FIFO) evictM() (uint64, bool) {
	for {
		t := m.m[len(m.m)-1]
		m.m = without(m.m, t)
		if m.freq[t] == 0 {
			return t, true
		}
		m.freq[t]--
		m.m = slices.Insert(m.m, 0, t)
	}
}

func (m *naiveS3FIFO) insert(x uint64) {
	m.freq[x] = 0
	if slices.Contains(m.g, x) {
		m.g = without(m.g, x)
		m.m = slices.Insert(m.m, 0, x)
	} else {
		m.s = slices.Insert(m.s, 0, x)
	}
}

func (m *naiveS3FIFO) remove(x uint64) { m.s, m.m = without(m.s, x), without(m.m, x) }
