// Pareto service times of the first kind: P(S > t) = (minimum/t)^alpha for t >= minimum (B. C. Arnold, Pareto
// Distributions, International Co-operative Publishing House, 1983). In computing: M. E. Crovella and A. Bestavros,
// "Self-Similarity in World Wide Web Traffic: Evidence and Possible Causes", SIGMETRICS, 1996 (file sizes, alpha
// about 1.1).

package workload

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// NewPareto makes Pareto service times of this mean, which must be positive, and this squared coefficient of
// variation, which must lie in [1e-9, 1e9]. The shape is alpha = 1 + sqrt(1 + 1/scv), always above 2; for an infinite
// variance see [NewParetoShape]. Moments of order alpha and above are infinite: at scv = 1 (alpha = 2.41) already the
// third, so a sample's variance converges slowly.
func NewPareto(mean time.Duration, scv float64) (ServiceTime, error) {
	if err := checkPositive("a mean service time", mean); err != nil {
		return nil, err
	}
	if err := checkSCV(scv); err != nil {
		return nil, err
	}
	alpha := 1 + math.Sqrt(1+1/scv)
	seconds := mean.Seconds()
	return within(pareto{
		minimum:  float64(mean) * (alpha - 1) / alpha,
		alpha:    alpha,
		mean:     mean,
		variance: scv * seconds * seconds,
	})
}

// NewParetoShape makes Pareto service times by their minimum, which must be positive, and their shape alpha, which
// must lie in (1, 1e5]: at 1 and below the mean is infinite, and no server keeps up; beyond 1e5 all times are nearly
// the minimum, and digits are lost. The mean is minimum * alpha / (alpha-1); it must not exceed the longest Duration.
// The variance is infinite up to alpha = 2, 2 included.
//
// As alpha nears 1 the mean rests on times that are never seen: of the mean at alpha = 1.1, half is due to times
// above 1,024 times the minimum, which are one in 2,048. A sample's mean mostly falls short of it.
func NewParetoShape(minimum time.Duration, alpha float64) (ServiceTime, error) {
	if err := checkPositive("a minimum service time", minimum); err != nil {
		return nil, err
	}
	if !(alpha > 1 && alpha <= maxAlpha) {
		return nil, fmt.Errorf("workload: shape alpha must lie in (1, %v], for at 1 the mean is infinite: %v", maxAlpha, alpha)
	}
	mean := float64(minimum) * (alpha / (alpha - 1))
	if mean >= 1<<63 {
		return nil, fmt.Errorf("workload: a mean service time must not exceed %v: %.4g s", time.Duration(math.MaxInt64), mean/1e9)
	}
	variance := math.Inf(1)
	if alpha > 2 {
		variance = square(mean/1e9) / alpha / (alpha - 2)
	}
	return within(pareto{minimum: float64(minimum), alpha: alpha, mean: nearest(mean), variance: variance})
}

const maxAlpha = 1e5

type pareto struct {
	minimum  float64 // nanoseconds
	alpha    float64
	mean     time.Duration
	variance float64 // seconds squared
}

// Draw uses that the logarithm of a Pareto time is exponential: cheaper than a power, and finer in the tail than a
// uniform's 53 bits.
func (p pareto) Draw(r *rand.Rand) time.Duration {
	return nearest(p.minimum * math.Exp(r.ExpFloat64()/p.alpha))
}

func (p pareto) Mean() time.Duration { return p.mean }

func (p pareto) Variance() float64 { return p.variance }

func (p pareto) CDF(t time.Duration) float64 {
	x := edge(t)
	if x <= p.minimum {
		return 0
	}
	return -math.Expm1(p.alpha * math.Log(p.minimum/x))
}

func (p pareto) Quantile(q float64) (time.Duration, error) {
	if err := checkQuantile(q); err != nil {
		return 0, err
	}
	return nearest(p.minimum * math.Exp(-math.Log1p(-q)/p.alpha)), nil
}
