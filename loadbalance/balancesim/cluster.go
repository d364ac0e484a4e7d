package balancesim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Config is a cluster and what it is to serve.
type Config struct {
	// Balancers are the pickers of as many balancers; an endpoint's value is the index of its server. Each request comes to
	// one of them, chosen uniformly at random, and each balancer counts only what it sent itself.
	Balancers []loadbalance.Picker[int]

	// Refresh is how often every balancer is told each server's queue, by a Report at time 0 and whenever so much time has
	// passed. In between it believes what it was told. Zero tells nothing: balancers go by their own counts.
	Refresh time.Duration

	Speeds     []float64  // one a server: at speed 2 it takes half of each request's service time
	Discipline Discipline // how a server shares itself among its requests
	Arrivals   workload.Arrivals
	Service    workload.ServiceTime

	// The first WarmUp requests to complete are not measured, the next Requests are. Then the run ends.
	WarmUp, Requests int
}

// Discipline says in which order a server works.
type Discipline int

const (
	FIFO             Discipline = iota // one request at a time, first come, first served
	ProcessorSharing                   // all at once, each with an equal share of the speed
)

// Result is what was measured.
type Result struct {
	Times  stats.Histogram // time in system, from arrival to completion
	Served []int           // measured requests by server
}

// Endpoints are n endpoints whose values are 0 to n-1, for the picker of a cluster with n servers.
func Endpoints(n int) []loadbalance.Endpoint[int] {
	endpoints := make([]loadbalance.Endpoint[int], n)
	for i := range endpoints {
		endpoints[i] = loadbalance.Endpoint[int]{ID: strconv.Itoa(i), Value: i}
	}
	return endpoints
}

// Alike are the speeds of n servers of speed 1.
func Alike(n int) []float64 {
	speeds := make([]float64, n)
	for i := range speeds {
		speeds[i] = 1
	}
	return speeds
}

// Run simulates the cluster until enough requests have completed. The engine must have nothing else to do, and a picker
// serves one run: requests that are not complete at the end stay in flight for it.
func Run(e *sim.Engine, config Config) (*Result, error) {
	result := &Result{Served: make([]int, len(config.Speeds))}
	completed := 0
	err := run(e, config, func(server int, arrived, now time.Duration) {
		if completed++; completed > config.WarmUp {
			result.Times.Record(now - arrived)
			result.Served[server]++
			if completed == config.WarmUp+config.Requests {
				e.Stop()
			}
		}
	})
	if err == nil && completed < config.WarmUp+config.Requests {
		err = fmt.Errorf("balancesim: the run ended after %d of %d requests", completed, config.WarmUp+config.Requests)
	}
	if err != nil {
		return nil, err
	}
	return result, nil
}

// run simulates until observe, which is told of each completion, stops the engine.
func run(e *sim.Engine, config Config, observe func(server int, arrived, now time.Duration)) error {
	if err := config.check(); err != nil {
		return err
	}
	if n := e.Pending(); n > 0 {
		return fmt.Errorf("balancesim: the engine must have no events: %d wait", n)
	}
	c := &cluster{Config: config, engine: e, service: e.Stream("service"), routing: e.Stream("routing"), unused: none, observe: observe}
	c.arrive = e.Handle(c.onArrival)
	c.depart = e.Handle(c.onDeparture)
	for i, speed := range config.Speeds {
		if config.Discipline == ProcessorSharing {
			c.servers = append(c.servers, &sharing{cluster: c, index: i, speed: speed})
		} else {
			c.servers = append(c.servers, &fifo{cluster: c, index: i, speed: speed, first: none})
		}
	}
	c.queues = make([]int, len(config.Speeds))
	if config.Refresh > 0 {
		c.refresh = e.Handle(c.onRefresh)
		c.engine.Schedule(0, c.refresh, 0)
	}
	c.scheduleArrival()
	if err := e.Run(); err != nil {
		return err
	}
	return c.err
}

func (c *Config) check() error {
	switch {
	case len(c.Balancers) == 0:
		return errors.New("balancesim: a cluster must have a balancer")
	case slices.Contains(c.Balancers, nil):
		return errors.New("balancesim: a balancer must not be nil")
	case c.Refresh < 0:
		return fmt.Errorf("balancesim: the time between reports must not be negative: %v", c.Refresh)
	case len(c.Speeds) == 0:
		return errors.New("balancesim: a cluster must have a server")
	case c.Arrivals == nil:
		return errors.New("balancesim: arrivals must be given")
	case c.Service == nil:
		return errors.New("balancesim: service times must be given")
	case c.Discipline != FIFO && c.Discipline != ProcessorSharing:
		return fmt.Errorf("balancesim: no such discipline: %d", c.Discipline)
	case c.WarmUp < 0:
		return fmt.Errorf("balancesim: the warm-up must not be negative: %d", c.WarmUp)
	case c.Requests < 1:
		return fmt.Errorf("balancesim: the number of requests must be positive: %d", c.Requests)
	case c.WarmUp > math.MaxInt-c.Requests:
		return fmt.Errorf("balancesim: warm-up and requests must not exceed %d together: %d and %d", math.MaxInt, c.WarmUp, c.Requests)
	}
	for i, speed := range c.Speeds {
		if !(speed >= slowest && speed <= fastest) {
			return fmt.Errorf("balancesim: a speed must lie in [%v, %v]: %v of server %d", slowest, fastest, speed, i)
		}
	}
	return nil
}

const slowest, fastest = 1e-6, 1e6

// cluster is one run.
type cluster struct {
	Config
	engine         *sim.Engine
	service        *rand.Rand
	routing        *rand.Rand // which balancer a request comes to
	arrive, depart sim.Handler
	refresh        sim.Handler
	servers        []server
	queues         []int     // requests at each server
	requests       []request // by index; those in the system, and unused ones
	unused         int32     // the first unused one, linked by next
	observe        func(server int, arrived, now time.Duration)
	err            error
}

// server is one discipline at work. It schedules the cluster's depart, with its index, for its next completion.
type server interface {
	accept(request int32)
	complete() (request int32)
}

type request struct {
	token   loadbalance.Token[int]
	arrived time.Duration
	work    time.Duration // service time at speed 1
	next    int32         // in line
}

const none int32 = -1

func (c *cluster) scheduleArrival() {
	if next := c.Arrivals.Next(c.engine.Now()); next < math.MaxInt64 { // which stands for: no more
		c.engine.Schedule(next-c.engine.Now(), c.arrive, 0)
	}
}

func (c *cluster) onArrival(int64) {
	now := c.engine.Now()
	balancer := 0
	if len(c.Balancers) > 1 {
		balancer = c.routing.IntN(len(c.Balancers))
	}
	token, err := c.Balancers[balancer].Pick(now, loadbalance.Request{})
	if err != nil {
		c.stop(err)
		return
	}
	to := token.Endpoint()
	if to.ID == "" {
		c.stop(errors.New("balancesim: a picker must name an endpoint or return an error: it returned an empty token"))
		return
	}
	if to.Value < 0 || to.Value >= len(c.servers) {
		c.stop(fmt.Errorf("balancesim: an endpoint's value must be the index of one of %d servers: %d of %q", len(c.servers), to.Value, to.ID))
		return
	}
	i := c.unused
	if i == none {
		i = int32(len(c.requests))
		c.requests = append(c.requests, request{next: none})
	}
	r := &c.requests[i]
	c.unused = r.next
	*r = request{token: token, arrived: now, work: c.Service.Draw(c.service), next: none}
	c.queues[to.Value]++
	c.servers[to.Value].accept(i)
	c.scheduleArrival()
}

// onRefresh tells every balancer every queue.
func (c *cluster) onRefresh(int64) {
	for _, picker := range c.Balancers {
		for _, e := range picker.Endpoints() {
			if e.Value < 0 || e.Value >= len(c.queues) {
				continue // picking it is an error
			}
			if err := picker.Report(c.engine.Now(), e.ID, c.queues[e.Value]); err != nil {
				c.stop(err)
				return
			}
		}
	}
	if c.engine.Pending() > 0 { // otherwise nothing will ever change
		c.engine.Schedule(c.Refresh, c.refresh, 0)
	}
}

func (c *cluster) onDeparture(server int64) {
	i := c.servers[server].complete()
	r := &c.requests[i]
	now := c.engine.Now()
	c.queues[server]--
	r.token.Done(now, loadbalance.OK)
	c.observe(int(server), r.arrived, now)
	r.next = c.unused
	c.unused = i
}

func (c *cluster) stop(err error) {
	c.err = err
	c.engine.Stop()
}

// nearest rounds nanoseconds. What no duration holds becomes the longest one, which the engine refuses with an error.
func nearest(nanoseconds float64) time.Duration {
	if nanoseconds < 1<<63 {
		return time.Duration(nanoseconds + 0.5)
	}
	return math.MaxInt64
}
