package quorum

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Workload says how often which part of the operations are reads: read fractions, each with the part of the time (the probability) in which it
// prevails. A strategy is chosen for all of them, as it cannot change as fast as the fraction does.
type Workload []ReadFraction

// ReadFraction is the part of the operations that are reads, and the probability of that part. Both lie in [0, 1].
type ReadFraction struct {
	Reads       float64
	Probability float64
}

// Reads is the workload of one read fraction, in [0, 1].
func Reads(fraction float64) Workload { return Workload{{Reads: fraction, Probability: 1}} }

// sumTolerance is how far probabilities may be from 1 in sum.
const sumTolerance = 1e-9

// Validate says which rule is broken: at least one read fraction, fractions and probabilities in [0, 1], probabilities that sum to 1
// within 1e-9.
func (w Workload) Validate() error {
	if len(w) == 0 {
		return errors.New("quorum: a workload must have a read fraction: 0 of them")
	}
	sum := 0.0
	for _, f := range w {
		if !(f.Reads >= 0 && f.Reads <= 1) {
			return fmt.Errorf("quorum: a read fraction must lie in [0, 1]: %v", f.Reads)
		}
		if !(f.Probability >= 0 && f.Probability <= 1) {
			return fmt.Errorf("quorum: the probability of a read fraction must lie in [0, 1]: %v of %v", f.Probability, f.Reads)
		}
		sum += f.Probability
	}
	if math.Abs(sum-1) > sumTolerance {
		return fmt.Errorf("quorum: the probabilities of read fractions must sum to 1: %v", sum)
	}
	return nil
}

// mean is the mean read fraction.
func (w Workload) mean() (mean float64) {
	for _, f := range w {
		mean += f.Probability * f.Reads
	}
	return mean
}

// Profile is what a node can do: how many reads a second it can serve when it does nothing else, and how many writes, both in
// [1e-9, 1e+15]; and how long it takes until its answer is there, not negative.
type Profile struct {
	Reads, Writes float64
	Latency       time.Duration
}

// Profiles are those of the nodes by name. Each node must have one. Nil is for nodes that are alike: each serves one operation a second,
// without latency, so that a load is the probability that the busiest node takes part in an operation.
type Profiles map[string]Profile

const minCapacity, maxCapacity = 1e-9, 1e15

// fleet is the profiles of numbered nodes.
type fleet struct {
	nodes         []string
	reads, writes []float64 // seconds an operation
	latency       []float64 // seconds
}

func (p Profiles) of(nodes []string) (*fleet, error) {
	f := &fleet{nodes: nodes}
	for _, name := range nodes {
		of, known := p[name]
		switch {
		case p == nil:
			of = Profile{Reads: 1, Writes: 1}
		case !known:
			return nil, fmt.Errorf("quorum: each node must have a profile: %q has none", name)
		}
		for _, c := range []struct {
			what     string
			capacity float64
		}{{"read", of.Reads}, {"write", of.Writes}} {
			if !(c.capacity >= minCapacity && c.capacity <= maxCapacity) {
				return nil, fmt.Errorf("quorum: a %s capacity must lie in [%g, %g] operations a second: %v of %q",
					c.what, minCapacity, maxCapacity, c.capacity, name)
			}
		}
		if of.Latency < 0 {
			return nil, fmt.Errorf("quorum: a latency must not be negative: %v of %q", of.Latency, name)
		}
		f.reads, f.writes = append(f.reads, 1/of.Reads), append(f.writes, 1/of.Writes)
		f.latency = append(f.latency, of.Latency.Seconds())
	}
	return f, nil
}
