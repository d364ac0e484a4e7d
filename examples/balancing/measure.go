package balancing

import (
	"math"
	"time"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/balancesim"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// setting is a cluster of FIFO servers of speed 1 under Poisson arrivals.
type setting struct {
	servers   int
	load      float64 // a server
	service   service
	balancers int           // each sees only its own requests
	refresh   time.Duration // how often balancers are told the queues; zero: never
}

// point is one policy in one setting, in mean service times.
type point struct {
	means     []float64 // of each run
	mean, p99 stats.Interval
}

// measure replicates a policy in a setting. Policies that get the same seed get the same requests.
func (s setting) measure(seed uint64, runs int, policy policy, warmUp, requests int) (point, error) {
	mean := s.service.times.Mean()
	endpoints := balancesim.Endpoints(s.servers) // pickers copy them
	type times struct{ mean, p99 float64 }
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) (times, error) {
		arrivals, err := workload.NewPoisson(s.load*float64(s.servers)/mean.Seconds(), e.Stream("arrivals"))
		if err != nil {
			return times{}, err
		}
		balancers := make([]loadbalance.Picker[int], s.balancers)
		for i := range balancers {
			if balancers[i], err = policy.make(endpoints, e.Stream("balancer")); err != nil {
				return times{}, err
			}
		}
		result, err := balancesim.Run(e, balancesim.Config{
			Balancers: balancers, Refresh: s.refresh, Speeds: balancesim.Alike(s.servers), Arrivals: arrivals,
			Service: s.service.times, WarmUp: warmUp, Requests: requests,
		})
		if err != nil {
			return times{}, err
		}
		average, err := result.Times.Mean()
		if err != nil {
			return times{}, err
		}
		p99, err := result.Times.Quantile(0.99)
		return times{float64(average) / float64(mean), float64(p99) / float64(mean)}, err
	})
	if err != nil {
		return point{}, err
	}
	var p point
	var p99s []float64
	for _, t := range all {
		p.means = append(p.means, t.mean)
		p99s = append(p99s, t.p99)
	}
	if p.mean, err = stats.MeanInterval(p.means, stats.Charted); err != nil {
		return point{}, err
	}
	p.p99, err = stats.MeanInterval(p99s, stats.Charted)
	return p, err
}

// relaxation is how many mean service times a queue that nobody steers takes to forget where it began:
// (1 - sqrt(load))^-2, the relaxation time of M/M/1 (J. W. Cohen, The Single Server Queue, 1982), longer as
// service varies more.
func (s setting) relaxation() float64 {
	return math.Pow(1-math.Sqrt(s.load), -2) * s.variability()
}

func (s setting) variability() float64 { return math.Max(1, (1+s.service.scv)/2) }

// requests are how many come in so many mean service times.
func (s setting) requests(serviceTimes float64) int {
	return int(serviceTimes * s.load * float64(s.servers))
}
