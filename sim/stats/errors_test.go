package stats_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

// bad has one value at this index among fifty-nine ones.
func bad(index int, value float64) []float64 {
	xs := slices.Repeat([]float64{1}, 60)
	xs[index] = value
	return xs
}

func TestIntervalsRefuseWhatTheyCannotAnswer(t *testing.T) {
	two, sixty := []float64{1, 2}, bad(0, 2)
	for _, c := range []struct {
		name string
		make func() (stats.Interval, error)
		want string
	}{
		{"confidence NaN", func() (stats.Interval, error) { return stats.MeanInterval(two, nan) }, "stats: confidence must lie in [0.5, 0.999999]: NaN"},
		{"confidence zero", func() (stats.Interval, error) { return stats.MeanInterval(two, 0) }, "stats: confidence must lie in [0.5, 0.999999]: 0"},
		{"confidence one", func() (stats.Interval, error) { return stats.MeanInterval(two, 1) }, "stats: confidence must lie in [0.5, 0.999999]: 1"},
		{"confidence in per cent", func() (stats.Interval, error) { return stats.MeanInterval(two, 95) }, "stats: confidence must lie in [0.5, 0.999999]: 95"},
		{"nothing", func() (stats.Interval, error) { return stats.MeanInterval(nil, 0.95) }, "stats: an interval of a mean needs 2 observations or more: 0"},
		{"one", func() (stats.Interval, error) { return stats.MeanInterval(two[:1], 0.95) }, "stats: an interval of a mean needs 2 observations or more: 1"},
		{"NaN", func() (stats.Interval, error) { return stats.MeanInterval(bad(3, nan), 0.95) }, "stats: observations must be finite: xs[3] = NaN"},
		{"infinity", func() (stats.Interval, error) { return stats.MeanInterval(bad(59, inf), 0.95) }, "stats: observations must be finite: xs[59] = +Inf"},
		{"minus infinity", func() (stats.Interval, error) { return stats.MeanInterval(bad(0, -inf), 0.95) }, "stats: observations must be finite: xs[0] = -Inf"},
		{"overflow", func() (stats.Interval, error) {
			return stats.MeanInterval([]float64{math.MaxFloat64, -math.MaxFloat64}, 0.95)
		}, "stats: observations are so large that their interval overflows: "},
		{"overflow of the high end", func() (stats.Interval, error) {
			return stats.MeanInterval([]float64{1.7e308, 1.7e308, 1.6e308}, 0.95)
		}, "stats: observations are so large that their interval overflows: "},
		{"overflow of the low end", func() (stats.Interval, error) {
			return stats.MeanInterval([]float64{-1.7e308, -1.7e308, -1.6e308}, 0.95)
		}, "stats: observations are so large that their interval overflows: "},

		{"batches: confidence", func() (stats.Interval, error) { return stats.BatchMeans(two, 2, 1.5) }, "stats: confidence must lie in [0.5, 0.999999]: 1.5"},
		{"batches: none", func() (stats.Interval, error) { return stats.BatchMeans(sixty, 0, 0.95) }, "stats: the number of batches must be 2 or more: 0"},
		{"batches: negative", func() (stats.Interval, error) { return stats.BatchMeans(sixty, -5, 0.95) }, "stats: the number of batches must be 2 or more: -5"},
		{"batches: one", func() (stats.Interval, error) { return stats.BatchMeans(sixty, 1, 0.95) }, "stats: the number of batches must be 2 or more: 1"},
		{"batches: too many", func() (stats.Interval, error) { return stats.BatchMeans(two, 3, 0.95) }, "stats: each batch needs an observation: observations=2 batches=3"},
		{"batches: nothing", func() (stats.Interval, error) { return stats.BatchMeans(nil, 2, 0.95) }, "stats: each batch needs an observation: observations=0 batches=2"},
		// What is left out of the batches is looked at nevertheless.
		{"batches: NaN", func() (stats.Interval, error) { return stats.BatchMeans(bad(0, nan), 7, 0.95) }, "stats: observations must be finite: xs[0] = NaN"},
		{"batches: overflow", func() (stats.Interval, error) {
			return stats.BatchMeans([]float64{math.MaxFloat64, -math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64}, 2, 0.95)
		}, "stats: observations are so large that their interval overflows: "},

		{"paired: confidence", func() (stats.Interval, error) { return stats.Paired(two, two, -1) }, "stats: confidence must lie in [0.5, 0.999999]: -1"},
		{"paired: lengths", func() (stats.Interval, error) { return stats.Paired(two, sixty, 0.95) }, "stats: a pair needs one observation of each side: len(a)=2 len(b)=60"},
		{"paired: nothing", func() (stats.Interval, error) { return stats.Paired(nil, nil, 0.95) }, "stats: an interval of a mean needs 2 observations or more: 0"},
		{"paired: NaN in a", func() (stats.Interval, error) { return stats.Paired(bad(7, nan), sixty, 0.95) }, "stats: observations must be finite: a[7] = NaN"},
		{"paired: infinities that cancel", func() (stats.Interval, error) { return stats.Paired(bad(7, 1), bad(8, inf), 0.95) }, "stats: observations must be finite: b[8] = +Inf"},
		{"paired: overflow", func() (stats.Interval, error) {
			return stats.Paired(bad(5, math.MaxFloat64), bad(5, -math.MaxFloat64), 0.95)
		}, "stats: differences must be finite: a[5]-b[5] = +Inf"},

		{"quantile: confidence", func() (stats.Interval, error) { return stats.QuantileInterval(sixty, 0.5, 0.4) }, "stats: confidence must lie in [0.5, 0.999999]: 0.4"},
		{"quantile 0", func() (stats.Interval, error) { return stats.QuantileInterval(sixty, 0, 0.95) }, "stats: quantile must lie in (0, 1): 0"},
		{"quantile 1", func() (stats.Interval, error) { return stats.QuantileInterval(sixty, 1, 0.95) }, "stats: quantile must lie in (0, 1): 1"},
		{"quantile in per cent", func() (stats.Interval, error) { return stats.QuantileInterval(sixty, 99, 0.95) }, "stats: quantile must lie in (0, 1): 99"},
		{"quantile negative", func() (stats.Interval, error) { return stats.QuantileInterval(sixty, -0.1, 0.95) }, "stats: quantile must lie in (0, 1): -0.1"},
		{"quantile NaN", func() (stats.Interval, error) { return stats.QuantileInterval(sixty, nan, 0.95) }, "stats: quantile must lie in (0, 1): NaN"},
		{"quantile: NaN", func() (stats.Interval, error) { return stats.QuantileInterval(bad(1, nan), 0.5, 0.95) }, "stats: observations must be finite: xs[1] = NaN"},
		{"quantile: infinity", func() (stats.Interval, error) { return stats.QuantileInterval(bad(1, -inf), 0.5, 0.95) }, "stats: observations must be finite: xs[1] = -Inf"},
		{"quantile: nothing", func() (stats.Interval, error) { return stats.QuantileInterval(nil, 0.5, 0.95) }, "stats: too few observations for the 0.5-quantile at confidence 0.95: 0, of 6 needed"},
		{"quantile: too few", func() (stats.Interval, error) { return stats.QuantileInterval(sixty, 0.99, 0.95) }, "stats: too few observations for the 0.99-quantile at confidence 0.95: 60, of 368 needed"},
		{"quantile: next to nothing", func() (stats.Interval, error) {
			return stats.QuantileInterval(sixty, math.SmallestNonzeroFloat64, 0.95)
		}, "stats: too few observations for the 5e-324-quantile"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.make()
			require.ErrorContains(t, err, c.want)
			require.Zero(t, got)
		})
	}
}

// The number that the error names suffices, and one less does not.
func TestQuantileIntervalSaysHowManyObservationsAreNeeded(t *testing.T) {
	for _, c := range []struct {
		p, confidence float64
		needed        int
	}{
		{0.5, 0.95, 6}, {0.9, 0.95, 36}, {0.99, 0.95, 368}, {0.01, 0.95, 368}, {0.999, 0.95, 3688}, {0.99, 0.9999, 986}, {0.5, 0.5, 2},
	} {
		xs := make([]float64, c.needed)
		_, err := stats.QuantileInterval(xs, c.p, c.confidence)
		require.NoError(t, err, "p=%v confidence=%v", c.p, c.confidence)
		_, err = stats.QuantileInterval(xs[1:], c.p, c.confidence)
		require.ErrorContains(t, err, fmt.Sprintf(": %d, of %d needed", c.needed-1, c.needed))
	}
}

func TestMSER5RefusesWhatItCannotCut(t *testing.T) {
	for _, c := range []struct {
		xs   []float64
		want string
	}{
		{nil, "stats: MSER-5 needs 100 observations or more: 0"},
		{make([]float64, 99), "stats: MSER-5 needs 100 observations or more: 99"},
		{bad(2, nan), "stats: observations must be finite: xs[2] = NaN"},
		{bad(59, -inf), "stats: observations must be finite: xs[59] = -Inf"},
		{slices.Repeat([]float64{math.MaxFloat64, -math.MaxFloat64}, 60), "stats: observations are so large that their means overflow: "},
	} {
		cut, err := stats.MSER5(c.xs)
		require.ErrorContains(t, err, c.want)
		require.NotErrorIs(t, err, stats.ErrWarmUp)
		require.Zero(t, cut)
	}

	// A run that never settles.
	rising := make([]float64, 103)
	for i := range rising {
		rising[i] = float64(i * i)
	}
	cut, err := stats.MSER5(rising)
	require.ErrorIs(t, err, stats.ErrWarmUp)
	require.EqualError(t, err, "stats: the run is too short to tell its warm-up: it seems to last past the middle, for 75 of 103 observations")
	require.Zero(t, cut)
}

func TestMSER5CutsNothingWhereNothingIsToBeCut(t *testing.T) {
	for _, x := range []float64{0, 1, -0.1, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		cut, err := stats.MSER5(slices.Repeat([]float64{x}, 100))
		require.NoError(t, err)
		require.Zero(t, cut, "all are %v", x)
	}
}

func TestMSER5CutsAtMostHalf(t *testing.T) {
	step := func(length, change int) []float64 {
		xs := make([]float64, length)
		for i := range change {
			xs[i] = 1
		}
		return xs
	}
	for _, c := range []struct{ length, change, cut int }{
		{100, 0, 0}, {100, 1, 5}, {100, 5, 5}, {100, 48, 50}, {100, 50, 50}, {104, 50, 50}, {105, 50, 50},
	} {
		cut, err := stats.MSER5(step(c.length, c.change))
		require.NoError(t, err)
		require.Equal(t, c.cut, cut, "the first %d of %d are off", c.change, c.length)
	}
	for _, c := range []struct{ length, change int }{{100, 51}, {100, 75}, {105, 51}, {109, 55}} {
		_, err := stats.MSER5(step(c.length, c.change))
		require.True(t, errors.Is(err, stats.ErrWarmUp), "the first %d of %d are off: %v", c.change, c.length, err)
	}
}

func TestPreciseIsFalseWhereThereIsNoInterval(t *testing.T) {
	alike := []float64{1, 1, 1}
	require.True(t, stats.Precise(alike, 0, 0.95))
	require.True(t, stats.Precise([]float64{0, 0}, 0, 0.95), "zero, exactly")
	require.False(t, stats.Precise([]float64{-1, 1}, 1e9, 0.95), "a mean of zero")
	require.True(t, stats.Precise([]float64{-99, -100, -101}, 0.1, 0.95), "a negative mean")
	for name, c := range map[string]struct {
		xs                   []float64
		relative, confidence float64
	}{
		"nothing":    {nil, 1, 0.95},
		"one":        {alike[:1], 1, 0.95},
		"NaN":        {[]float64{1, nan, 1}, 1, 0.95},
		"infinity":   {[]float64{inf, inf}, 1, 0.95},
		"confidence": {alike, 1, 1},
		"relative":   {alike, nan, 0.95},
		"negative":   {alike, -1, 0.95},
	} {
		require.False(t, stats.Precise(c.xs, c.relative, c.confidence), name)
	}
}

func TestIntervalEndsBelongToIt(t *testing.T) {
	i := stats.Interval{Estimate: 2, Low: 1, High: 4}
	for x, want := range map[float64]bool{1: true, 4: true, 2.5: true, math.Nextafter(1, 0): false, math.Nextafter(4, 5): false, inf: false, -inf: false} {
		require.Equal(t, want, i.Contains(x), "%v", x)
	}
	require.False(t, i.Contains(nan))
	require.Equal(t, 1.5, i.HalfWidth())
	require.Equal(t, math.MaxFloat64, stats.Interval{Low: -math.MaxFloat64, High: math.MaxFloat64}.HalfWidth())

	exact := must(t)(stats.MeanInterval([]float64{0.1, 0.1, 0.1}, stats.Asserted))
	require.Equal(t, stats.Interval{Estimate: 0.1, Low: 0.1, High: 0.1}, exact)
	require.True(t, exact.Contains(0.1))
}

func TestHistogramRefusesWhatItCannotAnswer(t *testing.T) {
	var empty stats.Histogram
	require.Zero(t, empty.Count())
	for name, err := range answers(&empty) {
		require.EqualError(t, err, "stats: the histogram is empty", name)
	}
	h := recorded(time.Second)
	for p, want := range map[float64]string{
		-0.1: "stats: quantile must lie in [0, 1]: -0.1",
		1.5:  "stats: quantile must lie in [0, 1]: 1.5",
		99:   "stats: quantile must lie in [0, 1]: 99",
		inf:  "stats: quantile must lie in [0, 1]: +Inf",
		-inf: "stats: quantile must lie in [0, 1]: -Inf",
	} {
		_, err := h.Quantile(p)
		require.EqualError(t, err, want)
	}
	_, err := h.Quantile(nan)
	require.EqualError(t, err, "stats: quantile must lie in [0, 1]: NaN")

	h.Merge(nil)
	require.Equal(t, *recorded(time.Second), *h)
	h.Merge(&empty)
	require.Equal(t, *recorded(time.Second), *h)
	empty.Merge(h)
	require.Equal(t, *h, empty)
}

// Recording so many takes 584 years; merging a histogram with itself doubles it 64 times.
func TestHistogramNoticesThatItsCountOverflows(t *testing.T) {
	h := recorded(math.MaxInt64)
	for range 63 {
		h.Merge(h)
	}
	require.Equal(t, uint64(1)<<63, h.Count())
	mean, err := h.Mean()
	require.NoError(t, err)
	require.Equal(t, time.Duration(math.MaxInt64), mean)

	almost := *h
	almost.Record(0) // 2^63 of the longest and a zero
	mean, err = almost.Mean()
	require.NoError(t, err)
	require.Equal(t, time.Duration(math.MaxInt64-1), mean) // (2^63-1) (1 - 2^-63) = 2^63 - 2 + 2^-63
	shortest, err := almost.Quantile(0)
	require.NoError(t, err)
	require.Zero(t, shortest)
	median, err := almost.Quantile(0.5)
	require.NoError(t, err)
	require.InEpsilon(t, float64(math.MaxInt64), float64(median), 1./256)
	longest, err := almost.Quantile(1)
	require.NoError(t, err)
	require.Equal(t, time.Duration(math.MaxInt64), longest)

	h.Merge(h)
	for name, err := range answers(h) {
		require.EqualError(t, err, "stats: more than 2^64-1 durations were merged into the histogram", name)
	}
	var all stats.Histogram
	all.Merge(h)
	for name, err := range answers(&all) {
		require.Error(t, err, name)
	}
	negatives := recorded(-1)
	for range 64 {
		negatives.Merge(negatives)
	}
	for name, err := range answers(negatives) {
		require.EqualError(t, err, "stats: more than 2^64-1 durations were merged into the histogram", name)
	}
}
