// Erlang service times: the sum of k exponential stages (A. K. Erlang, "Solution of some Problems in the Theory of
// Probabilities of Significance in Automatic Telephone Exchanges", Elektroteknikeren 13, 1917). Draws: G. Marsaglia
// and W. W. Tsang, "A Simple Method for Generating Gamma Variables", ACM TOMS 26(3), 2000.

package workload

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// maxStages bounds Erlang's k: beyond it the variation is below 3% of the mean, and the CDF would lose digits.
const maxStages = 1000

// NewErlang makes service times of k exponential stages in sequence, with this mean in total, which must be positive.
// k must lie in [1, 1000]. One stage is exponential; the squared coefficient of variation is 1/k. A draw costs the
// same for every k. The CDF is exact to 1e-11.
func NewErlang(k int, mean time.Duration) (ServiceTime, error) {
	if k < 1 || k > maxStages {
		return nil, fmt.Errorf("workload: Erlang stages must lie in [1, %d]: %d", maxStages, k)
	}
	if err := checkPositive("a mean service time", mean); err != nil {
		return nil, err
	}
	stages := float64(k)
	last, _ := math.Lgamma(stages)
	d := stages - 1./3
	return within(erlang{
		mean:   mean,
		stages: stages,
		stage:  float64(mean) / stages,
		last:   last,
		d:      d,
		c:      1 / math.Sqrt(9*d),
		scale:  float64(mean) / stages * d,
	})
}

type erlang struct {
	mean   time.Duration
	stages float64
	stage  float64 // mean of one stage in nanoseconds
	last   float64 // ln (k-1)!
	d, c   float64 // of Marsaglia and Tsang
	scale  float64 // stage * d
}

// Draw raises a nearly normal variate to the third power, and accepts it with a probability that makes it exact:
// above 95% of the time at the first try.
func (e erlang) Draw(r *rand.Rand) time.Duration {
	for {
		x := r.NormFloat64()
		v := 1 + e.c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		u := r.Float64() // 0 is accepted, its logarithm being -Inf
		xx := x * x
		if u < 1-0.0331*xx*xx || math.Log(u) < xx/2+e.d*(1-v+math.Log(v)) {
			return nearest(e.scale * v)
		}
	}
}

func (e erlang) Mean() time.Duration { return e.mean }

func (e erlang) Variance() float64 { return square(e.mean.Seconds()) / e.stages }

// CDF counts stages: k are done by time t when a Poisson variate of mean x, t in units of a stage, is at least k. The
// smaller of the two tails is summed, away from its largest term, until terms no longer count: O(sqrt k).
func (e erlang) CDF(t time.Duration) float64 {
	x := edge(t) / e.stage
	if x == 0 {
		return 0
	}
	if math.IsInf(x, 1) {
		return 1
	}
	const negligible = 1e-17
	term := math.Exp((e.stages-1)*math.Log(x) - x - e.last) // the probability of k-1
	sum := 0.
	if x < e.stages {
		for j := e.stages; ; j++ {
			term *= x / j
			sum += term
			if term <= sum*negligible {
				return sum
			}
		}
	}
	for j := e.stages - 1; j >= 0 && term > sum*negligible; j-- {
		sum += term
		term *= j / x
	}
	return 1 - sum
}

func (e erlang) Quantile(p float64) (time.Duration, error) {
	if err := checkQuantile(p); err != nil {
		return 0, err
	}
	return invert(e.CDF, p, 0, math.MaxInt64), nil
}
