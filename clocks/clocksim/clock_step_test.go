package clocksim_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

func drawStep(t *rapid.T) clocksim.ClockStep {
	return clocksim.ClockStep{
		By:   rapid.SampledFrom([]time.Duration{-time.Second, -300 * time.Millisecond, -1, 0, 1, 200 * time.Millisecond}).Draw(t, "by"),
		Slew: rapid.Bool().Draw(t, "slew"),
		PPM:  rapid.SampledFrom([]float64{0, 100, -100, 50_000, -50_000}).Draw(t, "ppm"),
	}
}

// stepping is what is judged: a node at work while its clock is corrected.
type stepping struct {
	overwrite func(clocksim.ClockStep, *rand.Rand, clocksim.Writing) (clocksim.Overwrites, error)
	measure   func(clocksim.ClockStep, *rand.Rand, clocksim.Working) (clocksim.Durations, error)
	hold      func(clocksim.ClockStep, *rand.Rand, time.Duration) (clocksim.Lease, error)
}

var sound = stepping{clocksim.ClockStep.Overwrite, clocksim.ClockStep.Measure, clocksim.ClockStep.Hold}

// What a clock's step breaks is counted again from the same draws, with times in whole and real numbers: wall time is the truth, and what it is
// ahead before time 0. Only a step back breaks anything but a lease; nothing breaks what does not look at the time of day.
func lawStep(s stepping) func(*rapid.T) {
	return func(t *rapid.T) {
		step := drawStep(t)
		seed := rapid.Uint64().Draw(t, "seed")
		fresh := func() *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
		speed, back := 1+step.PPM/1e6, max(0, -step.By)
		if step.Slew {
			back = 0
		}
		ahead := func(now float64) float64 { // of the truth by more than drift, in seconds, when it is stepped
			if now < 0 {
				return float64(back) / 1e9
			}
			return 0
		}

		const rate, maxDrift = 20, 400 * time.Millisecond
		wrote, err := s.overwrite(step, fresh(), clocksim.Writing{Rate: rate, MaxDrift: maxDrift})
		if err != nil {
			t.Fatal(err)
		}
		random := fresh()
		latest, lost, refused := math.Inf(-1), 0, 0
		var given uint64 // by the hybrid clock
		for now := -2.0; ; {
			if now += random.ExpFloat64() / rate; now > 10 {
				break
			}
			wall := now*speed + ahead(now)
			if wall < latest {
				lost++
			}
			physical := (uint64(start.UnixNano()+int64(wall*1e9)) + hybridStep - 1) / hybridStep * hybridStep
			if given >= physical+uint64(maxDrift)|(hybridStep-1) {
				refused++
			} else {
				given = max(given+1, physical)
			}
			latest = max(latest, wall)
		}
		if wrote.LostByWall != lost || wrote.LostByLamport != 0 || wrote.LostByHybrid != 0 || wrote.RefusedByHybrid != refused {
			t.Fatalf("a clock is corrected by %v (a slew: %v): of writes %+v, and should %d by wall time; of the hybrid clock, refused %d", step.By, step.Slew, wrote, lost, refused)
		}

		work := clocksim.Working{Rate: rate, Mean: 200 * time.Millisecond}
		took, err := s.measure(step, fresh(), work)
		if err != nil {
			t.Fatal(err)
		}
		random = fresh()
		underWay, negative := 0, 0
		for begin := -8.0; ; {
			if begin += random.ExpFloat64() / rate; begin >= 0 {
				break
			}
			length := random.ExpFloat64() * 0.2
			if begin+length >= 0 {
				underWay++
				if length*speed < float64(back)/1e9 {
					negative++
				}
			}
		}
		if took != (clocksim.Durations{Requests: underWay, NegativeByWall: negative}) {
			t.Fatalf("a clock is corrected by %v (a slew: %v): of requests %+v, and should of %d under way be %d negative, and none by elapsed time", step.By, step.Slew, took, underWay, negative)
		}

		const length = 700 * time.Millisecond
		lease, err := s.hold(step, fresh(), length)
		if err != nil {
			t.Fatal(err)
		}
		lasts := length.Seconds() / speed
		from := -float64(fresh().Int64N(int64(lasts*1e9)-1)+1) / 1e9
		// By a slew elapsed time runs faster or slower, by 500 parts in a million: length/(speed-500e-6) - length/speed, and that is largest where the
		// clock is slowest. Two nanoseconds are rounding.
		slewed := length.Seconds() * 500e-6 / (0.95 * (0.95 - 500e-6))
		elapsed := lease.ByElapsed.Seconds() - (lasts - length.Seconds())
		if !step.Slew && math.Abs(elapsed) > 2e-9 || math.Abs(elapsed) > slewed+2e-9 {
			t.Fatalf("a clock of speed %v is corrected by %v (a slew: %v): a lease of %v lasts %v longer by elapsed time", speed, step.By, step.Slew, length, lease.ByElapsed)
		}
		if step.Slew {
			if lease.ByWall != lease.ByElapsed {
				t.Fatalf("a slew of %v: a lease lasts %v longer by wall time, and %v by elapsed time", step.By, lease.ByWall, lease.ByElapsed)
			}
			return
		}
		wall := max(0, from+lasts-step.By.Seconds()/speed) - from - length.Seconds()
		if math.Abs(lease.ByWall.Seconds()-wall) > 2e-9 {
			t.Fatalf("a clock of speed %v is stepped by %v, %v s after a lease of %v began: it lasts %v longer, and should %v s", speed, step.By, -from, length, lease.ByWall, wall)
		}
	}
}

func TestLaw_WhatAStepBreaks(t *testing.T) { lawtest.Holds(t, lawStep(sound)) }

// Before time 0 the clock is off by as much as it is corrected by, and then it is right.
func TestClockStepEndsRight(t *testing.T) {
	for _, by := range []time.Duration{-time.Second, 0, time.Second} {
		clock, err := clocksim.ClockStep{By: by}.Clock()
		require.NoError(t, err)
		require.Equal(t, -by, clock.Ahead(-1))
		require.Zero(t, clock.Ahead(0))
		clock, err = clocksim.ClockStep{By: by, Slew: true}.Clock()
		require.NoError(t, err)
		require.Equal(t, -by, clock.Ahead(0))
		require.Zero(t, clock.Ahead(2_000*time.Second))
	}
}

func TestBroken_SlewTakenForAStep(t *testing.T) {
	broken := sound
	broken.overwrite = func(s clocksim.ClockStep, random *rand.Rand, w clocksim.Writing) (clocksim.Overwrites, error) {
		s.Slew = false
		return s.Overwrite(random, w)
	}
	lawtest.Breaks(t, "Writes see a step where the clock is slewed", lawStep(broken))
}

func TestBroken_DurationsByWallTime(t *testing.T) {
	broken := sound
	broken.measure = func(s clocksim.ClockStep, random *rand.Rand, w clocksim.Working) (clocksim.Durations, error) {
		came, err := s.Measure(random, w)
		came.NegativeByElapsed = came.NegativeByWall
		return came, err
	}
	lawtest.Breaks(t, "Durations are measured with the time of day", lawStep(broken))
}

func TestBroken_LeaseByWallTime(t *testing.T) {
	broken := sound
	broken.hold = func(s clocksim.ClockStep, random *rand.Rand, length time.Duration) (clocksim.Lease, error) {
		lease, err := s.Hold(random, length)
		lease.ByElapsed = lease.ByWall
		return lease, err
	}
	lawtest.Breaks(t, "A lease is held by the time of day", lawStep(broken))
}

// The expected numbers are those that come out, with drifts that no clock has, so that they would be seen.
func TestClaim_WhatAStepBreaksOnAverage(t *testing.T) {
	if race.Enabled {
		t.Skip("a statistical claim")
	}
	const rate, lease = 20, 700 * time.Millisecond
	work := clocksim.Working{Rate: rate, Mean: 100 * time.Millisecond}
	for _, ppm := range []float64{0, 50_000, -50_000} {
		for _, by := range []time.Duration{-time.Second, -50 * time.Millisecond, 0, 20 * time.Millisecond, 300 * time.Millisecond, time.Second} {
			step := clocksim.ClockStep{By: by, PPM: ppm}
			type numbers struct{ lost, refused, negative, held float64 }
			writing := clocksim.Writing{Rate: rate, MaxDrift: 400 * time.Millisecond}
			runs, err := sim.Replicate(1, 2_000, func(e *sim.Engine) (n numbers, err error) {
				wrote, err := step.Overwrite(e.Stream("updates"), writing)
				if err != nil {
					return n, err
				}
				took, err := step.Measure(e.Stream("requests"), work)
				if err != nil {
					return n, err
				}
				held, err := step.Hold(e.Stream("lease"), lease)
				return numbers{float64(wrote.LostByWall), float64(wrote.RefusedByHybrid), float64(took.NegativeByWall), held.ByWall.Seconds()}, err
			})
			require.NoError(t, err)
			for _, c := range []struct {
				what string
				of   func(numbers) float64
				want float64
			}{
				{"lost", func(n numbers) float64 { return n.lost }, step.LostByStep(rate)},
				{"refused", func(n numbers) float64 { return n.refused }, step.RefusedByStep(writing)},
				{"negative", func(n numbers) float64 { return n.negative }, step.NegativeByStep(work)},
				{"held", func(n numbers) float64 { return n.held }, step.HeldByStep(lease)},
			} {
				all := make([]float64, len(runs))
				for i, run := range runs {
					all[i] = c.of(run)
				}
				interval, err := stats.MeanInterval(all, stats.Asserted)
				require.NoError(t, err)
				// Times are whole nanoseconds, of which two are rounded.
				require.InDelta(t, c.want, interval.Estimate, interval.HalfWidth()+2e-9, "%s: %v, %v ppm", c.what, by, ppm)
			}
		}
	}
	require.InDelta(t, 24, clocksim.ClockStep{By: -500 * time.Millisecond}.LostByStep(50), 1e-10)
	for _, harmless := range []clocksim.ClockStep{{By: time.Second}, {By: -time.Second, Slew: true}} {
		require.Zero(t, harmless.LostByStep(rate))
		require.Zero(t, harmless.NegativeByStep(work))
	}
}

func TestClockStepRefuses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	good := clocksim.Writing{Rate: 1, MaxDrift: time.Second}
	work := clocksim.Working{Rate: 1, Mean: time.Second}
	for _, bad := range []struct {
		step clocksim.ClockStep
		want string
	}{
		{clocksim.ClockStep{By: time.Hour + 1}, "clocksim: a step must be within an hour: 1h0m0.000000001s"},
		{clocksim.ClockStep{By: math.MinInt64}, "clocksim: a step must be within an hour: -2562047h47m16.854775808s"},
		{clocksim.ClockStep{PPM: math.NaN()}, "clocksim: a drift must lie in [-100000, 100000] parts per million: NaN"},
	} {
		_, err := bad.step.Overwrite(random, good)
		require.EqualError(t, err, bad.want)
		_, err = bad.step.Measure(random, work)
		require.EqualError(t, err, bad.want)
		_, err = bad.step.Hold(random, time.Second)
		require.EqualError(t, err, bad.want)
	}
	var step clocksim.ClockStep
	for rate, want := range map[float64]string{
		0: "0", -1: "-1", math.Inf(1): "+Inf", math.NaN(): "NaN", 10_001: "10001",
	} {
		want = "clocksim: a rate must lie in [0.01, 10000] a second: " + want
		_, err := step.Overwrite(random, clocksim.Writing{Rate: rate, MaxDrift: time.Second})
		require.EqualError(t, err, want)
		_, err = step.Measure(random, clocksim.Working{Rate: rate, Mean: time.Second})
		require.EqualError(t, err, want)
	}
	const missing = "clocksim: there must be randomness"
	_, err := step.Overwrite(nil, good)
	require.EqualError(t, err, missing)
	_, err = step.Measure(nil, work)
	require.EqualError(t, err, missing)
	_, err = step.Hold(nil, time.Second)
	require.EqualError(t, err, missing)
	_, err = step.Overwrite(random, clocksim.Writing{Rate: 1})
	require.EqualError(t, err, "clocks: a drift bound must be positive, and at most 100 years: 0s")
	_, err = step.Measure(random, clocksim.Working{Rate: 1, Mean: -time.Second})
	require.EqualError(t, err, "clocksim: a mean length must lie in [1µs, 1m]: -1s")
	_, err = step.Hold(random, math.MaxInt64)
	require.EqualError(t, err, "clocksim: a lease must lie in [1µs, 1h]: 2562047h47m16.854775807s")
	_, err = step.Hold(random, 0)
	require.EqualError(t, err, "clocksim: a lease must lie in [1µs, 1h]: 0s")
}
