package balancesim_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/balancesim"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

type makePicker func([]loadbalance.Endpoint[int], rand.Source) (loadbalance.Picker[int], error)

func random(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
	return loadbalance.NewRandom(e, src)
}

func roundRobin(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
	return loadbalance.NewRoundRobin(e, src)
}

func leastConnections(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
	return loadbalance.NewLeastConnections(e, src)
}

// scenario is a cluster whose mean time in system theory knows.
type scenario struct {
	pick       makePicker
	speeds     []float64
	discipline balancesim.Discipline
	load       float64 // of all servers together
	service    workload.ServiceTime
}

// interval is the 99.99% interval of the mean time in system, in mean service times. At a load of .8 a queue forgets its start
// within some 90 service times; the warm-up is 500 a server.
func (s scenario) interval(t *testing.T) stats.Interval {
	t.Helper()
	runs, requests := 20, max(100_000, 1_000*len(s.speeds))
	if race.Enabled {
		runs, requests = 2, 1_000
	}
	capacity := 0.0
	for _, speed := range s.speeds {
		capacity += speed
	}
	n := len(s.speeds)
	means, err := sim.Replicate(1, runs, func(e *sim.Engine) (float64, error) {
		picker, err := s.pick(balancesim.Endpoints(n), e.Stream("balancer"))
		if err != nil {
			return 0, err
		}
		arrivals, err := workload.NewPoisson(s.load*capacity, e.Stream("arrivals"))
		if err != nil {
			return 0, err
		}
		result, err := balancesim.Run(e, balancesim.Config{
			Balancers: []loadbalance.Picker[int]{picker}, Speeds: s.speeds, Discipline: s.discipline, Arrivals: arrivals, Service: s.service,
			WarmUp: 500 * n, Requests: requests,
		})
		if err != nil {
			return 0, err
		}
		mean, err := result.Times.Mean()
		return mean.Seconds(), err
	})
	require.NoError(t, err)
	interval, err := stats.MeanInterval(means, stats.Asserted)
	require.NoError(t, err)
	return interval
}

func (s scenario) requireMean(t *testing.T, theory float64) {
	t.Helper()
	interval := s.interval(t)
	if race.Enabled {
		return
	}
	require.True(t, interval.Contains(theory), "%v, theory %v", interval, theory)
	require.Less(t, interval.HalfWidth(), theory/4, "an interval that says something")
}

func service(t *testing.T, scv float64) workload.ServiceTime {
	t.Helper()
	var s workload.ServiceTime
	var err error
	switch scv {
	case 0:
		s, err = workload.NewDeterministic(time.Second)
	case 1:
		s, err = workload.NewExponential(time.Second)
	default:
		s, err = workload.NewLognormal(time.Second, scv)
	}
	require.NoError(t, err)
	return s
}

// Random choice makes of each server an M/G/1 queue: 1 + load/(1-load) * (1+scv)/2, whatever their number.
func TestClaim_RandomIsMG1(t *testing.T) {
	for _, c := range []struct{ load, scv, theory float64 }{{.8, 0, 3}, {.8, 1, 5}, {.8, 4, 11}, {.5, 1, 2}} {
		scenario{pick: random, speeds: balancesim.Alike(10), load: c.load, service: service(t, c.scv)}.requireMean(t, c.theory)
	}
}

// Round robin makes of each of n exponential servers an E_n/M/1 queue: 1.2619, 1.8905 at loads .5, .7 for 100 servers.
func TestClaim_RoundRobinIsErlangArrivals(t *testing.T) {
	for _, c := range []struct{ load, theory float64 }{{.5, 1.2619}, {.7, 1.8905}} {
		scenario{pick: roundRobin, speeds: balancesim.Alike(100), load: c.load, service: service(t, 1)}.requireMean(t, c.theory)
	}
}

// M/G/1 with processor sharing takes 1/(1-load) on average whatever the distribution: it is insensitive. L. Kleinrock,
// Queueing Systems II, 1976, section 4.4.
func TestClaim_ProcessorSharingIsInsensitive(t *testing.T) {
	for _, scv := range []float64{0, 1, 4} {
		scenario{
			pick: random, speeds: balancesim.Alike(4), discipline: balancesim.ProcessorSharing, load: .7, service: service(t, scv),
		}.requireMean(t, 1/(1-.7))
	}
}

// Random choice over unlike servers gives each the same arrivals: at load r of capacity S each of n gets rS/n, and one of speed s is M/M/1 with mean
// 1/(s - rS/n). Speeds 1 and 3 at .4: arrivals .8 each, (1/(1-.8) + 1/(3-.8)) / 2.
func TestClaim_SpeedsSetThePace(t *testing.T) {
	scenario{pick: random, speeds: []float64{1, 3}, load: .4, service: service(t, 1)}.requireMean(t, (1/.2+1/2.2)/2)
}

// One server leaves nothing to choose: every policy is M/M/1.
func TestClaim_OneServerIsMM1(t *testing.T) {
	for _, pick := range []makePicker{random, roundRobin, leastConnections} {
		scenario{pick: pick, speeds: balancesim.Alike(1), load: .7, service: service(t, 1)}.requireMean(t, 1/(1-.7))
	}
}

// No policy beats one queue for all: M/M/10 at .9 takes 1 + .668732/(10*.1).
func TestClaim_NoPolicyBeatsOneQueueForAll(t *testing.T) {
	interval := scenario{pick: leastConnections, speeds: balancesim.Alike(10), load: .9, service: service(t, 1)}.interval(t)
	if !race.Enabled {
		require.Greater(t, interval.Low, 1+.668732)
		require.Less(t, interval.High, 10.0, "and it is far better than random's ten")
	}
}
