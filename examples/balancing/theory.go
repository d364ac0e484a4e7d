package balancing

import "math"

// Exact curves and limits for n servers of speed 1 at a load (arrivals per server and mean service time), all in mean
// service times: the mean time in system. theory_test.go holds them against published values.

// mg1 is exact for one server under Poisson arrivals, first come, first served: F. Pollaczek 1930, A. Khinchine 1932.
// Random choice splits a Poisson stream into n Poisson streams, so it holds for each of n servers.
func mg1(load, scv float64) float64 {
	return 1 + load/(1-load)*(1+scv)/2
}

// erlangArrivals is exact for round robin over n exponential servers under Poisson arrivals: each server sees
// every n-th arrival, so it is an E_n/M/1 queue. An arrival finds it busy with probability sigma, the root of
// sigma = (n load / (n load + 1 - sigma))^n in (0, 1), and then the time in system is exponential with mean
// 1 / (1 - sigma). L. Kleinrock, Queueing Systems I, 1975, section 6.4 (G/M/1).
func erlangArrivals(n int, load float64) float64 {
	stages := float64(n)
	// In terms of idle = 1 - sigma, and without taking differences of nearly equal numbers: positive below the
	// root, negative above it. The root at idle = 0 is no answer.
	excess := func(idle float64) float64 {
		return -math.Expm1(-stages*math.Log1p(idle/(stages*load))) - idle
	}
	low, high := 0.0, 1.0
	for range 200 {
		middle := (low + high) / 2
		if excess(middle) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return 1 / high
}

// supermarket is the limit for many exponential servers when each request joins the shortest of d random queues:
// the sum over i >= 1 of load^((d^i - d) / (d - 1)). M. Mitzenmacher, "The Power of Two Choices in
// Randomized Load Balancing", IEEE TPDS 12(10), 2001, section 3. With finitely many servers it takes a little longer.
func supermarket(d int, load float64) float64 {
	sum, exponent, power := 0.0, 0.0, float64(d)
	for {
		term := math.Pow(load, exponent)
		sum += term
		if term < 1e-15 {
			return sum
		}
		exponent += power // (d^(i+1) - d^i) / (d - 1) = d^i
		power *= float64(d)
	}
}

// mmn is a lower bound for every policy under exponential service: one queue for n servers, which are never idle while a
// request waits. A. K. Erlang, 1917.
func mmn(n int, load float64) float64 {
	offered := load * float64(n)
	blocked := 1.0 // Erlang B, by recursion over servers
	for i := 1; i <= n; i++ {
		blocked = offered * blocked / (float64(i) + offered*blocked)
	}
	waits := blocked / (1 - load*(1-blocked)) // Erlang C
	return 1 + waits/(float64(n)*(1-load))
}

// tail99 is the 99th percentile of an exponential time in units of its mean: that of the time in system of M/M/1 and
// E_n/M/1 queues.
var tail99 = math.Log(100)
