package hashring

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TimeBuckets cuts what is written under one key into buckets of wall time, each a key of its own, so that a key that grows for ever does
// not fill one node. All that is written at one time still goes to one: against that there is [Salt].
//
// A bucket is half-open: it begins at its start, inclusive, and ends at the next one's. Starts are multiples of the width since Monday, the 1st
// of January of the year 1, in UTC, before it as well as after: widths that divide a day begin at midnight, whole weeks on Mondays. The key
// of a bucket is the key, @ and the bucket's start in seconds of Unix time, which is negative before 1970, with nine digits
// after the point where it is not whole. It does not depend on the width otherwise.
//
// It is a value, made by [NewTimeBuckets].
type TimeBuckets struct{ width time.Duration }

const (
	bucketed    = '@'
	mostBuckets = 1 << 16
)

// NewTimeBuckets returns buckets of the given width.
func NewTimeBuckets(width time.Duration) (TimeBuckets, error) {
	if width <= 0 {
		return TimeBuckets{}, fmt.Errorf("hashring: the width of a time bucket must be positive: %v", width)
	}
	return TimeBuckets{width}, nil
}

// Start is when the bucket that a time falls into begins.
func (b TimeBuckets) Start(wall time.Time) time.Time { return wall.UTC().Truncate(b.width) }

// Key is the key of the bucket that a time falls into.
func (b TimeBuckets) Key(key string, wall time.Time) string {
	var buffer [64]byte
	return string(b.AppendKey(buffer[:0], key, wall))
}

// AppendKey appends to dst what Key returns, and does not allocate if dst has room.
func (b TimeBuckets) AppendKey(dst []byte, key string, wall time.Time) []byte {
	start := b.Start(wall)
	seconds, nanos := start.Unix(), start.Nanosecond()
	dst = append(append(dst, key...), bucketed)
	if seconds < 0 && nanos > 0 { // half a second before 1970 is second -1 and a half to Unix, and -0.5 to who reads it
		seconds, nanos = seconds+1, 1e9-nanos
		if seconds == 0 {
			dst = append(dst, '-')
		}
	}
	dst = strconv.AppendInt(dst, seconds, 10)
	if nanos > 0 {
		digits := len(dst)
		dst = strconv.AppendInt(dst, int64(1e9+nanos), 10) // a one, and nine digits
		dst[digits] = '.'
	}
	return dst
}

// AppendKeys appends the keys of all buckets that hold a time from the first, inclusive, to the last, exclusive, in order of time: none if
// the last is not after the first. An error leaves dst as it is.
func (b TimeBuckets) AppendKeys(dst []string, key string, from, to time.Time) ([]string, error) {
	begin := len(dst)
	if !from.Before(to) {
		return dst, nil
	}
	for start := b.Start(from); start.Before(to); start = start.Add(b.width) {
		if len(dst)-begin == mostBuckets {
			return dst[:begin], fmt.Errorf("hashring: a span of time must have at most %d buckets of %v: from %v to %v", mostBuckets, b.width, from, to)
		}
		dst = append(dst, b.Key(key, start))
	}
	return dst, nil
}

// Unbucket is the key and the start of the bucket, in UTC, that the key of a bucket was made of; ok says whether it is one.
func (b TimeBuckets) Unbucket(made string) (key string, start time.Time, ok bool) {
	at := strings.LastIndexByte(made, bucketed)
	if at < 0 {
		return "", time.Time{}, false
	}
	whole, fraction, point := strings.Cut(made[at+1:], ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.HasPrefix(whole, "+") {
		return "", time.Time{}, false
	}
	nanos := uint64(0)
	if point {
		if nanos, err = strconv.ParseUint(fraction, 10, 32); err != nil || len(fraction) != 9 {
			return "", time.Time{}, false
		}
	}
	signed := int64(nanos)
	if strings.HasPrefix(whole, "-") {
		signed = -signed
	}
	key, start = made[:at], time.Unix(seconds, signed).UTC()
	return key, start, string(b.AppendKey(nil, key, start)) == made
}
