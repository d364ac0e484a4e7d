// R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (4), 1996 (definition 1). Why quantiles do not add:
// P. Artzner et al., "Coherent Measures of Risk", Mathematical Finance 9 (3), 1999, section 3.3.

package estimate

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sort"
	"time"
)

const (
	maxRequests = 1 << 53 // floats count to it
	maxBands    = 1 << 20
)

// Band is a latency and the number of requests that had it.
type Band struct {
	Latency  time.Duration
	Requests uint64
}

// Latencies is a distribution of latencies, as counts of requests. Counts can be added, and percentiles cannot: the mean of the p99s of many hosts
// is no p99 of anything, and the p95s of the hops of a call neither add to its p95 nor bound it. [Latencies.Merge] and [Latencies.Then] are what is meant.
// It is not changed once it is made, with [NewLatencies].
type Latencies struct {
	bands []Band   // by latency, each once
	upTo  []uint64 // requests with at most this latency
}

// NewLatencies takes bands in any order, at least one and at most 1,048,576. Latencies are not negative; each band has a request or more, and all together at most 2^53.
func NewLatencies(bands ...Band) (Latencies, error) {
	if err := needBetween("bands of latency", len(bands), 1, maxBands); err != nil {
		return Latencies{}, err
	}
	sorted := slices.Clone(bands)
	slices.SortFunc(sorted, func(a, b Band) int { return cmp.Compare(a.Latency, b.Latency) })
	var l Latencies
	all := uint64(0)
	for _, b := range sorted {
		if b.Latency < 0 {
			return Latencies{}, fmt.Errorf("estimate: a latency must not be negative: %v", b.Latency)
		}
		if b.Requests == 0 {
			return Latencies{}, fmt.Errorf("estimate: a band of latency must have requests: 0 with %v", b.Latency)
		}
		if b.Requests > maxRequests-all {
			return Latencies{}, fmt.Errorf("estimate: all bands of latency together must have at most %d requests: %d and %d", uint64(maxRequests), all, b.Requests)
		}
		all += b.Requests
		if last := len(l.bands) - 1; last >= 0 && l.bands[last].Latency == b.Latency {
			l.bands[last].Requests += b.Requests
			l.upTo[last] = all
			continue
		}
		l.bands, l.upTo = append(l.bands, b), append(l.upTo, all)
	}
	return l, nil
}

// Requests is how many there are.
func (l Latencies) Requests() uint64 {
	if len(l.upTo) == 0 {
		return 0
	}
	return l.upTo[len(l.upTo)-1]
}

// Percentile is the least latency that a part p of all requests does not exceed, p in (0, 1]: at 0.99 the p99. It is one of those that were given.
func (l Latencies) Percentile(p float64) (time.Duration, error) {
	if !(p > 0 && p <= 1) {
		return 0, fmt.Errorf("estimate: a percentile must lie in (0, 1]: %v", p)
	}
	all := l.Requests()
	if all == 0 {
		return 0, fmt.Errorf("estimate: a percentile needs requests: %d", all)
	}
	// The quotient rounds as the number p did when it was written: 0.07*100 is more than 7, and 7/100 is 0.07.
	at := sort.Search(len(l.upTo)-1, func(i int) bool { return float64(l.upTo[i])/float64(all) >= p })
	return l.bands[at].Latency, nil
}

// Merge is the distribution of all requests together: of all hosts, or of all minutes of a day. Its percentile lies between the least and the
// highest of theirs, and where is not told by them.
func (l Latencies) Merge(others ...Latencies) (Latencies, error) {
	bands := slices.Clone(l.bands)
	for _, other := range others {
		bands = append(bands, other.bands...)
	}
	return NewLatencies(bands...)
}

// Then is the distribution of the sum of two latencies that are independent of each other: of a call that is made after another. It counts all pairs, less
// what their counts have in common. The error says so if there are too many, or too many bands.
func (l Latencies) Then(next Latencies) (Latencies, error) {
	pairs, product := bits.Mul64(uint64(len(l.bands)), uint64(len(next.bands)))
	if pairs > 0 || product > maxBands {
		return Latencies{}, fmt.Errorf("estimate: pairs of bands of latency must be at most %d: %d times %d", maxBands, len(l.bands), len(next.bands))
	}
	mine, theirs := l.common(), next.common()
	bands := make([]Band, 0, product)
	for _, a := range l.bands {
		for _, b := range next.bands {
			high, requests := bits.Mul64(a.Requests/mine, b.Requests/theirs)
			if high > 0 {
				return Latencies{}, fmt.Errorf("estimate: pairs of requests must be at most %d: %d times %d", uint64(maxRequests), l.Requests()/mine, next.Requests()/theirs)
			}
			if a.Latency > math.MaxInt64-b.Latency {
				return Latencies{}, fmt.Errorf("estimate: a sum of latencies must fit a duration: %v and %v", a.Latency, b.Latency)
			}
			bands = append(bands, Band{a.Latency + b.Latency, requests})
		}
	}
	return NewLatencies(bands...)
}

// common is the greatest common divisor of all counts.
func (l Latencies) common() uint64 {
	divisor := uint64(0)
	for _, b := range l.bands {
		for a, b := divisor, b.Requests; ; a, b = b, a%b {
			if b == 0 {
				divisor = a
				break
			}
		}
	}
	return max(divisor, 1)
}
