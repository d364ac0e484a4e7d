package hashring

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
)

// TopK finds the hot keys of a stream by Space-Saving: it has k counters; a key without one takes over the least, with its count.
//
// After N observations every key that was observed more than N/k times has a counter, and for each that has one
//
//	Count - Error <= times observed <= Count, Error <= N/k
//
// as long as counts fit into 64 bits. To find keys above a share s of the traffic takes 1/s counters; ten times as many tell their counts
// within a tenth of that.
//
// An observation costs a hash and at most log2(k) steps, and does not allocate. Memory is a key and some 50 bytes a counter, all of it at
// once. The zero value is not ready to use. It belongs to one goroutine: many have one each, and [TopK.Merge] at the end.
//
// Source: A. Metwally, D. Agrawal, A. El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT
// 2005; merging: M. Cafaro, M. Pulimeno, P. Tempesta, "A Parallel Space Saving Algorithm for Frequent Items and the Hurwitz Zeta
// Distribution", Information Sciences 329, 2016.
type TopK[K comparable] struct {
	seed     maphash.Seed
	total    uint64
	counters []topCounter[K]
	heap     []int32 // counters, the least at the top
	index    []int32 // a hash table by linear probing, at most half full: a counter plus one, or zero. A map would allocate now and then
}

type topCounter[K comparable] struct {
	Counted[K]
	hash  uint64
	place int32 // in the heap
}

// Counted is a key with what is known of it: it was observed at most Count and at least Count - Error times.
type Counted[K comparable] struct {
	Key          K
	Count, Error uint64
}

const mostCounters = 1 << 24

// NewTopK returns an empty one with k counters.
func NewTopK[K comparable](k int) (*TopK[K], error) {
	if k < 1 || k > mostCounters {
		return nil, fmt.Errorf("hashring: the number of counters must lie in [1, %d]: %d", mostCounters, k)
	}
	size := 2
	for size < 2*k {
		size *= 2
	}
	return &TopK[K]{
		seed:     maphash.MakeSeed(),
		counters: make([]topCounter[K], 0, k),
		heap:     make([]int32, 0, k),
		index:    make([]int32, size),
	}, nil
}

// Observe counts a key.
func (t *TopK[K]) Observe(key K) {
	t.total++
	hash := maphash.Comparable(t.seed, key)
	c, slot := t.find(key, hash)
	switch {
	case c >= 0:
	case len(t.counters) < cap(t.counters):
		c = int32(len(t.counters))
		t.add(topCounter[K]{Counted: Counted[K]{Key: key}, hash: hash}, slot)
	default:
		c = t.heap[0]
		t.forget(c)
		_, slot = t.find(key, hash) // forgetting may have moved what is on the way
		t.index[slot] = c + 1
		least := &t.counters[c]
		least.Key, least.hash, least.Error = key, hash, least.Count
	}
	t.counters[c].Count++
	t.down(int(t.counters[c].place))
}

// add puts a counter beside the others: where its count is less than others' the heap must be told.
func (t *TopK[K]) add(c topCounter[K], slot int) {
	i := int32(len(t.counters))
	c.place = i
	t.counters = append(t.counters, c)
	t.index[slot] = i + 1
	t.heap = append(t.heap, i)
	for place := int(i); place > 0 && t.less(place, (place-1)/2); place = (place - 1) / 2 {
		t.swap(place, (place-1)/2)
	}
}

// find is the counter of a key, or -1 and the slot where it would stand.
func (t *TopK[K]) find(key K, hash uint64) (counter int32, slot int) {
	mask := len(t.index) - 1
	for slot = int(hash) & mask; t.index[slot] != 0; slot = (slot + 1) & mask {
		if c := t.index[slot] - 1; t.counters[c].hash == hash && t.counters[c].Key == key {
			return c, slot
		}
	}
	return -1, slot
}

// forget takes a counter's key out of the hash table and closes the gap, so that no mark is left: each entry behind it that may stand
// there moves up.
func (t *TopK[K]) forget(counter int32) {
	mask := len(t.index) - 1
	gap := int(t.counters[counter].hash) & mask
	for t.index[gap] != counter+1 {
		gap = (gap + 1) & mask
	}
	for slot := (gap + 1) & mask; t.index[slot] != 0; slot = (slot + 1) & mask {
		home := int(t.counters[t.index[slot]-1].hash) & mask
		if (slot-home)&mask >= (slot-gap)&mask {
			t.index[gap] = t.index[slot]
			gap = slot
		}
	}
	t.index[gap] = 0
}

func (t *TopK[K]) less(i, j int) bool {
	return t.counters[t.heap[i]].Count < t.counters[t.heap[j]].Count
}

func (t *TopK[K]) swap(i, j int) {
	t.heap[i], t.heap[j] = t.heap[j], t.heap[i]
	t.counters[t.heap[i]].place, t.counters[t.heap[j]].place = int32(i), int32(j)
}

// down restores the heap below a place whose count has grown.
func (t *TopK[K]) down(place int) {
	for {
		least := place
		for child := 2*place + 1; child <= 2*place+2 && child < len(t.heap); child++ {
			if t.less(child, least) {
				least = child
			}
		}
		if least == place {
			return
		}
		t.swap(place, least)
		place = least
	}
}

// Count is what is known of a key, and whether it has a counter. A key that has none was observed at most [TopK.Missed] times.
func (t *TopK[K]) Count(key K) (Counted[K], bool) {
	c, _ := t.find(key, maphash.Comparable(t.seed, key))
	if c < 0 {
		return Counted[K]{Key: key}, false
	}
	return t.counters[c].Counted, true
}

// Missed is how often a key without a counter may have been observed, at most N/k.
func (t *TopK[K]) Missed() uint64 {
	if len(t.counters) < cap(t.counters) {
		return 0
	}
	return t.counters[t.heap[0]].Count
}

// Total is N, how many observations there were.
func (t *TopK[K]) Total() uint64 { return t.total }

// Top are the n keys with the largest counts, largest first; fewer if there are fewer.
func (t *TopK[K]) Top(n int) []Counted[K] {
	all := make([]Counted[K], len(t.counters))
	for i, c := range t.counters {
		all[i] = c.Counted
	}
	slices.SortStableFunc(all, func(a, b Counted[K]) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Error, b.Error))
	})
	return all[:min(max(n, 0), len(all))]
}

// Merge adds what another one observed, which must have as many counters and stays as it is. The guarantees are those of one that
// has observed both streams.
func (t *TopK[K]) Merge(other *TopK[K]) error {
	if other == nil {
		return fmt.Errorf("hashring: to merge takes another one: nil")
	}
	if cap(other.counters) != cap(t.counters) {
		return fmt.Errorf("hashring: to merge takes as many counters: %d and %d", cap(t.counters), cap(other.counters))
	}
	// A key that only one of them knows may have been observed as often as the other one's least.
	both := make([]Counted[K], 0, len(t.counters)+len(other.counters))
	for _, c := range t.counters {
		theirs, known := other.Count(c.Key)
		if !known {
			theirs.Count, theirs.Error = other.Missed(), other.Missed()
		}
		both = append(both, Counted[K]{c.Key, c.Count + theirs.Count, c.Error + theirs.Error})
	}
	for _, c := range other.counters {
		if _, known := t.Count(c.Key); !known {
			both = append(both, Counted[K]{c.Key, c.Count + t.Missed(), c.Error + t.Missed()})
		}
	}
	slices.SortStableFunc(both, func(a, b Counted[K]) int { return cmp.Compare(b.Count, a.Count) })
	t.total += other.total
	t.counters, t.heap = t.counters[:0], t.heap[:0]
	clear(t.index)
	for _, c := range both[:min(len(both), cap(t.counters))] {
		hash := maphash.Comparable(t.seed, c.Key)
		_, slot := t.find(c.Key, hash)
		t.add(topCounter[K]{Counted: c, hash: hash}, slot)
	}
	return nil
}
