package limiting

import (
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
)

// The findings of envelope. One window is half-open, so that windows one after the other share nothing.
const (
	neverAbove = "no algorithm admits more than its bound, in an interval of any length"
	reached    = "a greedy client reaches the bound at every length, but the sliding counter's"
	twoNanos   = "fixed window: twice the limit comes through in two nanoseconds"
	fixedTwice = "fixed window: no more than twice the limit comes through in one window"
	nearlyTwo  = "sliding counter: twice the limit, less one, comes through in one window"
	logExact   = "sliding log: the limit, and no more, comes through in one window"
	rateWindow = "token bucket: limit + burst - 1 comes through in one window"
	allAlike   = "token bucket, GCRA and leaky bucket admit the same in every interval"
	evenOutput = "queue: the limit, and no more, leaves in one window"
)

// findings are about the greedy client.
func (e *envelopeRun) findings(r *lab.Run) {
	_, largest := e.across(func(curve) bool { return true })
	r.Finding(lab.Finding{Sentence: neverAbove, Measured: largest, Bound: 1, Holds: largest <= 1})
	if least, _ := e.across(reaches); len(e.asked) > 1 || e.asked[0] != "sliding-counter" {
		r.Finding(lab.Finding{Sentence: reached, Measured: least, Bound: 1, Holds: least == 1})
	} else {
		r.NotHere(reached)
	}

	limit := float64(e.limit.events)
	e.equal(r, twoNanos, "fixed-window", 2, func(c curve) float64 { return float64(limitsim.MostIn(c.acts, 1)) / limit })
	e.equal(r, fixedTwice, "fixed-window", 2, func(c curve) float64 { return float64(c.in(e.limit.window)) / limit })
	e.equal(r, nearlyTwo, "sliding-counter", 2*limit-1, func(c curve) float64 { return float64(c.in(e.limit.window)) })
	e.equal(r, logExact, "sliding-log", limit, func(c curve) float64 { return float64(c.in(e.limit.window)) })
	e.equal(r, rateWindow, "token-bucket", limit+float64(e.limit.burst)-1, func(c curve) float64 { return float64(c.in(e.limit.window)) })
	e.alike(r)
	e.equal(r, evenOutput, "queue", limit, func(c curve) float64 { return float64(c.in(e.limit.window)) })
}

func reaches(c curve) bool { return c.name != "sliding-counter" }

// equal states that a number of one algorithm is exactly what it should be.
func (e *envelopeRun) equal(r *lab.Run, sentence, name string, bound float64, measure func(curve) float64) {
	c, asked := e.find(name)
	if !asked {
		r.NotHere(sentence)
		return
	}
	measured := measure(c)
	r.Finding(lab.Finding{Sentence: sentence, Measured: measured, Bound: bound, Holds: measured == bound})
}

// alike states that the three algorithms of a rate differ nowhere.
func (e *envelopeRun) alike(r *lab.Run) {
	var names []string
	differences := 0
	for _, c := range e.curves {
		if !c.bursts {
			continue
		}
		names = append(names, c.name)
		for _, other := range e.curves {
			if !other.alike(c.variant) {
				continue
			}
			for i := range c.most {
				if c.most[i] > other.most[i] {
					differences++
				}
			}
		}
	}
	if slices.Sort(names); len(slices.Compact(names)) < 3 {
		r.NotHere(allAlike)
		return
	}
	exact := math.NaN()
	r.Finding(lab.Finding{Sentence: allAlike, Measured: float64(differences), Low: exact, High: exact, Bound: 0, Holds: differences == 0})
}
