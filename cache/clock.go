package cache

// clock keeps entries in a circle, in the order in which a hand comes round to them, with a bit for each that says whether it was
// used since then. F. Corbató, "A Paging Experiment with the Multics System", MIT Project MAC, 1968.
type clock struct {
	order order // the hand stands at the back
	head  int32
	used  []bool
}

// Clock evicts the first entry, from where its hand stands, that was not used since the hand came by or since it was inserted. Those that were
// are passed over and counted as not used: they have a second chance.
//
// It hits about as often as LRU, and a hit only sets a bit. An eviction may pass over many entries, but no more than there were hits.
func Clock(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	p := &clock{order: newOrder(slots, 1), used: make([]bool, slots)}
	p.head = p.order.head(0)
	return p, nil
}

func (p *clock) Hit(slot int32) { p.used[slot] = true }
func (p *clock) Miss(uint64)    {}

func (p *clock) Victim(uint64) (int32, bool) {
	slot := p.order.last(p.head)
	for p.used[slot] {
		p.used[slot] = false
		p.order.moveToFront(p.head, slot)
		slot = p.order.last(p.head)
	}
	return slot, true
}

func (p *clock) Evict(slot int32) { p.order.remove(slot) }

func (p *clock) Insert(slot int32, _ uint64) {
	p.used[slot] = false
	p.order.pushFront(p.head, slot)
}

func (p *clock) Remove(slot int32) { p.order.remove(slot) }
