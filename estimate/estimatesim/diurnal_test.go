package estimatesim

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The mean is 1, the busiest hour as busy as asked for, noon the busiest minute, to a millionth, and the day a mirror of itself.
func TestLaw_DiurnalIsADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		peak, zones := rapid.Float64Range(1, mostPeak).Draw(t, "peak"), rapid.IntRange(1, 24).Draw(t, "zones")
		d, err := NewDiurnal(peak, zones)
		require.NoError(t, err)
		// A sum of 1,440 numbers that is rounded each time is off by at most 1,440 × 2^-53 of itself, 1.6e-13.
		const rounding = 1e-11
		sum, busiest := 0.0, 0.0
		for minute := range dayMinutes {
			at := time.Duration(minute) * time.Minute
			rate := d.At(at)
			if mirror := d.At(24*time.Hour - at - time.Minute); rate <= 0 || rate > d.Most()*(1+1e-6) || math.Abs(rate-mirror) > rounding {
				t.Fatalf("%v has the rate %v, its mirror %v, noon %v", at, rate, mirror, d.Most())
			}
			sum += rate
			if at >= 11*time.Hour+30*time.Minute && at < 12*time.Hour+30*time.Minute {
				busiest += rate / 60
			}
		}
		require.InDelta(t, 1, sum/dayMinutes, rounding)
		require.InDelta(t, busiest, d.Busiest(), rounding)
		if zones == 1 {
			require.InDelta(t, peak, d.Busiest(), 1e-9)
		} else {
			require.LessOrEqual(t, d.Busiest(), peak+1e-9, "spreading users makes no peak higher")
		}
	})
}

// Users of several zones are users of each: the average of one zone's curve at the times of their clocks.
func TestLaw_DiurnalAddsUpZones(t *testing.T) {
	one, err := NewDiurnal(3, 1)
	require.NoError(t, err)
	for zones := 1; zones <= 24; zones++ {
		all, err := NewDiurnal(3, zones)
		require.NoError(t, err)
		for minute := range dayMinutes {
			at := time.Duration(minute) * time.Minute
			sum := 0.0
			for z := range zones {
				clock := time.Duration(z)*time.Hour - time.Duration(zones-1)*30*time.Minute
				sum += one.At(at + clock)
			}
			if math.Abs(sum/float64(zones)-all.At(at)) > 1e-12 {
				t.Fatalf("%d zones have the rate %v at %v, and each of them together %v", zones, all.At(at), at, sum/float64(zones))
			}
		}
	}
}

func TestLaw_DiurnalFallsWithZones(t *testing.T) {
	before := math.Inf(1)
	for zones := 1; zones <= 24; zones++ {
		d, err := NewDiurnal(3, zones)
		require.NoError(t, err)
		require.Less(t, d.Busiest(), before, "%d zones", zones)
		before = d.Busiest()
	}
	require.InDelta(t, 1, before, 1e-9, "all around the world there is no peak")
}

// exp(c cos) has the mean I0(c), the modified Bessel function: 1.266065878 at 1 (Abramowitz and Stegun, table 9.8, e^-1 I0(1) = 0.4657596077).
func TestClaim_DiurnalIsVonMises(t *testing.T) {
	d := zone(1)
	// Sampled in the middle of 1,440 minutes a period's mean is exact to rounding, and noon lies half a minute beside a sample: 1-cos is 2.4e-6.
	require.InDelta(t, 1/0.4657596077, d.Most(), 1e-5)
	require.InDelta(t, math.Exp(-1)/1.266065878, d.At(0), 1e-5)
}

func TestDiurnal_At(t *testing.T) {
	d, err := NewDiurnal(3, 1)
	require.NoError(t, err)
	for _, at := range []time.Duration{0, 1, 7 * time.Hour, 24*time.Hour - 1} {
		require.Equal(t, d.At(at), d.At(at+24*time.Hour))
		require.Equal(t, d.At(at), d.At(at-72*time.Hour))
	}
	require.Equal(t, d.At(0), d.At(time.Minute-1), "constant in a minute")
	require.NotEqual(t, d.At(0), d.At(time.Minute))
	require.Equal(t, d.At(time.Duration(math.MinInt64)), d.At(time.Duration(math.MinInt64)+24*time.Hour))

	flat, err := NewDiurnal(1, 1)
	require.NoError(t, err)
	for minute := range dayMinutes {
		require.InDelta(t, 1, flat.At(time.Duration(minute)*time.Minute), 1e-12)
	}

	var none Diurnal
	require.Zero(t, none.At(time.Hour))
	require.Zero(t, none.Busiest())
	require.Zero(t, none.Most())
}

func TestDiurnal_Refuses(t *testing.T) {
	for _, c := range []struct {
		peak  float64
		zones int
		want  string
	}{
		{0.99, 1, "the busiest hour over the mean must lie in [1, 8]: 0.99"},
		{-3, 1, "the busiest hour over the mean must lie in [1, 8]: -3"},
		{8.01, 1, "the busiest hour over the mean must lie in [1, 8]: 8.01"},
		{math.NaN(), 1, "the busiest hour over the mean must lie in [1, 8]: NaN"},
		{math.Inf(1), 1, "the busiest hour over the mean must lie in [1, 8]: +Inf"},
		{3, 0, "time zones must lie in [1, 24]: 0"},
		{3, -1, "time zones must lie in [1, 24]: -1"},
		{3, 25, "time zones must lie in [1, 24]: 25"},
		{3, math.MaxInt, "time zones must lie in [1, 24]: 9223372036854775807"},
	} {
		_, err := NewDiurnal(c.peak, c.zones)
		require.EqualError(t, err, "estimatesim: "+c.want)
	}
}
