// A. K. Erlang, "Solution of some Problems in the Theory of Probabilities of Significance in Automatic Telephone Exchanges", 1917. The
// recursion: V. B. Iversen, Teletraffic Engineering Handbook, ITU-D SG 2/16, 2001, section 7.4 (B) and 12.2 (C).

package estimate

import (
	"fmt"
	"math"
)

const maxServers = 1_000_000 // the recursions go from one to the next

// ErlangB is the probability that an arrival finds all servers busy, and is lost, where nobody waits: M/M/c/c, and M/G/c/c too, for only
// the mean service time matters. Load is offered, in erlang: arrivals per second times the mean service time in seconds. It may exceed the number of servers,
// which lies in [1, 1,000,000]; the time is proportional to it.
//
// No factorial is computed: B(n) = aB(n-1) / (n + aB(n-1)), whose terms are positive, so that its relative error is at most a few units in the
// last place for each server, for probabilities of 1e-300 or more.
func ErlangB(servers int, load float64) (blocked float64, err error) {
	if err := needBetween("servers", servers, 1, maxServers); err != nil {
		return 0, err
	}
	if err := needNotNegative("a load in erlang", load); err != nil {
		return 0, err
	}
	return erlangB(servers, load), nil
}

func erlangB(servers int, load float64) float64 {
	blocked := 1.0
	for n := 1; n <= servers; n++ {
		blocked = oneServerMore(blocked, load, n)
	}
	return blocked
}

// oneServerMore is the probability of blocking with n servers, from that of n-1.
func oneServerMore(blocked, load float64, n int) float64 {
	return load * blocked / (float64(n) + load*blocked)
}

// ErlangC is the probability that an arrival finds all servers busy, and waits, where nobody gives up: M/M/c. Load is offered, in erlang, and
// less than the number of servers: the error is else [ErrOverloaded].
func ErlangC(servers int, load float64) (waits float64, err error) {
	if err := needBetween("servers", servers, 1, maxServers); err != nil {
		return 0, err
	}
	if err := needNotNegative("a load in erlang", load); err != nil {
		return 0, err
	}
	if err := bearable(load, servers); err != nil {
		return 0, err
	}
	return waitsAfter(erlangB(servers, load), load, servers), nil
}

// waitsAfter is Erlang's C of his B. It has no difference but that of servers and load.
func waitsAfter(blocked, load float64, servers int) float64 {
	free := float64(servers) - load
	return float64(servers) * blocked / (free + load*blocked)
}

// ServersForBlocking is the least number of servers that lose at most a part p of all arrivals, p in (0, 1], by [ErlangB].
func ServersForBlocking(load, p float64) (servers int, err error) {
	return leastServers(load, p, "blocking", func(blocked float64, n int) float64 { return blocked })
}

// ServersForWaiting is the least number of servers with which at most a part p of all arrivals waits, p in (0, 1], by [ErlangC]. It is more
// than the load. At p = 0.2 and large loads it is near load + sqrt(load): spare servers grow with the square root of the load.
func ServersForWaiting(load, p float64) (servers int, err error) {
	return leastServers(load, p, "waiting", func(blocked float64, n int) float64 {
		if load >= float64(n) {
			return math.Inf(1)
		}
		return waitsAfter(blocked, load, n)
	})
}

func leastServers(load, p float64, of string, probability func(blocked float64, n int) float64) (int, error) {
	if err := needNotNegative("a load in erlang", load); err != nil {
		return 0, err
	}
	if !(p > 0 && p <= 1) {
		return 0, fmt.Errorf("estimate: a probability of %s must lie in (0, 1]: %v", of, p)
	}
	blocked := 1.0
	for n := 1; n <= maxServers; n++ {
		blocked = oneServerMore(blocked, load, n)
		if probability(blocked, n) <= p {
			return n, nil
		}
	}
	return 0, fmt.Errorf("estimate: servers must be at most %d: a load of %v erlang needs more for a probability of %s of %v", maxServers, load, of, p)
}

// LoadForBlocking is the largest load, in erlang, of which so many servers lose at most a part p, p in [1e-300, 1), by [ErlangB]. It is what tables
// of traffic print: 15 lines at 1% take 8.108 erlang. It asks for B some sixty times.
func LoadForBlocking(servers int, p float64) (load float64, err error) {
	if err := needBetween("servers", servers, 1, maxServers); err != nil {
		return 0, err
	}
	if !(p >= 1e-300 && p < 1) {
		return 0, fmt.Errorf("estimate: a probability of blocking must lie in [1e-300, 1): %v", p)
	}
	// B <= a^c/c!, and B >= 1 - c/a. The logarithm errs by far less than the half that is taken off.
	c := float64(servers)
	factorial, _ := math.Lgamma(c + 1)
	low, high := math.Exp((math.Log(p)+factorial)/c)/2, c/(1-p)
	for {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			return low, nil
		}
		if erlangB(servers, middle) <= p {
			low = middle
		} else {
			high = middle
		}
	}
}
