// Package clocks says what happened before what, where no two clocks agree: logical clocks, clocks that know causes, hybrid and
// uncertain physical time, and the registers that stand on them.
//
//	var mine clocks.Vector
//	err := mine.Increment("a") // an event of a; the clock goes with each message
//	...
//	mine.Merge(theirs) // on arrival; then Increment
//	if mine.Compare(other) == clocks.Concurrent {
//		// neither has seen the other: keep both, or merge
//	}
//
// # Choosing
//
//	question                                              answer
//	an order that agrees with causes, in one number       Lamport
//	the same, and near the time on the wall               Hybrid
//	did one event influence another, or neither           Vector; Dense for actors known beforehand
//	which of the values of a key are still to be kept     DottedSet; Versioned is what it replaced, and loses track
//	one write, with all that its writer had seen          Dotted
//	one value, and losing the other is acceptable         LastWrite, by LamportStamp, HybridStamp or WallStamp
//	no value lost, and the application decides            MultiValue
//	did it surely happen before, by physical time         Interval
//
// [Vector] is the one to begin with: it alone gives both directions, at the price of an entry for each actor. [Lamport] and [Hybrid] give
// one: they put concurrent events in some order, and nothing in a time tells that it did. Last write wins loses one of two
// concurrent values always; by wall time it loses also some that were written one after the other:
// package clocksim and go run ./examples lost-updates show how many.
//
// # Time
//
// Logical clocks know no time. Whatever compares with other machines' physical clocks takes wall time.Time, because it leaves the
// process: the caller reads the clock.
//
// # Trust
//
// What comes from a peer is checked. A time too far ahead is refused with [ErrAhead], so that one bad clock does not carry all others with
// it. Counters end with [ErrExhausted] at [MaxCounter]; none wraps. Encodings are versioned, compact and canonical; decoding gives an error
// that wraps [ErrEncoding] for anything else, in memory of a small multiple of the input's length. Those of a
// [HybridTime] sort as times do, so that they can be a part of a key. Of registers DottedSet and MultiValue have an Encode, for a codec of
// their values; the others are sent as a value and a stamp, and none marshals itself as JSON.
//
// # Laws (laws_test.go and its neighbours)
//
// The order of vectors is happened-before, both ways, on any execution. Lamport and hybrid times agree with it one way. Merging is a join:
// commutative, associative, idempotent, the least clock that knows both. Increments strictly grow. Each encoding reads back
// and is the only one. Hybrid time grows under any physical clock, and is never behind it. Dotted sets are what sets of events would
// be. TestBroken shows each law failing on a bug.
//
// # What this does not show
//
// How clocks travel, and who takes entries out of a vector when actors are gone for good: none is ever removed here, because
// a clock that has forgotten an actor orders its events wrongly.
//
// # Sources
//
// L. Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", 1978; C. Fidge, "Timestamps in Message-Passing
// Systems That Preserve the Partial Ordering", 1988; F. Mattern, "Virtual Time and Global States of Distributed Systems", 1989; S. Kulkarni et
// al., "Logical Physical Clocks", 2014; J. Corbett et al., "Spanner: Google's Globally-Distributed Database", 2012; N. Preguiça et al.,
// "Brief Announcement: Efficient Causality Tracking in Distributed Storage Systems with Dotted Version Vectors", 2012; P. Almeida et
// al., "Scalable and Accurate Causality Tracking for Eventually Consistent Stores", 2014.
package clocks
