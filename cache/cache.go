package cache

import (
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"math/bits"
	"runtime"
)

// Cache is a map of bounded size. When it is full, its policy says which entry goes, or that the newcomer is not worth one.
//
// It is divided into shards with a lock each, and any number of goroutines may use it. What the policy does it does under the shard's
// lock; Cost and OnEvict are called without it, so that they may use the cache. No goroutine runs and no clock is read.
//
// Make one with New; the zero value is none.
type Cache[K comparable, V any] struct {
	shards  []*shard[K, V]
	hash    func(K) uint64
	cost    func(K, V) int64
	onEvict func(K, V)
	record  *Recorder
}

// Options say what a Cache is to be. The zero value of each but Capacity is a good one.
type Options[K comparable, V any] struct {
	// Capacity is the largest number of entries: from 1 to MaxSlots. Memory for its bookkeeping is set aside at once.
	Capacity int

	// MaxCost, if above zero, bounds also the sum of the entries' costs, whichever bound is met first. Cost says what an entry
	// costs, from zero to MaxCost; it must be given with MaxCost. With several shards an entry may cost no more than one shard's part.
	MaxCost int64
	Cost    func(K, V) int64

	// Policy is WTinyLFU by default.
	Policy Builder

	// Shards is the number of locks, a power of two. By default there are four for each processor that Go uses, but no more than one
	// for 1,024 entries or, where there is a MaxCost, for 1,024 of that. Each shard is a cache of its own with an equal part of the capacity, so that for exact orders of eviction there
	// should be 1.
	Shards int

	// Hash tells keys apart, for the shards, the table and the policy, whose ids are the hashes. By default it is the runtime's own hash
	// with a random seed, for any comparable key: what is evicted then differs from run to run wherever shards or sketches are involved.
	Hash func(K) uint64

	// OnEvict is told of each entry that had to go to make room, after it is gone, by the goroutine whose Set did it. Entries that
	// were deleted, replaced or not admitted are not evicted. It may use the cache, but must not insert for every eviction: each insertion evicts again.
	OnEvict func(K, V)

	// Recorder, if there is one, writes down each Get.
	Recorder *Recorder
}

// Errors of New and Set, which are wrapped together with the offending value.
var (
	ErrShards = errors.New("cache: the number of shards must be a power of two and at most the capacity and MaxCost")
	ErrCost   = errors.New("cache: a cost must be at least zero and at most what a shard may hold")
)

// maxMaxCost leaves room to add one entry's cost before others go.
const maxMaxCost = 1<<62 - 1

// leastPart is how many entries, or how much cost, a shard has at least if the number of shards is not given.
const leastPart = 1024

// New makes an empty cache. Errors wrap ErrCapacity, ErrShards, ErrCost or ErrPolicy, or are the policy's own.
func New[K comparable, V any](o Options[K, V]) (*Cache[K, V], error) {
	if err := checkSlots(o.Capacity); err != nil {
		return nil, err
	}
	if o.MaxCost < 0 || o.MaxCost > maxMaxCost {
		return nil, fmt.Errorf("%w: MaxCost %d must be from 0 to 2^62-1", ErrCost, o.MaxCost)
	}
	if (o.MaxCost > 0) != (o.Cost != nil) {
		return nil, fmt.Errorf("%w: MaxCost and Cost belong together: MaxCost %d, Cost given %t", ErrCost, o.MaxCost, o.Cost != nil)
	}
	shards := o.Shards
	if shards == 0 {
		shards = defaultShards(o.Capacity, o.MaxCost)
	}
	if shards < 1 || shards > o.Capacity || shards&(shards-1) != 0 {
		return nil, fmt.Errorf("%w: %d shards for %d entries", ErrShards, o.Shards, o.Capacity)
	}
	if o.MaxCost > 0 && int64(shards) > o.MaxCost {
		return nil, fmt.Errorf("%w: %d shards for a MaxCost of %d", ErrShards, o.Shards, o.MaxCost)
	}
	c := &Cache[K, V]{shards: make([]*shard[K, V], shards), hash: o.Hash, cost: o.Cost, onEvict: o.OnEvict, record: o.Recorder}
	if c.hash == nil {
		seed := maphash.MakeSeed()
		c.hash = func(key K) uint64 { return maphash.Comparable(seed, key) }
	}
	policy := o.Policy
	if policy == nil {
		policy = WTinyLFU
	}
	for i := range c.shards {
		// the first ones take what is left over
		capacity, maxCost := o.Capacity/shards, o.MaxCost/int64(shards)
		if i < o.Capacity%shards {
			capacity++
		}
		if int64(i) < o.MaxCost%int64(shards) {
			maxCost++
		}
		s, err := newShard[K, V](policy, capacity, maxCost, o.Cost != nil)
		if err != nil {
			return nil, err
		}
		c.shards[i] = s
	}
	return c, nil
}

func defaultShards(capacity int, maxCost int64) int {
	most := min(4*runtime.GOMAXPROCS(0), capacity/leastPart)
	if maxCost > 0 {
		most = int(min(int64(most), maxCost/leastPart))
	}
	if most < 2 {
		return 1
	}
	return 1 << (bits.Len(uint(most)) - 1)
}

// of is the shard of a key, and the hash that its table uses. A Hash of the caller may be as bad as the identity.
func (c *Cache[K, V]) of(id uint64) (*shard[K, V], uint64) {
	hash := scatter(id)
	return c.shards[hash&uint64(len(c.shards)-1)], hash
}

// Get returns the value of a key, and whether it is there. It does not allocate.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	id := c.hash(key)
	s, hash := c.of(id)
	value, cost, ok := s.get(key, hash)
	if c.record != nil {
		c.record.request(id, cost)
	}
	return value, ok
}

// Set puts a value in place of the one that the key has, or as a new entry, and says whether it is in the cache now: the policy may have
// turned a newcomer away. An error wraps ErrCost, or ErrPolicy if a policy of your own has named no entry; then the key has no entry, not even the
// old one.
func (c *Cache[K, V]) Set(key K, value V) (stored bool, err error) {
	id := c.hash(key)
	s, hash := c.of(id)
	var cost int64
	if c.cost != nil {
		if cost = c.cost(key, value); cost < 0 || cost > s.maxCost {
			s.delete(key, hash)
			return false, fmt.Errorf("%w: %d, and at most %d", ErrCost, cost, s.maxCost)
		}
	}
	if c.onEvict == nil {
		stored, _, err = s.set(key, value, id, hash, cost, nil)
		return stored, err
	}
	var one [1]pair[K, V] // most insertions evict one entry: its place is on the stack
	stored, evicted, err := s.set(key, value, id, hash, cost, one[:0])
	for _, e := range evicted {
		c.onEvict(e.key, e.value)
	}
	return stored, err
}

// Delete takes an entry out, and says whether it was there.
func (c *Cache[K, V]) Delete(key K) bool {
	s, hash := c.of(c.hash(key))
	return s.delete(key, hash)
}

// Len is the number of entries. While others write it is that of no single moment.
func (c *Cache[K, V]) Len() int {
	n := 0
	for _, s := range c.shards {
		n += s.len()
	}
	return n
}

// All iterates over the entries in no particular order, without counting as use. It copies a shard at a time, and holds no lock while the loop's
// body runs, which may use the cache. Each entry that is there all the while comes exactly once.
func (c *Cache[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		var all []pair[K, V]
		for _, s := range c.shards {
			all = s.copy(all[:0])
			for _, e := range all {
				if !yield(e.key, e.value) {
					return
				}
			}
		}
	}
}

// Stats are counts since the cache was made.
type Stats struct {
	Hits, Misses uint64 // of Get
	Insertions   uint64 // new entries
	Evictions    uint64 // entries that had to go
	Rejections   uint64 // newcomers that the policy turned away
}

// HitRatio is the share of Gets that found their key, or zero if there was none.
func (s Stats) HitRatio() float64 {
	if s.Hits+s.Misses == 0 {
		return 0
	}
	return float64(s.Hits) / float64(s.Hits+s.Misses)
}

// Stats adds up the shards' counts. While others use the cache it is that of no single moment.
func (c *Cache[K, V]) Stats() Stats {
	var sum Stats
	for _, s := range c.shards {
		one := s.stats()
		sum.Hits += one.Hits
		sum.Misses += one.Misses
		sum.Insertions += one.Insertions
		sum.Evictions += one.Evictions
		sum.Rejections += one.Rejections
	}
	return sum
}
