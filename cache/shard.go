package cache

import (
	"fmt"
	"sync"
)

// shard is a part of a Cache: entries in slots, a table from hashes to slots, and a policy that orders the slots.
type shard[K comparable, V any] struct {
	mu      sync.Mutex
	index   index
	entries []entry[K, V]
	costs   []int64 // of the entries, if they have any
	policy  Policy
	used    int32   // slots from here on were never used
	free    []int32 // slots that are free again
	size    int
	cost    int64
	maxCost int64
	counts  Stats
	_       [64]byte // so that two shards' locks share no cache line
}

type entry[K comparable, V any] struct {
	hash  uint64 // a key need not give the same hash twice: NaN does not
	key   K
	value V
}

type pair[K comparable, V any] struct {
	key   K
	value V
}

func newShard[K comparable, V any](policy Builder, capacity int, maxCost int64, costly bool) (*shard[K, V], error) {
	p, err := policy.build(capacity)
	if err != nil {
		return nil, err
	}
	s := &shard[K, V]{index: newIndex(capacity), entries: make([]entry[K, V], capacity), policy: p, maxCost: maxCost}
	if costly {
		s.costs = make([]int64, capacity)
	}
	return s, nil
}

// find returns the cell at which the search for a key ends, and its slot or -1.
func (s *shard[K, V]) find(key K, hash uint64) (at uint32, slot int32) {
	for at = s.index.home(hash); s.index.cells[at] != 0; at = s.index.next(at) {
		if slot, ok := s.index.candidate(at, hash); ok && s.entries[slot].key == key {
			return at, slot
		}
	}
	return at, -1
}

// get unlocks whatever happens: keys of interface type may hold what cannot be compared, and then == panics.
func (s *shard[K, V]) get(key K, hash uint64) (value V, cost int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, slot := s.find(key, hash)
	if slot < 0 {
		s.counts.Misses++
		return value, 0, false
	}
	s.counts.Hits++
	s.policy.Hit(slot)
	if s.costs != nil {
		cost = s.costs[slot]
	}
	return s.entries[slot].value, cost, true
}

// set stores an entry, and says whether it is inside now. Those that had to go it appends to evicted, unless that is nil. After an error
// the key has no entry.
func (s *shard[K, V]) set(key K, value V, id, hash uint64, cost int64, evicted []pair[K, V]) (bool, []pair[K, V], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, slot := s.find(key, hash)
	if slot >= 0 {
		return s.replace(slot, value, id, cost, evicted)
	}
	s.policy.Miss(id)
	for s.size == len(s.entries) || s.cost+cost > s.maxCost && s.costs != nil {
		victim, admit := s.policy.Victim(id)
		if !admit {
			s.counts.Rejections++
			return false, evicted, nil
		}
		var err error
		if evicted, err = s.evict(victim, evicted); err != nil {
			return false, evicted, err
		}
		at, _ = s.find(key, hash) // cells have moved
	}
	slot = s.take()
	s.index.add(at, hash, slot)
	s.entries[slot] = entry[K, V]{hash, key, value}
	s.size++
	s.setCost(slot, cost)
	s.counts.Insertions++
	s.policy.Insert(slot, id)
	return true, evicted, nil
}

// replace gives an entry another value. If that costs more then others go, or the entry itself.
func (s *shard[K, V]) replace(slot int32, value V, id uint64, cost int64, evicted []pair[K, V]) (bool, []pair[K, V], error) {
	s.policy.Hit(slot)
	s.entries[slot].value = value
	s.setCost(slot, cost)
	for s.cost > s.maxCost && s.costs != nil {
		victim, admit := s.policy.Victim(id)
		if !admit {
			// the policy keeps what it has: then what has grown goes
			s.remove(slot)
			s.counts.Rejections++
			return false, evicted, nil
		}
		var err error
		if evicted, err = s.evict(victim, evicted); err != nil {
			s.remove(slot)
			return false, evicted, err
		}
		if victim == slot {
			return false, evicted, nil
		}
	}
	return true, evicted, nil
}

// evict takes out the entry that the policy has named. A policy of the caller's may name what is none, and would be asked for ever.
func (s *shard[K, V]) evict(slot int32, evicted []pair[K, V]) ([]pair[K, V], error) {
	if slot < 0 || slot >= s.used {
		return evicted, fmt.Errorf("%w: slot %d", ErrPolicy, slot)
	}
	e := &s.entries[slot]
	at, ok := s.index.cellOf(e.hash, slot)
	if !ok {
		return evicted, fmt.Errorf("%w: slot %d", ErrPolicy, slot)
	}
	s.policy.Evict(slot)
	if evicted != nil {
		evicted = append(evicted, pair[K, V]{e.key, e.value})
	}
	s.drop(at, slot)
	s.counts.Evictions++
	return evicted, nil
}

func (s *shard[K, V]) delete(key K, hash uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, slot := s.find(key, hash)
	if slot < 0 {
		return false
	}
	s.remove(slot)
	return true
}

// remove takes out an entry for another reason than to make room.
func (s *shard[K, V]) remove(slot int32) {
	s.policy.Remove(slot)
	at, _ := s.index.cellOf(s.entries[slot].hash, slot)
	s.drop(at, slot)
}

// take returns a free slot.
func (s *shard[K, V]) take() int32 {
	if last := len(s.free) - 1; last >= 0 {
		slot := s.free[last]
		s.free = s.free[:last]
		return slot
	}
	s.used++
	return s.used - 1
}

// drop frees a slot that the policy has let go and the cell that it is in, and lets its key and value be collected.
func (s *shard[K, V]) drop(at uint32, slot int32) {
	s.index.removeAt(at)
	s.entries[slot] = entry[K, V]{}
	s.setCost(slot, 0)
	s.free = append(s.free, slot)
	s.size--
}

func (s *shard[K, V]) setCost(slot int32, cost int64) {
	if s.costs != nil {
		s.cost += cost - s.costs[slot]
		s.costs[slot] = cost
	}
}

func (s *shard[K, V]) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size
}

func (s *shard[K, V]) stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// copy appends the entries to a slice.
func (s *shard[K, V]) copy(to []pair[K, V]) []pair[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cell := range s.index.cells {
		if cell != 0 {
			e := &s.entries[int32(uint32(cell))-1]
			to = append(to, pair[K, V]{e.key, e.value})
		}
	}
	return to
}
