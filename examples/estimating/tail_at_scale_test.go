package estimating

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

var soundTail = tailParts{estimatesim.FanOut, estimate.TailOfAll}

func TestClaim_TailAtScaleFindingsHold(t *testing.T) {
	judgetest.Hold(t, tailAtScale(soundTail, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

func TestBroken_TailAtScaleFindingsTurnFalse(t *testing.T) {
	// mistaken draws as it should, and then gets something wrong.
	mistaken := func(wrong func(one estimatesim.FannedOut, f *estimatesim.FannedOut)) lab.Experiment {
		parts := soundTail
		parts.fanOut = func(call workload.ServiceTime, after []int, slow time.Duration, requests int, r *rand.Rand) ([]estimatesim.FannedOut, error) {
			all, err := estimatesim.FanOut(call, after, slow, requests, r)
			for i := range all {
				wrong(all[0], &all[i])
			}
			return all, err
		}
		return tailAtScale(parts, judge.Effort{})
	}
	unionBound := soundTail
	unionBound.tail = func(p float64, k int) (float64, error) { return min(1, p*float64(k)), nil }
	few := []string{"-calls", "1,10,100", "-slow", "0.01"}
	judgetest.TurnFalse(t, tailAtScale(soundTail, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("a request is taken for one call", mistaken(func(one estimatesim.FannedOut, f *estimatesim.FannedOut) { f.Slow = one.Slow }), few,
			judgetest.Lines(tailExact, tailHundred)),
		judgetest.Bug("chances are added", tailAtScale(unionBound, judge.Effort{}), few, judgetest.Lines(tailExact, tailMean)),
		judgetest.Bug("calls in turn are made at once", mistaken(func(_ estimatesim.FannedOut, f *estimatesim.FannedOut) { f.InTurn = f.AtOnce / 2 }), few,
			judgetest.Lines(tailInTurn, tailChatty)),
		judgetest.Bug("calls at once are made in turn", mistaken(func(_ estimatesim.FannedOut, f *estimatesim.FannedOut) { f.AtOnce = f.InTurn }), few, tailMean),
	})
}

func TestTailAtScale_OddParameters(t *testing.T) {
	e := tailAtScale(soundTail, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-serial"},
		{"-serial", "-slow", "0,1"},
		{"-slow", "1"},
		{"-slow", "0.2,0.1"},
		{"-calls", "1"},
		{"-calls", "1000", "-serial"},
		{"-calls", "20,3"},
		{"-times", "1.1", "-fast", "1us"},
		{"-times", "10000", "-fast", "1m", "-serial"},
		{"-times", "10000", "-fast", "1m", "-serial", "-calls", "1000"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestTailAtScale_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-calls", "0"}, "-calls must lie in [1, 1000]: 0"},
		{[]string{"-slow", "1.1"}, "-slow must lie in [0, 1]: 1.1"},
		{[]string{"-slow", "-0.1"}, "-slow must lie in [0, 1]: -0.1"},
		{[]string{"-slow", "0.1,0.2,0.3,0.4"}, "-slow must be at most 3 numbers: 4"},
		{[]string{"-fast", "0s"}, "-fast must lie in [1µs, 1m0s]: 0s"},
		{[]string{"-times", "1"}, "-times must lie in [1.1, 10000]: 1"},
	} {
		_, err := lab.Try(TailAtScale, 1, c.args...)
		require.ErrorContains(t, err, "tail-at-scale: "+c.want, "%v", c.args)
	}
}
