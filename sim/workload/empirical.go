// Empirical service times: measured ones, drawn again with replacement (B. Efron, "Bootstrap Methods: Another Look at
// the Jackknife", Annals of Statistics 7(1), 1979).

package workload

import (
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sort"
	"time"
)

// NewEmpirical makes service times that are drawn uniformly, with replacement, from measured samples: at least one,
// each positive. It copies them. Mean is their mean, summed exactly and rounded once; Variance is the population's
// (divided by n, for the samples are the population here); Quantile(p) is the least sample that at least a share p of
// them does not exceed, with no interpolation. A time beyond the largest sample never occurs, so a high quantile of
// few samples is optimistic.
//
// [ReadDurations] reads samples from a file.
func NewEmpirical(samples []time.Duration) (ServiceTime, error) {
	if len(samples) == 0 {
		return nil, errors.New("workload: an empirical service time needs at least one sample: got none")
	}
	for i, d := range samples {
		if d <= 0 {
			return nil, fmt.Errorf("workload: sample %d: a service time must be positive: %v", i, d)
		}
	}
	sorted := slices.Clone(samples)
	slices.Sort(sorted)

	n := uint64(len(sorted))
	var hi, lo uint64
	for _, d := range sorted {
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(d), 0)
		hi += carry
	}
	quotient, remainder := bits.Div64(hi, lo, n)
	mean, fraction := time.Duration(quotient), float64(remainder)/float64(n)

	variance := 0.
	for _, d := range sorted {
		variance += square((float64(d-mean) - fraction) / 1e9)
	}
	if remainder >= n-remainder {
		mean++
	}
	return empirical{sorted: sorted, mean: mean, variance: variance / float64(n)}, nil
}

type empirical struct {
	sorted   []time.Duration
	mean     time.Duration
	variance float64 // seconds squared
}

func (e empirical) Draw(r *rand.Rand) time.Duration { return e.sorted[r.IntN(len(e.sorted))] }

func (e empirical) Mean() time.Duration { return e.mean }

func (e empirical) Variance() float64 { return e.variance }

func (e empirical) CDF(t time.Duration) float64 {
	n := len(e.sorted)
	atMost := sort.Search(n, func(i int) bool { return e.sorted[i] > t })
	return float64(atMost) / float64(n)
}

func (e empirical) Quantile(p float64) (time.Duration, error) {
	if err := checkQuantile(p); err != nil {
		return 0, err
	}
	// The comparison is the CDF's own, so that Quantile(7/100.) of 100 samples is the seventh although 7/100. * 100
	// exceeds 7.
	n := len(e.sorted)
	i := sort.Search(n-1, func(i int) bool { return float64(i+1)/float64(n) >= p })
	return e.sorted[i], nil
}
