package clocks

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Dot names one event: its actor, and which of the actor's events it is, the first being 1.
type Dot struct {
	Actor   string
	Counter uint64 // in [1, MaxCounter]
}

// Dotted is the clock of one event, with the event apart from what was seen: a dotted version vector. A [Vector] that has counted the event
// says that all earlier ones of its actor were seen too. Of a server that writes for many clients that is not true: two clients that have seen
// nothing write by one server, and the second write has not seen the first.
//
// Two are compared by looking up one entry in each past, in time logarithmic in their lengths.
//
// Source: N. Preguiça, C. Baquero, P. Almeida, V. Fonte, R. Gonçalves, "Brief Announcement: Efficient Causality Tracking in Distributed
// Storage Systems with Dotted Version Vectors", PODC 2012.
type Dotted struct {
	Dot  Dot
	Past Vector // what was seen before, without the event itself; there may be a gap between the two
}

// Knows says whether an event is among those that the clock has seen.
func (v Vector) Knows(d Dot) bool { return d.Counter >= 1 && d.Counter <= v.Counter(d.Actor) }

// Compare says how this event stands to another: Before if it is in the other's past. Two with the same dot are the same event. Two that are in each
// other's past come from no execution; they compare as Concurrent. It does not allocate.
func (d Dotted) Compare(e Dotted) Order {
	before, after := e.Past.Knows(d.Dot), d.Past.Knows(e.Dot)
	switch {
	case d.Dot == e.Dot:
		return Equal
	case before == after:
		return Concurrent
	case before:
		return Before
	}
	return After
}

// check says that no event has that name.
func (d Dot) check() error {
	switch {
	case d.Actor == "":
		return fmt.Errorf("%w: %q", errActor, d.Actor)
	case d.Counter < 1 || d.Counter > MaxCounter:
		return fmt.Errorf("clocks: a counter must lie in [1, %d]: %d of %q", uint64(MaxCounter), d.Counter, d.Actor)
	}
	return nil
}

// check says that no event has that clock.
func (d Dotted) check() error {
	if err := d.Dot.check(); err != nil {
		return err
	}
	if d.Past.Knows(d.Dot) {
		return fmt.Errorf("clocks: %s", d.paradox())
	}
	return nil
}

func (d Dotted) paradox() string {
	return fmt.Sprintf("an event must not be in its own past: %d of %.60q, of which it has seen %d",
		d.Dot.Counter, d.Dot.Actor, d.Past.Counter(d.Dot.Actor))
}

// String is the dot as (a,3), with the name as in the text encoding.
func (d Dot) String() string {
	return string(append(strconv.AppendUint(append(appendEscaped([]byte{'('}, d.Actor), ','), d.Counter, 10), ')'))
}

// String is the clock as (a,3){a=1,b=2}.
func (d Dotted) String() string { return d.Dot.String() + d.Past.String() }

func (d Dot) appendBinary(b []byte) []byte {
	return binary.AppendUvarint(appendName(b, d.Actor), d.Counter)
}

func (d Dot) appendText(b []byte) []byte {
	return strconv.AppendUint(append(appendEscaped(b, d.Actor), '='), d.Counter, 10)
}

// dot reads what appendBinary appended.
func (r *reader) dot() Dot { return Dot{r.actor(), r.counter(1)} }

// parseDot reads what appendText appended.
func parseDot(what, text string) (Dot, error) {
	actor, counter, found := strings.Cut(text, "=")
	if !found || actor == "" {
		return Dot{}, malformed(what, "a dot must be of an actor, = and a counter: %.60q", text)
	}
	name, err := unescaped(what, actor)
	if err != nil {
		return Dot{}, err
	}
	n, err := parseCounter(what, counter, 1)
	return Dot{name, n}, err
}

// AppendBinary implements [encoding.BinaryAppender]. The error is of a dot that is no event's name.
func (d Dot) AppendBinary(b []byte) ([]byte, error) {
	if err := d.check(); err != nil {
		return b, err
	}
	return d.appendBinary(append(b, dotFormat)), nil
}

// MarshalBinary implements [encoding.BinaryMarshaler]. The error is that of [Dot.AppendBinary].
func (d Dot) MarshalBinary() ([]byte, error) { return d.AppendBinary(nil) }

// UnmarshalBinary implements [encoding.BinaryUnmarshaler]. The error wraps [ErrEncoding] and leaves the dot as it is.
func (d *Dot) UnmarshalBinary(data []byte) error {
	r := newReader("a dot", dotFormat, data)
	read := r.dot()
	if err := r.end(); err != nil {
		return err
	}
	*d = read
	return nil
}

// AppendText implements [encoding.TextAppender], as dot1:a=3. The error is of a dot that is no event's name.
func (d Dot) AppendText(b []byte) ([]byte, error) {
	if err := d.check(); err != nil {
		return b, err
	}
	return d.appendText(append(b, dotTag...)), nil
}

// MarshalText implements [encoding.TextMarshaler]. The error is that of [Dot.AppendText].
func (d Dot) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// UnmarshalText implements [encoding.TextUnmarshaler]. The error wraps [ErrEncoding] and leaves the dot as it is.
func (d *Dot) UnmarshalText(text []byte) error {
	const what = "a dot"
	body, err := untagged(what, dotTag, text)
	if err != nil {
		return err
	}
	read, err := parseDot(what, body)
	if err != nil {
		return err
	}
	*d = read
	return nil
}

// AppendBinary implements [encoding.BinaryAppender]. The error is of a dot that is no event's name, or that is in its own past.
func (d Dotted) AppendBinary(b []byte) ([]byte, error) {
	if err := d.check(); err != nil {
		return b, err
	}
	return appendEntries(d.Dot.appendBinary(append(b, dottedFormat)), d.Past), nil
}

// MarshalBinary implements [encoding.BinaryMarshaler]. The error is that of [Dotted.AppendBinary].
func (d Dotted) MarshalBinary() ([]byte, error) { return d.AppendBinary(nil) }

// UnmarshalBinary implements [encoding.BinaryUnmarshaler]. The error wraps [ErrEncoding] and leaves the clock as it is.
func (d *Dotted) UnmarshalBinary(data []byte) error {
	r := newReader("a dotted version vector", dottedFormat, data)
	read := Dotted{r.dot(), r.entries()}
	if r.err == nil && read.Past.Knows(read.Dot) {
		r.fail("%s", read.paradox())
	}
	if err := r.end(); err != nil {
		return err
	}
	*d = read
	return nil
}

// AppendText implements [encoding.TextAppender], as dotted1:a=3@a=1,b=2. The error is of a dot that is no event's name, or that is in its own past.
func (d Dotted) AppendText(b []byte) ([]byte, error) {
	if err := d.check(); err != nil {
		return b, err
	}
	return appendEntriesText(append(d.Dot.appendText(append(b, dottedTag...)), '@'), d.Past), nil
}

// MarshalText implements [encoding.TextMarshaler]. The error is that of [Dotted.AppendText].
func (d Dotted) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// UnmarshalText implements [encoding.TextUnmarshaler]. The error wraps [ErrEncoding] and leaves the clock as it is.
func (d *Dotted) UnmarshalText(text []byte) error {
	const what = "a dotted version vector"
	body, err := untagged(what, dottedTag, text)
	if err != nil {
		return err
	}
	dot, past, found := strings.Cut(body, "@")
	if !found {
		return malformed(what, "between dot and past must be @: %.60q", body)
	}
	var read Dotted
	if read.Dot, err = parseDot(what, dot); err != nil {
		return err
	}
	if read.Past, err = parseEntries(what, past); err != nil {
		return err
	}
	if read.Past.Knows(read.Dot) {
		return malformed(what, "%s", read.paradox())
	}
	*d = read
	return nil
}
