package cache

// sieve is a queue in the order of insertion, a mark for each entry that was asked for, and a hand that goes from the oldest to the
// newest. Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson and K. V. Rashmi, "SIEVE is Simpler than LRU: an Efficient Turn-Key Eviction Algorithm for Web
// Caches", USENIX NSDI 2024, section 3, algorithm 1.
type sieve struct {
	order   order
	head    int32
	hand    int32 // where the search goes on; the head says: at the oldest entry
	visited []bool
}

// SIEVE evicts the first entry behind its hand that was not asked for since the hand went by.
//
// What distinguishes it from [Clock] is that survivors stay where they are: the hand stops in the midst of the queue, so that new entries, which
// come in at its end, are soon reached and sorted out, while the old and popular ones lie behind it. A hit sets one mark and moves nothing. It is made for
// web traffic, where most keys are asked for once; a scan or a loop larger than the cache leaves it as helpless as [LRU].
func SIEVE(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	p := &sieve{order: newOrder(slots, 1), visited: make([]bool, slots)}
	p.head = p.order.head(0)
	p.hand = p.head
	return p, nil
}

func (p *sieve) Hit(slot int32) { p.visited[slot] = true }
func (p *sieve) Miss(uint64)    {}

func (p *sieve) Victim(uint64) (int32, bool) {
	for {
		if p.hand == p.head {
			p.hand = p.order.last(p.head)
		}
		if !p.visited[p.hand] {
			return p.hand, true
		}
		p.visited[p.hand] = false
		p.hand = p.order.links[p.hand].prev
	}
}

func (p *sieve) Evict(slot int32) { p.Remove(slot) }

func (p *sieve) Insert(slot int32, _ uint64) {
	p.visited[slot] = false
	p.order.pushFront(p.head, slot)
}

func (p *sieve) Remove(slot int32) {
	if p.hand == slot {
		p.hand = p.order.links[slot].prev
	}
	p.order.remove(slot)
}
