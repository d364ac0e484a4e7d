package clocks

import (
	"strconv"
	"strings"
)

// Text encodings are for people, headers and JSON. Before the colon stand what is encoded and the version. Of a name's bytes all but letters,
// digits and -._~ are written as %XX, so that an encoding is of ASCII without spaces, quotes, commas and semicolons, and needs no escaping
// in any of these places. They are as canonical as the binary ones.
const (
	vectorTag  = "v1:" // v1:a=3,b=1
	denseTag   = "d1:" // d1:3,1,0
	lamportTag = "l1:" // l1:7@a
	dotTag     = "dot1:"
	dottedTag  = "dotted1:"
	hybridTag  = "h1:" // h1:2026-01-01T00:00:00.000000000Z+00000
)

const upperHex = "0123456789ABCDEF"

func plainByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// appendEscaped appends a name as text.
func appendEscaped(b []byte, name string) []byte {
	for i := range len(name) {
		if c := name[i]; plainByte(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return b
}

// unescaped reads what appendEscaped appended.
func unescaped(what, text string) (string, error) {
	plain := 0
	for plain < len(text) && plainByte(text[plain]) {
		plain++
	}
	if plain == len(text) {
		return text, nil
	}
	name := append(make([]byte, 0, len(text)), text[:plain]...)
	for i := plain; i < len(text); i++ {
		c := text[i]
		if plainByte(c) {
			name = append(name, c)
			continue
		}
		if c != '%' || i+2 >= len(text) {
			return "", malformed(what, "a name must be of letters, digits, -._~ and %%XX: %.60q", text)
		}
		high, low := strings.IndexByte(upperHex, text[i+1]), strings.IndexByte(upperHex, text[i+2])
		if high < 0 || low < 0 || plainByte(byte(high<<4|low)) {
			return "", malformed(what, "a byte is written as %%XX, in upper case, only where it must be: %.60q", text)
		}
		name = append(name, byte(high<<4|low))
		i += 2
	}
	return string(name), nil
}

// parseCounter reads a number in [least, MaxCounter] that is written as strconv does.
func parseCounter(what, text string, least uint64) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	switch {
	case err != nil || text[0] == '0' && len(text) > 1: // ParseUint takes no sign
		return 0, malformed(what, "a counter must be of digits, the first not zero: %.60q", text)
	case n < least || n > MaxCounter:
		return 0, malformed(what, "a counter must lie in [%d, %d]: %d", least, uint64(MaxCounter), n)
	}
	return n, nil
}

// untagged is a text without its tag.
func untagged(what, tag string, text []byte) (string, error) {
	if len(text) < len(tag) || string(text[:len(tag)]) != tag {
		return "", malformed(what, "the text must begin with %q, for what it is and its version: %q", tag, text[:min(len(text), len(tag))])
	}
	return string(text[len(tag):]), nil
}

// appendEntriesText appends a clock without its tag, for what has clocks in it.
func appendEntriesText(b []byte, v Vector) []byte {
	for i, e := range v.entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(append(appendEscaped(b, e.actor), '='), e.counter, 10)
	}
	return b
}

// parseEntries reads what appendEntriesText appended.
func parseEntries(what, text string) (Vector, error) {
	if text == "" {
		return Vector{}, nil
	}
	entries := make([]entry, 0, min(strings.Count(text, ",")+1, len(text)/3+1)) // a byte of a name, =, a digit
	for more := true; more; {
		var element string
		element, text, more = strings.Cut(text, ",")
		name, number, found := strings.Cut(element, "=")
		if !found || name == "" {
			return Vector{}, malformed(what, "an entry must be of an actor, = and a counter: %.60q", element)
		}
		actor, err := unescaped(what, name)
		if err != nil {
			return Vector{}, err
		}
		counter, err := parseCounter(what, number, 1)
		if err != nil {
			return Vector{}, err
		}
		if last := len(entries) - 1; last >= 0 && actor <= entries[last].actor {
			return Vector{}, malformed(what, "actors must be in the order of their names: %.60q after %.60q", actor, entries[last].actor)
		}
		entries = append(entries, entry{actor, counter})
	}
	return Vector{entries}, nil
}

// String is the clock as {a=3,b=1}, with names as in the text encoding.
func (v Vector) String() string { return "{" + string(appendEntriesText(nil, v)) + "}" }

// AppendText implements [encoding.TextAppender]. It returns no error.
func (v Vector) AppendText(b []byte) ([]byte, error) {
	return appendEntriesText(append(b, vectorTag...), v), nil
}

// MarshalText implements [encoding.TextMarshaler]. It returns no error.
func (v Vector) MarshalText() ([]byte, error) { return v.AppendText(nil) }

// UnmarshalText implements [encoding.TextUnmarshaler]. The error wraps [ErrEncoding] and leaves the clock as it is.
func (v *Vector) UnmarshalText(text []byte) error {
	const what = "a vector clock"
	body, err := untagged(what, vectorTag, text)
	if err != nil {
		return err
	}
	read, err := parseEntries(what, body)
	if err != nil {
		return err
	}
	*v = read
	return nil
}

// appendText appends the counters without the tag.
func (d Dense) appendText(b []byte) []byte {
	for i, counter := range d {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, counter, 10)
	}
	return b
}

// String is the clock as [3,1,0].
func (d Dense) String() string { return "[" + string(d.appendText(nil)) + "]" }

// AppendText implements [encoding.TextAppender]. The error is of a counter above [MaxCounter].
func (d Dense) AppendText(b []byte) ([]byte, error) {
	if err := d.check(); err != nil {
		return b, err
	}
	return d.appendText(append(b, denseTag...)), nil
}

// MarshalText implements [encoding.TextMarshaler]. The error is of a counter above [MaxCounter].
func (d Dense) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// UnmarshalText implements [encoding.TextUnmarshaler]. The error wraps [ErrEncoding] and leaves the clock as it is.
func (d *Dense) UnmarshalText(text []byte) error {
	const what = "a dense clock"
	body, err := untagged(what, denseTag, text)
	if err != nil {
		return err
	}
	read := make(Dense, 0, strings.Count(body, ",")+1)
	for more := body != ""; more; {
		var number string
		number, body, more = strings.Cut(body, ",")
		counter, err := parseCounter(what, number, 0)
		if err != nil {
			return err
		}
		read = append(read, counter)
	}
	*d = read
	return nil
}

// String is the stamp as 7@a, with the node as in the text encoding.
func (s LamportStamp) String() string { return string(s.appendText(nil)) }

func (s LamportStamp) appendText(b []byte) []byte {
	return appendEscaped(append(strconv.AppendUint(b, s.Counter, 10), '@'), s.Node)
}

// AppendText implements [encoding.TextAppender]. The error is of a counter above [MaxCounter].
func (s LamportStamp) AppendText(b []byte) ([]byte, error) {
	if err := s.check(); err != nil {
		return b, err
	}
	return s.appendText(append(b, lamportTag...)), nil
}

// MarshalText implements [encoding.TextMarshaler]. The error is of a counter above [MaxCounter].
func (s LamportStamp) MarshalText() ([]byte, error) { return s.AppendText(nil) }

// UnmarshalText implements [encoding.TextUnmarshaler]. The error wraps [ErrEncoding] and leaves the stamp as it is.
func (s *LamportStamp) UnmarshalText(text []byte) error {
	const what = "a Lamport stamp"
	body, err := untagged(what, lamportTag, text)
	if err != nil {
		return err
	}
	number, name, found := strings.Cut(body, "@")
	if !found {
		return malformed(what, "between counter and node must be @: %.60q", body)
	}
	counter, err := parseCounter(what, number, 0)
	if err != nil {
		return err
	}
	node, err := unescaped(what, name)
	if err != nil {
		return err
	}
	*s = LamportStamp{counter, node}
	return nil
}
