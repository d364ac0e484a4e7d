package ringsim_test

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
)

// A list that was written is read as it was, whatever stands around its lines.
func TestLaw_KeysAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "user:1", "with space", "größe"}), 1, 20).Draw(t, "keys")
		var text strings.Builder
		for _, key := range keys {
			text.WriteString(rapid.SampledFrom([]string{"", " ", "\t", "\n", "\r\n"}).Draw(t, "before") + key + rapid.SampledFrom([]string{"\n", "\r\n", " \n\n"}).Draw(t, "after"))
		}
		q, err := ringsim.ReadKeys(strings.NewReader(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i, key := range keys {
			if i >= len(q.Order) || q.Keys[q.Order[i]] != key {
				t.Fatalf("of %q request %d should be for %q: %v of %q", text.String(), i, key, q.Order, q.Keys)
			}
			seen[key] = true
		}
		if len(q.Order) != len(keys) || len(q.Keys) != len(seen) {
			t.Fatalf("of %d requests for %d keys there are %d for %d", len(keys), len(seen), len(q.Order), len(q.Keys))
		}
	})
}

func TestReadKeys_Refuses(t *testing.T) {
	long := strings.Repeat("k", 64<<10)
	for _, c := range []struct{ text, want string }{
		{"", "ringsim: a list of keys must have a key: it has none"},
		{"\n \r\n", "ringsim: a list of keys must have a key: it has none"},
		{"a\n\nb\x00c\n", `ringsim: line 3 of the keys: a key must be text without control characters: "b\x00c"`},
		{"a\tb", `ringsim: line 1 of the keys: a key must be text without control characters: "a\tb"`},
		{"a\n\xff\xfe\n", `ringsim: line 2 of the keys: a key must be text without control characters: "\xff\xfe"`},
		{"a\n" + long + "x\x01" + "\n", `ringsim: line 2 of the keys: a line must have at most 65536 bytes`},
		{"\x1f\x8b\x08" + strings.Repeat("z", 100), `ringsim: line 1 of the keys: a key must be text without control characters: "\x1f\x8b\bzzz`},
	} {
		_, err := ringsim.ReadKeys(strings.NewReader(c.text))
		require.ErrorContains(t, err, c.want)
	}
	q, err := ringsim.ReadKeys(strings.NewReader("\ufeffa\n" + long + "\r\n"))
	require.NoError(t, err, "a mark of the byte order, and a key as long as it may be")
	require.Equal(t, []string{"a", long}, q.Keys)

	broken := errors.New("the disk is gone")
	_, err = ringsim.ReadKeys(io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "ringsim: line 2 of the keys: ")
}

func FuzzReadKeys(f *testing.F) {
	for _, seed := range []string{"", "a\nb\na\n", "\xff", "a\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ringsim.ReadKeys(strings.NewReader(text))
		if err != nil {
			return
		}
		total := 0
		for i, count := range q.Counts() {
			require.Positive(t, count)
			require.NotContains(t, q.Keys[:i], q.Keys[i])
			total += count
		}
		require.Equal(t, len(q.Order), total)
	})
}

// Hot keys are found in their order.
func TestHottest(t *testing.T) {
	var q ringsim.Requests
	for i := range 30 {
		q.Keys = append(q.Keys, strconv.Itoa(i))
		for range i * i {
			q.Order = append(q.Order, int32(i))
		}
	}
	top, err := q.Hottest(3, 100)
	require.NoError(t, err)
	require.Len(t, top, 3)
	for i, c := range top {
		require.Equal(t, int32(29-i), c.Key)
		require.Equal(t, uint64((29-i)*(29-i)), c.Count)
		require.Zero(t, c.Error)
	}
	_, err = q.Hottest(3, 0)
	require.ErrorContains(t, err, "hashring: the number of counters must lie in")
}
