// Package cache keeps values that are asked for again: a concurrent map of bounded size, and the policies that say what must go when it is full.
// The policies are those that the simulations of cache/cachesim measure: the same, not models of them.
//
//	users, err := cache.New(cache.Options[string, User]{Capacity: 100_000})
//	...
//	user, ok := users.Get(id)
//	if !ok {
//		user = fetch(id)
//		_, err = users.Set(id, user)
//	}
//
// # Choosing
//
// [WTinyLFU] is the one to begin with, and what [New] uses: it has the most hits where one does not know what will come. [SIEVE] and [S3FIFO] are
// for web traffic, where most keys come once, and for many readers: a hit moves nothing. [LRU] is the one to compare with. Try them on your own
// requests: a [Recorder] writes down those of a running cache.
//
//	policy    evicts                             a scan       a loop that is larger  more than LRU, bytes an entry
//	Random    any                                washes out   many, if by little     0
//	FIFO      inserted first                     washes out   no hits                0
//	LRU       used least lately                  washes out   no hits                0
//	Clock     as LRU, about, by one bit          washes out   no hits                1
//	LFU       used least often, ever             passes by    no hits                20
//	SLRU      as LRU, what was used once first   passes by    no hits                1
//	TwoQ      seen once, then as LRU             passes by    many, if by little     25 to 33
//	ARC       seen once or often, as it learns   passes by    no hits                75 to 105
//	LIRS      with the longest time between uses passes by    nearly all there are   100 to 140
//	S3FIFO    not used twice when new            passes by    many, if by little     40 to 60
//	SIEVE     not used, as its hand goes round   passes by    no hits                1
//	WTinyLFU  asked for less often than another  passes by    nearly all there are   25 to 41
//	TinyLFU   as its policy, or not at all       passes by    nearly all, if by little 25 to 41, and its policy's
//
// A scan is of keys that come once, four times as many as there is room for, while others are popular and were seen before. A loop is a third larger
// than the cache, which is little, or five times as large (TestClaim_Choosing). LFU is for popularity that never changes: it forgets nothing. Each
// policy's own words say more, and name its paper.
//
// # Cost and memory
//
// [Options] bound the entries, and their cost if Cost says what each one costs, in bytes or in anything. A Get does not allocate, nor does a Set: all that
// grows with the capacity is made at once. With LRU an entry takes 24 to 40 bytes beside its key and value, 49 to 65 in all for two uint64. A Set that fails
// for its cost takes the old entry out as well, because that is no longer true.
//
// # Concurrency
//
// Any number of goroutines may use a [Cache]; each shard has a lock of its own, which Get takes as well. Each key by itself is a register that may
// lose its value at any time: Get gives what was set last or nothing, and nothing comes back. Len, Stats and All see no single moment. OnEvict, Cost
// and Hash are called without any lock; OnEvict may use the cache. What is found is not copied: who changes a value that others may get shares it with them.
// A [Policy] by itself is for one goroutine.
//
// By default the hash has a random seed, so that nobody outside can choose keys that collide, and what is evicted differs from run to run. For the same
// evictions give a Hash and one shard.
//
// # Laws (laws_test.go and its neighbours)
//
// A policy names the victims of its naive model, one by one, whatever is asked for and deleted. A cache is a map and such a model: the same values,
// the same evictions, the same counts, and never more entries or cost than it may have. The simulator evicts the same sequence as a cache of one
// shard. A larger LRU holds all that a smaller one does. Sketches are never too low. Histories of several goroutines are linearizable. What is gone
// can be collected. TestBroken shows each law failing on a bug.
//
// # What this does not show
//
// Time: entries do not expire. Where values come from, what many do who miss the same key at once, and what is true after a write to the
// database. One process.
//
// # Sources
//
// R. Mattson et al., "Evaluation Techniques for Storage Hierarchies", 1970 (LRU); R. Karedla et al., "Caching Strategies to Improve Disk System
// Performance", 1994 (SLRU); T. Johnson, D. Shasha, "2Q", 1994; S. Jiang, X. Zhang, "LIRS", 2002; N. Megiddo, D. Modha, "ARC", 2003; K. Shah, A. Mitra, D.
// Matani, "An O(1) Algorithm for Implementing the LFU Cache Eviction Scheme", 2010; G. Einziger, R. Friedman, B. Manes, "TinyLFU", 2017; J. Yang et
// al., "FIFO Queues are All You Need for Cache Eviction", 2023; Y. Zhang et al., "SIEVE is Simpler than LRU", 2024.
package cache
