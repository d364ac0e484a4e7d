// Package limitsim measures rate limits: it replays traffic through the algorithms of package ratelimit, the same objects that run in
// production, and says how much really came through.
//
//	limit, err := ratelimit.NewFixedWindow(100, time.Minute)
//	acts := limitsim.Greedy(limit, time.Minute-1, 3*time.Minute, 1_000)
//	most := limitsim.MostIn(acts, time.Minute) // 200
//
// # Traffic
//
// A traffic is a list of [Request]s, the earliest first: what a workload generates, or what [ReadAccessLog] reads from a web
// server's log. [Replay] puts it to an algorithm. [Greedy] is the traffic that no list can hold, because it listens: it takes all
// that an algorithm gives and comes back at the very nanosecond that a refusal names. From a fresh limit, at the
// right moment, it reaches what [MostOfFixedWindow] and its neighbours state.
//
// # Envelopes
//
// [MostIn] is the most that acts in any closed interval of a length. As a function of the length, that is the traffic's
// envelope, and every algorithm puts a bound on it. The other way round, [LeastBurst] and [Suggest] find the limits that a given
// traffic passes.
//
// # Sharing and memory
//
// [RunSharing] lets clients share one limit, [Jain] says how fairly. [Traffic.Judge] counts a keyed limiter's mistakes against a limiter
// of each key's own; [Footprint] computes its bytes.
//
// # Laws (laws_test.go)
//
// An envelope equals that of all pairs. Random traffic stays within each algorithm's bound, and the greedy one reaches it. The least
// burst admits the share that was asked for, and one less does not. A log that was written is read as it was, in the order of its
// times. TestBroken shows each failing.
//
// # What this does not show
//
// Clients that back off, give up or come in herds. One process decides, without delay.
//
// # Sources
//
// R. Cruz, "A Calculus for Network Delay, Part I", IEEE Transactions on Information Theory 37(1), 1991, for traffic with a burst and
// a rate; J. Le Boudec, P. Thiran, "Network Calculus", 2001, section 1.2, for envelopes.
package limitsim
