package estimating

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

func TestClaim_AvailabilityFindingsHold(t *testing.T) {
	judgetest.Hold(t, availability(soundAvailability, judge.Effort{Tiny: race.Enabled}), 1, 2)
}

func TestBroken_AvailabilityFindingsTurnFalse(t *testing.T) {
	planted := func(change func(*availabilityParts)) lab.Experiment {
		parts := soundAvailability
		change(&parts)
		return availability(parts, judge.Effort{})
	}
	// mistaken simulates another system than the one that is asked for.
	mistaken := func(change func(*estimatesim.Redundant)) lab.Experiment {
		return planted(func(p *availabilityParts) {
			p.simulate = func(s estimatesim.Redundant, e *sim.Engine, warmUp, window time.Duration, windows int) (*estimatesim.Outages, error) {
				change(&s)
				return s.Run(e, warmUp, window, windows)
			}
		})
	}
	// miscounted simulates the right one, and then gets something wrong.
	miscounted := func(wrong func(o *estimatesim.Outages, window time.Duration)) lab.Experiment {
		return planted(func(p *availabilityParts) {
			p.simulate = func(s estimatesim.Redundant, e *sim.Engine, warmUp, window time.Duration, windows int) (*estimatesim.Outages, error) {
				o, err := s.Run(e, warmUp, window, windows)
				if err == nil {
					wrong(o, window)
				}
				return o, err
			}
		})
	}
	lessNeeded := func(s *estimatesim.Redundant) { s.Needed = max(1, s.Needed-1) }
	moreNeeded := func(s *estimatesim.Redundant) { s.Needed = min(s.Parts, s.Needed+1) }
	small := []string{"-needed", "10", "-copies", "2", "-of", "3", "-incident", "2,120"}
	alone := []string{"-needed", "10", "-copies", "1", "-of", "3", "-incident", "2,120"}
	ofFive := append(small[:4:4], "-of", "5", "-incident", "120")
	judgetest.TurnFalse(t, availability(soundAvailability, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("the common cause is ignored", mistaken(func(s *estimatesim.Redundant) { s.Common = estimatesim.Repaired{} }), small,
			judgetest.Lines(upCorrelated, upTwoCommon, upTimes)),
		judgetest.Bug("the common cause is counted as up", miscounted(func(o *estimatesim.Outages, _ time.Duration) { o.Down -= o.Common }), alone,
			judgetest.Lines(upCapped, upCorrelated)),
		judgetest.Bug("one part less is needed", mistaken(lessNeeded), alone, judgetest.Lines(upSeries, upTen, upKOfN, upCorrelated, upTimes)),
		judgetest.Bug("one part more is needed", mistaken(moreNeeded), ofFive, judgetest.Lines(upKOfN, upTwo, upOneMore, upCorrelated, upTimes)),
		judgetest.Bug("what is all needed is taken for parallel", mistaken(func(s *estimatesim.Redundant) { s.Needed = 1 }), alone,
			judgetest.Lines(upSeries, upTen, upKOfN, upTimes)),
		judgetest.Bug("what is parallel is taken for all needed", mistaken(func(s *estimatesim.Redundant) { s.Needed = s.Parts }), small,
			judgetest.Lines(upTwo, upKOfN, upCorrelated)),
		judgetest.Bug("a series is as good as its worst part", planted(func(p *availabilityParts) {
			p.series = func(parts ...float64) (float64, error) { return parts[0], nil }
		}), alone, judgetest.Lines(upSeries, upTimes)),
		judgetest.Bug("the formula needs one more", planted(func(p *availabilityParts) {
			p.kOfN = func(k int, parts ...float64) (float64, error) { return estimate.KOfN(min(k+1, len(parts)), parts...) }
		}), alone, upKOfN),
		judgetest.Bug("the formula takes copies to be independent", planted(func(p *availabilityParts) {
			p.correlated = func(k, n int, up, _ float64) (float64, error) { return estimate.Correlated(k, n, up, 0) }
		}), alone, judgetest.Lines(upCorrelated, upTimes)),
		judgetest.Bug("times up are drawn for times down", mistaken(func(s *estimatesim.Redundant) { s.Each.Down = s.Each.Up }), small,
			judgetest.Lines(upSeries, upTen, upKOfN, upTwo, upMonths, upHalf, upLong)),
		judgetest.Bug("months are all alike", miscounted(func(o *estimatesim.Outages, window time.Duration) {
			for i := range o.Windows {
				o.Windows[i] = time.Duration(o.Down * float64(window))
			}
		}), alone, judgetest.Lines(upMonths, upHalf, upLong)),
		judgetest.Bug("a month has 31 days", planted(func(p *availabilityParts) {
			p.budget = func(s estimate.SLO) time.Duration { return s.Downtime() * 31 / 30 }
		}), alone, upBudget),
		judgetest.Bug("each incident is taken to spend all of the budget", planted(func(p *availabilityParts) {
			p.missed = func(_, window, up, _ time.Duration) (float64, error) {
				return -math.Expm1(-float64(window) / float64(up)), nil
			}
		}), alone, upMonths),
	})
}

// Times of the same means, and of other variations.
func TestAvailability_TimesDiffer(t *testing.T) {
	for times, scv := range map[string]float64{timesExponential: 1, timesRegular: 0.25, timesErratic: 4} {
		r, between, err := repaired(times, 0.9)
		require.NoError(t, err)
		require.InDelta(t, 9*repair, between, 1)
		require.Equal(t, between, r.Up.Mean())
		require.Equal(t, repair, r.Down.Mean())
		require.InDelta(t, scv, workload.SCV(r.Up), 1e-6)
		require.InDelta(t, scv, workload.SCV(r.Down), 1e-6)
	}
}

func TestAvailability_BudgetOfOtherObjectives(t *testing.T) {
	a := &availabilityRun{availabilityParts: soundAvailability, objective: 0.999}
	allowed, err := a.allowed()
	require.NoError(t, err)
	require.Equal(t, 2_592*time.Second, allowed)
}

// A float64 tells 1 from what is less by 1e-16, and not 1e-16 from 1e-80.
func TestAvailability_DrawsNoNinesThatAreRounding(t *testing.T) {
	a := &availabilityRun{systems: []redundancy{
		{kind: "copies", parts: 2, part: 0.9999, exact: 1 - 1e-8},
		{kind: "copies", parts: 5, part: 0.9999, exact: 1 - 1.0/(1<<53)},
		{kind: "copies", parts: 6, part: 0.9999, exact: 1},
	}}
	lines, err := a.nines("copies", 0.9999, func(s redundancy) int { return s.parts })
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, []float64{2, 5, 6}, lines[0].X, "one copy")
	require.Equal(t, []float64{2}, lines[1].X, "the formula")
	require.InDelta(t, 8, lines[1].Y[0], 1e-6)
	for up, want := range map[float64]string{0.99: "99.0%", 1 - 1e-8: "99.9999990%", 1 - 1.0/(1<<53): "nearly 100%", 1: "nearly 100%"} {
		require.Equal(t, want, percents(up))
	}
}

// The rows of data.csv have what their names say.
func TestAvailability_HasTheRows(t *testing.T) {
	if race.Enabled {
		t.Skip("it is about numbers")
	}
	result, err := lab.Try(Availability, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"case", "times", "parts", "needed", "part", "common", "spent", "incident_min", "runs", "exact", "simulated", "low", "high"}, result.Columns)
	require.Len(t, result.Rows, 6+2*(5+5)+2*4+2*8)
	for _, row := range result.Rows {
		if row[8] == "0" {
			require.Equal(t, []string{"", "", ""}, row[10:])
			continue
		}
		simulated, exact := number(t, result, row, "simulated"), number(t, result, row, "exact")
		require.LessOrEqual(t, number(t, result, row, "low"), simulated, "%v", row)
		require.GreaterOrEqual(t, number(t, result, row, "high"), simulated, "%v", row)
		// Of 40 runs of 200 outages or more the time down is off by a tenth at the very most.
		if row[0] == "months" {
			require.InEpsilon(t, exact, simulated, 0.1, "%v", row)
			require.InEpsilon(t, 0.0001*number(t, result, row, "spent"), 1-number(t, result, row, "part"), 1e-9, "%v", row)
		} else {
			require.InEpsilon(t, 1-exact, 1-simulated, 0.1, "%v", row)
		}
	}
}

func TestAvailability_OddParameters(t *testing.T) {
	e := availability(soundAvailability, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-needed", "1"},
		{"-needed", "100,1", "-part", "0.5"},
		{"-needed", "100", "-part", "0.9999"},
		{"-copies", "1"},
		{"-copies", "20"},
		{"-copies", "3,1", "-copy", "0.5", "-common", "0"},
		{"-common", "1"},
		{"-common", "0.001", "-copy", "0.9999"},
		{"-common", "0.999", "-copy", "0.9999"},
		{"-of", "1"},
		{"-of", "10", "-copy", "0.9999", "-common", "0"},
		{"-objective", "0.9", "-incident", "200,5000", "-spent", "4,0.1"},
		{"-objective", "0.99999", "-incident", "0.01"},
		{"-spent", "1"},
		{"-objective", "0.9", "-incident", "5", "-spent", "0.1"}, // hardly ever missed
		{"-copies", "20", "-copy", "0.9999", "-common", "0"},     // up but for 1e-80
		{"-needed", "1", "-copies", "1", "-of", "1", "-incident", "5"},
		{"-needed", "7", "-copies", "20", "-of", "1", "-incident", "5", "-common", "0"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestAvailability_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-needed", "0"}, "-needed must lie in [1, 100]: 0"},
		{[]string{"-part", "1"}, "-part must lie in [0.5, 0.9999]: 1"},
		{[]string{"-part", "99.9"}, "-part must lie in [0.5, 0.9999]: 99.9"},
		{[]string{"-copies", "21"}, "-copies must lie in [1, 20]: 21"},
		{[]string{"-copy", "NaN"}, "-copy must"},
		{[]string{"-common", "-0.1"}, "-common must lie in [0, 1]: -0.1"},
		{[]string{"-common", "0.0001"}, "-common must be 0 or 1, or lie in [0.001, 0.999]: 0.0001"},
		{[]string{"-common", "0.9999"}, "-common must be 0 or 1, or lie in [0.001, 0.999]: 0.9999"},
		{[]string{"-of", "0"}, "-of must lie in [1, 10]: 0"},
		{[]string{"-objective", "1"}, "-objective must lie in [0.9, 0.99999]: 1"},
		{[]string{"-spent", "0.5,1,2"}, "-spent must be at most 2 numbers: 3"},
		{[]string{"-spent", "0"}, "-spent must lie in [0.1, 4]: 0"},
		{[]string{"-incident", "0"}, "-incident must lie in [0.01, 10000]: 0"},
		{[]string{"-incident", "1000"}, "-objective, -spent and -incident must make 0.01 to 1000 incidents a month: 0.9999, 0.5 and 1000 min, 0.0022"},
		{[]string{"-objective", "0.9", "-incident", "0.5"}, "-objective, -spent and -incident must make 0.01 to 1000 incidents a month: 0.9, 0.5 and 0.5 min, 4.3e+03"},
	} {
		_, err := lab.Try(Availability, 1, c.args...)
		require.ErrorContains(t, err, "availability: "+c.want, "%v", c.args)
	}
}
