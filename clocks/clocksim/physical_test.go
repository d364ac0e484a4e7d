package clocksim_test

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// machine is a physical clock under test.
type machine interface {
	Correct(now time.Duration, c clocksim.Correction) error
	Read(now time.Duration) time.Time
	Ahead(now time.Duration) time.Duration
	Elapsed(now time.Duration) time.Duration
}

func physical(d clocksim.Deviation) (machine, error) { return clocksim.NewPhysical(start, d) }

// made is a correction and when it was made.
type made struct {
	at time.Duration
	clocksim.Correction
}

// told is a clock and all that was done to it.
type told struct {
	deviation clocksim.Deviation
	made      []made
}

func (s told) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "a clock %v ahead that gains %v parts per million", s.deviation.Ahead, s.deviation.PPM)
	for _, c := range s.made {
		what := "stepped"
		if c.Slew {
			what = "slewed"
		}
		fmt.Fprintf(&b, "\nat %v it is %s by %v", c.at, what, c.By)
	}
	return b.String()
}

// drawClock draws a clock and corrections, and makes them.
func drawClock(t *rapid.T, make func(clocksim.Deviation) (machine, error)) (machine, told) {
	ppm := rapid.SampledFrom([]float64{0, 50, -50, 500, -500, 99_999.999, -100_000, 0.001}).Draw(t, "ppm")
	by := rapid.Map(rapid.Int64Range(-1_000, 1_000), func(n int64) time.Duration { return time.Duration(n) })
	s := told{deviation: clocksim.Deviation{Ahead: by.Draw(t, "ahead"), PPM: ppm}}
	clock, err := make(s.deviation)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Duration(rapid.Int64Range(-10_000, 10_000).Draw(t, "first"))
	for range rapid.IntRange(0, 3).Draw(t, "corrections") {
		c := made{at, clocksim.Correction{By: by.Draw(t, "by"), Slew: rapid.Bool().Draw(t, "slew")}}
		s.made = append(s.made, c)
		if err := clock.Correct(at, c.Correction); err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		// A slew of a nanosecond takes 2 µs, so some are cut short and some are not.
		at += time.Duration(rapid.Int64Range(0, 3_000_000).Draw(t, "wait"))
	}
	return clock, s
}

// drawNow draws an instant, often one beside those at which something happens.
func drawNow(t *rapid.T, s told) time.Duration {
	near := []time.Duration{0}
	for _, c := range s.made {
		near = append(near, c.at, c.at+max(c.By, -c.By)*2_000)
	}
	base := rapid.SampledFrom(near).Draw(t, "near")
	return base + time.Duration(rapid.OneOf(rapid.Int64Range(-2, 2), rapid.Int64Range(-4_000_000, 4_000_000)).Draw(t, "beside"))
}

// model is how far ahead the clock is and how much of that its monotonic clock has, in fractions of a nanosecond, by adding up what each
// stretch of time brings.
func (s told) model(now time.Duration) (ahead, elapsed *big.Rat) {
	ppb := new(big.Rat).SetFloat64(math.Round(s.deviation.PPM * 1_000))
	drift := func(d time.Duration) *big.Rat {
		return new(big.Rat).Mul(ppb, big.NewRat(int64(d), 1_000_000_000))
	}
	elapsed = drift(now)
	stepped := new(big.Rat).SetInt64(int64(s.deviation.Ahead))
	for i, c := range s.made {
		if now < c.at {
			continue
		}
		if !c.Slew {
			stepped.Add(stepped, new(big.Rat).SetInt64(int64(c.By)))
			continue
		}
		until := now
		if i+1 < len(s.made) {
			until = min(until, s.made[i+1].at)
		}
		slewed := big.NewRat(int64(until-c.at), 2_000)
		if most := new(big.Rat).SetInt64(int64(max(c.By, -c.By))); slewed.Cmp(most) > 0 {
			slewed = most
		}
		if c.By < 0 {
			slewed.Neg(slewed)
		}
		elapsed.Add(elapsed, slewed)
	}
	return new(big.Rat).Add(elapsed, stepped), elapsed
}

// near says that two numbers differ by no more than the rounding down of each piece: two for each correction, and the first.
func (s told) near(got time.Duration, want *big.Rat) bool {
	difference := new(big.Rat).Sub(want, new(big.Rat).SetInt64(int64(got)))
	most := big.NewRat(int64(2*len(s.made)+1), 1)
	return difference.Sign() >= 0 && difference.Cmp(most) < 0
}

// What a clock shows is the truth and what drift, steps and slews add to it.
func lawPhysicalAddsUp(make func(clocksim.Deviation) (machine, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		clock, s := drawClock(t, make)
		now := drawNow(t, s)
		ahead, elapsed := s.model(now)
		if !s.near(clock.Ahead(now), ahead) {
			t.Fatalf("%v\nat %v it is %v ahead, and should be %v ns", s, now, clock.Ahead(now), ahead.FloatString(3))
		}
		if got := clock.Elapsed(now) - now; !s.near(got, elapsed) {
			t.Fatalf("%v\nat %v its monotonic clock has gained %v, and should have gained %v ns", s, now, got, elapsed.FloatString(3))
		}
		if want := start.Add(now + clock.Ahead(now)); !clock.Read(now).Equal(want) {
			t.Fatalf("%v\nat %v it shows %v, and should show %v", s, now, clock.Read(now), want)
		}
	}
}

// The monotonic clock never goes back, nor does the time of day but in a step back; and neither is faster or slower than drift and slew make it.
func lawPhysicalTimeGoesOn(make func(clocksim.Deviation) (machine, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		clock, s := drawClock(t, make)
		a, b := drawNow(t, s), drawNow(t, s)
		a, b = min(a, b), max(a, b)
		if clock.Elapsed(b) < clock.Elapsed(a) {
			t.Fatalf("%v\nits monotonic clock goes back: from %v to %v, between %v and %v", s, clock.Elapsed(a), clock.Elapsed(b), a, b)
		}
		var stepped time.Duration // by steps in (a, b]
		for _, c := range s.made {
			if !c.Slew && a < c.at && c.at <= b {
				stepped += c.By
			}
		}
		if got := clock.Read(b).Sub(clock.Read(a)) - (clock.Elapsed(b) - clock.Elapsed(a)); got != stepped {
			t.Fatalf("%v\nbetween %v and %v the time of day gains %v on the monotonic clock, and steps are %v", s, a, b, got, stepped)
		}
		// Rounding is as in near.
		most := (math.Abs(s.deviation.PPM)+clocksim.SlewPPM)/1e6*float64(b-a) + float64(2*len(s.made)+1)
		if gained := clock.Elapsed(b) - clock.Elapsed(a) - (b - a); math.Abs(float64(gained)) > most {
			t.Fatalf("%v\nbetween %v and %v its monotonic clock gains %v, and drift and slew allow %.0f ns", s, a, b, gained, most)
		}
	}
}

func TestLaw_PhysicalAddsUp(t *testing.T)      { rapid.Check(t, lawPhysicalAddsUp(physical)) }
func TestLaw_PhysicalTimeGoesOn(t *testing.T)  { rapid.Check(t, lawPhysicalTimeGoesOn(physical)) }
func TestLaw_WhatIsPastStaysPast(t *testing.T) { rapid.Check(t, lawPastStays(physical)) }

// A correction changes nothing that was shown before it: what is read is a function of now.
func lawPastStays(make func(clocksim.Deviation) (machine, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		clock, s := drawClock(t, make)
		at := drawNow(t, s)
		for _, c := range s.made {
			at = max(at, c.at)
		}
		now := at - time.Duration(rapid.Int64Range(1, 4_000_000).Draw(t, "before"))
		read, elapsed := clock.Read(now), clock.Elapsed(now)
		c := clocksim.Correction{By: time.Duration(rapid.Int64Range(-9, 9).Draw(t, "by")), Slew: rapid.Bool().Draw(t, "slew")}
		if err := clock.Correct(at, c); err != nil {
			t.Fatal(err)
		}
		s.made = append(s.made, made{at, c})
		if !clock.Read(now).Equal(read) || clock.Elapsed(now) != elapsed {
			t.Fatalf("%v\nat %v it showed %v, and after that %v", s, now, read, clock.Read(now))
		}
		if at > now && clock.Elapsed(at) < elapsed {
			t.Fatalf("%v\nit goes back at %v", s, at)
		}
	}
}

// steps makes every correction at once.
type steps struct{ machine }

func (s steps) Correct(now time.Duration, c clocksim.Correction) error {
	c.Slew = false
	return s.machine.Correct(now, c)
}

func TestBroken_SlewIsAStep(t *testing.T) {
	lawtest.Breaks(t, "A slew corrects the clock at once", lawPhysicalAddsUp(func(d clocksim.Deviation) (machine, error) {
		m, err := physical(d)
		return steps{m}, err
	}))
}

// walls has a monotonic clock that is stepped as the time of day is.
type walls struct{ machine }

func (w walls) Elapsed(now time.Duration) time.Duration { return now + w.Ahead(now) }

func TestBroken_MonotonicClockIsStepped(t *testing.T) {
	lawtest.Breaks(t, "The monotonic clock is stepped as the time of day is", lawPhysicalTimeGoesOn(func(d clocksim.Deviation) (machine, error) {
		m, err := physical(d)
		return walls{m}, err
	}))
}

func TestClaim_NTPSlewsBelow128Milliseconds(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		ahead time.Duration
		slew  bool
	}{{0, true}, {127 * ms, true}, {-127 * ms, true}, {128*ms - 1, true}, {128 * ms, false}, {-128 * ms, false}, {-128*ms + 1, true}, {time.Hour, false}} {
		require.Equal(t, clocksim.Correction{By: -c.ahead, Slew: c.slew}, clocksim.ByNTP(c.ahead))
	}
	// 100 ms take 200 seconds.
	clock, err := physical(clocksim.Deviation{Ahead: 100 * ms})
	require.NoError(t, err)
	require.NoError(t, clock.Correct(time.Second, clocksim.ByNTP(100*ms)))
	require.Equal(t, 100*ms, clock.Ahead(time.Second))
	require.Equal(t, 50*ms, clock.Ahead(101*time.Second))
	require.Equal(t, time.Microsecond/2, clock.Ahead(201*time.Second-ms))
	require.Equal(t, time.Duration(0), clock.Ahead(201*time.Second))
	require.Equal(t, time.Duration(0), clock.Ahead(time.Hour))
}

func TestPhysicalRefuses(t *testing.T) {
	const century = 36_525 * 24 * time.Hour
	for _, c := range []struct {
		d    clocksim.Deviation
		want string
	}{
		{clocksim.Deviation{PPM: math.NaN()}, "clocksim: a drift must lie in [-100000, 100000] parts per million: NaN"},
		{clocksim.Deviation{PPM: math.Inf(1)}, "clocksim: a drift must lie in [-100000, 100000] parts per million: +Inf"},
		{clocksim.Deviation{PPM: -100_001}, "clocksim: a drift must lie in [-100000, 100000] parts per million: -100001"},
		{clocksim.Deviation{Ahead: century + 1}, "clocksim: a clock must be within 100 years of the truth: 876600h0m0.000000001s"},
		{clocksim.Deviation{Ahead: math.MinInt64}, "clocksim: a clock must be within 100 years of the truth: -2562047h47m16.854775808s"},
	} {
		_, err := clocksim.NewPhysical(start, c.d)
		require.EqualError(t, err, c.want)
	}
	clock, err := clocksim.NewPhysical(start, clocksim.Deviation{Ahead: -century, PPM: 100_000})
	require.NoError(t, err)
	require.NoError(t, clock.Correct(time.Minute, clocksim.Correction{By: time.Second, Slew: true}))
	before := clock.Ahead(time.Hour)
	for _, c := range []struct {
		now  time.Duration
		c    clocksim.Correction
		want string
	}{
		{time.Minute - 1, clocksim.Correction{}, "clocksim: a correction must not be made before the last one: at 59.999999999s, after 1m0s"},
		{time.Minute, clocksim.Correction{By: -25 * time.Hour, Slew: true}, "clocksim: a slew must be of at most a day: -25h0m0s"},
		{math.MaxInt64, clocksim.Correction{By: time.Second, Slew: true}, "clocksim: a slew must end before time does: at 2562047h47m16.854775807s"},
		{time.Minute, clocksim.Correction{By: math.MaxInt64}, "clocksim: a clock must be within 100 years of the truth: -876599h59m54s and then 2562047h47m16.854775807s"},
		{time.Minute, clocksim.Correction{By: math.MinInt64}, "clocksim: a clock must be within 100 years of the truth: -876599h59m54s and then -2562047h47m16.854775808s"},
	} {
		require.EqualError(t, clock.Correct(c.now, c.c), c.want)
		require.Equal(t, before, clock.Ahead(time.Hour), "an error changes nothing")
	}
	require.NoError(t, clock.Correct(time.Minute, clocksim.Correction{}), "two at one instant are fine")
}

// The zero value is right, and can be corrected as others can.
func TestPhysicalZeroValue(t *testing.T) {
	var clock clocksim.Physical
	require.Equal(t, time.Time{}.Add(time.Hour), clock.Read(time.Hour))
	require.Equal(t, -time.Hour, clock.Elapsed(-time.Hour))
	require.NoError(t, clock.Correct(time.Minute, clocksim.Correction{By: time.Second}))
	require.NoError(t, clock.Correct(time.Hour, clocksim.Correction{By: time.Second, Slew: true}))
	require.Equal(t, time.Duration(0), clock.Ahead(time.Minute-1))
	require.Equal(t, time.Second, clock.Ahead(time.Minute))
	require.Equal(t, 2*time.Second, clock.Ahead(24*time.Hour))
}

// Rates are exact over all the time that there is.
func TestPhysicalAtTheEndsOfTime(t *testing.T) {
	clock, err := clocksim.NewPhysical(start, clocksim.Deviation{PPM: -100_000})
	require.NoError(t, err)
	require.Equal(t, -time.Duration(math.MaxInt64/10+1), clock.Ahead(math.MaxInt64))
	require.Equal(t, -time.Duration(math.MinInt64/10), clock.Ahead(math.MinInt64))
	require.NoError(t, clock.Correct(math.MinInt64, clocksim.Correction{By: -80 * 365 * 24 * time.Hour}))
	require.Less(t, clock.Ahead(math.MaxInt64), -50*365*24*time.Hour) // a tenth of 584 years, from 29 years ahead less 80
	require.True(t, clock.Read(math.MaxInt64).After(clock.Read(math.MaxInt64-1)))
}
