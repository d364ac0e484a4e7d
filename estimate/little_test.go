package estimate_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func ExampleLittle() {
	inFlight, _ := estimate.Little(2000, 150*time.Millisecond)
	fmt.Println("requests in flight:", inFlight)

	delay, _ := estimate.LittleStay(1000, 200)
	fmt.Println("a backlog of 1,000 at 200 a second:", delay)
	// Output:
	// requests in flight: 300
	// a backlog of 1,000 at 200 a second: 5s
}

func ExampleUtilisation() {
	busy, _ := estimate.Utilisation(80, 100*time.Millisecond, 10)
	fmt.Println(busy)

	_, err := estimate.Utilisation(120, 100*time.Millisecond, 10)
	fmt.Println(err)
	// Output:
	// 0.8
	// estimate: utilisation must be below 1: 1.2, of a load of 12 erlang on 10 servers
}

// visit is a stay in a system in [from, to), in whole milliseconds.
type visit struct{ from, to int }

// Whatever came and went, in whatever order, the mean number inside is arrivals per second times the mean stay.
func TestLaw_LittleCountsAnyPath(t *testing.T) { rapid.Check(t, lawLittle(estimate.Little)) }

func lawLittle(little func(float64, time.Duration) (float64, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		const horizon = 50 // ms
		visits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) visit {
			from := rapid.IntRange(0, horizon).Draw(t, "from")
			return visit{from, rapid.IntRange(from, horizon).Draw(t, "to")}
		}), 1, 8).Draw(t, "visits")

		insideMs, stayMs := 0, 0 // looked at from the system, and from the visitors
		for at := range horizon {
			for _, v := range visits {
				if v.from <= at && at < v.to {
					insideMs++
				}
			}
		}
		for _, v := range visits {
			stayMs += v.to - v.from
		}
		arrivals := float64(len(visits)) / (horizon / 1000.)
		stay := time.Duration(stayMs) * time.Millisecond / time.Duration(len(visits)) // cut to 1 ns, of which at most 160 a second
		got, want := must(little(arrivals, stay)), float64(insideMs)/horizon
		if math.Abs(got-want) > 1e-6 {
			t.Fatalf("visits in ms, half-open: %v\nwatched for %d ms there are %v inside, in the mean\nbut by %v arrivals per second that stay %v there are %v",
				visits, horizon, want, arrivals, stay, got)
		}
	}
}

func TestBroken_StayInWholeSeconds(t *testing.T) {
	cut := func(arrivals float64, stay time.Duration) (float64, error) {
		return estimate.Little(arrivals, stay.Truncate(time.Second))
	}
	lawtest.Breaks(t, "Little's law with a stay that was cut to whole seconds", lawLittle(cut))
}

func TestLaw_LittleBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arrivals := rapid.Float64Range(1e-3, 1e6).Draw(t, "arrivals")
		stay := time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "stay"))
		back := must(estimate.LittleStay(must(estimate.Little(arrivals, stay)), arrivals))
		// Four roundings, each of at most 2^-53 of the stay, and one to the nanosecond.
		if off := math.Abs(float64(back - stay)); off > 1+float64(stay)*4*0x1p-53 {
			t.Fatalf("%v arrivals per second that stay %v: the way back gives %v", arrivals, stay, back)
		}
	})
}

func TestLaw_UtilisationIsTheOfferedLoadOverServers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arrivals := float64(rapid.IntRange(0, 1000).Draw(t, "arrivals"))
		service := time.Duration(rapid.IntRange(1, 1000).Draw(t, "ms")) * time.Millisecond
		servers := rapid.IntRange(1, 1000).Draw(t, "servers")
		load := must(estimate.Little(arrivals, service))
		busy, err := estimate.Utilisation(arrivals, service, servers)
		if load >= float64(servers) {
			require.ErrorIs(t, err, estimate.ErrOverloaded)
			return
		}
		require.NoError(t, err)
		require.Equal(t, load/float64(servers), busy)
		require.Less(t, busy, 1.)
	})
}

func TestLittleRefuses(t *testing.T) {
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.Little(-1, time.Second)) }, "estimate: arrivals per second must be finite and not negative: -1"},
		{func() error { return refused(estimate.Little(math.NaN(), time.Second)) }, "estimate: arrivals per second must be finite and not negative: NaN"},
		{func() error { return refused(estimate.Little(math.Inf(1), 0)) }, "estimate: arrivals per second must be finite and not negative: +Inf"},
		{func() error { return refused(estimate.Little(1, -time.Second)) }, "estimate: a stay must not be negative: -1s"},
		{func() error { return refused(estimate.Little(1e308, time.Hour)) }, "estimate: the number in the system must be finite: 1e+308 per second for 1h0m0s"},
		{func() error { return refused(estimate.LittleStay(1, 0)) }, "estimate: arrivals per second must be positive and finite: 0"},
		{func() error { return refused(estimate.LittleStay(-1, 1)) }, "estimate: the number in the system must be finite and not negative: -1"},
		{func() error { return refused(estimate.LittleStay(1, math.Inf(1))) }, "estimate: arrivals per second must be positive and finite: +Inf"},
		{func() error { return refused(estimate.LittleStay(1e300, 1e-300)) }, "estimate: a stay must fit a duration, so be less than 292 years: +Inf s"},
		{func() error { return refused(estimate.LittleStay(1e10, 1)) }, "estimate: a stay must fit a duration, so be less than 292 years: 1e+10 s"},
		{func() error { return refused(estimate.Utilisation(1, 0, 1)) }, "estimate: a mean service time must be longer than 0: 0s"},
		{func() error { return refused(estimate.Utilisation(1, -1, 1)) }, "estimate: a mean service time must be longer than 0: -1ns"},
		{func() error { return refused(estimate.Utilisation(1, time.Second, 0)) }, "estimate: servers must lie in [1, 1000000]: 0"},
		{func() error { return refused(estimate.Utilisation(-1, time.Second, 1)) }, "estimate: arrivals per second must be finite and not negative: -1"},
		{func() error { return refused(estimate.Utilisation(300, 18*time.Millisecond, 4)) }, "estimate: utilisation must be below 1: 1.35, of a load of 5.4 erlang on 4 servers"},
		{func() error { return refused(estimate.Utilisation(1, time.Second, 1)) }, "estimate: utilisation must be below 1: 1, of a load of 1 erlang on 1 servers"},
		{func() error { return refused(estimate.Utilisation(1e308, time.Hour, 1)) }, "estimate: utilisation must be below 1: +Inf, of a load of +Inf erlang on 1 servers"},
	})
}
