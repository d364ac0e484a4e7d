package cache

import "fmt"

// costly is a value with a number of its own and a cost.
type costly struct{ version, cost int }

// naiveCache is a map and a model of the policy. Its ids are the keys.
type naiveCache struct {
	order    model
	values   map[uint64]costly
	capacity int
	maxCost  int // zero: none
	stats    Stats
}

// gone is an entry that was evicted.
type gone struct {
	key   uint64
	value costly
}

func newNaiveCache(of policyCase, capacity, maxCost int) *naiveCache {
	return &naiveCache{order: of.model(capacity), values: map[uint64]costly{}, capacity: capacity, maxCost: maxCost}
}

func (c *naiveCache) cost() (sum int) {
	for _, v := range c.values {
		sum += v.cost
	}
	return sum
}

func (c *naiveCache) get(key uint64) (costly, bool) {
	value, ok := c.values[key]
	if ok {
		c.order.hit(key)
		c.stats.Hits++
	} else {
		c.stats.Misses++
	}
	return value, ok
}

func (c *naiveCache) delete(key uint64) bool {
	_, ok := c.values[key]
	if ok {
		c.order.remove(key)
		delete(c.values, key)
	}
	return ok
}

// set says whether the entry is inside afterwards, what went for it, and whether its cost was wrong.
func (c *naiveCache) set(key uint64, value costly) (stored bool, all []gone, wrong bool) {
	if c.maxCost > 0 && (value.cost < 0 || value.cost > c.maxCost) {
		c.delete(key)
		return false, nil, true
	}
	_, known := c.values[key]
	if known {
		c.order.hit(key)
		c.values[key] = value
	} else {
		c.order.miss(key)
	}
	for c.tooMuch(known, value) {
		victim, admit := c.order.evictFor(key)
		if !admit {
			c.stats.Rejections++
			c.delete(key)
			return false, all, false
		}
		all = append(all, gone{victim, c.values[victim]})
		delete(c.values, victim)
		c.stats.Evictions++
		if victim == key {
			return false, all, false
		}
	}
	if !known {
		c.order.insert(key)
		c.values[key] = value
		c.stats.Insertions++
	}
	return true, all, false
}

// tooMuch says whether something must go: for a newcomer that is not inside yet, or for what has grown.
func (c *naiveCache) tooMuch(inside bool, value costly) bool {
	entries, cost := len(c.values), c.cost()
	if !inside {
		entries++
		cost += value.cost
	}
	return entries > c.capacity || c.maxCost > 0 && cost > c.maxCost
}

func (g gone) String() string { return fmt.Sprintf("%s (version %d)", letter(g.key), g.value.version) }
