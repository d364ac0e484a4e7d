package limitsim

import (
	"math"
	"math/bits"
	"time"
)

// MostIn is the most events that act in any closed interval [a, a+length]: both ends are in it. A negative length holds nothing. The
// requests must be in the order of their times, as all of this package are. It takes time in proportion to their number.
func MostIn(acts []Request, length time.Duration) int {
	if length < 0 {
		return 0
	}
	most, within, first := 0, 0, 0
	for _, last := range acts { // some fullest interval ends with an act
		within += last.Cost
		for from(last.At, length) > acts[first].At {
			within -= acts[first].Cost
			first++
		}
		most = max(most, within)
	}
	return most
}

// from is when an interval begins that ends then.
func from(end, length time.Duration) time.Duration {
	if end < math.MinInt64+length {
		return math.MinInt64
	}
	return end - length
}

// Envelope is MostIn for each of the lengths.
func Envelope(acts []Request, lengths []time.Duration) []int {
	most := make([]int, len(lengths))
	for i, length := range lengths {
		most[i] = MostIn(acts, length)
	}
	return most
}

// The bounds below are for a limit of events in a window, both positive, and closed intervals of a length of zero or more. A bound beyond
// the largest int is the largest int.

// MostOfRate bounds what a token bucket, GCRA and leaky bucket of the rate events/window admit: burst + floor(rate*length). A greedy
// client reaches it, if a burst is two or more and 1/rate is exact: see [ratelimit.Limit]. With a burst of 1 it also
// bounds what leaves a queue, event by event.
func MostOfRate(events int, window time.Duration, burst int, length time.Duration) int {
	return sum(burst, scaled(events, length, window))
}

// MostOfFixedWindow is what a fixed window admits to a client that begins 1 ns before a window's end: limit in each window that the
// interval touches.
func MostOfFixedWindow(limit int, window, length time.Duration) int {
	if length < 1 {
		return limit
	}
	return product(limit, sum(2, int((length-1)/window)))
}

// MostOfSlidingLog is what a sliding log admits: limit in each half-open window, and an interval of the window's length, both
// ends in it, has room for the beginnings of two.
func MostOfSlidingLog(limit int, window, length time.Duration) int {
	return product(limit, sum(1, int(length/window)))
}

// MostOfSlidingCounter bounds what a sliding counter admits: limit + floor(limit*length/window). A client that begins 1 ns before a
// window's end comes as near to it as that nanosecond allows, limit + floor(limit*(length-1 ns)/window), for up to a window, and falls
// behind by about an event in each later one, because estimates are rounded up.
func MostOfSlidingCounter(limit int, window, length time.Duration) int {
	return sum(limit, scaled(limit, length, window))
}

// scaled is floor(n * length / window).
func scaled(n int, length, window time.Duration) int {
	high, low := bits.Mul64(uint64(n), uint64(length))
	if high >= uint64(window) {
		return math.MaxInt
	}
	quotient, _ := bits.Div64(high, low, uint64(window))
	return int(min(quotient, math.MaxInt))
}

func sum(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

func product(a, b int) int { return scaled(a, time.Duration(b), 1) }
