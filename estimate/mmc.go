// A. K. Erlang, 1917 (see erlang.go); L. Kleinrock, Queueing Systems, volume 1, Wiley, 1975, sections 3.2 (M/M/1) and 3.5 (M/M/m).

package estimate

import (
	"fmt"
	"math"
	"time"
)

// MMC is the queue M/M/c: one line before c equal servers, first come, first served, with Poisson arrivals and exponential service times. It is
// in its steady state, so utilisation is below 1. With one server it is M/M/1. Make it with [NewMMC].
//
// Real service times vary less, or much more: for one server [MG1] says what that does. Real arrivals come in bursts, which makes all waits longer.
type MMC struct {
	servers       int
	arrivals      float64       // per second
	service       time.Duration // in the mean
	load          float64       // erlang
	waits         float64       // the probability that an arrival waits
	wait          time.Duration // in the mean
	spare         float64       // services per second above the arrivals: the rate at which the wait's tail falls
	perServerRate float64       // services per second
}

// NewMMC takes arrivals per second, the mean service time, and servers in [1, 1,000,000]. At a utilisation of 1 or above the error is [ErrOverloaded].
func NewMMC(arrivals float64, service time.Duration, servers int) (MMC, error) {
	load, err := offered(arrivals, service, servers)
	if err != nil {
		return MMC{}, err
	}
	q := MMC{servers: servers, arrivals: arrivals, service: service, load: load}
	q.waits = waitsAfter(erlangB(servers, load), load, servers)
	q.perServerRate = 1 / service.Seconds()
	q.spare = (float64(servers) - load) / service.Seconds()
	if q.wait, err = inTime("a mean wait", q.waits/q.spare); err != nil {
		return MMC{}, err
	}
	_, err = inTime("a mean stay", q.wait.Seconds()+service.Seconds())
	return q, err
}

// Utilisation is the share of time that each server is busy, in [0, 1).
func (q MMC) Utilisation() float64 { return q.load / float64(q.servers) }

// Waits is the probability that an arrival finds all servers busy: [ErlangC].
func (q MMC) Waits() float64 { return q.waits }

// MeanWait is the mean time before service, of all arrivals, those that do not wait too.
func (q MMC) MeanWait() time.Duration { return q.wait }

// MeanStay is the mean time from arrival to the end of service.
func (q MMC) MeanStay() time.Duration { return q.wait + q.service }

// MeanQueue is the mean number that waits, without those in service.
func (q MMC) MeanQueue() float64 { return q.arrivals * q.waits / q.spare }

// MeanInSystem is the mean number that waits or is served.
func (q MMC) MeanInSystem() float64 { return q.MeanQueue() + q.load }

// WaitBeyond is the probability that an arrival waits for longer than t: C exp(-(cμ-λ)t). It is 1 for a negative t.
func (q MMC) WaitBeyond(t time.Duration) float64 {
	if t < 0 {
		return 1
	}
	return q.waits * math.Exp(-q.spare*t.Seconds())
}

// WaitQuantile is the least time that a part p of all arrivals does not wait longer than, p in [0, 1). It is 0 where enough do not wait at all.
func (q MMC) WaitQuantile(p float64) (time.Duration, error) {
	if err := needBelowOne("a quantile", p); err != nil {
		return 0, err
	}
	if 1-p >= q.waits {
		return 0, nil
	}
	return inTime("a quantile of the wait", math.Log(q.waits/(1-p))/q.spare)
}

// StayBeyond is the probability that an arrival is not done within t, waiting and service together. It is 1 for a negative t.
func (q MMC) StayBeyond(t time.Duration) float64 {
	if t < 0 {
		return 1
	}
	return q.stayBeyond(t.Seconds())
}

// stayBeyond adds to those still in service, had nobody waited, those who waited, whose wait and service are two exponential times, one after the
// other. It has no difference of large numbers where the rates of the two are near each other, or equal.
func (q MMC) stayBeyond(seconds float64) float64 {
	slower, apart := min(q.spare, q.perServerRate), math.Abs(q.spare-q.perServerRate)
	within := seconds
	if apart > 0 {
		within = -math.Expm1(-apart*seconds) / apart
	}
	return min(1, math.Exp(-q.perServerRate*seconds)+q.waits*q.perServerRate*within*math.Exp(-slower*seconds))
}

// StayQuantile is the least time, to the nanosecond, within which a part p of all arrivals is done, p in [0, 1): at p = 0.99 the p99 of the latency.
func (q MMC) StayQuantile(p float64) (time.Duration, error) {
	if err := needBelowOne("a quantile", p); err != nil {
		return 0, err
	}
	late := 1 - p
	if q.stayBeyond(math.MaxInt64/1e9) > late {
		return 0, fmt.Errorf("estimate: a quantile of the stay must fit a duration, so be less than 292 years: at %v it is more", p)
	}
	low, high := time.Duration(0), time.Duration(math.MaxInt64) // in [low, high]
	for low < high {
		if middle := low + (high-low)/2; q.StayBeyond(middle) > late {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}
