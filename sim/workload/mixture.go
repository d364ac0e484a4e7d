// Mixtures of service times: a request is of one kind or another (G. J. McLachlan and D. Peel, Finite Mixture Models,
// Wiley, 2000). Published latency fits come in this form: P. Bailis et al., "Probabilistically Bounded Staleness for
// Practical Partial Quorums", VLDB, 2012, table 3.

package workload

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Component is one kind of request in a mixture.
type Component struct {
	Weight float64 // relative to the other weights: they need not add up to 1
	Time   ServiceTime
}

// NewMixture makes service times that are each drawn from one of the components, chosen in proportion to its weight.
// Weights must be finite and not negative, and their sum finite and positive; a component of weight 0 is left out. A
// component may be a mixture itself. A draw costs a scan of the components, a uniform and a draw of one component.
// The first component should be the most frequent.
func NewMixture(components ...Component) (ServiceTime, error) {
	if len(components) == 0 {
		return nil, errors.New("workload: a mixture needs at least one component: got none")
	}
	total := 0.
	for i, c := range components {
		if c.Time == nil {
			return nil, fmt.Errorf("workload: component %d: a service time is needed: nil", i)
		}
		if !(c.Weight >= 0 && c.Weight <= math.MaxFloat64) {
			return nil, fmt.Errorf("workload: component %d: a weight must be finite and not negative: %v", i, c.Weight)
		}
		total += c.Weight
	}
	if !(total > 0 && total <= math.MaxFloat64) {
		return nil, fmt.Errorf("workload: the sum of weights must be finite and positive: %v", total)
	}

	m := &mixture{lo: math.MaxInt64}
	cumulative := 0.
	for i, c := range components {
		share := c.Weight / total
		if share == 0 {
			continue
		}
		lo, err := c.Time.Quantile(0)
		if err != nil {
			return nil, fmt.Errorf("workload: component %d: %w", i, err)
		}
		hi, err := c.Time.Quantile(1)
		if err != nil {
			return nil, fmt.Errorf("workload: component %d: %w", i, err)
		}
		m.lo, m.hi = min(m.lo, lo), max(m.hi, hi)
		m.mean += share * float64(c.Time.Mean())
		cumulative += share
		m.parts = append(m.parts, part{upTo: cumulative, share: share, time: c.Time})
	}
	for _, p := range m.parts {
		m.variance += p.share * (p.time.Variance() + square((float64(p.time.Mean())-m.mean)/1e9))
	}
	return m, nil
}

type mixture struct {
	parts    []part
	lo, hi   time.Duration // the support, both ends included
	mean     float64       // nanoseconds
	variance float64       // seconds squared
}

type part struct {
	upTo  float64 // the shares up to this one, this one included
	share float64
	time  ServiceTime
}

func (m *mixture) Draw(r *rand.Rand) time.Duration {
	u := r.Float64()
	last := len(m.parts) - 1
	for i := range last {
		if u < m.parts[i].upTo {
			return m.parts[i].time.Draw(r)
		}
	}
	return m.parts[last].time.Draw(r) // whatever rounding left between the shares' sum and 1 is the last one's
}

func (m *mixture) Mean() time.Duration { return nearest(m.mean) }

func (m *mixture) Variance() float64 { return m.variance }

func (m *mixture) CDF(t time.Duration) float64 {
	if t >= m.hi {
		return 1
	}
	sum := 0.
	for _, p := range m.parts {
		sum += p.share * p.time.CDF(t)
	}
	return min(sum, 1)
}

func (m *mixture) Quantile(p float64) (time.Duration, error) {
	if err := checkQuantile(p); err != nil {
		return 0, err
	}
	return invert(m.CDF, p, m.lo, m.hi), nil
}
