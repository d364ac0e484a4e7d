package ratelimit

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"time"
)

// Rate is how many events a limit admits in the long run: so many in such a time. The zero Rate is not valid; what
// is wrong with a rate is said by the constructor that takes it.
//
// Of whole numbers a second all up to 77,100 are counted exactly or one in a million too slow at most, and nearly all up to 100,000. Of faster
// ones more and more are refused, such as most of those about ten million; the error names the next slower one that is exact.
type Rate struct {
	events float64
	per    time.Duration
}

// Per is a number of events in a length of time: Per(100, time.Minute).
func Per(events int, length time.Duration) Rate { return Rate{float64(events), length} }

// PerSecond is a number of events a second, not necessarily a whole one.
func PerSecond(events float64) Rate { return Rate{events, time.Second} }

// Every is one event in each interval.
func Every(interval time.Duration) Rate { return Rate{1, interval} }

// PerSecond is the rate as a number of events a second.
func (r Rate) PerSecond() float64 { return r.events / r.per.Seconds() }

// String is the rate as it was given, such as "100 per 1m0s".
func (r Rate) String() string {
	return strconv.FormatFloat(r.events, 'g', -1, 64) + " per " + r.per.String()
}

// Limit is a rate and a burst: how many events are admitted in the long run, and how many at once.
type Limit struct {
	Rate  Rate
	Burst int
}

func (l Limit) String() string { return fmt.Sprintf("%v, burst %d", l.Rate, l.Burst) }

// Arithmetic is in whole numbers. Time is counted in units of 1/scale nanoseconds, scale being chosen by the limit, so that
// the interval between two events is a whole number of units: exactly where a scale of at most exactScale does it, else
// rounded up by at most one in a million, with the least scale that does. Rounded up: nothing is ever admitted too early.
//
// In units, now is kept within the horizon on both sides of zero, a burst takes at most farthest to regain, and no reservation
// lies farther ahead than that beyond the burst. So no sum or difference below overflows 64 bits.
const (
	horizon    = 1 << 61 // 73 years of nanoseconds
	farthest   = 1 << 60
	exactScale = 14 // horizon of five years
	mostScale  = 73 // horizon of a year
	tolerance  = 1e-6
)

// units is a limit in units of time.
type units struct {
	limit Limit
	scale int64         // units a nanosecond
	cost  int64         // units an event
	full  int64         // units of a whole burst
	ends  time.Duration // the horizon: a clock beyond it stands still
}

func compile(limit Limit) (units, error) {
	all, err := compileAll([]Limit{limit})
	if err != nil {
		return units{}, err
	}
	return all[0], nil
}

// compileAll gives several limits one scale, so that times can be compared between them.
func compileAll(limits []Limit) ([]units, error) {
	intervals := make([]*big.Rat, len(limits))
	exact := big.NewInt(1)
	for i, l := range limits {
		if err := l.check(); err != nil {
			return nil, err
		}
		intervals[i] = l.Rate.interval()
		exact = leastCommonMultiple(exact, intervals[i].Denom())
	}
	scale := int64(0)
	if exact.IsInt64() && exact.Int64() <= exactScale {
		scale = exact.Int64()
	}
	for s := int64(1); scale == 0 && s <= mostScale; s++ {
		fits := true
		for _, interval := range intervals {
			fits = fits && closeEnough(interval, s)
		}
		if fits {
			scale = s
		}
	}
	if scale == 0 {
		return nil, noScale(limits)
	}
	all := make([]units, len(limits))
	for i, l := range limits {
		cost := ceil(intervals[i], scale)
		whole := new(big.Int).Mul(cost, big.NewInt(int64(l.Burst)))
		if !whole.IsInt64() || whole.Int64() > farthest {
			return nil, fmt.Errorf("ratelimit: a burst must be regained within %s: %v", longestRegain(scale), l)
		}
		all[i] = units{limit: l, scale: scale, cost: cost.Int64(), full: whole.Int64(), ends: time.Duration(horizon / scale)}
	}
	return all, nil
}

// noScale names the limit that has no scale, or says that all have one but no common one.
func noScale(limits []Limit) error {
	if len(limits) == 1 {
		return fmt.Errorf("ratelimit: a rate must be representable within one in a million, in units of 1/%d ns or longer: %v (the next slower exact one is %v)",
			mostScale, limits[0].Rate, nextSlower(limits[0].Rate.interval()))
	}
	for _, l := range limits {
		if _, err := compile(l); err != nil {
			return err
		}
	}
	return fmt.Errorf("ratelimit: the rates of one table must be representable together, each within one in a million, in units of 1/%d ns or longer: %v", mostScale, limits)
}

// nextSlower is the fastest rate that is counted exactly and is no faster than one that has no scale. The interval of such a one is short:
// if it had a million units, rounding it up would be one in a million.
func nextSlower(interval *big.Rat) Rate {
	var slower Rate
	least := math.Inf(1)
	for scale := int64(1); scale <= mostScale; scale++ {
		units := ceil(interval, scale).Int64()
		if length := float64(units) / float64(scale); length < least {
			least, slower = length, Per(int(scale), time.Duration(units))
		}
	}
	return slower
}

func (l Limit) check() error {
	switch r := l.Rate; {
	case math.IsNaN(r.events) || math.IsInf(r.events, 0):
		return fmt.Errorf("ratelimit: a rate must be finite: %v", r)
	case r.events <= 0 || r.per <= 0:
		return fmt.Errorf("ratelimit: a rate must be positive: %v", r)
	case r.events > 1<<53:
		return fmt.Errorf("ratelimit: a rate must have at most 2^53 events: %v", r)
	case l.Burst < 1:
		return fmt.Errorf("ratelimit: a burst must be positive: %d", l.Burst)
	}
	return nil
}

// interval is the exact time between two events, in nanoseconds.
func (r Rate) interval() *big.Rat {
	interval := new(big.Rat).SetInt64(int64(r.per))
	return interval.Quo(interval, new(big.Rat).SetFloat64(r.events))
}

// longestRegain is how long a burst may take to regain, in words.
func longestRegain(scale int64) string {
	const year = 365 * 24 * time.Hour
	tenths := time.Duration(farthest/scale) / (year / 10)
	return fmt.Sprintf("%d.%d years", tenths/10, tenths%10)
}

func ceil(interval *big.Rat, scale int64) *big.Int {
	units := new(big.Int).Mul(interval.Num(), big.NewInt(scale))
	quotient, rest := new(big.Int).QuoRem(units, interval.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		quotient.Add(quotient, big.NewInt(1))
	}
	return quotient
}

func closeEnough(interval *big.Rat, scale int64) bool {
	exact := new(big.Rat).Mul(interval, new(big.Rat).SetInt64(scale))
	rounded := new(big.Rat).SetInt(ceil(interval, scale))
	excess, _ := rounded.Quo(rounded, exact).Float64()
	return excess-1 <= tolerance
}

func leastCommonMultiple(a, b *big.Int) *big.Int {
	divisor := new(big.Int).GCD(nil, nil, a, b)
	return new(big.Int).Mul(a, divisor.Quo(b, divisor))
}

// at is now in units. Beyond the horizon time stands still, which admits less, never more.
func (u *units) at(now time.Duration) int64 {
	return int64(max(-u.ends, min(now, u.ends))) * u.scale
}

// wait is a span of units in nanoseconds, rounded up: after it, the span has passed.
func (u *units) wait(span int64) time.Duration {
	switch {
	case span <= 0:
		return 0
	case u.scale == 1:
		return time.Duration(span)
	}
	return time.Duration((span + u.scale - 1) / u.scale)
}

// unfit says why n events can never be admitted.
func (u *units) unfit(n int) (Decision, bool) {
	switch {
	case n < 1:
		return never(NotPositive), true
	case n > u.limit.Burst:
		return never(TooLarge), true
	}
	return Decision{}, false
}

// admitted is the answer that leaves a debt: the units until the limit is fresh.
func (u *units) admitted(debt int64) Decision {
	return Decision{Verdict: Admitted, Remaining: u.left(debt), ResetAfter: u.wait(debt)}
}

// refused is the answer to somebody who would have needed more units than are left over a debt.
func (u *units) refused(debt, missing int64) Decision {
	return Decision{Remaining: u.left(debt), Wait: u.wait(missing), ResetAfter: u.wait(debt)}
}

// left is how many events fit on top of a debt.
func (u *units) left(debt int64) int {
	if debt >= u.full {
		return 0
	}
	return int((u.full - debt) / u.cost)
}

// carry is a debt of the same number of events under another limit, rounded up.
func (u *units) carry(debt int64, to *units) (int64, error) {
	if debt <= 0 {
		return 0, nil
	}
	high, low := bits.Mul64(uint64(debt), uint64(to.cost))
	if high < uint64(u.cost) {
		quotient, rest := bits.Div64(high, low, uint64(u.cost))
		if rest > 0 {
			quotient++
		}
		if quotient <= farthest {
			return int64(quotient), nil
		}
	}
	return 0, fmt.Errorf("ratelimit: what was taken must be regained within %s under the new limit: %v", longestRegain(to.scale), to.limit)
}
