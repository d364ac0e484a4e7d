package workload_test

import (
	"flag"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

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
	failure := failureOf(t, regularArrivalsAreExact(func(rate float64) (workload.Arrivals, error) {
		return drifting(math.Round(1e9 / rate)), nil
	}))
	require.Contains(t, failure, "a second, arrival ")
	t.Log(failure)
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
	failure := failureOf(t, empiricalIsWhatWasMeasured(func(samples []time.Duration) (workload.ServiceTime, error) {
		s, err := workload.NewEmpirical(samples)
		return overshooting{s, slices.Sorted(slices.Values(samples))}, err
	}))
	require.Contains(t, failure, "-th smallest sample")
	t.Log(failure)
}

// truncating rounds its quantiles down, as a conversion to an integer does, where its draws are rounded to nearest.
type truncating struct{ workload.ServiceTime }

func (s truncating) Quantile(p float64) (time.Duration, error) {
	return time.Duration(-float64(s.Mean()) * math.Log1p(-p)), nil
}

func TestBroken_AQuantileThatIsRoundedDownFallsShort(t *testing.T) {
	failure := failureOf(t, func(t *rapid.T) {
		quantileIsTheLeastTimeWhoseCDFReachesP(t, truncating{made(t)(workload.NewExponential(positive.Draw(t, "mean")))})
	})
	require.Contains(t, failure, "but only a share of")
	t.Log(failure)
}

// failureOf requires that a law fails and returns its shrunk counterexample. The seed is fixed, and nothing is left
// behind.
func failureOf(t *testing.T, law func(*rapid.T)) string {
	for name, value := range map[string]string{
		"rapid.nofailfile": "true", "rapid.seed": "1", "rapid.checks": "1000", "rapid.shrinktime": "1s",
	} {
		f := flag.Lookup(name)
		before := f.Value.String()
		require.NoError(t, f.Value.Set(value))
		defer func() { require.NoError(t, f.Value.Set(before)) }()
	}
	recorder := &recorder{}
	done := make(chan struct{})
	go func() { // FailNow ends the goroutine that calls it
		defer close(done)
		rapid.Check(recorder, law)
	}()
	<-done
	require.True(t, recorder.Failed(), "the law does not see what is broken")
	return strings.Join(recorder.lines, "\n")
}

// recorder is a test that writes down what it is told.
type recorder struct {
	rapid.TB // nil: what is not overridden is not called
	lines    []string
	failed   bool
}

func (r *recorder) Helper()                   {}
func (r *recorder) Name() string              { return "broken" }
func (r *recorder) Logf(f string, a ...any)   { r.lines = append(r.lines, fmt.Sprintf(f, a...)) }
func (r *recorder) Errorf(f string, a ...any) { r.failed = true; r.Logf(f, a...) }
func (r *recorder) Fatalf(f string, a ...any) { r.Errorf(f, a...); r.FailNow() }
func (r *recorder) Failed() bool              { return r.failed }
func (r *recorder) FailNow()                  { r.failed = true; runtime.Goexit() }
