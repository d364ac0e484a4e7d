package cache

import "slices"

// naiveTinyLFU is the admission rule before naiveLRU. It shares the sketch with what it is a model of; the sketch has a model of its own.
type naiveTinyLFU struct {
	naiveLRU
	sketch sketch
}

func newNaiveTinyLFU(slots int) model {
	return &naiveTinyLFU{naiveLRU: naiveLRU{used: map[uint64]int{}}, sketch: newSketch(slots, 16)}
}

func (m *naiveTinyLFU) hit(id uint64) {
	m.sketch.count(id)
	m.naiveLRU.hit(id)
}

func (m *naiveTinyLFU) miss(id uint64) { m.sketch.count(id) }

func (m *naiveTinyLFU) evictFor(id uint64) (uint64, bool) {
	if m.sketch.estimate(id) <= m.sketch.estimate(oldest(m.used)) {
		return 0, false
	}
	return m.naiveLRU.evictFor(id)
}

func (m *naiveTinyLFU) insert(id uint64) { m.naiveLRU.hit(id) }

// naiveWTinyLFU is three slices of ids, the most recently used first. It shares the sketch and the climb with what it is a model of.
type naiveWTinyLFU struct {
	window, probation, protected []uint64
	slots                        int
	sketch                       sketch
	climb                        climb
	mostWindow, mostProtected    int
}

func newNaiveWTinyLFU(slots int) model {
	m := &naiveWTinyLFU{slots: slots, sketch: newSketch(slots, 6), climb: newClimb(slots)}
	m.divide()
	return m
}

func (m *naiveWTinyLFU) hit(id uint64) {
	m.sketch.count(id)
	switch {
	case slices.Contains(m.window, id):
		m.window = slices.Insert(without(m.window, id), 0, id)
	case slices.Contains(m.probation, id):
		m.probation = without(m.probation, id)
		fallthrough
	default:
		m.protected = slices.Insert(without(m.protected, id), 0, id)
		m.overflow(&m.protected, m.mostProtected)
	}
	m.tick(true)
}

func (m *naiveWTinyLFU) miss(id uint64) {
	m.sketch.count(id)
	m.tick(false)
}

// overflow moves what is too much in a slice to probation, the last one first.
func (m *naiveWTinyLFU) overflow(from *[]uint64, most int) {
	for len(*from) > most {
		last := (*from)[len(*from)-1]
		*from = without(*from, last)
		m.probation = slices.Insert(m.probation, 0, last)
	}
}

func (m *naiveWTinyLFU) evictFor(uint64) (uint64, bool) {
	main := m.probation
	if len(main) == 0 {
		main = m.protected
	}
	var gone uint64
	switch victim, ok := m.seldom(main); {
	case !ok:
		gone = m.window[len(m.window)-1]
	case len(m.window) < m.mostWindow:
		gone = victim
	default:
		gone = m.window[len(m.window)-1]
		if asked := m.sketch.estimate(gone); asked > 1 && asked > m.sketch.estimate(victim) {
			gone = victim
		}
	}
	m.remove(gone)
	return gone, true
}

// seldom is the id with the lowest estimate of the last four, the last of those that are equal.
func (m *naiveWTinyLFU) seldom(ids []uint64) (id uint64, ok bool) {
	if len(ids) == 0 {
		return 0, false
	}
	last := slices.Clone(ids[max(0, len(ids)-4):])
	slices.Reverse(last)
	return slices.MinFunc(last, func(a, b uint64) int { return m.sketch.estimate(a) - m.sketch.estimate(b) }), true
}

func (m *naiveWTinyLFU) insert(id uint64) {
	m.window = slices.Insert(m.window, 0, id)
	m.overflow(&m.window, m.mostWindow)
}

func (m *naiveWTinyLFU) remove(id uint64) {
	m.window, m.probation, m.protected = without(m.window, id), without(m.probation, id), without(m.protected, id)
}

func (m *naiveWTinyLFU) tick(hit bool) {
	if m.climb.tick(hit) {
		m.divide()
	}
}

func (m *naiveWTinyLFU) divide() {
	m.mostWindow = max(1, int(m.climb.window+0.5))
	m.mostProtected = int(0.7 * float64(m.slots-m.mostWindow))
	m.overflow(&m.window, m.mostWindow)
	m.overflow(&m.protected, m.mostProtected)
	if len(m.window)+len(m.probation)+len(m.protected) < m.slots {
		return
	}
	for len(m.window) < m.mostWindow && len(m.probation) > 0 {
		last := m.probation[len(m.probation)-1]
		m.probation = without(m.probation, last)
		m.window = slices.Insert(m.window, 0, last)
	}
}
