package ratelimit

import (
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// Keyed is a limit of its own for each of millions of keys, in a table that never grows. A key that it does not hold counts as one
// that was never used, and a key that equals such a one makes room for others: nothing runs in the background.
//
// For each key, in any interval of length t, measured by the largest now that the table has seen, it admits at most burst +
// rate*t events, under any order of now, even when the table is full: then the key that owes least is forgotten, and what it
// owes is owed by the keys that come to its place, until that time is over. So a table that is too small refuses newcomers, by at most
// the debt of the least indebted keys it has, and never admits too much. While no more than Capacity keys are live (owe
// something) and now does not go back, each key is a [GCRA] of its own, decision by decision, but for a chance of less than one in
// a million that a key's sixteen places are all live.
//
// A request costs one hash, one of up to 64 mutexes and at most sixteen comparisons of one byte; it does not allocate. Memory is
// 1.5 x (10 bytes + the size of K) for each key of the capacity, 27 for a uint64 and 39 for a string, all of it at once. The
// zero value is not ready to use; all methods are safe for concurrent use.
//
// The places of a key follow Y. Azar, A. Broder, A. Karlin, E. Upfal, "Balanced Allocations", SIAM Journal on Computing 29(1), 1999:
// two buckets, the emptier one first. That the forgotten leave their debt to those that come is how A. Metwally, D. Agrawal, A. El
// Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT 2005, count in bounded space.
type Keyed[K comparable] struct {
	config KeyedConfig[K]
	seed   maphash.Seed
	order  uint64 // in which a composed charge takes locks
	shards []shard[K]
}

// KeyedConfig says which limits the keys have, and how many keys there may be.
type KeyedConfig[K comparable] struct {
	// Capacity is how many keys may be live at once: owe something.
	Capacity int

	// Limits are those of the classes of keys, such as of those who pay and those who do not. Nobody needs more than one.
	Limits []Limit

	// Class is the index of a key's limit; nil means that all keys have the first. A key keeps what it owes, as a time, when its class
	// changes. An index out of range refuses the request with [NoLimit].
	Class func(key K) int

	// Hash is any function of the key, the same for equal keys; nil means [maphash.Comparable] with a random seed. The hash decides
	// nothing but which keys meet in a full table; give one for a simulation that must repeat itself.
	Hash func(key K) uint64
}

// ways is how many keys a bucket holds; each key has two buckets.
const ways = 8

type bucket[K comparable] struct {
	tags  [ways]uint8 // of the key's hash; 0 where there never was a key
	floor int64       // no key that was in this bucket and is forgotten owes anything after this time
	tats  [ways]int64
	keys  [ways]K
}

type shard[K comparable] struct {
	mu        sync.Mutex
	units     []units // of each class, in one scale
	buckets   []bucket[K]
	forgotten uint64
	_         [64]byte // keeps mutexes in different cache lines
}

const (
	mostShards = 64      // bounds how finely a large table is locked
	mostKeys   = 1 << 32 // 24 bits of a hash say which bucket of a shard
)

// tables counts tables, so that whoever locks several has an order.
var tables atomic.Uint64

// NewKeyed returns an empty table.
func NewKeyed[K comparable](config KeyedConfig[K]) (*Keyed[K], error) {
	if config.Capacity < 1 || config.Capacity > mostKeys {
		return nil, fmt.Errorf("ratelimit: a table's capacity must lie in [1, %d]: %d", mostKeys, config.Capacity)
	}
	u, err := compileClasses(config.Limits)
	if err != nil {
		return nil, err
	}
	k := &Keyed[K]{config: config, seed: maphash.MakeSeed(), order: tables.Add(1)}
	k.config.Limits = nil // the shards have them
	shards := 1
	for shards < mostShards && shards*1024 <= config.Capacity {
		shards *= 2
	}
	k.shards = make([]shard[K], shards)
	for i := range k.shards {
		s := &k.shards[i]
		s.units = u
		s.buckets = make([]bucket[K], max(2, (config.Capacity*3/2+shards*ways-1)/(shards*ways)))
		for j := range s.buckets {
			s.buckets[j].floor = fresh
		}
	}
	return k, nil
}

// Take asks for n events of a key at once, all or none, and charges them if they are admitted.
func (k *Keyed[K]) Take(now time.Duration, key K, n int) Decision {
	h := k.hash(key)
	s := k.shard(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	return k.take(s, h, now, key, n, true)
}

// Peek says what Take would answer, and changes nothing.
func (k *Keyed[K]) Peek(now time.Duration, key K, n int) Decision {
	h := k.hash(key)
	s := k.shard(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	return k.take(s, h, now, key, n, false)
}

// take is for those who hold the shard's lock.
func (k *Keyed[K]) take(s *shard[K], h uint64, now time.Duration, key K, n int, keep bool) Decision {
	class := k.class(key)
	if class < 0 || class >= len(s.units) {
		return never(NoLimit)
	}
	u := &s.units[class]
	if d, unfit := u.unfit(n); unfit {
		return d
	}
	t := u.at(now)
	p := s.find(h, key)
	from := max(p.tat, t)
	next := from + int64(n)*u.cost
	if next-t > u.full {
		return u.refused(from-t, next-t-u.full)
	}
	if keep {
		s.put(p, t, next, key)
	}
	return u.admitted(next - t)
}

// resetAfter is how long a key owes something; it is for those who hold the shard's lock.
func (k *Keyed[K]) resetAfter(s *shard[K], h uint64, now time.Duration, key K) time.Duration {
	u := &s.units[0] // all have one scale
	return u.wait(s.find(h, key).tat - u.at(now))
}

func (k *Keyed[K]) class(key K) int {
	if k.config.Class == nil {
		return 0
	}
	return k.config.Class(key)
}

// place is where a key is, or may go.
type place struct {
	first, second int // buckets
	tag           uint8
	bucket, way   int // bucket is -1 for a key that is not there
	tat           int64
}

func (s *shard[K]) find(h uint64, key K) place {
	n := uint64(len(s.buckets))
	p := place{tag: uint8(h) | 1, bucket: -1}
	p.first = int((h >> 8 & 0xffffff) * n >> 24)
	p.second = int((h >> 32 & 0xffffff) * n >> 24)
	if p.second == p.first {
		p.second = (p.first + 1) % int(n)
	}
	for _, i := range [2]int{p.first, p.second} {
		b := &s.buckets[i]
		for way, tag := range b.tags {
			if tag == p.tag && b.keys[way] == key {
				p.bucket, p.way, p.tat = i, way, b.tats[way]
				return p
			}
		}
	}
	p.tat = max(s.buckets[p.first].floor, s.buckets[p.second].floor)
	return p
}

// put stores a key's word.
func (s *shard[K]) put(p place, t, tat int64, key K) {
	if p.bucket < 0 {
		if p.bucket, p.way = s.room(p, t, tat); p.bucket < 0 {
			return
		}
		b := &s.buckets[p.bucket]
		b.tags[p.way], b.keys[p.way] = p.tag, key
	}
	s.buckets[p.bucket].tats[p.way] = tat
}

// room empties a place for a key that will owe until tat: in the bucket with fewer live keys, the place whose key was fresh
// first. If no key is fresh, the one that owes least is forgotten, and that may be the newcomer: then there is no room.
func (s *shard[K]) room(p place, t, tat int64) (bucketOf, way int) {
	firstLive, firstWay := s.buckets[p.first].live(t)
	secondLive, secondWay := s.buckets[p.second].live(t)
	bucketOf, way = p.first, firstWay
	if secondLive < firstLive || firstLive == ways && s.buckets[p.second].tats[secondWay] < s.buckets[p.first].tats[firstWay] {
		bucketOf, way = p.second, secondWay
	}
	b := &s.buckets[bucketOf]
	if b.tags[way] == 0 {
		return bucketOf, way
	}
	leaves := b.tats[way]
	if leaves > t {
		s.forgotten++
		if tat < leaves {
			b.floor = max(b.floor, tat)
			return -1, 0
		}
	}
	b.floor = max(b.floor, leaves)
	return bucketOf, way
}

// live counts the keys that owe something at t, and finds the place that is empty or else the one that was fresh first.
func (b *bucket[K]) live(t int64) (count, first int) {
	for way, tag := range b.tags {
		switch {
		case tag == 0:
			return count, way // places fill up in order
		case b.tats[way] > t:
			count++
		}
		if b.tats[way] < b.tats[first] {
			first = way
		}
	}
	return count, first
}

func (k *Keyed[K]) hash(key K) uint64 {
	if k.config.Hash == nil {
		return maphash.Comparable(k.seed, key)
	}
	return mix(k.config.Hash(key))
}

// mix spreads a hash that may be no more than a number: the finaliser of SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast
// Splittable Pseudorandom Number Generators", OOPSLA 2014).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

func (k *Keyed[K]) shard(h uint64) *shard[K] {
	return &k.shards[h>>58&uint64(len(k.shards)-1)]
}

// Forgotten is how many keys had to be forgotten while they owed something. If it grows, the table is too small: newcomers
// are refused what they might have.
func (k *Keyed[K]) Forgotten() (keys uint64) {
	for i := range k.shards {
		s := &k.shards[i]
		s.mu.Lock()
		keys += s.forgotten
		s.mu.Unlock()
	}
	return keys
}
