package ordering

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
)

func TestClaim_ClockStepFindingsHold(t *testing.T) {
	judgetest.Hold(t, clockStep(steppedNode, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

// corrected is a node whose clock is corrected in another way.
func corrected(change func(*clocksim.ClockStep, *stepLoad)) working {
	return func(e *sim.Engine, s clocksim.ClockStep, load stepLoad) (stepOutcome, error) {
		change(&s, &load)
		return steppedNode(e, s, load)
	}
}

// seen is a node of which something else is seen.
func seen(change func(*stepOutcome)) working {
	return func(e *sim.Engine, s clocksim.ClockStep, load stepLoad) (stepOutcome, error) {
		o, err := steppedNode(e, s, load)
		change(&o)
		return o, err
	}
}

func TestBroken_ClockStepFindingsTurnFalse(t *testing.T) {
	plant := func(bug string, work working, findings ...string) judgetest.Planted {
		return judgetest.Bug(bug, clockStep(work, judge.Effort{}), nil, judgetest.Lines(findings...))
	}
	judgetest.TurnFalse(t, clockStep(steppedNode, judge.Effort{Tiny: true}), []judgetest.Planted{
		plant("the step is larger by a half", corrected(func(s *clocksim.ClockStep, _ *stepLoad) { s.By += s.By / 2 }), stepLoses, stepNegative, stepLeaseBack, stepLeaseOn, hybridWaits),
		plant("every correction is a slew", corrected(func(s *clocksim.ClockStep, _ *stepLoad) { s.Slew = true }), stepLoses, stepNegative, stepLeaseBack, stepLeaseOn),
		plant("every correction is a step", corrected(func(s *clocksim.ClockStep, _ *stepLoad) { s.Slew = false }), slewedIsSound),
		plant("the drift is forgotten", corrected(func(s *clocksim.ClockStep, _ *stepLoad) { s.PPM = 0 }), elapsedSound, stepLeaseBack),
		plant("elapsed time is wall time", seen(func(o *stepOutcome) { o.lease.ByElapsed = o.lease.ByWall }), elapsedSound),
		plant("durations are of wall time", seen(func(o *stepOutcome) { o.timed.NegativeByElapsed = o.timed.NegativeByWall }), elapsedSound),
		plant("Lamport time is wall time", seen(func(o *stepOutcome) { o.writes.LostByLamport = o.writes.LostByWall }), logicalKeep),
		plant("what hybrid time refuses is lost", seen(func(o *stepOutcome) { o.writes.LostByHybrid = o.writes.RefusedByHybrid }), logicalKeep),
		plant("the bound is half of what it is", corrected(func(_ *clocksim.ClockStep, load *stepLoad) { load.writing.MaxDrift /= 2 }), hybridWaits),
	})
}

func TestClockStep_OddParameters(t *testing.T) {
	e := clockStep(steppedNode, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-step-ms", "0"},
		{"-step-ms", "500"},
		{"-step-ms", "-60000"},
		{"-step-ms", "1,-1"},
		{"-step-ms", "-0.1", "-rate", "0.1", "-request", "10s"},
		{"-step-ms", "-0.1,60000"},
		{"-ppm", "-10000"},
		{"-ppm", "0"},
		{"-rate", "1000", "-request", "1ms"},
		{"-rate", "0.1"},
		{"-lease", "1ms", "-max-drift", "1ms"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

// Findings are of clocks that drift the other way, too.
func TestClaim_ClockStepFindingsHoldOfSlowClocks(t *testing.T) {
	if race.Enabled {
		t.Skip("findings are not asserted at a tiny size")
	}
	result, err := lab.Try(ClockStep, 1, "-ppm", "-5000", "-lease", "300ms", "-max-drift", "200ms")
	require.NoError(t, err)
	for _, f := range result.Findings {
		require.True(t, f.Holds, "%+v", f)
	}
}

// A lease seldom ends just before a small step forward: where it does so in few runs or in none, the mean of them cannot be judged.
func TestClockStep_RareEndsAreNotJudged(t *testing.T) {
	result := judgetest.Odd(t, clockStep(steppedNode, judge.Effort{}), "-step-ms", "-100,0.1")
	for _, f := range result.Findings {
		require.Equal(t, f.Sentence != stepLeaseOn, f.Holds, "%+v", f)
		require.Equal(t, f.Sentence == stepLeaseOn, math.IsNaN(f.Measured), "%+v", f)
	}
	require.Contains(t, judgetest.Odd(t, clockStep(steppedNode, judge.Effort{Tiny: true}), "-step-ms", "0").Figure.Headline, "With its clock left alone")
}

func TestClockStep_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-step-ms", "60001"}, "-step-ms must be 0, or lie in [-60000, -0.1] or [0.1, 60000]: 60001"},
		{[]string{"-step-ms", "-0.000001"}, "-step-ms must be 0, or lie in [-60000, -0.1] or [0.1, 60000]: -0.000001"},
		{[]string{"-step-ms", "-inf"}, "-step-ms must"},
		{[]string{"-step-ms", "1,1"}, "-step-ms must"},
		{[]string{"-ppm", "NaN"}, "-ppm must"},
		{[]string{"-ppm", "10001"}, "-ppm must lie in [-10000, 10000]: 10001"},
		{[]string{"-rate", "0"}, "-rate must lie in [0.1, 1000]: 0"},
		{[]string{"-request", "11s"}, "-request must lie in [1ms, 10s]: 11s"},
		{[]string{"-lease", "0s"}, "-lease must lie in [1ms, 1m0s]: 0s"},
		{[]string{"-max-drift", "-1s"}, "-max-drift must lie in [1ms, 1h0m0s]: -1s"},
	} {
		_, err := lab.Try(ClockStep, 1, c.args...)
		require.ErrorContains(t, err, "clock-step: "+c.want, "%v", c.args)
	}
}
