package cache

// ghost remembers the ids of the last entries that are gone: a bounded queue, without the entries themselves. What is added anew
// to a full one pushes out the id that was added first.
type ghost struct {
	ids   []uint64
	index index
	order order
	free  int32 // slots from here on were never used
	spare int32 // a list of slots that are free again, linked by order's next; -1 ends it
	size  int
}

func newGhost(entries int) ghost {
	return ghost{ids: make([]uint64, entries), index: newIndex(entries), order: newOrder(entries, 1), spare: -1}
}

func (g *ghost) len() int { return g.size }

// find returns the cell at which the search for an id ends, and its slot or -1.
func (g *ghost) find(id uint64) (at uint32, slot int32) {
	hash := scatter(id)
	for at = g.index.home(hash); g.index.cells[at] != 0; at = g.index.next(at) {
		if s, ok := g.index.candidate(at, hash); ok && g.ids[s] == id {
			return at, s
		}
	}
	return at, -1
}

func (g *ghost) has(id uint64) bool {
	_, slot := g.find(id)
	return slot >= 0
}

// add remembers an id as the newest; one that is there already becomes the newest.
func (g *ghost) add(id uint64) {
	if _, slot := g.find(id); slot >= 0 {
		g.order.moveToFront(g.order.head(0), slot)
		return
	}
	if g.size == len(g.ids) {
		g.dropOldest()
	}
	slot := g.spare
	if slot >= 0 {
		g.spare = g.order.links[slot].next
	} else {
		slot = g.free
		g.free++
	}
	at, _ := g.find(id)
	g.ids[slot] = id
	g.index.add(at, scatter(id), slot)
	g.order.pushFront(g.order.head(0), slot)
	g.size++
}

// remove forgets an id, and says whether it was there.
func (g *ghost) remove(id uint64) bool {
	at, slot := g.find(id)
	if slot < 0 {
		return false
	}
	g.index.removeAt(at)
	g.release(slot)
	return true
}

// dropOldest forgets the id that was added first, if there is any.
func (g *ghost) dropOldest() {
	if g.size == 0 {
		return
	}
	slot := g.order.last(g.order.head(0))
	g.index.removeSlot(scatter(g.ids[slot]), slot)
	g.release(slot)
}

func (g *ghost) release(slot int32) {
	g.order.remove(slot)
	g.order.links[slot].next = g.spare
	g.spare = slot
	g.size--
}
