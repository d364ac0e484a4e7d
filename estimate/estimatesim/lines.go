package estimatesim

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

const mostRequests = 1_000_000_000_000

// Lines is equal servers and the lines before them: one line before all of them (Lines 1), one before each (Lines as many as Servers), or something in
// between. Requests come as a Poisson process; each goes to one of the lines at random, without a look at them, and stays there; each line is
// served first come, first served, by servers of its own.
type Lines struct {
	Servers int // in all, in [1, 100,000]
	Lines   int // a divisor of Servers
	Load    float64
	Service workload.ServiceTime
}

// Waited is what the requests of one run went through.
type Waited struct {
	Mean  float64 // time before service of all requests, in mean service times
	Share float64 // of requests that found no free server
}

// Run starts with empty lines, and measures so many requests after so many that warm up. Two settings that differ in Lines only meet the
// same arrivals and the same service times, in engines of one seed. Times are whole nanoseconds, of which a service time should be many. It costs O(log Servers) a request.
//
// Load is offered, of all servers' capacity, and lies in (0, 1): at 1 and above no mean exists.
func (l Lines) Run(e *sim.Engine, warmUp, requests int) (Waited, error) {
	if err := l.unfit(); err != nil {
		return Waited{}, err
	}
	switch {
	case e == nil:
		return Waited{}, errors.New("estimatesim: an engine is needed")
	case warmUp < 0 || warmUp > mostRequests:
		return Waited{}, fmt.Errorf("estimatesim: requests to warm up must lie in [0, %d]: %d", mostRequests, warmUp)
	case requests < 1 || requests > mostRequests:
		return Waited{}, fmt.Errorf("estimatesim: requests must lie in [1, %d]: %d", mostRequests, requests)
	}
	mean := l.Service.Mean().Seconds()
	gap := mean / (float64(l.Servers) * l.Load)
	if years := gap * (float64(warmUp) + float64(requests)) / (365 * 86_400); years > 200 {
		return Waited{}, fmt.Errorf("estimatesim: requests must come within 200 years: %.3g", years)
	}
	stations := make([]*sim.Station, l.Lines)
	for i := range stations {
		var err error
		if stations[i], err = sim.NewStation(l.Servers / l.Lines); err != nil {
			return Waited{}, err
		}
	}
	gaps, services, choices := e.Stream("gaps"), e.Stream("services"), e.Stream("lines")
	now, total, waited := 0.0, 0.0, 0
	for i := range warmUp + requests {
		now += gap * gaps.ExpFloat64()
		line := stations[0]
		if l.Lines > 1 {
			line = stations[choices.IntN(l.Lines)]
		}
		arrival := time.Duration(now * float64(time.Second))
		begins, _ := line.Serve(arrival, l.Service.Draw(services))
		if i >= warmUp && begins > arrival {
			total += (begins - arrival).Seconds()
			waited++
		}
	}
	n := float64(requests)
	return Waited{Mean: total / n / mean, Share: float64(waited) / n}, nil
}

// WarmUp is a number of requests after which lines that were empty at first are as long as ever: ten times as many as it takes for what
// is left of the start to fall to 1/e, so that a mean is short by less than a ten-thousandth of itself. The time of M/M/1 is
// 1/(1-√load)² services, less than 4/(1-load)²; service times that vary stretch it by (1+scv)/2, and each line has its own.
func (l Lines) WarmUp() (int, error) {
	if err := l.unfit(); err != nil {
		return 0, err
	}
	idle := 1 - l.Load
	requests := 10 * (2*(1+workload.SCV(l.Service))/(idle*idle)*float64(l.Lines) + float64(l.Servers))
	if requests > mostRequests { // infinite for times of infinite variance
		return 0, fmt.Errorf("estimatesim: lines take %.1e requests to warm up, more than %.0e", requests, float64(mostRequests))
	}
	return int(requests), nil
}

func (l Lines) unfit() error {
	const most = 100_000
	switch {
	case l.Service == nil || l.Service.Mean() < time.Nanosecond:
		return errors.New("estimatesim: service times of a positive mean are needed")
	case l.Servers < 1 || l.Servers > most:
		return fmt.Errorf("estimatesim: servers must lie in [1, %d]: %d", most, l.Servers)
	case l.Lines < 1 || l.Servers%l.Lines != 0:
		return fmt.Errorf("estimatesim: lines must be a divisor of the %d servers: %d", l.Servers, l.Lines)
	case math.IsNaN(l.Load) || l.Load <= 0 || l.Load >= 1:
		return fmt.Errorf("estimatesim: the load must lie in (0, 1): %v", l.Load)
	}
	return nil
}
