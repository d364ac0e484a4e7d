package clocks

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"time"
)

// HybridTime is a time of a [Hybrid] clock in one word: the nanoseconds since 1970, in UTC, with the low 16 bits replaced by a
// counter. So times compare as numbers do, and reach into the year 2554. The zero HybridTime is before all that a clock gives out.
type HybridTime uint64

const counters = 1<<16 - 1 // the bits of the counter

// Time is the physical part, a multiple of 65.536 µs, in UTC.
func (t HybridTime) Time() time.Time {
	ns := uint64(t &^ counters)
	return time.Unix(int64(ns/uint64(time.Second)), int64(ns%uint64(time.Second))).UTC()
}

// Counter is the logical part, in [0, 65535].
func (t HybridTime) Counter() int { return int(t & counters) }

// Compare is -1 if t is before other, 0 if they are the same and 1 if t is after it.
func (t HybridTime) Compare(other HybridTime) int { return cmp.Compare(t, other) }

// String is what MarshalText returns: "2026-01-01T00:00:00.000065536Z+00007".
func (t HybridTime) String() string {
	var buffer [hybridText]byte
	return string(t.append(buffer[:0]))
}

const (
	hybridLayout = "2006-01-02T15:04:05.000000000Z"
	hybridText   = len(hybridLayout) + len("+00000")
	hybridBinary = 1 + 8
)

func (t HybridTime) append(b []byte) []byte {
	b = t.Time().AppendFormat(b, hybridLayout)
	c := t.Counter()
	return append(b, '+', digit(c/10_000), digit(c/1_000), digit(c/100), digit(c/10), digit(c))
}

func digit(n int) byte { return '0' + byte(n%10) }

// AppendBinary appends a byte that says what follows and its version, and 8 bytes, the most significant first, so that encodings sort as
// times do. The error is nil.
func (t HybridTime) AppendBinary(b []byte) ([]byte, error) {
	return binary.BigEndian.AppendUint64(append(b, hybridFormat), uint64(t)), nil
}

// MarshalBinary is what AppendBinary appends.
func (t HybridTime) MarshalBinary() ([]byte, error) { return t.AppendBinary(nil) }

// UnmarshalBinary accepts what AppendBinary appends, and nothing else. The error wraps [ErrEncoding], and leaves t as it is.
func (t *HybridTime) UnmarshalBinary(data []byte) error {
	if len(data) != hybridBinary {
		return fmt.Errorf("%w: a hybrid time has %d bytes, not %d", ErrEncoding, hybridBinary, len(data))
	}
	if data[0] != hybridFormat {
		return fmt.Errorf("%w: the first byte of a hybrid time must be 0x%x, for what it is and its version: 0x%x", ErrEncoding, hybridFormat, data[0])
	}
	*t = HybridTime(binary.BigEndian.Uint64(data[1:]))
	return nil
}

// AppendText appends h1:, for what it is and its version, and what String gives: the physical time in UTC, as RFC 3339 writes it with nine
// digits of a second, a plus sign and the counter with five digits. All have the same length, so that they sort as times do. The error is nil.
func (t HybridTime) AppendText(b []byte) ([]byte, error) {
	return t.append(append(b, hybridTag...)), nil
}

// MarshalText is what AppendText appends.
func (t HybridTime) MarshalText() ([]byte, error) { return t.AppendText(nil) }

// UnmarshalText accepts what AppendText appends, and no other way to write it. The error wraps [ErrEncoding], and leaves t as it is.
func (t *HybridTime) UnmarshalText(text []byte) error {
	written, tagged := bytes.CutPrefix(text, []byte(hybridTag))
	if !tagged {
		return fmt.Errorf("%w: a hybrid time begins with %q: %q", ErrEncoding, hybridTag, text[:min(len(text), hybridText)])
	}
	if len(written) != hybridText {
		return fmt.Errorf("%w: a hybrid time has %d characters after %s, not %d", ErrEncoding, hybridText, hybridTag, len(written))
	}
	at, err := time.Parse(hybridLayout, string(written[:len(hybridLayout)]))
	if err == nil {
		// Whatever is out of range or not written as it should be is written differently.
		read := HybridTime(uint64(at.Unix())*uint64(time.Second)+uint64(at.Nanosecond())) &^ counters
		counter := 0
		for _, c := range written[len(hybridLayout)+1:] {
			counter = counter*10 + int(c-'0')
		}
		read |= HybridTime(counter)
		var buffer [hybridText]byte
		if string(read.append(buffer[:0])) == string(written) {
			*t = read
			return nil
		}
	}
	return fmt.Errorf("%w: a hybrid time reads as %s%v does: %q", ErrEncoding, hybridTag, HybridTime(0), text)
}
