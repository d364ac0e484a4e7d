// Deterministic service times: D in Kendall's notation (D. G. Kendall, "Stochastic Processes Occurring in the Theory
// of Queues and their Analysis by the Method of the Imbedded Markov Chain", Annals of Mathematical Statistics 24(3),
// 1953).

package workload

import (
	"math/rand/v2"
	"time"
)

// NewDeterministic makes the service time that is always d, which must be positive.
func NewDeterministic(d time.Duration) (ServiceTime, error) {
	if err := checkPositive("a service time", d); err != nil {
		return nil, err
	}
	return deterministic(d), nil
}

type deterministic time.Duration

func (d deterministic) Draw(*rand.Rand) time.Duration { return time.Duration(d) }

func (d deterministic) Mean() time.Duration { return time.Duration(d) }

func (d deterministic) Variance() float64 { return 0 }

func (d deterministic) CDF(t time.Duration) float64 {
	if t < time.Duration(d) {
		return 0
	}
	return 1
}

func (d deterministic) Quantile(p float64) (time.Duration, error) {
	if err := checkQuantile(p); err != nil {
		return 0, err
	}
	return time.Duration(d), nil
}
