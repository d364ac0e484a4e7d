package clocks_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

func TestBadHybridConfigs(t *testing.T) {
	persist := func(clocks.HybridTime) error { return nil }
	for _, c := range []struct {
		config clocks.HybridConfig
		want   string
	}{
		{clocks.HybridConfig{}, "clocks: a drift bound must be positive, and at most 100 years: 0s"},
		{clocks.HybridConfig{MaxDrift: -time.Second}, "clocks: a drift bound must be positive, and at most 100 years: -1s"},
		{clocks.HybridConfig{MaxDrift: math.MinInt64}, "clocks: a drift bound must be positive, and at most 100 years: -2562047h47m16.854775808s"},
		{clocks.HybridConfig{MaxDrift: 36_525*24*time.Hour + 1}, "clocks: a drift bound must be positive, and at most 100 years: 876600h0m0.000000001s"},
		{clocks.HybridConfig{MaxDrift: math.MaxInt64}, "clocks: a drift bound must be positive, and at most 100 years: 2562047h47m16.854775807s"},
		{clocks.HybridConfig{MaxDrift: 1, Reserve: 1}, "clocks: a reserve must come with a function that persists it: 1ns"},
		{clocks.HybridConfig{MaxDrift: 1, Reserve: -1}, "clocks: a reserve must come with a function that persists it: -1ns"},
		{clocks.HybridConfig{MaxDrift: 1, Persist: persist}, "clocks: a reserve must be positive, and at most the drift bound: 0s of 1ns"},
		{clocks.HybridConfig{MaxDrift: 1, Persist: persist, Reserve: -1}, "clocks: a reserve must be positive, and at most the drift bound: -1ns of 1ns"},
		{clocks.HybridConfig{MaxDrift: 1, Persist: persist, Reserve: 2}, "clocks: a reserve must be positive, and at most the drift bound: 2ns of 1ns"},
		{clocks.HybridConfig{MaxDrift: 1, Persist: persist, Reserve: math.MaxInt64}, "clocks: a reserve must be positive, and at most the drift bound: 2562047h47m16.854775807s of 1ns"},
	} {
		h, err := clocks.NewHybrid(c.config)
		require.EqualError(t, err, c.want)
		require.Nil(t, h)
	}
}

// The zero value has no bounds to keep to: it says so, and gives out nothing.
func TestAHybridClockMustBeMade(t *testing.T) {
	var h clocks.Hybrid
	for _, wall := range []time.Time{time.Unix(0, 0), year2026} {
		for _, e := range []hybridEvent{{wall: wall}, {wall, 1}} {
			got, err := e.on(&h)
			require.EqualError(t, err, "clocks: a hybrid clock must be made by NewHybrid, with a drift bound: it is the zero value")
			require.Zero(t, got)
		}
	}
}

func TestBadWallTimes(t *testing.T) {
	h := realHybrid(clocks.HybridConfig{MaxDrift: time.Second})
	for _, wall := range []time.Time{
		{}, time.Unix(0, -1), time.Unix(9_214_646_400, 0), time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0), time.Unix(1<<62, 0),
	} {
		for _, e := range []hybridEvent{{wall: wall}, {wall, 1}, {wall, math.MaxUint64}} {
			got, err := e.on(h)
			require.ErrorContains(t, err, "clocks: a wall time must lie in [1970, 2262): ")
			require.Zero(t, got)
		}
	}
	_, err := h.Now(time.Time{})
	require.EqualError(t, err, "clocks: a wall time must lie in [1970, 2262): 0001-01-01T00:00:00Z")
	got, err := h.Now(time.Unix(0, 0))
	require.NoError(t, err)
	require.Equal(t, clocks.HybridTime(1), got, "the first time there is, as zero is no time")
	got, err = h.Now(time.Unix(9_214_646_399, 999_999_999))
	require.NoError(t, err)
	require.Equal(t, "2262-01-01T00:00:00.000000000Z+00000", got.Time().Add(tick).Truncate(time.Second).Format("2006-01-02T15:04:05.000000000Z")+"+00000")
}

// The messages name both clocks, so that who reads a log knows which one to set.
func TestClocksThatAreOff(t *testing.T) {
	h := realHybrid(clocks.HybridConfig{MaxDrift: time.Second})
	_, err := h.Witness(year2026, hybridAt(1<<20, 0))
	require.ErrorIs(t, err, clocks.ErrAhead)
	require.EqualError(t, err, "clocks: a clock must not be too far ahead of this one: "+
		"2026-01-01T00:01:08.719476736Z+00000 when the wall clock says 2026-01-01T00:00:00Z, and at most 1s are allowed")
	_, err = h.Witness(year2026, math.MaxUint64)
	require.ErrorIs(t, err, clocks.ErrAhead)
	_, err = h.Now(year2026)
	require.NoError(t, err)
	_, err = h.Now(year2026.Add(-1 << 20 * tick))
	require.ErrorIs(t, err, clocks.ErrBehind)
	require.NotErrorIs(t, err, clocks.ErrAhead)
	require.EqualError(t, err, "clocks: the wall clock must not be too far behind the times given out: "+
		"2025-12-31T23:58:51.280523264Z is more than 1s behind 2026-01-01T00:00:00.000000000Z+00000")
	stuck := realHybrid(clocks.HybridConfig{MaxDrift: time.Second, From: math.MaxUint64})
	for _, e := range []hybridEvent{{wall: year2026}, {year2026, hybridAt(0, 0)}} {
		_, err = e.on(stuck)
		require.ErrorIs(t, err, clocks.ErrBehind, "the last time there is does not wrap")
	}
}

func TestBadIntervals(t *testing.T) {
	_, err := clocks.Around(year2026, -1)
	require.EqualError(t, err, "clocks: an uncertainty must not be negative: -1ns")
	_, err = clocks.Around(year2026, math.MinInt64)
	require.EqualError(t, err, "clocks: an uncertainty must not be negative: -2562047h47m16.854775808s")
	const first = -62_135_596_800                                                                      // seconds from 1970 to the year 1
	last, earliest := time.Unix(math.MaxInt64+first, 999_999_999), time.Unix(math.MaxInt64+first+1, 0) // where time.Unix wraps
	require.True(t, earliest.Before(year2026) && last.After(year2026))
	for _, wall := range []time.Time{last, last.Add(-time.Second + 1), last.Add(-1), earliest, earliest.Add(1), earliest.Add(time.Second - 1)} {
		_, err = clocks.Around(wall, time.Second)
		require.ErrorContains(t, err, "clocks: an interval must not pass the first or last time that there is: 1s around 922337197471917900")
	}
	for _, wall := range []time.Time{last.Add(-time.Second), earliest.Add(time.Second)} {
		_, err = clocks.Around(wall, time.Second)
		require.NoError(t, err)
	}

	// One that is made by hand the wrong way round says nothing.
	inverted := clocks.Interval{Earliest: year2026, Latest: year2026.Add(-1)}
	for _, other := range []clocks.Interval{
		inverted, {}, {Earliest: year2026.Add(-time.Hour), Latest: year2026.Add(time.Hour)},
		{Earliest: year2026.Add(time.Hour), Latest: year2026.Add(time.Hour)},
	} {
		require.Equal(t, clocks.Concurrent, inverted.Compare(other))
		require.Equal(t, clocks.Concurrent, other.Compare(inverted))
	}
	require.Equal(t, clocks.Equal, clocks.Interval{}.Compare(clocks.Interval{}), "the zero interval is one instant")
	require.Equal(t, time.Duration(math.MaxInt64), clocks.Interval{Latest: year2026}.CommitWait(clocks.Interval{}), "longer than a duration can be")
}
