package placing

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_BoundedLoadFindingsHold(t *testing.T) {
	judgetest.Hold(t, boundedLoad(allLoadPickers, judge.Effort{Tiny: race.Enabled}))
}

type makePicker = func(hashring.Placement, float64, rand.Source) (ringsim.Picker, error)

func pickerNamed(name string) makePicker {
	return allLoadPickers[slices.IndexFunc(allLoadPickers, func(p loadPicker) bool { return p.name == name })].make
}

// instead is the experiment with one picker taken for another.
func instead(name string, by makePicker) lab.Experiment {
	pickers := slices.Clone(allLoadPickers)
	pickers[slices.IndexFunc(pickers, func(p loadPicker) bool { return p.name == name })].make = by
	return boundedLoad(pickers, judge.Effort{})
}

// forgetful never hears that a request has ended.
type forgetful struct{ ringsim.Picker }

func (forgetful) Done(int) {}

func TestBroken_BoundedLoadFindingsTurnFalse(t *testing.T) {
	bounded, owner, random, least := pickerNamed("bounded"), pickerNamed("owner"), pickerNamed("random"), pickerNamed("least")
	// The bound is the same whatever was asked for.
	fixed := func(p hashring.Placement, _ float64, s rand.Source) (ringsim.Picker, error) {
		return bounded(p, 0.2, s)
	}
	inverse := func(p hashring.Placement, epsilon float64, s rand.Source) (ringsim.Picker, error) {
		return bounded(p, 0.1/epsilon, s)
	}
	// Half as far again as it may be.
	lax := func(p hashring.Placement, epsilon float64, s rand.Source) (ringsim.Picker, error) {
		return bounded(p, 1.5*epsilon, s)
	}
	deaf := func(p hashring.Placement, epsilon float64, s rand.Source) (ringsim.Picker, error) {
		picker, err := bounded(p, epsilon, s)
		return forgetful{picker}, err
	}
	// All but the first node.
	narrow := func(p hashring.Placement, _ float64, s rand.Source) (ringsim.Picker, error) {
		return ringsim.AtRandom(len(p.Members())-1, s), nil
	}
	some := []string{"-epsilon", "0.1,0.4", "-nodes", "10", "-in-flight", "10", "-keys", "1000", "-vnodes", "50"}
	judgetest.TurnFalse(t, boundedLoad(allLoadPickers, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("the bound is lax", instead("bounded", lax), some, neverFuller),
		judgetest.Bug("ends of requests are not heard", instead("bounded", deaf), some, neverFuller),
		judgetest.Bug("bounded loads are none", instead("bounded", owner), some, judgetest.Lines(neverFuller, tightThird, tighterThanRandom, fewerElsewhere, higherPeak)),
		judgetest.Bug("epsilon is not looked at", instead("bounded", fixed), some, judgetest.Lines(fewerElsewhere, higherPeak)),
		judgetest.Bug("epsilon is upside down", instead("bounded", inverse), some, judgetest.Lines(fewerElsewhere, higherPeak)),
		judgetest.Bug("bounded loads look at no key", instead("bounded", least), some, judgetest.Lines(halfElsewhere, leastOptimum)),
		judgetest.Bug("the least loaded node is any", instead("least", random), some, leastOptimum),
		judgetest.Bug("a node is never drawn", instead("random", narrow), some, judgetest.Lines(randomPeak)),
		judgetest.Bug("random nodes are owners", instead("random", owner), some, judgetest.Lines(randomPeak, randomElsewhere)),
	})
}

func TestBoundedLoad_Data(t *testing.T) {
	result, err := lab.Try(boundedLoad(allLoadPickers, judge.Effort{Tiny: true}), 1, "-epsilon", "0.5,0.25", "-nodes", "5")
	require.NoError(t, err)
	require.Equal(t, []string{"picker", "epsilon", "nodes", "in_flight_per_node", "runs", "peak_to_mean", "peak_low", "peak_high",
		"elsewhere", "elsewhere_low", "elsewhere_high", "fullest"}, result.Columns)
	var rows [][]string
	for _, row := range result.Rows {
		rows = append(rows, row[:5])
	}
	require.Equal(t, [][]string{{"owner", "", "5", "25", "3"}, {"bounded", "0.25", "5", "25", "3"}, {"bounded", "0.5", "5", "25", "3"},
		{"random", "", "5", "25", "3"}, {"least", "", "5", "25", "3"}}, rows)
	require.Equal(t, "0", result.Rows[0][8], "owners serve everything")
}

func TestBoundedLoad_OddParameters(t *testing.T) {
	e := boundedLoad(allLoadPickers, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-nodes", "2", "-in-flight", "2.5"},
		{"-epsilon", "0.25"},
		{"-epsilon", "1000,0.001"},
		{"-skew", "0", "-vnodes", "1"},
		{"-skew", "5", "-keys", "1"},
		{"-nodes", "300", "-in-flight", "0.5", "-vnodes", "20"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestBoundedLoad_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-epsilon", "0"}, "-epsilon must lie in [0.001, 1000]: 0"},
		{[]string{"-epsilon", "0.1,0.1"}, "-epsilon must not repeat a value: 0.1"},
		{[]string{"-nodes", "1"}, "-nodes must lie in [2, 1000]: 1"},
		{[]string{"-in-flight", "NaN"}, "-in-flight must be a finite number: NaN"},
		{[]string{"-skew", "-1"}, "-skew must lie in [0, 5]: -1"},
		{[]string{"-keys", "0"}, "-keys must lie in [1, 1000000]: 0"},
		{[]string{"-nodes", "4", "-in-flight", "1"}, "-nodes and -in-flight must have at least 5 requests in flight: 4"},
		{[]string{"-nodes", "1000", "-in-flight", "10"}, "-nodes and -in-flight must leave a run at most 200000 requests: 240000"},
		{[]string{"-nodes", "1000", "-in-flight", "1", "-vnodes", "10000"}, "-nodes and -vnodes must leave a ring at most 1000000 points: 10000000"},
	} {
		_, err := lab.Try(BoundedLoad, 1, c.args...)
		require.ErrorContains(t, err, "bounded-load: "+c.want, "%v", c.args)
	}
}
