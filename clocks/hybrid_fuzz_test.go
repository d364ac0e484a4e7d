package clocks_test

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// What is accepted as a time has no other encoding, and what is not accepted is told with ErrEncoding.
func FuzzHybridTimeText(f *testing.F) {
	for _, text := range []string{"", "h1:", "1970-01-01T00:00:00.000000000Z+00000", "h2:1970-01-01T00:00:00.000000000Z+00000", "h1:1970-01-01T00:00:00.000000000Z+00000", "h1:2554-07-21T23:34:33.709486080Z+65535", "h1:2026-01-01T00:00:00.000000001Z+99999"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var at clocks.HybridTime
		if err := at.UnmarshalText(text); err != nil {
			if !errors.Is(err, clocks.ErrEncoding) || at != 0 {
				t.Fatalf("%q: %v, %v", text, at, err)
			}
			return
		}
		if again, _ := at.MarshalText(); !bytes.Equal(again, text) {
			t.Fatalf("%q is accepted, and written %q", text, again)
		}
	})
}

func FuzzHybridTimeBinary(f *testing.F) {
	for _, data := range []string{"", "\x71", "\x711234567", "\x7112345678", "\x7212345678", "\x71123456789"} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var at clocks.HybridTime
		if err := at.UnmarshalBinary(data); err != nil {
			if !errors.Is(err, clocks.ErrEncoding) || at != 0 || len(data) == 9 && data[0] == 0x71 {
				t.Fatalf("%q: %v, %v", data, at, err)
			}
			return
		}
		if again, _ := at.MarshalBinary(); !bytes.Equal(again, data) {
			t.Fatalf("%q is accepted, and written %q", data, again)
		}
	})
}

// The fuzzer looks for a crash after which a time is given twice.
func FuzzHybridRestarts(f *testing.F) { f.Fuzz(rapid.MakeFuzz(lawHybridRestarts(realHybrid))) }

// Whatever the arguments are, nothing panics, and a time that is given out lies within its bounds.
func FuzzHybridArguments(f *testing.F) {
	f.Add(int64(500*time.Millisecond), uint64(0), int64(1_767_225_600), int64(0), uint64(1_767_225_600_000_000_000))
	f.Add(int64(math.MaxInt64), uint64(math.MaxUint64), int64(math.MaxInt64), int64(math.MinInt64), uint64(math.MaxUint64))
	f.Add(int64(math.MinInt64), uint64(0), int64(math.MinInt64), int64(math.MaxInt64), uint64(0))
	f.Add(int64(36_525*24*time.Hour), uint64(12_372_000_000_000_000_000), int64(9_214_646_399), int64(999_999_999), uint64(12_371_999_999_999_999_999))
	f.Fuzz(func(t *testing.T, drift int64, from uint64, seconds, nanoseconds int64, remote uint64) {
		config := clocks.HybridConfig{
			MaxDrift: time.Duration(drift), From: clocks.HybridTime(from),
			Persist: func(clocks.HybridTime) error { return nil }, Reserve: time.Duration(drift),
		}
		h, err := clocks.NewHybrid(config)
		if err != nil {
			return
		}
		last := config.From
		wall := time.Unix(seconds, nanoseconds)
		for _, e := range []hybridEvent{{wall, clocks.HybridTime(remote)}, {wall: wall}, {wall: wall.Add(-time.Hour)}, {wall, math.MaxUint64}} {
			got, err := e.on(h)
			if err != nil {
				if got != 0 {
					t.Fatalf("%v: %v, %v", e, got, err)
				}
				continue
			}
			if got <= last || got <= e.remote || got.Time().Before(e.wall) || got.Time().Add(-tick).Add(-config.MaxDrift).After(e.wall) {
				t.Fatalf("%v after %v: %v", e, last, got)
			}
			last = got
		}
	})
}
