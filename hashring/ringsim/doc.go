// Package ringsim measures placements of keys on nodes: the same objects of package hashring that run in production, with random
// seeds and random keys.
//
//	ring, err := hashring.NewRing(ringsim.Members(10), hashring.RingOptions{Seed: seed, Points: 160})
//	shares := ringsim.Shares(ring) // of the hashes, by node: exact
//
// # Shares
//
// [Shares] are exact: the lengths of a ring's arcs, not a count of sampled keys. So of a ring with a random seed the seed alone is random,
// and [Unevenness] of it has exact expectations: the squared deviation is (n-1)/(n*v+1), and with one virtual node the peak over the mean is the
// n-th harmonic number.
//
// # Moves
//
// [Resize] lets one node join and one node leave, and counts keys that move, those among them that move between nodes that were there
// before and still are, and the least that must move.
//
// [Modulo] is the baseline, the placement that everybody writes first.
//
// # Laws (laws_test.go)
//
// Shares sum to one and say what sampled keys say. Counts of moved keys equal those of a naive comparison by name. TestBroken shows each
// failing.
//
// # What this does not show
//
// What it takes to move a key, and what happens to requests meanwhile. Keys that are asked for more often than others have simulations of
// their own here.
//
// # Sources
//
// H. David, H. Nagaraja, "Order Statistics", 3rd edition, 2003, section 6.4, for the largest of n random arcs.
package ringsim
