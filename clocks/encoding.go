package clocks

import (
	"encoding/binary"
	"fmt"
)

// Encodings are canonical: a value has exactly one, and nothing else is accepted for it. So encodings can be compared, hashed and signed
// in the place of values. Decoding checks everything before the value changes, and takes memory of at most a small multiple of the
// input's length, whatever numbers the input holds.
//
// The first byte of a binary encoding says in its high four bits what is encoded, and in the low four bits the version. Then follow numbers
// in the fewest bytes of seven bits, the least significant first (protobuf's varints), and names with their length before them.
const (
	vectorFormat    byte = 0x11 // a count; for each actor, in the order of names: the name, the counter
	denseFormat     byte = 0x21 // a count; the counters
	lamportFormat   byte = 0x31 // the counter, the node's name
	dotFormat       byte = 0x41 // the actor's name, the counter
	dottedFormat    byte = 0x51
	dottedSetFormat byte = 0x61
	hybridFormat    byte = 0x71 // eight bytes, the most significant first
)

// appendName appends a name with its length before it.
func appendName(b []byte, name string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(name))), name...)
}

// appendEntries appends a clock without the format's byte, for what has clocks in it.
func appendEntries(b []byte, v Vector) []byte {
	b = binary.AppendUvarint(b, uint64(len(v.entries)))
	for _, e := range v.entries {
		b = binary.AppendUvarint(appendName(b, e.actor), e.counter)
	}
	return b
}

// reader reads a binary encoding. The first thing wrong stays its error, and all later answers are zero.
type reader struct {
	what string
	rest string // names that are read share its memory
	err  error
}

// newReader begins to read an encoding of that format. It takes a copy of the data.
func newReader(what string, format byte, data []byte) *reader {
	r := &reader{what: what}
	switch {
	case len(data) == 0:
		r.fail("the first byte must be 0x%x: there is none", format)
	case data[0] != format:
		r.fail("the first byte must be 0x%x, for what it is and its version: 0x%x", format, data[0])
	default:
		r.rest = string(data[1:])
	}
	return r
}

// fail keeps the first error.
func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err, r.rest = malformed(r.what, format, args...), ""
	}
}

// end is the error of all that was read, or that something is left.
func (r *reader) end() error {
	if r.rest != "" {
		r.fail("nothing must follow its end: %d bytes", len(r.rest))
	}
	return r.err
}

// uvarint reads a number in the fewest bytes that hold it.
func (r *reader) uvarint() uint64 {
	if r.err != nil {
		return 0
	}
	var value uint64
	for i := 0; i < len(r.rest); i++ {
		b := r.rest[i]
		switch {
		case i == binary.MaxVarintLen64-1 && b > 1:
			r.fail("a number must fit 64 bits: it does not")
			return 0
		case b == 0 && i > 0:
			r.fail("a number must have the fewest bytes: its last one of %d is zero", i+1)
			return 0
		case b < 0x80:
			r.rest = r.rest[i+1:]
			return value | uint64(b)<<(7*i)
		}
		value |= uint64(b&0x7f) << (7 * i)
	}
	r.fail("a number must end: it is cut off after %d bytes", len(r.rest))
	return 0
}

// count reads how many elements follow, each of which takes at least so many bytes: no more than there is room for.
func (r *reader) count(least int) int {
	n := r.uvarint()
	if most := len(r.rest) / least; n > uint64(most) {
		r.fail("a count must be of what is there, at most %d: %d", most, n)
		return 0
	}
	return int(n)
}

// counter reads a number in [least, MaxCounter].
func (r *reader) counter(least uint64) uint64 {
	n := r.uvarint()
	if r.err == nil && (n < least || n > MaxCounter) {
		r.fail("a counter must lie in [%d, %d]: %d", least, uint64(MaxCounter), n)
		return 0
	}
	return n
}

// name reads a name, which may be empty.
func (r *reader) name() string {
	n := r.count(1)
	name := r.rest[:n]
	r.rest = r.rest[n:]
	return name
}

// actor reads a name that is not empty.
func (r *reader) actor() string {
	name := r.name()
	if name == "" {
		r.fail("an actor's name must not be empty: %q", name)
	}
	return name
}

// entries reads what appendEntries appended.
func (r *reader) entries() Vector {
	n := r.count(3) // the length of a name, a byte of it, a counter
	if n == 0 {
		return Vector{}
	}
	entries := make([]entry, n)
	for i := range entries {
		e := entry{r.actor(), r.counter(1)}
		if i > 0 && e.actor <= entries[i-1].actor {
			r.fail("actors must be in the order of their names: %.60q after %.60q", e.actor, entries[i-1].actor)
		}
		if r.err != nil {
			return Vector{}
		}
		entries[i] = e
	}
	return Vector{entries}
}

// malformed is the error of an encoding that breaks a rule.
func malformed(what, format string, args ...any) error {
	return fmt.Errorf("%w: in %s, "+format, append([]any{ErrEncoding, what}, args...)...)
}

// AppendBinary implements [encoding.BinaryAppender]. It returns no error.
func (v Vector) AppendBinary(b []byte) ([]byte, error) {
	return appendEntries(append(b, vectorFormat), v), nil
}

// MarshalBinary implements [encoding.BinaryMarshaler]. It returns no error.
func (v Vector) MarshalBinary() ([]byte, error) { return v.AppendBinary(nil) }

// UnmarshalBinary implements [encoding.BinaryUnmarshaler]. The error wraps [ErrEncoding] and leaves the clock as it is. The names share
// one piece of memory, of the length of the encoding.
func (v *Vector) UnmarshalBinary(data []byte) error {
	r := newReader("a vector clock", vectorFormat, data)
	read := r.entries()
	if err := r.end(); err != nil {
		return err
	}
	*v = read
	return nil
}

// AppendBinary implements [encoding.BinaryAppender]. The error is of a counter above [MaxCounter].
func (d Dense) AppendBinary(b []byte) ([]byte, error) {
	if err := d.check(); err != nil {
		return b, err
	}
	b = binary.AppendUvarint(append(b, denseFormat), uint64(len(d)))
	for _, counter := range d {
		b = binary.AppendUvarint(b, counter)
	}
	return b, nil
}

// MarshalBinary implements [encoding.BinaryMarshaler]. The error is of a counter above [MaxCounter].
func (d Dense) MarshalBinary() ([]byte, error) { return d.AppendBinary(nil) }

// UnmarshalBinary implements [encoding.BinaryUnmarshaler]. The error wraps [ErrEncoding] and leaves the clock as it is.
func (d *Dense) UnmarshalBinary(data []byte) error {
	r := newReader("a dense clock", denseFormat, data)
	read := make(Dense, r.count(1))
	for i := range read {
		if read[i] = r.counter(0); r.err != nil {
			break
		}
	}
	if err := r.end(); err != nil {
		return err
	}
	*d = read
	return nil
}

// AppendBinary implements [encoding.BinaryAppender]. The error is of a counter above [MaxCounter].
func (s LamportStamp) AppendBinary(b []byte) ([]byte, error) {
	if err := s.check(); err != nil {
		return b, err
	}
	return appendName(binary.AppendUvarint(append(b, lamportFormat), s.Counter), s.Node), nil
}

// MarshalBinary implements [encoding.BinaryMarshaler]. The error is of a counter above [MaxCounter].
func (s LamportStamp) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// UnmarshalBinary implements [encoding.BinaryUnmarshaler]. The error wraps [ErrEncoding] and leaves the stamp as it is.
func (s *LamportStamp) UnmarshalBinary(data []byte) error {
	r := newReader("a Lamport stamp", lamportFormat, data)
	read := LamportStamp{r.counter(0), r.name()}
	if err := r.end(); err != nil {
		return err
	}
	*s = read
	return nil
}

// check says that no clock gave out the stamp.
func (s LamportStamp) check() error {
	if s.Counter > MaxCounter {
		return fmt.Errorf("clocks: a counter must be at most %d: %d of %q", uint64(MaxCounter), s.Counter, s.Node)
	}
	return nil
}
