package clocks_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// encodedSet is a dotted set with strings, in the encoding that it has.
type encodedSet struct{ clocks.DottedSet[string] }

var errValue = errors.New("a value must not begin with that")

func appendString(b []byte, value string) ([]byte, error) {
	if strings.HasPrefix(value, "!") {
		return nil, errValue
	}
	return append(b, value...), nil
}

func readString(b []byte) (string, error) {
	if bytes.HasPrefix(b, []byte("!")) {
		return "", errValue
	}
	return string(b), nil
}

func (s encodedSet) AppendBinary(b []byte) ([]byte, error)   { return s.Encode(b, appendString) }
func (s encodedSet) MarshalBinary() ([]byte, error)          { return s.Encode(nil, appendString) }
func (s *encodedSet) UnmarshalBinary(data []byte) error      { return s.Decode(data, readString) }
func (s encodedSet) AppendText(b []byte) ([]byte, error)     { return s.AppendBinary(b) }
func (s encodedSet) MarshalText() ([]byte, error)            { return s.MarshalBinary() }
func (s *encodedSet) UnmarshalText(data []byte) (fail error) { return s.UnmarshalBinary(data) }

// dotEncodings is the table of types with dots that the laws of encodings run on. A set has no text.
var dotEncodings = []encoded{
	{"dot", blank[clocks.Dot], func(t *rapid.T) value { d := drawDot(t); return &d }},
	{"dotted", blank[clocks.Dotted], func(t *rapid.T) value {
		d, past := drawDot(t), rapid.MapOfN(drawName(1), drawCounter(1), 0, 4).Draw(t, "past")
		if gap := rapid.Uint64Range(0, 3).Draw(t, "gap"); gap > 0 && d.Counter > gap {
			past[d.Actor] = d.Counter - gap
		} else {
			delete(past, d.Actor)
		}
		return &clocks.Dotted{Dot: d, Past: got(clocks.NewVector(past))}
	}},
	{"dotted set", blank[encodedSet], drawSet},
}

func drawDot(t *rapid.T) clocks.Dot {
	return clocks.Dot{Actor: drawName(1).Draw(t, "actor"), Counter: drawCounter(1).Draw(t, "counter")}
}

func drawSet(t *rapid.T) value {
	var s encodedSet
	names := rapid.SliceOfNDistinct(drawName(1), 1, 3, rapid.ID[string]).Draw(t, "servers")
	for range rapid.IntRange(0, 6).Draw(t, "writes") {
		server := rapid.SampledFrom(names).Draw(t, "server")
		seen := maps.Collect(s.Context().All())
		for name := range seen {
			if rapid.Bool().Draw(t, "unseen") {
				delete(seen, name)
			}
		}
		if other := rapid.SampledFrom(names).Draw(t, "other"); other != server && rapid.Bool().Draw(t, "ahead") {
			seen[other] = drawCounter(1).Draw(t, "counter")
		}
		if err := s.Put(vectorOf(seen).Vector, rapid.SampledFrom([]string{"", "x", strings.Repeat("y", 200)}).Draw(t, "value"), server); err != nil && !errors.Is(err, clocks.ErrExhausted) {
			t.Fatal(err)
		}
	}
	return &s
}

func eachDotEncoding(t *testing.T, law func(encoded, form) func(*rapid.T)) {
	for _, of := range dotEncodings {
		for _, in := range forms {
			if _, set := of.blank().(*encodedSet); !set || in.name == "binary" {
				t.Run(of.name+" in "+in.name, func(t *testing.T) { rapid.Check(t, law(of, in)) })
			}
		}
	}
}

func TestLaw_EncodingsOfDotsReadBack(t *testing.T) { eachDotEncoding(t, lawReadBack) }

func TestLaw_EncodingsOfDotsAreCanonical(t *testing.T) { eachDotEncoding(t, lawCanonical) }

// The formats do not change: what one release wrote, all later ones read.
func TestEncodingsOfDotsStayAsTheyAre(t *testing.T) {
	dot := clocks.Dot{Actor: "é", Counter: 300}
	dotted := clocks.Dotted{Dot: dot, Past: got(clocks.NewVector(map[string]uint64{"b": 2, "é": 7}))}
	for _, c := range []struct {
		value                value
		binary, text, string string
	}{
		{&dot, "\x41\x02é\xac\x02", "dot1:%C3%A9=300", "(%C3%A9,300)"},
		{&dotted, "\x51\x02é\xac\x02\x02\x01b\x02\x02é\x07", "dotted1:%C3%A9=300@b=2,%C3%A9=7", "(%C3%A9,300){b=2,%C3%A9=7}"},
		{&clocks.Dotted{Dot: dot}, "\x51\x02é\xac\x02\x00", "dotted1:%C3%A9=300@", "(%C3%A9,300){}"},
	} {
		require.Equal(t, c.binary, string(got(c.value.MarshalBinary())))
		require.Equal(t, c.text, string(got(c.value.MarshalText())))
		require.Equal(t, c.string, fmt.Sprint(c.value))
		for _, data := range []string{c.binary, c.text} {
			read := reflect.New(reflect.TypeOf(c.value).Elem()).Interface().(value)
			unmarshal := read.UnmarshalBinary
			if data == c.text {
				unmarshal = read.UnmarshalText
			}
			require.NoError(t, unmarshal([]byte(data)))
			require.Equal(t, c.value, read)
		}
	}
	var s encodedSet
	require.Equal(t, "\x61\x00", string(got(s.MarshalBinary())))
	require.NoError(t, s.Put(clocks.Vector{}, "x", "a"))
	require.NoError(t, s.Put(got(clocks.NewVector(map[string]uint64{"a": 1, "b": 300})), "yz", "a"))
	require.NoError(t, s.Put(clocks.Vector{}, "", "a"))
	const want = "\x61\x02\x01a\x01\x02\x02yz\x00\x01b\xac\x02\x00"
	require.Equal(t, want, string(got(s.MarshalBinary())))
	var read encodedSet
	require.NoError(t, read.UnmarshalBinary([]byte(want)))
	require.Equal(t, s, read)
}

// Each rule of an encoding has its sentence, and what is refused leaves the value as it was.
func TestBadEncodingsOfDotsAreRefused(t *testing.T) {
	huge := "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
	for _, c := range []struct {
		value         value
		data, message string
	}{
		{&clocks.Dot{}, "", "a dot, the first byte must be 0x41: there is none"},
		{&clocks.Dot{}, "\x42\x01a\x01", "a dot, the first byte must be 0x41, for what it is and its version: 0x42"},
		{&clocks.Dot{}, "\x41\x00\x01", `a dot, an actor's name must not be empty: ""`},
		{&clocks.Dot{}, "\x41\x01a\x00", "a dot, a counter must lie in [1, 9223372036854775807]: 0"},
		{&clocks.Dot{}, "\x41\x01a\x01\x00", "a dot, nothing must follow its end: 1 bytes"},
		{&clocks.Dot{}, "dot2:a=1", `a dot, the text must begin with "dot1:", for what it is and its version: "dot2:"`},
		{&clocks.Dot{}, "dot1:a", `a dot, a dot must be of an actor, = and a counter: "a"`},
		{&clocks.Dot{}, "dot1:=1", `a dot, a dot must be of an actor, = and a counter: "=1"`},
		{&clocks.Dot{}, "dot1:a=0", "a dot, a counter must lie in [1, 9223372036854775807]: 0"},
		{&clocks.Dot{}, "dot1:%61=1", `a dot, a byte is written as %XX, in upper case, only where it must be: "%61"`},
		{&clocks.Dotted{}, "\x51\x01a\x03\x01\x01a\x03", `a dotted version vector, an event must not be in its own past: 3 of "a", of which it has seen 3`},
		{&clocks.Dotted{}, "\x51\x01a\x03\x02\x01a\x03", "a dotted version vector, a count must be of what is there, at most 1: 2"},
		{&clocks.Dotted{}, "dotted1:a=3@a=3", `a dotted version vector, an event must not be in its own past: 3 of "a", of which it has seen 3`},
		{&clocks.Dotted{}, "dotted1:a=3", `a dotted version vector, between dot and past must be @: "a=3"`},
		{&clocks.Dotted{}, "dotted1:a=3@a", `a dotted version vector, an entry must be of an actor, = and a counter: "a"`},
		{&clocks.Dotted{}, "dotted1:@a=1", `a dotted version vector, a dot must be of an actor, = and a counter: ""`},
		{&encodedSet{}, "\x62\x00", "a dotted set, the first byte must be 0x61, for what it is and its version: 0x62"},
		{&encodedSet{}, "\x61\x00\x00", "a dotted set, nothing must follow its end: 1 bytes"},
		{&encodedSet{}, "\x61" + huge, "a dotted set, a count must be of what is there, at most 0: 9223372036854775807"},
		{&encodedSet{}, "\x61\x01\x00\x01\x01\x00", `a dotted set, an actor's name must not be empty: ""`},
		{&encodedSet{}, "\x61\x01\x01a\x00\x00", `a dotted set, a server must have written: "a" has not`},
		{&encodedSet{}, "\x61\x01\x01a\x00\x02\x00", "a dotted set, a count must be of what is there, at most 1: 2"},
		{&encodedSet{}, "\x61\x01\x01a\x00\x01\x02x", "a dotted set, a count must be of what is there, at most 1: 2"},
		{&encodedSet{}, "\x61\x01\x01a" + huge + "\x01\x00", `a dotted set, a counter must be at most 9223372036854775807: 9223372036854775807 and 1 more of "a"`},
		{&encodedSet{}, "\x61\x02\x01b\x01\x00\x01a\x01\x00", `a dotted set, servers must be in the order of their names: "a" after "b"`},
		{&encodedSet{}, "\x61\x02\x01a\x01\x00\x01a\x01\x00", `a dotted set, servers must be in the order of their names: "a" after "a"`},
		{&encodedSet{}, "\x61\x01\x01a\x00\x01\x01!", "a dotted set, a value must be one: a value must not begin with that"},
	} {
		unmarshal := c.value.UnmarshalBinary
		if strings.HasPrefix(c.data, "dot") {
			unmarshal = c.value.UnmarshalText
		}
		err := unmarshal([]byte(c.data))
		require.ErrorIs(t, err, clocks.ErrEncoding)
		require.EqualError(t, err, "clocks: an encoding must be well formed: in "+c.message)
		require.Equal(t, reflect.New(reflect.TypeOf(c.value).Elem()).Interface(), c.value)
		require.Equal(t, strings.Contains(c.message, "begin with that"), errors.Is(err, errValue))
	}
}

// What names no event is not encoded, and what was there before stays.
func TestBadDotsAreNotEncoded(t *testing.T) {
	var bad encodedSet
	require.NoError(t, bad.Put(clocks.Vector{}, "!", "a"))
	past := got(clocks.NewVector(map[string]uint64{"a": 3}))
	for _, c := range []struct {
		value   value
		message string
	}{
		{&clocks.Dot{}, `clocks: an actor's name must not be empty: ""`},
		{&clocks.Dot{Actor: "a"}, `clocks: a counter must lie in [1, 9223372036854775807]: 0 of "a"`},
		{&clocks.Dot{Actor: "a", Counter: most + 1}, `clocks: a counter must lie in [1, 9223372036854775807]: 9223372036854775808 of "a"`},
		{&clocks.Dotted{Past: past}, `clocks: an actor's name must not be empty: ""`},
		{&clocks.Dotted{Dot: clocks.Dot{Actor: "a", Counter: 2}, Past: past}, `clocks: an event must not be in its own past: 2 of "a", of which it has seen 3`},
		{&bad, "a value must not begin with that"},
	} {
		for _, in := range forms {
			_, err := in.marshal(c.value)
			require.EqualError(t, err, c.message)
			appended, err := in.append(c.value, []byte("before"))
			require.EqualError(t, err, c.message)
			require.Equal(t, "before", string(appended))
		}
	}
}

// Whatever an encoding claims, decoding takes memory in proportion to what is there: of strings, 16 bytes a value, and each has at least one byte of
// the encoding; a server's writes 48 and at least 4; a vector's entry 24 and 3. The copy of the input and a kilobyte for the error come to that. A value's
// own bytes are copied twice by readString, in pieces that the allocator rounds up.
func TestDecodingDotsTakesMemoryOfASmallMultiple(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector takes memory of its own")
	}
	const n = 1 << 14
	huge := "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
	var servers strings.Builder
	for i := range n {
		fmt.Fprintf(&servers, "\x02%c%c\x01\x00", byte(i>>7), byte(i&0x7f))
	}
	accepted := 0
	for _, data := range []string{
		"\x61" + huge, "\x61" + huge + strings.Repeat("\x00", n), "\x61\x80\x80\x01" + servers.String(), "\x61\x01\x01a\x00" + huge,
		"\x61\x01\x01a\x00\x80\x80\x01" + strings.Repeat("\x00", n), "\x61\x01\x01a\x00\x80\x40" + strings.Repeat("\x01x", n/2),
		"\x51\x01z\x01" + huge + strings.Repeat("\x01", n), "\x51\x01z\x01\x80\x20" + strings.Repeat("\x01a\x01", n/4),
		"\x41" + huge + strings.Repeat("a", n), "dot1:" + strings.Repeat("%00", n) + "=1", "dotted1:z=1@" + strings.Repeat("a=1,", n), "dotted1:" + strings.Repeat("@", n),
	} {
		for _, of := range dotEncodings {
			for _, in := range forms {
				read := of.blank()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				err := in.unmarshal(read, []byte(data))
				runtime.ReadMemStats(&after)
				if took := after.TotalAlloc - before.TotalAlloc; took > uint64(20*len(data)+2_000) {
					t.Errorf("a %s in %s: %d bytes, %.10q…, take %d", of.name, in.name, len(data), data, took)
				}
				if err == nil {
					accepted++
				}
			}
		}
	}
	require.Equal(t, 7, accepted, "three sets in both forms, and a dot in text: those that are not refused")
}

func fuzzDots(f *testing.F, typ, kind string, seeds ...string) {
	for _, of := range dotEncodings {
		for _, in := range forms {
			if of.name == typ && in.name == kind {
				for _, seed := range seeds {
					f.Add([]byte(seed))
				}
				f.Fuzz(func(t *testing.T, data []byte) { canonical(of, in, data, t.Fatalf) })
				return
			}
		}
	}
	f.Fatalf("there is no %s in %s", typ, kind)
}

func FuzzDotBinary(f *testing.F) {
	fuzzDots(f, "dot", "binary", "\x41\x01a\x03", "\x41\x01a\x83\x00", "\x41\xff\xff\xff\xff\x0f", "\x42\x01a\x03", "")
}

func FuzzDotText(f *testing.F) {
	fuzzDots(f, "dot", "text", "dot1:a=3", "dot1:a=03", "dot1:%61=3", "dot2:a=3", "dot1:a=3,b=1", "")
}

func FuzzDottedBinary(f *testing.F) {
	fuzzDots(f, "dotted", "binary", "\x51\x01a\x03\x01\x01a\x01", "\x51\x01a\x03\x01\x01a\x03", "\x51\x01a\x03\xff\xff\x7f", "\x51\x01a\x03\x80\x00", "")
}

func FuzzDottedText(f *testing.F) {
	fuzzDots(f, "dotted", "text", "dotted1:a=3@a=1,b=2", "dotted1:a=3@a=3", "dotted1:a=3@", "dotted1:a=3@@", "")
}

func FuzzDottedSet(f *testing.F) {
	fuzzDots(f, "dotted set", "binary", "\x61\x02\x01a\x01\x02\x02yz\x00\x01b\xac\x02\x00", "\x61\x01\x01a\x00\x00", "\x61\x01\x01a\x00\xff\xff\x7f", "\x61\x81\x00\x01a\x01\x00", "")
}

// What is read as the clock of an event is that of one.
func lawNoParadox(read func([]byte) (clocks.Dotted, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		actor := rapid.SampledFrom(servers).Draw(t, "actor")
		counter, seen := rapid.IntRange(1, 3).Draw(t, "counter"), rapid.IntRange(1, 3).Draw(t, "seen")
		text := fmt.Sprintf("dotted1:%s=%d@a=%d", actor, counter, seen)
		switch d, err := read([]byte(text)); {
		case actor == "a" && seen >= counter && err == nil:
			t.Fatalf("%s\nbut it is read as %v", text, d)
		case (actor != "a" || seen < counter) && err != nil:
			t.Fatalf("%s\nbut it is refused: %v", text, err)
		}
	}
}

// cutText is what stands before and behind the @ of a dotted version vector.
func cutText(data []byte) (dot, past string, found bool) {
	return strings.Cut(strings.TrimPrefix(string(data), "dotted1:"), "@")
}
