package cache

// lfu keeps entries in one list in the order of how often, then of how lately they were used, front to back. Those that were used equally
// often lie side by side and form a bucket, which knows its first entry: what is used once more goes in front of its bucket or of the
// next one, so that nothing is ever searched. K. Shah, A. Mitra and D. Matani, "An O(1) Algorithm for Implementing the LFU Cache
// Eviction Scheme", 2010, whose buckets are allocated one by one, and who do not say which of a bucket's entries goes.
type lfu struct {
	order   order
	head    int32
	of      []int32  // the bucket of each slot
	buckets []bucket // as many as there are slots suffice: none is empty
	spare   int32    // a bucket that is free, which holds the next one as its first entry; -1 ends them
}

// bucket is all the entries that were used equally often.
type bucket struct {
	uses  uint64
	first int32 // slot: the most recently used of them
}

// LFU evicts the least often used entry, and of several the least recently used one. It counts from the insertion on.
//
// It is the best there is where popularity never changes, and scans do it no harm. What was popular once stays for ever.
func LFU(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	p := &lfu{order: newOrder(slots, 1), of: make([]int32, slots), buckets: make([]bucket, slots)}
	p.head = p.order.head(0)
	p.spare = int32(slots) - 1
	for i := range p.buckets {
		p.buckets[i].first = int32(i) - 1
	}
	return p, nil
}

func (p *lfu) Hit(slot int32) {
	from := p.of[slot]
	uses := p.buckets[from].uses + 1
	above := p.order.links[p.buckets[from].first].prev // the last entry of the next bucket
	if above != p.head && p.buckets[p.of[above]].uses == uses {
		to := p.of[above]
		p.leave(slot)
		p.join(slot, to)
		return
	}
	first := p.buckets[from].first
	if first == slot && !p.shares(slot) {
		p.buckets[from].uses = uses
		return
	}
	p.leave(slot)
	p.found(slot, p.order.links[p.buckets[from].first].prev, uses)
}

func (p *lfu) Miss(uint64)                 {}
func (p *lfu) Victim(uint64) (int32, bool) { return p.order.last(p.head), true }
func (p *lfu) Evict(slot int32)            { p.leave(slot) }
func (p *lfu) Remove(slot int32)           { p.leave(slot) }

func (p *lfu) Insert(slot int32, _ uint64) {
	if last := p.order.last(p.head); last != p.head && p.buckets[p.of[last]].uses == 1 {
		p.join(slot, p.of[last])
	} else {
		p.found(slot, last, 1)
	}
}

// shares says whether the entry behind the first of a bucket is in it too.
func (p *lfu) shares(first int32) bool {
	second := p.order.links[first].next
	return second != p.head && p.of[second] == p.of[first]
}

// leave takes an entry out of the list and of its bucket, which is free then if it was the only one.
func (p *lfu) leave(slot int32) {
	b := p.of[slot]
	if p.buckets[b].first == slot {
		if p.shares(slot) {
			p.buckets[b].first = p.order.links[slot].next
		} else {
			p.buckets[b].first, p.spare = p.spare, b
		}
	}
	p.order.remove(slot)
}

// join puts an entry in front of a bucket.
func (p *lfu) join(slot, b int32) {
	first := p.buckets[b].first
	p.order.insert(p.order.links[first].prev, first, slot)
	p.buckets[b].first, p.of[slot] = slot, b
}

// found puts an entry behind another, or behind the head, as the first of a new bucket.
func (p *lfu) found(slot, behind int32, uses uint64) {
	b := p.spare
	p.spare = p.buckets[b].first
	p.buckets[b], p.of[slot] = bucket{uses: uses, first: slot}, b
	p.order.insert(behind, p.order.links[behind].next, slot)
}
