package ratelimit_test

import (
	"math/big"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// The naive models keep everything that was ever admitted, and judge each request by the definition. They are correct as they
// stand; each of their bugs is one that is made.
type bug int

const (
	none            bug = iota
	roundsDown          // 1/rate is rounded down to whole nanoseconds
	startsAtZero        // a fresh limit was last used at now 0
	retriesTooLarge     // what exceeds the burst is refused like anything else
	peekCharges         // a peek is a take
	refusalCharges      // a refused request is counted
	waitsTooLittle      // the wait is rounded down to microseconds
	waitsTooLong        // the wait is a nanosecond longer
	countsItself        // what remains includes the request that was just admitted
	resetsOneByOne      // the reset is when the next event is regained
	forgetsOnChange     // a new limit begins fresh
	floorsEstimate      // a counter rounds its estimate down
	followsNow          // a count follows now back to an earlier window
	closedWindow        // an event leaves the log a nanosecond early
	forgetsNewest       // a log that is full drops an event to make room
)

// naiveRateLimit is the definition of burst + rate*t: a request is admitted if, together with all that was admitted since, it fits into what
// the time since each earlier admission allows.
type naiveRateLimit struct {
	bug
	setting
	past []request
}

type request struct {
	at time.Duration // as far as the clock runs
	n  int
}

func naiveRate(b bug) func(setting) (algorithm, error) {
	return func(s setting) (algorithm, error) {
		m := &naiveRateLimit{bug: b, setting: s}
		if b == startsAtZero {
			m.past = []request{{0, 0}}
		}
		return m, nil
	}
}

func (m *naiveRateLimit) Take(now time.Duration, n int) ratelimit.Decision {
	return m.answer(now, n, true)
}

func (m *naiveRateLimit) Peek(now time.Duration, n int) ratelimit.Decision {
	return m.answer(now, n, m.bug == peekCharges)
}

func (m *naiveRateLimit) answer(now time.Duration, n int, keep bool) ratelimit.Decision {
	now = max(-m.horizonExactly(), min(now, m.horizonExactly()))
	switch {
	case n < 1:
		return ratelimit.Decision{Verdict: ratelimit.NotPositive, Wait: ratelimit.Never}
	case n > m.burst && m.bug != retriesTooLarge:
		return ratelimit.Decision{Verdict: ratelimit.TooLarge, Wait: ratelimit.Never}
	}
	debt := m.debt(now)
	free := new(big.Rat).Sub(m.times(m.burst), debt)
	missing := new(big.Rat).Sub(m.times(n), free)
	d := ratelimit.Decision{Remaining: m.fit(free), ResetAfter: time.Duration(wholeUp(debt))}
	if missing.Sign() > 0 {
		d.Wait = time.Duration(wholeUp(missing))
	} else {
		d.Verdict = ratelimit.Admitted
		after := new(big.Rat).Add(debt, m.times(n))
		d.ResetAfter = time.Duration(wholeUp(after))
		if m.bug != countsItself {
			d.Remaining = m.fit(free.Sub(free, m.times(n)))
		}
	}
	if keep && (d.OK() || m.bug == refusalCharges) {
		m.past = append(m.past, request{now, n})
	}
	switch {
	case m.bug == waitsTooLittle:
		d.Wait = d.Wait.Truncate(time.Microsecond)
	case m.bug == waitsTooLong && !d.OK():
		d.Wait++
	case m.bug == resetsOneByOne:
		d.ResetAfter = min(d.ResetAfter, time.Duration(wholeUp(m.interval())))
	}
	return d
}

// debt is the time until the limit is fresh: the longest that any run of past requests asks for.
func (m *naiveRateLimit) debt(now time.Duration) *big.Rat {
	longest, sum := new(big.Rat), 0
	for i := len(m.past) - 1; i >= 0; i-- {
		sum += m.past[i].n
		asks := m.times(sum)
		asks.Sub(asks, new(big.Rat).SetInt(new(big.Int).Sub(big.NewInt(int64(now)), big.NewInt(int64(m.past[i].at)))))
		if asks.Cmp(longest) > 0 {
			longest = asks
		}
	}
	return longest
}

// times is n/rate in nanoseconds.
func (m *naiveRateLimit) times(n int) *big.Rat {
	interval := m.interval()
	if m.bug == roundsDown {
		interval.SetInt(new(big.Int).Quo(interval.Num(), interval.Denom()))
	}
	return interval.Mul(interval, big.NewRat(int64(n), 1))
}

// fit is how many events fit into a time.
func (m *naiveRateLimit) fit(free *big.Rat) int {
	if free.Sign() <= 0 {
		return 0
	}
	n := new(big.Rat).Quo(free, m.times(1))
	return int(new(big.Int).Quo(n.Num(), n.Denom()).Int64())
}

func (s setting) horizonExactly() time.Duration {
	return time.Duration(1<<61) / time.Duration(s.interval().Denom().Int64())
}

// naiveWindow has what the models of windows share. They measure time by the largest now seen.
type naiveWindow struct {
	bug
	setting
	past []request // at the largest now seen
	seen *time.Duration
}

func (m *naiveWindow) clock(now time.Duration) (told, at time.Duration) {
	const end = 1<<61 - 1
	told = max(-end, min(now, end))
	if m.seen != nil && m.bug != followsNow {
		return told, max(told, *m.seen)
	}
	return told, told
}

func (m *naiveWindow) unfit(n int) *ratelimit.Decision {
	switch {
	case n < 1:
		return &ratelimit.Decision{Verdict: ratelimit.NotPositive, Wait: ratelimit.Never}
	case n > m.burst && m.bug != retriesTooLarge:
		return &ratelimit.Decision{Verdict: ratelimit.TooLarge, Wait: ratelimit.Never}
	}
	return nil
}

// count is how much was admitted from one time on and before another.
func (m *naiveWindow) count(from, before time.Duration) (n int) {
	for _, r := range m.past {
		if r.at >= from && r.at < before {
			n += r.n
		}
	}
	return n
}

// begin is when the window begins that t lies in: k*window for a whole k.
func (m *naiveWindow) begin(t time.Duration) time.Duration {
	k, _ := new(big.Int).DivMod(big.NewInt(int64(t)), big.NewInt(int64(m.per)), new(big.Int))
	return time.Duration(k.Mul(k, big.NewInt(int64(m.per))).Int64())
}

// judged is what every model does with a request that leaves so much of the limit, and when it would have been admitted, and reset.
func (m *naiveWindow) judged(now, at time.Duration, n, free int, keep bool, admitted, reset func() time.Duration) ratelimit.Decision {
	d := ratelimit.Decision{Remaining: max(0, free)}
	if keep {
		m.seen = &at
	}
	ok := n <= free
	if ok {
		d.Verdict = ratelimit.Admitted
		if m.bug != countsItself {
			d.Remaining -= n
		}
	}
	if ok || m.bug == refusalCharges {
		before := m.past
		m.past = append(m.past[:len(m.past):len(m.past)], request{at, n})
		defer func() {
			if !keep && m.bug != peekCharges {
				m.past = before
			}
		}()
	}
	if !ok {
		d.Wait = admitted() - now
	}
	d.ResetAfter = reset() - now
	switch {
	case m.bug == waitsTooLittle:
		d.Wait = d.Wait.Truncate(time.Microsecond)
	case m.bug == waitsTooLong && !ok:
		d.Wait++
	case m.bug == resetsOneByOne:
		d.ResetAfter = max(1, d.ResetAfter/2)
	}
	return d
}

type windowModel struct {
	naiveWindow
	answer func(m *naiveWindow, now time.Duration, n int, keep bool) ratelimit.Decision
	carry  func(m *naiveWindow, at time.Duration, to setting) []request // what is kept when the window changes
}

func (m *windowModel) SetLimit(now time.Duration, limit int, window time.Duration) error {
	_, at := m.clock(now)
	to := ofWindow(limit, window)
	past := slices.DeleteFunc(m.carry(&m.naiveWindow, at, to), func(r request) bool { return r.n == 0 })
	if m.bug == forgetsOnChange {
		past = nil
	}
	m.setting, m.past, m.seen = to, past, &at
	return nil
}

func (m *windowModel) Take(now time.Duration, n int) ratelimit.Decision {
	return m.answer(&m.naiveWindow, now, n, true)
}

func (m *windowModel) Peek(now time.Duration, n int) ratelimit.Decision {
	return m.answer(&m.naiveWindow, now, n, false)
}

func naiveFixedWindow(b bug) func(setting) (algorithm, error) {
	return func(s setting) (algorithm, error) {
		return &windowModel{naiveWindow{bug: b, setting: s}, (*naiveWindow).fixed, (*naiveWindow).carryFixed}, nil
	}
}

func naiveLog(b bug) func(setting) (algorithm, error) {
	return func(s setting) (algorithm, error) {
		return &windowModel{naiveWindow{bug: b, setting: s}, (*naiveWindow).log, (*naiveWindow).carryLog}, nil
	}
}

func naiveCounter(b bug) func(setting) (algorithm, error) {
	return func(s setting) (algorithm, error) {
		return &windowModel{naiveWindow{bug: b, setting: s}, (*naiveWindow).counter, (*naiveWindow).carryCounter}, nil
	}
}

func (m *naiveWindow) fixed(now time.Duration, n int, keep bool) ratelimit.Decision {
	if d := m.unfit(n); d != nil {
		return *d
	}
	now, at := m.clock(now)
	begin := m.begin(at)
	end := func() time.Duration { return begin + m.per }
	return m.judged(now, at, n, m.burst-m.count(begin, begin+m.per), keep, end, end)
}

func (m *naiveWindow) log(now time.Duration, n int, keep bool) ratelimit.Decision {
	if d := m.unfit(n); d != nil {
		return *d
	}
	now, at := m.clock(now)
	length := m.per
	if m.bug == closedWindow {
		length--
	}
	free := m.burst - m.count(at-length+1, at+1)
	if free < n && m.bug == forgetsNewest {
		m.past = m.past[:len(m.past)-1]
		free = m.burst - m.count(at-length+1, at+1)
	}
	// Each event leaves the window a window after it came: the first time that leaves room for n.
	admitted := func() time.Duration {
		for _, r := range m.past {
			if t := r.at + length; t > at && m.burst-m.count(t-length+1, t+1) >= n {
				return t
			}
		}
		return at
	}
	reset := func() time.Duration { return m.past[len(m.past)-1].at + length }
	return m.judged(now, at, n, free, keep, admitted, reset)
}

func (m *naiveWindow) counter(now time.Duration, n int, keep bool) ratelimit.Decision {
	if d := m.unfit(n); d != nil {
		return *d
	}
	now, at := m.clock(now)
	// The first time is searched by halves: the estimate falls within a window, and room for a request is found within two.
	admitted := func() time.Duration {
		begin := m.begin(at)
		for m.free(begin+m.per-1) < n {
			begin += m.per
		}
		low, high := max(at, begin)-1, begin+m.per-1 // refused, admitted
		for high-low > 1 {
			if middle := low + (high-low)/2; m.free(middle) < n {
				low = middle
			} else {
				high = middle
			}
		}
		return high
	}
	reset := func() time.Duration {
		if newest := m.past[len(m.past)-1].at; m.begin(newest) == m.begin(at) {
			return m.begin(at) + 2*m.per
		}
		return m.begin(at) + m.per
	}
	return m.judged(now, at, n, m.free(at), keep, admitted, reset)
}

// free is the limit less this window's count and the part of the last one's that the sliding window still covers.
func (m *naiveWindow) free(at time.Duration) int {
	begin := m.begin(at)
	last := big.NewRat(int64(m.count(begin-m.per, begin)), int64(m.per))
	last.Mul(last, big.NewRat(int64(begin+m.per-at), 1))
	weighted := wholeUp(last)
	if m.bug == floorsEstimate {
		weighted = new(big.Int).Quo(last.Num(), last.Denom()).Int64()
	}
	return m.burst - int(weighted) - m.count(begin, begin+m.per)
}

// carryFixed counts in the new window of now what was counted in the old one.
func (m *naiveWindow) carryFixed(at time.Duration, _ setting) []request {
	return []request{{at, m.count(m.begin(at), m.begin(at)+m.per)}}
}

func (m *naiveWindow) carryLog(time.Duration, setting) []request { return m.past }

// carryCounter does so for both counters.
func (m *naiveWindow) carryCounter(at time.Duration, to setting) []request {
	begin := m.begin(at)
	next := &naiveWindow{setting: to}
	return []request{{next.begin(at) - 1, m.count(begin-m.per, begin)}, {at, m.count(begin, begin+m.per)}}
}
