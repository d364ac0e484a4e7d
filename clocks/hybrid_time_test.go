package clocks_test

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

var hybridTimes = rapid.OneOf(
	rapid.Map(rapid.Uint64(), func(n uint64) clocks.HybridTime { return clocks.HybridTime(n) }),
	rapid.Custom(func(t *rapid.T) clocks.HybridTime {
		return hybridAt(rapid.Int64Range(0, 3).Draw(t, "l"), nearCounters.Draw(t, "c"))
	}),
)

// What is encoded is decoded to the same time, in both encodings.
func TestLaw_HybridTimesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := hybridTimes.Draw(t, "time")
		b, err := at.MarshalBinary()
		require.NoError(t, err)
		text, err := at.MarshalText()
		require.NoError(t, err)
		require.Equal(t, "h1:"+at.String(), string(text))
		var fromBinary, fromText clocks.HybridTime
		require.NoError(t, fromBinary.UnmarshalBinary(b))
		require.NoError(t, fromText.UnmarshalText(text))
		require.Equal(t, at, fromBinary)
		require.Equal(t, at, fromText)
		require.Equal(t, at, clocks.HybridTime(uint64(at.Time().Unix())*1e9+uint64(at.Time().Nanosecond())+uint64(at.Counter())))
	})
}

// Encodings sort as times do, so that a database's order of keys is the order of time.
func TestLaw_EncodedHybridTimesSortAsTimes(t *testing.T) {
	t.Run("binary", func(t *testing.T) {
		rapid.Check(t, lawHybridSorts(func(at clocks.HybridTime) string { b, _ := at.MarshalBinary(); return string(b) }))
	})
	t.Run("text", func(t *testing.T) {
		rapid.Check(t, lawHybridSorts(func(at clocks.HybridTime) string { text, _ := at.MarshalText(); return string(text) }))
	})
}

func lawHybridSorts(encode func(clocks.HybridTime) string) func(*rapid.T) {
	return func(t *rapid.T) {
		a, b := hybridTimes.Draw(t, "a"), hybridTimes.Draw(t, "b")
		order := a.Compare(b)
		if got := strings.Compare(encode(a), encode(b)); got != order {
			t.Fatalf("%v is %v %v\nbut %q is %v %q", a, clocks.Order(order), b, encode(a), clocks.Order(got), encode(b))
		}
		if back := b.Compare(a); back != -order || (order == 0) != (a == b) || a.Time().Before(b.Time()) && order != -1 {
			t.Fatalf("%v and %v\nbut they compare as %d, and the other way round as %d", a, b, order, back)
		}
	}
}

// The encodings are fixed: what is stored today is read tomorrow.
func TestHybridTimesAsTheyAreWritten(t *testing.T) {
	for _, c := range []struct {
		time   clocks.HybridTime
		text   string
		binary string
	}{
		{0, "1970-01-01T00:00:00.000000000Z+00000", "710000000000000000"},
		{1<<16 | 7, "1970-01-01T00:00:00.000065536Z+00007", "710000000000010007"},
		{hybridAt(0, 0), "2026-01-01T00:00:00.000000000Z+00000", "7118867251edfa0000"},
		{hybridAt(-1, 65535), "2025-12-31T23:59:59.999934464Z+65535", "7118867251edf9ffff"},
		{math.MaxUint64, "2554-07-21T23:34:33.709486080Z+65535", "71ffffffffffffffff"},
	} {
		b, err := c.time.AppendBinary([]byte("x"))
		require.NoError(t, err)
		require.Equal(t, "x", string(b[:1]))
		require.Equal(t, c.binary, hex.EncodeToString(b[1:]))
		text, err := c.time.AppendText([]byte("x"))
		require.NoError(t, err)
		require.Equal(t, "xh1:"+c.text, string(text))
		j, err := json.Marshal(c.time)
		require.NoError(t, err)
		require.JSONEq(t, `"h1:`+c.text+`"`, string(j))
	}
	require.Equal(t, time.UTC, hybridAt(0, 0).Time().Location())
}

func TestBadHybridTimes(t *testing.T) {
	const before = clocks.HybridTime(42)
	for _, text := range []string{
		"", "0", "h1:", strings.Repeat("9", 1<<20), "h1:" + strings.Repeat("9", 1<<20),
		"2026-01-01T00:00:00.000000000Z+00000", "h2:2026-01-01T00:00:00.000000000Z+00000", "H1:2026-01-01T00:00:00.000000000Z+00000", // no or another version
		"h1:2026-01-01T00:00:00.000000000Z+0000", "h1:2026-01-01T00:00:00.000000000Z+000000", // too short, too long
		"h1:2026-01-01T00:00:00.000000000Z+65536", "h1:2026-01-01T00:00:00.000000000Z+99999", // no such counter
		"h1:2026-01-01T00:00:00.000000001Z+00000", "h1:2026-01-01T00:00:00.000065535Z+00000", // between two steps
		"h1:2026-01-01T00:00:00.000000000Z-00001", "h1:2026-01-01T00:00:00.000000000Z+000-1", "h1:2026-01-01T00:00:00.000000000Z+0x001",
		"h1:2026-01-01T00:00:00.000000000Z+0000/", "h1:2026-01-01T00:00:00.000000000Z+0000:", "h1:2026-01-01T00:00:00.000000000Z+\xff\xff\xff\xff\xff",
		"h1:2026-01-01t00:00:00.000000000Z+00000", "h1:2026-01-01T00:00:00.000000000z+00000", "h1:2026-01-01T00:00:00,000000000Z+00000",
		"h1:2026-02-30T00:00:00.000000000Z+00000", "h1:2026-01-01T24:00:00.000000000Z+00000", "h1:2026-12-31T23:59:60.000000000Z+00000",
		"h1:1969-12-31T23:59:59.999934464Z+00000", "h1:1385-06-12T00:25:26.290448384Z+00000", // before 1970; 2^64 ns before 1970
		"h1:2554-07-21T23:34:33.709551616Z+00000", "h1:9999-12-31T23:59:59.999934464Z+00000", // 2^64 ns after it
		"h1:-001-01-01T00:00:00.000000000Z+00000", "h1: 2026-01-01T00:00:00.00000000Z+00000",
	} {
		at := before
		err := at.UnmarshalText([]byte(text))
		require.ErrorIs(t, err, clocks.ErrEncoding, "%q", text)
		require.Less(t, len(err.Error()), 300)
		require.Equal(t, before, at)
	}
	for _, length := range []int{0, 1, 8, 9, 10, 1 << 20} {
		at := before
		require.ErrorIs(t, at.UnmarshalBinary(make([]byte, length)), clocks.ErrEncoding)
		require.Equal(t, before, at)
	}
	var at clocks.HybridTime
	require.EqualError(t, at.UnmarshalBinary([]byte("7 bytes")), "clocks: an encoding must be well formed: a hybrid time has 9 bytes, not 7")
	require.EqualError(t, at.UnmarshalBinary([]byte("\x72 8 bytes")),
		"clocks: an encoding must be well formed: the first byte of a hybrid time must be 0x71, for what it is and its version: 0x72")
	require.EqualError(t, at.UnmarshalText([]byte("now")), `clocks: an encoding must be well formed: a hybrid time begins with "h1:": "now"`)
	require.EqualError(t, at.UnmarshalText([]byte("h1:now")), "clocks: an encoding must be well formed: a hybrid time has 36 characters after h1:, not 3")
	require.EqualError(t, at.UnmarshalText([]byte("h1:2026-01-01T00:00:00.000000000Z+65536")),
		`clocks: an encoding must be well formed: a hybrid time reads as h1:1970-01-01T00:00:00.000000000Z+00000 does: "h1:2026-01-01T00:00:00.000000000Z+65536"`)
}
