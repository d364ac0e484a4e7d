package ratelimit_test

import (
	"fmt"
	"iter"
	"math"
	"math/big"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// setting is what a limit is made of: a rate and a burst. Of a window, per is the length, and burst the limit, which events equals.
type setting struct {
	events float64
	per    time.Duration
	burst  int
	window bool
}

func ofWindow(limit int, window time.Duration) setting {
	return setting{float64(limit), window, limit, true}
}

func (s setting) rate() ratelimit.Rate {
	if s.per == time.Second {
		return ratelimit.PerSecond(s.events)
	}
	return ratelimit.Per(int(s.events), s.per)
}

func (s setting) String() string {
	if s.window {
		return fmt.Sprintf("%d in a window of %v", s.burst, s.per)
	}
	return ratelimit.Limit{Rate: s.rate(), Burst: s.burst}.String()
}

// interval is 1/rate in nanoseconds, exactly as stated.
func (s setting) interval() *big.Rat {
	return new(big.Rat).Quo(new(big.Rat).SetInt64(int64(s.per)), new(big.Rat).SetFloat64(s.events))
}

// whole says that 1/rate is a whole number of nanoseconds, so that nothing is rounded.
func (s setting) whole() bool { return s.interval().IsInt() }

// exact says that 1/rate needs a unit of no less than 1/14 ns, which the package promises to count in exactly.
func (s setting) exact() bool {
	unit := s.interval().Denom()
	return unit.IsInt64() && unit.Int64() <= 14
}

// horizon is how far on both sides of zero time runs, at the least.
func (s setting) horizon() time.Duration {
	if s.exact() {
		return time.Duration(1<<61-1) / time.Duration(s.interval().Denom().Int64())
	}
	return year
}

const year = 365 * 24 * time.Hour

// within says that a span from now on lies within the horizon.
func (s setting) within(now, span time.Duration) bool {
	end := s.horizon()
	return now >= -end && now <= end && span <= end-now
}

// step is a quarter of 1/rate, or of a window, so that random times fall before, on and after what matters.
func (s setting) step() time.Duration {
	quarter, _ := new(big.Rat).Quo(s.interval(), big.NewRat(4, 1)).Float64()
	return max(1, time.Duration(quarter))
}

const (
	day         = 24 * time.Hour
	mostRegain  = 1 << 60 // what a burst may take to regain, in the limit's units
	finestUnits = 73      // units a nanosecond
)

// awkward rates: those that people ask for, and those that are not a whole number of nanoseconds.
var awkward = []setting{
	{events: 1, per: time.Second}, {events: 2, per: time.Second}, {events: 3, per: time.Second},
	{events: 139, per: time.Second}, {events: 0.3, per: time.Second}, {events: 12345.678, per: time.Second},
	{events: 100, per: time.Minute}, {events: 1, per: time.Nanosecond}, {events: 7, per: 10 * time.Nanosecond},
	{events: 71, per: 10 * time.Nanosecond}, {events: 1, per: year}, {events: 1, per: 36 * year}, {events: 14, per: time.Nanosecond},
}

var rates = rapid.Custom(func(t *rapid.T) setting {
	s := rapid.OneOf(rapid.SampledFrom(awkward), rapid.Custom(func(t *rapid.T) setting {
		return setting{
			events: float64(rapid.IntRange(1, 20).Draw(t, "events")),
			per:    time.Duration(rapid.IntRange(1, 20).Draw(t, "per")),
		}
	})).Draw(t, "rate")
	s.burst = rapid.OneOf(rapid.IntRange(1, 4), rapid.IntRange(1, 100), rapid.Just(1<<40)).Draw(t, "burst")
	// Whatever the unit is, a burst of this many is regained in time.
	most, _ := new(big.Rat).Quo(big.NewRat(mostRegain, 1), s.interval()).Float64()
	if !s.whole() {
		most /= finestUnits
	}
	s.burst = min(s.burst, max(1, int(most)))
	return s
})

var windows = rapid.Custom(func(t *rapid.T) setting {
	return ofWindow(
		rapid.OneOf(rapid.IntRange(1, 4), rapid.IntRange(1, 100)).Draw(t, "limit"),
		rapid.OneOf(
			rapid.Custom(func(t *rapid.T) time.Duration { return time.Duration(rapid.IntRange(1, 20).Draw(t, "window")) }),
			rapid.SampledFrom([]time.Duration{time.Second, time.Minute, day, year, 1<<61 - 1}),
		).Draw(t, "window"))
})

// instant is a time, or the time since the last call.
type instant struct {
	at    time.Duration
	since bool
}

func (i instant) after(last time.Duration) time.Duration {
	if !i.since {
		return i.at
	}
	if sum := last + i.at; sum >= last {
		return sum
	}
	return math.MaxInt64
}

// times come in any order: before and after zero, together, at the ends of what a clock can show.
func (c *trial) times() *rapid.Generator[instant] {
	step, window, s := c.step(), c.per, c.setting
	kinds := []string{"since", "since", "since", "at", "edge", "end"}
	if c.near {
		kinds = kinds[:4]
	}
	return rapid.Custom(func(t *rapid.T) instant {
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "since":
			steps := time.Duration(rapid.Int64Range(0, 8).Draw(t, "steps"))
			return instant{at: max(0, steps*step+time.Duration(rapid.Int64Range(-1, 1).Draw(t, "ns"))), since: true}
		case "at":
			steps := time.Duration(rapid.Int64Range(-8, 8).Draw(t, "steps"))
			return instant{at: steps*step + time.Duration(rapid.Int64Range(-1, 1).Draw(t, "ns"))}
		case "edge": // of a window
			return instant{at: time.Duration(rapid.Int64Range(0, 3).Draw(t, "windows"))*window + time.Duration(rapid.Int64Range(-1, 1).Draw(t, "ns"))}
		}
		return instant{at: rapid.SampledFrom([]time.Duration{
			math.MinInt64, -math.MaxInt64, math.MaxInt64, -1 << 61, 1 << 61, -s.horizon(), s.horizon(), 1 << 60,
		}).Draw(t, "end")}
	})
}

// costs are mostly small, sometimes the whole burst, and sometimes what can never be admitted.
func (s setting) costs() *rapid.Generator[int] {
	return rapid.OneOf(
		rapid.IntRange(1, min(3, s.burst)), rapid.IntRange(1, s.burst),
		rapid.SampledFrom([]int{s.burst, s.burst, s.burst + 1, 0, -1, math.MaxInt, math.MinInt}))
}

// call is a request for n events.
type call struct {
	instant
	n int
}

// calls are random requests, as now and n.
func (c *trial) calls() iter.Seq2[time.Duration, int] {
	times, costs := c.times(), c.costs()
	all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) call {
		return call{times.Draw(t, "now"), costs.Draw(t, "n")}
	}), 1, 24).Draw(c.T, "calls")
	return func(yield func(time.Duration, int) bool) {
		now := time.Duration(0)
		for _, call := range all {
			if now = call.after(now); !yield(now, call.n) {
				return
			}
		}
	}
}

// rateBound is burst + rate*length, of a sliding counter limit + limit*length/window.
func rateBound(s setting, length uint64) *big.Rat {
	most := new(big.Rat).SetInt(new(big.Int).SetUint64(length))
	most.Quo(most, s.interval())
	return most.Add(most, big.NewRat(int64(s.burst), 1))
}

// fixedWindowBound is limit times the windows that a closed interval touches.
func fixedWindowBound(s setting, length uint64) *big.Rat {
	touched := uint64(1)
	if length > 0 {
		touched = 2 + (length-1)/uint64(s.per)
	}
	return new(big.Rat).SetInt(new(big.Int).Mul(new(big.Int).SetUint64(touched), big.NewInt(int64(s.burst))))
}

// slidingLogBound is limit * (1 + floor(length/window)). So a half-open window, which is closed and a nanosecond
// shorter, holds at most limit.
func slidingLogBound(s setting, length uint64) *big.Rat {
	touched := 1 + length/uint64(s.per)
	return new(big.Rat).SetInt(new(big.Int).Mul(new(big.Int).SetUint64(touched), big.NewInt(int64(s.burst))))
}
