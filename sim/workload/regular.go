// Regular arrivals: a metronome that does not drift.

package workload

import (
	"math"
	"math/bits"
	"time"
)

// Regular is one arrival every 1/rate seconds: the k-th, k = 1, 2, …, lies at k/rate, rounded once to the nearest
// nanosecond, halves up. The arithmetic is exact over the float64 rate it was given, so errors do not add up: at 3 a
// second the 3,000,000,000th arrival lies at 10⁹ seconds to the nanosecond, where adding up rounded gaps would be a
// second off. There is no arrival at or before time 0; a negative now answers the first.
//
// It is immutable and safe for concurrent use.
type Regular struct {
	// The rate is denominator / 2^shift a second, as every float64 is, with the half of the rounding folded in:
	// the k-th arrival is floor((k * 1e9 * 2^shift + denominator/2) / denominator) nanoseconds.
	denominator uint64 // even, below 2^54
	shift       uint   // 1 to 80
}

// NewRegular makes regular arrivals at this rate, which must lie in [1e-8, 1e9] a second.
func NewRegular(perSecond float64) (*Regular, error) {
	if err := checkRate(perSecond); err != nil {
		return nil, err
	}
	fraction, exponent := math.Frexp(perSecond)
	mantissa := uint64(fraction * (1 << 53))
	exponent -= 53
	zeros := bits.TrailingZeros64(mantissa)
	mantissa >>= zeros
	exponent += zeros
	if exponent > 0 {
		return &Regular{denominator: mantissa << exponent << 1, shift: 1}, nil
	}
	return &Regular{denominator: mantissa << 1, shift: uint(1 - exponent)}, nil
}

// Next returns the time of the first arrival after now, strictly.
func (r *Regular) Next(now time.Duration) time.Duration {
	// The k-th arrival is after now when k * 1e9 * 2^shift >= (now + 1/2) * denominator: the least such k, rounded
	// up.
	half := r.denominator / 2
	hi, lo := bits.Mul64(uint64(max(now, 0))*2+1, half)
	hi, lo = shiftRight(hi, lo-1, r.shift) // lo is not 0: an odd number times less than 2^53 is no multiple of 2^64
	k, _ := bits.Div64(hi, lo, 1e9)
	k++

	hi, lo = bits.Mul64(k, 1e9)
	hi, lo = shiftLeft(hi, lo, r.shift)
	lo, carry := bits.Add64(lo, half, 0)
	t, _ := bits.Div64(hi+carry, lo, r.denominator) // below 2^64: now is below 2^63, and a gap at most 10¹⁷
	return time.Duration(min(t, math.MaxInt64))
}

func shiftRight(hi, lo uint64, n uint) (uint64, uint64) {
	if n >= 64 {
		return 0, hi >> (n - 64)
	}
	return hi >> n, lo>>n | hi<<(64-n)
}

func shiftLeft(hi, lo uint64, n uint) (uint64, uint64) {
	if n >= 64 {
		return lo << (n - 64), 0
	}
	return hi<<n | lo>>(64-n), lo << n
}
