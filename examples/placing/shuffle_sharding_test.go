package placing

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_ShuffleShardingFindingsHold(t *testing.T) {
	judgetest.Hold(t, shuffleSharding(allShardings, judge.Effort{Tiny: race.Enabled}))
}

// neighbours have their nodes one after the other, from a random one on: there are as many sets as nodes, and not C(nodes, each).
func neighbours(nodes, each int, seed uint64) (ringsim.Sharding, error) {
	ring, err := hashring.NewJump(ringsim.Members(nodes), hashring.Hashing{Seed: seed})
	return neighbouring{ring, each}, err
}

type neighbouring struct {
	first hashring.Placement
	each  int
}

func (n neighbouring) AppendNodes(dst []int, tenant string) []int {
	for i := range n.each {
		dst = append(dst, (n.first.Owner(tenant)+i)%len(n.first.Members()))
	}
	return dst
}

func TestBroken_ShuffleShardingFindingsTurnFalse(t *testing.T) {
	sold := func(as string, by func(nodes, each int, seed uint64) (ringsim.Sharding, error)) lab.Experiment {
		shardings := slices.Clone(allShardings)
		shardings[slices.IndexFunc(shardings, func(s sharding) bool { return s.name == as })].make = by
		return shuffleSharding(shardings, judge.Effort{})
	}
	shuffled, plain := allShardings[1].make, allShardings[0].make
	// one node fewer can be had than there are.
	fewer := func(nodes, each int, seed uint64) (ringsim.Sharding, error) { return shuffled(nodes-1, each, seed) }
	// everybody has the same.
	alike := func(_, each int, _ uint64) (ringsim.Sharding, error) { return ringsim.NewShards(each, each, 0) }
	one := []string{"-nodes", "8", "-each", "2,3"}
	judgetest.TurnFalse(t, shuffleSharding(allShardings, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("a shuffle forgets a node", sold("shuffle", fewer), one, wholeExact),
		judgetest.Bug("a shuffle forgets a node", sold("shuffle", fewer), one, partExact),
		judgetest.Bug("nodes are neighbours", sold("shuffle", neighbours), one, judgetest.Lines(wholeExact, rarelyAll)),
		judgetest.Bug("plain shards are shuffled", sold("plain", shuffled), one, judgetest.Lines(plainExact, fewerWholly)),
		judgetest.Bug("a shuffle is plain shards", sold("shuffle", plain), one, judgetest.Lines(fewerWholly, morePartly)),
		judgetest.Bug("all tenants have the same nodes", sold("shuffle", alike), one, judgetest.Lines(wholeExact, rarelyAll)),
	})
}

// One in 28 with two of eight nodes, and what the columns say adds up.
func TestShuffleSharding_Data(t *testing.T) {
	result, err := lab.Try(shuffleSharding(allShardings, judge.Effort{Tiny: true}), 1, "-nodes", "8", "-each", "2", "-tenants", "100")
	require.NoError(t, err)
	require.Equal(t, []string{"sharding", "nodes", "nodes_each", "tenants", "runs", "wholly", "wholly_low", "wholly_high", "wholly_exact",
		"partly", "partly_low", "partly_high", "partly_exact"}, result.Columns)
	require.Equal(t, []string{"plain", "8", "2", "100", "3"}, result.Rows[0][:5])
	require.Equal(t, "0.25", result.Rows[0][8])
	exact, err := strconv.ParseFloat(result.Rows[1][8], 64)
	require.NoError(t, err)
	require.InDelta(t, 1.0/28, exact, 1e-15)
	require.Empty(t, result.Rows[1][6], "of 99 tenants fewer than ten are expected, so that there is no interval")
	require.NotEmpty(t, result.Rows[1][10])
}

func TestShuffleSharding_OddParameters(t *testing.T) {
	e := shuffleSharding(allShardings, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-nodes", "1", "-each", "1"},
		{"-nodes", "3,1000,17", "-each", "2", "-tenants", "500"},
		{"-nodes", "5", "-each", "5,1,3"},
		{"-nodes", "100", "-each", "100", "-tenants", "100"},
		{"-tenants", "2"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestShuffleSharding_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nodes", "0"}, "-nodes must lie in [1, 1000]: 0"},
		{[]string{"-nodes", "4"}, "-each must be at most -nodes: 5 of 4"},
		{[]string{"-nodes", "6,7,8,9"}, "-nodes must be at most 3 numbers: 4"},
		{[]string{"-each", "0"}, "-each must lie in [1, 100]: 0"},
		{[]string{"-tenants", "1"}, "-tenants must lie in [2, 1000000]: 1"},
		{[]string{"-nodes", "1000", "-each", "100", "-tenants", "1000000"}, "-nodes, -each and -tenants must leave at most 4e+09 steps: 4.0e+12"},
	} {
		_, err := lab.Try(ShuffleSharding, 1, c.args...)
		require.ErrorContains(t, err, "shuffle-sharding: "+c.want, "%v", c.args)
	}
}
