package cache

import "math/rand/v2"

// naiveRandom is a bag of ids.
type naiveRandom struct {
	bag  []uint64
	rand *rand.Rand
}

func newNaiveRandom(int) model { return &naiveRandom{rand: rand.New(rand.NewPCG(1, 2))} }

func (m *naiveRandom) hit(uint64)  {}
func (m *naiveRandom) miss(uint64) {}

func (m *naiveRandom) evictFor(uint64) (uint64, bool) {
	gone := m.bag[m.rand.IntN(len(m.bag))]
	m.remove(gone)
	return gone, true
}

func (m *naiveRandom) insert(id uint64) { m.bag = append(m.bag, id) }

// remove puts the last id in the place of the one that goes: the order decides what is drawn next.
func (m *naiveRandom) remove(id uint64) {
	for i, other := range m.bag {
		if other == id {
			m.bag[i] = m.bag[len(m.bag)-1]
			m.bag = m.bag[:len(m.bag)-1]
			return
		}
	}
}
