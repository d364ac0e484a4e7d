package cache

import (
	"errors"
	"fmt"
	"math"
)

// Policy says which entry of a full cache goes next. It knows entries by their slots, small integers in [0, slots) that the cache gives out,
// and keys by a 64-bit id, their hash or their number, which it may remember after the entry is gone.
//
// For a key that is present the cache calls Hit. For one that is absent and is to be inserted it calls, in this order:
//
//	Miss(id)                     once
//	Victim(id), Evict(victim)    while there is no room; not at all when there is; never with no entry inside
//	Insert(slot, id)             unless Victim has refused the newcomer
//
// Where entries have costs, one that is present may grow: after its Hit come Victim(id) and Evict(victim) while there is no room, and the victim may be
// the entry itself; if Victim refuses then the entry is removed.
//
// The same calls give the same victims. A policy allocates nothing after its construction and is not safe for concurrent use.
// Slots are not checked: a policy that is called in another way is in no defined state. What a policy of your own names is: see ErrPolicy.
type Policy interface {
	// Hit says that the entry in a slot was asked for or was written anew.
	Hit(slot int32)

	// Miss says that a key is absent and that it is about to be inserted.
	Miss(id uint64)

	// Victim names the entry that is to make room for id. If admit is false then id is worth less than any entry, and the cache stays
	// as it is. Victim may set the order for its choice but takes nothing out: that is for Evict.
	Victim(id uint64) (slot int32, admit bool)

	// Evict takes out the entry that Victim has named, and may remember its id.
	Evict(slot int32)

	// Insert puts a new entry into a free slot.
	Insert(slot int32, id uint64)

	// Remove takes out any entry, because it was deleted. Unlike Evict it forgets the entry altogether.
	Remove(slot int32)
}

// Builder makes a policy for at most that many entries, MaxSlots or fewer. LRU, SIEVE and the other policies here are Builders.
type Builder func(slots int) (Policy, error)

// MaxSlots is the largest number of entries that one policy orders.
const MaxSlots = 1 << 30

// ErrCapacity is wrapped by the error of a capacity below 1 or above MaxSlots.
var ErrCapacity = errors.New("cache: the capacity must be at least 1 entry and at most 2^30")

// ErrPolicy is wrapped by the error of a Builder that is nil or makes no policy, and by that of a policy which names a slot without an entry.
var ErrPolicy = errors.New("cache: a policy must not be nil, and its victims must be entries")

// build makes a policy, and takes none for an error.
func (b Builder) build(slots int) (Policy, error) {
	if b == nil {
		return nil, fmt.Errorf("%w: nil", ErrPolicy)
	}
	p, err := b(slots)
	if err == nil && p == nil {
		err = fmt.Errorf("%w: nil", ErrPolicy)
	}
	return p, err
}

func checkSlots(slots int) error {
	if slots < 1 || slots > MaxSlots {
		return fmt.Errorf("%w: %d", ErrCapacity, slots)
	}
	return nil
}

// part is a share of some slots, rounded to the nearest whole number and at least least.
func part(slots int, share float64, least int) int {
	return max(least, int(math.Round(share*float64(slots))))
}
