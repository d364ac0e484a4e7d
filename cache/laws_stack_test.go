package cache

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// LRU is a stack policy: after any requests a cache with room for one more holds all that the smaller one does, so that it never misses
// more (R. Mattson et al., 1970).
func TestLaw_ALargerLRUHoldsAllThatASmallerOneDoes(t *testing.T) {
	rapid.Check(t, lawInclusion(policyCase{"LRU", LRU, nil}))
}

func lawInclusion(of policyCase) func(*rapid.T) {
	return func(t *rapid.T) {
		slots := rapid.IntRange(1, 4).Draw(t, "slots")
		smaller, larger := newTrial(t, of, slots), newTrial(t, of, slots+1)
		keys := rapid.Uint64Range(0, uint64(2*slots+1)).Draw(t, "keys")
		for range rapid.IntRange(0, 60).Draw(t, "requests") {
			id := rapid.Uint64Range(0, keys).Draw(t, "key")
			smaller.ask(id)
			larger.ask(id)
			for id := range keys + 1 {
				if _, inside := smaller.slots[id]; !inside {
					continue
				}
				if _, too := larger.slots[id]; !too {
					t.Fatalf("%s%sbut %s is in the smaller cache and not in the larger one", smaller.told(), larger.told(), letter(id))
				}
			}
		}
	}
}

func TestBroken_FIFOIsNoStackPolicy(t *testing.T) {
	lawtest.Breaks(t, "A larger cache with FIFO may lack what a smaller one holds", lawInclusion(policyCase{"FIFO", FIFO, nil}))
}

// L. Belady, R. Nelson and G. Shedler, 1969: the reference string whose misses rise from 9 to 10 when FIFO gets a fourth page.
func TestClaim_BeladysAnomaly(t *testing.T) {
	for slots, want := range map[int]int{3: 9, 4: 10} {
		c := newTable(t, FIFO, slots, 6)
		for _, page := range []int32{1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5} {
			c.ask(page)
		}
		if c.misses != want {
			t.Errorf("%d misses with %d pages, not %d", c.misses, slots, want)
		}
	}
}
