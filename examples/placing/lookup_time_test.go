package placing

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_LookupTimeFindingsHold(t *testing.T) {
	judgetest.Hold(t, lookupTime(allPlacements, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_LookupTimeFindingsTurnFalse(t *testing.T) {
	with := func(as, by string) lab.Experiment { return lookupTime(sold(as, placementNamed(by)), judge.Effort{}) }
	judgetest.TurnFalse(t, lookupTime(allPlacements, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("the ring scores every node", with("ring", "rendezvous"), []string{"-nodes", "1000", "-placement", "ring,jump"}, judgetest.Lines(ringIsQuick, ringBeatsJump)),
		judgetest.Bug("rendezvous asks one node", with("rendezvous", "modulo"), []string{"-nodes", "10,1000", "-placement", "rendezvous"}, rendezvousGrows),
		judgetest.Bug("jump hash scores every node", with("jump", "rendezvous"), []string{"-nodes", "10,1000", "-placement", "jump,rendezvous"}, jumpGrows),
		judgetest.Bug("Maglev jumps", with("maglev", "jump"), []string{"-nodes", "1000", "-placement", "ring,maglev"}, tableBeatsRing),
	})
}

func TestLookupTime_OddParameters(t *testing.T) {
	e := lookupTime(allPlacements, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-nodes", "1"},
		{"-nodes", "3", "-keys", "1"},
		{"-nodes", "2,5", "-placement", "slots"},
		{"-nodes", "2,5", "-placement", "modulo"},
		{"-nodes", "1000", "-placement", "anchor,jump,ring"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestLookupTime_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nodes", "0"}, "-nodes must lie in [1, 16384]: 0"},
		{[]string{"-nodes", "20000"}, "-nodes must lie in [1, 16384]: 20000"},
		{[]string{"-keys", "0"}, "-keys must lie in [1, 1000000]: 0"},
		{[]string{"-nodes", "10000", "-points", "1000"}, "-nodes and -points must make at most 2000000 points on a ring: 10000 times 1000"},
	} {
		_, err := lab.Try(LookupTime, 1, c.args...)
		require.ErrorContains(t, err, "lookup-time: "+c.want, "%v", c.args)
	}
}
