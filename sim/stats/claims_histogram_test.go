package stats_test

import (
	"math"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// All buckets there are, at both ends of each. The two extremes keep the answer from being clamped to the minimum or the maximum.
func TestClaim_EveryBucketIsRightToOnePartIn256(t *testing.T) {
	worst := 0.
	check := func(d time.Duration) {
		got, err := recorded(0, d, d, math.MaxInt64).Quantile(0.5)
		require.NoError(t, err)
		off := max(got-d, d-got)
		require.LessOrEqual(t, off, d/256, "%d ns is answered as %d ns", d, got)
		alone, err := recorded(d, d, d).Quantile(0.5)
		require.NoError(t, err)
		require.Equal(t, d, alone, "all are equal, so the answer lies in [Min, Max]")
		if d > 0 {
			worst = max(worst, float64(off)/float64(d))
		}
	}
	for d := range time.Duration(256) {
		check(d)
	}
	for shift := range 56 {
		for top := time.Duration(128); top < 256; top++ {
			check(top << shift)
			check(top<<shift + time.Duration(1)<<shift - 1)
		}
	}
	require.Greater(t, worst, 0.99/256, "the stated error is no longer needed")
}

func TestClaim_AHistogramTakes58KB(t *testing.T) {
	require.InDelta(t, 58_400, int(unsafe.Sizeof(stats.Histogram{})), 100)
}

// The hundredths are what people ask for, and some times a hundred are more than they look: 0.07*100 > 7. Their neighbours, and those of all
// other k/n, belong to the same observation below and to the next one above, and there are products that round that away: the number above
// 1/3, times 3, is 1.
func TestClaim_TheQuantileOfKInNIsTheKth(t *testing.T) {
	var h stats.Histogram
	for n := 1; n <= 120; n++ {
		h.Record(time.Duration(n)) // below 256 ns all is exact
		for k := 1; k <= n; k++ {
			p := float64(k) / float64(n)
			for q, want := range map[float64]int{p: k, math.Nextafter(p, 0): k, min(math.Nextafter(p, 2), 1): min(k+1, n)} {
				got, err := h.Quantile(q)
				require.NoError(t, err)
				if got != time.Duration(want) {
					t.Fatalf("the %v-quantile of 1 to %d is %d, not %d", q, n, want, got)
				}
			}
		}
	}
}

func TestHotPathsDoNotAllocate(t *testing.T) {
	var h, other stats.Histogram
	other.Record(time.Second)
	d := time.Duration(0)
	require.Zero(t, testing.AllocsPerRun(1000, func() { d += 12_345; h.Record(d) }))
	require.Zero(t, testing.AllocsPerRun(100, func() { h.Merge(&other) }))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := h.Quantile(0.99); err != nil {
			t.Fatal(err)
		}
	}))
}
