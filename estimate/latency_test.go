package estimate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
)

// A number without a source and a year is worth nothing later.
func TestEachLatencyHasItsSourceAndYear(t *testing.T) {
	all := estimate.ReferenceLatencies()
	require.NotEmpty(t, all)
	seen := map[string]bool{}
	for i, l := range all {
		require.NotEmpty(t, l.What)
		require.Positive(t, l.Time, l.What)
		require.Regexp(t, `^[A-Z]\. [A-Z][a-z]+, ".+", .+`, l.Source, l.What)
		require.GreaterOrEqual(t, l.Year, 2000, l.What)
		require.LessOrEqual(t, l.Year, 2026, l.What)
		key := strings.Join([]string{l.What, l.Source}, "|")
		require.False(t, seen[key], "twice: %s", key)
		seen[key] = true
		if i > 0 && all[i-1].Year == l.Year {
			require.LessOrEqual(t, all[i-1].Time, l.Time, l.What)
		}
	}
	all[0].Time = time.Hour
	require.NotEqual(t, all[0], estimate.ReferenceLatencies()[0])
}

// The numbers as they were published, in nanoseconds: the slide of 2010, and the page of which four are taken.
func TestClaim_LatenciesAreThosePublished(t *testing.T) {
	for year, want := range map[int][]time.Duration{
		2010: {5, 7, 25, 100, 3_000, 20_000, 250_000, 500_000, 10_000_000, 20_000_000, 150_000_000},
		2020: {100, 3_000, 16_000, 49_000},
	} {
		var said []time.Duration
		for _, l := range estimate.ReferenceLatencies() {
			if l.Year == year {
				said = append(said, l.Time)
			}
		}
		require.Equal(t, want, said, year)
	}
}

// Two of the numbers can be checked by arithmetic. A gigabit a second needs 16 µs for 2 kB, and 20 were said; and light in fibre from
// California to the Netherlands and back, over 8,800 km of great circle, at least 86 ms, where 150 were said.
func TestClaim_LatenciesAgreeWithArithmetic(t *testing.T) {
	said := map[string]time.Duration{}
	for _, l := range estimate.ReferenceLatencies() {
		if l.Year == 2010 {
			said[l.What] = l.Time
		}
	}
	bits := must((2 * estimate.KB).Bits())
	require.Equal(t, estimate.Bits(16_000), bits)
	sent := time.Duration(float64(bits) / 1e9 * float64(time.Second))
	require.Equal(t, 16*time.Microsecond, sent)
	require.Greater(t, said["2 kB sent over 1 Gbit/s"], sent)
	light := 2 * must(estimate.FibreDelay(8_800)).Value
	require.InDelta(t, 86, light.Seconds()*1_000, 0.5)
	require.Greater(t, said["packet from California to the Netherlands and back"], light)
}
