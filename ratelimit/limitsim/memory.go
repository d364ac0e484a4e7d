package limitsim

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Limiter has a limit for each of many keys. [ratelimit.Keyed] and [ratelimit.Sketch] are such.
type Limiter interface {
	Take(now time.Duration, key uint64, n int) ratelimit.Decision
}

// Population is many keys that ask at random: requests are a Poisson process, and each comes from key k, from 0 on, with a probability
// proportional to 1/(k+1)^Zipf.
type Population struct {
	Keys      int
	Zipf      float64
	PerSecond float64 // of all keys together

	// Requests count from the WarmUp-th on: by then, those keys should owe something that will.
	WarmUp, Requests int
}

// Traffic is what a population asked for.
type Traffic struct {
	requests []request
	keys     int
	warmUp   int
}

type request struct {
	at  time.Duration
	key uint64
}

// mostRequests keeps traffic within two gigabytes.
const mostRequests = 1 << 27

// Draw draws a population's requests from the streams "arrivals" and "keys".
func (c Population) Draw(e *sim.Engine) (*Traffic, error) {
	if c.WarmUp < 0 || c.Requests < 1 || c.WarmUp > mostRequests-c.Requests {
		return nil, fmt.Errorf("limitsim: a warm-up must not be negative, there must be a request, and %d at most: %d, %d", mostRequests, c.WarmUp, c.Requests)
	}
	if c.Keys > mostRequests {
		return nil, fmt.Errorf("limitsim: there must be at most %d keys: %d", mostRequests, c.Keys)
	}
	arrivals, err := workload.NewPoisson(c.PerSecond, e.Stream("arrivals"))
	if err != nil {
		return nil, fmt.Errorf("limitsim: %w", err)
	}
	keys, err := workload.NewZipf(c.Zipf, c.Keys, e.Stream("keys"))
	if err != nil {
		return nil, fmt.Errorf("limitsim: %w", err)
	}
	t := &Traffic{requests: make([]request, c.WarmUp+c.Requests), keys: c.Keys, warmUp: c.WarmUp}
	now := time.Duration(0)
	for i := range t.requests {
		now = arrivals.Next(now)
		t.requests[i] = request{now, uint64(keys.Next())}
	}
	return t, nil
}

// KeyLimit is what each key may do: one event in each interval, and Burst at once. It is a whole number of nanoseconds,
// so that a limiter of a key's own is one word without rounding.
type KeyLimit struct {
	Every time.Duration
	Burst int
}

// Limit is the same for the limiters of package ratelimit.
func (l KeyLimit) Limit() ratelimit.Limit {
	return ratelimit.Limit{Rate: ratelimit.Every(l.Every), Burst: l.Burst}
}

// check keeps times below within a Duration: a word lies at most a burst ahead of now.
func (l KeyLimit) check() error {
	if l.Every < 1 || l.Burst < 1 || l.Burst > int(math.MaxInt64/4/l.Every) {
		return fmt.Errorf("limitsim: a key's interval and burst must be positive, and their product at most 73 years: %v, %d", l.Every, l.Burst)
	}
	return nil
}

// words are a limiter of its own for each key, exact and in one word each: the time until which the key owes something.
type words struct {
	limit KeyLimit
	until []time.Duration
}

func newWords(keys int, limit KeyLimit) words {
	return words{limit, make([]time.Duration, keys)} // requests come from time zero on, so zero is fresh
}

// next is until when the key owes something if r is admitted, and whether it may be.
func (w words) next(r request) (until time.Duration, admits bool) {
	until = max(w.until[r.key], r.at) + w.limit.Every
	return until, until-r.at <= time.Duration(w.limit.Burst)*w.limit.Every
}

// Mistakes are decisions that differ from those of a limiter that has only this key, and has admitted to it the same events
// so far: so one mistake makes no others by itself.
type Mistakes struct {
	Decisions       int
	WronglyRefused  int // the key's own limiter would have admitted it
	WronglyAdmitted int // the key's own limiter would have refused it: the limit is broken
}

// Judge hands the traffic to a limiter, and counts its mistakes after the warm-up.
func (t *Traffic) Judge(limiter Limiter, limit KeyLimit) (Mistakes, error) {
	if err := limit.check(); err != nil {
		return Mistakes{}, err
	}
	own := newWords(t.keys, limit)
	m := Mistakes{Decisions: len(t.requests) - t.warmUp}
	for i, r := range t.requests {
		until, admits := own.next(r)
		admitted := limiter.Take(r.at, r.key, 1).OK()
		if admitted {
			own.until[r.key] = until
		}
		switch {
		case i < t.warmUp:
		case admits && !admitted:
			m.WronglyRefused++
		case admitted && !admits:
			m.WronglyAdmitted++
		}
	}
	return m, nil
}

// Live is the most keys that ever owe something at once, warm-up included, each having a limiter of its own.
func (t *Traffic) Live(limit KeyLimit) (most int, err error) {
	if err := limit.check(); err != nil {
		return 0, err
	}
	// A key owes something from its first admitted event until its word; each further event before then moves that end.
	own := newWords(t.keys, limit)
	var ends []time.Duration // of spells that are over
	begins := make([]time.Duration, 0, len(t.requests))
	for _, r := range t.requests {
		before := own.until[r.key]
		until, admits := own.next(r)
		if !admits {
			continue
		}
		if before <= r.at {
			begins = append(begins, r.at)
			ends = append(ends, before)
		}
		own.until[r.key] = until
	}
	ends = append(ends, own.until...)
	slices.Sort(ends)
	ended := len(ends) - len(begins) // each key's zero, from before its first spell
	first := ended
	for i, at := range begins {
		for ended < len(ends) && ends[ended] <= at {
			ended++
		}
		most = max(most, i+1-(ended-first))
	}
	return most, nil
}
