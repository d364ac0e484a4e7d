package estimatesim

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

func day(t require.TestingT, peak float64, zones int) Diurnal {
	d, err := NewDiurnal(peak, zones)
	require.NoError(t, err)
	return d
}

// naiveRush finds each arrival in the table of what came until each minute, looks through all servers, and keeps all waits.
func naiveRush(r Rush, e *sim.Engine, servers int) (requests []int, waits []float64, got Rushed) {
	until := []float64{0}
	for _, shape := range r.Shape.rates {
		until = append(until, until[len(until)-1]+60*r.Mean*shape)
	}
	gaps, services := e.Stream("gaps"), e.Stream("services")
	requests, free := make([]int, Quarters), make([]float64, servers)
	work := 0.0
	var when []float64
	for came := gaps.ExpFloat64(); came < until[dayMinutes]; came += gaps.ExpFloat64() {
		minute := 0
		for until[minute+1] <= came {
			minute++
		}
		now := 60 * (float64(minute) + (came-until[minute])/(until[minute+1]-until[minute]))
		first := slices.Index(free, slices.Min(free))
		takes := r.Service.Draw(services).Seconds()
		start := max(now, free[first])
		free[first] = start + takes
		work += takes
		requests[minute/15]++
		waits, when = append(waits, start-now), append(when, now)
	}
	for i, w := range waits {
		got.Mean += w / float64(len(waits))
		got.Longest = max(got.Longest, w)
		if w >= 60 {
			got.Late += 1 / float64(len(waits))
			got.LastLate = time.Duration(when[i] * 1e9)
		}
	}
	got.Idle = 1 - work/86_400/float64(servers)
	return requests, waits, got
}

func TestLaw_RushEqualsALookAtAllServers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		servers := rapid.IntRange(1, 5).Draw(t, "servers")
		service, err := workload.NewExponential(time.Duration(rapid.Float64Range(30, 3_000).Draw(t, "service") * 1e9))
		require.NoError(t, err)
		r := Rush{
			Shape:   day(t, rapid.Float64Range(1, mostPeak).Draw(t, "peak"), rapid.IntRange(1, 24).Draw(t, "zones")),
			Mean:    rapid.Float64Range(1e-4, 5e-3).Draw(t, "mean"),
			Service: service,
		}
		seed := rapid.Uint64().Draw(t, "seed")
		got, err := r.Run(sim.New(seed), servers, servers+1)
		require.NoError(t, err)
		for i, c := range []int{servers, servers + 1} {
			requests, waits, want := naiveRush(r, sim.New(seed), c)
			require.Equal(t, requests, got.Requests)
			require.Equal(t, len(waits), got.All())
			f := got.Fleets[i]
			// The expected requests before an arrival are sums of some 500 terms, of 450 in all, in two orders: less than 1e-10 apart. As a time that is
			// so many over the rate, which at night may be a thousandth of the mean. Else times are sums of up to 86,400 s: 1e-8 s apart at the very most.
			lowest := math.Inf(1) // rate at which a request came
			for quarter, n := range requests {
				for minute := quarter * 15; n > 0 && minute < quarter*15+15; minute++ {
					lowest = min(lowest, r.Mean*r.Shape.rates[minute])
				}
			}
			apart := max(1e-6, 1e-10/lowest)
			require.InDelta(t, want.Mean, f.Mean, apart)
			require.InDelta(t, want.Longest, f.Longest, apart)
			require.InDelta(t, want.Late, f.Late, 1e-9)
			require.InDelta(t, want.LastLate.Seconds(), f.LastLate.Seconds(), apart)
			require.InDelta(t, want.Idle, f.Idle, 1e-9)
		}
	})
}

// Requests of a service that is hardly used come one after the other, so the line of the last quarter is what the last one left.
func TestRush_LineIsWhatOneWouldWait(t *testing.T) {
	long, err := workload.NewDeterministic(100 * time.Hour)
	require.NoError(t, err)
	r := Rush{Shape: day(t, 1, 1), Mean: 20.0 / 86_400, Service: long}
	got, err := r.Run(sim.New(1), 1, 1_000)
	require.NoError(t, err)
	require.Greater(t, got.All(), 1)
	before := 0.0
	for q, line := range got.Fleets[0].Line {
		came := 0
		for _, n := range got.Requests[:q+1] {
			came += n
		}
		switch {
		case came == 0:
			require.Zero(t, line)
		case before > 0 && got.Requests[q] == 0:
			require.InDelta(t, before-900, line, 1e-6, "nothing came, and time passed")
		default:
			require.InDelta(t, before+float64(got.Requests[q])*360_000-900, line, 900)
		}
		before = line
	}
	require.Equal(t, make([]float64, Quarters), got.Fleets[1].Line, "with more servers than requests there is no line")
	require.Zero(t, got.Fleets[1].Longest)
	require.Less(t, got.Fleets[0].Idle, 0.0, "the day's requests need more than the day")
}

// A flat day is M/M/c, after an hour in which lines fill; the number of requests of each quarter is Poisson, so its variance is its mean.
func TestClaim_RushOfAFlatDayIsErlang(t *testing.T) {
	r := Rush{Shape: day(t, 1, 1), Mean: 0.4, Service: exponential(t)}
	var err error
	r.Service, err = workload.NewExponential(10 * time.Second)
	require.NoError(t, err)
	days, err := sim.Replicate(1, 100, func(e *sim.Engine) (Came, error) { return r.Run(e, 5) })
	require.NoError(t, err)
	q, err := estimate.NewMMC(0.4, 10*time.Second, 5)
	require.NoError(t, err)
	var lines, squares, idle []float64
	for _, d := range days {
		line, square := 0.0, 0.0
		for i, s := range d.Fleets[0].Line[4:] {
			line += s / float64(Quarters-4)
			off := float64(d.Requests[i+4]) - 360
			square += off * off / float64(Quarters-4)
		}
		lines, squares, idle = append(lines, line), append(squares, square), append(idle, d.Fleets[0].Idle)
	}
	for _, c := range []struct {
		of   []float64
		want float64
	}{{lines, q.MeanWait().Seconds()}, {squares, 360}, {idle, 0.2}} {
		i, err := stats.MeanInterval(c.of, stats.Asserted)
		require.NoError(t, err)
		require.True(t, i.Contains(c.want), "%+v, %v", i, c.want)
	}
}

// Each quarter's number of requests is that of the curve.
func TestClaim_RushFollowsTheCurve(t *testing.T) {
	r := Rush{Shape: day(t, 4, 3), Mean: 0.5, Service: exponential(t)}
	days, err := sim.Replicate(2, 50, func(e *sim.Engine) (Came, error) { return r.Run(e) })
	require.NoError(t, err)
	for q := range Quarters {
		want := 0.0
		for m := range 15 {
			want += 0.5 * 60 * r.Shape.At(time.Duration(15*q+m)*time.Minute)
		}
		sum := 0
		for _, d := range days {
			sum += d.Requests[q]
			require.Empty(t, d.Fleets)
		}
		// A Poisson number's deviation is its square root; five of them fail once in 17,000 seeds of 96 quarters.
		require.InDelta(t, 50*want, float64(sum), 5*math.Sqrt(50*want)+1, "quarter %d", q)
	}
	busiest := 0.0
	for _, d := range days {
		busiest += d.Busiest() / 50
	}
	require.InDelta(t, 0.5*r.Shape.Busiest(), busiest, 5*math.Sqrt(0.5*r.Shape.Busiest()/3_600/50))
}

// The fluid by steps of ten seconds, and with another way to find who waits for a minute.
func TestLaw_RushFluidEqualsSmallSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rush{Shape: day(t, rapid.Float64Range(1, 6).Draw(t, "peak"), rapid.IntRange(1, 24).Draw(t, "zones")), Mean: 20, Service: exponential(t)}
		servers := rapid.IntRange(15, 60).Draw(t, "servers")
		got, err := r.Fluid(servers)
		require.NoError(t, err)
		const step = 10
		line, highest, late, overloaded, last := 0.0, 0.0, 0.0, 0, 0
		for second := 0; second < 86_400; second += step {
			rate := 20 * r.Shape.At(time.Duration(second)*time.Second)
			if rate > float64(servers) {
				overloaded += step
			}
			before := line
			line = max(0, line+step*(rate-float64(servers)))
			highest = max(highest, line)
			if (before+line)/2 >= 60*float64(servers) {
				late += step * rate
				last = second + step
			}
			if (second+step)%900 == 0 {
				require.InDelta(t, line/float64(servers), got.Line[second/900], 1e-6)
			}
		}
		require.InDelta(t, highest, got.Backlog, 1e-5)
		require.InDelta(t, highest/float64(servers), got.Longest, 1e-6)
		require.InDelta(t, float64(overloaded), got.Lasts.Seconds(), 0.5)
		// Each of two crossings is up to half a step off, in which at most six times the mean comes, of 86,400 s of it.
		require.InDelta(t, late/20/86_400, got.Late, 2*step/2*6.1/86_400)
		require.InDelta(t, float64(last), got.LastLate.Seconds(), step/2+0.01)
	})
}

// The more servers and requests, the nearer is a day to the fluid. Of 500,000 requests the backlog's deviation is less than 1,000 of 100,000 and more.
func TestClaim_RushTendsToTheFluid(t *testing.T) {
	r := Rush{Shape: day(t, 3, 1), Mean: 500_000.0 / 86_400, Service: exponential(t)}
	fluid, err := r.Fluid(9)
	require.NoError(t, err)
	require.Greater(t, fluid.Backlog, 100_000.0)
	got, err := r.Run(sim.New(3), 9)
	require.NoError(t, err)
	f := got.Fleets[0]
	require.InEpsilon(t, fluid.Longest, f.Longest, 0.05)
	require.InDelta(t, fluid.Late, f.Late, 0.01)
	require.InDelta(t, fluid.LastLate.Hours(), f.LastLate.Hours(), 0.25)
	require.Greater(t, fluid.LastLate, fluid.Ends)
	for q, line := range fluid.Line {
		require.InDelta(t, line, f.Line[q], 0.05*fluid.Longest, "quarter %d", q)
	}
}

func TestRush_FleetsMeetTheSameRequests(t *testing.T) {
	r := Rush{Shape: day(t, 3, 1), Mean: 0.1, Service: exponential(t)}
	alone, err := r.Run(sim.New(5), 1)
	require.NoError(t, err)
	both, err := r.Run(sim.New(5), 3, 1)
	require.NoError(t, err)
	require.Equal(t, alone.Requests, both.Requests)
	require.Equal(t, alone.Fleets[0], both.Fleets[1])
	require.LessOrEqual(t, both.Fleets[0].Mean, alone.Fleets[0].Mean)

	r.Mean = 1e-12
	none, err := r.Run(sim.New(5), 1)
	require.NoError(t, err)
	require.Equal(t, Rushed{Line: make([]float64, Quarters), Idle: 1}, none.Fleets[0], "nobody came")
	require.Zero(t, none.Busiest())
}

func TestRush_Refuses(t *testing.T) {
	sound := Rush{Shape: day(t, 3, 1), Mean: 1, Service: exponential(t)}
	for _, c := range []struct {
		change  func(*Rush)
		servers int
		want    string
	}{
		{func(r *Rush) { r.Shape = Diurnal{} }, 1, "a day's shape is needed: NewDiurnal makes one"},
		{func(r *Rush) { r.Service = nil }, 1, "service times of a positive mean are needed"},
		{func(r *Rush) { r.Mean = 0 }, 1, "a day's requests must lie in (0, 100000000]: 0 a second"},
		{func(r *Rush) { r.Mean = -1 }, 1, "a day's requests must lie in (0, 100000000]: -1 a second"},
		{func(r *Rush) { r.Mean = math.NaN() }, 1, "a day's requests must lie in (0, 100000000]: NaN a second"},
		{func(r *Rush) { r.Mean = math.Inf(1) }, 1, "a day's requests must lie in (0, 100000000]: +Inf a second"},
		{func(r *Rush) { r.Mean = 1_200 }, 1, "a day's requests must lie in (0, 100000000]: 1200 a second"},
		{func(*Rush) {}, 0, "servers must lie in [1, 100000]: 0"},
		{func(*Rush) {}, -1, "servers must lie in [1, 100000]: -1"},
		{func(*Rush) {}, 100_001, "servers must lie in [1, 100000]: 100001"},
	} {
		r := sound
		c.change(&r)
		_, err := r.Run(sim.New(1), c.servers)
		require.EqualError(t, err, "estimatesim: "+c.want)
		_, err = r.Fluid(c.servers)
		require.EqualError(t, err, "estimatesim: "+c.want)
	}
	_, err := sound.Run(nil, 1)
	require.EqualError(t, err, "estimatesim: an engine is needed")
	_, err = sound.Run(sim.New(1), 1, 0)
	require.EqualError(t, err, "estimatesim: servers must lie in [1, 100000]: 0")
}

func TestRush_PartOfAMinute(t *testing.T) {
	for _, c := range []struct{ from, to, limit, part, last float64 }{
		{0, 9, 10, 0, 0},
		{10, 11, 10, 1, 1},
		{10, 10, 10, 1, 1},
		{8, 16, 10, 0.75, 1}, // crosses a quarter of the minute after its beginning
		{12, 4, 10, 0.25, 0.25},
	} {
		part, last := partBeyond(c.from, c.to, c.limit)
		require.Equal(t, c.part, part, "%+v", c)
		require.Equal(t, c.last, last, "%+v", c)
	}
}
