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
// whose class has no limit any more stays as a time. It goes through the whole table and holds up everybody meanwhile. With
// an error nothing changes.
func (k *Keyed[K]) SetLimits(now time.Duration, limits ...Limit) error {
	to, err := compileClasses(limits)
	if err != nil {
		return err
	}
	for i := range k.shards {
		k.shards[i].mu.Lock()
		defer k.shards[i].mu.Unlock()
	}
	c := change{from: k.shards[0].units, to: to, now: now}
	for _, apply := range [...]bool{false, true} { // the first pass finds errors
		for i := range k.shards {
			s := &k.shards[i]
			for j := range s.buckets {
				if err := s.buckets[j].change(c, k.class, apply); err != nil {
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
type change struct {
	from, to []units
	now      time.Duration
}

func (b *bucket[K]) change(c change, class func(K) int, apply bool) error {
	floor, err := c.floor(b.floor)
	if err != nil {
		return err
	}
	for way, tag := range b.tags {
		if tag == 0 {
			break
		}
		tat, err := c.tat(class(b.keys[way]), b.tats[way])
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

// tat is what a key of a class owes until, under the new limits.
func (c change) tat(class int, tat int64) (int64, error) {
	from, to := &c.from[0], &c.to[0]
	if class >= 0 && class < min(len(c.from), len(c.to)) {
		from, to = &c.from[class], &c.to[class]
		debt, err := from.carry(tat-from.at(c.now), to)
		return to.at(c.now) + debt, err
	}
	return to.at(c.now) + to.at(from.wait(tat-from.at(c.now))), nil
}

// floor is what the forgotten owe until, whatever their class.
func (c change) floor(floor int64) (int64, error) {
	if floor == fresh {
		return fresh, nil
	}
	latest := int64(fresh)
	for class := range max(len(c.from), len(c.to)) {
		tat, err := c.tat(class, floor)
		if err != nil {
			return 0, err
		}
		latest = max(latest, tat)
	}
	return latest, nil
}
