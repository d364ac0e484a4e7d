package estimating

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

func TestClaim_AveragedP99FindingsHold(t *testing.T) {
	judgetest.Hold(t, averagedP99(soundReports, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

func TestBroken_AveragedP99FindingsTurnFalse(t *testing.T) {
	planted := func(change func(*reports)) lab.Experiment {
		parts := soundReports
		change(&parts)
		return averagedP99(parts, judge.Effort{})
	}
	slowest := func(p99s, _ []float64) float64 { return slices.Max(p99s) }
	fastest := func(p99s, _ []float64) float64 { return slices.Min(p99s) }
	mistaken := func(mistake func(*estimatesim.Reported)) func(*reports) {
		return func(r *reports) {
			r.test = func(l estimatesim.LoadTest, random *rand.Rand) (*estimatesim.Reported, error) {
				reported, err := l.Run(random)
				if err == nil {
					mistake(reported)
				}
				return reported, err
			}
		}
	}
	oneOnly := func(servers []stats.Histogram) (time.Duration, error) { return servers[0].Quantile(p99) }
	judgetest.TurnFalse(t, averagedP99(soundReports, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("one server stands for all", planted(func(r *reports) { r.all = oneOnly }), nil, judgetest.Lines(mergedExact, averageBelow)),
		judgetest.Bug("the slowest server stands for the average", planted(func(r *reports) { r.average = slowest }), nil, averageBelow),
		judgetest.Bug("the fastest server stands for the average", planted(func(r *reports) { r.average = fastest }), nil, averageAbove),
		judgetest.Bug("all the weight is on the slowest", planted(func(r *reports) { r.weighted = slowest }), nil, weightedBelow),
		judgetest.Bug("the test does not wait", planted(mistaken(func(r *estimatesim.Reported) { r.Waiting = r.Planned })), nil, waitingBelow),
		judgetest.Bug("requests on plan wait", planted(mistaken(func(r *estimatesim.Reported) { r.Planned = r.Waiting })), nil, judgetest.Lines(plannedTheory, filledTheory)),
		judgetest.Bug("nothing is filled in", planted(mistaken(func(r *estimatesim.Reported) { r.Filled = r.Waiting })), nil, filledTheory),
	})
}

func TestAveragedP99_OddParameters(t *testing.T) {
	e := averagedP99(soundReports, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-servers", "2"},
		{"-servers", "100", "-shares", "0.001,0.999"},
		{"-shares", "0.5"},
		{"-shares", "0.9,0.001"},
		{"-slow", "1"},
		{"-slow", "1000"},
		{"-stall", "1ms"},
		{"-stall", "10s"},
		{"-every", "10s", "-interval", "2ms"},
		{"-every", "1h", "-stall", "1m", "-interval", "1m"},
		{"-every", "200ms", "-stall", "100ms", "-interval", "2ms"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestAveragedP99_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-servers", "1"}, "-servers must lie in [2, 100]: 1"},
		{[]string{"-slow", "0.5"}, "-slow must lie in [1, 1000]: 0.5"},
		{[]string{"-shares", "0"}, "-shares must lie in [0.001, 0.999]: 0"},
		{[]string{"-shares", "NaN"}, "-shares must"},
		{[]string{"-stall", "11s"}, "-stall must be at most half of -every: 11s and 20s"},
		{[]string{"-interval", "1ms"}, "-interval must lie in [2ms, 1m0s]: 1ms"},
		{[]string{"-every", "1h"}, "-every and -interval must make at most 500000 requests in 20 stalls: 7200000"},
		{[]string{"-interval", "1m"}, "-every and -interval must make at least 1000 requests in 20 stalls, for a p99.9: 6"},
	} {
		_, err := lab.Try(AveragedP99, 1, c.args...)
		require.ErrorContains(t, err, "averaged-p99: "+c.want, "%v", c.args)
	}
}
