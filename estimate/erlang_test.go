package estimate_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func ExampleErlangB() {
	lost, _ := estimate.ErlangB(10, 10)
	fmt.Printf("a pool of 10 connections, 10 wanted in the mean: %.1f%% are turned away\n", 100*lost)
	// Output: a pool of 10 connections, 10 wanted in the mean: 21.5% are turned away
}

func ExampleErlangC() {
	for _, servers := range []int{1, 10, 100} {
		waits, _ := estimate.ErlangC(servers, 0.9*float64(servers))
		fmt.Printf("%d servers, each 90%% busy: %.0f%% wait\n", servers, 100*waits)
	}
	// Output:
	// 1 servers, each 90% busy: 90% wait
	// 10 servers, each 90% busy: 67% wait
	// 100 servers, each 90% busy: 22% wait
}

func ExampleServersForWaiting() {
	for _, load := range []float64{10, 100, 1000} {
		servers, _ := estimate.ServersForWaiting(load, 0.2)
		fmt.Printf("%v erlang: %d servers\n", load, servers)
	}
	// Output:
	// 10 erlang: 14 servers
	// 100 erlang: 111 servers
	// 1000 erlang: 1034 servers
}

// erlang is an answer to the question of Erlang's.
type erlang func(servers int, load float64) (float64, error)

// directly are Erlang's B and C as he wrote them, sums of a^n/n!, in fractions.
func directly(servers int, load float64) (b, c float64) {
	a := new(big.Rat).SetFloat64(load)
	sum, term := big.NewRat(1, 1), big.NewRat(1, 1) // of a^n/n!
	for n := 1; n <= servers; n++ {
		term = new(big.Rat).Mul(term, new(big.Rat).Quo(a, big.NewRat(int64(n), 1)))
		sum = new(big.Rat).Add(sum, term)
	}
	b, _ = new(big.Rat).Quo(term, sum).Float64()
	all := big.NewRat(int64(servers), 1)
	if a.Cmp(all) >= 0 {
		return b, math.NaN()
	}
	waiting := new(big.Rat).Quo(new(big.Rat).Mul(term, all), new(big.Rat).Sub(all, a))
	sum.Add(sum.Sub(sum, term), waiting)
	c, _ = new(big.Rat).Quo(waiting, sum).Float64()
	return b, c
}

// The recursions are the sums: to four units in the last place for each server, for a step has three roundings, and hands on no more than it was given.
func TestLaw_ErlangIsTheDirectSum(t *testing.T) {
	t.Run("B", func(t *testing.T) { rapid.Check(t, lawErlangB(estimate.ErlangB)) })
	t.Run("C", func(t *testing.T) { rapid.Check(t, lawErlangC(estimate.ErlangC)) })
}

func lawErlangB(of erlang) func(*rapid.T) {
	return func(t *rapid.T) {
		servers := rapid.IntRange(1, 100).Draw(t, "servers")
		load := float64(rapid.IntRange(0, 2000).Draw(t, "tenths of an erlang")) / 10
		want, _ := directly(servers, load)
		if got, err := of(servers, load); err != nil || !(math.Abs(got-want) <= want*float64(4*servers)*0x1p-53) {
			t.Fatalf("%d servers, %v erlang: the sums give %.6g\nbut the answer is %.6g (%v)", servers, load, want, got, err)
		}
	}
}

// The load is bounded to where its difference to the servers is exact or nearly so, as that of tenths is.
func lawErlangC(of erlang) func(*rapid.T) {
	return func(t *rapid.T) {
		servers := rapid.IntRange(1, 100).Draw(t, "servers")
		load := float64(rapid.IntRange(0, 10*servers-1).Draw(t, "tenths of an erlang")) / 10
		_, want := directly(servers, load)
		if got, err := of(servers, load); err != nil || !(math.Abs(got-want) <= want*float64(4*servers+8)*0x1p-53) {
			t.Fatalf("%d servers, %v erlang: the sums give %.6g\nbut the answer is %.6g (%v)", servers, load, want, got, err)
		}
	}
}

func TestBroken_FactorialsOverflow(t *testing.T) {
	factorials := func(servers int, load float64) (float64, error) {
		factorial, power := int64(1), 1.
		sum := 1.
		for n := 1; n <= servers; n++ {
			factorial *= int64(n)
			power *= load
			sum += power / float64(factorial)
		}
		return power / float64(factorial) / sum, nil
	}
	lawtest.Breaks(t, "Erlang's B by powers and factorials, which pass the largest integer at 21", lawErlangB(factorials))
}

func TestBroken_WaitingTakenForBlocking(t *testing.T) {
	lawtest.Breaks(t, "Erlang's B for a queue: as if those who find all servers busy went away", lawErlangC(estimate.ErlangB))
}

// Tables of traffic, and the numbers that every textbook has.
func TestClaim_ErlangNumbers(t *testing.T) {
	for _, c := range []struct {
		of      erlang
		servers int
		load    float64
		want    float64 // to six digits
	}{
		{estimate.ErlangB, 10, 10, 0.214582},
		{estimate.ErlangC, 2, 1.6, 0.711111},
		{estimate.ErlangC, 10, 9, 0.668732},
		{estimate.ErlangC, 100, 90, 0.216940},
		{estimate.ErlangC, 1, 0.8, 0.8}, // M/M/1: the utilisation
	} {
		require.InDelta(t, c.want, must(c.of(c.servers, c.load)), 0.5e-6, "%d servers, %v erlang", c.servers, c.load)
	}
	require.InDelta(t, 8.108, must(estimate.LoadForBlocking(15, 0.01)), 0.5e-3)
}

func TestLaw_ErlangIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		servers := rapid.IntRange(1, 1000).Draw(t, "servers")
		load := rapid.Float64Range(0, 0.99).Draw(t, "utilisation") * float64(servers)
		b, c := must(estimate.ErlangB(servers, load)), must(estimate.ErlangC(servers, load))
		require.LessOrEqual(t, b, c, "who may wait is in the way of others")
		require.LessOrEqual(t, must(estimate.ErlangB(servers+1, load)), b)
		require.LessOrEqual(t, must(estimate.ErlangC(servers+1, load)), c)
		require.GreaterOrEqual(t, must(estimate.ErlangB(servers, load*1.001)), b)
		require.GreaterOrEqual(t, must(estimate.ErlangC(servers, load*1.001)), c)
	})
}

// The least number of servers is enough, and one less is not; the largest load can be borne, and no larger one.
func TestLaw_SizesAreTheLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		load := rapid.Float64Range(0, 300).Draw(t, "load")
		p := rapid.Float64Range(1e-9, 1).Draw(t, "p")
		n := must(estimate.ServersForBlocking(load, p))
		require.LessOrEqual(t, must(estimate.ErlangB(n, load)), p)
		if n > 1 {
			require.Greater(t, must(estimate.ErlangB(n-1, load)), p)
		}
		n = must(estimate.ServersForWaiting(load, p))
		require.LessOrEqual(t, must(estimate.ErlangC(n, load)), p)
		if n > 1 {
			waits, err := estimate.ErlangC(n-1, load)
			require.True(t, err != nil || waits > p, "%d servers are enough", n-1)
		}
		if p < 1 {
			most := must(estimate.LoadForBlocking(n, p))
			require.LessOrEqual(t, must(estimate.ErlangB(n, most)), p)
			require.Greater(t, must(estimate.ErlangB(n, most*(1+1e-9)+1e-300)), p)
		}
	})
}

// At p = 0.2 the spare servers are about the square root of the load: half of it to twice it, over four decades.
func TestClaim_SpareServersGrowWithTheRoot(t *testing.T) {
	for _, load := range []float64{10, 100, 1000, 10_000, 100_000} {
		spare := float64(must(estimate.ServersForWaiting(load, 0.2))) - load
		require.Greater(t, spare, math.Sqrt(load)/2, "%v erlang", load)
		require.Less(t, spare, 2*math.Sqrt(load), "%v erlang", load)
	}
}

// Very small probabilities have answers, and very large numbers of servers come to an end.
func TestErlangExtremes(t *testing.T) {
	require.Equal(t, 0., must(estimate.ErlangB(5, 0)))
	require.Equal(t, 0., must(estimate.ErlangC(5, 0)))
	require.Equal(t, 1., must(estimate.ErlangB(1, math.MaxFloat64)))
	require.Equal(t, 0., must(estimate.ErlangB(1_000_000, 1)))
	require.InDelta(t, 1e6, must(estimate.LoadForBlocking(1_000_000, 1e-3)), 0.01*1e6)
	require.InEpsilon(t, 1e-300, must(estimate.LoadForBlocking(1, 1e-300)), 1e-12)
	require.Equal(t, 1, must(estimate.ServersForBlocking(1e300, 1)))
	require.Equal(t, 1, must(estimate.ServersForWaiting(0, 0.5)))
	require.Equal(t, 11, must(estimate.ServersForWaiting(10, 1)))
}

func TestErlangRefuses(t *testing.T) {
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.ErlangB(0, 1)) }, "estimate: servers must lie in [1, 1000000]: 0"},
		{func() error { return refused(estimate.ErlangB(1_000_001, 1)) }, "estimate: servers must lie in [1, 1000000]: 1000001"},
		{func() error { return refused(estimate.ErlangB(1, -1)) }, "estimate: a load in erlang must be finite and not negative: -1"},
		{func() error { return refused(estimate.ErlangB(1, math.NaN())) }, "estimate: a load in erlang must be finite and not negative: NaN"},
		{func() error { return refused(estimate.ErlangB(1, math.Inf(1))) }, "estimate: a load in erlang must be finite and not negative: +Inf"},
		{func() error { return refused(estimate.ErlangC(-1, 1)) }, "estimate: servers must lie in [1, 1000000]: -1"},
		{func() error { return refused(estimate.ErlangC(2, math.NaN())) }, "estimate: a load in erlang must be finite and not negative: NaN"},
		{func() error { return refused(estimate.ErlangC(2, 2.5)) }, "estimate: utilisation must be below 1: 1.25, of a load of 2.5 erlang on 2 servers"},
		{func() error { return refused(estimate.ServersForBlocking(1, 0)) }, "estimate: a probability of blocking must lie in (0, 1]: 0"},
		{func() error { return refused(estimate.ServersForWaiting(1, math.NaN())) }, "estimate: a probability of waiting must lie in (0, 1]: NaN"},
		{func() error { return refused(estimate.ServersForWaiting(-1, 0.1)) }, "estimate: a load in erlang must be finite and not negative: -1"},
		{func() error { return refused(estimate.ServersForWaiting(2e6, 0.1)) },
			"estimate: servers must be at most 1000000: a load of 2e+06 erlang needs more for a probability of waiting of 0.1"},
		{func() error { return refused(estimate.LoadForBlocking(0, 0.1)) }, "estimate: servers must lie in [1, 1000000]: 0"},
		{func() error { return refused(estimate.LoadForBlocking(1, 1)) }, "estimate: a probability of blocking must lie in [1e-300, 1): 1"},
		{func() error { return refused(estimate.LoadForBlocking(1, 5e-324)) }, "estimate: a probability of blocking must lie in [1e-300, 1): 5e-324"},
	})
	_, err := estimate.ErlangC(10, 10)
	require.ErrorIs(t, err, estimate.ErrOverloaded)
}
