package cache

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// A policy names the victims that its model names, one by one, whatever is asked for and deleted, for entries of one cost and of several, and
// whichever slots they get.
func TestLaw_TheVictimsAreTheModels(t *testing.T) { each(t, lawModel) }

func lawModel(of policyCase) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of, rapid.IntRange(1, 12).Draw(t, "slots"))
		c.late = rapid.Bool().Draw(t, "late")
		if rapid.Bool().Draw(t, "costs") {
			c.costs = func(id uint64) int { return 1 + int(id)%min(3, c.room) }
		}
		c.drawn(t)
	}
}

// lawPlain is the same for entries of one cost, whose failures are easier to read.
func lawPlain(of policyCase) func(*rapid.T) {
	return func(t *rapid.T) { newTrial(t, of, rapid.IntRange(1, 12).Draw(t, "slots")).drawn(t) }
}

// drawn asks for keys and deletes some, as rapid draws them.
func (c *trial) drawn(t *rapid.T) {
	keys := rapid.Uint64Range(0, uint64(2*c.room+1)).Draw(t, "keys")
	for range rapid.IntRange(0, 200).Draw(t, "requests") {
		id := rapid.Uint64Range(0, keys).Draw(t, "key")
		if rapid.IntRange(0, 9).Draw(t, "delete") == 9 {
			c.remove(id)
		} else {
			c.ask(id)
		}
	}
}

// The same over a long time and for larger caches, in which small shares of the slots are several entries.
func TestLaw_TheVictimsAreTheModelsInTheLongRun(t *testing.T) {
	requests := 5_000
	if race.Enabled {
		requests = 500
	}
	for _, of := range policies {
		t.Run(of.name, func(t *testing.T) {
			for seed, slots := range []int{1, 2, 3, 4, 5, 7, 10, 16, 25, 50, 100} {
				for _, most := range []int{1, 3} {
					c := newTrial(t, of, slots)
					c.costs = func(id uint64) int { return 1 + int(id)%min(most, slots) }
					c.long(rand.New(rand.NewPCG(uint64(seed), uint64(most))), requests)
				}
			}
		})
	}
}

// long asks for a mixture of keys, and deletes one now and then.
func (c *trial) long(random *rand.Rand, requests int) {
	for i := range requests {
		id := key(random, i, c.room)
		if random.IntN(50) == 0 {
			c.remove(id)
		} else {
			c.ask(id)
		}
	}
}

// key is one of a mixture: some are popular, some come in a loop, some once only, and all of it changes now and then.
func key(random *rand.Rand, i, slots int) uint64 {
	epoch := i / (20 * slots)
	switch random.IntN(4) {
	case 0:
		return uint64(1_000_000*(epoch%3) + i%(slots+slots/3+1)) // a loop a little larger than the cache
	case 1:
		return uint64(10_000_000 + i)
	default:
		popular := float64(3*slots) * random.Float64() * random.Float64() * random.Float64()
		return uint64(1_000_000*(epoch%5)) + uint64(popular)
	}
}
