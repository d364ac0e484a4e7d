package workload_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// drifting is the famous metronome: it adds up a gap that has been rounded.
type drifting time.Duration

func (d drifting) Next(now time.Duration) time.Duration {
	if gap := time.Duration(d); now < math.MaxInt64-gap {
		return (max(now, 0)/gap + 1) * gap
	}
	return math.MaxInt64
}

func TestBroken_AMetronomeThatAddsUpRoundedGapsDrifts(t *testing.T) {
	lawtest.Breaks(t, "A metronome that adds up a rounded gap drifts", regularArrivalsAreExact(func(rate float64) (workload.Arrivals, error) {
		return drifting(math.Round(1e9 / rate)), nil
	}))
}

// overshooting has the usual index of a quantile, ceil(p*n), of which 0.07*100 makes 8.
type overshooting struct {
	workload.ServiceTime
	sorted []time.Duration
}

func (o overshooting) Quantile(p float64) (time.Duration, error) {
	return o.sorted[max(int(math.Ceil(p*float64(len(o.sorted))))-1, 0)], nil
}

func TestBroken_AQuantileByCeilingOfPTimesNOvershoots(t *testing.T) {
	lawtest.Breaks(t, "A quantile at index ceil(p*n) overshoots, because p*n is rounded up too", empiricalIsWhatWasMeasured(func(samples []time.Duration) (workload.ServiceTime, error) {
		s, err := workload.NewEmpirical(samples)
		return overshooting{s, slices.Sorted(slices.Values(samples))}, err
	}))
}

// truncating rounds its quantiles down, as a conversion to an integer does, where its draws are rounded to nearest.
type truncating struct{ workload.ServiceTime }

func (s truncating) Quantile(p float64) (time.Duration, error) {
	return time.Duration(-float64(s.Mean()) * math.Log1p(-p)), nil
}

func TestBroken_AQuantileThatIsRoundedDownFallsShort(t *testing.T) {
	lawtest.Breaks(t, "A quantile that is cut to whole nanoseconds falls short of draws that are rounded", func(t *rapid.T) {
		quantileIsTheLeastTimeWhoseCDFReachesP(t, truncating{made(t)(workload.NewExponential(positive.Draw(t, "mean")))})
	})
}
