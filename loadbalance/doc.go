// Package loadbalance picks an endpoint for each request: random, round robin, least connections, the best of d random
// choices, consistent hashing with bounded loads. The pickers are those that the simulations of sim and loadbalance/balancesim measure: the same objects,
// not models of them.
//
//	picker, err := loadbalance.NewPowerOfChoices(endpoints, 2, nil)
//	...
//	token, err := picker.Pick(now, loadbalance.Request{})
//	// send the request to token.Endpoint().Value
//	token.Done(now, loadbalance.OK)
//
// # Choosing
//
// [PowerOfChoices] with two choices is the one to begin with: close to the best, cheap, and robust when what it knows
// is old (experiment stale-load). [LeastConnections] is better where one balancer sees all requests, and no better where
// many see some each (many-balancers). [RoundRobin] needs no Done and does well when endpoints and requests are alike.
// [Random] is the baseline (utilisation). [ConsistentHash] is for endpoints that are the faster the more they know of a key, such as
// caches: equal keys go to the same one while that has room.
//
// # Time
//
// The first argument of Pick, Report and Done is the time elapsed on a monotonic clock since any fixed origin:
// time.Since(start) in production, the engine's Now in simulation. The policies that are here so far do not look at
// it; it is there because policies that measure latency do, and all pickers are one interface.
//
// # Endpoints and state
//
// A set of endpoints is an immutable snapshot that Update replaces at once. What is known of an endpoint is kept
// under its id: one that stays keeps its count, one that leaves takes it along, one that returns begins anew.
//
// # Laws (laws_test.go)
//
// A pick is always a member that is not excluded. Round robin's shares differ by at most one. Least connections picks
// a minimum, ties uniformly. Two distinct choices or more never pick the strictly worst. A second Done does nothing. An
// Update loses no count. A report replaces the count. Consistent hashing picks the first endpoint in the key's order of preference that
// has room, no endpoint gets more than its bound, and without bounds only a changed endpoint's keys move. A pick does not allocate, unless it has more than sixteen
// endpoints to exclude or to compare. TestBroken shows each law failing on a bug.
//
// # A picker of your own
//
// [NewToken] makes the token that a picker returns, with whoever is to be told of its end; so a picker can also
// be wrapped.
//
// # What this does not show
//
// Health, weights, latency, zones and sessions. A picker knows what it was told: an endpoint
// that fails fast looks idle to every policy that counts requests in flight.
//
// # Sources
//
// W. Winston, "Optimality of the Shortest Line Discipline", 1977; Y. Azar, A. Broder, A. Karlin, E. Upfal, "Balanced
// Allocations", 1994; M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001, and "How Useful Is
// Old Information?", 2000; V. Mirrokni, M. Thorup, M. Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2018; D. Lemire, "Fast Random Integer Generation in an Interval", 2019.
package loadbalance
