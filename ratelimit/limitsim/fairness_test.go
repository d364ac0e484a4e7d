package limitsim

import (
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// everyOther admits every other request of a client, and notes them all.
type everyOther struct {
	clients []int
	times   []time.Duration
	count   map[int]int
}

func (o *everyOther) Take(now time.Duration, client, n int) ratelimit.Decision {
	o.clients, o.times = append(o.clients, client), append(o.times, now)
	o.count[client]++
	if o.count[client]%2 == 0 {
		return ratelimit.Decision{Verdict: ratelimit.Admitted}
	}
	return ratelimit.Decision{}
}

type runSharing func(*sim.Engine, Sharing) (Shares, error)

// lawSharingIsAMerge compares with each client's requests drawn by themselves: the sharer gets all of them, in the order of time, and those
// that come in [warm-up, warm-up + length) count.
func lawSharingIsAMerge(run runSharing) func(*rapid.T) {
	return func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		wanted := rapid.SliceOfN(rapid.Float64Range(0.5, 20), 1, 4).Draw(t, "wanted")
		warmUp := time.Duration(rapid.IntRange(0, 3).Draw(t, "warm-up")) * time.Second
		length := time.Duration(rapid.IntRange(1, 3).Draw(t, "length")) * time.Second
		sharer := &everyOther{count: map[int]int{}}
		got, err := run(sim.New(seed), Sharing{Wanted: wanted, Sharer: sharer, WarmUp: warmUp, Length: length})
		if err != nil {
			t.Fatalf("sharing among %v: %v", wanted, err)
		}
		if !slices.IsSorted(sharer.times) {
			t.Fatalf("requests of %v a second came out of order", wanted)
		}
		e := sim.New(seed)
		for client, perSecond := range wanted {
			arrivals, err := workload.NewPoisson(perSecond, e.Stream("client "+strconv.Itoa(client)))
			if err != nil {
				t.Fatal(err)
			}
			all, asked, received := 0, 0.0, 0.0
			for at := arrivals.Next(0); at < warmUp+length; at = arrivals.Next(at) {
				if all++; at >= warmUp {
					asked++
					if all%2 == 0 {
						received++
					}
				}
			}
			if want := asked / length.Seconds(); got.Asked[client] != want {
				t.Fatalf("after %v of warm-up client %d of %v a second asked for %v a second, and it was %v", warmUp, client, wanted, want, got.Asked[client])
			}
			if want := received / length.Seconds(); got.Received[client] != want {
				t.Fatalf("client %d of %v received %v a second, and it was %v", client, wanted, want, got.Received[client])
			}
		}
	}
}

func TestLaw_SharingIsAMerge(t *testing.T) {
	rapid.Check(t, lawSharingIsAMerge(RunSharing))
}

func TestBroken_SharingMeasuresItsWarmUp(t *testing.T) {
	lawtest.Breaks(t, "A run that counts from the start measures the burst that a limit begins with", lawSharingIsAMerge(func(e *sim.Engine, c Sharing) (Shares, error) {
		c.WarmUp, c.Length = 0, c.WarmUp+c.Length
		return RunSharing(e, c)
	}))
}

func TestBroken_SharingClientByClient(t *testing.T) {
	lawtest.Breaks(t, "A run that simulates one client after the other lets nobody compete", lawSharingIsAMerge(func(e *sim.Engine, c Sharing) (Shares, error) {
		var all Shares
		for _, wanted := range c.Wanted {
			one := c
			one.Wanted = []float64{wanted}
			s, err := RunSharing(e, one)
			if err != nil {
				return Shares{}, err
			}
			all.Asked, all.Received = append(all.Asked, s.Asked...), append(all.Received, s.Received...)
		}
		return all, nil
	}))
}

// TR-301, section 3: if k of n get the same and the others nothing, the index is k/n; it has no unit; and it is 1 only if all get
// the same part of what is fair.
func TestClaim_JainsIndex(t *testing.T) {
	for _, c := range []struct {
		received, fair []float64
		want           float64
	}{
		{[]float64{1, 1, 1, 0, 0}, []float64{1, 1, 1, 1, 1}, 0.6},
		{[]float64{20, 0, 0, 0, 0}, []float64{3, 3, 3, 3, 3}, 0.2},
		{[]float64{1, 2, 3}, []float64{10, 20, 30}, 1},
		{[]float64{2, 2}, []float64{1, 3}, 0.8}, // 2 and 2/3: (8/3)^2 / (2 * 40/9)
		{[]float64{7}, []float64{100}, 1},
	} {
		got, err := Jain(c.received, c.fair)
		require.NoError(t, err)
		require.InDelta(t, c.want, got, 1e-15, "%v of %v", c.received, c.fair)
	}
	nothing, err := Jain([]float64{0, 0}, []float64{1, 1})
	require.NoError(t, err)
	require.True(t, math.IsNaN(nothing))
}

func TestFluidSplit(t *testing.T) {
	wanted := []float64{10, 20, 50, 80, 400, 1000}
	got, err := FluidSplit(ratelimit.MaxMin, 600, wanted)
	require.NoError(t, err)
	require.Equal(t, []float64{10, 20, 50, 80, 220, 220}, got)
	got, err = FluidSplit(ratelimit.Proportional, 780, wanted)
	require.NoError(t, err)
	require.Equal(t, []float64{5, 10, 25, 40, 200, 500}, got)
}

func TestFairnessRefuses(t *testing.T) {
	sharer, err := FirstCome(ratelimit.Limit{Rate: ratelimit.PerSecond(1), Burst: 1})
	require.NoError(t, err)
	for _, c := range []struct {
		config Sharing
		want   string
	}{
		{Sharing{Sharer: sharer, Length: 1}, "limitsim: a limit must be shared by one client or more: none given"},
		{Sharing{Wanted: []float64{1}, Length: 1}, "limitsim: there must be a sharer: none given"},
		{Sharing{Wanted: []float64{1}, Sharer: sharer}, "a length must be positive, and their sum a duration: 0s, 0s"},
		{Sharing{Wanted: []float64{1}, Sharer: sharer, WarmUp: -1, Length: 1}, "a warm-up must not be negative"},
		{Sharing{Wanted: []float64{1}, Sharer: sharer, WarmUp: math.MaxInt64, Length: 1}, "their sum a duration"},
		{Sharing{Wanted: []float64{1, math.NaN()}, Sharer: sharer, Length: 1}, "limitsim: client 1: workload: arrivals per second must lie in [1e-08, 1e+09]: NaN"},
	} {
		_, err := RunSharing(sim.New(1), c.config)
		require.ErrorContains(t, err, c.want)
	}
	limit := ratelimit.Limit{Rate: ratelimit.PerSecond(1), Burst: 1}
	_, err = EqualSplit(limit, 0)
	require.EqualError(t, err, "limitsim: a limit must be split among one client or more: 0")
	_, err = EqualSplit(limit, 2)
	require.EqualError(t, err, "ratelimit: a burst must be positive: 0")
	_, err = FirstCome(ratelimit.Limit{})
	require.Error(t, err)
	for _, x := range []float64{-1, math.NaN(), math.Inf(1), 2e9} {
		_, err = FluidSplit(ratelimit.MaxMin, 1, []float64{x})
		require.ErrorContains(t, err, "limitsim: what is shared, or wanted, must lie in [0, 1e9] requests a second: ")
		_, err = Jain([]float64{x}, []float64{0})
		require.ErrorContains(t, err, "a fair share must be positive")
	}
	_, err = Jain([]float64{1}, nil)
	require.EqualError(t, err, "limitsim: there must be a fair share for each who received: 0, 1")
}

// lesserOfTwo is E min(A, B) of two independent Poisson numbers, the sum over k >= 1 of P(A >= k)^2; but if A = 0 it is E min(B, part).
func lesserOfTwo(mean float64, part int) float64 {
	reach := func(most int) (tail []float64) { // P(A >= k) for k = 1 to most
		p, below := math.Exp(-mean), 0.0
		for k := 1; k <= most; k++ {
			below += p
			p *= mean / float64(k)
			tail = append(tail, 1-below)
		}
		return tail
	}
	sum := 0.0
	for _, p := range reach(200) {
		sum += p * p
	}
	for _, p := range reach(part) {
		sum += math.Exp(-mean) * p
	}
	return sum
}

// Under max-min who wants less than the level gets in each period, if nothing can be carried, the lesser of what it asks for then and
// what it asked for in the period before, which with Poisson requests are independent. Who asked for nothing is a newcomer in
// the next period, and gets up to an equal part. Others get the level.
//
// If what a period admits can be carried, and while somebody wants all, those who want less than the level are refused, from the second
// period on, at most twice the most that they together ask for in a period: the law of the reserve, in package ratelimit. Here
// they ask for 52 on average, and for 113 or more with a chance of less than 1e-12. So they miss at most 226 of the 52,000
// that they ask for in a thousand periods, and get 99.5% of it or more. A client by itself misses 226 at most, too.
func TestClaim_QuotasMissWhatIsUnlikeThePeriodBefore(t *testing.T) {
	if race.Enabled {
		t.Skip("a statistical claim")
	}
	wanted := []float64{2, 10, 40, 400, 1000}
	const limit, below = 600, 3 // of the clients want less than the level
	run := func(burst, runs, periods int) []Shares {
		all, err := sim.Replicate(1, runs, func(e *sim.Engine) (Shares, error) {
			sharer, err := ratelimit.NewSharing(ratelimit.SharingConfig[int]{
				Limit:  ratelimit.Limit{Rate: ratelimit.PerSecond(limit), Burst: burst},
				Period: time.Second, Split: ratelimit.MaxMin, Clients: len(wanted),
			})
			if err != nil {
				return Shares{}, err
			}
			length := time.Duration(periods) * time.Second
			return RunSharing(e, Sharing{Wanted: wanted, Sharer: sharer, WarmUp: 10 * time.Second, Length: length})
		})
		require.NoError(t, err)
		return all
	}
	level := (limit - 2.0 - 10 - 40) / 2
	lesser := func(mean float64) float64 { return lesserOfTwo(mean, limit/len(wanted)) }
	nothingCarried := run(2*limit+1, 24, 100)
	for i, want := range []float64{lesser(2), lesser(10), lesser(40), level, level} {
		var received []float64
		for _, s := range nothingCarried {
			received = append(received, s.Received[i])
		}
		interval, err := stats.MeanInterval(received, stats.Asserted)
		require.NoError(t, err)
		require.True(t, interval.Contains(want), "who wants %v gets %v, and should %v", wanted[i], interval, want)
	}
	const periods = 1000
	for _, s := range run(3*limit+1, 2, periods) {
		missed, used := 0.0, 0.0
		for i := range wanted {
			used += s.Received[i]
			if i < below {
				missed += (s.Asked[i] - s.Received[i]) * periods
			}
		}
		require.LessOrEqual(t, missed, 226.0)
		require.Greater(t, used, limit*(1-1.0/periods), "all is used, but what can be carried: one period's")
	}
}
