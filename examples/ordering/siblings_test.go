package ordering

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_SiblingsFindingsHold(t *testing.T) {
	judgetest.Hold(t, siblings(bothSets, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

func TestBroken_SiblingsFindingsTurnFalse(t *testing.T) {
	taken := func(as, really int) lab.Experiment {
		sets := slices.Clone(bothSets)
		sets[as].count = bothSets[really].count
		return siblings(sets, judge.Effort{})
	}
	few := []string{"-clients", "2,5"}
	judgetest.TurnFalse(t, siblings(bothSets, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("the version vector is a dotted set", taken(0, 1), few, judgetest.Lines(vectorKeepsAll, vectorIsARun, syncsMultiply)),
		judgetest.Bug("the dotted set is a version vector", taken(1, 0), few, judgetest.Lines(dotsKeepTwo, dotsKeepOneEach, dotsAreBirthdays, dotsBounded, syncsMultiply)),
		judgetest.Bug("who writes at random takes turns", func() lab.Experiment {
			sets := slices.Clone(bothSets)
			sets[1].count = func(w clocksim.Writers, source rand.Source) ([]int, error) {
				w.Random = false
				return bothSets[1].count(w, source)
			}
			return siblings(sets, judge.Effort{})
		}(), few, dotsAreBirthdays),
	})
}

func TestSiblings_OddParameters(t *testing.T) {
	e := siblings(bothSets, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-clients", "1"},
		{"-clients", "7"},
		{"-clients", "1,2"},
		{"-clients", "100,4", "-writes", "10"},
		{"-writes", "2"},
		{"-replicas", "20", "-sync", "1"},
		{"-sync", "2000"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestSiblings_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-clients", "0"}, "-clients must lie in [1, 200]: 0"},
		{[]string{"-writes", "1"}, "-writes must lie in [2, 2000]: 1"},
		{[]string{"-replicas", "1"}, "-replicas must lie in [2, 20]: 1"},
		{[]string{"-sync", "0"}, "-sync must lie in [1, 2000]: 0"},
		{[]string{"-writes", "2000", "-clients", "1,2,3,4,5,6,7,8,9,10,11"}, "-writes must be at most 1818 for so many -clients: 2000 for 11 numbers of them"},
	} {
		_, err := lab.Try(Siblings, 1, c.args...)
		require.ErrorContains(t, err, "siblings: "+c.want, "%v", c.args)
	}
}
