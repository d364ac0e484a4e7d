package estimatesim

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ms = time.Millisecond

// A service of nothing leaves the stalls alone, so that everything can be counted: a stall of 100 ms every second, a request every 10 ms. Whatever the
// phase, ten requests of a hundred begin in a stall, and wait for up to 100 ms, 10 ms less each; a tool that waits sends one of them.
func TestLaw_LoadTest_CountsWithoutService(t *testing.T) {
	l := LoadTest{Interval: 10 * ms, Stall: 100 * ms, Every: time.Second, Length: time.Second}
	sent := map[uint64]int{}
	for seed := range uint64(50) {
		r, err := l.Run(rand.New(rand.NewPCG(seed, 1)))
		require.NoError(t, err)
		require.EqualValues(t, 100, r.Planned.Count())
		// A plan that begins in a stall meets the rest of it at the end: two tools' requests meet a part each.
		require.Contains(t, []uint64{91, 92}, r.Waiting.Count(), "seed %d", seed)
		require.GreaterOrEqual(t, r.Filled.Count(), uint64(98))
		require.LessOrEqual(t, r.Filled.Count(), uint64(110), "the last stall may fill in a time after the plan")
		if sent[r.Waiting.Count()]++; r.Waiting.Count() == 91 {
			// One stall: its request waits for more than 90 ms, and what is filled in is less by 10 ms each, down to 10; a bucket is 0.3% wide.
			least, err := r.Filled.Quantile(90.5 / float64(r.Filled.Count()))
			require.NoError(t, err)
			require.GreaterOrEqual(t, least, 10*ms-ms/20, "seed %d", seed)
			require.LessOrEqual(t, least, 20*ms+ms/20, "seed %d", seed)
		}
		longest, err := r.Planned.Max()
		require.NoError(t, err)
		require.LessOrEqual(t, longest, 100*ms)
		none, err := r.Planned.Quantile(0.9)
		require.NoError(t, err)
		require.Zero(t, none, "ninety requests of a hundred meet no stall")
		some, err := r.Planned.Quantile(0.91)
		require.NoError(t, err)
		require.Positive(t, some)
	}
	require.Len(t, sent, 2, "phases are drawn: a plan in ten begins in a stall")
}

// Without stalls requests that wait for each other meet no queue: what is reported is the service. On plan they queue, so that no request is faster.
func TestLaw_LoadTest_WithoutStalls(t *testing.T) {
	l := LoadTest{Interval: 10 * ms, Service: ms, Every: time.Second, Length: 1_000 * time.Second}
	r, err := l.Run(rand.New(rand.NewPCG(1, 1)))
	require.NoError(t, err)
	waiting, err := r.Waiting.Mean()
	require.NoError(t, err)
	planned, err := r.Planned.Mean()
	require.NoError(t, err)
	// 100,000 exponential times of 1 ms: the mean has a deviation of 1/316 ms, and five of them are 0.016 ms.
	require.InDelta(t, 1, waiting.Seconds()*1e3, 0.016)
	require.GreaterOrEqual(t, planned+ms/1000, waiting)
	p, err := l.Percentile(0.999)
	require.NoError(t, err)
	require.Zero(t, p)
}

// The fluid leaves out the service, 1 ms and seldom 10, the interval, 10 ms, and how far the work of the hundred requests of a stall varies, sqrt(100) × 1 ms:
// of 200 stalls the p99 and p97 are off by less than the sum of them.
func TestClaim_LoadTest_PercentileOfAFluid(t *testing.T) {
	l := LoadTest{Interval: 10 * ms, Service: ms, Stall: time.Second, Every: 20 * time.Second, Length: 4_000 * time.Second}
	r, err := l.Run(rand.New(rand.NewPCG(7, 1)))
	require.NoError(t, err)
	for _, c := range []struct{ p, ms float64 }{{0.97, 460}, {0.99, 820}} {
		fluid, err := l.Percentile(c.p)
		require.NoError(t, err)
		require.InDelta(t, c.ms, fluid.Seconds()*1e3, 1e-3)
		planned, err := r.Planned.Quantile(c.p)
		require.NoError(t, err)
		require.InDelta(t, c.ms, planned.Seconds()*1e3, 30)
	}
	waiting, err := r.Waiting.Quantile(0.99)
	require.NoError(t, err)
	require.InDelta(t, math.Log(100), waiting.Seconds()*1e3, 0.1, "200 requests of 380,000 meet a stall")
}

func TestLoadTest_Refuses(t *testing.T) {
	good := LoadTest{Interval: 10 * ms, Service: ms, Stall: time.Second, Every: 20 * time.Second, Length: time.Minute}
	for _, c := range []struct {
		change func(*LoadTest)
		want   string
	}{
		{func(l *LoadTest) { l.Interval = 0 }, "the interval of requests must be positive: 0s"},
		{func(l *LoadTest) { l.Interval = -1 }, "the interval of requests must be positive: -1ns"},
		{func(l *LoadTest) { l.Service = -1 }, "the mean service must lie in [0s, 10ms), the interval: -1ns"},
		{func(l *LoadTest) { l.Service = 10 * ms }, "the mean service must lie in [0s, 10ms), the interval: 10ms"},
		{func(l *LoadTest) { l.Stall = l.Every }, "a stall must be shorter than what lies between two, 20s, and not negative: 20s"},
		{func(l *LoadTest) { l.Stall = -1 }, "a stall must be shorter than what lies between two, 20s, and not negative: -1ns"},
		{func(l *LoadTest) { l.Length = 0 }, "a plan must have 1 to 10000000 requests: 0s with one every 10ms"},
		{func(l *LoadTest) { l.Length = math.MaxInt64 }, "a plan must have 1 to 10000000 requests: 2562047h47m16.854775807s with one every 10ms"},
		{func(l *LoadTest) { l.Interval, l.Service, l.Length, l.Stall = 1, 0, 1_000, 19*time.Second },
			"a stall must be at most 10000000 intervals of requests: 19s with one every 1ns"},
		{func(l *LoadTest) { l.Interval, l.Length, l.Stall, l.Every = math.MaxInt64/10, math.MaxInt64, 0, 1 },
			"a plan must be sure to end within 292 years: 2562047h47m16.854775807s with one every 256204h46m43.68547758s of 1ms, and a stall of 0s every 1ns"},
		{func(l *LoadTest) { l.Length, l.Stall, l.Every = time.Hour, time.Hour, math.MaxInt64/1_000 },
			"a plan must be sure to end within 292 years: 1h0m0s with one every 10ms of 1ms, and a stall of 1h0m0s every 2562h2m52.036854775s"},
		{func(l *LoadTest) { *l = LoadTest{} }, "the interval of requests must be positive: 0s"},
	} {
		bad := good
		c.change(&bad)
		_, err := bad.Run(rand.New(rand.NewPCG(1, 1)))
		require.EqualError(t, err, "estimatesim: "+c.want)
		_, err = bad.Percentile(0.99)
		require.EqualError(t, err, "estimatesim: "+c.want)
	}
	_, err := good.Run(nil)
	require.EqualError(t, err, "estimatesim: a source of random numbers is needed")
	for _, p := range []float64{0, -0.1, 1.1, math.NaN(), math.Inf(1)} {
		_, err := good.Percentile(p)
		require.ErrorContains(t, err, "estimatesim: a percentile must lie in (0, 1]: ")
	}
}
