package chart

import "math"

// tick is a place on an axis, in the data's unit, and its name.
type tick struct {
	at    float64
	label string
}

// hair is the rounding error that a tick at the very end of an axis is forgiven, in steps.
const hair = 1e-6

// step is the distance between linear ticks: 1, 2 or 5 times a power of ten.
type step struct {
	mantissa float64
	power    int
}

// stepOf returns the smallest step of at least the given size.
func stepOf(atLeast float64) step {
	power := int(math.Floor(math.Log10(atLeast)))
	for _, mantissa := range []float64{1, 2, 5} {
		if s := (step{mantissa, power}); s.times(1) >= atLeast*(1-hair) {
			return s
		}
	}
	return step{1, power + 1}
}

// times divides where it can, because 3/10 is the float64 next to 0.3 and 3*0.1 is not.
func (s step) times(n float64) float64 {
	if s.power < 0 {
		return n * s.mantissa / math.Pow10(-s.power)
	}
	return n * s.mantissa * math.Pow10(s.power)
}

// ticks returns the multiples of the step within [lo, hi].
func (s step) ticks(lo, hi float64) []tick {
	var ticks []tick
	size := s.times(1)
	for n := math.Ceil(lo/size - hair); n <= math.Floor(hi/size+hair); n++ {
		ticks = append(ticks, tick{s.times(n), plain(s.times(n), max(0, -s.power))})
	}
	return ticks
}

// decadeTicks returns the powers of ten within [lo, hi] whose exponent is a multiple of stride.
func decadeTicks(lo, hi float64, stride int) []tick {
	var ticks []tick
	for power := int(math.Ceil(math.Log10(lo) - hair)); power <= int(math.Floor(math.Log10(hi)+hair)); power++ {
		if power%stride == 0 {
			at := step{1, power}.times(1)
			ticks = append(ticks, tick{at, plain(at, max(0, -power))})
		}
	}
	return ticks
}

// mantissaTicks returns the given multiples of the powers of ten within [lo, hi].
func mantissaTicks(lo, hi float64, mantissas ...float64) []tick {
	var ticks []tick
	for power := int(math.Floor(math.Log10(lo))); power <= int(math.Ceil(math.Log10(hi))); power++ {
		for _, mantissa := range mantissas {
			if at := (step{mantissa, power}).times(1); at >= lo*(1-hair) && at <= hi*(1+hair) {
				ticks = append(ticks, tick{at, plain(at, max(0, -power))})
			}
		}
	}
	return ticks
}

// percentiles are the names on a percentile axis, as far as its values may go.
var percentiles = []tick{
	{0, "p0"}, {0.5, "p50"}, {0.9, "p90"}, {0.99, "p99"}, {0.999, "p99.9"}, {0.9999, "p99.99"},
	{0.99999, "p99.999"}, {0.999999, "p99.9999"}, {0.9999999, "p99.99999"},
}

// percentileTicks returns every stride-th named percentile within [lo, hi], counted from the lowest.
func percentileTicks(lo, hi float64, stride int) []tick {
	var within, ticks []tick
	for _, t := range percentiles {
		if at := Percentile.position(t.at); at >= Percentile.position(lo)-hair && at <= Percentile.position(hi)+hair {
			within = append(within, t)
		}
	}
	for i := 0; i < len(within); i += stride {
		ticks = append(ticks, within[i])
	}
	return ticks
}
