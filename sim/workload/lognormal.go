// Lognormal service times: the product of many independent factors (J. Aitchison and J. A. C. Brown, The Lognormal
// Distribution, Cambridge University Press, 1957).

package workload

import (
	"math"
	"math/rand/v2"
	"time"
)

// NewLognormal makes lognormal service times of this mean, which must be positive, and this squared coefficient of
// variation, which must lie in [1e-9, 1e9]. The logarithm has the variance ln(1 + scv); the median is mean / sqrt(1 +
// scv). All moments are finite, yet the tail is heavier than any exponential.
func NewLognormal(mean time.Duration, scv float64) (ServiceTime, error) {
	if err := checkPositive("a mean service time", mean); err != nil {
		return nil, err
	}
	if err := checkSCV(scv); err != nil {
		return nil, err
	}
	variance := math.Log1p(scv)
	return within(lognormal{mean: mean, scv: scv, sigma: math.Sqrt(variance), half: variance / 2})
}

type lognormal struct {
	mean  time.Duration
	scv   float64
	sigma float64 // of the logarithm
	half  float64 // sigma²/2: the mean's logarithm exceeds the median's by it
}

func (l lognormal) Draw(r *rand.Rand) time.Duration {
	return nearest(float64(l.mean) * math.Exp(l.sigma*r.NormFloat64()-l.half))
}

func (l lognormal) Mean() time.Duration { return l.mean }

func (l lognormal) Variance() float64 { return l.scv * square(l.mean.Seconds()) }

func (l lognormal) CDF(t time.Duration) float64 {
	return math.Erfc(-(math.Log(edge(t)/float64(l.mean))+l.half)/(l.sigma*math.Sqrt2)) / 2
}

// Quantile inverts the CDF by bisection: math.Erfinv would lose the lower tail, where 2p - 1 rounds to -1.
func (l lognormal) Quantile(p float64) (time.Duration, error) {
	if err := checkQuantile(p); err != nil {
		return 0, err
	}
	return invert(l.CDF, p, 0, math.MaxInt64), nil
}
