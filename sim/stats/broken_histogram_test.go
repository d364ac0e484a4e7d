package stats_test

import (
	"errors"
	"math/bits"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

var errTooFew = errors.New("too few observations")

// coarse keeps three binary digits of each duration, as eight buckets for each power of two do.
type coarse struct {
	stats.Histogram
	shortest, longest time.Duration
}

func (h *coarse) Record(d time.Duration) {
	if h.Count() == 0 {
		h.shortest = d
	}
	h.shortest, h.longest = min(h.shortest, d), max(h.longest, d)
	dropped := max(bits.Len64(uint64(max(d, 0)))-4, 0)
	h.Histogram.Record(d >> dropped << dropped)
}

func (h *coarse) Quantile(p float64) (time.Duration, error) {
	q, err := h.Histogram.Quantile(p)
	if end, _ := h.Histogram.Max(); q == end {
		q = h.longest
	}
	return max(q, h.shortest), err
}

func TestBroken_EightBucketsForAPowerOfTwo(t *testing.T) {
	lawtest.Breaks(t, "A histogram of eight buckets for each power of two is off by more than it promises",
		lawQuantilesAreWithinOnePartIn256(func() histogram { return new(coarse) }))
}

// wrapping adds up in the 63 bits of a duration.
type wrapping struct {
	stats.Histogram
	sum time.Duration
}

func (h *wrapping) Record(d time.Duration) {
	h.Histogram.Record(d)
	h.sum += d
}

func (h *wrapping) Mean() (time.Duration, error) {
	n := time.Duration(h.Count())
	mean, rest := h.sum/n, h.sum%n
	if rest >= n-rest {
		mean++
	}
	return mean, nil
}

func TestBroken_SumOverflows(t *testing.T) {
	lawtest.Breaks(t, "A sum in 64 bits overflows, and the mean of long durations is negative",
		lawSummaryIsExact(func() histogram { return new(wrapping) }))
}

// fromZero has a minimum that starts at its zero value.
type fromZero struct {
	stats.Histogram
	min time.Duration
}

func (h *fromZero) Record(d time.Duration) {
	h.Histogram.Record(d)
	h.min = min(h.min, d)
}

func (h *fromZero) Min() (time.Duration, error) { return h.min, nil }

func TestBroken_MinimumStartsAtZero(t *testing.T) {
	lawtest.Breaks(t, "A minimum that starts at the zero value never rises above it",
		lawSummaryIsExact(func() histogram { return new(fromZero) }))
}

// clamping takes a negative duration for none.
type clamping struct{ stats.Histogram }

func (h *clamping) Record(d time.Duration) { h.Histogram.Record(max(d, 0)) }

func TestBroken_NegativeDurationsBecomeZero(t *testing.T) {
	lawtest.Breaks(t, "A histogram that takes a negative duration for zero hides that a clock went back",
		lawNegativeDurationsAreNotForgotten(func() histogram { return new(clamping) }))
}

// tally is what is left of a histogram without its buckets.
type tally struct {
	count    uint64
	min, max time.Duration
}

func (h *tally) Record(d time.Duration) { h.Merge(&tally{count: 1, min: d, max: d}) }

func (h *tally) Merge(other *tally) {
	switch {
	case other.count == 0:
	case h.count == 0:
		*h = *other
	default:
		*h = tally{h.count + other.count, min(h.min, other.min), max(h.max, other.max)}
	}
}

// emptyCounts takes the ends of an empty tally, which are zero, for durations.
type emptyCounts tally

func (h *emptyCounts) Record(d time.Duration) { (*tally)(h).Record(d) }

func (h *emptyCounts) Merge(other *emptyCounts) {
	if h.count == 0 {
		*h = *other
		return
	}
	*h = emptyCounts{h.count + other.count, min(h.min, other.min), max(h.max, other.max)}
}

func TestBroken_MergingTheEndsOfNothing(t *testing.T) {
	lawtest.Breaks(t, "A merge that looks at the minimum and maximum of an empty histogram takes their zeros for durations",
		lawMergingIsRecording[emptyCounts]())
}
