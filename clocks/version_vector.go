package clocks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Versioned are the values of one key that have not been replaced, siblings, under one version vector for all of them, as Riak kept them
// before it had dots.
//
// No write is lost: each that the clock knows is held, or was seen by who wrote one that is. But one vector for all cannot say which of
// the siblings a client has seen. If it has not seen all, all stay, even the client's own last write: two clients that write in turns leave
// as many siblings as writes. [DottedSet] is the cure, and this is there to compare it with.
//
// The zero value is a key without values, ready to use. A put and a sync take time in proportion to the siblings and the servers. A copy
// is a set of its own, if copies of T are. Not safe for concurrent use while it changes.
//
// Source: D. Parker et al., "Detection of Mutual Inconsistency in Distributed Systems", IEEE Transactions on Software Engineering, 1983.
type Versioned[T any] struct {
	clock    Vector       // never changed in place: copies share it
	siblings []sibling[T] // by dot; never changed in place
}

// sibling is a value, with the name of its write. That only tells a copy of a write from another write of the same value, as Riak's
// vtags did; no clock is compared with it.
type sibling[T any] struct {
	dot   Dot
	value T
}

func (s sibling[T]) compare(other sibling[T]) int {
	return cmp.Or(strings.Compare(s.dot.Actor, other.dot.Actor), cmp.Compare(s.dot.Counter, other.dot.Counter))
}

// Put writes a value by a server, for a client that has read the context. It replaces all siblings if the context knows all that the clock does,
// and otherwise is one more. The error leaves all as it is: of an empty name; one that wraps [ErrExhausted]; or one that wraps [ErrAhead], if the context
// knows writes by this server that it has not made: they are of another key, invented, or the server has lost them and must sync first.
func (v *Versioned[T]) Put(context Vector, value T, server string) error {
	counter, err := nextCounter(v.clock.Counter(server), context, server)
	if err != nil {
		return err
	}
	kept := v.siblings
	if order := context.Compare(v.clock); order == Equal || order == After {
		kept = nil
	}
	clock := v.clock.Clone()
	clock.Merge(context)
	if err := clock.Increment(server); err != nil {
		return err
	}
	written := sibling[T]{Dot{server, counter}, value}
	i, _ := slices.BinarySearchFunc(kept, written, sibling[T].compare)
	v.clock, v.siblings = clock, slices.Insert(slices.Clip(kept), i, written)
	return nil
}

// nextCounter is the counter of a server's next write, when it has made so many.
func nextCounter(made uint64, context Vector, server string) (uint64, error) {
	switch seen := context.Counter(server); {
	case server == "":
		return 0, fmt.Errorf("%w: %q", errActor, server)
	case seen > made:
		return 0, fmt.Errorf("%w: a context knows %d writes by %q, which has made %d", ErrAhead, seen, server, made)
	case made >= MaxCounter:
		return 0, exhausted(fmt.Sprintf("%q", server))
	}
	return made + 1, nil
}

// Sync takes in what another replica holds. The one whose clock knows more wins; if neither's does, all siblings of both stay, even those
// that one of the two knows to be replaced. So it commutes and can be repeated, but what is held depends on who synced with whom first.
func (v *Versioned[T]) Sync(other Versioned[T]) {
	switch v.clock.Compare(other.clock) {
	case Before:
		*v = other
	case Equal, Concurrent:
		clock := v.clock.Clone()
		clock.Merge(other.clock)
		all := slices.Concat(v.siblings, other.siblings)
		slices.SortFunc(all, sibling[T].compare)
		all = slices.CompactFunc(all, func(a, b sibling[T]) bool { return a.dot == b.dot })
		v.clock, v.siblings = clock, all
	}
}

// Context is what a client that reads the values has seen, to be given back with what it writes.
func (v Versioned[T]) Context() Vector { return v.clock.Clone() }

// Values are the siblings, in the order of the servers' names and then of their writes.
func (v Versioned[T]) Values() []T {
	values := make([]T, 0, len(v.siblings))
	for _, s := range v.siblings {
		values = append(values, s.value)
	}
	return values
}

// Len is how many siblings there are.
func (v Versioned[T]) Len() int { return len(v.siblings) }
