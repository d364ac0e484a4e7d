package clocks

import (
	"cmp"
	"time"
)

// Stamp is what [LastWrite] orders writes by: a total order, in which two stamps are the same only if they are of one write.
// [LamportStamp], [HybridStamp] and [WallStamp] are such, as long as the nodes' names differ and no node gives a stamp twice.
type Stamp[S any] interface {
	// Compare is negative if the stamp is before other, 0 if they are the same and positive if it is after it.
	Compare(other S) int
}

// LastWrite is a register in which the last write wins: of all writes that have reached it, in any order and any number of times, it holds the one
// with the largest stamp. Replicas that have seen the same writes hold the same value.
//
// That is all that it promises. The other writes are gone, and nobody is told, even if none of them knew of the one that won: concurrent
// writes are lost. What else is lost depends on the stamp. With [LamportStamp] and [HybridStamp] no write loses to one that it came after, if its node had
// witnessed the other's stamp; with [WallStamp] it does if its node's clock is behind. Where losing writes is no option, keep siblings: [MultiValue].
//
// The zero value is an empty register. It is not safe for concurrent use; a copy is a register of its own, if copies of T are.
//
// Source: P. R. Johnson, R. H. Thomas, "The Maintenance of Duplicate Databases", RFC 677, 1975: a write is stamped with the
// time and the host, which settles ties.
type LastWrite[T any, S Stamp[S]] struct {
	value   T
	stamp   S
	written bool
}

// Set writes a value. It reports whether the value is held now: if not, a write with the same stamp or a larger one was there, and stays.
func (r *LastWrite[T, S]) Set(value T, stamp S) (won bool) {
	if r.written && stamp.Compare(r.stamp) <= 0 {
		return false
	}
	r.value, r.stamp, r.written = value, stamp, true
	return true
}

// Merge takes what another replica holds, if its stamp is larger, and reports whether it was.
func (r *LastWrite[T, S]) Merge(other LastWrite[T, S]) (won bool) {
	return other.written && r.Set(other.value, other.stamp)
}

// Get is the value that is held, and its stamp; ok is false if nothing was written.
func (r *LastWrite[T, S]) Get() (value T, stamp S, ok bool) { return r.value, r.stamp, r.written }

// WallStamp orders writes by the time of day at the node that made them, and writes at the same nanosecond by the nodes' names. Clocks
// differ, step and stand still, so a later write may well have the earlier stamp.
type WallStamp struct {
	Time time.Time
	Node string
}

// Compare is the order of instants, whatever their time zones, and then of names. A monotonic reading, which only means something to one process, is left out.
func (s WallStamp) Compare(other WallStamp) int {
	return cmp.Or(s.Time.Round(0).Compare(other.Time.Round(0)), cmp.Compare(s.Node, other.Node))
}

// HybridStamp orders writes by hybrid time, and those of the same time by the nodes' names.
type HybridStamp struct {
	Time HybridTime
	Node string
}

// Compare is the order of times, and then of names.
func (s HybridStamp) Compare(other HybridStamp) int {
	return cmp.Or(s.Time.Compare(other.Time), cmp.Compare(s.Node, other.Node))
}
