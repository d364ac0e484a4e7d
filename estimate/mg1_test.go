package estimate_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func ExampleNewMG1() {
	for _, scv := range []float64{0, 1, 9} {
		q, err := estimate.NewMG1(80, 10*time.Millisecond, scv)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%.0f%% busy, variation %v: wait %v\n", 100*q.Utilisation(), scv, q.MeanWait())
	}
	// Output:
	// 80% busy, variation 0: wait 20ms
	// 80% busy, variation 1: wait 40ms
	// 80% busy, variation 9: wait 200ms
}

// Waits in service times at 0.8, exactly: 2 for M/D/1, and so on, by the formula.
func TestClaim_MG1Numbers(t *testing.T) {
	for scv, want := range map[float64]time.Duration{0: 2 * time.Second, 1: 4 * time.Second, 4: 10 * time.Second, 9: 20 * time.Second} {
		require.Equal(t, want, must(estimate.NewMG1(0.8, time.Second, scv)).MeanWait())
	}
}

// meanWait is somebody's, of one server.
type meanWait func(s sized, scv float64) (time.Duration, error)

func pollaczekKhinchine(s sized, scv float64) (time.Duration, error) {
	q, err := estimate.NewMG1(s.arrivals, s.service, scv)
	return q.MeanWait(), err
}

// Exponential service is M/M/1, and the wait of other services is a mean of its wait and half of it.
func TestLaw_MG1IsMM1WhereServiceIsExponential(t *testing.T) {
	rapid.Check(t, lawMG1(pollaczekKhinchine))
	rapid.Check(t, func(t *rapid.T) {
		s := sizes(1).Draw(t, "queue")
		g, m := must(estimate.NewMG1(s.arrivals, s.service, 1)), s.mmc()
		require.InDelta(t, float64(m.MeanWait()), float64(g.MeanWait()), 1+1e-12*float64(m.MeanWait())) // ns
		require.InDelta(t, float64(m.MeanStay()), float64(g.MeanStay()), 1+1e-12*float64(m.MeanStay()))
		require.InEpsilon(t, m.MeanQueue(), g.MeanQueue(), 1e-12)
		require.InEpsilon(t, m.MeanInSystem(), g.MeanInSystem(), 1e-12)
		require.Equal(t, m.Utilisation(), g.Utilisation())
	})
}

func lawMG1(of meanWait) func(*rapid.T) {
	return func(t *rapid.T) {
		s := sizes(1).Draw(t, "queue")
		scv := float64(rapid.IntRange(0, 100).Draw(t, "scv"))
		// The mean residual service that an arrival meets, and as many services as wait: W = ρ(1+scv)S/2 + ρW.
		busy := s.arrivals * s.service.Seconds()
		got := must(of(s, scv)).Seconds()
		residual := busy * (1 + scv) / 2 * s.service.Seconds()
		if again := residual + busy*got; math.Abs(got-again) > 1e-9+1e-12*got {
			t.Fatalf("one server, %v busy, service %v with a squared variation of %v:\nwho waits %.9f s waits for the rest of a service, %.9f s, and for those before, %.9f s",
				busy, s.service, scv, got, residual, busy*got)
		}
	}
}

func TestBroken_VariationForgotten(t *testing.T) {
	lawtest.Breaks(t, "The wait of M/M/1 for any service times",
		lawMG1(func(s sized, _ float64) (time.Duration, error) { return pollaczekKhinchine(s, 1) }))
}

func TestMG1Refuses(t *testing.T) {
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.NewMG1(-1, time.Second, 1)) }, "estimate: arrivals per second must be finite and not negative: -1"},
		{func() error { return refused(estimate.NewMG1(1, -time.Second, 1)) }, "estimate: a mean service time must be longer than 0: -1s"},
		{func() error { return refused(estimate.NewMG1(0.5, time.Second, -1)) }, "estimate: a squared coefficient of variation must be finite and not negative: -1"},
		{func() error { return refused(estimate.NewMG1(0.5, time.Second, math.NaN())) }, "estimate: a squared coefficient of variation must be finite and not negative: NaN"},
		{func() error { return refused(estimate.NewMG1(0.5, time.Second, math.Inf(1))) }, "estimate: a squared coefficient of variation must be finite and not negative: +Inf"},
		{func() error { return refused(estimate.NewMG1(0.5, time.Second, math.MaxFloat64)) }, "estimate: a mean wait must fit a duration, so be less than 292 years: 8.988465674311579e+307 s"},
		{func() error { return refused(estimate.NewMG1(0, math.MaxInt64, 0)) }, "estimate: a mean stay must fit a duration, so be less than 292 years: 9.223372036854776e+09 s"},
		{func() error { return refused(estimate.NewMG1(2, time.Second, 1)) }, "estimate: utilisation must be below 1: 2, of a load of 2 erlang on 1 servers"},
	})
	require.ErrorIs(t, refused(estimate.NewMG1(1, time.Second, 0)), estimate.ErrOverloaded)
	require.Equal(t, time.Duration(0), must(estimate.NewMG1(0, time.Second, 5)).MeanWait())
}
