// Poisson arrivals: independent exponential gaps, the limit of many independent users each of whom rarely asks (the
// theorem of Palm and Khintchine: A. Y. Khintchine, Mathematical Methods in the Theory of Queueing, Griffin, 1960).

package workload

import (
	"math"
	"math/rand/v2"
	"time"
)

// Poisson is a Poisson process: gaps are independent and exponential, and the number of arrivals in a window has a
// variance equal to its mean. The process has no memory, so the object holds none: Next draws a fresh gap from
// whatever now it is given, and a negative now or one that goes backwards is fine.
//
// With the runtime's source (nil) it is safe for concurrent use; a given source is called unsynchronised.
type Poisson struct {
	gap  float64 // the mean, in nanoseconds
	rand *rand.Rand
}

// NewPoisson makes Poisson arrivals at this mean rate, which must lie in [1e-8, 1e9] a second: a mean gap from a
// nanosecond to three years. A nil source is the runtime's own.
func NewPoisson(perSecond float64, src rand.Source) (*Poisson, error) {
	if err := checkRate(perSecond); err != nil {
		return nil, err
	}
	return &Poisson{gap: 1e9 / perSecond, rand: generator(src)}, nil
}

// Next returns the time of the first arrival after now: now plus an exponential gap, rounded to the nearest
// nanosecond. A gap below half a nanosecond rounds to 0, so an arrival may coincide with now; at a million a second
// that is one in 2,000. The rounding shortens the mean gap of g nanoseconds by 1/(24 g²) of itself: 4% at a billion a
// second, 4e-8 at a million.
func (p *Poisson) Next(now time.Duration) time.Duration {
	gap := nearest(p.gap * p.rand.ExpFloat64())
	if now > 0 && gap > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + gap
}
