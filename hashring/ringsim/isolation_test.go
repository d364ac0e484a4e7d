package ringsim_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
)

// drawn is a sharding as somebody might have made it by hand.
type drawn map[string][]int

func (d drawn) AppendNodes(dst []int, tenant string) []int { return append(dst, d[tenant]...) }

// Whoever the bad tenant is, what the others lose is what they have in common with one of the tenants; and each of them can be it.
func TestLaw_BadTenantTakesWhatIsShared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		each := rapid.IntRange(1, 4).Draw(t, "each")
		tenants := make([]string, rapid.IntRange(2, 6).Draw(t, "tenants"))
		sharding := drawn{}
		for i := range tenants {
			tenants[i] = strconv.Itoa(i)
			sharding[tenants[i]] = rapid.Permutation([]int{0, 1, 2, 3, 4}).Draw(t, "nodes")[:each]
		}
		got, err := ringsim.BadTenant(sharding, tenants, each, rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		if err != nil {
			t.Fatal(err)
		}
		for bad := range tenants {
			want := make([]float64, each+1)
			for i := range tenants {
				shared := 0
				for _, node := range sharding[tenants[i]] {
					if slices.Contains(sharding[tenants[bad]], node) {
						shared++
					}
				}
				if i != bad {
					want[shared]++
				}
			}
			for j := range want {
				want[j] /= float64(len(tenants) - 1)
			}
			if slices.Equal(got, want) {
				return
			}
		}
		t.Fatalf("of tenants with nodes %v none takes the shares %v along", sharding, got)
	})
}

// Over many draws every tenant is the bad one.
func TestBadTenantIsAnyOfThem(t *testing.T) {
	sharding := drawn{"a": {0}, "b": {0}, "c": {1}}
	seen := map[float64]int{}
	for seed := range uint64(300) {
		lose, err := ringsim.BadTenant(sharding, []string{"a", "b", "c"}, 1, rand.NewPCG(seed, 1))
		require.NoError(t, err)
		seen[lose[1]]++
	}
	// c takes nobody along, a and b each other: 100 of 300 times, a binomial with a deviation of sqrt(300*2/9) = 8.2.
	require.InDelta(t, 100, seen[0], 5*8.2)
	require.Equal(t, 300-seen[0], seen[0.5])
}

func TestBadTenantRefuses(t *testing.T) {
	source := rand.NewPCG(1, 2)
	_, err := ringsim.BadTenant(drawn{}, []string{"a"}, 1, source)
	require.EqualError(t, err, "ringsim: there must be a bad tenant and another one: 1")
	_, err = ringsim.BadTenant(nil, []string{"a", "b"}, 1, source)
	require.ErrorContains(t, err, "needs a sharding and a source")
	_, err = ringsim.BadTenant(drawn{}, []string{"a", "b"}, 1, nil)
	require.ErrorContains(t, err, "needs a sharding and a source")
	_, err = ringsim.BadTenant(drawn{"a": {0}, "b": {1}}, []string{"a", "b"}, 2, source)
	require.ErrorContains(t, err, "ringsim: a tenant must have 2 nodes: 1 for")
	_, err = ringsim.BadTenant(drawn{"a": {0}, "b": {1}}, []string{"a", "b"}, -1, source)
	require.ErrorContains(t, err, "ringsim: a tenant must have a node or more: -1")
}

// Two tenants share all of their nodes or none, what is left over is nobody's, and every shard has about as many tenants.
func TestShardsShareNothing(t *testing.T) {
	shards, err := ringsim.NewShards(11, 3, 7)
	require.NoError(t, err)
	require.Equal(t, 3, shards.Groups())
	tenants := map[int]int{}
	for i := range 3000 {
		nodes := shards.AppendNodes([]int{-1}, strconv.Itoa(i))[1:]
		require.Equal(t, []int{nodes[0], nodes[0] + 1, nodes[0] + 2}, nodes)
		require.Zero(t, nodes[0]%3)
		tenants[nodes[0]]++
	}
	require.Len(t, tenants, 3)
	for _, n := range tenants {
		require.InDelta(t, 1000, n, 5*26, "a binomial's deviation is sqrt(3000*2/9) = 26")
	}
	var _ ringsim.Sharding = shards
	var _ ringsim.Sharding = (*hashring.Shuffle)(nil)

	for _, each := range []int{0, -1, 5} {
		_, err := ringsim.NewShards(4, each, 0)
		require.ErrorContains(t, err, "ringsim: the nodes of a shard must lie in [1, 4]: ")
	}
}
