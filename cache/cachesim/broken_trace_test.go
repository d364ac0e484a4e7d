package cachesim

import (
	"math/rand/v2"
	"testing"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func TestBroken_NoTraceWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawIntern(Intern))
	lawtest.Holds(t, lawMix(Mix))
	lawtest.Holds(t, lawShortCut(lruMisses))
}

func TestBroken_KeysByHalfTheirId(t *testing.T) {
	lawtest.Breaks(t, "Numbering keys by 32 bits of their ids takes two keys for one", lawIntern(func(ids []uint64) (Trace, error) {
		halves := make([]uint64, len(ids))
		for i, id := range ids {
			halves[i] = uint64(uint32(id))
		}
		return Intern(halves)
	}))
}

func TestBroken_AMixtureOfSameNames(t *testing.T) {
	lawtest.Breaks(t, "A mixture that takes keys of two traffics for the same where their numbers are hits what nobody has asked for", lawMix(
		func(_ rand.Source, parts ...Part) (Trace, error) {
			var all []uint64
			for _, p := range parts {
				for _, number := range p.Trace.Requests {
					all = append(all, uint64(number))
				}
			}
			if all == nil {
				return Mix(nil)
			}
			return Intern(all)
		}))
}

func TestBroken_ALoopOfLRUThatDoesNotMove(t *testing.T) {
	lawtest.Breaks(t, "A loop of LRU that does not move a key that is hit is FIFO", lawShortCut(func(trace Trace, capacity int) int {
		var inside []int32
		misses := 0
	requests:
		for _, key := range trace.Requests {
			for _, other := range inside {
				if other == key {
					continue requests
				}
			}
			misses++
			inside = append(inside, key)
			inside = inside[max(0, len(inside)-capacity):]
		}
		return misses
	}))
}
