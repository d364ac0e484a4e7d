package agreeing

import (
	"math"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// The findings of choose-quorum.
const (
	overlapIsFresh   = "whatever N, no read is stale where R + W > N, in whatever trial (stale reads)"
	waitingIsSlower  = "on the same messages, waiting for one replica more is never faster, for half and for 99.9% of reads and writes (cases where it is)"
	isEnumerated     = "availability is that of all sets of replicas, one by one (largest difference)"
	threeSurviveOne  = "of N=3, only R=W=2 overlaps and still reads and writes with any one replica down (pairs that do)"
	fiveSurviveTwo   = "of N=5, only R=W=3 overlaps and still reads and writes with any two down (pairs that do)"
	fiveRefuseLess   = "N=5 R=W=3 refuses less than a tenth of the requests that N=3 R=W=2 refuses (ratio)"
	fiveAreNotSlower = "and is not slower: 99.9% of its reads, and of its writes, take less time (the larger ratio)"
	fiveAreStaler    = "with R=W=1, more reads miss a write that has just committed if N=5 than if N=3 (share with N=3, and with N=5 as the bound)"
)

func (c *chooseRun) findings(r *lab.Run) error {
	stale, difference := 0, 0.0
	for _, x := range c.results {
		if x.Overlaps() {
			stale += x.pool.Stale(0)
		}
		difference = max(difference, math.Abs(x.readAvailable-enumerated(x.N, x.R, c.up)), math.Abs(x.writeAvailable-enumerated(x.N, x.W, c.up)))
	}
	judge.Exactly(r, overlapIsFresh, float64(stale), 0)
	faster, err := c.faster()
	if err != nil {
		return err
	}
	judge.Exactly(r, waitingIsSlower, float64(faster), 0)
	const rounding = 1e-12
	r.Finding(lab.Finding{Sentence: isEnumerated, Measured: difference, Bound: rounding, Holds: difference <= rounding})
	c.survive(r, threeSurviveOne, 3, 1)
	c.survive(r, fiveSurviveTwo, 5, 2)

	three, hasThree := c.of(3, 2, 2)
	five, hasFive := c.of(5, 3, 3)
	refused := func(x choice) float64 { return max(1-x.readAvailable, 1-x.writeAvailable) }
	if !hasThree || !hasFive {
		r.NotHere(fiveRefuseLess)
		r.NotHere(fiveAreNotSlower)
		r.NotHere(fiveAreStaler)
		return nil
	}
	if refused(three) < 1e-15 {
		r.NotHere(fiveRefuseLess) // replicas that never fail
	} else {
		ratio := refused(five) / refused(three)
		r.Finding(lab.Finding{Sentence: fiveRefuseLess, Measured: ratio, Bound: 0.1, Holds: ratio < 0.1})
	}
	if err := c.notSlower(r, five, three); err != nil {
		return err
	}
	few, _ := c.of(3, 1, 1)
	many, _ := c.of(5, 1, 1)
	compare(r, fiveAreStaler, few.runs.Stale(0), many.runs.Stale(0))
	return nil
}

// faster counts the cases, run by run, in which one R or W more takes less.
func (c *chooseRun) faster() (count int, err error) {
	for _, x := range c.results {
		read, hasRead := c.of(x.N, x.R+1, x.W)
		write, hasWrite := c.of(x.N, x.R, x.W+1)
		for i, run := range x.runs {
			for _, p := range []float64{0.5, p999} {
				if hasRead {
					if err := counting(&count, run.ReadLatency, read.runs[i].ReadLatency, p); err != nil {
						return 0, err
					}
				}
				if hasWrite {
					if err := counting(&count, run.WriteLatency, write.runs[i].WriteLatency, p); err != nil {
						return 0, err
					}
				}
			}
		}
	}
	return count, nil
}

// quantile is that of one of the latencies.
type quantile func(p, confidence float64) (quorum.Percentile, error)

func counting(count *int, fewer, more quantile, p float64) error {
	const loose = 0.5 // no interval is looked at
	a, err := fewer(p, loose)
	if err != nil {
		return err
	}
	b, err := more(p, loose)
	if b.Estimate < a.Estimate {
		*count++
	}
	return err
}

// survive states that R = W = N/2 + 1 is the one pair that overlaps and tolerates so many failures.
func (c *chooseRun) survive(r *lab.Run, sentence string, n, down int) {
	majority := n/2 + 1
	if _, measured := c.of(n, majority, majority); !measured {
		r.NotHere(sentence)
		return
	}
	pairs, itself := 0, false
	for _, x := range c.results {
		reads, writes := c.tolerates(x.Replicas)
		if x.N == n && x.Overlaps() && reads >= down && writes >= down {
			pairs++
			itself = itself || x.R == majority && x.W == majority
		}
	}
	r.Finding(lab.Finding{Sentence: sentence, Measured: float64(pairs), Bound: 1, Holds: pairs == 1 && itself})
}

func (c *chooseRun) notSlower(r *lab.Run, x, than choice) error {
	f := lab.Finding{Sentence: fiveAreNotSlower, Bound: 1}
	for _, of := range []struct{ x, than quantile }{{x.pool.ReadLatency, than.pool.ReadLatency}, {x.pool.WriteLatency, than.pool.WriteLatency}} {
		a, err := of.x(p999, stats.Asserted)
		if err != nil {
			return err
		}
		b, err := of.than(p999, stats.Asserted)
		if err != nil {
			return err
		}
		if b.Low == 0 { // no message takes any time
			r.NotHere(fiveAreNotSlower)
			return nil
		}
		if ratio := float64(a.Estimate) / float64(b.Estimate); ratio > f.Measured {
			f.Measured, f.Low, f.High = ratio, float64(a.Low)/float64(b.High), float64(a.High)/float64(b.Low)
		}
	}
	f.Holds = f.High < 1
	r.Finding(f)
	return nil
}
