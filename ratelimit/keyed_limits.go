package ratelimit

import (
	"errors"
	"time"
)

func compileClasses(limits []Limit) ([]units, error) {
	if len(limits) == 0 {
		return nil, errors.New("ratelimit: a table must have a limit: none given")
	}
	return compileAll(limits)
}

// SetLimits replaces the limits of all classes. What each key owes stays, as a number of events: see [GCRA.SetLimit]. What a key owes
// whose class has no limit before or after stays as a time. What is owed for forgotten keys stays as what it is at most for a key of
// any class. It goes through the whole table and holds up everybody meanwhile. With an error nothing changes.
func (k *Keyed[K]) SetLimits(now time.Duration, limits ...Limit) error {
	to, err := compileClasses(limits)
	if err != nil {
		return err
	}
	for i := range k.shards {
		k.shards[i].mu.Lock()
		defer k.shards[i].mu.Unlock()
	}
	c := change[K]{k.shards[0].units, to, now, k.config.Class}
	for _, apply := range [...]bool{false, true} { // the first pass finds errors
		for i := range k.shards {
			s := &k.shards[i]
			for j := range s.buckets {
				if err := c.bucket(&s.buckets[j], apply); err != nil {
					return err
				}
			}
			if apply {
				s.units = to
			}
		}
	}
	return nil
}

// change is from some limits to others.
type change[K comparable] struct {
	from, to []units
	now      time.Duration
	class    func(K) int // nil: all have the first
}

func (c *change[K]) bucket(b *bucket[K], apply bool) error {
	floor, err := c.floor(b.floor)
	if err != nil {
		return err
	}
	for way, tag := range b.tags {
		if tag == 0 {
			continue
		}
		class := 0
		if c.class != nil {
			class = c.class(b.keys[way])
		}
		tat, err := c.tat(class, b.tats[way])
		if err != nil {
			return err
		}
		if apply {
			b.tats[way] = tat
		}
	}
	if apply {
		b.floor = floor
	}
	return nil
}

// tat is until when a key of a class owes something under the new limits.
func (c *change[K]) tat(class int, tat int64) (int64, error) {
	from, to := &c.from[0], &c.to[0]
	debt := tat - from.at(c.now)
	if class >= 0 && class < min(len(c.from), len(c.to)) {
		from, to = &c.from[class], &c.to[class]
		debt, err := from.carry(debt, to)
		return to.at(c.now) + debt, err
	}
	return to.at(c.now) + to.at(from.wait(debt)), nil
}

const none = -1 // the class of a key without a limit

// floor is until when forgotten keys owe something, whatever their classes are.
func (c *change[K]) floor(floor int64) (int64, error) {
	if floor == fresh {
		return fresh, nil
	}
	classes := 1
	latest := int64(fresh)
	if c.class != nil {
		classes = min(len(c.from), len(c.to))
		latest, _ = c.tat(none, floor)
	}
	for class := range classes {
		tat, err := c.tat(class, floor)
		if err != nil {
			return 0, err
		}
		latest = max(latest, tat)
	}
	return latest, nil
}
