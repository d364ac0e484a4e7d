package clocks_test

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// value is a pointer to what has encodings.
type value interface {
	encoding.BinaryAppender
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
	encoding.TextAppender
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}

// encoded is a type with encodings.
type encoded struct {
	name  string
	blank func() value
	draw  func(t *rapid.T) value
}

// encodings is the table of types that the laws of encodings run on.
var encodings = []encoded{
	{"vector", blank[clocks.Vector], func(t *rapid.T) value {
		v := got(clocks.NewVector(rapid.MapOfN(drawName(1), drawCounter(1), 0, 6).Draw(t, "vector")))
		return &v
	}},
	{"dense", blank[clocks.Dense], func(t *rapid.T) value {
		d := clocks.Dense(rapid.SliceOfN(drawCounter(0), 0, 6).Draw(t, "dense"))
		return &d
	}},
	{"Lamport stamp", blank[clocks.LamportStamp], func(t *rapid.T) value {
		return &clocks.LamportStamp{Counter: drawCounter(0).Draw(t, "counter"), Node: drawName(0).Draw(t, "node")}
	}},
}

func blank[T any, P interface {
	*T
	value
}]() value {
	return P(new(T))
}

// drawName is any string, of bytes that are plain, special or no character at all.
func drawName(shortest int) *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("ab")), shortest, 3, -1),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), shortest, 4), func(b []byte) string { return string(b) }),
		rapid.StringOfN(rapid.RuneFrom([]rune("a%:,=@ é-")), shortest, 200, -1),
	)
}

func drawCounter(least uint64) *rapid.Generator[uint64] {
	return rapid.OneOf(rapid.Uint64Range(least, 3), rapid.SampledFrom([]uint64{127, 128, 1<<32 - 1, clocks.MaxCounter}),
		rapid.Uint64Range(least, clocks.MaxCounter))
}

// form is one of the two ways in which a value is encoded.
type form struct {
	name      string
	append    func(value, []byte) ([]byte, error)
	marshal   func(value) ([]byte, error)
	unmarshal func(value, []byte) error
}

var forms = []form{
	{"binary", value.AppendBinary, value.MarshalBinary, value.UnmarshalBinary},
	{"text", value.AppendText, value.MarshalText, value.UnmarshalText},
}

func eachEncoding(t *testing.T, law func(encoded, form) func(*rapid.T)) {
	t.Helper()
	for _, of := range encodings {
		for _, in := range forms {
			t.Run(of.name+" in "+in.name, func(t *testing.T) { rapid.Check(t, law(of, in)) })
		}
	}
}

// What is encoded and decoded is the same, and what is appended leaves what was there.
func TestLaw_EncodingsReadBack(t *testing.T) { eachEncoding(t, lawReadBack) }

func lawReadBack(of encoded, in form) func(*rapid.T) {
	return func(t *rapid.T) {
		before := of.draw(t)
		data, err := in.marshal(before)
		if err != nil {
			t.Fatal(err)
		}
		after := of.blank()
		if err := in.unmarshal(after, bytes.Clone(data)); err != nil {
			t.Fatalf("%v is encoded as %q\nbut that cannot be read: %v", before, data, err)
		}
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("%v is encoded as %q\nbut that is read as %v", before, data, after)
		}
		appended, err := in.append(before, []byte("before"))
		if err != nil || string(appended) != "before"+string(data) {
			t.Fatalf("%v is encoded as %q\nbut appended as %q, %v", before, data, appended, err)
		}
	}
}

// An encoding is the only one of its value: whatever is done to it, it is refused or is the encoding of another value. What is refused
// leaves the value as it was, and is an ErrEncoding.
func TestLaw_EncodingsAreCanonical(t *testing.T) { eachEncoding(t, lawCanonical) }

func lawCanonical(of encoded, in form) func(*rapid.T) {
	return func(t *rapid.T) {
		data := got(in.marshal(of.draw(t)))
		var s story
		s.tell("%q", data)
		for range rapid.IntRange(1, 2).Draw(t, "changes") {
			data = drawChange(t, data)
			s.tell("%q", data)
		}
		canonical(of, in, data, func(format string, args ...any) { s.fail(t, format, args...) })
	}
}

// canonical is what holds for any data: for laws and for fuzzing.
func canonical(of encoded, in form, data []byte, fail func(format string, args ...any)) {
	read := of.blank()
	if err := in.unmarshal(read, bytes.Clone(data)); err != nil {
		if !errors.Is(err, clocks.ErrEncoding) || !strings.HasPrefix(err.Error(), "clocks: ") {
			fail("the error is %v", err)
		}
		if len(err.Error()) > 2_000 {
			fail("the error has %d bytes", len(err.Error()))
		}
		if !reflect.DeepEqual(read, of.blank()) {
			fail("the value has become %v, though there is an error: %v", read, err)
		}
		return
	}
	if again, err := in.marshal(read); err != nil || !bytes.Equal(again, data) {
		fail("that is read as %v, which is encoded as %q, %v", read, again, err)
	}
}

// drawChange does to an encoding what networks, disks, other implementations and enemies do.
func drawChange(t *rapid.T, data []byte) []byte {
	data = bytes.Clone(data)
	at := rapid.IntRange(0, len(data)).Draw(t, "at")
	piece := rapid.SampledFrom([]string{
		"", "\x00", "\x01", "\x80\x00", "\x81\x00", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "\x01a\x01",
		"0", "1", "00", "-1", "+1", "a=1", "a=0", "=1", ",a=1", ",", "=", "@", " ", "%61", "%2c", "%2C", "%", "%2", "%zz",
		"9223372036854775807", "9223372036854775808", "18446744073709551616",
	}).Draw(t, "piece")
	switch rapid.SampledFrom([]string{"cut", "insert", "replace", "overlong"}).Draw(t, "change") {
	case "cut":
		return append(data[:at], piece...)
	case "insert":
		return append(data[:at:at], append([]byte(piece), data[at:]...)...)
	case "replace":
		return append(data[:at:at], append([]byte(piece), data[min(len(data), at+max(1, len(piece))):]...)...)
	default: // a number with a byte more than it needs, as encoding/binary and protobuf accept it
		if at < len(data) && data[at] < 0x80 {
			return append(data[:at:at], append([]byte{data[at] | 0x80, 0}, data[at+1:]...)...)
		}
		return data
	}
}

// An encoding that is cut off anywhere is refused, or in text is that of another value; one with anything behind it likewise. Whatever
// counts the binary one claims, decoding takes memory in proportion to what is there.
func TestCutEncodingsAreRefused(t *testing.T) {
	for _, of := range encodings {
		rapid.Check(t, func(t *rapid.T) {
			data := got(of.draw(t).MarshalBinary())
			for n := range data {
				if err := of.blank().UnmarshalBinary(data[:n]); !errors.Is(err, clocks.ErrEncoding) {
					t.Fatalf("%q of %q is read with the error %v", data[:n], data, err)
				}
			}
			if err := of.blank().UnmarshalBinary(append(data, 0)); !errors.Is(err, clocks.ErrEncoding) {
				t.Fatalf("%q is read with the error %v", data, err)
			}
		})
	}
}

// A vector is read only if its actors are distinct, in order, with names, and its counters are those of events.
func TestLaw_VectorEncodingsAreChecked(t *testing.T) {
	rapid.Check(t, lawChecked(blank[clocks.Vector]))
}

func lawChecked(blank func() value) func(*rapid.T) {
	return func(t *rapid.T) {
		n := rapid.IntRange(0, 3).Draw(t, "entries")
		data := []byte{0x11, byte(n)}
		last, good := "", true
		var s story
		for range n {
			actor := rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 0, 2, -1).Draw(t, "actor")
			counter := rapid.SampledFrom([]uint64{1, 2, 0, clocks.MaxCounter, clocks.MaxCounter + 1}).Draw(t, "counter")
			good = good && actor > last && counter >= 1 && counter <= clocks.MaxCounter
			last = actor
			data = binary.AppendUvarint(append(append(data, byte(len(actor))), actor...), counter)
			s.tell("%q = %d", actor, counter)
		}
		if v := blank(); (v.UnmarshalBinary(data) == nil) != good {
			s.fail(t, "it is read as %v, and well formed is %v", v, good)
		}
	}
}

// The formats do not change: what one release wrote, all later ones read.
func TestEncodingsStayAsTheyAre(t *testing.T) {
	vector := got(clocks.NewVector(map[string]uint64{"a": 3, "b": 300, "é": clocks.MaxCounter}))
	for _, c := range []struct {
		value        value
		binary, text string
	}{
		{&clocks.Vector{}, "\x11\x00", "v1:"},
		{&vector, "\x11\x03\x01a\x03\x01b\xac\x02\x02é\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "v1:a=3,b=300,%C3%A9=9223372036854775807"},
		{&clocks.Dense{}, "\x21\x00", "d1:"},
		{&clocks.Dense{3, 0, 128}, "\x21\x03\x03\x00\x80\x01", "d1:3,0,128"},
		{&clocks.LamportStamp{}, "\x31\x00\x00", "l1:0@"},
		{&clocks.LamportStamp{Counter: 7, Node: "node 1"}, "\x31\x07\x06node 1", "l1:7@node%201"},
	} {
		require.Equal(t, c.binary, string(got(c.value.MarshalBinary())))
		require.Equal(t, c.text, string(got(c.value.MarshalText())))
		for _, of := range encodings {
			if read := of.blank(); reflect.TypeOf(read) == reflect.TypeOf(c.value) {
				require.NoError(t, read.UnmarshalBinary([]byte(c.binary)))
				require.Equal(t, c.value, read)
				require.NoError(t, read.UnmarshalText([]byte(c.text)))
				require.Equal(t, c.value, read)
			} else {
				require.ErrorIs(t, read.UnmarshalBinary([]byte(c.binary)), clocks.ErrEncoding, "a %s is not %q", of.name, c.binary)
				require.ErrorIs(t, read.UnmarshalText([]byte(c.text)), clocks.ErrEncoding, "a %s is not %q", of.name, c.text)
			}
		}
	}
	require.Equal(t, "{a=3,b=300,%C3%A9=9223372036854775807}", vector.String())
	require.Equal(t, "{}", clocks.Vector{}.String())
	require.Equal(t, "[3,0]", clocks.Dense{3, 0}.String())
	require.Equal(t, "7@a", clocks.LamportStamp{Counter: 7, Node: "a"}.String())
	inJSON, err := json.Marshal(map[string]any{"context": vector})
	require.NoError(t, err)
	require.JSONEq(t, `{"context":"v1:a=3,b=300,%C3%A9=9223372036854775807"}`, string(inJSON))
}

// Numbers are what an enemy would send: a count of all there can be, before nothing, or before as many bytes of the worst content.
// A vector's entry takes 24 bytes and at least 3 of the encoding, so 8 times the length; its text 4 for 24; a dense clock's counter takes 8 bytes
// and 1. With the copy that names share, and a kilobyte for the error, nothing takes more than 10 times the length.
func TestDecodingTakesMemoryOfASmallMultiple(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector takes memory of its own")
	}
	huge := binary.AppendUvarint(nil, clocks.MaxCounter)
	const n = 1 << 16
	var many, manyText []byte
	for i := range n {
		many = append(many, 2, byte(i>>8), byte(i), 1)
		manyText = append(manyText, ",a=1"...)
	}
	accepted := map[string]int{}
	for _, of := range encodings {
		for _, in := range forms {
			good := got(in.marshal(of.blank()))
			for what, data := range map[string][]byte{
				"a huge count":          append(good[:1:1], huge...),
				"a huge count of zeros": append(append(good[:1:1], huge...), make([]byte, n)...),
				"all zeros":             append(binary.AppendUvarint(good[:1:1], n), make([]byte, n)...),
				"all ones":              append(binary.AppendUvarint(good[:1:1], n), bytes.Repeat([]byte{1}, n)...),
				"many entries":          append(binary.AppendUvarint(good[:1:1], n), many...),
				"many entries of text":  append(bytes.Clone(good), manyText[1:]...),
				"many counters of text": append(bytes.Clone(good), strings.Repeat("1,", n)...),
				"commas":                append(bytes.Clone(good), strings.Repeat(",", n)...),
				"escapes":               append(bytes.Clone(good), strings.Repeat("%00", n)...),
				"a long name":           append(bytes.Clone(good), strings.Repeat("a", n)...),
			} {
				read := of.blank()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				err := in.unmarshal(read, data)
				runtime.ReadMemStats(&after)
				if took := after.TotalAlloc - before.TotalAlloc; took > uint64(10*len(data)+2_000) {
					t.Errorf("a %s in %s, %s: %d bytes take %d", of.name, in.name, what, len(data), took)
				}
				if err == nil {
					accepted[what]++
				}
			}
		}
	}
	want := map[string]int{"all zeros": 1, "all ones": 1, "many entries": 1, "escapes": 1, "a long name": 1}
	require.Equal(t, want, accepted, "some of it is not refused")
}

// Names take no more than their bytes, so a clock of ten replicas with six letters fits 100 bytes.
func TestClaim_EncodingsAreCompact(t *testing.T) {
	c := map[string]uint64{}
	for i := range 10 {
		c[fmt.Sprintf("node-%d", i)] = uint64(100 + i)
	}
	v := got(clocks.NewVector(c))
	require.Len(t, got(v.MarshalBinary()), 2+10*(1+6+1))
	require.Len(t, got(json.Marshal(c)), 131, "what the map takes in JSON")
	r, err := clocks.NewRoster("node-0", "node-1", "node-2", "node-3", "node-4", "node-5", "node-6", "node-7", "node-8", "node-9")
	require.NoError(t, err)
	require.Len(t, got(got(r.Dense(v)).MarshalBinary()), 2+10)
}
