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

const month = 30 * 24 * time.Hour

func ExampleSLO_RecommendedAlerts() {
	slo, err := estimate.NewSLO(0.999, 30*24*time.Hour)
	if err != nil {
		panic(err)
	}
	fmt.Println("may be down for", slo.Downtime())
	alerts, _ := slo.RecommendedAlerts()
	for _, a := range alerts {
		outage, _ := a.DetectedAfter(1)
		fmt.Printf("burn rate %.4g, %.2f%% bad over %v and %v; a full outage fires it after %v\n",
			a.BurnRate, 100*a.BadRatio, a.Long, a.Short, outage.Round(time.Second))
	}
	// Output:
	// may be down for 43m12s
	// burn rate 14.4, 1.44% bad over 1h0m0s and 5m0s; a full outage fires it after 52s
	// burn rate 6, 0.60% bad over 6h0m0s and 30m0s; a full outage fires it after 2m10s
	// burn rate 1, 0.10% bad over 72h0m0s and 6h0m0s; a full outage fires it after 4m19s
}

func TestClaim_BurnRatesOfTheWorkbook(t *testing.T) {
	slo := must(estimate.NewSLO(0.999, month))
	alerts := must(slo.RecommendedAlerts())
	require.Len(t, alerts, 3)
	for i, want := range []float64{14.4, 6, 1} {
		require.Equal(t, want, alerts[i].BurnRate)
		require.Equal(t, []float64{0.0144, 0.006, 0.001}[i], alerts[i].BadRatio)
		require.Equal(t, []time.Duration{time.Hour, 6 * time.Hour, 72 * time.Hour}[i], alerts[i].Long)
		require.Equal(t, alerts[i].Long, 12*alerts[i].Short)
		require.Equal(t, []float64{0.02, 0.05, 0.1}[i], alerts[i].Spent)
		require.Equal(t, want, must(slo.BurnRate(alerts[i].BadRatio)))
		require.Equal(t, alerts[i].Long, must(alerts[i].DetectedAfter([]float64{0.0144, 0.006, 0.001}[i])), "at just so much")
	}
	// Its table of times to exhaustion, for 99.9% and 30 days: 1 30 days, 2 15 days, 10 3 days, 1,000 43 minutes.
	for rate, want := range map[float64]time.Duration{1: month, 2: month / 2, 10: month / 10, 1000: 43*time.Minute + 12*time.Second} {
		require.Equal(t, want, must(slo.Lasts(rate)))
	}
	require.Equal(t, 1000.0, must(slo.BurnRate(1)))
	require.Equal(t, 0.001, slo.Budget())
}

// A constant part of bad requests that spends so much of the budget in a window has spent it all when the budget's own arithmetic says.
func TestLaw_AlertsCountWhatIsSpent(t *testing.T) {
	rapid.Check(t, lawAlert(func(s estimate.SLO, spent float64, within time.Duration) (float64, error) {
		a, err := s.Alert(spent, within)
		return a.BurnRate, err
	}))
}

func lawAlert(burnRate func(s estimate.SLO, spent float64, within time.Duration) (float64, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		s := must(estimate.NewSLO(0.9999, month))
		percent, hours := rapid.IntRange(1, 100).Draw(t, "percent of the budget"), rapid.IntRange(1, 720).Draw(t, "hours")
		within := time.Duration(hours) * time.Hour
		rate, err := burnRate(s, float64(percent)/100, within)
		if err != nil {
			t.Fatal(err)
		}
		// Of a million requests an hour, 72,000 may be bad in the month.
		bad := rate * s.Budget() * 1e6 * float64(hours)
		if want := 720.0 * float64(percent); math.Abs(bad-want) > 1e-9*want {
			t.Fatalf("of a million requests an hour, 72,000 may be bad in 30 days\n%d%% of these within %d h are %v\nbut a burn rate of %.6g makes %.6g bad", percent, hours, want, rate, bad)
		}
	}
}

func TestBroken_BurnRateOfTheAlertsWindow(t *testing.T) {
	lawtest.Breaks(t, "A burn rate that forgets how much shorter the window of the alert is",
		lawAlert(func(_ estimate.SLO, spent float64, within time.Duration) (float64, error) { return spent, nil }))
}

// An alert fires at what it says, sooner for more, never for less, and after all of its window at just so much.
func TestLaw_AlertsDetect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := must(estimate.NewSLO(rapid.Float64Range(0.99, 0.9999).Draw(t, "objective"), month))
		within := time.Duration(rapid.IntRange(2, 720).Draw(t, "hours")) * time.Hour
		a := must(s.Alert(rapid.Float64Range(0.001, 0.02).Draw(t, "spent"), within))
		require.Equal(t, within, must(a.DetectedAfter(a.BadRatio)))
		bad := rapid.Float64Range(a.BadRatio, 1).Draw(t, "bad")
		after := must(a.DetectedAfter(bad))
		require.LessOrEqual(t, after, within)
		// What is spent when it fires is what it was made for, if the badness is all there is.
		spent := must(s.BurnRate(bad)) * after.Seconds() / month.Seconds()
		require.InEpsilon(t, a.Spent, spent, 1e-6) // the time is rounded to the nanosecond
		require.Error(t, refused(a.DetectedAfter(a.BadRatio*0.999)))
	})
}

func TestBudgetRefuses(t *testing.T) {
	slo := must(estimate.NewSLO(0.9, month))
	alert := must(must(estimate.NewSLO(0.75, month)).Alert(0.5, month))
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.NewSLO(1, month)) }, "estimate: an objective must lie in (0, 1): 1"},
		{func() error { return refused(estimate.NewSLO(99.9, month)) }, "estimate: an objective must lie in (0, 1): 99.9"},
		{func() error { return refused(estimate.NewSLO(math.NaN(), month)) }, "estimate: an objective must lie in (0, 1): NaN"},
		{func() error { return refused(estimate.NewSLO(0.9, 0)) }, "estimate: a window must be longer than 0: 0s"},
		{func() error { return refused(slo.BurnRate(2)) }, "estimate: a part of bad requests must lie in [0, 1]: 2"},
		{func() error { return refused(slo.Lasts(0)) }, "estimate: a burn rate must be positive and finite: 0"},
		{func() error { return refused(slo.Lasts(math.NaN())) }, "estimate: a burn rate must be positive and finite: NaN"},
		{func() error { return refused(slo.Lasts(1e-9)) }, "estimate: what a budget lasts must fit a duration, so be less than 292 years: 2.592e+15 s"},
		{func() error { return refused(slo.Alert(0, time.Hour)) }, "estimate: a part of the budget must lie in (0, 1]: 0"},
		{func() error { return refused(slo.Alert(math.NaN(), time.Hour)) }, "estimate: a part of the budget must lie in (0, 1]: NaN"},
		{func() error { return refused(slo.Alert(0.5, 2*month)) }, "estimate: the window of an alert must lie in (0, 720h0m0s], the window of the objective: 1440h0m0s"},
		{func() error { return refused(slo.Alert(0.5, -time.Hour)) }, "estimate: the window of an alert must lie in (0, 720h0m0s], the window of the objective: -1h0m0s"},
		{func() error { return refused(alert.DetectedAfter(0.0625)) }, "estimate: a part of bad requests must be at least 0.125 for the alert to fire: 0.0625"},
		{func() error { return refused(alert.DetectedAfter(-1)) }, "estimate: a part of bad requests must lie in [0, 1]: -1"},
		{func() error { return refused(estimate.Alert{}.DetectedAfter(0)) }, "estimate: a part of bad requests must be at least 0 for the alert to fire: 0"},
	})
	require.Equal(t, time.Duration(math.MaxInt64), must(estimate.NewSLO(1e-300, math.MaxInt64)).Downtime())
	// Of a tenth that may be bad, 14.4 tenths cannot be.
	_, err := slo.RecommendedAlerts()
	require.ErrorContains(t, err, "estimate: an alert must be able to fire: 0.02 of the budget of 0.9 within 1h0m0s needs a part of bad requests of 1.4")
	_, err = must(estimate.NewSLO(0.999, 24*time.Hour)).RecommendedAlerts()
	require.ErrorContains(t, err, "estimate: the window of an alert must lie in (0, 24h0m0s]")
}
