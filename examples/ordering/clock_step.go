package ordering

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// ClockStep has the clock of one node corrected, back or forward, while it works: it writes a key again and again, each write replacing the one before it; it
// times requests; and it holds a lease. All that it does it does in order, alone.
//
// In data.csv clock is what is looked at: wall, the time of day when it is stepped; slewed, the time of day when it is corrected gradually, by 500 parts in a
// million, instead; elapsed, the monotonic clock of the node; lamport; hybrid. quantity is lost, writes that the register did not take; refused, writes that the hybrid
// clock gave no time to; negative, requests under way at the step whose duration is below zero; lease_ms, for how many ms longer than granted the node believes
// that it holds the lease, negative if it gives up early; and ahead_ms, how far the clock is ahead of the truth at_ms after the largest step back: at 0 it
// is right. All are a mean of all runs, for each step, with its 95% interval in low and high; exact is what they are exactly.
var ClockStep = clockStep(steppedNode, judge.Effort{})

// working is a node at work while its clock is corrected, or what a test plants.
type working func(e *sim.Engine, s clocksim.ClockStep, load stepLoad) (stepOutcome, error)

// stepLoad is what the node does.
type stepLoad struct {
	writing clocksim.Writing
	timing  clocksim.Working
	lease   time.Duration
}

// stepOutcome is what came of it, once.
type stepOutcome struct {
	writes clocksim.Overwrites
	timed  clocksim.Durations
	lease  clocksim.Lease
}

// steppedNode draws the same work for every step.
func steppedNode(e *sim.Engine, s clocksim.ClockStep, load stepLoad) (o stepOutcome, err error) {
	if o.writes, err = s.Overwrite(e.Stream("writes"), load.writing); err != nil {
		return o, err
	}
	if o.timed, err = s.Measure(e.Stream("requests"), load.timing); err != nil {
		return o, err
	}
	o.lease, err = s.Hold(e.Stream("lease"), load.lease)
	return o, err
}

func clockStep(work working, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "clock-step",
		Topic:    "ordering",
		Question: "What breaks in one node when its clock is set back, and what does not?",
		Guide:    []string{"clk.wall", "clk.lamport"},
		Packages: []string{"clocks.LastWrite", "clocks.Hybrid", "clocks.Lamport", "clocks/clocksim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			c := &stepRun{work: work, effort: effort}
			c.steps = p.Floats("step-ms", []float64{-1000, -750, -500, -250, -100, -50, 0, 100, 250, 500}, "ms", "by which the clock is set forward, or back if negative", zeroOrAStep)
			c.ppm = p.Float("ppm", 100, "parts per million", "by which the clock is too fast, all the time", lab.Within(-10_000.0, 10_000))
			c.load.writing.Rate = p.Float("rate", 50, "a second", "writes, and requests that are timed, each a Poisson process", lab.Within(0.1, 1_000))
			c.load.timing.Rate = c.load.writing.Rate
			c.load.timing.Mean = p.Duration("request", 100*time.Millisecond, "mean length of a request, which is exponential", lab.Within(time.Millisecond, 10*time.Second))
			c.load.lease = p.Duration("lease", time.Second, "length of the lease", lab.Within(time.Millisecond, time.Minute))
			c.load.writing.MaxDrift = p.Duration("max-drift", 500*time.Millisecond, "beyond which a hybrid clock gives no times when the wall clock is behind it", lab.Within(time.Millisecond, time.Hour))
			slices.Sort(c.steps)
			return c.run
		},
	}
}

// zeroOrAStep keeps what a step breaks large enough to be drawn.
var zeroOrAStep = lab.Rule[float64]{
	Says:  "must be 0, or lie in [-60000, -0.1] or [0.1, 60000]",
	Holds: func(ms float64) bool { return ms == 0 || 0.1 <= math.Abs(ms) && math.Abs(ms) <= 60_000 },
}

type stepRun struct {
	work   working
	effort judge.Effort
	steps  []float64 // in ms, ascending
	ppm    float64
	load   stepLoad

	stepped, slewed []stepPoint // by step
}

// stepPoint is what came of one correction.
type stepPoint struct {
	step clocksim.ClockStep
	ms   float64
	runs []stepOutcome
}

func (p stepPoint) of(number func(stepOutcome) float64) []float64 {
	return judge.Column(p.runs, number)
}

func lostByWall(o stepOutcome) float64        { return float64(o.writes.LostByWall) }
func lostByLamport(o stepOutcome) float64     { return float64(o.writes.LostByLamport) }
func lostByHybrid(o stepOutcome) float64      { return float64(o.writes.LostByHybrid) }
func refusedByHybrid(o stepOutcome) float64   { return float64(o.writes.RefusedByHybrid) }
func negativeByWall(o stepOutcome) float64    { return float64(o.timed.NegativeByWall) }
func negativeByElapsed(o stepOutcome) float64 { return float64(o.timed.NegativeByElapsed) }
func leaseByWall(o stepOutcome) float64       { return judge.Milliseconds(o.lease.ByWall) }
func leaseByElapsed(o stepOutcome) float64    { return judge.Milliseconds(o.lease.ByElapsed) }

func (c *stepRun) run(r *lab.Run) error {
	runs := c.effort.Runs(200, 1_000, r.Full)
	c.stepped, c.slewed = nil, nil
	table := r.Table("step_ms", "clock", "quantity", "at_ms", "value", "low", "high", "runs", "exact")
	for _, ms := range c.steps {
		r.Progress("a step of %v ms", ms)
		for _, slew := range []bool{false, true} {
			step := clocksim.ClockStep{By: milliseconds(ms), Slew: slew, PPM: c.ppm}
			all, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) (stepOutcome, error) { return c.work(e, step, c.load) })
			if err != nil {
				return fmt.Errorf("a step of %v ms: %w", ms, err)
			}
			point := stepPoint{step, ms, all}
			if slew {
				c.slewed = append(c.slewed, point)
			} else {
				c.stepped = append(c.stepped, point)
			}
		}
	}
	for i, stepped := range c.stepped {
		slewed := c.slewed[i]
		for _, row := range []struct {
			clock, quantity string
			all             []float64
			exact           any
		}{
			{"wall", "lost", stepped.of(lostByWall), stepped.step.LostByStep(c.load.writing.Rate)},
			{"slewed", "lost", slewed.of(lostByWall), 0},
			{"lamport", "lost", stepped.of(lostByLamport), 0},
			{"hybrid", "lost", stepped.of(lostByHybrid), 0},
			{"hybrid", "refused", stepped.of(refusedByHybrid), stepped.step.RefusedByStep(c.load.writing)},
			{"wall", "negative", stepped.of(negativeByWall), stepped.step.NegativeByStep(c.load.timing)},
			{"slewed", "negative", slewed.of(negativeByWall), 0},
			{"elapsed", "negative", stepped.of(negativeByElapsed), 0},
			{"wall", "lease_ms", stepped.of(leaseByWall), c.heldMS(stepped)},
			{"slewed", "lease_ms", slewed.of(leaseByWall), nil},
			{"elapsed", "lease_ms", stepped.of(leaseByElapsed), c.driftMS()},
		} {
			interval, err := judge.Charted(row.all)
			if err != nil {
				return err
			}
			table.Row(stepped.ms, row.clock, row.quantity, nil, interval.Estimate, interval.Low, interval.High, runs, row.exact)
		}
	}
	shown, err := c.timeline()
	if err != nil {
		return err
	}
	for _, line := range shown {
		for i, at := range line.at {
			table.Row(c.steps[0], line.clock, "ahead_ms", at, line.ahead[i], line.ahead[i], line.ahead[i], 1, nil)
		}
	}
	c.findings(r)
	figure, err := c.figure(runs, shown)
	r.Figure(figure)
	return err
}

// heldMS is for how long the lease is held too long by the time of day, and driftMS by elapsed time: by drift alone, as without a step.
func (c *stepRun) heldMS(p stepPoint) float64 { return 1_000 * p.step.HeldByStep(c.load.lease) }
func (c *stepRun) driftMS() float64 {
	return 1_000 * clocksim.ClockStep{PPM: c.ppm}.HeldByStep(c.load.lease)
}
