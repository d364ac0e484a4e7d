package quorum

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Delay is the distribution of a message's one-way delay. A draw is independent of all others, and lies in [0, 100,000 h],
// some 11 years. The service times of package sim/workload are delays too.
type Delay interface {
	Draw(r *rand.Rand) time.Duration
}

// longestDelay lets a few of them be added without overflow.
const longestDelay = 100_000 * time.Hour

// rounded is a delay in nanoseconds as a Duration; the delays here are not negative and not NaN.
func rounded(ns float64) time.Duration {
	if ns >= float64(longestDelay) {
		return longestDelay
	}
	return time.Duration(ns + 0.5)
}

// Constant is a delay that is always the same: d in [0, 100,000 h].
func Constant(d time.Duration) (Delay, error) {
	if d < 0 || d > longestDelay {
		return nil, fmt.Errorf("quorum: a delay must lie in [0, %v]: %v", longestDelay, d)
	}
	return constant(d), nil
}

type constant time.Duration

func (c constant) Draw(*rand.Rand) time.Duration { return time.Duration(c) }

// Exponential is a delay beyond t with a probability of exp(-t/mean): one that knows nothing of how long it has lasted. The mean
// lies in (0, 100,000 h].
func Exponential(mean time.Duration) (Delay, error) {
	if mean <= 0 || mean > longestDelay {
		return nil, fmt.Errorf("quorum: a mean delay must lie in (0, %v]: %v", longestDelay, mean)
	}
	return exponential(mean), nil
}

type exponential float64 // its mean in nanoseconds

func (e exponential) Draw(r *rand.Rand) time.Duration { return rounded(float64(e) * r.ExpFloat64()) }

// Pareto is a delay beyond t >= minimum with a probability of (minimum/t)^alpha: the smaller alpha, the heavier its tail. The
// minimum lies in (0, 100,000 h], and alpha in (0, 1e6]. What would last longer than 100,000 h lasts that long.
func Pareto(minimum time.Duration, alpha float64) (Delay, error) {
	if minimum <= 0 || minimum > longestDelay {
		return nil, fmt.Errorf("quorum: a least delay must lie in (0, %v]: %v", longestDelay, minimum)
	}
	if !(alpha > 0 && alpha <= 1e6) {
		return nil, fmt.Errorf("quorum: the shape alpha of a Pareto delay must lie in (0, 1e6]: %v", alpha)
	}
	return pareto{float64(minimum), 1 / alpha}, nil
}

type pareto struct{ minimum, power float64 } // in nanoseconds; 1/alpha

// Draw uses that the logarithm of a Pareto delay is exponential.
func (p pareto) Draw(r *rand.Rand) time.Duration {
	return rounded(p.minimum * math.Exp(p.power*r.ExpFloat64()))
}

// Part is one kind of message in a [Mixture].
type Part struct {
	Weight float64 // relative to those of the other parts, which need not add up to 1
	Delay  Delay
}

// Mixture is a delay that is drawn from one of its parts, each as often as its weight says: a fast body and a slow tail, as fits to
// measurements often are. Weights are finite and not negative, and one is positive. The most frequent part should be the first.
func Mixture(parts ...Part) (Delay, error) {
	if len(parts) == 0 {
		return nil, errors.New("quorum: a mixture of delays must have a part: it has none")
	}
	total := 0.0
	for i, part := range parts {
		if part.Delay == nil {
			return nil, fmt.Errorf("quorum: each part of a mixture must have a delay: part %d has none", i)
		}
		if !(part.Weight >= 0 && part.Weight <= math.MaxFloat64) {
			return nil, fmt.Errorf("quorum: a weight of a mixture must be finite and not negative: %v for part %d", part.Weight, i)
		}
		total += part.Weight
	}
	if !(total > 0 && total <= math.MaxFloat64) {
		return nil, fmt.Errorf("quorum: the weights of a mixture must have a positive and finite sum: %v", total)
	}
	m, below := mixture{}, 0.0
	for _, part := range parts {
		if share := part.Weight / total; share > 0 {
			below += share
			m = append(m, component{below, part.Delay})
		}
	}
	return m, nil
}

type mixture []component

type component struct {
	below float64 // what a uniform number in [0, 1) must be below, if it is for none before
	delay Delay
}

func (m mixture) Draw(r *rand.Rand) time.Duration {
	last := len(m) - 1
	if last > 0 {
		u := r.Float64()
		for i := range last {
			if u < m[i].below {
				return m[i].delay.Draw(r)
			}
		}
	}
	return m[last].delay.Draw(r)
}

// Measured is a delay that is drawn from measured ones, each as likely as any other. None is invented: beyond the longest of them
// there is nothing, so what is asked of their tail should rest on many of them. They lie in [0, 100,000 h], and are copied.
func Measured(delays []time.Duration) (Delay, error) {
	if len(delays) == 0 {
		return nil, errors.New("quorum: measured delays must be one or more: there are none")
	}
	for i, d := range delays {
		if d < 0 || d > longestDelay {
			return nil, fmt.Errorf("quorum: a delay must lie in [0, %v]: %v, the measured one %d", longestDelay, d, i)
		}
	}
	return measured(slices.Clone(delays)), nil
}

type measured []time.Duration

func (m measured) Draw(r *rand.Rand) time.Duration { return m[r.IntN(len(m))] }
