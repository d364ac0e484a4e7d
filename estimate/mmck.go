// L. Kleinrock, Queueing Systems, volume 1, Wiley, 1975, sections 3.6 (M/M/1/K) and 3.7 (m servers); D. Gross and C. M. Harris,
// Fundamentals of Queueing Theory, 3rd edition, Wiley, 1998, section 2.4 (M/M/c/K).

package estimate

import (
	"fmt"
	"math"
	"time"
)

// MMCK is the queue M/M/c/K: as [MMC], with room for K, those in service included, and who finds it full is turned away. It is stable at any load:
// what a bounded queue does under overload is to refuse, and to keep the wait of the others below what K allows. With K = c nobody
// waits (Erlang's B); with much room it is M/M/c. Make it with [NewMMCK].
type MMCK struct {
	servers  int
	arrivals float64 // per second
	service  time.Duration
	blocked  float64
	admitted float64 // 1-blocked, but not by that difference, which is 0 under much load
	queue    float64
	wait     time.Duration
}

// NewMMCK takes arrivals per second, the mean service time, servers, and room for at least as many, in [servers, 1,000,000].
func NewMMCK(arrivals float64, service time.Duration, servers, room int) (MMCK, error) {
	if err := needNotNegative("arrivals per second", arrivals); err != nil {
		return MMCK{}, err
	}
	if err := needLongerThanZero("a mean service time", service); err != nil {
		return MMCK{}, err
	}
	if err := needBetween("servers", servers, 1, maxServers); err != nil {
		return MMCK{}, err
	}
	if err := needBetween("the room of servers and queue", room, servers, maxServers); err != nil {
		return MMCK{}, err
	}
	load := arrivals * service.Seconds()
	if math.IsInf(load, 0) {
		return MMCK{}, fmt.Errorf("estimate: a load in erlang must be finite: %v per second of %v each", arrivals, service)
	}
	q := MMCK{servers: servers, arrivals: arrivals, service: service, blocked: 1}
	// With room for one more there is one state more, the full one. Beside all that were, its weight is that of the state before times the load of each
	// busy server, and all others become less likely by its share.
	for n := 1; n <= room; n++ {
		busy := float64(min(n, servers))
		all := busy + load*q.blocked
		q.blocked, q.admitted = load*q.blocked/all, busy/all
		q.queue = q.queue*q.admitted + float64(max(n-servers, 0))*q.blocked
	}
	if q.queue == 0 {
		return q, nil
	}
	var err error
	if q.wait, err = inTime("a mean wait", q.queue/q.Throughput()); err != nil {
		return MMCK{}, err
	}
	_, err = inTime("a mean stay", q.wait.Seconds()+service.Seconds())
	return q, err
}

// Blocked is the probability that an arrival finds no room, and is turned away.
func (q MMCK) Blocked() float64 { return q.blocked }

// Throughput is the rate of arrivals that are admitted, and of those that leave, per second.
func (q MMCK) Throughput() float64 { return q.arrivals * q.admitted }

// Utilisation is the share of time that each server is busy, in [0, 1]: below 1, but for rounding under much load.
func (q MMCK) Utilisation() float64 {
	return min(1, q.Throughput()*q.service.Seconds()/float64(q.servers))
}

// MeanWait is the mean time before service, of the arrivals that are admitted.
func (q MMCK) MeanWait() time.Duration { return q.wait }

// MeanStay is the mean time from arrival to the end of service, of the arrivals that are admitted.
func (q MMCK) MeanStay() time.Duration { return q.wait + q.service }

// MeanQueue is the mean number that waits, without those in service.
func (q MMCK) MeanQueue() float64 { return q.queue }

// MeanInSystem is the mean number that waits or is served.
func (q MMCK) MeanInSystem() float64 { return q.queue + q.Utilisation()*float64(q.servers) }
