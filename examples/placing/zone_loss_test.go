package placing

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

func TestClaim_ZoneLossFindingsHold(t *testing.T) {
	judgetest.Hold(t, zoneLoss(bothOwners, ringsim.LoseZones, judge.Effort{Tiny: race.Enabled}))
}

// forgetsZones spreads nothing, spreadsAlways everything.
func forgetsZones(p hashring.Placement, keys []string, r ringsim.Replication) ([]ringsim.ZoneLost, float64, error) {
	r.Spread = false
	return ringsim.LoseZones(p, keys, r)
}

func spreadsAlways(p hashring.Placement, keys []string, r ringsim.Replication) ([]ringsim.ZoneLost, float64, error) {
	r.Spread = true
	return ringsim.LoseZones(p, keys, r)
}

// halfWillDo takes half of the replicas for a majority.
func halfWillDo(p hashring.Placement, keys []string, r ringsim.Replication) ([]ringsim.ZoneLost, float64, error) {
	lost, fullest, err := ringsim.LoseZones(p, keys, r)
	for i := range lost {
		lost[i].NoMajority = 0
		for left, share := range lost[i].Left {
			if 2*left < r.Replicas {
				lost[i].NoMajority += share
			}
		}
	}
	return lost, fullest, err
}

func TestBroken_ZoneLossFindingsTurnFalse(t *testing.T) {
	judgetest.TurnFalse(t, zoneLoss(bothOwners, ringsim.LoseZones, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("Spread forgets zones", zoneLoss(bothOwners, forgetsZones, judge.Effort{}), nil, judgetest.Lines(spreadKeeps, spreadMajority, spreadLoad, spreadSmallFuller)),
		judgetest.Bug("Owners spreads", zoneLoss(bothOwners, spreadsAlways, judge.Effort{}), nil, judgetest.Lines(ownersAtRandom, ownersMajority, ownersAll)),
		judgetest.Bug("half is a majority", zoneLoss(bothOwners, halfWillDo, judge.Effort{}), nil, spreadEven),
	})
}

func TestZoneLoss_OddParameters(t *testing.T) {
	e := zoneLoss(bothOwners, ringsim.LoseZones, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-zones", "1,1", "-replicas", "2"},
		{"-zones", "1,1", "-replicas", "1"},
		{"-zones", "8,3,1"},
		{"-zones", "5, 5,5,5,5", "-replicas", "5"},
		{"-zones", "100,1,1,1,1,1,1,1,1,1", "-replicas", "4"},
		{"-placement", "rendezvous"}, {"-placement", "jump"}, {"-placement", "anchor"}, {"-placement", "maglev"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

// Owners are nodes at random by every placement that may be asked for, in zones of any size.
func TestClaim_ZonesIgnoredAreHypergeometric(t *testing.T) {
	if race.Enabled {
		t.Skip("a statistical claim")
	}
	for _, name := range []string{"ring", "rendezvous", "jump", "anchor", "maglev"} {
		z := &zoneRun{lose: ringsim.LoseZones, sizes: []int{6, 3, 2}, replicas: 3, name: name}
		lost, err := z.measure(1, 60, 500, z.replicas, bothOwners[0])
		require.NoError(t, err)
		for zone := range z.sizes {
			for left := range z.replicas + 1 {
				interval, err := stats.MeanInterval(lost.left(zone, left), stats.Asserted)
				require.NoError(t, err)
				exact := z.exactLeft(false, z.replicas, zone, left)
				require.True(t, interval.Contains(exact), "%s: of zone %d %d are left of %v of the keys, and should of %v", name, zone, left, interval, exact)
			}
		}
	}
}

func TestZoneLoss_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-zones", "4"}, "-zones must be two to 10 zones with at most 500 nodes: 4"},
		{[]string{"-zones", "1,1,1,1,1,1,1,1,1,1,1"}, "-zones must be two to 10 zones with at most 500 nodes: 1,1,"},
		{[]string{"-zones", "499,2"}, "-zones must be two to 10 zones with at most 500 nodes: 499,2"},
		{[]string{"-zones", "9223372036854775807,1"}, "-zones must be two to 10 zones with at most 500 nodes: 9223372036854775807,1"},
		{[]string{"-zones", "4,,4"}, `-zones must be numbers of nodes such as 4,4,4: ""`},
		{[]string{"-zones", "4,x"}, `-zones must be numbers of nodes such as 4,4,4: "x"`},
		{[]string{"-zones", "4,0"}, "-zones must be positive numbers of nodes: 0"},
		{[]string{"-replicas", "0"}, "-replicas must lie in [1, 5]: 0"},
		{[]string{"-zones", "1,1"}, "-replicas must be at most the nodes of all -zones: 3, 2 nodes"},
		{[]string{"-placement", "modulo"}, "-placement must be one of ring, rendezvous, jump, anchor, maglev: modulo"},
	} {
		_, err := lab.Try(ZoneLoss, 1, c.args...)
		require.ErrorContains(t, err, "zone-loss: "+c.want, "%v", c.args)
	}
}
