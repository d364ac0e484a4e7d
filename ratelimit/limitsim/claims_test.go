package limitsim_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
)

// make returns an algorithm, or fails the test.
func make[A ratelimit.Algorithm](a A, err error) ratelimit.Algorithm {
	if err != nil {
		panic(err)
	}
	return a
}

// greedy is what the greedy client gets out of a limit of 100 per 60 s.
func greedy(a ratelimit.Algorithm) []limitsim.Request {
	return limitsim.Greedy(a, time.Minute-1, 5*time.Minute, 10_000)
}

// The table that everybody should know: of 100 per 60 s, the most that comes through in two nanoseconds, in a second and in a minute,
// half-open. Exact: the formulas stand beside the functions whose name begins with Most.
func TestClaim_MostAdmittedOf100PerMinute(t *testing.T) {
	rate := ratelimit.Per(100, time.Minute)
	for name, c := range map[string]struct {
		limit                ratelimit.Algorithm
		nanos, second, whole int
	}{
		"fixed window":           {make(ratelimit.NewFixedWindow(100, time.Minute)), 200, 200, 200},
		"sliding log":            {make(ratelimit.NewSlidingLog(100, time.Minute)), 100, 100, 100},
		"sliding counter":        {make(ratelimit.NewSlidingCounter(100, time.Minute)), 100, 101, 199},
		"token bucket, B=100":    {make(ratelimit.NewTokenBucket(rate, 100)), 100, 101, 199},
		"token bucket, B=10":     {make(ratelimit.NewTokenBucket(rate, 10)), 10, 11, 109},
		"GCRA, B=10":             {make(ratelimit.NewGCRA(rate, 10)), 10, 11, 109},
		"leaky bucket, B=10":     {make(ratelimit.NewLeakyBucket(rate, 10)), 10, 11, 109},
		"queue, 10 of them wait": {make(ratelimit.NewQueue(rate, 10)), 1, 2, 100},
	} {
		acts := greedy(c.limit)
		require.Equal(t, c.nanos, limitsim.MostIn(acts, 1), name)
		require.Equal(t, c.second, limitsim.MostIn(acts, time.Second-1), name)
		require.Equal(t, c.whole, limitsim.MostIn(acts, time.Minute-1), name)
	}
}

// Each window after the first admits a greedy client one event less than the counter's limit, as estimates are rounded up: 100 + 99 + 99 + 99.
func TestClaim_SlidingCounterRepaysItsDoubleSlowly(t *testing.T) {
	acts := greedy(make(ratelimit.NewSlidingCounter(100, time.Minute)))
	require.Equal(t, 100+3*99, limitsim.MostIn(acts, 3*time.Minute))
	require.Equal(t, 400, limitsim.MostOfSlidingCounter(100, time.Minute, 3*time.Minute))
}

func TestBounds(t *testing.T) {
	const minute = time.Minute
	for _, c := range []struct{ got, want int }{
		{limitsim.MostOfRate(100, minute, 10, 0), 10},
		{limitsim.MostOfRate(100, minute, 10, 600*time.Millisecond-1), 10},
		{limitsim.MostOfRate(100, minute, 10, 600*time.Millisecond), 11},
		{limitsim.MostOfRate(math.MaxInt, 1, 10, math.MaxInt64), math.MaxInt},
		{limitsim.MostOfRate(1, 1, math.MaxInt, 1), math.MaxInt},
		{limitsim.MostOfFixedWindow(100, minute, 0), 100},
		{limitsim.MostOfFixedWindow(100, minute, 1), 200},
		{limitsim.MostOfFixedWindow(100, minute, minute), 200},
		{limitsim.MostOfFixedWindow(100, minute, minute+1), 300},
		{limitsim.MostOfFixedWindow(math.MaxInt, minute, 1), math.MaxInt},
		{limitsim.MostOfSlidingLog(100, minute, minute-1), 100},
		{limitsim.MostOfSlidingLog(100, minute, minute), 200},
		{limitsim.MostOfSlidingLog(2, 1, math.MaxInt64), math.MaxInt},
		{limitsim.MostOfSlidingCounter(100, minute, 0), 100},
		{limitsim.MostOfSlidingCounter(100, minute, minute), 200},
	} {
		require.Equal(t, c.want, c.got)
	}
}

func TestEnvelope_Edges(t *testing.T) {
	require.Zero(t, limitsim.MostIn(nil, time.Second))
	acts := []limitsim.Request{{At: math.MinInt64, Cost: 1}, {At: 0, Cost: 2}, {At: math.MaxInt64, Cost: 4}}
	require.Equal(t, []int{0, 4, 6, 6}, limitsim.Envelope(acts, []time.Duration{-1, 0, math.MaxInt64, math.MaxInt64}))
	require.Equal(t, 7, limitsim.Events(acts))
}

// A limit that is broken must not keep the greedy client forever: one that admits all, and one that says to wait no time at all.
func TestGreedy_Ends(t *testing.T) {
	require.Len(t, limitsim.Greedy(always{}, 0, time.Hour, 12), 12)
	require.Empty(t, limitsim.Greedy(never{}, 0, 100, 12))
}

type always struct{ ratelimit.Algorithm }

func (always) Take(time.Duration, int) ratelimit.Decision {
	return ratelimit.Decision{Verdict: ratelimit.Admitted}
}

type never struct{ ratelimit.Algorithm }

func (never) Take(time.Duration, int) ratelimit.Decision { return ratelimit.Decision{} }

// A stream of one a second, with a burst of 30 every ten minutes: the knee is plain.
func TestSuggest_FindsTheKnee(t *testing.T) {
	var traffic []limitsim.Request
	for s := range 3600 {
		traffic = append(traffic, limitsim.Request{At: time.Duration(s) * time.Second, Cost: 1})
		if s%600 == 300 {
			traffic = append(traffic, limitsim.Request{At: time.Duration(s) * time.Second, Cost: 30})
		}
	}
	s, err := limitsim.Suggest(traffic, 1, time.Minute, 0)
	require.NoError(t, err)
	// At 1 a second the 31 of an instant take a burst of 31, and the next five bursts find what came in between still owed: 31 + 5*30, more than a minute's
	// worth. At 1.1 a second, 60 are regained in 600 s.
	require.Equal(t, limitsim.Suggestion{Rate: ratelimit.PerSecond(1.1), Burst: 31, Share: 1}, s)
	s, err = limitsim.Suggest(traffic, 1, time.Minute, time.Second)
	require.NoError(t, err)
	require.Equal(t, 31+2, s.Burst, "what comes in a second of doubt, rounded up, on top")
}

// 7/100. * 100 is 7.000000000000001: a share that is multiplied and rounded up asks for an eighth event.
func TestLeastBurst_TakesAShareAtItsWord(t *testing.T) {
	s, err := limitsim.LeastBurst([]limitsim.Request{{At: 0, Cost: 100}}, ratelimit.PerSecond(1), 7/100.)
	require.NoError(t, err)
	require.Equal(t, 7, s.Burst)
}

func TestSuggest_BadInput(t *testing.T) {
	one := []limitsim.Request{{At: 0, Cost: 1}}
	for _, c := range []struct {
		traffic      []limitsim.Request
		share        float64
		window, blur time.Duration
		want         string
	}{
		{one, 0, time.Minute, 0, "limitsim: a share must lie in (0, 1]: 0"},
		{one, 1.01, time.Minute, 0, "limitsim: a share must lie in (0, 1]: 1.01"},
		{one, math.NaN(), time.Minute, 0, "limitsim: a share must lie in (0, 1]: NaN"},
		{nil, 1, time.Minute, 0, "limitsim: a traffic must have an event: it has none"},
		{one, 1, time.Second, time.Second, "limitsim: blur must lie in [0, window): 1s 1s"},
		{one, 1, 0, 0, "limitsim: blur must lie in [0, window): 0s 0s"},
		{one, 1, time.Second, -1, "limitsim: blur must lie in [0, window): -1ns 1s"},
		{[]limitsim.Request{{At: 0, Cost: 1 << 30}}, 1, time.Second, 0, "limitsim: no rate of up to 1e+06 a second passes the traffic"},
	} {
		_, err := limitsim.Suggest(c.traffic, c.share, c.window, c.blur)
		require.EqualError(t, err, c.want)
	}
	_, err := limitsim.LeastBurst(one, ratelimit.PerSecond(-1), 1)
	require.ErrorContains(t, err, "ratelimit: a rate must be positive: -1 per 1s")
	_, err = limitsim.LeastBurst(one, ratelimit.PerSecond(1), 2)
	require.ErrorContains(t, err, "a share must lie in (0, 1]: 2")
}

func Example() {
	limit, err := ratelimit.NewFixedWindow(100, time.Minute)
	if err != nil {
		fmt.Println(err)
		return
	}
	acts := limitsim.Greedy(limit, time.Minute-1, 3*time.Minute, 1_000)
	fmt.Println(limitsim.MostIn(acts, 1), "in two nanoseconds")
	// Output: 200 in two nanoseconds
}
