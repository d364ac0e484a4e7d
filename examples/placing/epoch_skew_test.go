package placing

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
)

func TestClaim_EpochSkewFindingsHold(t *testing.T) {
	judgetest.Hold(t, epochSkew(skewPlacements, ringsim.SpreadNews, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_EpochSkewFindingsTurnFalse(t *testing.T) {
	hasty := func(e *sim.Engine, n ringsim.News) ([]float64, error) {
		n.MeanDelay /= 2
		return ringsim.SpreadNews(e, n)
	}
	with := func(as, by string) lab.Experiment {
		placements := slices.Clone(skewPlacements)
		index := func(name string) int {
			return slices.IndexFunc(placements, func(p placement) bool { return p.name == name })
		}
		placements[index(as)].scheme = placements[index(by)].scheme
		return epochSkew(placements, ringsim.SpreadNews, judge.Effort{})
	}
	few := func(placements string) []string { return []string{"-changes", "0.1,1", "-placement", placements} }
	judgetest.TurnFalse(t, epochSkew(skewPlacements, ringsim.SpreadNews, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("news spreads twice as fast", epochSkew(skewPlacements, hasty, judge.Effort{}), few("modulo,ring,anchor,maglev"), judgetest.Lines(skewModulo, skewRing, skewAnchor, skewMaglev)),
		judgetest.Bug("modulo is a ring", with("modulo", "ring"), few("modulo,ring"), judgetest.Lines(skewModulo, churnModulo, churnRingModulo)),
		judgetest.Bug("the ring is modulo", with("ring", "modulo"), few("ring"), judgetest.Lines(skewRing, churnRing)),
		judgetest.Bug("anchor is a ring", with("anchor", "ring"), few("anchor"), churnAnchor),
		judgetest.Bug("Maglev and anchor are swapped", with("anchor", "maglev"), few("anchor,maglev"), judgetest.Lines(churnAnchor, churnMaglev)),
	})
}

func TestEpochSkew_OddParameters(t *testing.T) {
	e := epochSkew(skewPlacements, ringsim.SpreadNews, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-nodes", "2"},
		{"-nodes", "50", "-changes", "20"},
		{"-changes", "1,0.01"},
		{"-placement", "modulo"},
		{"-placement", "rendezvous,maglev"},
		{"-placement", "anchor,ring,rendezvous,modulo,maglev"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestEpochSkew_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nodes", "1"}, "-nodes must lie in [2, 200]: 1"},
		{[]string{"-changes", "0"}, "-changes must lie in [0.01, 20]: 0"},
		{[]string{"-changes", "NaN"}, "-changes must be a finite number: NaN"},
		{[]string{"-changes", "1,1"}, "-changes must not repeat a value: 1"},
		{[]string{"-placement", "jump"}, "-placement must be one of modulo, ring, rendezvous, anchor, maglev: jump"},
	} {
		_, err := lab.Try(EpochSkew, 1, c.args...)
		require.ErrorContains(t, err, "epoch-skew: "+c.want, "%v", c.args)
	}
}
