package ringsim

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

type loseZones func(p hashring.Placement, keys []string, r Replication) ([]ZoneLost, float64, error)

// zonedMembers are nodes of the given zones.
func zonedMembers(zones []int) []hashring.Member {
	members := Members(len(zones))
	for i, zone := range zones {
		members[i].Zone = fmt.Sprint(zone)
	}
	return members
}

// lawZonesAreLost compares with keys looked up one by one.
func lawZonesAreLost(lose loseZones) func(*rapid.T) {
	return func(t *rapid.T) {
		zones := rapid.SliceOfN(rapid.IntRange(0, 2), 1, 6).Draw(t, "zones of nodes")
		replicas := rapid.IntRange(1, len(zones)).Draw(t, "replicas")
		spread := rapid.Bool().Draw(t, "spread")
		keys := Keys(rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed"))), 7)
		p, err := hashring.NewRendezvous(zonedMembers(zones), hashring.Hashing{})
		if err != nil {
			t.Fatal(err)
		}
		lost, fullest, err := lose(p, keys, Replication{replicas, spread})
		if err != nil {
			t.Fatalf("%d replicas on zones %v: %v", replicas, zones, err)
		}
		members := p.Members()
		stored := map[string]float64{}
		for _, l := range lost {
			left, without := make([]int, replicas+1), 0
			served := map[int]int{}
			survivors, most, all := 0, 0, 0
			for _, m := range members {
				if m.Zone != l.Zone {
					survivors++
				}
			}
			for _, key := range keys {
				owners := ownersOf(t, p, key, replicas, spread)
				alive := 0
				for _, owner := range owners {
					if members[owner].Zone != l.Zone {
						if alive == 0 {
							served[owner]++
							all++
						}
						alive++
					} else {
						stored[l.Zone] += 1 / float64(len(members)-survivorsWithout(members, l.Zone))
					}
				}
				left[alive]++
				if alive < replicas/2+1 {
					without++
				}
			}
			for _, n := range served {
				most = max(most, n)
			}
			for i, n := range left {
				if l.Left[i] != float64(n)/7 {
					t.Fatalf("without zone %s of %v, %v of 7 keys have %d of %d replicas left, and should %d", l.Zone, zones, 7*l.Left[i], i, replicas, n)
				}
			}
			if l.NoMajority != float64(without)/7 {
				t.Fatalf("without zone %s of %v, %v of 7 keys with %d replicas have no majority left, and should %d", l.Zone, zones, 7*l.NoMajority, replicas, without)
			}
			part := 7 / float64(len(members))
			mean := 0.0
			if survivors > 0 {
				mean = float64(all) / float64(survivors) / part
			}
			if !near(l.Mean, mean) || !near(l.Busiest, float64(most)/part) {
				t.Fatalf("without zone %s of %v, survivors serve %v times as much, the busiest %v, and should %v and %v", l.Zone, zones, l.Mean, l.Busiest, mean, float64(most)/part)
			}
		}
		want := 0.0
		for _, l := range lost {
			want = max(want, stored[l.Zone]/(7*float64(replicas)/float64(len(members))))
		}
		if !near(fullest, want) {
			t.Fatalf("a node of the fullest zone of %v has %v times the mean, and should %v", zones, fullest, want)
		}
	}
}

func survivorsWithout(members []hashring.Member, zone string) (n int) {
	for _, m := range members {
		if m.Zone != zone {
			n++
		}
	}
	return n
}

func near(a, b float64) bool { return a-b < 1e-12 && b-a < 1e-12 }

func ownersOf(t *rapid.T, p hashring.Placement, key string, n int, spread bool) []int {
	owners, err := p.AppendOwners(nil, key, n)
	if spread {
		owners, err = p.AppendSpread(nil, key, n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return owners
}

func TestLaw_ZonesAreLost(t *testing.T) { rapid.Check(t, lawZonesAreLost(LoseZones)) }

func TestBroken_HalfIsAMajority(t *testing.T) {
	lawtest.Breaks(t, "Half of the replicas is taken for a majority", lawZonesAreLost(func(p hashring.Placement, keys []string, r Replication) ([]ZoneLost, float64, error) {
		lost, fullest, err := LoseZones(p, keys, r)
		for i := range lost {
			lost[i].NoMajority = 0
			for left, share := range lost[i].Left {
				if 2*left < r.Replicas {
					lost[i].NoMajority += share
				}
			}
		}
		return lost, fullest, err
	}))
}

func TestBroken_SpreadForgotten(t *testing.T) {
	lawtest.Breaks(t, "Replicas are not spread over zones", lawZonesAreLost(func(p hashring.Placement, keys []string, r Replication) ([]ZoneLost, float64, error) {
		r.Spread = false
		return LoseZones(p, keys, r)
	}))
}

// All subsets of the nodes, which are equally likely.
func TestClaim_Hypergeometric(t *testing.T) {
	const nodes = 9
	for marked := 0; marked <= nodes; marked++ {
		for drawn := 1; drawn <= nodes; drawn++ {
			count, all := make([]int, nodes+1), 0
			for set := range uint(1 << nodes) {
				if bits.OnesCount(set) == drawn {
					count[bits.OnesCount(set&(1<<marked-1))]++
					all++
				}
			}
			for hit, n := range count {
				require.InDelta(t, float64(n)/float64(all), Hypergeometric(nodes, marked, drawn, hit), 1e-12, "%d of %d drawn, %d of %d marked", drawn, nodes, hit, marked)
			}
		}
	}
	require.Zero(t, Hypergeometric(9, 3, 3, -1))
}

func TestZoneLossRefuses(t *testing.T) {
	p, err := hashring.NewRendezvous(Members(3), hashring.Hashing{})
	require.NoError(t, err)
	_, _, err = LoseZones(nil, []string{"a"}, Replication{Replicas: 1})
	require.EqualError(t, err, "ringsim: there must be a placement and keys: <nil>, 1 keys")
	_, _, err = LoseZones(p, nil, Replication{Replicas: 1})
	require.EqualError(t, err, "ringsim: there must be a placement and keys: *hashring.Rendezvous, 0 keys")
	for _, spread := range []bool{false, true} {
		for _, replicas := range []int{-1, 0} {
			_, _, err = LoseZones(p, []string{"a"}, Replication{Replicas: replicas, Spread: spread})
			require.ErrorContains(t, err, "hashring: the number of owners must be positive: ")
		}
		_, _, err = LoseZones(p, []string{"a"}, Replication{Replicas: 4, Spread: spread})
		require.ErrorIs(t, err, hashring.ErrTooFewNodes)
	}
}
