// Package hashring places keys on nodes: consistent hashing in all its forms, hash slots, ranges, a directory; what moves when
// nodes come and go; bounded loads; hot keys. The placements are those that the simulations of hashring/ringsim measure.
//
//	table, err := hashring.New(
//		hashring.Node[string]{Name: "a", Weight: 1, Value: "10.0.0.1:6379"},
//		hashring.Node[string]{Name: "b", Weight: 1, Value: "10.0.0.2:6379"},
//	)
//	...
//	address := table.Value("user:42")
//
// # Choosing
//
// [Ring] is the one to begin with, and what [New] makes. [Rendezvous] is as good and simpler for tens of nodes. [Maglev] is the
// most even. [Jump] needs no memory, and nodes that never leave but at the end. [Anchor] is for nodes that come and go within a known
// number. [Slots] are for whoever speaks Redis Cluster, or wants to move keys by hand; [Ranges] for scans; [Directory] for keys that must be
// somewhere. [Advise] chooses for stated needs, and says why.
//
//	question                                        answer
//	who owns a key                                  Table, or any placement by itself
//	which n nodes hold it, in n zones               Owners, Spread
//	nodes change while others look up               Cell
//	what moves from whom to whom, and in what order Diff, NewPlan; EstimateMoved where there are no stretches
//	no node may have too much                       Bounded
//	which keys are hot, and what then               TopK, Salt, TimeBuckets
//	one tenant must not hurt all                    Shuffle
//	how many points                                 PointsFor
//
// # State
//
// A placement is immutable: lookups take no lock and do not allocate, and a change makes another placement. Hashes and seeds are
// given, so that everybody who is given the same has the same placement.
//
// # Laws (laws_test.go and its neighbours)
//
// Only a changed node's keys move, with each placement that promises it, over any history. A lookup equals a naive search. The order of nodes
// does not matter, or is stated. Owners are distinct, zones while they last, and the first of them is the owner. Moves explain every lookup
// that changed and no other, and a plan ends in the new placement. Loads stay within their bound, and a pick cannot fail. A salted
// key can be read back. TestBroken shows each law failing on a bug.
//
// # What this does not show
//
// Who agrees on the members, and how data get from one node to another. A placement says where a key belongs, not where it is.
//
// # Sources
//
// D. Karger et al., "Consistent Hashing and Random Trees", 1997; D. Thaler, C. Ravishankar, "Using Name-Based Mappings to
// Increase Hit Rates", 1998; J. Lamping, E. Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014; D. Eisenbud et al.,
// "Maglev", 2016; G. Mendelson et al., "AnchorHash", 2021; V. Mirrokni, M. Thorup, M. Zadimoghaddam, "Consistent Hashing with Bounded
// Loads", 2018.
package hashring
