package placing

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_PlacementCostFindingsHold(t *testing.T) {
	judgetest.Hold(t, placementCost(allPlacements, judge.Effort{Tiny: race.Enabled}))
}

// dealtUnevenly are slots of which the first node has ten more than the last.
func dealtUnevenly(of placement) placement {
	of.scheme = func(making) hashring.Scheme {
		return func(members []hashring.Member) (hashring.Placement, error) {
			s, err := hashring.NewSlots(members)
			if err != nil {
				return nil, err
			}
			last := hashring.SlotCount - 1
			return s.Move(last-9, last, members[0].Name)
		}
	}
	return of
}

func TestBroken_PlacementCostFindingsTurnFalse(t *testing.T) {
	with := func(as string, by func(placement) placement) lab.Experiment {
		return placementCost(sold(as, by), judge.Effort{})
	}
	args := []string{"-nodes", "50", "-keys", "20000"}
	judgetest.TurnFalse(t, placementCost(allPlacements, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("rendezvous is a ring", with("rendezvous", placementNamed("ring")), args, judgetest.Lines(evenDraws, smallTables)),
		judgetest.Bug("slots are dealt unevenly", with("slots", dealtUnevenly), args, evenTables),
		judgetest.Bug("the ring is an anchor", with("ring", placementNamed("anchor")), args, ringIsUneven),
		judgetest.Bug("the anchor is Maglev", with("anchor", placementNamed("maglev")), args, movesLeast),
		judgetest.Bug("modulo is rendezvous", with("modulo", placementNamed("rendezvous")), args, moduloMoves),
	})
}

func TestPlacementCost_OddParameters(t *testing.T) {
	e := placementCost(allPlacements, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-nodes", "2"},
		{"-nodes", "1000", "-keys", "1000"},
		{"-points", "1", "-keys", "1000"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestPlacementCost_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nodes", "1"}, "-nodes must lie in [2, 1000]: 1"},
		{[]string{"-keys", "10"}, "-keys must lie in [1000, 1000000]: 10"},
		{[]string{"-points", "0"}, "-points must lie in [1, 1000]: 0"},
		{[]string{"-nodes", "1000", "-keys", "1000000"}, "-nodes and -keys must make at most 50000000 when multiplied: 1000 times 1000000"},
	} {
		_, err := lab.Try(PlacementCost, 1, c.args...)
		require.ErrorContains(t, err, "placement-cost: "+c.want, "%v", c.args)
	}
}
