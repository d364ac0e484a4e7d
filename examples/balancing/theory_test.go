package balancing

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClaim_TheoryMatchesPublishedValues(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
		digits    float64
	}{
		{"M/M/1 at .5", mg1(.5, 1), 2, 1e-12},
		{"M/M/1 at .9", mg1(.9, 1), 10, 1e-12},
		{"M/D/1 at .8", mg1(.8, 0), 1 + 2, 1e-12},
		{"M/G/1 at .8, scv 4", mg1(.8, 4), 1 + 10, 1e-12},
		{"M/G/1 at .8, scv 9", mg1(.8, 9), 1 + 20, 1e-12},
		{"E_100/M/1 at .5", erlangArrivals(100, .5), 1.2619, 5e-5},
		{"E_100/M/1 at .7", erlangArrivals(100, .7), 1.8905, 5e-5},
		{"E_100/M/1 at .9", erlangArrivals(100, .9), 5.2268, 5e-5},
		{"E_50/M/1 at .9", erlangArrivals(50, .9), 5.275, 5e-4},
		{"two choices at .5", supermarket(2, .5), 1.265686, 5e-7},
		{"two choices at .7", supermarket(2, .7), 1.614454, 5e-7},
		{"two choices at .9", supermarket(2, .9), 2.614057, 5e-7},
		{"two choices at .99", supermarket(2, .99), 5.431997, 5e-7},
		{"three choices at .5", supermarket(3, .5), 1.125244, 5e-7},
		{"three choices at .7", supermarket(3, .7), 1.356842, 5e-7},
		{"three choices at .9", supermarket(3, .9), 2.027856, 5e-7},
		{"three choices at .99", supermarket(3, .99), 3.857847, 5e-7},
		{"M/M/100 at .9", mmn(100, .9), 1.021694, 5e-7},
		{"M/M/2 at .8, Erlang C .711111", mmn(2, .8), 1 + .711111/(2*.2), 5e-6},
		{"M/M/10 at .9, Erlang C .668732", mmn(10, .9), 1 + .668732/(10*.1), 5e-6},
	} {
		require.InDelta(t, c.want, c.got, c.digits, c.name)
	}
}

func TestLaw_OneServerIsMM1(t *testing.T) {
	for _, load := range []float64{1e-9, .001, .1, .5, .9, .99, .9999, .999999} {
		require.InEpsilon(t, 1/(1-load), mg1(load, 1), 1e-9)
		require.InEpsilon(t, 1/(1-load), erlangArrivals(1, load), 1e-9, "load %v", load)
		require.InEpsilon(t, 1/(1-load), mmn(1, load), 1e-9)
	}
}

// More servers help round robin and one common queue; round robin stays above the common queue, and below random.
func TestLaw_TheoryIsOrdered(t *testing.T) {
	for _, load := range []float64{.001, .1, .5, .9, .99, .999} {
		before := math.Inf(1)
		for _, n := range []int{1, 2, 5, 10, 100, 1000, 10_000} {
			rr := erlangArrivals(n, load)
			require.LessOrEqual(t, rr, before, "load %v, %d servers", load, n)
			require.LessOrEqual(t, rr, mg1(load, 1)*(1+1e-9))
			require.LessOrEqual(t, mmn(n, load), rr*(1+1e-9))
			require.GreaterOrEqual(t, mmn(n, load), 1.0)
			before = rr * (1 + 1e-9)
		}
		require.LessOrEqual(t, supermarket(3, load), supermarket(2, load))
		require.LessOrEqual(t, supermarket(2, load), mg1(load, 1))
	}
}
