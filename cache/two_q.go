package cache

// twoQ is a queue of new entries (A1in), the ids that left it (A1out), and a list in the order of last use (Am). T. Johnson and D. Shasha, "2Q: A
// Low Overhead High Performance Buffer Management Replacement Algorithm", VLDB 1994, the full version (section 3, figure 2), with the sizes
// that its section 4 recommends.
type twoQ struct {
	order     order
	in, main  int32 // heads
	ids       []uint64
	isNew     []bool // whether a slot is in the queue
	size      int    // of the queue
	most      int    // entries that the queue keeps if there is anything else to evict
	out       ghost
	knownMiss bool // the key that is missing has left the queue not long ago
}

const (
	twoQIn  = 0.25 // of the entries
	twoQOut = 0.5
)

// TwoQ, full 2Q, lets new entries pass through a queue of a quarter of the cache. Only what is asked for again after it has left the queue, and
// is still among the half as many ids as there are entries that left it last, enters the main part, which is an LRU.
//
// It tells what is asked for twice in a moment from what stays in use, and survives scans. It costs 25 to 33 bytes an entry more than LRU for
// the ids that it remembers.
func TwoQ(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	p := &twoQ{
		order: newOrder(slots, 2),
		ids:   make([]uint64, slots),
		isNew: make([]bool, slots),
		most:  part(slots, twoQIn, 1),
		out:   newGhost(part(slots, twoQOut, 1)),
	}
	p.in, p.main = p.order.head(0), p.order.head(1)
	return p, nil
}

// Hit moves nothing in the queue: uses in quick succession count as one.
func (p *twoQ) Hit(slot int32) {
	if !p.isNew[slot] {
		p.order.moveToFront(p.main, slot)
	}
}

// Miss looks the id up before the entries that go for it push it out.
func (p *twoQ) Miss(id uint64) { p.knownMiss = p.out.has(id) }

// Victim is the oldest of the queue if that is too long. The paper does not say what goes if it is not and the main part is empty, as in
// a cache of one entry: the same.
func (p *twoQ) Victim(uint64) (int32, bool) {
	if p.size > p.most || p.order.empty(p.main) {
		return p.order.last(p.in), true
	}
	return p.order.last(p.main), true
}

func (p *twoQ) Evict(slot int32) {
	if p.isNew[slot] {
		p.out.add(p.ids[slot])
	}
	p.Remove(slot)
}

func (p *twoQ) Insert(slot int32, id uint64) {
	p.ids[slot], p.isNew[slot] = id, !p.knownMiss
	if p.knownMiss {
		p.out.remove(id)
		p.order.pushFront(p.main, slot)
		return
	}
	p.size++
	p.order.pushFront(p.in, slot)
}

func (p *twoQ) Remove(slot int32) {
	if p.isNew[slot] {
		p.size--
	}
	p.order.remove(slot)
}
