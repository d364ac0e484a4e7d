package workload

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// ServiceTime is how long a request takes to serve: a distribution over times, immutable and safe for concurrent use.
// The constructors of this package return one; a caller may write others.
type ServiceTime interface {
	// Draw returns a random time, never negative. It is 0 only where a continuous draw falls below half a nanosecond.
	// It does not allocate. It uses r without synchronisation.
	Draw(r *rand.Rand) time.Duration

	// Mean is the expected time, to the nearest nanosecond.
	Mean() time.Duration

	// Variance is in seconds squared: +Inf where it is infinite.
	Variance() float64

	// CDF is the probability of a time of at most t.
	CDF(t time.Duration) float64

	// Quantile is the least time t with CDF(t) >= p, for p in [0, 1], both ends included: Quantile(0) is the infimum
	// of all times, Quantile(1) the largest, or math.MaxInt64 where there is none. Any other p, NaN too, is an
	// error.
	Quantile(p float64) (time.Duration, error)
}

// SCV is the squared coefficient of variation, variance / mean²: 0 for fixed times, 1 for exponential ones, +Inf
// where the variance is infinite. It has no unit. In a single server with Poisson arrivals and first-come,
// first-served order, the mean wait is proportional to 1 + SCV (Pollaczek and Khinchine).
func SCV(s ServiceTime) float64 {
	mean := s.Mean().Seconds()
	return s.Variance() / (mean * mean)
}

// nearest rounds nanoseconds, not negative, to the nearest Duration, and cuts what exceeds the longest.
func nearest(nanoseconds float64) time.Duration {
	if nanoseconds < 1<<63 {
		return time.Duration(nanoseconds + 0.5)
	}
	return math.MaxInt64
}

// edge is the upper end, in nanoseconds, of what rounds to t or less. A distribution that is continuous before
// rounding has the CDF F(edge(t)) after it.
func edge(t time.Duration) float64 {
	switch {
	case t < 0:
		return 0
	case t == math.MaxInt64: // what is longer is cut to it
		return math.Inf(1)
	default:
		return float64(t) + 0.5
	}
}

// invert finds the least t in [lo, hi], the support, whose CDF reaches p, or hi. The midpoints do not depend on p, so
// quantiles are monotone in p even where floating point makes a CDF falter.
func invert(cdf func(time.Duration) float64, p float64, lo, hi time.Duration) time.Duration {
	if p == 1 {
		return hi // a float64 CDF rounds to 1 long before the end of a tail
	}
	for lo < hi {
		middle := lo + (hi-lo)/2
		if cdf(middle) >= p {
			hi = middle
		} else {
			lo = middle + 1
		}
	}
	return lo
}

func square(x float64) float64 { return x * x }

func checkQuantile(p float64) error {
	if !(p >= 0 && p <= 1) {
		return fmt.Errorf("workload: quantile must lie in [0, 1]: %v", p)
	}
	return nil
}

func checkPositive(what string, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("workload: %s must be positive: %v", what, d)
	}
	return nil
}

// Beyond these bounds the parameters that are computed from the squared coefficient of variation lose their digits.
const minSCV, maxSCV = 1e-9, 1e9

func checkSCV(scv float64) error {
	if !(scv >= minSCV && scv <= maxSCV) {
		return fmt.Errorf("workload: squared coefficient of variation must lie in [%v, %v]: %v", minSCV, maxSCV, scv)
	}
	return nil
}

// within returns the service time unless its draws exceed the longest Duration too often to be ignored.
func within(s ServiceTime) (ServiceTime, error) {
	const often = 1e-9
	if beyond := 1 - s.CDF(math.MaxInt64-1); !(beyond <= often) {
		return nil, fmt.Errorf("workload: the probability of a time beyond %v, the longest duration, must be at most %v: %v",
			time.Duration(math.MaxInt64), often, beyond)
	}
	return s, nil
}
