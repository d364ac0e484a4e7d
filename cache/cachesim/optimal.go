package cachesim

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/cache"
)

// Optimal is how many requests the best possible policy misses that knows the future and must admit every key: it evicts the entry that will
// be asked for last. L. Belady, "A Study of Replacement Algorithms for a Virtual-Storage Computer", IBM Systems Journal 5(2), 1966 (MIN). Time is
// in proportion to n log(capacity) for n requests. No policy that admits every key misses less.
func Optimal(trace Trace, capacity int) (int, error) { return optimal(trace, capacity, false) }

// OptimalWithBypass is the same for policies that may turn a newcomer away: it keeps a key out that will be asked for later than all
// inside. No policy at all misses less.
func OptimalWithBypass(trace Trace, capacity int) (int, error) { return optimal(trace, capacity, true) }

func optimal(trace Trace, capacity int, bypass bool) (int, error) {
	if err := checkCapacity(capacity); err != nil {
		return 0, err
	}
	next := nextUses(trace)
	inside := make([]int32, len(trace.IDs)) // the next use of each key that is inside, else zero
	var order lastUsed
	size, misses := 0, 0
	for at, key := range trace.Requests {
		if inside[key] == 0 {
			misses++
			if size == capacity {
				// entries that have been asked for since have a use that is past, and so lie below all others
				last := order[0]
				if bypass && next[at] >= last.next() {
					continue
				}
				inside[last.key()] = 0
				order.pop()
			} else {
				size++
			}
		}
		inside[key] = next[at]
		order.push(useOf(next[at], key))
		if len(order) >= 2*size+64 {
			order.forget(inside)
		}
	}
	return misses, nil
}

// never is the next use of a key that is not asked for again.
const never = math.MaxInt32

// nextUses says for each request when its key is asked for again, in positions from 1; ties do not matter for keys that never come again.
func nextUses(trace Trace) []int32 {
	next := make([]int32, len(trace.Requests))
	seen := make([]int32, len(trace.IDs))
	for i := range seen {
		seen[i] = never
	}
	for at := len(trace.Requests) - 1; at >= 0; at-- {
		key := trace.Requests[at]
		next[at], seen[key] = seen[key], int32(at)+1
	}
	return next
}

// use is the next use of a key: the one in the upper half, the other in the lower, so that uses compare as numbers.
type use uint64

func useOf(next, key int32) use { return use(next)<<32 | use(key) }
func (u use) next() int32       { return int32(u >> 32) }
func (u use) key() int32        { return int32(uint32(u)) }

// lastUsed is a heap whose first element is used last.
type lastUsed []use

func (h *lastUsed) push(u use) {
	*h = append(*h, u)
	heap, at := *h, len(*h)-1
	for at > 0 && heap[(at-1)/2] < u {
		heap[at] = heap[(at-1)/2]
		at = (at - 1) / 2
	}
	heap[at] = u
}

func (h *lastUsed) pop() {
	end := len(*h) - 1
	(*h)[0] = (*h)[end]
	*h = (*h)[:end]
	h.sink(0)
}

// forget drops the uses that are past, and makes a heap of the others.
func (h *lastUsed) forget(inside []int32) {
	*h = slices.DeleteFunc(*h, func(u use) bool { return inside[u.key()] != u.next() })
	for at := len(*h)/2 - 1; at >= 0; at-- {
		h.sink(at)
	}
}

func (h *lastUsed) sink(at int) {
	heap := *h
	for {
		larger := 2*at + 1
		if larger >= len(heap) {
			return
		}
		if larger+1 < len(heap) && heap[larger+1] > heap[larger] {
			larger++
		}
		if heap[at] >= heap[larger] {
			return
		}
		heap[at], heap[larger] = heap[larger], heap[at]
		at = larger
	}
}

// checkCapacity is the rule of policies; asking one would allocate what it needs.
func checkCapacity(capacity int) error {
	if capacity < 1 || capacity > cache.MaxSlots {
		return fmt.Errorf("%w: %d", cache.ErrCapacity, capacity)
	}
	return nil
}
