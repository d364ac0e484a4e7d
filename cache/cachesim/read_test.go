package cachesim

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// ids are the requests of a trace.
func ids(trace Trace) []uint64 {
	all := make([]uint64, len(trace.Requests))
	for i, number := range trace.Requests {
		all[i] = trace.IDs[number]
	}
	return all
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text) // a buffer does not fail
	_ = w.Close()
	return b.String()
}

// record is one of an oracleGeneral trace, with unlike numbers in the fields that do not count.
func record(id uint64) string {
	r := make([]byte, oracleRecord)
	for i := range r {
		r[i] = 0xa0 + byte(i)
	}
	for i := range 8 {
		r[4+i] = byte(id >> (8 * i))
	}
	return string(r)
}

func TestRead(t *testing.T) {
	cat := idOf("cat")
	for _, c := range []struct {
		name   string
		format Format
		text   string
		want   []uint64
	}{
		{"numbers", Plain, "1\n20\n1\n18446744073709551615\n", []uint64{1, 20, 1, math.MaxUint64}},
		{"words", Plain, "cat\n7\ncat\n007\n", []uint64{cat, 7, cat, idOf("007")}},
		{"spaces, comments and empty lines", Plain, "  1\t\r\n\r\n# three\n*\n 2", []uint64{1, 2}},
		{"spaces within a key", Plain, "a b\n", []uint64{idOf("a b")}},
		{"a byte order mark", Plain, "\ufeff1\n\ufeff1\n", []uint64{1, idOf("\ufeff1")}},
		{"nothing", Plain, "", []uint64{}},
		{"one that is no line", Plain, "5", []uint64{5}},
		{"a long key", Plain, strings.Repeat("x", longestLine-1) + "\n", []uint64{idOf(strings.Repeat("x", longestLine-1))}},
		{"blocks", LIRS, "0\n5\n*\n0\n", []uint64{0, 5, 0}},
		{"ranges", ARC, "3 2 0 0\n4 3 0 1\n18446744073709551615 1 0 2\n", []uint64{3, 4, 4, 5, 6, math.MaxUint64}},
		{"records", OracleGeneral, record(5) + record(math.MaxUint64) + record(5), []uint64{5, math.MaxUint64, 5}},
		{"no records", OracleGeneral, "", []uint64{}},
		{"a column named key", CSV, "time, key ,size\n1,20,3\n2, 30,4\n", []uint64{20, 30}},
		{"the first column", CSV, "block,size\n20,3\n\"c\"\"at\",4\n", []uint64{20, idOf(`c"at`)}},
		{"a header alone", CSV, "key\n", []uint64{}},
		{"a comment and an empty line", CSV, "key\n#5\n\n6\n", []uint64{6}},
		{"a byte order mark and a header", CSV, "\ufeffkey,time\n8,9\n", []uint64{8}},
		{"a byte order mark before another column", CSV, "\ufefftime,key\n8,9\n", []uint64{9}},
		{"a star is a key", CSV, "key\n*\n", []uint64{idOf("*")}},
	} {
		for form, text := range map[string]string{"as it is": c.text, "gzip": zipped(c.text)} {
			t.Run(string(c.format)+", "+c.name+", "+form, func(t *testing.T) {
				trace, err := Read(iotest.OneByteReader(strings.NewReader(text)), c.format)
				require.NoError(t, err)
				require.Equal(t, c.want, ids(trace))
			})
		}
	}
}

// The bound of a row is no bound of a trace.
func TestRead_LongCSV(t *testing.T) {
	rows := longestRow/10 + longestRow/100
	trace, err := Read(strings.NewReader("key\n"+strings.Repeat("123456789\n", rows)), CSV)
	require.NoError(t, err)
	require.Len(t, trace.Requests, rows)
}

// FNV-1a as published: http://www.isthe.com/chongo/tech/comp/fnv/ gives the 64-bit hash of "foobar".
func TestClaim_WordsAreHashedByFNV(t *testing.T) {
	require.Equal(t, uint64(0x85944171f73967e8), idOf("foobar"))
	require.Equal(t, uint64(12), idOf("12"))
	require.Equal(t, uint64(0), idOf("0"))
	for _, word := range []string{"00", "+1", "-1", "1_0", "1e3", "18446744073709551616"} {
		require.NotEqual(t, idOf(word), idOf("0"+word), word)
		require.Greater(t, idOf(word), uint64(1<<20), "a hash, not a number: %s", word)
	}
}

func TestRead_Refuses(t *testing.T) {
	long := strings.Repeat("1", longestLine)
	half := zipped(strings.Repeat("12345\n", 1000))
	half = half[:len(half)-12]
	for _, c := range []struct {
		name   string
		format Format
		text   string
		want   string
	}{
		{"a binary trace", Plain, "1\n" + record(1) + "\n", "line 2: a key is text without control characters"},
		{"a long line", Plain, "1\n" + long + "\n", "line 2: longer than 65536 bytes"},
		{"a word", LIRS, "1\ncat\n", `line 2: a whole number below 2^64 is wanted: "cat"`},
		{"a negative block", LIRS, "-1\n", "line 1: a whole number below 2^64 is wanted"},
		{"a block of 2^64", LIRS, "18446744073709551616\n", "line 1: a whole number below 2^64 is wanted"},
		{"a long number", LIRS, strings.Repeat("9", 100), `line 1: a whole number below 2^64 is wanted: "` + strings.Repeat("9", 40) + `"…`},
		{"three numbers", ARC, "1 1 0 0\n\n2 1 0\n", `line 3: four numbers are wanted: "2 1 0"`},
		{"five numbers", ARC, "2 1 0 1 1\n", "line 1: four numbers are wanted"},
		{"a word of four", ARC, "1 1 x 0\n", `line 1: a whole number below 2^64 is wanted: "x"`},
		{"no blocks", ARC, "1 0 0 0\n", "line 1: a request is for 1 to 65536 blocks, numbered below 2^64: 0 from 1 on"},
		{"too many blocks", ARC, "1 65537 0 0\n", "line 1: a request is for 1 to 65536 blocks"},
		{"blocks beyond the last", ARC, "18446744073709551615 2 0 0\n", "line 1: a request is for 1 to 65536 blocks"},
		{"a half record", OracleGeneral, record(1) + record(2)[:7], "byte 24: a record of 24 bytes ends after 7"},
		{"text for records", OracleGeneral, "1\n2\n", "byte 0: a record of 24 bytes ends after 4"},
		{"no header", CSV, "", "line 1: a header is wanted"},
		{"a row too wide", CSV, "key,size\n1,2\n1,2,3\n", "line 3: columns: 3, but the header has 2"},
		{"a row too narrow", CSV, "key,size\n1\n", "line 2: columns: 1, but the header has 2"},
		{"an empty key", CSV, "size,key\n1, \n", "line 2: column 2, the key, is empty"},
		{"a quotation mark in a field", CSV, "key\n1\n2\"\n", "line 3: bare \""},
		{"a quotation mark that is not closed", CSV, "key\n\"1\n", "line 2: extraneous or missing \""},
		{"one that is not closed for long", CSV, "key\n\"" + strings.Repeat("1\n", longestRow), "line 2: a row of more than 1048576 bytes"},
		{"half a gzip", Plain, half, "line "},
		{"half a gzip of records", OracleGeneral, zipped(strings.Repeat(record(1), 99))[:30], "byte "},
		{"half a gzip of CSV", CSV, zipped("key\n" + strings.Repeat("12345\n", 99))[:30], "line "},
		{"a gzip header alone", LIRS, half[:5], "byte 0: gzip: unexpected EOF"},
		{"what only looks like gzip", LIRS, "\x1f\x8b" + strings.Repeat("x", 20), "byte 0: gzip: "},
		{"a damaged gzip", Plain, strings.Replace(zipped("1\n2\n"), "\x1f\x8b\x08", "\x1f\x8b\x09", 1), "byte 0: gzip: "},
	} {
		t.Run(string(c.format)+", "+c.name, func(t *testing.T) {
			trace, err := Read(strings.NewReader(c.text), c.format)
			require.ErrorIs(t, err, ErrTrace)
			require.ErrorContains(t, err, "cachesim: broken trace: ")
			require.ErrorContains(t, err, c.want)
			require.Zero(t, trace)
		})
	}
}

// A line is broken off where a compressed trace is: that is said, and not that the piece of a line is no request.
func TestRead_TellsAnInputThatFailsFromABrokenLine(t *testing.T) {
	gone := errors.New("the wire was cut")
	for format, text := range map[Format]string{
		Plain: "1\n2\n3", LIRS: "1\n2\n-", ARC: "1 1 0 0\n1 1 0 0\n1 1", CSV: "key\n1\n\"2", OracleGeneral: record(1)[:10],
	} {
		_, err := Read(io.MultiReader(strings.NewReader(text), iotest.ErrReader(gone)), format)
		require.ErrorIs(t, err, gone, "%s", format)
		require.ErrorIs(t, err, ErrTrace, "%s", format)
		want := "line 3: the wire was cut"
		if format == OracleGeneral {
			want = "byte 10: the wire was cut"
		}
		require.ErrorContains(t, err, want)
	}
}

func TestRead_UnknownFormat(t *testing.T) {
	for _, format := range []Format{"", "LIRS", "parquet"} {
		_, err := Read(strings.NewReader("1\n"), format)
		require.ErrorIs(t, err, ErrFormat)
		require.ErrorContains(t, err, "known are arc, csv, lirs, oraclegeneral, plain")
	}
	require.Len(t, parsers, len(Formats))
}
