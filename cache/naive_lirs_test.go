package cache

import "slices"

// naiveLIRS is section 3.2 of the paper: S and Q are slices of ids, S with its top first and Q with its front first.
type naiveLIRS struct {
	s, q      []uint64
	lir       map[uint64]bool
	inside    map[uint64]bool // resident
	most      int             // LIR blocks
	remembers int             // blocks that are in S and not resident
}

func newNaiveLIRS(slots int) model {
	forHIR := max(2, (slots+50)/100) // 1%, rounded to the nearest
	if forHIR >= slots {
		forHIR = max(1, slots-1)
	}
	return &naiveLIRS{lir: map[uint64]bool{}, inside: map[uint64]bool{}, most: slots - forHIR, remembers: 2 * slots}
}

// hit is an access to a LIR block or to a HIR resident block.
func (m *naiveLIRS) hit(x uint64) {
	inS := slices.Contains(m.s, x)
	m.s = slices.Insert(without(m.s, x), 0, x)
	if !m.lir[x] {
		m.q = without(m.q, x)
		if inS {
			m.becomesLIR(x)
		} else {
			m.q = append(m.q, x)
		}
	}
	m.prune()
}

func (m *naiveLIRS) miss(uint64) {}

func (m *naiveLIRS) evictFor(uint64) (uint64, bool) {
	if len(m.q) == 0 { // only where something was deleted, or several must go
		gone := m.s[len(m.s)-1]
		m.remove(gone)
		return gone, true
	}
	gone := m.q[0]
	m.q = m.q[1:]
	m.inside[gone] = false
	ghosts := slices.DeleteFunc(slices.Clone(m.s), func(id uint64) bool { return m.inside[id] })
	if len(ghosts) > m.remembers {
		m.s = without(m.s, ghosts[len(ghosts)-1])
	}
	return gone, true
}

// insert is an access to a HIR non-resident block, or to one never seen.
func (m *naiveLIRS) insert(x uint64) {
	seen := slices.Contains(m.s, x)
	m.s = slices.Insert(without(m.s, x), 0, x)
	m.inside[x] = true
	if seen || len(m.lir) < m.most {
		m.becomesLIR(x)
	} else {
		m.q = append(m.q, x)
	}
	m.prune()
}

func (m *naiveLIRS) remove(x uint64) {
	m.s, m.q = without(m.s, x), without(m.q, x)
	delete(m.lir, x)
	delete(m.inside, x)
	m.prune()
}

// becomesLIR makes a LIR block, and of the lowest one in S a HIR block if they are too many.
func (m *naiveLIRS) becomesLIR(x uint64) {
	m.lir[x] = true
	if len(m.lir) > m.most {
		m.prune()
		bottom := m.s[len(m.s)-1]
		m.s = m.s[:len(m.s)-1]
		delete(m.lir, bottom)
		m.q = append(m.q, bottom)
	}
}

// prune takes HIR blocks from the bottom of S.
func (m *naiveLIRS) prune() {
	for len(m.s) > 0 && !m.lir[m.s[len(m.s)-1]] {
		m.s = m.s[:len(m.s)-1]
	}
}
