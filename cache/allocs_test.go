package cache

import (
	"math/rand/v2"
	"testing"
)

// table is a cache over a policy that costs next to nothing itself: keys are numbers, and it is never deleted from.
type table struct {
	policy Policy
	where  []int32 // slot of each key, plus one
	keys   []int32 // by slot
	size   int32
	misses int
}

func newTable(tb testing.TB, build Builder, slots, keys int) *table {
	p, err := build(slots)
	if err != nil {
		tb.Fatal(err)
	}
	return &table{policy: p, where: make([]int32, keys), keys: make([]int32, slots)}
}

func (c *table) ask(key int32) {
	if slot := c.where[key]; slot != 0 {
		c.policy.Hit(slot - 1)
		return
	}
	c.misses++
	id := uint64(key)
	c.policy.Miss(id)
	slot := c.size
	if int(slot) < len(c.keys) {
		c.size++
	} else {
		victim, admit := c.policy.Victim(id)
		if !admit {
			return
		}
		c.policy.Evict(victim)
		c.where[c.keys[victim]] = 0
		slot = victim
	}
	c.where[key], c.keys[slot] = slot+1, key
	c.policy.Insert(slot, id)
}

// skewed are requests for keys of which the first are asked for more often.
func skewed(requests, keys int) []int32 {
	random := rand.New(rand.NewPCG(3, 5))
	all := make([]int32, requests)
	for i := range all {
		all[i] = int32(float64(keys) * random.Float64() * random.Float64() * random.Float64())
	}
	return all
}

// Nothing is allocated after a policy is made, neither while it fills nor later.
func TestPoliciesDoNotAllocate(t *testing.T) {
	const slots, keys = 100, 1_000
	requests := skewed(20_000, keys)
	for _, of := range append(policies, policyCase{name: "random, the runtime's", build: Random(nil)}) {
		t.Run(of.name, func(t *testing.T) {
			fresh := []*table{newTable(t, of.build, slots, keys), newTable(t, of.build, slots, keys)} // one is to warm up with
			allocations := testing.AllocsPerRun(1, func() {
				c := fresh[0]
				fresh = fresh[1:]
				for i, key := range requests {
					c.ask(key)
					if slot := c.where[key]; i%50 == 0 && slot != 0 { // deleted and inserted anew, into the same slot
						c.policy.Remove(slot - 1)
						c.policy.Miss(uint64(key))
						c.policy.Insert(slot-1, uint64(key))
					}
				}
			})
			if allocations != 0 {
				t.Errorf("%v allocations in %d requests", allocations, len(requests))
			}
		})
	}
}
