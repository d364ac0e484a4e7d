package cache

// arc is two lists in the order of last use, of the entries seen once and of those seen more often (T1 and T2 in the paper), each
// with ghosts, the ids that were evicted from it (B1 and B2). N. Megiddo and D. Modha, "ARC: A Self-Tuning, Low Overhead Replacement
// Cache", USENIX FAST 2003, figure 4.
//
// The paper forgets ghosts before it replaces; here they go when the newcomer is inserted, which leaves the same lists: where it evicts an
// entry of T1 and does not remember it, because B1 is empty and T1 as large as the cache, this one remembers it and forgets it at once.
type arc struct {
	order  order
	list   []uint8 // which of the two lists each slot is in
	ids    []uint64
	size   [2]int
	ghosts [2]ghost
	target float64 // of the size of the first list (p in the paper): 0 to slots
	back   uint8   // where the id of the last miss was remembered
}

// The two lists, and where an id is that neither has lost.
const (
	once = iota
	often
	nowhere
)

// ARC divides the cache between what was seen once and what was seen more often, and learns how: each miss on an entry that was
// evicted lately gives more room to the list it was evicted from.
//
// It has no parameter, keeps scans out once something is popular, and follows a workload that changes. A loop larger than the cache defeats
// it as it does [LRU]. The memory of what was evicted costs about 100 bytes an entry.
func ARC(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	return &arc{
		order:  newOrder(slots, 2),
		list:   make([]uint8, slots),
		ids:    make([]uint64, slots),
		ghosts: [2]ghost{newGhost(slots), newGhost(slots)},
		back:   nowhere,
	}, nil
}

func (p *arc) Hit(slot int32) {
	if p.list[slot] == once {
		p.Remove(slot)
		p.enter(often, slot)
		return
	}
	p.order.moveToFront(p.order.head(often), slot)
}

// Miss moves the target towards the list that should not have lost the id, the faster the fewer ghosts that list has.
func (p *arc) Miss(id uint64) {
	seenOnce, seenOften := float64(p.ghosts[once].len()), float64(p.ghosts[often].len())
	switch {
	case p.ghosts[once].remove(id):
		p.back = once
		p.target = min(p.target+max(1, seenOften/seenOnce), float64(len(p.ids)))
	case p.ghosts[often].remove(id):
		p.back = often
		p.target = max(p.target-max(1, seenOnce/seenOften), 0)
	default:
		p.back = nowhere
	}
}

func (p *arc) Victim(uint64) (int32, bool) {
	size := float64(p.size[once])
	if p.size[often] == 0 || p.size[once] > 0 && (size > p.target || size == p.target && p.back == often) {
		return p.order.last(p.order.head(once)), true
	}
	return p.order.last(p.order.head(often)), true
}

func (p *arc) Evict(slot int32) {
	p.ghosts[p.list[slot]].add(p.ids[slot])
	p.Remove(slot)
}

func (p *arc) Insert(slot int32, id uint64) {
	p.ids[slot] = id
	if p.back != nowhere {
		p.back = nowhere
		p.enter(often, slot)
		return
	}
	// the first list and its ghosts are never more than the slots, both lists with theirs never more than twice as many
	slots, first := len(p.ids), p.size[once]+p.ghosts[once].len()
	if first == slots {
		p.ghosts[once].dropOldest()
	} else if first+p.size[often]+p.ghosts[often].len() == 2*slots {
		p.ghosts[often].dropOldest()
	}
	p.enter(once, slot)
}

func (p *arc) Remove(slot int32) {
	p.size[p.list[slot]]--
	p.order.remove(slot)
}

// enter puts a slot that is in no list at the front of one.
func (p *arc) enter(list uint8, slot int32) {
	p.list[slot] = list
	p.size[list]++
	p.order.pushFront(p.order.head(int(list)), slot)
}
