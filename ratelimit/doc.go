// Package ratelimit decides whether a request may happen now. It has the algorithms that people mean by a rate limit, limits by
// key in bounded memory, several limits charged at once, and limits shared fairly. The objects are those that the
// simulations of ratelimit/limitsim measure: the same, not models of them.
//
//	limiter, err := ratelimit.New(ratelimit.PerSecond(100), 20)
//	...
//	if !limiter.Allow() {
//		// answer 429; limiter.Take says when to come again
//	}
//
// # Choosing
//
// [GCRA] is the one to begin with, and what [New] makes: a token bucket in one atomic word. [TokenBucket] and [LeakyBucket]
// are the same decisions as textbooks tell them, under a mutex. [Queue] smooths: it delays instead of refusing. [SlidingLog]
// is for a contract that says "no more than so many in any minute", and pays for it with memory. [SlidingCounter] and [FixedWindow] are
// what others have; in the worst case they admit twice the limit in one window (experiment envelope).
//
//	one limit for           use
//	everything              New, or any algorithm by itself
//	each of many keys       Keyed, or Sketch where keys are too many to store
//	several things at once  Composed
//	clients, fairly         Sharing
//
// # Time
//
// [Limiter] reads the clock. Everything else takes now as its first argument: the time elapsed on a monotonic clock since any
// fixed origin, time.Since(start) in production, the engine's Now in simulation. It may be negative, and it may go back: no order of calls
// admits more than the bound, measured by the largest now seen. Arithmetic is in whole numbers, and intervals are rounded up, by one in
// a million at most and mostly not at all. Beyond 73 years on either side of zero, less for rates that need a unit finer than a
// nanosecond (a year at the least), time stands still: then a limit admits less, never more.
//
// # Laws (laws_test.go and its neighbours)
//
// What is admitted in any interval stays within each algorithm's bound, under any order of now and from many goroutines. GCRA, token
// bucket and meter agree decision by decision. A log is exact in every window; counters reach twice their limit and no more. What
// leaves a queue is 1/rate apart. Waiting as long as a refusal says admits, one nanosecond less does not. A cancelled
// reservation never lets the bound break. A key that is forgotten changes no decision, or only refuses. A composed charge is
// atomic. TestBroken shows each law failing on a bug.
//
// # What this does not show
//
// One process. A limit that several gateways share needs a common counter or a division of the limit.
//
// # Sources
//
// ITU-T I.371, 1996 (GCRA); J. Turner, "New Directions in Communications", 1986 (leaky bucket); G. Cormode, S. Muthukrishnan, "An Improved
// Data Stream Summary", 2005 (count-min sketch); D. Bertsekas, R. Gallager, "Data Networks", 1992 (max-min fairness).
package ratelimit
