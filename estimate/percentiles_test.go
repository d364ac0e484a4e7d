package estimate_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func ExampleLatencies_Merge() {
	ms := time.Millisecond
	quick, _ := estimate.NewLatencies(estimate.Band{Latency: 10 * ms, Requests: 10_000})
	slow, _ := estimate.NewLatencies(estimate.Band{Latency: 10 * ms, Requests: 50}, estimate.Band{Latency: 500 * ms, Requests: 50})
	p99 := func(l estimate.Latencies) time.Duration {
		p, _ := l.Percentile(0.99)
		return p
	}
	all, _ := quick.Merge(slow)
	fmt.Println("p99 of each host:", p99(quick), p99(slow))
	fmt.Println("their average:", (p99(quick)+p99(slow))/2)
	fmt.Println("p99 of all requests:", p99(all))
	// Output:
	// p99 of each host: 10ms 500ms
	// their average: 255ms
	// p99 of all requests: 10ms
}

// Of a hop that is rarely slow the p95 is 1 ms. That of two such hops is not 2 ms, because either is slow in 7.84% of all cases.
func ExampleLatencies_Then() {
	hop, err := estimate.NewLatencies(estimate.Band{Latency: time.Millisecond, Requests: 96}, estimate.Band{Latency: 100 * time.Millisecond, Requests: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	one, _ := hop.Percentile(0.95)
	both, _ := hop.Then(hop)
	two, _ := both.Percentile(0.95)
	fmt.Println("p95 of a hop:", one)
	fmt.Println("p95 of two, one after the other:", two)
	// Output:
	// p95 of a hop: 1ms
	// p95 of two, one after the other: 101ms
}

// host is what one host has measured, a request each, in milliseconds.
type host []int

var hosts = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) host {
	return rapid.SliceOfN(rapid.IntRange(1, 100), 1, 20).Draw(t, "ms")
}), 2, 4)

// percents are all, and those that are looked at most more often.
var percents = rapid.OneOf(rapid.SampledFrom([]int{99, 95, 50}), rapid.IntRange(1, 100))

func (h host) latencies() estimate.Latencies {
	var bands []estimate.Band
	for _, ms := range h {
		bands = append(bands, estimate.Band{Latency: time.Duration(ms) * time.Millisecond, Requests: 1})
	}
	return must(estimate.NewLatencies(bands...))
}

// percentile is the definition: of the requests in order, the first one such that so many percent of all are at most as slow.
func (h host) percentile(percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(h))
	for i, ms := range sorted {
		if 100*(i+1) >= percent*len(sorted) {
			return time.Duration(ms) * time.Millisecond
		}
	}
	panic("the last is as slow as all")
}

// together is somebody's percentile of all requests of some hosts.
type together func(of []estimate.Latencies, p float64) time.Duration

func merged(of []estimate.Latencies, p float64) time.Duration {
	return must(must(of[0].Merge(of[1:]...)).Percentile(p))
}

func TestLaw_PercentileOfAllIsThatOfAllRequests(t *testing.T) { rapid.Check(t, lawTogether(merged)) }

func lawTogether(of together) func(*rapid.T) {
	return func(t *rapid.T) {
		measured := hosts.Draw(t, "hosts")
		percent := percents.Draw(t, "percent")
		var all host
		var each []estimate.Latencies
		var story []string
		for i, h := range measured {
			all, each = append(all, h...), append(each, h.latencies())
			story = append(story, fmt.Sprintf("host %d, in ms: %v, p%d %v", i+1, []int(h), percent, h.percentile(percent)))
		}
		if got, want := of(each, float64(percent)/100), all.percentile(percent); got != want {
			t.Fatalf("%s\nthe p%d of all requests is %v\nbut the answer is %v", strings.Join(story, "\n"), percent, want, got)
		}
	}
}

func TestBroken_PercentilesAveraged(t *testing.T) {
	lawtest.Breaks(t, "The mean of the percentiles of the hosts", lawTogether(func(of []estimate.Latencies, p float64) time.Duration {
		sum := time.Duration(0)
		for _, l := range of {
			sum += must(l.Percentile(p))
		}
		return sum / time.Duration(len(of))
	}))
}

func TestBroken_PercentilesAveragedByRequests(t *testing.T) {
	lawtest.Breaks(t, "The mean of the percentiles of the hosts, each as often as it has requests", lawTogether(func(of []estimate.Latencies, p float64) time.Duration {
		sum, requests := time.Duration(0), uint64(0)
		for _, l := range of {
			sum += must(l.Percentile(p)) * time.Duration(l.Requests())
			requests += l.Requests()
		}
		return sum / time.Duration(requests)
	}))
}

func TestBroken_WorstPercentile(t *testing.T) {
	lawtest.Breaks(t, "The highest percentile of the hosts", lawTogether(func(of []estimate.Latencies, p float64) time.Duration {
		worst := time.Duration(0)
		for _, l := range of {
			worst = max(worst, must(l.Percentile(p)))
		}
		return worst
	}))
}

// That is all that percentiles of parts say: the one of all lies between them.
func TestLaw_PercentileOfAllLiesBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		measured := hosts.Draw(t, "hosts")
		p := rapid.Float64Range(0.001, 1).Draw(t, "p")
		var each []estimate.Latencies
		var of []time.Duration
		for _, h := range measured {
			each = append(each, h.latencies())
			of = append(of, must(h.latencies().Percentile(p)))
		}
		all := merged(each, p)
		require.GreaterOrEqual(t, all, slices.Min(of))
		require.LessOrEqual(t, all, slices.Max(of))
	})
}

// serial is somebody's percentile of the sum of two latencies.
type serial func(first, second estimate.Latencies, p float64) time.Duration

func inTurn(first, second estimate.Latencies, p float64) time.Duration {
	return must(must(first.Then(second)).Percentile(p))
}

// Each request of the first hop meets each of the second.
func TestLaw_SumsAreOverAllPairs(t *testing.T) { rapid.Check(t, lawSerial(inTurn)) }

func lawSerial(of serial) func(*rapid.T) {
	return func(t *rapid.T) {
		both := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) host {
			return rapid.SliceOfN(rapid.IntRange(1, 100), 1, 20).Draw(t, "ms")
		}), 2, 2).Draw(t, "hops")
		percent := percents.Draw(t, "percent")
		var sums host
		for _, a := range both[0] {
			for _, b := range both[1] {
				sums = append(sums, a+b)
			}
		}
		if got, want := of(both[0].latencies(), both[1].latencies(), float64(percent)/100), sums.percentile(percent); got != want {
			t.Fatalf("first hop, in ms: %v, p%d %v\nsecond hop, in ms: %v, p%d %v\nof all pairs the p%d is %v\nbut the answer is %v",
				[]int(both[0]), percent, both[0].percentile(percent), []int(both[1]), percent, both[1].percentile(percent), percent, want, got)
		}
	}
}

func TestBroken_PercentilesAdded(t *testing.T) {
	lawtest.Breaks(t, "A latency budget: the sum of the percentiles of the hops", lawSerial(func(first, second estimate.Latencies, p float64) time.Duration {
		return must(first.Percentile(p)) + must(second.Percentile(p))
	}))
}

// The counterexample is one: two p95s add up to 2 ms, and the p95 of the sum is 101 ms. With so many more requests slow that the p95
// of a hop is slow itself, the sum of p95s is too high instead.
func TestClaim_QuantilesAreNotSubadditive(t *testing.T) {
	hop := must(estimate.NewLatencies(estimate.Band{time.Millisecond, 96}, estimate.Band{100 * time.Millisecond, 4}))
	require.Equal(t, uint64(100), hop.Requests())
	require.Equal(t, hop, must(estimate.NewLatencies(estimate.Band{100 * time.Millisecond, 4}, estimate.Band{time.Millisecond, 96})), "in any order")
	require.Equal(t, time.Millisecond, must(hop.Percentile(0.95)))
	require.Equal(t, 101*time.Millisecond, inTurn(hop, hop, 0.95))
	require.Equal(t, 2*time.Millisecond, inTurn(hop, hop, 0.92), "7.84%% are slow")

	often := must(estimate.NewLatencies(estimate.Band{time.Millisecond, 94}, estimate.Band{100 * time.Millisecond, 6}))
	require.Equal(t, 100*time.Millisecond, must(often.Percentile(0.95)))
	require.Less(t, inTurn(often, often, 0.95), 200*time.Millisecond)
}

// 7 of 100 are 7%, though 0.07 times 100 is a little more than 7; and a table of counts has the percentiles of its requests.
func TestPercentileRanks(t *testing.T) {
	var bands []estimate.Band
	for i := 100; i >= 1; i-- {
		bands = append(bands, estimate.Band{Latency: time.Duration(i), Requests: 1})
	}
	l := must(estimate.NewLatencies(bands...))
	for i := 1; i <= 100; i++ {
		require.Equal(t, time.Duration(i), must(l.Percentile(float64(i)/100)))
	}
	require.Equal(t, time.Duration(1), must(l.Percentile(1e-300)))
	require.Equal(t, time.Duration(8), must(l.Percentile(math.Nextafter(0.07, 1))))
}

// Counts with a common divisor are the same distribution, and pairs of many of them do not overflow.
func TestSumsOfLargeCounts(t *testing.T) {
	many := must(estimate.NewLatencies(estimate.Band{1, 1 << 51}, estimate.Band{2, 1 << 51}))
	all := many
	for range 10 {
		all = must(all.Then(many))
	}
	require.Equal(t, uint64(1<<11), all.Requests())
	require.Equal(t, time.Duration(11), must(all.Percentile(1./(1<<11))))
	require.Equal(t, time.Duration(22), must(all.Percentile(1)))
}

func TestPercentilesRefuse(t *testing.T) {
	band := func(latency time.Duration, requests uint64) estimate.Band {
		return estimate.Band{Latency: latency, Requests: requests}
	}
	hop, one := must(estimate.NewLatencies(band(time.Millisecond, 96), band(100*time.Millisecond, 4))), must(estimate.NewLatencies(band(1, 1)))
	odd := must(estimate.NewLatencies(band(1, 1<<52-1), band(2, 1<<52)))
	long := must(estimate.NewLatencies(band(math.MaxInt64, 1)))
	var many []estimate.Band
	for i := range 1025 {
		many = append(many, band(time.Duration(i), 1))
	}
	wide := must(estimate.NewLatencies(many...))
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.NewLatencies()) }, "estimate: bands of latency must lie in [1, 1048576]: 0"},
		{func() error { return refused(estimate.NewLatencies(band(-1, 1))) }, "estimate: a latency must not be negative: -1ns"},
		{func() error { return refused(estimate.NewLatencies(band(1, 0))) }, "estimate: a band of latency must have requests: 0 with 1ns"},
		{func() error { return refused(estimate.NewLatencies(band(1, 1<<53), band(2, 1))) },
			"estimate: all bands of latency together must have at most 9007199254740992 requests: 9007199254740992 and 1"},
		{func() error { return refused(estimate.NewLatencies(band(1, math.MaxUint64))) },
			"estimate: all bands of latency together must have at most 9007199254740992 requests: 0 and 18446744073709551615"},
		{func() error { return refused(estimate.NewLatencies(band(1, 2), band(2, math.MaxUint64))) }, // whose sum is 1, in 64 bits
			"estimate: all bands of latency together must have at most 9007199254740992 requests: 2 and 18446744073709551615"},
		{func() error { return refused(hop.Percentile(0)) }, "estimate: a percentile must lie in (0, 1]: 0"},
		{func() error { return refused(hop.Percentile(99)) }, "estimate: a percentile must lie in (0, 1]: 99"},
		{func() error { return refused(hop.Percentile(math.NaN())) }, "estimate: a percentile must lie in (0, 1]: NaN"},
		{func() error { return refused(estimate.Latencies{}.Percentile(0.5)) }, "estimate: a percentile needs requests: 0"},
		{func() error { return refused(estimate.Latencies{}.Merge()) }, "estimate: bands of latency must lie in [1, 1048576]: 0"},
		{func() error { return refused(estimate.Latencies{}.Then(hop)) }, "estimate: bands of latency must lie in [1, 1048576]: 0"},
		{func() error { return refused(long.Then(one)) }, "estimate: a sum of latencies must fit a duration: 2562047h47m16.854775807s and 1ns"},
		{func() error { return refused(odd.Then(odd)) }, "estimate: pairs of requests must be at most 9007199254740992: 9007199254740991 times 9007199254740991"},
		{func() error { return refused(wide.Then(wide)) }, "estimate: pairs of bands of latency must be at most 1048576: 1025 times 1025"},
	})
}
