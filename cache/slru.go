package cache

// slru is two lists in the order of last use. R. Karedla, J. Love and B. Wherry, "Caching Strategies to Improve Disk System
// Performance", IEEE Computer 27(3), 1994.
type slru struct {
	order                order
	probation, protected int32  // heads
	safe                 []bool // whether a slot is protected
	size, most           int    // of the protected
}

// slruProtected is the share of the entries that may be protected; the paper leaves it open, and most implementations choose it so.
const slruProtected = 0.8

// SLRU, segmented LRU, protects entries that were used again, up to 80% of all, rounded down, in the order of their last use. It
// evicts the least recently used of the others; an entry that others push out of the protected ones is the most recently used of those.
//
// A scan, which uses nothing twice, turns over the unprotected fifth only. Where the first reuse comes late it is no better than an LRU
// of that size.
func SLRU(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	p := &slru{order: newOrder(slots, 2), safe: make([]bool, slots), most: int(slruProtected * float64(slots))}
	p.probation, p.protected = p.order.head(0), p.order.head(1)
	return p, nil
}

func (p *slru) Hit(slot int32) {
	p.order.moveToFront(p.protected, slot)
	if p.safe[slot] {
		return
	}
	p.safe[slot] = true
	if p.size++; p.size > p.most {
		last := p.order.last(p.protected)
		p.order.moveToFront(p.probation, last)
		p.safe[last] = false
		p.size--
	}
}

func (p *slru) Miss(uint64) {}

func (p *slru) Victim(uint64) (int32, bool) {
	if p.order.empty(p.probation) {
		return p.order.last(p.protected), true
	}
	return p.order.last(p.probation), true
}

func (p *slru) Evict(slot int32) { p.Remove(slot) }

func (p *slru) Insert(slot int32, _ uint64) {
	p.safe[slot] = false
	p.order.pushFront(p.probation, slot)
}

func (p *slru) Remove(slot int32) {
	if p.safe[slot] {
		p.size--
	}
	p.order.remove(slot)
}
