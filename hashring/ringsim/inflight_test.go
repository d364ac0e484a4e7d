package ringsim_test

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// The mean of the larger of two Poisson numbers X, Y of mean m is m + E|X-Y|/2, and E|X-Y| = 2m e^-2m (I0(2m) + I1(2m)): C. Skellam, "The
// Frequency Distribution of the Difference Between Two Poisson Variates", 1946; T. Ramasubban, "The Mean Difference and the Mean Deviation of
// Some Discontinuous Distributions", Biometrika 45, 1958.
func TestClaim_PoissonPeakOfTwoIsRamasubbans(t *testing.T) {
	const i0, i1 = 2.2795853023360673, 1.5906368546373291 // modified Bessel functions at 2
	require.InDelta(t, 1+math.Exp(-2)*(i0+i1), ringsim.PoissonPeak(2, 1), 1e-12)
}

func TestPoissonPeak(t *testing.T) {
	for _, mean := range []float64{0.01, 1, 25, 1e4} {
		require.InDelta(t, 1, ringsim.PoissonPeak(1, mean), 1e-9, "of one it is the mean")
		require.Greater(t, ringsim.PoissonPeak(10, mean), ringsim.PoissonPeak(9, mean))
	}
	// Two nodes that hardly ever have a request: the peak is that of their sum.
	require.InDelta(t, 2, ringsim.PoissonPeak(2, 1e-6), 1e-5)
}

// strict counts with its own hands, and complains of a number that is in use or not.
type strict struct {
	ringsim.Picker
	t         *testing.T
	at        map[int]int
	load      []int
	picked    int
	elsewhere int
	fullest   float64
	owner     hashring.Placement
}

func (s *strict) Pick(request int, key string) int {
	_, busy := s.at[request]
	require.False(s.t, busy, "request %d is in flight already", request)
	node := s.Picker.Pick(request, key)
	s.at[request] = node
	s.load[node]++
	s.picked++
	inFlight := float64(len(s.at))
	s.fullest = max(s.fullest, float64(s.load[node])/math.Ceil(1.25*inFlight/float64(len(s.load))))
	if node != s.owner.Owner(key) {
		s.elsewhere++
	}
	return node
}

func (s *strict) Done(request int) {
	node, busy := s.at[request]
	require.True(s.t, busy, "request %d is not in flight", request)
	delete(s.at, request)
	s.load[node]--
	s.Picker.Done(request)
}

func inFlightOf(t *testing.T, nodes int) ringsim.InFlight {
	t.Helper()
	ring, err := hashring.NewRing(ringsim.Members(nodes), hashring.RingOptions{})
	require.NoError(t, err)
	keys := make([]string, 50)
	for i := range keys {
		keys[i] = strconv.Itoa(i)
	}
	return ringsim.InFlight{Nodes: nodes, Placement: ring, Keys: keys, Skew: 1, Mean: 5, Epsilon: 0.25, Length: 20}
}

// Whatever the picker: requests end once, those that a picker sees are those that are counted, and one seed gives the same requests.
func TestRunInFlight_Counts(t *testing.T) {
	const nodes = 4
	c := inFlightOf(t, nodes)
	bounded, err := hashring.NewBounded(c.Placement, c.Epsilon)
	require.NoError(t, err)
	picked := map[int]bool{}
	for name, picker := range map[string]ringsim.Picker{
		"owner": ringsim.ByOwner(c.Placement), "bounded": ringsim.WithinBound(bounded),
		"random": ringsim.AtRandom(nodes, sim.New(9).Stream("a")), "least": ringsim.LeastLoaded(nodes, sim.New(9).Stream("b")),
	} {
		s := &strict{Picker: picker, t: t, at: map[int]int{}, load: make([]int, nodes), owner: c.Placement}
		c.Picker = s
		loads, err := ringsim.RunInFlight(sim.New(3), c)
		require.NoError(t, err)
		require.Equal(t, float64(s.elsewhere)/float64(s.picked), loads.Elsewhere, name)
		require.Equal(t, s.fullest, loads.Fullest, name)
		require.Greater(t, loads.PeakToMean, 1.0)
		picked[s.picked] = true
		switch name {
		case "bounded":
			require.Equal(t, bounded.Loads(), s.load, "the bound's own counts")
			require.LessOrEqual(t, loads.Fullest, 1.0)
		case "owner":
			require.Zero(t, loads.Elsewhere)
			require.Greater(t, loads.Fullest, 1.0, "a hot key's owner is above the bound")
		}
	}
	require.Len(t, picked, 1, "all get the same requests")
}

// What is in flight is a Poisson number of the given mean: one node's peak over the mean is 1.
func TestClaim_RequestsInFlightAreTheMean(t *testing.T) {
	c := inFlightOf(t, 1)
	c.Picker, c.WarmUp, c.Length = ringsim.ByOwner(c.Placement), 8, 50
	peaks, err := sim.Replicate(1, 40, func(e *sim.Engine) (float64, error) {
		loads, err := ringsim.RunInFlight(e, c)
		return loads.PeakToMean, err
	})
	require.NoError(t, err)
	interval, err := stats.MeanInterval(peaks, stats.Asserted)
	require.NoError(t, err)
	require.True(t, interval.Contains(1), "%+v", interval)
	require.Less(t, interval.HalfWidth(), 0.1)
}

type astray struct{ ringsim.Picker }

func (astray) Pick(int, string) int { return 4 }

func TestRunInFlight_Refuses(t *testing.T) {
	for want, change := range map[string]func(*ringsim.InFlight){
		"ringsim: requests in flight need a picker and a placement, both of as many nodes as are said: 0": func(c *ringsim.InFlight) { c.Nodes = 0 },
		"as are said: 5": func(c *ringsim.InFlight) { c.Nodes = 5 },
		"as are said: 4": func(c *ringsim.InFlight) { c.Picker = nil },
		"ringsim: requests in flight must have a key: none given": func(c *ringsim.InFlight) { c.Keys = nil },
		"in [0, 1e6]: 0, 0.25, 20, 0":                             func(c *ringsim.InFlight) { c.Mean = 0 },
		"in [0, 1e6]: 5, -1, 20, 0":                               func(c *ringsim.InFlight) { c.Epsilon = -1 },
		"in [0, 1e6]: 5, 0.25, NaN, 0":                            func(c *ringsim.InFlight) { c.Length = math.NaN() },
		"in [0, 1e6]: 5, 0.25, 20, -1":                            func(c *ringsim.InFlight) { c.WarmUp = -1 },
		"Zipf exponent must be finite and not negative: -1":       func(c *ringsim.InFlight) { c.Skew = -1 },
		"ringsim: a picker must pick one of 4 nodes: 4":           func(c *ringsim.InFlight) { c.Picker = astray{c.Picker} },
		"ringsim: a run must have a request after its warm-up: none in": func(c *ringsim.InFlight) {
			c.Length = 1e-9
		},
	} {
		c := inFlightOf(t, 4)
		c.Picker = ringsim.ByOwner(c.Placement)
		change(&c)
		_, err := ringsim.RunInFlight(sim.New(1), c)
		require.ErrorContains(t, err, want, fmt.Sprint(c.Nodes))
	}
}
