package clocks_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

const most = clocks.MaxCounter

func TestBadClocksAreRefused(t *testing.T) {
	vector := func(c map[string]uint64) error { _, err := clocks.NewVector(c); return err }
	rosterOf := func(names ...string) error { _, err := clocks.NewRoster(names...); return err }
	lamport := func(from, ahead uint64) error {
		_, err := clocks.NewLamport(clocks.LamportConfig{From: from, Ahead: ahead})
		return err
	}
	two := got(clocks.NewRoster("a", "b"))
	dense := func(c map[string]uint64) error { _, err := two.Dense(got(clocks.NewVector(c))); return err }
	byName := func(d clocks.Dense) error { _, err := two.Vector(d); return err }
	for _, c := range []struct {
		err     error
		message string
	}{
		{vector(map[string]uint64{"": 1}), `clocks: an actor's name must not be empty: ""`},
		{vector(map[string]uint64{"a": 1, "b": 0}), `clocks: a counter must lie in [1, 9223372036854775807]: 0 of "b"`},
		{vector(map[string]uint64{"a": most + 1}), `clocks: a counter must lie in [1, 9223372036854775807]: 9223372036854775808 of "a"`},
		{new(clocks.Vector).Increment(""), `clocks: an actor's name must not be empty: ""`},
		{rosterOf("a", ""), `clocks: an actor's name must not be empty: ""`},
		{rosterOf("a", "b", "a"), `clocks: names of actors must be distinct: "a" appears twice`},
		{two.New().Increment(-1), "clocks: an actor's index must lie in [0, 2): -1"},
		{two.New().Increment(2), "clocks: an actor's index must lie in [0, 2): 2"},
		{clocks.Dense(nil).Increment(0), "clocks: an actor's index must lie in [0, 0): 0"},
		{dense(map[string]uint64{"a": 1, "c": 1}), `clocks: an actor must be in the roster: "c"`},
		{byName(clocks.Dense{1, 2, 3}), "clocks: a clock must have at most as many entries as its roster, 2: 3"},
		{byName(clocks.Dense{1, math.MaxUint64}), "clocks: a counter must be at most 9223372036854775807: 18446744073709551615 of actor 1"},
		{lamport(most+1, 0), "clocks: the time to go on from must be at most 9223372036854775807: 9223372036854775808"},
		{lamport(0, most+1), "clocks: how far ahead a time may be must be at most 9223372036854775807: 9223372036854775808"},
	} {
		require.EqualError(t, c.err, c.message)
	}
	for _, good := range []error{
		vector(nil), rosterOf(), lamport(0, 0), lamport(most, most), vector(map[string]uint64{"a": most}), byName(clocks.Dense{1}), byName(nil), dense(nil),
	} {
		require.NoError(t, good)
	}
}

// A counter at its end says so, and stays there.
func TestCountersEnd(t *testing.T) {
	v := got(clocks.NewVector(map[string]uint64{"a": most - 1}))
	require.NoError(t, v.Increment("a"))
	err := v.Increment("a")
	require.ErrorIs(t, err, clocks.ErrExhausted)
	require.EqualError(t, err, `clocks: a counter must not pass its largest value: 9223372036854775807 of "a"`)
	require.Equal(t, uint64(most), v.Counter("a"))
	for _, counter := range []uint64{most, most + 1, math.MaxUint64} {
		d := clocks.Dense{counter}
		require.ErrorIs(t, d.Increment(0), clocks.ErrExhausted)
		require.Equal(t, counter, d[0])
	}
	l := got(clocks.NewLamport(clocks.LamportConfig{From: most - 1}))
	require.Equal(t, uint64(most), got(l.Tick()))
	_, err = l.Tick()
	require.EqualError(t, err, "clocks: a counter must not pass its largest value: 9223372036854775807 of a Lamport clock")
	_, err = l.Witness(5)
	require.ErrorIs(t, err, clocks.ErrExhausted)
	_, err = new(clocks.Lamport).Witness(1<<32 + 1)
	require.ErrorIs(t, err, clocks.ErrAhead)
	require.EqualError(t, err,
		"clocks: a clock must not be too far ahead of this one: a Lamport time of 4294967297 is more than 4294967296 ahead of 0")
}

// What no clock counted to is not encoded, and what was there before stays.
func TestBadValuesAreNotEncoded(t *testing.T) {
	for message, bad := range map[string]value{
		"clocks: a counter must be at most 9223372036854775807: 9223372036854775808 of actor 1": &clocks.Dense{1, most + 1},
		`clocks: a counter must be at most 9223372036854775807: 9223372036854775808 of "a"`:     &clocks.LamportStamp{Counter: most + 1, Node: "a"},
	} {
		for _, in := range forms {
			_, err := in.marshal(bad)
			require.EqualError(t, err, message)
			appended, err := in.append(bad, []byte("before"))
			require.EqualError(t, err, message)
			require.Equal(t, "before", string(appended))
		}
	}
}

// Each rule of an encoding has its sentence.
func TestBadEncodingsAreRefused(t *testing.T) {
	const begin = "clocks: an encoding must be well formed: in "
	for _, c := range []struct{ data, message string }{
		{"", "a vector clock, the first byte must be 0x11: there is none"},
		{"\x12\x00", "a vector clock, the first byte must be 0x11, for what it is and its version: 0x12"},
		{"\x21\x00", "a vector clock, the first byte must be 0x11, for what it is and its version: 0x21"},
		{"\x11", "a vector clock, a number must end: it is cut off after 0 bytes"},
		{"\x11\x80", "a vector clock, a number must end: it is cut off after 1 bytes"},
		{"\x11\x80\x00", "a vector clock, a number must have the fewest bytes: its last one of 2 is zero"},
		{"\x11" + strings.Repeat("\xff", 9) + "\x02", "a vector clock, a number must fit 64 bits: it does not"},
		{"\x11" + strings.Repeat("\xff", 20), "a vector clock, a number must fit 64 bits: it does not"},
		{"\x11" + strings.Repeat("\xff", 9) + "\x01", "a vector clock, a count must be of what is there, at most 0: 18446744073709551615"},
		{"\x11\x02\x01a\x01\x01b", "a vector clock, a count must be of what is there, at most 1: 2"},
		{"\x11\x01\x05a\x01", "a vector clock, a count must be of what is there, at most 2: 5"},
		{"\x11\x01\x00\x01\x01", `a vector clock, an actor's name must not be empty: ""`},
		{"\x11\x01\x01a\x00", "a vector clock, a counter must lie in [1, 9223372036854775807]: 0"},
		{"\x11\x01\x01a" + strings.Repeat("\x80", 9) + "\x01", "a vector clock, a counter must lie in [1, 9223372036854775807]: 9223372036854775808"},
		{"\x11\x02\x01b\x01\x01a\x01", `a vector clock, actors must be in the order of their names: "a" after "b"`},
		{"\x11\x02\x01a\x01\x01a\x01", `a vector clock, actors must be in the order of their names: "a" after "a"`},
		{"\x11\x00\x00", "a vector clock, nothing must follow its end: 1 bytes"},
		{"v1", `a vector clock, the text must begin with "v1:", for what it is and its version: "v1"`},
		{"v2:a=1", `a vector clock, the text must begin with "v1:", for what it is and its version: "v2:"`},
		{"v1:a", `a vector clock, an entry must be of an actor, = and a counter: "a"`},
		{"v1:=1", `a vector clock, an entry must be of an actor, = and a counter: "=1"`},
		{"v1:a=1,", `a vector clock, an entry must be of an actor, = and a counter: ""`},
		{"v1:a=", `a vector clock, a counter must be of digits, the first not zero: ""`},
		{"v1:a=01", `a vector clock, a counter must be of digits, the first not zero: "01"`},
		{"v1:a=+1", `a vector clock, a counter must be of digits, the first not zero: "+1"`},
		{"v1:a=18446744073709551616", `a vector clock, a counter must be of digits, the first not zero: "18446744073709551616"`},
		{"v1:a=0", "a vector clock, a counter must lie in [1, 9223372036854775807]: 0"},
		{"v1:a=9223372036854775808", "a vector clock, a counter must lie in [1, 9223372036854775807]: 9223372036854775808"},
		{"v1:b=1,a=1", `a vector clock, actors must be in the order of their names: "a" after "b"`},
		{"v1:a b=1", `a vector clock, a name must be of letters, digits, -._~ and %XX: "a b"`},
		{"v1:a%2=1", `a vector clock, a name must be of letters, digits, -._~ and %XX: "a%2"`},
		{"v1:%c3=1", `a vector clock, a byte is written as %XX, in upper case, only where it must be: "%c3"`},
		{"v1:%61=1", `a vector clock, a byte is written as %XX, in upper case, only where it must be: "%61"`},
	} {
		v := got(clocks.NewVector(map[string]uint64{"a": 7}))
		unmarshal := v.UnmarshalBinary
		if strings.HasPrefix(c.data, "v") {
			unmarshal = v.UnmarshalText
		}
		err := unmarshal([]byte(c.data))
		require.ErrorIs(t, err, clocks.ErrEncoding)
		require.EqualError(t, err, begin+c.message)
		require.Equal(t, "{a=7}", v.String(), "the clock stays as it is")
	}
	var d clocks.Dense
	require.EqualError(t, d.UnmarshalBinary([]byte("\x21\x05\x01")), begin+"a dense clock, a count must be of what is there, at most 1: 5")
	require.EqualError(t, d.UnmarshalText([]byte("d1:1,,2")), begin+`a dense clock, a counter must be of digits, the first not zero: ""`)
	var s clocks.LamportStamp
	require.EqualError(t, s.UnmarshalText([]byte("l1:7")), begin+`a Lamport stamp, between counter and node must be @: "7"`)
	require.EqualError(t, s.UnmarshalText([]byte("l1:7@a@")), begin+`a Lamport stamp, a name must be of letters, digits, -._~ and %XX: "a@"`)
	require.EqualError(t, s.UnmarshalText([]byte("l1:x@a")), begin+`a Lamport stamp, a counter must be of digits, the first not zero: "x"`)
}

// An error does not repeat what an enemy sent, but for its beginning: 60 characters of at most four bytes each when quoted, twice.
func TestErrorsAreShort(t *testing.T) {
	long := strings.Repeat("\x00", 10_000)
	for _, text := range []string{long, "v1:" + long, "v1:" + long + "=1", "v1:a=" + long, "v1:a=1," + long, "v1:b" + strings.Repeat("a", 10_000) + "=1,a=1"} {
		require.Less(t, len(new(clocks.Vector).UnmarshalText([]byte(text)).Error()), 700)
	}
	name := strings.Repeat("a", 10_000)
	data := "\x11\x02\x91\x4e" + "b" + name + "\x01\x90\x4e" + name + "\x01"
	err := new(clocks.Vector).UnmarshalBinary([]byte(data))
	require.ErrorContains(t, err, "in the order of their names")
	require.Less(t, len(err.Error()), 700)
	require.Less(t, len(new(clocks.LamportStamp).UnmarshalText([]byte("l1:"+long)).Error()), 700)
	require.Less(t, len(new(clocks.LamportStamp).UnmarshalText([]byte("l1:"+long+"@")).Error()), 700)
}

// A function that is missing is told before anything is done.
func TestMissingFunctionsAreRefused(t *testing.T) {
	var s clocks.DottedSet[string]
	var r clocks.MultiValue[string]
	for range 2 {
		require.NoError(t, s.Put(clocks.Vector{}, "x", "a"))
		require.NoError(t, r.Set(clocks.Vector{}, "x", "a"))
		data := got(s.Encode(nil, appendString))
		for _, encode := range []func([]byte, func([]byte, string) ([]byte, error)) ([]byte, error){s.Encode, r.Encode} {
			b, err := encode([]byte("before"), nil)
			require.EqualError(t, err, "clocks: a set must be encoded with a function that appends a value: nil")
			require.Equal(t, "before", string(b))
		}
		for _, decode := range []func([]byte, func([]byte) (string, error)) error{s.Decode, r.Decode} {
			require.EqualError(t, decode(data, nil), "clocks: a set must be decoded with a function that reads a value: nil")
		}
	}
	resolved, err := r.Resolve("a", nil)
	require.EqualError(t, err, "clocks: siblings must be resolved with a function that merges them: nil")
	require.False(t, resolved)
	require.Equal(t, 2, r.Len())
	require.Equal(t, 2, s.Len())
}

func TestOrdersHaveNames(t *testing.T) {
	for order, name := range map[clocks.Order]string{
		clocks.Before: "before", clocks.Equal: "equal", clocks.After: "after", clocks.Concurrent: "concurrent", 7: "Order(7)", -128: "Order(-128)",
	} {
		require.Equal(t, name, order.String())
	}
}
