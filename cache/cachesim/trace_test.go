package cachesim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawIDs draws requests for few or many keys: neighbours, multiples of a power of two, or anything.
func drawIDs(t *rapid.T, most int) []uint64 {
	one := rapid.OneOf(
		rapid.Uint64Range(0, 10),
		rapid.Custom(func(t *rapid.T) uint64 {
			return rapid.Uint64Range(0, 4000).Draw(t, "n") << rapid.IntRange(0, 52).Draw(t, "shift")
		}),
		rapid.Uint64(),
	)
	return rapid.SliceOfN(one, 0, most).Draw(t, "ids")
}

// lawIntern compares the table with a Go map.
func lawIntern(intern func([]uint64) (Trace, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		ids := drawIDs(t, 3000)
		trace, err := intern(ids)
		if err != nil {
			t.Fatal(err)
		}
		numbers := map[uint64]int32{}
		if len(trace.Requests) != len(ids) {
			t.Fatalf("%d requests became %d", len(ids), len(trace.Requests))
		}
		for i, id := range ids {
			number, known := numbers[id]
			if !known {
				number = int32(len(numbers))
				numbers[id] = number
			}
			if got := trace.Requests[i]; got != number || trace.IDs[got] != id {
				t.Fatalf("request %d, for id %d, has number %d, which stands for id %d, and should have %d", i, id, got, trace.IDs[got], number)
			}
		}
		if len(trace.IDs) != len(numbers) {
			t.Fatalf("%d keys became %d", len(numbers), len(trace.IDs))
		}
	}
}

func TestLaw_InternNumbersAsAMapDoes(t *testing.T) { rapid.Check(t, lawIntern(Intern)) }

// More keys than the first table holds, and all of their ids agree in the bits that choose the first cells.
func TestIntern_Grows(t *testing.T) {
	b := newInterner()
	home := b.home(0)
	var ids []uint64
	for id := uint64(0); len(ids) < firstCells; id++ {
		if b.home(id) == home {
			ids = append(ids, id)
		}
	}
	trace, err := Intern(append(ids, ids...))
	require.NoError(t, err)
	require.Equal(t, ids, trace.IDs)
	require.Equal(t, trace.Requests[:len(ids)], trace.Requests[len(ids):])
}

func TestIntern_Empty(t *testing.T) {
	trace, err := Intern(nil)
	require.NoError(t, err)
	require.Empty(t, trace.Requests)
	require.Empty(t, trace.IDs)
}

// The bounds are too large for a test, so lower ones are set: as many requests and keys as are allowed pass, and one more does not.
func TestRead_IsBounded(t *testing.T) {
	read := func(text string, format Format, requests, keys int) error {
		b := newInterner()
		b.mostRequests, b.mostKeys = requests, keys
		_, err := b.read(strings.NewReader(text), format)
		return err
	}
	require.NoError(t, read("1\n2\n1\n", Plain, 3, 2))
	for _, c := range []struct {
		text           string
		format         Format
		requests, keys int
		want           string
	}{
		{"1\n2\n1\n", Plain, 2, 2, "cachesim: broken trace: line 3: cachesim: a trace has at most 2^31-2 requests and 2^30 keys: more than 2 requests"},
		{"1\n2\n1\n", LIRS, 3, 1, "line 2: cachesim: a trace has at most 2^31-2 requests and 2^30 keys: more than 1 keys"},
		{"1 1 0 0\n7 60000 0 1\n", ARC, 1000, 2000, "line 2: "},
		{"key\n1\n2\n", CSV, 1, 2, "line 3: "},
		{string(make([]byte, 3*oracleRecord)), OracleGeneral, 2, 2, "byte 48: "},
	} {
		err := read(c.text, c.format, c.requests, c.keys)
		require.ErrorIs(t, err, ErrTooLong)
		require.ErrorContains(t, err, c.want)
	}
}
