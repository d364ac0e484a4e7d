package ratelimit

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// Keyed is a limit of its own for each of millions of keys, in a table that never grows. A key that it does not hold counts as one
// that was never used, and a key that owes nothing any more equals such a one: it makes room for others when they come, and
// nothing runs in the background. A key is live while it owes something, which is from an admitted request until ResetAfter.
//
// For each key, in any interval of length t, measured by the largest now of that key's admitted requests, it admits at most burst +
// rate*t events, under any order of now and however full the table is. A key has sixteen places; where all are live, the one that
// owes least is forgotten, and until that time is over every key that comes to its place counts as owing as much, because it may be the
// forgotten one. So a table that is too small refuses newcomers, never admits too much, and says so: [Keyed.Forgotten]. While now does
// not go back and limits and classes do not change, a newcomer counts as owing no more than each of at least eight other keys does.
//
// While no more than Capacity keys are live, now does not go back and keys do not choose their hashes, each key is a [GCRA] of its
// own, decision by decision, but for a chance of less than one in a million each time a key becomes live that its
// places are all taken. While no more than sixteen are live there is no such chance, whatever the hash. Give no Hash where keys may be
// chosen by an enemy.
//
// A request costs one hash, one of up to 64 mutexes and mostly no more than sixteen comparisons of one byte, and as many of times if the key
// becomes live; it does not allocate. Memory is 2 x (10 bytes + the size of K) for each key of the capacity: 36 bytes for a uint64, 52 for
// a string, which is 28 and 36 beyond the key itself. It is there from the start. The zero value is not ready to use; all methods are
// safe for concurrent use.
//
// Keys must be equal to themselves and hashable. A float that is NaN is not: each time it is a newcomer, and never limited. An interface that
// holds what cannot be compared, such as a slice, panics, as it does in a map.
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
	// changes. An index out of range refuses the request with [NoLimit]. It is asked once for each request, with a part of the table
	// locked, so it must not use the table; [Keyed.SetLimits] asks for each key it holds, twice, and must be told the same.
	Class func(key K) int

	// Hash is any function of the key, the same for equal keys; nil means [maphash.Comparable] with a random seed. The hash decides
	// nothing but which keys meet in a full table; give one for a simulation that must repeat itself.
	Hash func(key K) uint64
}

// Each key has two buckets, and a bucket has places for so many keys.
//
// At half load it is about once in 10^10 that a key which becomes live finds both of its buckets full, while others come and go; at two thirds
// it would be four times in 10,000.
const (
	ways     = 8
	headroom = 2 // places for each key of the capacity
)

type bucket[K comparable] struct {
	tags  [ways]uint8 // of the key's hash; 0 where there is no key
	floor int64       // no key that was in this bucket and is forgotten owes anything after this time
	tats  [ways]int64 // until when each key owes something; fresh where there is no key
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
	mostKeys   = 1 << 28 // 24 bits of a hash say which bucket of a shard: with 2^20 of them, all are nearly as likely
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
		s.buckets = make([]bucket[K], max(2, (config.Capacity*headroom+shards*ways-1)/(shards*ways)))
		for j := range s.buckets {
			b := &s.buckets[j]
			b.floor = fresh
			for way := range b.tats {
				b.tats[way] = fresh
			}
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
	return k.takeAs(k.class(key), s, h, now, key, n, keep)
}

// takeAs is take for who knows the key's class.
func (k *Keyed[K]) takeAs(class int, s *shard[K], h uint64, now time.Duration, key K, n int, keep bool) Decision {
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
		s.put(p, h, t, next, key)
	}
	return u.admitted(next - t)
}

// resetAfter is how long a key owes something; it is for those who hold the shard's lock.
func (k *Keyed[K]) resetAfter(s *shard[K], h uint64, now time.Duration, key K) time.Duration {
	u := &s.units[0] // all have one scale
	t := u.at(now)
	return u.wait(max(s.find(h, key).tat, t) - t)
}

func (k *Keyed[K]) class(key K) int {
	if k.config.Class == nil {
		return 0
	}
	return k.config.Class(key)
}

// place is where a key is. It has no more than four fields, so that the compiler keeps it in registers: that halves the time of find.
type place[K comparable] struct {
	bucket *bucket[K] // nil if the table does not hold the key
	way    int
	tat    int64 // until when the key owes something, at most
}

// home is the two buckets of a key. They differ.
func (s *shard[K]) home(h uint64) (first, second *bucket[K]) {
	n := uint64(len(s.buckets))
	i, j := (h>>8&0xffffff)*n>>24, (h>>32&0xffffff)*n>>24
	if i == j {
		j = (i + 1) % n
	}
	return &s.buckets[i], &s.buckets[j]
}

// tagOf is what a bucket knows a key by before it compares the key itself. It is never 0.
func tagOf(h uint64) uint8 { return uint8(h) | 1 }

func (s *shard[K]) find(h uint64, key K) place[K] {
	first, second := s.home(h)
	for _, b := range [...]*bucket[K]{first, second} {
		for ways := b.tagged(tagOf(h)); ways != 0; ways &= ways - 1 {
			way := bits.TrailingZeros64(ways) / 8
			if b.keys[way] == key {
				return place[K]{b, way, b.tats[way]}
			}
		}
	}
	return place[K]{tat: max(first.floor, second.floor)} // it may have been forgotten in either
}

// tagged compares all tags of a bucket at once: the highest bit of each byte is set if the tag there is this one. It is exact, as no carry
// leaves a byte; the shorter trick that is not would find the zero K in a place where no key is.
//
// Source: H. Warren, "Hacker's Delight", 2nd edition, 2012, section 6-1 (find first 0-byte).
func (b *bucket[K]) tagged(tag uint8) uint64 {
	const ones, rest = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f
	x := binary.LittleEndian.Uint64(b.tags[:]) ^ ones*uint64(tag)
	return ^((x&rest + rest) | x | rest)
}

// put notes at t that a key, found at p, owes something until tat.
func (s *shard[K]) put(p place[K], h uint64, t, tat int64, key K) {
	if p.bucket != nil {
		if p.tat > t {
			p.bucket.tats[p.way] = tat
			return
		}
		// It becomes live, and goes where a newcomer would: else live keys would crowd where they happened to be once.
		p.bucket.clear(p.way)
	}
	b, way := s.room(h, t)
	leaves := b.tats[way]
	if leaves > t {
		s.forgotten++
		if tat < leaves { // the newcomer owes least, and is the one to be forgotten
			b.floor = max(b.floor, tat)
			return
		}
	}
	b.floor = max(b.floor, leaves)
	b.tags[way], b.tats[way], b.keys[way] = tagOf(h), tat, key
}

// room is the place that a key gets which becomes live at t: in the bucket with fewer live keys, the one that owes for the shortest time,
// or has owed nothing for the longest.
func (s *shard[K]) room(h uint64, t int64) (b *bucket[K], way int) {
	b, other := s.home(h)
	live, way := b.live(t)
	otherLive, otherWay := other.live(t)
	if otherLive < live || otherLive == live && other.tats[otherWay] < b.tats[way] {
		return other, otherWay
	}
	return b, way
}

// live counts the keys that owe something at t, and finds the place that is free first.
func (b *bucket[K]) live(t int64) (count, first int) {
	for way, tat := range b.tats {
		if tat > t {
			count++
		}
		if tat < b.tats[first] {
			first = way
		}
	}
	return count, first
}

func (b *bucket[K]) clear(way int) {
	var nobody K
	b.tags[way], b.tats[way], b.keys[way] = 0, fresh, nobody
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

// Forgotten is how often a key had to be forgotten that owed something. If it grows, the table is too small: newcomers
// are refused what they might have.
func (k *Keyed[K]) Forgotten() (times uint64) {
	for i := range k.shards {
		s := &k.shards[i]
		s.mu.Lock()
		times += s.forgotten
		s.mu.Unlock()
	}
	return times
}
