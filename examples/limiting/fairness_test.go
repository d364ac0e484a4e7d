package limiting

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
)

func TestClaim_FairnessFindingsHold(t *testing.T) {
	judgetest.Hold(t, fairness(allSharers, judge.Effort{Tiny: race.Enabled}))
}

type makeSharer = func(ratelimit.Limit, time.Duration, int) (limitsim.Sharer, error)

func sharerNamed(name string) makeSharer {
	return allSharers[slices.IndexFunc(allSharers, func(s sharer) bool { return s.name == name })].make
}

// instead is the experiment with one policy taken for another.
func instead(name string, by makeSharer) lab.Experiment {
	sharers := slices.Clone(allSharers)
	sharers[slices.IndexFunc(sharers, func(s sharer) bool { return s.name == name })].make = by
	return fairness(sharers, judge.Effort{})
}

func TestBroken_FairnessFindingsTurnFalse(t *testing.T) {
	maxMin, firstCome, equal := sharerNamed("max-min"), sharerNamed("first-come"), sharerNamed("equal-parts")
	half := func(limit ratelimit.Limit, period time.Duration, clients int) (limitsim.Sharer, error) {
		return maxMin(ratelimit.Limit{Rate: ratelimit.PerSecond(limit.Rate.PerSecond() / 2), Burst: limit.Burst}, period, clients)
	}
	judgetest.TurnFalse(t, fairness(allSharers, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("first come is max-min", instead("first-come", maxMin), []string{"-policy", "first-come"}, judgetest.Lines(
			"first come, first served: every client gets the same part of what it wants",
			"first come, first served: the client that wants most gets more than half of the limit",
			"first come, first served: Jain's index is less than 0.7",
		)),
		judgetest.Bug("equal parts are max-min's", instead("equal-parts", maxMin), []string{"-policy", "equal-parts"}, judgetest.Lines(
			"equal parts: every client gets the lesser of what it wants and an equal part",
			"equal parts: a third of the limit or more is left unused",
		)),
		judgetest.Bug("proportional is max-min", instead("proportional", maxMin), []string{"-policy", "first-come,proportional"}, judgetest.Lines(
			"proportional: no client's share of the limit differs by more than a hundredth from that first come, first served",
			"asking twice as much gains the greediest client more than a tenth of the limit first come, first served, and in proportion",
		)),
		judgetest.Bug("max-min is first come", instead("max-min", firstCome), []string{"-policy", "max-min"}, judgetest.Lines(
			"max-min: who wants less than the level gets more than 99% of it",
			"max-min: Jain's index is more than 0.99",
			"asking twice as much gains the greediest client less than a hundredth of the limit under max-min",
		)),
		judgetest.Bug("max-min is equal parts", instead("max-min", equal), []string{"-policy", "max-min"}, judgetest.Lines(
			"max-min: every client that wants more than the level gets the level, within two requests a period",
		)),
		judgetest.Bug("max-min gives out half of the limit", instead("max-min", half), []string{"-policy", "max-min"}, "max-min: more than 99% of the limit is used"),
	})
}

// The same sentences are stated whatever was asked for, every chart can be drawn, and what cannot be judged is not.
func TestFairnessWithOtherParameters(t *testing.T) {
	sound, err := lab.Try(fairness(allSharers, judge.Effort{Tiny: true}), 1)
	require.NoError(t, err)
	for _, args := range [][]string{
		{"-wanted", "5"},
		{"-wanted", "1000,2,30"},
		{"-wanted", "0.01,0.02", "-limit", "3"},
		{"-policy", "max-min,equal-parts"},
		{"-policy", "proportional"},
		{"-limit", "7", "-wanted", "1,2,3,4,5.5"},
		{"-period", "10ms", "-wanted", "100,900"},
		{"-period", "1m", "-wanted", "1,9"},
	} {
		result, err := lab.Try(fairness(allSharers, judge.Effort{Tiny: true}), 2, args...)
		require.NoError(t, err, "%v", args)
		require.Len(t, result.Findings, len(sound.Findings))
		for i, f := range result.Findings {
			require.Equal(t, sound.Findings[i].Sentence, f.Sentence)
		}
		if !race.Enabled { // which makes drawing slow
			_, err = result.Files()
			require.NoError(t, err, "%v", args)
		}
	}
}

func TestFairnessRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-wanted", "0"}, "-wanted must lie in [0.01, 100000]: 0"},
		{[]string{"-wanted", "1,1"}, "-wanted must not repeat a value: 1"},
		{[]string{"-limit", "NaN"}, "-limit must be a finite number: NaN"},
		{[]string{"-limit", "0.5", "-wanted", "1,2"}, "-limit and -period must let each client have a request in each period: 0.5 in 1s is 0.5 for 2 clients"},
		{[]string{"-period", "0s"}, "-period must lie in [1ms, 1m0s]: 0s"},
		{[]string{"-period", "1m", "-wanted", "20000"}, "-wanted and -period must leave a run at most 20000000 requests: 20000 a second for 40m0s are 48000000"},
		{[]string{"-policy", "best"}, "-policy must be one of first-come, equal-parts, proportional, max-min: best"},
	} {
		_, err := lab.Try(Fairness, 1, c.args...)
		require.ErrorContains(t, err, "fairness: "+c.want, "%v", c.args)
	}
}
