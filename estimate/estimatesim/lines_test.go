package estimatesim

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

func exponential(t require.TestingT) workload.ServiceTime {
	times, err := workload.NewExponential(time.Second)
	require.NoError(t, err)
	return times
}

// naiveLines looks through all servers for the one that is free first, and draws as Run does.
func naiveLines(l Lines, e *sim.Engine, warmUp, requests int) Waited {
	gaps, services, choices := e.Stream("gaps"), e.Stream("services"), e.Stream("lines")
	mean := l.Service.Mean().Seconds()
	each := l.Servers / l.Lines
	free := make([]float64, l.Servers)
	now := 0.0
	var waits []float64
	for range warmUp + requests {
		now += mean / (float64(l.Servers) * l.Load) * gaps.ExpFloat64()
		line := 0
		if l.Lines > 1 {
			line = choices.IntN(l.Lines)
		}
		servers := free[line*each : (line+1)*each]
		first := slices.Index(servers, slices.Min(servers))
		start := max(now, servers[first])
		servers[first] = start + l.Service.Draw(services).Seconds()
		waits = append(waits, start-now)
	}
	var total Waited
	for _, w := range waits[warmUp:] {
		total.Mean += w / mean / float64(requests)
		if w > 0 {
			total.Share += 1 / float64(requests)
		}
	}
	return total
}

func TestLaw_LinesEqualALookAtAllServers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines, each := rapid.IntRange(1, 5).Draw(t, "lines"), rapid.IntRange(1, 9).Draw(t, "each")
		l := Lines{Servers: lines * each, Lines: lines, Load: rapid.Float64Range(0.05, 0.99).Draw(t, "load"), Service: exponential(t)}
		seed, warmUp, requests := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 50).Draw(t, "warm-up"), rapid.IntRange(1, 300).Draw(t, "requests")
		got, err := l.Run(sim.New(seed), warmUp, requests)
		require.NoError(t, err)
		want := naiveLines(l, sim.New(seed), warmUp, requests)
		// At most 350 sums of non-negative terms: the rounding is below 1e-12 of the largest.
		require.InDelta(t, want.Mean, got.Mean, 1e-9*(1+want.Mean))
		require.InDelta(t, want.Share, got.Share, 1e-9)
	})
}

// Whether requests wait is no mean of service times, and tells M/M/c from a line before each server.
func TestClaim_LinesWaitAsErlangSays(t *testing.T) {
	for _, c := range []struct {
		servers, lines int
		load           float64
	}{{1, 1, 0.5}, {4, 1, 0.8}, {4, 2, 0.7}, {4, 4, 0.7}} {
		l := Lines{Servers: c.servers, Lines: c.lines, Load: c.load, Service: exponential(t)}
		warmUp, err := l.WarmUp()
		require.NoError(t, err)
		all, err := sim.Replicate(1, 20, func(e *sim.Engine) (Waited, error) { return l.Run(e, warmUp, 10*warmUp) })
		require.NoError(t, err)
		each := c.servers / c.lines
		q, err := estimate.NewMMC(c.load*float64(each), time.Second, each)
		require.NoError(t, err)
		var means, shares []float64
		for _, w := range all {
			means, shares = append(means, w.Mean), append(shares, w.Share)
		}
		mean, err := stats.MeanInterval(means, stats.Asserted)
		require.NoError(t, err)
		share, err := stats.MeanInterval(shares, stats.Asserted)
		require.NoError(t, err)
		require.True(t, mean.Contains(q.MeanWait().Seconds()), "%+v: %+v, %v", c, mean, q.MeanWait())
		require.True(t, share.Contains(q.Waits()), "%+v: %+v, %v", c, share, q.Waits())
	}
}

func TestLines_OneLineWaitsNoLongerOnTheSameRequests(t *testing.T) {
	for seed := range uint64(20) {
		l := Lines{Servers: 6, Lines: 1, Load: 0.8, Service: exponential(t)}
		one, err := l.Run(sim.New(seed), 0, 2_000)
		require.NoError(t, err)
		l.Lines = 6
		six, err := l.Run(sim.New(seed), 0, 2_000)
		require.NoError(t, err)
		require.Less(t, one.Mean, six.Mean)
	}
}

func TestLines_WarmUp(t *testing.T) {
	l := Lines{Servers: 2, Lines: 1, Load: 0.5, Service: exponential(t)}
	got, err := l.WarmUp()
	require.NoError(t, err)
	require.Equal(t, 10*(2*2*4+2), got)
	l.Lines = 2
	got, err = l.WarmUp()
	require.NoError(t, err)
	require.Equal(t, 10*(2*2*2*4+2), got)

	l.Load = math.Nextafter(1, 0)
	_, err = l.WarmUp()
	require.ErrorContains(t, err, "estimatesim: lines take 6.5e+33 requests to warm up, more than 1e+12")
	l.Load, l.Service = 0.5, endless{l.Service}
	_, err = l.WarmUp()
	require.ErrorContains(t, err, "estimatesim: lines take +Inf requests to warm up")
	l.Load = 1
	_, err = l.WarmUp()
	require.ErrorContains(t, err, "the load must lie in (0, 1): 1")
}

// endless is a time of infinite variance.
type endless struct{ workload.ServiceTime }

func (endless) Variance() float64 { return math.Inf(1) }

func TestLines_Refuses(t *testing.T) {
	sound := Lines{Servers: 6, Lines: 2, Load: 0.5, Service: exponential(t)}
	for _, c := range []struct {
		change           func(*Lines)
		warmUp, requests int
		want             string
	}{
		{func(l *Lines) { l.Service = nil }, 0, 1, "service times of a positive mean are needed"},
		{func(l *Lines) { l.Servers = 0 }, 0, 1, "servers must lie in [1, 100000]: 0"},
		{func(l *Lines) { l.Servers = 100_002 }, 0, 1, "servers must lie in [1, 100000]: 100002"},
		{func(l *Lines) { l.Lines = 0 }, 0, 1, "lines must be a divisor of the 6 servers: 0"},
		{func(l *Lines) { l.Lines = 4 }, 0, 1, "lines must be a divisor of the 6 servers: 4"},
		{func(l *Lines) { l.Lines = 12 }, 0, 1, "lines must be a divisor of the 6 servers: 12"},
		{func(l *Lines) { l.Lines = -1 }, 0, 1, "lines must be a divisor of the 6 servers: -1"},
		{func(l *Lines) { l.Load = 0 }, 0, 1, "the load must lie in (0, 1): 0"},
		{func(l *Lines) { l.Load = 1 }, 0, 1, "the load must lie in (0, 1): 1"},
		{func(l *Lines) { l.Load = math.NaN() }, 0, 1, "the load must lie in (0, 1): NaN"},
		{func(l *Lines) { l.Load = math.Inf(1) }, 0, 1, "the load must lie in (0, 1): +Inf"},
		{func(*Lines) {}, -1, 1, "requests to warm up must lie in [0, 1000000000000]: -1"},
		{func(*Lines) {}, 0, 0, "requests must lie in [1, 1000000000000]: 0"},
		{func(*Lines) {}, 0, 1_000_000_000_000, "requests must come within 200 years: 1.06e+04"},
		{func(*Lines) {}, 0, math.MaxInt, "requests must lie in [1, 1000000000000]: 9223372036854775807"},
	} {
		l := sound
		c.change(&l)
		_, err := l.Run(sim.New(1), c.warmUp, c.requests)
		require.ErrorContains(t, err, "estimatesim: "+c.want)
	}
	_, err := sound.Run(nil, 0, 1)
	require.ErrorContains(t, err, "estimatesim: an engine is needed")
}
