package cachesim

import (
	"reflect"

	"github.com/sysdesign-lab/sysdesign/cache"
)

// isLRU says that a policy is cache.LRU itself. Functions cannot be compared, but where their code begins can; who wraps LRU in a function of
// their own gets the same numbers, and waits longer.
func isLRU(policy cache.Builder) bool {
	return reflect.ValueOf(policy).Pointer() == reflect.ValueOf(cache.LRU).Pointer()
}

// neighbours of a key in the order of last use. The head stands before the first and behind the last.
type neighbours struct{ prev, next int32 }

const absent = -1

// lruMisses is Misses for LRU, which others are compared with and which is simulated more than any other: keys are linked themselves, without
// slots and without calls, in half the time.
func lruMisses(trace Trace, capacity int) int {
	links := make([]neighbours, len(trace.IDs)+1)
	for i := range links {
		links[i].prev = absent
	}
	head := int32(len(trace.IDs))
	links[head] = neighbours{head, head}
	first, size, misses := head, 0, 0
	for _, key := range trace.Requests {
		switch l := links[key]; {
		case key == first:
			continue
		case l.prev != absent:
			links[l.prev].next, links[l.next].prev = l.next, l.prev
		case size < capacity:
			size++
			misses++
		default:
			misses++
			last := links[head].prev
			before := links[last].prev
			links[before].next, links[head].prev = head, before
			links[last].prev = absent
			if last == first { // it was the only one
				first = head
			}
		}
		links[key] = neighbours{head, first}
		links[first].prev, links[head].next = key, key
		first = key
	}
	return misses
}
