// Package cachesim replays requests through the policies of package cache and counts: on traces, your own or made, beside the best that
// is possible; and what a hit ratio does to the database behind it.
//
//	trace, err := cachesim.Read(file, cachesim.LIRS)
//	...
//	misses, err := cachesim.Misses(trace, cache.WTinyLFU, 1000)
//	least, err := cachesim.Optimal(trace, 1000) // knows the future
//
// # Choosing
//
//	question                                              answer
//	how often does a policy miss at one size              Misses
//	and how often must it                                 Optimal, OptimalWithBypass for policies that may refuse
//	how often does LRU miss at every size                 LRUCurve, exact and in one pass
//	the same of a trace too long for that                 SHARDS, from a sample of keys, with its error
//	requests to try policies on                           Read, cache.Recorder, or the makers of traces
//	what misses do to the response times of a database    Database
//
// Keys are numbered once, by Read or Intern, so that a replay indexes arrays where a cache hashes. The policies see the same ids in the same
// calls as those of a cache with one shard, and evict the same keys.
//
// Everything here returns plain data. What is random takes a source or an engine of package sim; the same source gives the same
// bytes.
//
// # What this does not show
//
// Entries have one size and never expire, and nothing is concurrent. A trace says nothing of requests that a better hit ratio would have
// changed: clients that wait less ask sooner.
//
// # Sources
//
// L. Belady, "A Study of Replacement Algorithms for a Virtual-Storage Computer", 1966; R. Mattson, J. Gecsei, D. Slutz, I. Traiger, "Evaluation
// Techniques for Storage Hierarchies", 1970; B. Bennett, V. Kruskal, "LRU Stack Processing", 1975; C. Waldspurger et al., "Efficient MRC
// Construction with SHARDS", 2015. Policies name theirs in package cache.
package cachesim
