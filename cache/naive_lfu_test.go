package cache

// naiveLFU counts uses, writes down when the last one was, and searches them all.
type naiveLFU struct {
	time    int
	entries map[uint64]counted
}

type counted struct{ uses, last int }

func newNaiveLFU(int) model { return &naiveLFU{entries: map[uint64]counted{}} }

func (m *naiveLFU) hit(id uint64) {
	m.time++
	m.entries[id] = counted{m.entries[id].uses + 1, m.time}
}

func (m *naiveLFU) miss(uint64) {}

func (m *naiveLFU) evictFor(uint64) (gone uint64, admit bool) {
	var least counted
	for id, c := range m.entries {
		if least.uses == 0 || c.uses < least.uses || c.uses == least.uses && c.last < least.last {
			gone, least = id, c
		}
	}
	delete(m.entries, gone)
	return gone, true
}

func (m *naiveLFU) insert(id uint64) { m.hit(id) }
func (m *naiveLFU) remove(id uint64) { delete(m.entries, id) }
