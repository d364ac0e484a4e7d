package cache

import (
	"fmt"
	"slices"
	"strings"
)

// trial is the smallest cache that there can be, ids over a Policy, with its model beside it, and the story of its use for who reads
// a failure. It checks what holds of any policy: a victim is there, and is named again when asked again; the cache is never too large; a slot that
// is free is never named.
type trial struct {
	t      interface{ Fatalf(string, ...any) }
	policy Policy
	model  model // nil where there is nothing to compare with
	room   int   // total cost
	used   int
	costs  func(id uint64) int
	slots  map[uint64]int32 // of those inside
	ids    map[int32]uint64
	free   []int32
	late   bool // a free slot is used again as late as possible, not at once
	story  []step
}

// step is something that happened to an id.
type step struct {
	id   uint64
	what string
}

func newTrial(t interface{ Fatalf(string, ...any) }, of policyCase, slots int) *trial {
	p, err := of.build(slots)
	if err != nil {
		t.Fatalf("%s with %d slots: %v", of.name, slots, err)
	}
	c := &trial{t: t, policy: p, room: slots, costs: func(uint64) int { return 1 }, slots: map[uint64]int32{}, ids: map[int32]uint64{}}
	if of.model != nil {
		c.model = of.model(slots)
	}
	for slot := range int32(slots) {
		c.free = append(c.free, slot)
	}
	return c
}

func (c *trial) tell(id uint64, what string) { c.story = append(c.story, step{id, what}) }

// mostTold is after how many steps a story leaves out its beginning.
const mostTold = 300

// told is the story so far.
func (c *trial) told() string {
	var told strings.Builder
	fmt.Fprintf(&told, "room for %d\n", c.room)
	if left := len(c.story) - mostTold; left > 0 {
		fmt.Fprintf(&told, "… %d steps …\n", left)
		c.story = c.story[left:]
	}
	for _, s := range c.story {
		fmt.Fprintf(&told, "%s %s\n", letter(s.id), s.what)
	}
	return told.String()
}

// fail ends the story with what is wrong.
func (c *trial) fail(format string, args ...any) {
	c.t.Fatalf("%sbut %s", c.told(), fmt.Sprintf(format, args...))
}

// calling makes of a panic in the policy the end of a story.
func (c *trial) calling(call func()) {
	defer func() {
		if r := recover(); r != nil {
			c.fail("the policy panics: %v", r)
		}
	}()
	call()
}

// letter is an id as a person would write it.
func letter(id uint64) string {
	if id < 26 {
		return string(rune('a' + id))
	}
	return fmt.Sprint(id)
}

// ask is a request for an id, which is inserted if it is absent. It says whether it was a hit, and who went.
func (c *trial) ask(id uint64) (hit bool, gone []uint64) {
	if slot, inside := c.slots[id]; inside {
		c.tell(id, "is a hit")
		c.calling(func() { c.policy.Hit(slot) })
		if c.model != nil {
			c.model.hit(id)
		}
		return true, nil
	}
	if cost := c.costs(id); cost == 1 {
		c.tell(id, "is a miss")
	} else {
		c.tell(id, "is a miss, which needs room for "+fmt.Sprint(cost))
	}
	c.calling(func() { c.policy.Miss(id) })
	if c.model != nil {
		c.model.miss(id)
	}
	for c.used+c.costs(id) > c.room {
		victim, admitted := c.evictFor(id)
		if !admitted {
			return false, gone
		}
		gone = append(gone, victim)
	}
	c.insert(id)
	return false, gone
}

// evictFor makes room, and compares the victim with the model's.
func (c *trial) evictFor(id uint64) (victim uint64, admitted bool) {
	var slot int32
	c.calling(func() { slot, admitted = c.policy.Victim(id) })
	if again, too := c.policy.Victim(id); again != slot || too != admitted {
		c.fail("asked again, it names another victim (slot %d, then %d)", slot, again)
	}
	victim, inside := c.ids[slot]
	switch {
	case !admitted:
		c.tell(id, "is refused")
	case !inside:
		c.fail("the victim is slot %d, which is free", slot)
	default:
		c.tell(victim, "goes")
	}
	if c.model != nil {
		switch want, too := c.model.evictFor(id); {
		case !too && admitted:
			c.fail("%s should have been refused", letter(id))
		case too && (!admitted || victim != want):
			c.fail("%s should go", letter(want))
		}
	}
	if admitted {
		c.calling(func() { c.policy.Evict(slot) })
		c.release(victim)
	}
	return victim, admitted
}

func (c *trial) insert(id uint64) {
	at := len(c.free) - 1
	if c.late {
		at = 0
	}
	slot := c.free[at]
	c.free = slices.Delete(c.free, at, at+1)
	c.slots[id], c.ids[slot] = slot, id
	c.used += c.costs(id)
	c.calling(func() { c.policy.Insert(slot, id) })
	if c.model != nil {
		c.model.insert(id)
	}
	if c.used > c.room {
		c.fail("%d are inside", c.used)
	}
}

// remove deletes an id, if it is inside.
func (c *trial) remove(id uint64) {
	slot, inside := c.slots[id]
	if !inside {
		return
	}
	c.tell(id, "is deleted")
	c.calling(func() { c.policy.Remove(slot) })
	if c.model != nil {
		c.model.remove(id)
	}
	c.release(id)
}

func (c *trial) release(id uint64) {
	slot := c.slots[id]
	delete(c.slots, id)
	delete(c.ids, slot)
	c.free = append(c.free, slot)
	c.used -= c.costs(id)
}
