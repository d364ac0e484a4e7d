package cachesim

import (
	"errors"
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Database is what stands behind a cache: it gets the requests that miss, as a Poisson process, and serves them in the order in which they come,
// each by the first of its servers that is free. Misses come at Poisson times where requests do and each misses by chance alone.
type Database struct {
	PerSecond float64 // requests that the cache gets
	MissRatio float64 // the share of them that the database gets
	Servers   int
	Service   workload.ServiceTime

	WarmUp, Measured int // requests that the database serves first, and then while it is looked at
}

// Served is what a database did while it was looked at.
type Served struct {
	Times []time.Duration // in the database, waiting included, in order of arrival
	Span  time.Duration   // from the last arrival before these to the last one of them
}

// ErrDatabase is wrapped by the error of a database that cannot be run.
var ErrDatabase = errors.New("cachesim: a database must have at least 1 server, a miss ratio in (0, 1] and requests to measure")

// Run draws from the engine's streams "misses" and "service". A database that gets more than it can serve has a queue that grows as long as
// it is looked at.
func (d Database) Run(e *sim.Engine) (Served, error) {
	switch {
	case d.Servers < 1:
		return Served{}, fmt.Errorf("%w: %d servers", ErrDatabase, d.Servers)
	case !(d.MissRatio > 0 && d.MissRatio <= 1):
		return Served{}, fmt.Errorf("%w: a miss ratio of %v", ErrDatabase, d.MissRatio)
	case d.Measured < 1 || d.WarmUp < 0 || d.Service == nil:
		return Served{}, fmt.Errorf("%w: %d requests after %d, service time %v", ErrDatabase, d.Measured, d.WarmUp, d.Service)
	}
	arrivals, err := workload.NewPoisson(d.PerSecond*d.MissRatio, e.Stream("misses"))
	if err != nil {
		return Served{}, err
	}
	service := e.Stream("service")
	served := Served{Times: make([]time.Duration, 0, d.Measured)}
	servers, err := sim.NewStation(d.Servers)
	if err != nil {
		return Served{}, err
	}
	var now, from time.Duration
	for i := range d.WarmUp + d.Measured {
		if i == d.WarmUp {
			from = now
		}
		now = arrivals.Next(now)
		_, done := servers.Serve(now, d.Service.Draw(service))
		if i >= d.WarmUp {
			served.Times = append(served.Times, done-now)
		}
	}
	served.Span = now - from
	return served, nil
}
