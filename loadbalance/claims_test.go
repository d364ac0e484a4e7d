package loadbalance_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/combin"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// requireShares checks counts against expected shares by Pearson's chi-square test. The seeds are fixed, so that a run
// is a function of the code; a correct code fails for one seed in a million.
func requireShares(t *testing.T, counts []int, shares []float64) {
	t.Helper()
	total := 0
	for _, c := range counts {
		total += c
	}
	statistic := 0.0
	for i, c := range counts {
		expected := shares[i] * float64(total)
		require.Greater(t, expected, 5.0, "too few draws for the test")
		statistic += (float64(c) - expected) * (float64(c) - expected) / expected
	}
	limit := distuv.ChiSquared{K: float64(len(counts) - 1)}.Quantile(1 - 1e-6)
	require.Less(t, statistic, limit, "chi-square of %v against shares %v", counts, shares)
}

func uniform(n int) []float64 {
	shares := make([]float64, n)
	for i := range shares {
		shares[i] = 1 / float64(n)
	}
	return shares
}

func draws() int {
	if race.Enabled {
		return 5_000
	}
	return 200_000
}

// pickShares counts picks of an otherwise idle picker: each request is done before the next.
func pickShares(t *testing.T, p picker, n int, r loadbalance.Request) []int {
	t.Helper()
	counts := make([]int, n)
	for range draws() {
		token, err := p.Pick(0, r)
		require.NoError(t, err)
		counts[token.Endpoint().Value]++
		token.Done(0, loadbalance.OK)
	}
	return counts
}

// Idle endpoints are all tied. Every policy that does not look at keys spreads such requests evenly, which least connections with
// ties by position does not: it would send all of them to the first.
func TestClaim_TiesAreBrokenUniformly(t *testing.T) {
	for _, policy := range policies {
		if policy.name == "consistent hash" {
			continue
		}
		for _, n := range []int{3, 7} {
			p, err := policy.make(numbered(n), rand.NewPCG(1, uint64(n)))
			require.NoError(t, err)
			requireShares(t, pickShares(t, p, n, loadbalance.Request{}), uniform(n))
		}
	}
}

// The draw among those that are not excluded is uniform too, whichever they are; round robin passes a turn on instead.
func TestClaim_ExclusionIsUniformAmongTheRest(t *testing.T) {
	for _, policy := range policies {
		if policy.name == "round robin" || policy.name == "consistent hash" {
			continue
		}
		p, err := policy.make(numbered(6), rand.NewPCG(2, 0))
		require.NoError(t, err)
		counts := pickShares(t, p, 6, loadbalance.Request{Exclude: []string{"endpoint-4", "endpoint-0", "endpoint-4"}})
		require.Zero(t, counts[0]+counts[4], policy.name)
		requireShares(t, []int{counts[1], counts[2], counts[3], counts[5]}, uniform(4))
	}
}

// With distinct loads the endpoint of rank k (0 the least loaded) is the best of d distinct draws with probability
// C(n-1-k, d-1) / C(n, d), and of d draws with replacement with ((n-k)^d - (n-k-1)^d) / n^d: the worst one
// has probability 0 in the first case only.
func TestClaim_DistinctChoicesPickRankKWithItsBinomialShare(t *testing.T) {
	const n = 8
	for _, d := range []int{1, 2, 3, 5} {
		p, err := loadbalance.NewPowerOfChoices(numbered(n), d, rand.NewPCG(3, uint64(d)))
		require.NoError(t, err)
		var shares []float64
		for k, e := range p.Endpoints() {
			require.NoError(t, p.Report(0, e.ID, 10*k))
			if n-1-k >= d-1 {
				shares = append(shares, float64(combin.Binomial(n-1-k, d-1))/float64(combin.Binomial(n, d)))
			}
		}
		counts := pickShares(t, p, n, loadbalance.Request{})
		requireShares(t, counts[:len(shares)], shares)
		for _, never := range counts[len(shares):] {
			require.Zero(t, never, "%d choices: %v", d, counts)
		}
	}
}

// Round robin starts anywhere, so that balancers which start together do not march in step.
func TestClaim_RoundRobinStartsAnywhere(t *testing.T) {
	src := rand.NewPCG(4, 0)
	counts := make([]int, 5)
	for range 5_000 {
		p, err := loadbalance.NewRoundRobin(numbered(5), src)
		require.NoError(t, err)
		token, err := p.Pick(0, loadbalance.Request{})
		require.NoError(t, err)
		counts[token.Endpoint().Value]++
	}
	requireShares(t, counts, uniform(5))
}
