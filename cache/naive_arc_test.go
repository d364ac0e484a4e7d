package cache

import "slices"

// naiveARC is the paper's figure 4: four slices of ids, the most recently used first.
//
// The figure's cache is always full. Of one that is not, because something was deleted, or one in which several must go for one
// newcomer, it says nothing: there the ghosts are cut, by the figure's rules, once a miss, and B2 never has more than c.
type naiveARC struct {
	t1, t2, b1, b2 []uint64
	c              int
	p              float64
	inB1, inB2     bool
	cut            bool
}

func newNaiveARC(slots int) model { return &naiveARC{c: slots} }

// hit is case I. What has grown and needs room is no miss: then there is only the replacement.
func (m *naiveARC) hit(x uint64) {
	m.inB1, m.inB2, m.cut = false, false, true
	m.remove(x)
	m.t2 = slices.Insert(m.t2, 0, x)
}

// miss is the adaptation of the cases II and III.
func (m *naiveARC) miss(x uint64) {
	b1, b2 := float64(len(m.b1)), float64(len(m.b2))
	m.inB1, m.inB2, m.cut = slices.Contains(m.b1, x), slices.Contains(m.b2, x), false
	if m.inB1 {
		delta := 1.0
		if b1 < b2 {
			delta = b2 / b1
		}
		m.p = min(m.p+delta, float64(m.c))
	}
	if m.inB2 {
		delta := 1.0
		if b2 < b1 {
			delta = b1 / b2
		}
		m.p = max(m.p-delta, 0)
	}
	m.b1, m.b2 = without(m.b1, x), without(m.b2, x)
}

func (m *naiveARC) evictFor(uint64) (uint64, bool) {
	if !m.inB1 && !m.inB2 && !m.cut { // case IV
		m.cut = true
		if len(m.t1) == m.c {
			gone := m.t1[m.c-1]
			m.t1 = m.t1[:m.c-1]
			return gone, true
		}
		m.forget()
	}
	return m.replace(), true
}

// forget is what case IV does to the ghosts.
func (m *naiveARC) forget() {
	first, second := len(m.t1)+len(m.b1), len(m.t2)+len(m.b2)
	if first == m.c {
		m.b1 = m.b1[:len(m.b1)-1]
	} else if first+second == 2*m.c {
		m.b2 = m.b2[:len(m.b2)-1]
	}
}

func (m *naiveARC) replace() uint64 {
	t1 := float64(len(m.t1))
	if len(m.t2) == 0 || len(m.t1) >= 1 && (m.inB2 && t1 == m.p || t1 > m.p) {
		gone := m.t1[len(m.t1)-1]
		m.t1 = without(m.t1, gone)
		m.b1 = slices.Insert(m.b1, 0, gone)
		return gone
	}
	gone := m.t2[len(m.t2)-1]
	m.t2 = without(m.t2, gone)
	m.b2 = slices.Insert(m.b2, 0, gone)
	if len(m.b2) > m.c {
		m.b2 = m.b2[:m.c]
	}
	return gone
}

func (m *naiveARC) insert(x uint64) {
	if m.inB1 || m.inB2 {
		m.t2 = slices.Insert(m.t2, 0, x)
		return
	}
	if !m.cut {
		m.forget()
	}
	m.t1 = slices.Insert(m.t1, 0, x)
}

func (m *naiveARC) remove(x uint64) { m.t1, m.t2 = without(m.t1, x), without(m.t2, x) }
