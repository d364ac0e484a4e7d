package cache

import (
	"testing"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// keeping is a cache that leaves an entry as it was when it cannot take its new value.
type keeping struct{ *Cache[uint64, costly] }

func (c keeping) Set(key uint64, value costly) (bool, error) {
	if c.cost != nil {
		if s, _ := c.of(c.hash(key)); int64(value.cost) > s.maxCost || value.cost < 0 {
			return false, ErrCost
		}
	}
	return c.Cache.Set(key, value)
}

func TestBroken_AValueThatOutlivesAFailedSet(t *testing.T) {
	lawtest.Breaks(t, "A cache that refuses a value which is too large, and keeps the old one, goes on to give a value that was replaced",
		lawCache(policies[2], func(c *Cache[uint64, costly]) subject { return keeping{c} }))
}

func TestBroken_ACostThatIsTakenOnce(t *testing.T) {
	lawtest.Breaks(t, "A cache that takes the cost of an entry when it is new, and not when it is replaced, grows without bound",
		lawCache(policies[2], func(c *Cache[uint64, costly]) subject {
			first := map[uint64]int64{}
			if cost := c.cost; cost != nil {
				c.cost = func(key uint64, value costly) int64 {
					if old, inside := first[key]; inside && value.cost >= 0 && cost(key, value) <= c.shards[0].maxCost {
						if _, ok := c.peek(key); ok {
							return old
						}
					}
					first[key] = cost(key, value)
					return first[key]
				}
			}
			return c
		}))
}

// peek looks without use.
func (c *Cache[K, V]) peek(key K) (value V, ok bool) {
	for k, v := range c.All() {
		if k == key {
			return v, true
		}
	}
	return value, false
}

// deaf is a policy that is not told of deletions.
type deaf struct{ Policy }

func (deaf) Remove(int32) {}

func TestBroken_ADeletionThatThePolicyDoesNotHearOf(t *testing.T) {
	lawtest.Breaks(t, "A cache that deletes an entry and leaves it in the policy's order cannot make room: its policy names what is gone",
		lawCache(policyCase{"deaf", func(slots int) (Policy, error) { return deaf{sound(FIFO, slots)}, nil }, newNaiveFIFO}, plain))
}
