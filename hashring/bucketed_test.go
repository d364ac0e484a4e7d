package hashring_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// bucketing is what the laws of time buckets judge.
type bucketing interface {
	Key(key string, wall time.Time) string
	Unbucket(made string) (key string, start time.Time, ok bool)
}

type bucketMaker func(width time.Duration) (bucketing, error)

func newRealBuckets(width time.Duration) (bucketing, error) { return hashring.NewTimeBuckets(width) }

var someWidths = rapid.OneOf(
	rapid.SampledFrom([]time.Duration{time.Nanosecond, time.Millisecond, time.Second, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, math.MaxInt64}),
	rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(1, math.MaxInt64).Draw(t, "width"))
	}))

var someTimes = rapid.Custom(func(t *rapid.T) time.Time {
	seconds := rapid.OneOf(rapid.Int64Range(-10, 10), rapid.Int64Range(-1e11, 1e11)).Draw(t, "seconds")
	return time.Unix(seconds, rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
})

// lawBuckets: a bucket holds its start and the times after it, for its width and no longer, and its key tells both.
func lawBuckets(make bucketMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		width := someWidths.Draw(t, "width")
		b, err := make(width)
		if err != nil {
			t.Fatal(err)
		}
		key, wall := rapid.OneOf(rapid.StringMatching("[a@0.-]{0,4}"), rapid.String()).Draw(t, "key"), someTimes.Draw(t, "time")
		made := b.Key(key, wall)
		back, start, ok := b.Unbucket(made)
		switch {
		case !ok || back != key:
			t.Fatalf("the bucket of %q at %v is %q\nbut comes back as %q", key, wall, made, back)
		case start.After(wall) || !wall.Before(start.Add(width)):
			t.Fatalf("buckets of %v\nat %v the bucket is %q\nbut it begins at %v", width, wall, made, start)
		case b.Key(key, start) != made:
			t.Fatalf("buckets of %v\nat %v the bucket is %q\nbut at its start it is %q", width, wall, made, b.Key(key, start))
		case b.Key(key, start.Add(width)) == made:
			t.Fatalf("buckets of %v\nat %v the bucket is %q\nbut it is also at its end", width, wall, made)
		}
	}
}

func TestLaw_TimeBuckets(t *testing.T) { rapid.Check(t, lawBuckets(newRealBuckets)) }

// The buckets of a span are those of the times in it, in order, each once.
func TestLaw_BucketsOfASpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := time.Duration(rapid.Int64Range(1, 100).Draw(t, "width, seconds")) * time.Second / 4
		b, err := hashring.NewTimeBuckets(width)
		if err != nil {
			t.Fatal(err)
		}
		from := time.Unix(0, 0).Add(time.Duration(rapid.Int64Range(-500, 500).Draw(t, "from, eighths")) * time.Second / 8)
		span := time.Duration(rapid.Int64Range(-8, 400).Draw(t, "span, eighths")) * time.Second / 8
		var want []string
		for at := from; at.Before(from.Add(span)); at = at.Add(time.Second / 8) {
			if key := b.Key("k", at); len(want) == 0 || want[len(want)-1] != key {
				want = append(want, key)
			}
		}
		got, err := b.AppendKeys(nil, "k", from, from.Add(span))
		if err != nil || len(got) != len(want) || !slicesPrefix(got, want) {
			t.Fatalf("%v from %v, wide %v: %q, where %q are touched (%v)", span, from, width, got, want, err)
		}
	})
}

func TestBucketFormat(t *testing.T) {
	hours, err := hashring.NewTimeBuckets(time.Hour)
	require.NoError(t, err)
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.FixedZone("", 3600))
	require.Equal(t, "clicks@1767362400", hours.Key("clicks", at))
	require.Equal(t, "2026-01-02T14:00:00Z", hours.Start(at).Format(time.RFC3339))
	require.Equal(t, "clicks@-3600", hours.Key("clicks", time.Unix(-1, 0)))
	weeks, err := hashring.NewTimeBuckets(7 * 24 * time.Hour)
	require.NoError(t, err)
	require.Equal(t, time.Monday, weeks.Start(at).Weekday())
	halves, err := hashring.NewTimeBuckets(time.Second / 2)
	require.NoError(t, err)
	for wall, key := range map[time.Duration]string{
		-1500: "k@-1.500000000", -1001: "k@-1.500000000", -1000: "k@-1", -500: "k@-0.500000000", -1: "k@-0.500000000", 0: "k@0", 499: "k@0", 500: "k@0.500000000",
	} {
		require.Equal(t, key, halves.Key("k", time.Unix(0, 0).Add(wall*time.Millisecond)), wall)
	}
	_, start, ok := halves.Unbucket("a@b@-0.500000000")
	require.True(t, ok)
	require.Equal(t, time.Unix(0, -5e8).UTC(), start)
	for _, none := range []string{"", "k", "k@", "k@x", "k@+1", "k@1.5", "k@1.", "k@1.-00000001", "k@99999999999999999999"} {
		_, _, ok := halves.Unbucket(none)
		require.False(t, ok, none)
	}
	_, zero, ok := hours.Unbucket(hours.Key("k", time.Time{}))
	require.True(t, ok)
	require.True(t, zero.IsZero())
}

func TestBucketBadInput(t *testing.T) {
	_, err := hashring.NewTimeBuckets(0)
	require.EqualError(t, err, "hashring: the width of a time bucket must be positive: 0s")
	_, err = hashring.NewTimeBuckets(-time.Second)
	require.EqualError(t, err, "hashring: the width of a time bucket must be positive: -1s")
	b, err := hashring.NewTimeBuckets(time.Nanosecond)
	require.NoError(t, err)
	before := []string{"before"}
	after, err := b.AppendKeys(before, "k", time.Unix(0, 0), time.Unix(1, 0))
	require.EqualError(t, err, "hashring: a span of time must have at most 65536 buckets of 1ns: from "+
		time.Unix(0, 0).String()+" to "+time.Unix(1, 0).String())
	require.Equal(t, before, after)
}

func TestBucketsDoNotAllocate(t *testing.T) {
	b, err := hashring.NewTimeBuckets(time.Minute)
	require.NoError(t, err)
	buffer, wall := make([]byte, 0, 64), time.Unix(1_767_362_400, 0)
	require.Zero(t, testing.AllocsPerRun(100, func() { buffer = b.AppendKey(buffer[:0], "clicks", wall) }))
}
