package quorum_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Each distribution exceeds a time as often as its doc says: a binomial share of 100,000 draws, within five standard deviations, which one
// seed in a million exceeds.
func TestClaim_DelaysExceedAsTheySay(t *testing.T) {
	const draws = 100_000
	ms := time.Millisecond
	pareto, exponential := must(quorum.Pareto(2*ms, 1.5)), must(quorum.Exponential(5*ms))
	beyond := map[string]struct {
		delay quorum.Delay
		tail  func(t float64) float64 // t in ms
	}{
		"constant":    {must(quorum.Constant(3 * ms)), func(t float64) float64 { return step(t < 3) }},
		"exponential": {exponential, func(t float64) float64 { return math.Exp(-t / 5) }},
		"Pareto":      {pareto, func(t float64) float64 { return min(1, math.Pow(2/t, 1.5)) }},
		"measured":    {must(quorum.Measured([]time.Duration{ms, 4 * ms, 4 * ms, 30 * ms})), func(t float64) float64 { return (step(t < 1) + 2*step(t < 4) + step(t < 30)) / 4 }},
		"mixture": {must(quorum.Mixture(quorum.Part{Weight: 6, Delay: pareto}, quorum.Part{Weight: 0, Delay: exponential}, quorum.Part{Weight: 2, Delay: exponential})),
			func(t float64) float64 { return 0.75*min(1, math.Pow(2/t, 1.5)) + 0.25*math.Exp(-t/5) }},
		"SSD":  {quorum.LinkedInSSD().S, func(t float64) float64 { return 0.9122*min(1, math.Pow(0.235/t, 10)) + 0.0878*math.Exp(-1.66*t) }},
		"YMMR": {quorum.Yammer().W, func(t float64) float64 { return 0.939*min(1, math.Pow(3/t, 3.35)) + 0.061*math.Exp(-0.0028*t) }},
	}
	for name, c := range beyond {
		r := rand.New(rand.NewPCG(7, 7))
		for _, t0 := range []float64{0.3, 1, 2.5, 3.5, 10, 100} {
			over := 0
			for range draws {
				if c.delay.Draw(r) > time.Duration(t0*float64(ms)) {
					over++
				}
			}
			p := c.tail(t0)
			require.InDelta(t, draws*p, over, 5*math.Sqrt(draws*p*(1-p))+1e-9, "%s beyond %v ms", name, t0)
		}
	}
}

func step(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// A service time of the simulator is a delay.
func TestServiceTimesAreDelays(t *testing.T) {
	var d quorum.Delay = must(workload.NewLognormal(time.Millisecond, 1))
	_, err := quorum.Staleness(quorum.Model{W: d, A: d, R: d, S: d}, quorum.Replicas{N: 3, R: 1, W: 1}, 10, nil)
	require.NoError(t, err)
}

// What was measured is copied.
func TestMeasuredIsCopied(t *testing.T) {
	all := []time.Duration{1}
	d := must(quorum.Measured(all))
	all[0] = -1
	require.Equal(t, time.Duration(1), d.Draw(rand.New(rand.NewPCG(1, 1))))
}
