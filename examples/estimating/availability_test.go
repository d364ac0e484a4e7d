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

func TestAvailability_BudgetOfOtherObjectives(t *testing.T) {
	a := &availabilityRun{availabilityParts: soundAvailability, objective: 0.999}
	allowed, err := a.allowed()
	require.NoError(t, err)
	require.Equal(t, 2_592*time.Second, allowed)
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
