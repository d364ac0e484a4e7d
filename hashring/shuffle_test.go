package hashring_test

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// shuffling is what the laws of shuffle sharding judge: the names of a tenant's nodes, of a set.
type shuffling func(members []hashring.Member, each int, zones bool, tenant string) []string

func newRealShuffle(members []hashring.Member, each int, zones bool, tenant string) []string {
	s, err := hashring.NewShuffle(members, each, hashring.ShuffleOptions{Zones: zones})
	if err != nil {
		return []string{err.Error()}
	}
	var names []string
	for _, node := range s.AppendNodes(nil, tenant) {
		names = append(names, s.Members()[node].Name)
	}
	return names
}

// lawShuffle: k distinct nodes, of distinct zones while they last, and when a node leaves only tenants that had it change.
func lawShuffle(nodesOf shuffling) func(*rapid.T) {
	return func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "nodes")
		each := rapid.IntRange(1, n-1).Draw(t, "each")
		zones := rapid.IntRange(0, 4).Draw(t, "zones")
		members := make([]hashring.Member, n)
		zoneOf := map[string]string{}
		for i := range members {
			members[i] = hashring.Member{Name: string(rune('a' + i)), Weight: 1}
			if zones > 0 {
				members[i].Zone = fmt.Sprint("zone ", rapid.IntRange(1, zones).Draw(t, "zone"))
			}
			zoneOf[members[i].Name] = members[i].Zone
		}
		leaves := rapid.IntRange(0, n-1).Draw(t, "leaves")
		fewer := slices.Delete(slices.Clone(members), leaves, leaves+1)
		tenant := fmt.Sprint("tenant ", rapid.IntRange(0, 99).Draw(t, "tenant"))
		before, after := nodesOf(members, each, zones > 0, tenant), nodesOf(fewer, each, zones > 0, tenant)
		story := fmt.Sprintf("%d nodes, %d for each tenant\n%s has %s\n%s leaves\n%s has %s",
			n, each, tenant, strings.Join(before, " "), members[leaves].Name, tenant, strings.Join(after, " "))
		for _, names := range [][]string{before, after} {
			distinct := slices.Compact(slices.Sorted(slices.Values(names)))
			if len(names) != each || len(distinct) != each {
				t.Fatalf("%s\nbut that is not %d distinct nodes", story, each)
			}
		}
		if zones > 0 {
			there, used := map[string]bool{}, map[string]bool{}
			for _, zone := range zoneOf {
				there[zone] = true
			}
			for _, name := range before {
				used[zoneOf[name]] = true
			}
			if len(used) != min(each, len(there)) {
				t.Fatalf("%s\nbut that is %d zones of %d", story, len(used), len(there))
			}
		}
		had := slices.Contains(before, members[leaves].Name)
		if !had && !slices.Equal(before, after) {
			t.Fatalf("%s\nbut did not have it", story)
		}
		if stayed := shared(before, after); had && zones == 0 && stayed != each-1 {
			t.Fatalf("%s\nbut only %d stayed", story, stayed)
		}
	}
}

func shared(a, b []string) (n int) {
	for _, name := range a {
		if slices.Contains(b, name) {
			n++
		}
	}
	return n
}

func TestLaw_ShuffleSharding(t *testing.T) { rapid.Check(t, lawShuffle(newRealShuffle)) }

// A tenant's nodes do not depend on the order of the members, nor on how the set came about; they do on the seed.
func TestShuffleIsAFunctionOfNamesAndSeed(t *testing.T) {
	names := []string{"c", "a", "d", "b", "e", "f"}
	some, err := hashring.NewShuffle(hashring.Named(names[:4]...), 2, hashring.ShuffleOptions{})
	require.NoError(t, err)
	a, err := some.With(hashring.Named(names...))
	require.NoError(t, err)
	slices.Sort(names)
	b, err := hashring.NewShuffle(hashring.Named(names...), 2, hashring.ShuffleOptions{})
	require.NoError(t, err)
	seeded, err := hashring.NewShuffle(hashring.Named(names...), 2, hashring.ShuffleOptions{Hashing: hashring.Hashing{Seed: 7}})
	require.NoError(t, err)
	other := 0
	for i := range 100 {
		tenant := fmt.Sprint(i)
		require.Equal(t, a.AppendNodes(nil, tenant), b.AppendNodes(nil, tenant))
		if !slices.Equal(b.AppendNodes(nil, tenant), seeded.AppendNodes(nil, tenant)) {
			other++
		}
	}
	require.Greater(t, other, 50)
}

// Overlaps are C(k, j) C(n-k, k-j) / C(n, k), in exact fractions.
func TestClaim_OverlapsAreHypergeometric(t *testing.T) {
	for _, c := range [][2]int{{1, 1}, {8, 2}, {8, 4}, {8, 5}, {8, 8}, {100, 5}, {2000, 3}, {60, 30}, {300, 290}, {1000, 400}} {
		n, k := c[0], c[1]
		all, err := hashring.Overlaps(n, k)
		require.NoError(t, err)
		require.Len(t, all, k+1)
		binomial := func(n, k int) *big.Int { return new(big.Int).Binomial(int64(n), int64(k)) }
		for j, p := range all {
			ways := big.NewInt(0)
			if k-j <= n-k {
				ways.Mul(binomial(k, j), binomial(n-k, k-j))
			}
			exact, _ := new(big.Rat).SetFrac(ways, binomial(n, k)).Float64()
			// Each step of the recurrence rounds some five times, as does the sum: 2^-53 each, over at most 2k steps.
			require.InDelta(t, exact, p, exact*float64(10*k+10)*0x1p-53, "%d nodes, %d each, %d shared", n, k, j)
		}
	}
}

// "with eight workers and shards of two there are 28 shards": a bad tenant takes 1/28 of the others wholly along.
func TestClaim_EightWorkersInShardsOfTwo(t *testing.T) {
	all, err := hashring.Overlaps(8, 2)
	require.NoError(t, err)
	require.InDelta(t, 15.0/28, all[0], 1e-15)
	require.InDelta(t, 12.0/28, all[1], 1e-15)
	require.InDelta(t, 1.0/28, all[2], 1e-15)
}

// Tenants' nodes are as if drawn: pairs share j of them as often as the hypergeometric distribution says. Each pair is of two new
// tenants, so pairs are independent; five standard errors.
func TestClaim_TenantsOverlapAsIfDrawn(t *testing.T) {
	const pairs, n, k = 20_000, 12, 4
	var names []string
	for i := range n {
		names = append(names, fmt.Sprint("node-", i))
	}
	s, err := hashring.NewShuffle(hashring.Named(names...), k, hashring.ShuffleOptions{})
	require.NoError(t, err)
	counts := make([]int, k+1)
	for i := range pairs {
		a, b := s.AppendNodes(nil, fmt.Sprint("tenant-", 2*i)), s.AppendNodes(nil, fmt.Sprint("tenant-", 2*i+1))
		same := 0
		for _, node := range a {
			if slices.Contains(b, node) {
				same++
			}
		}
		counts[same]++
	}
	all, err := hashring.Overlaps(n, k)
	require.NoError(t, err)
	for j, p := range all {
		require.InDelta(t, p*pairs, counts[j], 5*math.Sqrt(pairs*p*(1-p)), "%d shared", j)
	}
}

func TestShuffleBadInput(t *testing.T) {
	nodes := hashring.Named("a", "b")
	for each, said := range map[int]string{
		0:  "hashring: the number of nodes of a tenant must be positive: 0",
		-2: "hashring: the number of nodes of a tenant must be positive: -2",
		3:  hashring.ErrTooFewNodes.Error() + ": 3 for each tenant, 2 nodes",
	} {
		_, err := hashring.NewShuffle(nodes, each, hashring.ShuffleOptions{})
		require.EqualError(t, err, said)
		_, err = hashring.Overlaps(2, each)
		require.EqualError(t, err, said)
	}
	_, err := hashring.NewShuffle(nil, 1, hashring.ShuffleOptions{})
	require.Error(t, err)
	_, err = hashring.Overlaps(-1, -1)
	require.Error(t, err)
	_, err = hashring.Overlaps(1<<40, 1<<39)
	require.EqualError(t, err, "hashring: the number of nodes must lie in [1, 16777216]: 1099511627776")
	s, err := hashring.NewShuffle(nodes, 2, hashring.ShuffleOptions{})
	require.NoError(t, err)
	_, err = s.With(nodes[:1])
	require.ErrorIs(t, err, hashring.ErrTooFewNodes)
}

func TestShuffleDoesNotAllocate(t *testing.T) {
	members := hashring.Named("a", "b", "c", "d", "e", "f")
	for i := range members {
		members[i].Zone = fmt.Sprint(i % 3)
	}
	for _, zones := range []bool{false, true} {
		s, err := hashring.NewShuffle(members, 3, hashring.ShuffleOptions{Zones: zones})
		require.NoError(t, err)
		dst := make([]int, 0, 3)
		require.Zero(t, testing.AllocsPerRun(100, func() { dst = s.AppendNodes(dst[:0], "tenant") }))
	}
}
