package cache

// fifo keeps entries in the order of their insertion. L. Belady, "A Study of Replacement Algorithms for a Virtual-Storage
// Computer", IBM Systems Journal 5(2), 1966.
type fifo struct {
	order order
	head  int32
}

// FIFO evicts the entry that was inserted first, used or not.
//
// A hit costs nothing at all, and hits are fewer. It is no stack policy: a larger cache may miss more (L. Belady, R. Nelson and G. Shedler,
// "An Anomaly in Space-Time Characteristics of Certain Programs Running in a Paging Machine", Communications of the ACM 12(6), 1969).
func FIFO(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	p := &fifo{order: newOrder(slots, 1)}
	p.head = p.order.head(0)
	return p, nil
}

func (p *fifo) Hit(int32)                   {}
func (p *fifo) Miss(uint64)                 {}
func (p *fifo) Victim(uint64) (int32, bool) { return p.order.last(p.head), true }
func (p *fifo) Evict(slot int32)            { p.order.remove(slot) }
func (p *fifo) Insert(slot int32, _ uint64) { p.order.pushFront(p.head, slot) }
func (p *fifo) Remove(slot int32)           { p.order.remove(slot) }
