package cache

// lru keeps entries in the order of their last use. R. Mattson, J. Gecsei, D. Slutz and I. Traiger, "Evaluation Techniques for Storage
// Hierarchies", IBM Systems Journal 9(2), 1970, who also show that it is a stack policy: a larger cache holds all that a smaller one does.
type lru struct {
	order order
	head  int32
}

// LRU evicts the least recently used entry.
//
// It is the one to compare with: simple, good where what was used lately is used again soon, and helpless against a scan
// or a loop that is larger than the cache, which it turns over without a single hit. A hit moves two links in memory that is written by all readers.
func LRU(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	p := &lru{order: newOrder(slots, 1)}
	p.head = p.order.head(0)
	return p, nil
}

func (p *lru) Hit(slot int32)              { p.order.moveToFront(p.head, slot) }
func (p *lru) Miss(uint64)                 {}
func (p *lru) Victim(uint64) (int32, bool) { return p.order.last(p.head), true }
func (p *lru) Evict(slot int32)            { p.order.remove(slot) }
func (p *lru) Insert(slot int32, _ uint64) { p.order.pushFront(p.head, slot) }
func (p *lru) Remove(slot int32)           { p.order.remove(slot) }
