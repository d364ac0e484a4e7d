package clocks

import (
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"strings"
)

// DottedSet are the values of one key that have not been replaced, siblings, each known by its dot: a dotted version vector set.
//
// It holds exactly what sets of events would say: a value is held until a write that has seen it is known. Clients that write in turns,
// or at the same time, leave as many siblings as have truly not seen each other.
//
// It is small, because for each server the values held are those of its last few writes: a name, how many writes came before them, and the
// values, in the order of their writes. Put and Sync take time in proportion to the servers and the siblings.
//
// Contexts are believed. One that claims writes which the client has not read, or which nobody has made yet, replaces them unseen: where clients are
// not trusted, sign what [DottedSet.Context] gives them. A deletion is a write of a value that says so: nothing is forgotten here.
//
// The zero value is a key without values, ready to use. A copy is a set of its own, if copies of T are. Not safe for concurrent use while
// it changes.
//
// Source: P. Almeida, C. Baquero, R. Gonçalves, N. Preguiça, V. Fonte, "Scalable and Accurate Causality Tracking for Eventually
// Consistent Stores", DAIS 2014, section 5. Here the values are in the order of their writes, and the paper's anonymous ones are left out.
type DottedSet[T any] struct {
	writes []writes[T] // by server; never changed in place: copies share it
}

// writes are those of one server. The dots base+1, base+2, … are of the values; those up to base are replaced.
type writes[T any] struct {
	server string
	base   uint64
	values []T // never changed in place
}

func (w writes[T]) counter() uint64 { return w.base + uint64(len(w.values)) }

// sync is what two replicas know together of one server. What one replaced is replaced; of the rest, whoever knows more of the server's
// writes has all values, because it has those that the other knows as well.
func (w writes[T]) sync(other writes[T]) writes[T] {
	if w.counter() < other.counter() {
		w, other = other, w
	}
	switch {
	case other.base <= w.base:
	case other.base == w.counter():
		w.base, w.values = other.base, nil // an empty part of them would hold on to them
	default:
		w.base, w.values = other.base, slices.Clone(w.values[other.base-w.base:]) // a clone, to let go of the others
	}
	return w
}

// find is where the server's writes are, or where they would be.
func (s DottedSet[T]) find(server string) (int, bool) {
	return slices.BinarySearchFunc(s.writes, server, func(w writes[T], server string) int { return strings.Compare(w.server, server) })
}

// Put writes a value by a server, for a client that has read the context. It replaces what the context knows, and nothing else. The error leaves
// all as it is: of an empty name; one that wraps [ErrExhausted]; or one that wraps [ErrAhead], if the context
// knows writes by this server that it has not made: they are of another key, invented, or the server has lost them and must sync first.
func (s *DottedSet[T]) Put(context Vector, value T, server string) error {
	var made uint64
	if i, found := s.find(server); found {
		made = s.writes[i].counter()
	}
	if _, err := nextCounter(made, context, server); err != nil {
		return err
	}
	seen := DottedSet[T]{make([]writes[T], 0, context.Len())}
	for actor, counter := range context.All() {
		seen.writes = append(seen.writes, writes[T]{actor, counter, nil})
	}
	seen.Sync(*s) // into a slice of its own
	i, found := seen.find(server)
	if !found {
		seen.writes = slices.Insert(seen.writes, i, writes[T]{server: server})
	}
	w := &seen.writes[i]
	w.values = append(slices.Clip(w.values), value)
	*s = seen
	return nil
}

// Sync takes in what another replica holds and knows. It is a join: replicas that have taken in the same hold the same, in whatever order and
// however often it came.
func (s *DottedSet[T]) Sync(other DottedSet[T]) {
	a, b := s.writes, other.writes
	if len(b) == 0 {
		return
	}
	all := make([]writes[T], 0, max(len(a), len(b))+1)
	for len(a) > 0 && len(b) > 0 {
		order := strings.Compare(a[0].server, b[0].server)
		switch {
		case order < 0:
			all = append(all, a[0])
		case order > 0:
			all = append(all, b[0])
		default:
			all = append(all, a[0].sync(b[0]))
		}
		if order <= 0 {
			a = a[1:]
		}
		if order >= 0 {
			b = b[1:]
		}
	}
	s.writes = append(append(all, a...), b...)
}

// Context is what a client that reads the values has seen, to be given back with what it writes.
func (s DottedSet[T]) Context() Vector {
	entries := make([]entry, 0, len(s.writes))
	for _, w := range s.writes {
		entries = append(entries, entry{w.server, w.counter()})
	}
	return Vector{entries}
}

// All are the siblings with the names of their writes, in the order of the servers' names and then of their writes.
func (s DottedSet[T]) All() iter.Seq2[Dot, T] {
	return func(yield func(Dot, T) bool) {
		for _, w := range s.writes {
			for i, value := range w.values {
				if !yield(Dot{w.server, w.base + uint64(i) + 1}, value) {
					return
				}
			}
		}
	}
}

// Values are the siblings, in the order of [DottedSet.All].
func (s DottedSet[T]) Values() []T {
	values := make([]T, 0, s.Len())
	for _, w := range s.writes {
		values = append(values, w.values...)
	}
	return values
}

// Len is how many siblings there are.
func (s DottedSet[T]) Len() int {
	n := 0
	for _, w := range s.writes {
		n += len(w.values)
	}
	return n
}

// Encode appends a binary encoding, in which appendValue appends that of each value. It is canonical if those of the values are. The error is appendValue's,
// and leaves b as it is.
func (s DottedSet[T]) Encode(b []byte, appendValue func([]byte, T) ([]byte, error)) ([]byte, error) {
	if appendValue == nil {
		return b, errors.New("clocks: a set must be encoded with a function that appends a value: nil")
	}
	to := binary.AppendUvarint(append(b, dottedSetFormat), uint64(len(s.writes)))
	room := make([]byte, 0, 64)
	for _, w := range s.writes {
		to = binary.AppendUvarint(appendName(to, w.server), w.base)
		to = binary.AppendUvarint(to, uint64(len(w.values)))
		for _, value := range w.values {
			encoded, err := appendValue(room, value)
			if err != nil {
				return b, err
			}
			to = append(binary.AppendUvarint(to, uint64(len(encoded))), encoded...)
		}
	}
	return to, nil
}

// Decode reads what Encode appended, and nothing else. ReadValue reads a value, from bytes that are its own. The error wraps [ErrEncoding], and
// readValue's if it is that, and leaves the set as it is. Besides what readValue takes, the memory is at most 12 bytes and a T for each byte of the input.
func (s *DottedSet[T]) Decode(data []byte, readValue func([]byte) (T, error)) error {
	if readValue == nil {
		return errors.New("clocks: a set must be decoded with a function that reads a value: nil")
	}
	r := newReader("a dotted set", dottedSetFormat, data)
	n := r.count(4) // the length of a name, a byte of it, the base, a count
	if n == 0 {
		if err := r.end(); err != nil {
			return err
		}
		s.writes = nil
		return nil
	}
	read := make([]writes[T], 0, n)
	for range n {
		w := writes[T]{server: r.actor(), base: r.counter(0)}
		if last := len(read) - 1; last >= 0 && w.server <= read[last].server {
			r.fail("servers must be in the order of their names: %.60q after %.60q", w.server, read[last].server)
		}
		switch n := r.count(1); {
		case r.err != nil:
		case n == 0 && w.base == 0:
			r.fail("a server must have written: %.60q has not", w.server)
		case uint64(n) > MaxCounter-w.base:
			r.fail("a counter must be at most %d: %d and %d more of %.60q", uint64(MaxCounter), w.base, n, w.server)
		case n > 0:
			w.values = make([]T, n)
		}
		for i := range w.values {
			var err error
			if w.values[i], err = readValue([]byte(r.name())); err != nil {
				r.fail("a value must be one: %w", err)
			}
			if r.err != nil {
				break
			}
		}
		if r.err != nil {
			break
		}
		read = append(read, w)
	}
	if err := r.end(); err != nil {
		return err
	}
	s.writes = read
	return nil
}
