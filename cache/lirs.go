package cache

// lirs is a stack of all that was asked for since the oldest of the frequent entries was, evicted or not, in the order of last use, and a
// queue of the other entries. S. Jiang and X. Zhang, "LIRS: An Efficient Low Inter-reference Recency Set Replacement Policy to Improve Buffer Cache
// Performance", ACM SIGMETRICS 2002, section 3.2. What is asked for while it is in the stack had a shorter time between its
// last two requests than the frequent entry at the stack's bottom has had since its last, and takes that entry's place.
//
// The paper's words: LIR (low inter-reference recency) are the frequent entries, HIR the others, which are in the queue while they are resident; 1% of
// the cache is for these, and at least two entries, as in the authors' program. The paper lets the stack grow without bound; here it
// remembers at most twice as many evicted ids as the cache has entries, like the simulator of the Caffeine cache, and forgets the lowest.
type lirs struct {
	stack  order // of slots and, behind them, of ghosts
	queue  order // of the resident HIR entries, the next victim first
	state  []uint8
	ids    []uint64
	lir    int // entries that are frequent now
	most   int // and that may be
	ghosts ghost
}

// The states of an entry: LIR entries are in the stack, HIR entries in the queue and perhaps in the stack as well.
const (
	hir = iota
	hirInStack
	lir
)

const (
	hirShare  = 0.01 // of the entries
	leastHIR  = 2    // entries, where there are as many
	mostGhost = 2    // times the entries
)

// LIRS evicts the entry with the longest time between its last two requests, rather than since the last one.
//
// What comes back soon, twice, gets nearly all of the cache, and the rest passes through one hundredth of it: loops and scans, whatever their size,
// keep a hit ratio near the best possible. It is slow to believe in what was popular only for a short while, and it costs 100 to 140 bytes
// an entry.
func LIRS(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	ghosts := min(mostGhost*slots, MaxSlots-1) // a slot, a ghost and the stack's head have numbers of 32 bits
	resident := max(1, min(part(slots, hirShare, leastHIR), slots-1))
	return &lirs{
		stack:  newOrder(slots+ghosts, 1),
		queue:  newOrder(slots, 1),
		state:  make([]uint8, slots),
		ids:    make([]uint64, slots),
		most:   slots - resident,
		ghosts: newGhost(ghosts),
	}, nil
}

func (p *lirs) Hit(slot int32) {
	switch p.state[slot] {
	case lir:
		p.stack.moveToFront(p.stack.head(0), slot)
		p.prune()
	case hirInStack:
		p.stack.remove(slot)
		p.queue.remove(slot)
		p.promote(slot)
	default:
		p.queue.remove(slot)
		p.enter(slot)
	}
}

func (p *lirs) Miss(uint64) {}

// Victim is the first of the queue, or the last of the stack if nothing is in the queue.
func (p *lirs) Victim(uint64) (int32, bool) {
	if head := p.queue.head(0); !p.queue.empty(head) {
		return p.queue.first(head), true
	}
	return p.stack.last(p.stack.head(0)), true
}

// Evict leaves a ghost where the entry was in the stack.
func (p *lirs) Evict(slot int32) {
	if p.state[slot] == hirInStack {
		p.haunt(slot)
	}
	p.Remove(slot)
}

// Insert makes an entry frequent at once if its ghost was in the stack, or while there are too few frequent ones.
func (p *lirs) Insert(slot int32, id uint64) {
	p.ids[slot] = id
	if _, ghost := p.ghosts.find(id); ghost >= 0 {
		p.exorcise(ghost)
		p.promote(slot)
	} else if p.lir < p.most {
		p.promote(slot)
	} else {
		p.enter(slot)
	}
}

func (p *lirs) Remove(slot int32) {
	switch p.state[slot] {
	case lir:
		p.stack.remove(slot)
		p.lir--
		p.prune()
	case hirInStack:
		p.stack.remove(slot)
		p.queue.remove(slot)
	default:
		p.queue.remove(slot)
	}
}

// enter puts an entry on the stack and at the end of the queue.
func (p *lirs) enter(slot int32) {
	p.state[slot] = hirInStack
	p.stack.pushFront(p.stack.head(0), slot)
	p.queue.pushBack(p.queue.head(0), slot)
	p.prune()
}

// promote puts an entry on the stack as a frequent one, and makes the one at the bottom an ordinary one if they are too many.
func (p *lirs) promote(slot int32) {
	p.state[slot] = lir
	p.lir++
	p.stack.pushFront(p.stack.head(0), slot)
	if p.lir > p.most {
		last := p.stack.last(p.stack.head(0))
		p.stack.remove(last)
		p.lir--
		p.state[last] = hir
		p.queue.pushBack(p.queue.head(0), last)
	}
	p.prune()
}

// prune takes off the stack's bottom what is not frequent.
func (p *lirs) prune() {
	for head := p.stack.head(0); !p.stack.empty(head); {
		last := p.stack.last(head)
		switch {
		case int(last) >= len(p.ids):
			p.exorcise(last - int32(len(p.ids)))
		case p.state[last] == hirInStack:
			p.stack.remove(last)
			p.state[last] = hir
		default:
			return
		}
	}
}

// haunt puts a ghost into the stack behind an entry that is about to leave it.
func (p *lirs) haunt(slot int32) {
	id := p.ids[slot]
	if _, ghost := p.ghosts.find(id); ghost >= 0 { // of another entry with that id
		p.exorcise(ghost)
	}
	if p.ghosts.len() == len(p.ghosts.ids) {
		p.exorcise(p.ghosts.order.last(p.ghosts.order.head(0)))
	}
	p.ghosts.add(id)
	_, ghost := p.ghosts.find(id)
	p.stack.insert(slot, p.stack.links[slot].next, ghost+int32(len(p.ids)))
}

// exorcise takes a ghost from the stack and forgets it.
func (p *lirs) exorcise(ghost int32) {
	p.stack.remove(ghost + int32(len(p.ids)))
	p.ghosts.remove(p.ghosts.ids[ghost])
}
