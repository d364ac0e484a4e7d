package ordering

import (
	"math"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

const (
	stepLoses     = "wall time: a step back by s loses r*s - 1 + exp(-r*s) of a lone node's own updates, of r a second"
	stepNegative  = "wall time: a step back by s makes r*(m - (s+m)*exp(-s/m)) durations negative, of r requests a second that last m on average"
	stepLeaseBack = "wall time: a step back makes a node believe in its lease for longer, by as much"
	stepLeaseOn   = "wall time: a step forward ends a lease early, by as much or by all that is left"
	slewedIsSound = "a slew instead: no update is lost, no duration is negative, and a lease is off by the rates of slew and drift at most"
	elapsedSound  = "elapsed time: no duration is negative, and a lease is off by the drift alone"
	logicalKeep   = "Lamport time and hybrid time: no update is lost, by any step"
	hybridWaits   = "hybrid time: refused are the updates that a step shorter by the bound would lose, and no others"
)

func (c *stepRun) findings(r *lab.Run) {
	var loses, negative, back, on, slewed, elapsed, keep, waits []judge.Requirement
	for _, p := range c.stepped {
		runs := float64(len(p.runs))
		judged := func(all []float64, exact float64) []judge.Requirement {
			if exact > 0 && exact*runs < 100 {
				return nil // counts of a few are far from normal
			}
			return []judge.Requirement{judge.Equals(all, exact)}
		}
		loses = append(loses, judged(p.of(lostByWall), p.step.LostByStep(c.load.writing.Rate))...)
		negative = append(negative, judged(p.of(negativeByWall), p.step.NegativeByStep(c.load.timing))...)
		waits = append(waits, judged(p.of(refusedByHybrid), p.step.RefusedByStep(c.load.writing))...)
		held := c.heldMS(p)
		switch {
		case p.ms < 0: // the same in every run
			back = append(back, nearly(p.of(leaseByWall), held))
		case p.ms > 0 && runs*p.ms >= 10*judge.Milliseconds(c.load.lease): // else it hardly ever ends within the step
			on = append(on, judge.Equals(p.of(leaseByWall), held))
		}
		elapsed = append(elapsed, judge.Equals(p.of(negativeByElapsed), 0), nearly(p.of(leaseByElapsed), c.driftMS()))
		keep = append(keep, judge.Equals(p.of(lostByLamport), 0), judge.Equals(p.of(lostByHybrid), 0))
	}
	// A clock whose rate is off by q at most shows a length between length/(1+q) and length/(1-q), and the latter is farther away.
	q := (clocksim.SlewPPM + math.Abs(c.ppm)) / 1e6
	most := judge.Milliseconds(c.load.lease)*q/(1-q) + roundingMS
	for _, p := range c.slewed {
		slewed = append(slewed, judge.Equals(p.of(lostByWall), 0), judge.Equals(p.of(negativeByWall), 0), judge.Within(p.of(leaseByWall), -most, most))
	}
	judge.State(r, stepLoses, loses)
	judge.State(r, stepNegative, negative)
	judge.State(r, stepLeaseBack, back)
	judge.State(r, stepLeaseOn, on)
	judge.State(r, slewedIsSound, slewed)
	judge.State(r, elapsedSound, elapsed)
	judge.State(r, logicalKeep, keep)
	judge.State(r, hybridWaits, waits)
}

// roundingMS is two nanoseconds: a beginning and an end, of which clocks show whole ones.
const roundingMS = 2e-6

// nearly asks for a time in ms that is the same in each run but for rounding.
func nearly(runs []float64, exact float64) judge.Requirement {
	return judge.Within(runs, exact-roundingMS, exact+roundingMS)
}
