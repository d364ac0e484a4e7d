package cache

import "slices"

// naiveTwoQ is the paper's figure 2: three slices of ids, what came last first, and reclaimfor.
type naiveTwoQ struct {
	am, a1in, a1out []uint64
	kin, kout       int
	inA1out         bool // X is in A1out, as the paper asks before it reclaims
}

func newNaiveTwoQ(slots int) model {
	return &naiveTwoQ{kin: max(1, (slots+2)/4), kout: (slots + 1) / 2} // a quarter and a half, rounded to the nearest
}

func (m *naiveTwoQ) hit(x uint64) {
	if slices.Contains(m.am, x) {
		m.am = slices.Insert(without(m.am, x), 0, x)
	}
}

func (m *naiveTwoQ) miss(x uint64) { m.inA1out = slices.Contains(m.a1out, x) }

// evictFor is reclaimfor(X) where there is no free slot.
func (m *naiveTwoQ) evictFor(uint64) (uint64, bool) {
	if len(m.a1in) > m.kin || len(m.am) == 0 {
		y := m.a1in[len(m.a1in)-1]
		m.a1in = without(m.a1in, y)
		m.a1out = slices.Insert(m.a1out, 0, y)
		if len(m.a1out) > m.kout {
			m.a1out = m.a1out[:m.kout]
		}
		return y, true
	}
	y := m.am[len(m.am)-1]
	m.am = without(m.am, y)
	return y, true
}

func (m *naiveTwoQ) insert(x uint64) {
	if m.inA1out {
		m.a1out = without(m.a1out, x)
		m.am = slices.Insert(m.am, 0, x)
	} else {
		m.a1in = slices.Insert(m.a1in, 0, x)
	}
}

func (m *naiveTwoQ) remove(x uint64) { m.am, m.a1in = without(m.am, x), without(m.a1in, x) }
