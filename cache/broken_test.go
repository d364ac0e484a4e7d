package cache

import (
	"testing"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// planted is a policy with a bug, which is said to be the one whose model is given.
func planted(build func(slots int) Policy, model func(slots int) model) policyCase {
	return policyCase{"planted", func(slots int) (Policy, error) { return build(slots), nil }, model}
}

func sound(build Builder, slots int) Policy {
	p, err := build(slots)
	if err != nil {
		panic(err)
	}
	return p
}

// What the bugs below are planted in obeys the laws.
func TestBroken_NothingWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawModel(planted(whiteboard(none), newNaiveLRU)))
	lawtest.Holds(t, lawIndex((*index).removeAt))
}

// unmoved is an LRU whose hits are for nothing.
type unmoved struct{ Policy }

func (unmoved) Hit(int32) {}

func TestBroken_AnLRUThatDoesNotMoveOnHit(t *testing.T) {
	lawtest.Breaks(t, "An LRU that does not move an entry when it is hit is a FIFO", lawPlain(planted(
		func(slots int) Policy { return unmoved{sound(LRU, slots)} }, newNaiveLRU)))
}

func TestBroken_AnEntryWithoutItsKey(t *testing.T) {
	lawtest.Breaks(t, "The LRU cache of The System Design Primer does not write into its list which key an entry is for, "+
		"and crashes on the first eviction, which has to find the key", lawPlain(planted(whiteboard(knowsNoKey), newNaiveLRU)))
}

func TestBroken_AListOfOne(t *testing.T) {
	lawtest.Breaks(t, "A linked list that cuts off its tail by way of the entry before it crashes where there is none, as in a cache of one entry",
		lawPlain(planted(whiteboard(cutsBehind), newNaiveLRU)))
}

func TestBroken_ATailThatIsKept(t *testing.T) {
	lawtest.Breaks(t, "A linked list that forgets to move its tail when the last entry is hit evicts what was used just now",
		lawPlain(planted(whiteboard(keepsTail), newNaiveLRU)))
}

// whiteboardLRU is an LRU as in an interview: nodes and pointers, nil at both ends.
type whiteboardLRU struct {
	bug
	front, back *node
	nodes       map[int32]*node
}

type node struct {
	prev, next *node
	slot       *int32
}

type bug int

const (
	none bug = iota
	knowsNoKey
	cutsBehind
	keepsTail
)

func whiteboard(b bug) func(slots int) Policy {
	return func(int) Policy { return &whiteboardLRU{bug: b, nodes: map[int32]*node{}} }
}

func (p *whiteboardLRU) Hit(slot int32) {
	n := p.nodes[slot]
	if n == p.front {
		return
	}
	n.prev.next = n.next
	switch {
	case n.next != nil:
		n.next.prev = n.prev
	case p.bug != keepsTail:
		p.back = n.prev
	}
	p.push(n)
}

func (p *whiteboardLRU) push(n *node) {
	n.prev, n.next = nil, p.front
	if p.front != nil {
		p.front.prev = n
	} else {
		p.back = n
	}
	p.front = n
}

func (p *whiteboardLRU) Miss(uint64) {}

func (p *whiteboardLRU) Victim(uint64) (int32, bool) { return *p.back.slot, true }

func (p *whiteboardLRU) Evict(slot int32) {
	if p.bug == cutsBehind {
		p.back = p.back.prev
		p.back.next = nil
		delete(p.nodes, slot)
		return
	}
	p.Remove(slot)
}

func (p *whiteboardLRU) Insert(slot int32, _ uint64) {
	n := &node{slot: &slot}
	if p.bug == knowsNoKey {
		n.slot = nil
	}
	p.nodes[slot] = n
	p.push(n)
}

func (p *whiteboardLRU) Remove(slot int32) {
	n := p.nodes[slot]
	delete(p.nodes, slot)
	if n.prev != nil {
		n.prev.next = n.next
	} else {
		p.front = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	} else {
		p.back = n.prev
	}
}

// oneChance is a CLOCK whose hand does not clear the bits that it passes over.
type oneChance struct{ *clock }

func (p oneChance) Victim(uint64) (int32, bool) {
	slot := p.order.last(p.head)
	for range p.used {
		if !p.used[slot] {
			break
		}
		p.order.moveToFront(p.head, slot)
		slot = p.order.last(p.head)
	}
	return slot, true
}

func TestBroken_AHandThatClearsNothing(t *testing.T) {
	lawtest.Breaks(t, "A CLOCK whose hand leaves the bits as they are keeps for ever what was used once", lawPlain(planted(
		func(slots int) Policy { return oneChance{sound(Clock, slots).(*clock)} }, newNaiveClock)))
}

// unpromoted is a 2Q whose queue is an LRU.
type unpromoted struct{ *twoQ }

func (p unpromoted) Hit(slot int32) {
	if p.isNew[slot] {
		p.order.moveToFront(p.in, slot)
		return
	}
	p.twoQ.Hit(slot)
}

func TestBroken_AQueueThatIsAList(t *testing.T) {
	lawtest.Breaks(t, "A 2Q that moves entries within its queue keeps there what was used twice in a moment", lawPlain(planted(
		func(slots int) Policy { return unpromoted{sound(TwoQ, slots).(*twoQ)} }, newNaiveTwoQ)))
}

// forgotten is a 2Q that looks a key up only after others have gone for it.
type forgotten struct{ *twoQ }

func (p forgotten) Miss(uint64) {}

func (p forgotten) Insert(slot int32, id uint64) {
	p.twoQ.Miss(id)
	p.twoQ.Insert(slot, id)
}

func TestBroken_AKeyThatIsLookedUpTooLate(t *testing.T) {
	lawtest.Breaks(t, "A 2Q that makes room first and looks the key up then may have pushed it out of its memory", lawPlain(planted(
		func(slots int) Policy { return forgotten{sound(TwoQ, slots).(*twoQ)} }, newNaiveTwoQ)))
}

// undated is an LFU in which the last use makes no difference between entries that were used equally often.
type undated struct{ *lfu }

func (p undated) Victim(uint64) (int32, bool) {
	last := p.order.last(p.head)
	return p.buckets[p.of[last]].first, true
}

func TestBroken_TiesToTheWrongEnd(t *testing.T) {
	lawtest.Breaks(t, "An LFU that evicts the most recent of the least often used entries never lets a newcomer grow old", lawPlain(planted(
		func(slots int) Policy { return undated{sound(LFU, slots).(*lfu)} }, newNaiveLFU)))
}

// queued is an SLRU whose protected entries are in the order in which they became so.
type queued struct{ *slru }

func (p queued) Hit(slot int32) {
	if !p.safe[slot] {
		p.slru.Hit(slot)
	}
}

func TestBroken_ProtectedOnce(t *testing.T) {
	lawtest.Breaks(t, "An SLRU that does not move protected entries when they are hit lets go of the one that was protected first, in use or not",
		lawPlain(planted(func(slots int) Policy { return queued{sound(SLRU, slots).(*slru)} }, newNaiveSLRU)))
}
