package caching

import (
	"math"
)

// mmc is the queue of a database: Poisson arrivals, servers that take exponential times, first come, first served. Times are in seconds.
// A. K. Erlang, 1917; L. Kleinrock, Queueing Systems I, 1975, section 3.5.
type mmc struct {
	servers int
	arrival float64 // a second
	service float64 // mean
}

func (q mmc) utilisation() float64 { return q.arrival * q.service / float64(q.servers) }

// waits is Erlang's C: the share of requests that find all servers busy.
func (q mmc) waits() float64 {
	offered, blocked := q.arrival*q.service, 1.0 // Erlang's B, by recursion over servers
	for i := 1; i <= q.servers; i++ {
		blocked = offered * blocked / (float64(i) + offered*blocked)
	}
	return blocked / (1 - q.utilisation()*(1-blocked))
}

// mean is that of the time in the database.
func (q mmc) mean() float64 {
	return q.service + q.waits()/q.drain()
}

// drain is the rate at which a queue shrinks; a wait, if there is one, is exponential with that rate.
func (q mmc) drain() float64 { return float64(q.servers)/q.service - q.arrival }

// beyond is the share of requests that take longer than t: those that do not wait, and the sum of two exponential times for the others.
func (q mmc) beyond(t float64) float64 {
	served, waited := 1/q.service, q.drain()
	own := math.Exp(-served * t)
	sum := t * own // the limit where the two rates are equal
	if apart := served - waited; math.Abs(apart*t) > 1e-6 {
		sum = (math.Exp(-waited*t) - own) / apart
	}
	return own + q.waits()*served*sum
}

// quantile is the time that a part p of requests take at most.
func (q mmc) quantile(p float64) float64 {
	low, high := 0.0, q.service
	for q.beyond(high) > 1-p {
		high *= 2
	}
	for range 100 {
		middle := (low + high) / 2
		if q.beyond(middle) > 1-p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
