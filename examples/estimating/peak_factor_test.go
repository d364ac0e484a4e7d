package estimating

import (
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
)

func TestClaim_PeakFactorFindingsHold(t *testing.T) {
	judgetest.Hold(t, peakFactor(soundSizing, judge.Effort{Tiny: race.Enabled}), 1, 2)
}

func TestBroken_PeakFactorFindingsTurnFalse(t *testing.T) {
	planted := func(change func(*sizing)) lab.Experiment {
		parts := soundSizing
		change(&parts)
		return peakFactor(parts, judge.Effort{})
	}
	fleets := func(size func(estimate.Servers) (estimate.Estimate[estimate.Count], error)) func(*sizing) {
		return func(s *sizing) { s.servers = size }
	}
	changed := func(change func(*estimatesim.Came)) func(*sizing) {
		return func(s *sizing) {
			s.day = func(r estimatesim.Rush, e *sim.Engine, fleets ...int) (estimatesim.Came, error) {
				came, err := r.Run(e, fleets...)
				change(&came)
				return came, err
			}
		}
	}
	other := func(change func(r *estimatesim.Rush, fleets []int)) func(*sizing) {
		return func(s *sizing) {
			s.day = func(r estimatesim.Rush, e *sim.Engine, fleets ...int) (estimatesim.Came, error) {
				change(&r, fleets)
				return r.Run(e, fleets...)
			}
		}
	}
	shape := func(peak float64, zones int) func(*estimatesim.Rush, []int) {
		return func(r *estimatesim.Rush, _ []int) { r.Shape, _ = estimatesim.NewDiurnal(peak, zones) }
	}
	full := func(s estimate.Servers) (estimate.Estimate[estimate.Count], error) {
		s.Utilisation = 1
		return s.Total()
	}
	spare := func(s estimate.Servers) (estimate.Estimate[estimate.Count], error) {
		s.Zones, s.Down = 4, 3
		return s.Total()
	}
	few := []string{"-users", "20k", "-each", "0.1"} // as many servers, and longer requests
	judgetest.TurnFalse(t, peakFactor(soundSizing, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("the mean is taken for the peak", planted(func(s *sizing) { s.peak = s.mean }), few, judgetest.Lines(rateOfPeak, peakBears, peakOnTime, peakErlang)),
		judgetest.Bug("the peak is taken for the mean", planted(func(s *sizing) { s.mean = s.peak }), few, judgetest.Lines(rateOfMean, meanHours)),
		judgetest.Bug("servers are to be used up", planted(fleets(full)), few, judgetest.Lines(peakBears, peakErlang)),
		judgetest.Bug("each zone of four is to bear all", planted(fleets(spare)), few, meanHours),
		judgetest.Bug("those who follow never shrink", planted(func(s *sizing) {
			most := estimate.Rate(0)
			s.follow = func(of estimate.Servers) (estimate.Estimate[estimate.Count], error) {
				most = max(most, of.Peak)
				of.Peak = most
				return of.Total()
			}
		}), few, followsMean),
		judgetest.Bug("the day is flat", planted(other(shape(1, 1))), few, judgetest.Lines(rateOfPeak, meanOverload, meanLongest, meanLate, meanDrains, meanHours, zonesCurve, zonesEight)),
		judgetest.Bug("all users live in one zone", planted(other(shape(3, 1))), few, judgetest.Lines(zonesCurve, zonesAll)),
		judgetest.Bug("one server in twenty is broken", planted(other(func(_ *estimatesim.Rush, fleets []int) {
			for i := range fleets {
				fleets[i] -= (fleets[i] + 19) / 20
			}
		})), few, judgetest.Lines(meanLongest, meanDrains, peakIdles)),
		judgetest.Bug("requests of the early morning never come", planted(changed(func(c *estimatesim.Came) {
			for q := 4 * 4; q < 8*4; q++ {
				c.Requests[q] = 0
			}
		})), few, judgetest.Lines(rateOfMean, followsMean)),
	})
}

func TestPeakFactor_OddParameters(t *testing.T) {
	e := peakFactor(soundSizing, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-peak", "1"},
		{"-peak", "8"},
		{"-peak", "1.3"},
		{"-zones", "24"},
		{"-zones", "2", "-peak", "8", "-target", "0.95"},
		{"-target", "0.95"},
		{"-target", "0.3", "-each", "0.1"},
		{"-users", "10k", "-each", "0.1"},
		{"-users", "1M", "-per-user", "1", "-each", "2"},
		{"-users", "123456", "-per-user", "1.5", "-each", "0.1"},
		{"-users", "1", "-per-user", "100000"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

// A day that is hardly busy asks for no more than servers for the mean can do: nothing is said of a fluid's line that does not exist.
func TestPeakFactor_WithoutAPeak(t *testing.T) {
	result, err := lab.Try(peakFactor(soundSizing, judge.Effort{Tiny: true}), 1, "-peak", "1.1")
	require.NoError(t, err)
	unjudged := 0
	for _, f := range result.Findings {
		switch f.Sentence {
		case meanOverload, meanLongest, meanLate, meanDrains, meanHours, peakErlang:
			require.True(t, math.IsNaN(f.Measured), "%+v", f)
			unjudged++
		}
	}
	require.Equal(t, 6, unjudged)
	require.Contains(t, result.Figure.Headline, "With a peak of 1.1 times the mean, servers for the mean bear the day at a target of 70%: ")
}

// Waits are drawn in a unit in which they have few digits, and a fleet that follows is not judged where chance alone moves it by half a server.
func TestPeakFactor_OtherSizes(t *testing.T) {
	flat, err := lab.Try(peakFactor(soundSizing, judge.Effort{Tiny: true}), 1, "-peak", "1")
	require.NoError(t, err)
	require.Equal(t, "wait of one that comes then (seconds)", flat.Figure.Panels[1].(chart.Lines).Title)
	large, err := lab.Try(peakFactor(soundSizing, judge.Effort{Tiny: true}), 1, "-users", "200k", "-each", "0.1", "-target", "0.3")
	require.NoError(t, err)
	for _, f := range large.Findings {
		if f.Sentence == followsMean {
			require.True(t, math.IsNaN(f.Measured), "%+v", f)
		}
	}
}

// The rows of data.csv have what their names say, and times in hours or seconds.
func TestPeakFactor_HasTheRows(t *testing.T) {
	if race.Enabled {
		t.Skip("it is about numbers")
	}
	result, err := lab.Try(PeakFactor, 1)
	require.NoError(t, err)
	// Days of 500,000 requests: the mean of twenty is nearer to a curve or a fluid than this, and no other quantity or unit is.
	near := map[string]float64{
		"rate_rps": 0.25, "line_s": 500, "overloaded_h": 0.5, "longest_s": 500, "late_share": 0.02, "last_late_h": 0.25, "idle_share": 0.01, "peak_factor": 0.15,
	}
	for _, row := range result.Rows {
		mean := number(t, result, row, "mean")
		require.LessOrEqual(t, number(t, result, row, "low"), mean, "%v", row)
		require.GreaterOrEqual(t, number(t, result, row, "high"), mean, "%v", row)
		switch row[0] {
		case "mean_wait_s":
			// The line of a fluid for 17 servers, summed up second by second, in the mean of all who come; for 50 there is none.
			require.InDelta(t, map[string]float64{"mean": 7_708, "peak": 0}[row[1]], mean, 500, "%v", row)
			continue
		case "servers":
			require.InDelta(t, 17, mean, 1)
			continue
		case "rate_rps", "line_s":
			quarters := 4 * number(t, result, row, "hour")
			require.Equal(t, row[0] == "line_s", quarters == math.Trunc(quarters), "lines are those at the end of a quarter of an hour, rates those of all of it: %v", row)
		}
		require.InDelta(t, number(t, result, row, "theory"), mean, near[row[0]], "%v", row)
	}
}

// number is a cell of data.csv.
func number(t *testing.T, result *lab.Result, row []string, column string) float64 {
	t.Helper()
	i := slices.Index(result.Columns, column)
	require.GreaterOrEqual(t, i, 0, column)
	x, err := strconv.ParseFloat(row[i], 64)
	require.NoError(t, err, "%s of %v", column, row)
	return x
}

// The peak of users in several time zones is less than that of one: it is the curve's, of all of them.
func TestPeakFactor_OfSeveralZones(t *testing.T) {
	if race.Enabled {
		t.Skip("it is about numbers")
	}
	result, err := lab.Try(PeakFactor, 1, "-zones", "8", "-users", "20k", "-each", "0.1")
	require.NoError(t, err)
	for _, f := range result.Findings {
		require.True(t, f.Holds || math.IsNaN(f.Measured), "%+v", f)
	}
}

func TestPeakFactor_HasTheColumns(t *testing.T) {
	result, err := lab.Try(peakFactor(soundSizing, judge.Effort{Tiny: true}), 1)
	require.NoError(t, err)
	require.Equal(t, []string{"quantity", "fleet", "servers", "zones", "hour", "runs", "theory", "mean", "low", "high"}, result.Columns)
	require.Len(t, result.Rows, 3*estimatesim.Quarters+2*6+1+len(spreads))
}

// What both panels of a day stand at: the curve's mean over a quarter of an hour, at its middle.
func TestLaw_PeakFactorExpectsTheCurve(t *testing.T) {
	shape, err := estimatesim.NewDiurnal(3, 1)
	require.NoError(t, err)
	f := peakRun{rush: estimatesim.Rush{Shape: shape, Mean: 2}}
	sum := 0.0
	for q := range estimatesim.Quarters {
		sum += f.expected(q)
		// The curve is nearly straight over a quarter of an hour: it bends by less than 40 times the mean a day squared, an eighth of 1/96² of that here.
		require.InDelta(t, 2*shape.At(time.Duration(middle(q)*float64(time.Hour))), f.expected(q), 2*40.0/8/96/96*10)
	}
	require.InDelta(t, 2*estimatesim.Quarters, sum, 1e-9)
	require.Equal(t, 0.125, middle(0))
	require.Equal(t, 23.875, middle(estimatesim.Quarters-1))
}

func TestPeakFactor_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-users", "0"}, "-users must lie in [1, 1T]: 0"},
		{[]string{"-users", "-5"}, "-users cannot be used: estimate: a count must not be negative"},
		{[]string{"-users", "many"}, "-users cannot be used: estimate: "},
		{[]string{"-users", "1M"}, "-users and -per-user must make 50,000 to 1,000,000 requests a day: 5e+06"},
		{[]string{"-users", "100"}, "-users and -per-user must make 50,000 to 1,000,000 requests a day: 500"},
		{[]string{"-per-user", "NaN"}, "-per-user must"},
		{[]string{"-per-user", "0"}, "-per-user must lie in [0.001, 100000]: 0"},
		{[]string{"-peak", "0.9"}, "-peak must lie in [1, 8]: 0.9"},
		{[]string{"-peak", "9"}, "-peak must lie in [1, 8]: 9"},
		{[]string{"-zones", "25"}, "-zones must lie in [1, 24]: 25"},
		{[]string{"-target", "1"}, "-target must lie in [0.3, 0.95]: 1"},
		{[]string{"-each", "0"}, "-each must lie in [0.1, 100]: 0"},
		{[]string{"-each", "10"}, "-users, -per-user, -target and -each must ask for 4 to 10,000 servers for the mean: 1"},
	} {
		_, err := lab.Try(PeakFactor, 1, c.args...)
		require.ErrorContains(t, err, "peak-factor: "+c.want, "%v", c.args)
	}
}
