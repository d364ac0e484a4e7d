// Exponential service times: M in Kendall's notation. Draws are the standard library's ziggurat (G. Marsaglia and W.
// W. Tsang, "The Ziggurat Method for Generating Random Variables", Journal of Statistical Software 5(8), 2000).

package workload

import (
	"math"
	"math/rand/v2"
	"time"
)

// NewExponential makes exponential service times of this mean, which must be positive. What remains to be served has
// the same distribution however long it has been served already, which is what gives queueing theory its closed
// forms, and what real requests seldom do.
func NewExponential(mean time.Duration) (ServiceTime, error) {
	if err := checkPositive("a mean service time", mean); err != nil {
		return nil, err
	}
	return within(exponential(mean))
}

type exponential time.Duration // the mean

func (e exponential) Draw(r *rand.Rand) time.Duration { return nearest(float64(e) * r.ExpFloat64()) }

func (e exponential) Mean() time.Duration { return time.Duration(e) }

func (e exponential) Variance() float64 { return square(e.Mean().Seconds()) }

func (e exponential) CDF(t time.Duration) float64 { return -math.Expm1(-edge(t) / float64(e)) }

func (e exponential) Quantile(p float64) (time.Duration, error) {
	if err := checkQuantile(p); err != nil {
		return 0, err
	}
	return nearest(-float64(e) * math.Log1p(-p)), nil
}
