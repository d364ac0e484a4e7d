package cache

// order is one or several circular lists over the same slots: each slot is in one of them or in none. The links are an array, indexed by
// slot; behind the slots lie the lists' heads, so that no link is ever nil and no operation has a special case.
type order struct {
	links []link
	slots int32
}

type link struct{ prev, next int32 }

func newOrder(slots, lists int) order {
	o := order{links: make([]link, slots+lists), slots: int32(slots)}
	for list := range lists {
		h := o.head(list)
		o.links[h] = link{h, h}
	}
	return o
}

// head stands before the first and behind the last slot of a list.
func (o *order) head(list int) int32 { return o.slots + int32(list) }

// first is the slot at a list's front, or its head if it is empty.
func (o *order) first(head int32) int32 { return o.links[head].next }

// last is the slot at a list's back, or its head if it is empty.
func (o *order) last(head int32) int32 { return o.links[head].prev }

func (o *order) empty(head int32) bool { return o.links[head].next == head }

// pushFront puts a slot that is in no list at the front of one.
func (o *order) pushFront(head, slot int32) { o.insert(head, o.links[head].next, slot) }

// pushBack puts a slot that is in no list at the back of one.
func (o *order) pushBack(head, slot int32) { o.insert(o.links[head].prev, head, slot) }

func (o *order) insert(prev, next, slot int32) {
	o.links[slot] = link{prev, next}
	o.links[prev].next = slot
	o.links[next].prev = slot
}

func (o *order) remove(slot int32) {
	l := o.links[slot]
	o.links[l.prev].next = l.next
	o.links[l.next].prev = l.prev
}

// moveToFront puts a slot of any list at the front of one.
func (o *order) moveToFront(head, slot int32) {
	if o.links[head].next == slot {
		return
	}
	o.remove(slot)
	o.pushFront(head, slot)
}
