package clocksim

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"time"
)

// Physical is a machine's clock in simulated time: it is off, it runs a little too fast or too slow, and it is corrected, by a step or by a slew.
//
// What it shows is a function of now and of the corrections that were made, and of nothing else: now may go back, and be negative. It is
// exact, rounded down to a nanosecond at each correction. While it is not stepped back it never goes back, however slow it is and
// whichever way it is slewed.
//
// A reading takes time in proportion to the logarithm of the number of corrections. A Physical must not be copied, and is not safe for concurrent use
// while it is corrected. The zero value is a clock that is right, and begins with the year 1.
//
// Source: D. Mills, J. Martin, J. Burbank, W. Kasch, "Network Time Protocol Version 4", RFC 5905, 2010: section 11.3 for steps and
// slews, appendix A.1.1 for the step threshold and the tolerated rate.
type Physical struct {
	epoch  time.Time // the truth at now 0
	drift  int64     // parts in 10^9
	pieces []piece   // by time; the first goes back for ever

	last      time.Duration // when the last correction was made
	corrected bool
}

// piece is a stretch in which the clock runs at one rate, from a time on and until the next piece.
type piece struct {
	from    time.Duration
	ahead   time.Duration // of the truth, at from
	stepped time.Duration // the part of it that is not in the monotonic clock
	rate    int64         // by which it gains on the truth, parts in 10^9
}

// Deviation is how a clock differs from the truth if nobody corrects it.
type Deviation struct {
	// Ahead is how far ahead of the truth it is at time 0; negative if it is behind. At most a century.
	Ahead time.Duration

	// PPM is how fast it gains on the truth, in parts per million, and is rounded to parts in 10^9; negative if it is slow. In [-100000, 100000], where
	// some 50 is what a quartz does.
	PPM float64
}

// What NTP does, by RFC 5905.
const (
	SlewPPM       = 500                    // the rate of a slew, in parts per million: one second in 2000
	StepThreshold = 128 * time.Millisecond // from which on a clock is stepped
)

const (
	billion    = 1_000_000_000
	slewRate   = SlewPPM * 1_000
	longest    = 36_525 * 24 * time.Hour // a century
	maxPPM     = 100_000
	maxSlew    = 24 * time.Hour
	slewLength = billion / slewRate // how long a slew takes, over what it corrects
)

// NewPhysical returns a clock that is as far from the truth as deviation says. The epoch is the truth at time 0.
func NewPhysical(epoch time.Time, deviation Deviation) (*Physical, error) {
	switch {
	case !(math.Abs(deviation.PPM) <= maxPPM):
		return nil, fmt.Errorf("clocksim: a drift must lie in [-%d, %d] parts per million: %v", maxPPM, maxPPM, deviation.PPM)
	case deviation.Ahead < -longest || deviation.Ahead > longest:
		return nil, fmt.Errorf("clocksim: a clock must be within 100 years of the truth: %v", deviation.Ahead)
	}
	p := &Physical{epoch: epoch.Round(0), drift: int64(math.Round(deviation.PPM * 1_000))}
	p.pieces = []piece{{ahead: deviation.Ahead, stepped: deviation.Ahead, rate: p.drift}}
	return p, nil
}

// Read is what the clock shows: the time of day, which steps with it.
func (p *Physical) Read(now time.Duration) time.Time { return p.epoch.Add(now).Add(p.Ahead(now)) }

// Ahead is how far ahead of the truth the clock is; negative if it is behind.
func (p *Physical) Ahead(now time.Duration) time.Duration { return p.at(now).aheadAt(now) }

// Elapsed is what the machine's monotonic clock shows: time since an origin that means nothing, which drifts and is slewed as the time of day is, and
// is not stepped. The difference of two is what time.Since measures. The result holds for now within a century of 0.
func (p *Physical) Elapsed(now time.Duration) time.Duration {
	piece := p.at(now)
	return now + (piece.aheadAt(now) - piece.stepped)
}

// at is the piece that now is in.
func (p *Physical) at(now time.Duration) piece {
	if len(p.pieces) == 0 {
		return piece{}
	}
	after, _ := slices.BinarySearchFunc(p.pieces[1:], now, func(piece piece, now time.Duration) int {
		if piece.from > now {
			return 1
		}
		return -1
	})
	return p.pieces[after]
}

// aheadAt rounds down, so that time does not go back at the seams of pieces.
func (p piece) aheadAt(now time.Duration) time.Duration {
	elapsed, back := uint64(now)-uint64(p.from), now < p.from // the difference may not fit into a Duration
	if back {
		elapsed = -elapsed
	}
	rate, slow := uint64(p.rate), p.rate < 0
	if slow {
		rate = -rate
	}
	high, low := bits.Mul64(elapsed, rate)
	gained, rest := bits.Div64(high, low, billion) // rate is less than billion, and so is high
	if back == slow {
		return p.ahead + time.Duration(gained)
	}
	if rest > 0 {
		gained++
	}
	return p.ahead - time.Duration(gained)
}

// Correction is one correction of a clock.
type Correction struct {
	By   time.Duration // what the clock gains; negative to set it back
	Slew bool          // gradually, at SlewPPM; otherwise at once
}

// ByNTP is what NTP does with a clock that is so far ahead of the truth, negative if it is behind: it slews what is off by less than StepThreshold, and
// steps what is off by more. (NTP waits for a while, 900 seconds in RFC 5905, whether an offset that it would step lasts, and also learns the
// clock's drift.)
func ByNTP(ahead time.Duration) Correction {
	return Correction{By: -ahead, Slew: -StepThreshold < ahead && ahead < StepThreshold}
}

// Correct makes a correction from now on, which must not be before the last one. What is left of an earlier slew is dropped, as adjtime does. A slew
// is of a day at most, and no correction may bring the clock farther than a century from the truth. An error changes nothing.
func (p *Physical) Correct(now time.Duration, c Correction) error {
	current := p.at(now)
	ahead := current.aheadAt(now)
	switch {
	case p.corrected && now < p.last:
		return fmt.Errorf("clocksim: a correction must not be made before the last one: at %v, after %v", now, p.last)
	case c.Slew && (c.By < -maxSlew || c.By > maxSlew):
		return fmt.Errorf("clocksim: a slew must be of at most a day: %v", c.By)
	case c.Slew && now > math.MaxInt64-maxSlew*slewLength:
		return fmt.Errorf("clocksim: a slew must end before time does: at %v", now)
	case c.By > longest-ahead || c.By < -longest-ahead:
		return fmt.Errorf("clocksim: a clock must be within 100 years of the truth: %v and then %v", ahead, c.By)
	}
	if len(p.pieces) == 0 {
		p.pieces = []piece{{}}
	}
	for len(p.pieces) > 1 && p.pieces[len(p.pieces)-1].from > now { // the end of a slew
		p.pieces = p.pieces[:len(p.pieces)-1]
	}
	if !c.Slew {
		p.pieces = append(p.pieces, piece{now, ahead + c.By, current.stepped + c.By, p.drift})
	} else {
		slew := piece{now, ahead, current.stepped, p.drift + slewRate}
		length := c.By * slewLength
		if c.By < 0 {
			slew.rate, length = p.drift-slewRate, -length
		}
		end := now + length
		p.pieces = append(p.pieces, slew, piece{end, slew.aheadAt(end), current.stepped, p.drift})
	}
	p.last, p.corrected = now, true
	return nil
}
