package cache

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// lawAsked is lawModel without deletions and with entries of one cost, whose stories are shorter.
func lawAsked(of policyCase) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of, rapid.IntRange(1, 6).Draw(t, "slots"))
		for _, id := range rapid.SliceOfN(rapid.Uint64Range(0, 6), 0, 25).Draw(t, "keys") {
			c.ask(id)
		}
	}
}

// restarted is a SIEVE that begins each search at the oldest entry.
type restarted struct{ *sieve }

func (p restarted) Evict(slot int32) {
	p.sieve.Evict(slot)
	p.hand = p.head
}

func TestBroken_SIEVEWithTheHandReset(t *testing.T) {
	lawtest.Breaks(t, "A SIEVE that sets its hand back to the oldest entry evicts what has survived a search, because its mark is gone", lawAsked(planted(
		func(slots int) Policy { return restarted{sound(SIEVE, slots).(*sieve)} }, newNaiveSIEVE)))
}

// lost is a SIEVE whose hand stays on an entry that is deleted.
type lost struct{ *sieve }

func (p lost) Remove(slot int32) { p.order.remove(slot) }

func TestBroken_AHandOnADeletedEntry(t *testing.T) {
	lawtest.Breaks(t, "A SIEVE that does not move its hand from an entry that is deleted names a slot that is free, or another's", lawModel(planted(
		func(slots int) Policy { return lost{sound(SIEVE, slots).(*sieve)} }, newNaiveSIEVE)))
}

// circling is a SIEVE that puts survivors in front, which makes it a CLOCK.
type circling struct{ *sieve }

func (p circling) Victim(uint64) (int32, bool) {
	for {
		slot := p.order.last(p.head)
		if !p.visited[slot] {
			return slot, true
		}
		p.visited[slot] = false
		p.order.moveToFront(p.head, slot)
	}
}

func TestBroken_SIEVEThatMovesSurvivors(t *testing.T) {
	lawtest.Breaks(t, "A SIEVE that moves survivors to the front is a CLOCK", lawAsked(planted(
		func(slots int) Policy { return circling{sound(SIEVE, slots).(*sieve)} }, newNaiveSIEVE)))
}

// eager is an S3-FIFO that counts each hit twice, so that one suffices for the main queue.
type eager struct{ *s3FIFO }

func (p eager) Hit(slot int32) {
	p.s3FIFO.Hit(slot)
	p.s3FIFO.Hit(slot)
}

func TestBroken_S3FIFOThatPromotesAfterOneHit(t *testing.T) {
	lawtest.Breaks(t, "An S3-FIFO that promotes what was hit once keeps it, where the paper's evicts it", lawAsked(planted(
		func(slots int) Policy { return eager{sound(S3FIFO, slots).(*s3FIFO)} }, newNaiveS3FIFO)))
}

// untaught is an ARC that puts what comes back among what was seen once.
type untaught struct{ *arc }

func (p untaught) Insert(slot int32, id uint64) {
	p.back = nowhere
	p.arc.Insert(slot, id)
}

func TestBroken_ARCThatForgetsWhatCameBack(t *testing.T) {
	lawtest.Breaks(t, "An ARC that takes what comes back for new evicts it before what was asked for once", lawAsked(planted(
		func(slots int) Policy { return untaught{sound(ARC, slots).(*arc)} }, newNaiveARC)))
}

// stuck is an ARC whose target does not move.
type stuck struct{ *arc }

func (p stuck) Miss(id uint64) {
	p.arc.Miss(id)
	p.target = 0
}

func TestBroken_ARCThatDoesNotAdapt(t *testing.T) {
	lawtest.Breaks(t, "An ARC that never learns from what it has evicted gives no room to what is recent", lawAsked(planted(
		func(slots int) Policy { return stuck{sound(ARC, slots).(*arc)} }, newNaiveARC)))
}

// unpruned is a LIRS that promotes what is in its queue whenever it is hit.
type unpruned struct{ *lirs }

func (p unpruned) Hit(slot int32) {
	if p.state[slot] == hir {
		p.queue.remove(slot)
		p.promote(slot)
		return
	}
	p.lirs.Hit(slot)
}

func TestBroken_LIRSThatPromotesEveryHit(t *testing.T) {
	lawtest.Breaks(t, "A LIRS that makes LIR whatever is hit in its queue forgets to ask how long ago the last request was", lawAsked(planted(
		func(slots int) Policy { return unpruned{sound(LIRS, slots).(*lirs)} }, newNaiveLIRS)))
}

// welcoming is a TinyLFU that admits what was asked for as often as the victim.
type welcoming struct{ *tinyLFU }

func (p welcoming) Victim(id uint64) (int32, bool) {
	victim, admit := p.Policy.Victim(id)
	return victim, admit && p.sketch.estimate(id) >= p.sketch.estimate(p.ids[victim])
}

func TestBroken_TinyLFUThatAdmitsOnATie(t *testing.T) {
	lawtest.Breaks(t, "A TinyLFU that admits on a tie lets a scan replace what was asked for once", lawAsked(planted(
		func(slots int) Policy { return welcoming{sound(TinyLFU(LRU), slots).(*tinyLFU)} }, newNaiveTinyLFU)))
}
