package caching

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Published values of Erlang's C, and a single server, whose time in system is exponential.
func TestClaim_Erlang(t *testing.T) {
	for _, c := range []struct {
		servers     int
		load, waits float64
	}{{2, 0.8, 0.711111}, {10, 0.9, 0.668732}, {100, 0.9, 0.216940}} {
		q := mmc{servers: c.servers, arrival: c.load * float64(c.servers), service: 1}
		require.InDelta(t, c.waits, q.waits(), 5e-7)
	}
	single := mmc{servers: 1, arrival: 80, service: 0.01}
	require.InDelta(t, 0.05, single.mean(), 1e-12)
	for _, p := range []float64{0.5, 0.9, 0.99} {
		require.InDelta(t, -math.Log(1-p)*0.05, single.quantile(p), 1e-12)
	}
}

// The mean is the integral of the tail, also where the rates of service and of the queue are equal (two servers at half their load).
func TestClaim_TheTailIntegratesToTheMean(t *testing.T) {
	for _, q := range []mmc{{1, 0.5, 1}, {2, 1, 1}, {2, 1.0000001, 1}, {4, 3.6, 1}, {4, 0.1, 1}, {64, 60, 1}} {
		const step = 0.001
		sum := 0.5 // trapezium rule: the tail at zero is 1
		for x := step; x < 200; x += step {
			sum += q.beyond(x)
		}
		require.InDelta(t, q.mean(), sum*step, 1e-5, "%+v", q)
		require.InDelta(t, 0.01, q.beyond(q.quantile(0.99)), 1e-9)
	}
}
