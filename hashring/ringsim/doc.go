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
// # More
//
//   - [SpreadNews], [RunChurn]: clients that still have the table before
//   - [LoseZones]: keys that are left when zones fail
//   - [RunInFlight]: requests in flight under bounded loads
//   - [Cool], with [ReadKeys]: what salting, replication and time buckets do for hot keys
//   - [BadTenant]: how many tenants one bad tenant takes with it
//   - [MeanNeighbours]: nodes that a scan of neighbouring keys asks
//
// # Laws
//
// Shares are the parts of the table that nodes own. Moves equal a count by name, of keys or of all slots. The tests of each simulation state its
// own laws, and compare with a count of every single case wherever there is one. TestBroken shows laws failing.
//
// # What this does not show
//
// What it takes to move a key: how long it is under way, and what that costs those who ask for it.
//
// # Sources
//
// H. David, H. Nagaraja, "Order Statistics", 3rd edition, 2003, section 6.4, for the largest of n random arcs.
package ringsim
