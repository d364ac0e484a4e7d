package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// station is one queue before c servers, first come, first served: the model of the claims below, as events and as processes.
type station struct {
	servers  int
	load     float64
	service  workload.ServiceTime
	warmUp   int // customers served before any is measured
	measured int
}

// waits are the times that customers spent waiting, in mean service times.
func (s station) waits(e *sim.Engine, record func(wait time.Duration)) error {
	arrivals, err := workload.NewPoisson(s.load*float64(s.servers)/s.service.Mean().Seconds(), e.Stream("arrivals"))
	if err != nil {
		return err
	}
	service := e.Stream("service")
	var waiting line
	busy, served := 0, 0
	var arrive, depart sim.Handler
	begin := func(arrived time.Duration) {
		if served++; served > s.warmUp {
			record(e.Now() - arrived)
		}
		if served == s.warmUp+s.measured {
			e.Stop()
		}
		e.Schedule(s.service.Draw(service), depart, 0)
	}
	arrive = e.Handle(func(int64) {
		if busy < s.servers {
			busy++
			begin(e.Now())
		} else {
			waiting.push(e.Now())
		}
		e.Schedule(arrivals.Next(e.Now())-e.Now(), arrive, 0)
	})
	depart = e.Handle(func(int64) {
		if waiting.len() > 0 {
			begin(waiting.pop())
		} else {
			busy--
		}
	})
	e.Schedule(arrivals.Next(0), arrive, 0)
	return e.Run()
}

// asProcesses is the same station, with a process for each customer.
func (s station) asProcesses(e *sim.Engine, record func(wait time.Duration)) error {
	arrivals, err := workload.NewPoisson(s.load*float64(s.servers)/s.service.Mean().Seconds(), e.Stream("arrivals"))
	if err != nil {
		return err
	}
	service := e.Stream("service")
	busy, served := 0, 0
	var waiting []*sim.Process
	customer := func(p *sim.Process) {
		arrived := p.Now()
		if busy == s.servers {
			waiting = append(waiting, p)
			p.Park() // whoever wakes us leaves us its server
		} else {
			busy++
		}
		if served++; served > s.warmUp {
			record(p.Now() - arrived)
		}
		if served == s.warmUp+s.measured {
			e.Stop()
		}
		p.Sleep(s.service.Draw(service))
		if len(waiting) == 0 {
			busy--
			return
		}
		waiting[0].Wake()
		waiting = waiting[1:]
	}
	e.Go(func(p *sim.Process) {
		for {
			p.Sleep(arrivals.Next(p.Now()) - p.Now())
			e.Go(customer)
		}
	})
	return e.Run()
}

const mean = time.Second

func serviceTime(t *testing.T) func(workload.ServiceTime, error) workload.ServiceTime {
	return func(s workload.ServiceTime, err error) workload.ServiceTime {
		require.NoError(t, err)
		require.InDelta(t, mean, s.Mean(), 1)
		return s
	}
}

// Mean waits in mean service times. M/G/1: load/(1-load) * (1+scv)/2 (Pollaczek and Khinchine). M/M/c:
// C / (c (1-load)) with Erlang's C, which is .711111 for two servers at .8, .668732 for ten at .9 and .216940 for a hundred at .9.
func TestClaim_SimulatedQueuesContainTheory(t *testing.T) {
	exponential := serviceTime(t)(workload.NewExponential(mean))
	lognormal := serviceTime(t)(workload.NewLognormal(mean, 4))
	erlang := serviceTime(t)(workload.NewErlang(4, mean))
	deterministic := serviceTime(t)(workload.NewDeterministic(mean))
	for _, c := range []struct {
		name   string
		queue  station
		theory float64
	}{
		{"M/M/1 at .5", station{servers: 1, load: .5, service: exponential}, 1},
		{"M/M/1 at .8", station{servers: 1, load: .8, service: exponential}, 4},
		{"M/M/2 at .8", station{servers: 2, load: .8, service: exponential}, .711111 / (2 * .2)},
		{"M/M/10 at .9", station{servers: 10, load: .9, service: exponential}, .668732 / (10 * .1)},
		{"M/M/100 at .9", station{servers: 100, load: .9, service: exponential}, .216940 / (100 * .1)},
		{"M/D/1 at .8", station{servers: 1, load: .8, service: deterministic}, 2},
		{"M/G/1 at .8, lognormal, scv 4", station{servers: 1, load: .8, service: lognormal}, 10},
		{"M/G/1 at .8, Erlang-4, scv 1/4", station{servers: 1, load: .8, service: erlang}, 2.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.queue.requireMeanWait(t, station.waits, c.theory)
		})
	}
	t.Run("M/M/2 at .8, as processes", func(t *testing.T) {
		t.Parallel()
		station{servers: 2, load: .8, service: exponential}.requireMeanWait(t, station.asProcesses, .711111/(2*.2))
	})
}

// requireMeanWait requires that the 99.99% interval of the mean wait contains theory. A queue at .9 forgets its start within
// some 400 service times, in each of which a server begins one customer: a warm-up of 10,000 leaves nothing of it
// where servers are few, and where they are many a queue is rare.
func (s station) requireMeanWait(t *testing.T, waits func(station, *sim.Engine, func(time.Duration)) error, theory float64) {
	runs := 20
	s.warmUp, s.measured = 10_000, 50_000
	if race.Enabled {
		s.warmUp, s.measured, runs = 100, 1_000, 2
	}
	means, err := sim.Replicate(1, runs, func(e *sim.Engine) (float64, error) {
		total, n := 0.0, 0
		err := waits(s, e, func(wait time.Duration) { total += wait.Seconds(); n++ })
		return total / float64(n), err
	})
	require.NoError(t, err)
	interval, err := stats.MeanInterval(means, stats.Asserted)
	require.NoError(t, err)
	if race.Enabled {
		return
	}
	require.True(t, interval.Contains(theory), "%v, theory %v", interval, theory)
	require.Less(t, interval.HalfWidth(), theory/2, "an interval that says something")
}

// P(wait > t) = C exp(-(c - offered) t): the 95th percentile for two servers at .8 is 6.637014 service times.
func TestClaim_SimulatedWaitQuantileContainsTheory(t *testing.T) {
	queue := station{servers: 2, load: .8, warmUp: 20_000, measured: 200_000, service: serviceTime(t)(workload.NewExponential(mean))}
	runs := 20
	if race.Enabled {
		queue.warmUp, queue.measured, runs = 100, 1_000, 2
	}
	quantiles, err := sim.Replicate(2, runs, func(e *sim.Engine) (float64, error) {
		var waits stats.Histogram
		if err := queue.waits(e, waits.Record); err != nil {
			return 0, err
		}
		p95, err := waits.Quantile(0.95)
		return p95.Seconds(), err
	})
	require.NoError(t, err)
	interval, err := stats.MeanInterval(quantiles, stats.Asserted)
	require.NoError(t, err)
	if race.Enabled {
		return
	}
	// The histogram's own error is at most one part in 256.
	interval.Low -= interval.Estimate / 256
	interval.High += interval.Estimate / 256
	require.True(t, interval.Contains(6.637014), "%v", interval)
}

// Two policies that see the same arrivals and the same work differ by much less than either varies: what common random
// numbers are for. Here: the same queue at .80 and at .81.
func TestClaim_CommonRandomNumbersNarrowADifference(t *testing.T) {
	if race.Enabled {
		t.Skip("a statistical claim")
	}
	service := serviceTime(t)(workload.NewExponential(mean))
	run := func(seed uint64, load float64) []float64 {
		means, err := sim.Replicate(seed, 20, func(e *sim.Engine) (float64, error) {
			total := 0.0
			q := station{servers: 1, load: load, service: service, warmUp: 1_000, measured: 10_000}
			err := q.waits(e, func(wait time.Duration) { total += wait.Seconds() })
			return total / 10_000, err
		})
		require.NoError(t, err)
		return means
	}
	common, err := stats.Paired(run(1, .81), run(1, .80), stats.Charted)
	require.NoError(t, err)
	independent, err := stats.Paired(run(1, .81), run(2, .80), stats.Charted)
	require.NoError(t, err)
	require.Less(t, common.HalfWidth(), independent.HalfWidth()/3)
	require.Greater(t, common.Low, 0.0, "the difference is seen")
}
