// F. Pollaczek, "Über eine Aufgabe der Wahrscheinlichkeitstheorie", Mathematische Zeitschrift 32, 1930; A. Y. Khintchine, 1932; L. Kleinrock,
// Queueing Systems, volume 1, Wiley, 1975, section 5.6.

package estimate

import (
	"time"
)

// MG1 is the queue M/G/1: one line before one server, with Poisson arrivals and service times of any distribution, of which only the mean
// and the squared coefficient of variation matter for mean waits. It is in its steady state, so utilisation is below 1. Make it with [NewMG1].
//
// M/D/1 has a variation of 0, and half the wait of M/M/1, which has 1. A few long requests among many short make it 10 or 100, and all wait behind them.
type MG1 struct {
	arrivals float64 // per second
	service  time.Duration
	load     float64
	wait     time.Duration
	queue    float64
}

// NewMG1 takes arrivals per second, the mean service time, and the squared coefficient of variation of service times: their variance over
// the square of their mean, at least 0. At a utilisation of 1 or above the error is [ErrOverloaded].
func NewMG1(arrivals float64, service time.Duration, scv float64) (MG1, error) {
	load, err := offered(arrivals, service, 1)
	if err != nil {
		return MG1{}, err
	}
	if err := needNotNegative("a squared coefficient of variation", scv); err != nil {
		return MG1{}, err
	}
	q := MG1{arrivals: arrivals, service: service, load: load}
	services := load / (1 - load) * (1 + scv) / 2 // the mean wait, in service times
	q.queue = load * services
	if q.wait, err = inTime("a mean wait", services*service.Seconds()); err != nil {
		return MG1{}, err
	}
	_, err = inTime("a mean stay", q.wait.Seconds()+service.Seconds())
	return q, err
}

// Utilisation is the share of time that the server is busy, in [0, 1).
func (q MG1) Utilisation() float64 { return q.load }

// MeanWait is the mean time before service, by the formula of Pollaczek and Khinchine: ρ/(1-ρ) times (1 + scv)/2 service times.
func (q MG1) MeanWait() time.Duration { return q.wait }

// MeanStay is the mean time from arrival to the end of service.
func (q MG1) MeanStay() time.Duration { return q.wait + q.service }

// MeanQueue is the mean number that waits, without the one in service.
func (q MG1) MeanQueue() float64 { return q.queue }

// MeanInSystem is the mean number that waits or is served.
func (q MG1) MeanInSystem() float64 { return q.queue + q.load }
