package clocks

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Vector is a vector clock: for each actor that has done anything, how many of its events are known.
//
// If each event increments the entry of its actor, each message carries its sender's vector, and each arrival merges it before it
// increments, then one event happened before another if and only if its vector is Before the other's.
//
// It is a slice sorted by name. An entry of zero cannot exist: an actor that has done nothing has no entry, so equal clocks look the
// same. Comparing and merging take time in proportion to the entries of both, looking up and incrementing to the logarithm of their number,
// but for an actor's first event, which moves the entries behind it. Memory is 24 bytes an entry and the names.
//
// The zero value is the clock that has seen nothing, ready to use. A copy of the struct shares its entries: whoever gives a clock away
// and goes on incrementing gives a [Vector.Clone]. Not safe for concurrent use while it changes.
//
// Sources: C. Fidge, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering", Australian Computer Science
// Conference, 1988; F. Mattern, "Virtual Time and Global States of Distributed Systems", Parallel and Distributed Algorithms, 1989.
type Vector struct {
	entries []entry // by actor, ascending; no counter is zero
}

type entry struct {
	actor   string
	counter uint64
}

var errActor = errors.New("clocks: an actor's name must not be empty")

// NewVector returns the clock with those counters by actor, each in [1, MaxCounter].
func NewVector(counters map[string]uint64) (Vector, error) {
	var v Vector
	for actor, counter := range counters {
		v.entries = append(v.entries, entry{actor, counter})
	}
	slices.SortFunc(v.entries, func(a, b entry) int { return strings.Compare(a.actor, b.actor) })
	for _, e := range v.entries {
		switch {
		case e.actor == "":
			return Vector{}, fmt.Errorf("%w: %q", errActor, e.actor)
		case e.counter < 1 || e.counter > MaxCounter:
			return Vector{}, fmt.Errorf("clocks: a counter must lie in [1, %d]: %d of %q", uint64(MaxCounter), e.counter, e.actor)
		}
	}
	return v, nil
}

// find is where the actor's entry is, or where it would be.
func (v Vector) find(actor string) (int, bool) {
	return slices.BinarySearchFunc(v.entries, actor, func(e entry, actor string) int { return strings.Compare(e.actor, actor) })
}

// Increment counts one more event of an actor. The error, of an empty name or one that wraps [ErrExhausted], leaves the clock as it is.
func (v *Vector) Increment(actor string) error {
	if actor == "" {
		return fmt.Errorf("%w: %q", errActor, actor)
	}
	i, found := v.find(actor)
	switch {
	case !found:
		v.entries = slices.Insert(v.entries, i, entry{actor, 1})
	case v.entries[i].counter >= MaxCounter:
		return exhausted(fmt.Sprintf("%q", actor))
	default:
		v.entries[i].counter++
	}
	return nil
}

// Merge makes the clock know what either of the two knows: the larger counter of each actor. It allocates at most once, and only if w
// has actors that v has not. It does not change w.
func (v *Vector) Merge(w Vector) {
	missing, i := 0, 0
	for _, e := range w.entries {
		found := false
		for ; i < len(v.entries) && !found; i++ {
			if found = v.entries[i].actor == e.actor; found {
				v.entries[i].counter = max(v.entries[i].counter, e.counter)
			} else if v.entries[i].actor > e.actor {
				break
			}
		}
		if !found {
			missing++
		}
	}
	if missing == 0 {
		return
	}
	i = len(v.entries) - 1
	v.entries = slices.Grow(v.entries, missing)[:len(v.entries)+missing]
	// From the back, so that nothing is written over before it has moved.
	for j, to := len(w.entries)-1, len(v.entries)-1; j >= 0; to-- {
		switch {
		case i >= 0 && v.entries[i].actor >= w.entries[j].actor:
			if v.entries[i].actor == w.entries[j].actor {
				j-- // merged above
			}
			v.entries[to] = v.entries[i]
			i--
		default:
			v.entries[to] = w.entries[j]
			j--
		}
	}
}

// Compare says how this clock stands to another. It does not allocate, and ends at the first proof that they are concurrent.
func (v Vector) Compare(w Vector) Order {
	a, b := v.entries, w.entries
	smaller, larger := false, false
	for len(a) > 0 && len(b) > 0 {
		// Clocks that are compared mostly have the same actors, and equality of names is cheaper to see than their order.
		same := 0
		for same < len(a) && same < len(b) && a[same].actor == b[same].actor {
			if a[same].counter != b[same].counter {
				if a[same].counter < b[same].counter {
					smaller = true
				} else {
					larger = true
				}
				if smaller && larger {
					return Concurrent
				}
			}
			same++
		}
		a, b = a[same:], b[same:]
		if len(a) == 0 || len(b) == 0 {
			break
		}
		if a[0].actor < b[0].actor {
			larger = true
			a = a[1:]
		} else {
			smaller = true
			b = b[1:]
		}
		if smaller && larger {
			return Concurrent
		}
	}
	return orderOf(smaller || len(b) > 0, larger || len(a) > 0)
}

// Equal says whether both clocks have seen the same.
func (v Vector) Equal(w Vector) bool { return slices.Equal(v.entries, w.entries) }

// Counter is how many events of an actor are known.
func (v Vector) Counter(actor string) uint64 {
	if i, found := v.find(actor); found {
		return v.entries[i].counter
	}
	return 0
}

// Len is how many actors have done anything.
func (v Vector) Len() int { return len(v.entries) }

// All are the actors and their counters, in the order of the names' bytes. The clock must not change meanwhile.
func (v Vector) All() iter.Seq2[string, uint64] {
	return func(yield func(string, uint64) bool) {
		for _, e := range v.entries {
			if !yield(e.actor, e.counter) {
				return
			}
		}
	}
}

// Clone is a copy that shares nothing with this clock but the names.
func (v Vector) Clone() Vector { return Vector{slices.Clone(v.entries)} }
