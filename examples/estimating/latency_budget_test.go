package estimating

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

var soundBudget = budgetParts{estimatesim.InTurn, guideHops, rarelySlow, 0.95}

func TestClaim_LatencyBudgetFindingsHold(t *testing.T) {
	judgetest.Hold(t, latencyBudget(soundBudget, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

func TestBroken_LatencyBudgetFindingsTurnFalse(t *testing.T) {
	// Hops that are all slow at once: each request's first call is repeated.
	together, p99, parallel, cached, near, often := soundBudget, soundBudget, soundBudget, soundBudget, soundBudget, soundBudget
	together.draw = func(calls []workload.ServiceTime, after []int, p float64, requests int, r *rand.Rand) ([]time.Duration, error) {
		all := make([]time.Duration, len(after))
		for i, n := range after {
			for _, call := range calls[:n] {
				one, err := estimatesim.InTurn([]workload.ServiceTime{call}, []int{1}, p, requests, r)
				if err != nil {
					return nil, err
				}
				all[i] += one[0]
			}
		}
		return all, nil
	}
	p99.p = 0.99
	// The slowest hop taken for all of them, which is what they are if they are called at once.
	parallel.draw = func(calls []workload.ServiceTime, after []int, p float64, requests int, r *rand.Rand) ([]time.Duration, error) {
		one, err := estimatesim.InTurn(calls, []int{1}, p, requests, r)
		return slices.Repeat(one, len(after)), err
	}
	cached.hops = slices.Clone(guideHops)
	cached.hops[3] = 10 * time.Millisecond
	near.hops = []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 50 * time.Millisecond, 150 * time.Millisecond, time.Millisecond}
	often.rarely = func() (estimate.Latencies, error) {
		return estimate.NewLatencies(estimate.Band{Latency: time.Millisecond, Requests: 99}, estimate.Band{Latency: 100 * time.Millisecond, Requests: 1})
	}
	broken := func(parts budgetParts) lab.Experiment { return latencyBudget(parts, judge.Effort{}) }
	few := []string{"-hops", "2,5,10"}
	judgetest.TurnFalse(t, latencyBudget(soundBudget, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("percentiles are added", broken(together), few, judgetest.Lines(budgetExact, budgetFive, budgetTen, budgetMore)),
		judgetest.Bug("the p99 is taken", broken(p99), few, judgetest.Lines(budgetExact, budgetFive, budgetTen)),
		judgetest.Bug("hops are called at once", broken(parallel), few, judgetest.Lines(budgetMisses, budgetRare)),
		judgetest.Bug("the database is cached", broken(cached), few, judgetest.Lines(budgetMaxima, budgetCross)),
		judgetest.Bug("the far hop is taken for a near one", broken(near), few, judgetest.Lines(budgetMaxima, budgetMeets)),
		judgetest.Bug("one request in a hundred is slow", broken(often), few, budgetRare),
	})
}

func TestLatencyBudget_OddParameters(t *testing.T) {
	e := latencyBudget(soundBudget, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-hops", "1"},
		{"-hops", "50"},
		{"-hops", "10,2"},
		{"-sigma", "0.05"},
		{"-sigma", "2"},
		{"-hop", "1us"},
		{"-hop", "1h"},
		{"-hop", "1h", "-hops", "50"}, // bars with numbers of nine digits
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestLatencyBudget_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-hops", "0"}, "-hops must lie in [1, 50]: 0"},
		{[]string{"-hops", "51"}, "-hops must lie in [1, 50]: 51"},
		{[]string{"-hop", "0s"}, "-hop must lie in [1µs, 1h0m0s]: 0s"},
		{[]string{"-sigma", "0"}, "-sigma must lie in [0.05, 2]: 0"},
	} {
		_, err := lab.Try(LatencyBudget, 1, c.args...)
		require.ErrorContains(t, err, "latency-budget: "+c.want, "%v", c.args)
	}
}
