package workload

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Arrivals says when requests come. Walk through them by feeding each answer back:
//
//	for t := arrivals.Next(0); t < end; t = arrivals.Next(t) {
//
// Next returns the time of the first arrival after now. Times are elapsed time since any fixed origin. Next never
// answers a time before now; it answers now itself only where a random gap rounds to 0 ns (see [Poisson.Next]).
// math.MaxInt64 stands for an arrival beyond the longest Duration, 292 years. No two answers depend on each other
// but through now, so a now that goes backwards is as good as any other.
type Arrivals interface {
	Next(now time.Duration) time.Duration
}

// A mean gap stays between one nanosecond, the resolution of time, and three years, so that no gap in practice
// exceeds the longest Duration (for Poisson arrivals that is 92 mean gaps away: one in 10⁴⁰).
const minPerSecond, maxPerSecond = 1e-8, 1e9

func checkRate(perSecond float64) error {
	if !(perSecond >= minPerSecond && perSecond <= maxPerSecond) {
		return fmt.Errorf("workload: arrivals per second must lie in [%v, %v]: %v", minPerSecond, maxPerSecond, perSecond)
	}
	return nil
}

// generator makes a generator of a source. A *rand.Rand, which is a source too, is used as it is: wrapping it
// would cost every draw a second indirect call.
func generator(src rand.Source) *rand.Rand {
	switch src := src.(type) {
	case nil:
		return rand.New(runtimeSource{})
	case *rand.Rand:
		return src
	default:
		return rand.New(src)
	}
}

// runtimeSource is the runtime's own source as a rand.Source. It keeps no state here, so it is safe for concurrent
// use.
type runtimeSource struct{}

func (runtimeSource) Uint64() uint64 { return rand.Uint64() }
