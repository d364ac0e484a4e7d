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

func TestClaim_ResizeFindingsHold(t *testing.T) {
	judgetest.Hold(t, resize(allPlacements, judge.Effort{Tiny: race.Enabled}))
}

// reseeded is a placement that takes another seed whenever its nodes change.
func reseeded(of placement) placement {
	scheme := of.scheme
	of.scheme = func(m making) hashring.Scheme {
		return func(members []hashring.Member) (hashring.Placement, error) {
			m.seed += uint64(len(members))
			return scheme(m)(members)
		}
	}
	of.scheme = anew(of.scheme)
	return of
}

// anew makes the placement from nothing whenever its nodes change.
func anew(scheme func(making) hashring.Scheme) func(making) hashring.Scheme {
	return func(m making) hashring.Scheme {
		return func(members []hashring.Member) (hashring.Placement, error) {
			p, err := scheme(m)(members)
			return rehashing{p, scheme(m)}, err
		}
	}
}

type rehashing struct {
	hashring.Placement
	scheme hashring.Scheme
}

func (f rehashing) With(members []hashring.Member) (hashring.Placement, error) {
	p, err := f.scheme(members)
	return rehashing{p, f.scheme}, err
}

func TestBroken_ResizeFindingsTurnFalse(t *testing.T) {
	with := func(as string, by func(placement) placement) lab.Experiment {
		return resize(sold(as, by), judge.Effort{})
	}
	few := func(args ...string) []string { return append([]string{"-nodes", "10"}, args...) }
	rehashed := func(of placement) placement { of.scheme = anew(of.scheme); return of }
	judgetest.TurnFalse(t, resize(allPlacements, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("modulo is a ring", with("modulo", placementNamed("ring")), few("-placement", "modulo"), judgetest.Lines(moduloJoins, moduloLeaves)),
		judgetest.Bug("the ring is modulo", with("ring", placementNamed("modulo")), few("-placement", "ring"), judgetest.Lines(leastJoins, leastLeaves, noneBetween)),
		judgetest.Bug("rendezvous forgets its seed", with("rendezvous", reseeded), few("-placement", "rendezvous"), judgetest.Lines(leastJoins, leastLeaves, noneBetween)),
		judgetest.Bug("slots are dealt anew", with("slots", rehashed), few("-placement", "slots"), judgetest.Lines(leastSlots, noneBetween)),
		judgetest.Bug("Maglev is a ring", with("maglev", placementNamed("ring")), []string{"-nodes", "3,30", "-placement", "maglev"}, judgetest.Lines(maglevOthers, maglevGrows)),
		judgetest.Bug("Maglev forgets its seed", with("maglev", reseeded), few("-placement", "maglev"), maglevMoves),
	})
}

func TestResize_OddParameters(t *testing.T) {
	e := resize(allPlacements, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-nodes", "2"},
		{"-nodes", "2,3", "-keys", "1"},
		{"-nodes", "1000,50", "-keys", "100", "-points", "1"},
		{"-placement", "modulo"},
		{"-placement", "maglev,slots", "-nodes", "300"},
		{"-placement", "jump,modulo"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestResize_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nodes", "1"}, "-nodes must lie in [2, 10000]: 1"},
		{[]string{"-keys", "0"}, "-keys must lie in [1, 1000000]: 0"},
		{[]string{"-placement", "magic"}, "-placement must be one of modulo, ring, rendezvous, jump, anchor, slots, maglev: magic"},
		{[]string{"-nodes", "10000", "-points", "1000"}, "-nodes and -points must make at most 2000000 points on a ring: 10000 times 1000"},
		{[]string{"-nodes", "10000"}, "-nodes and -keys must make at most 20000000 when multiplied: 10000 times 8000"},
	} {
		_, err := lab.Try(Resize, 1, c.args...)
		require.ErrorContains(t, err, "resize: "+c.want, "%v", c.args)
	}
}
