package balancesim

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// scripted are requests given one by one: their arrivals, and in the same order their work.
type scripted struct {
	arrivals, works []time.Duration
	arrived, drawn  int
}

func (s *scripted) Next(time.Duration) time.Duration {
	if s.arrived == len(s.arrivals) {
		return math.MaxInt64 // no more
	}
	s.arrived++
	return s.arrivals[s.arrived-1]
}

func (s *scripted) Draw(*rand.Rand) time.Duration {
	s.drawn++
	return s.works[min(s.drawn, len(s.works))-1]
}

func (s *scripted) Mean() time.Duration                     { return 1 }
func (s *scripted) Variance() float64                       { return 0 }
func (s *scripted) CDF(time.Duration) float64               { return 0 }
func (s *scripted) Quantile(float64) (time.Duration, error) { return 0, nil }
func drawScript(t *rapid.T, longest int) *scripted {
	s := &scripted{}
	now := time.Duration(0)
	for range rapid.IntRange(1, 60).Draw(t, "requests") {
		now += time.Duration(rapid.IntRange(0, longest).Draw(t, "gap"))
		s.arrivals = append(s.arrivals, now)
		s.works = append(s.works, time.Duration(rapid.IntRange(1, 3*longest).Draw(t, "work")))
	}
	return s
}

// completion is one request as it left.
type completion struct {
	server        int
	arrived, left time.Duration
}

// simulate runs the script through the cluster and returns its requests as they leave.
func simulate(t *rapid.T, s *scripted, d Discipline, speeds []float64, p loadbalance.Picker[int]) (all []completion) {
	e := sim.New(1)
	err := run(e, Config{
		Balancers: []loadbalance.Picker[int]{p}, Speeds: speeds, Discipline: d, Arrivals: s, Service: s, Requests: 1,
	}, func(server int, arrived, now time.Duration) {
		if all = append(all, completion{server, arrived, now}); len(all) == len(s.works) {
			e.Stop()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// twins returns a picker and, by a twin of it, the servers that it will pick. Random and round robin look at no load, so
// the twin need not see the requests end.
func twins(t *rapid.T, servers, n int) (loadbalance.Picker[int], []int) {
	seed := rapid.Uint64().Draw(t, "seed")
	roundRobin := rapid.Bool().Draw(t, "round robin")
	make := func() (loadbalance.Picker[int], error) {
		if roundRobin {
			return loadbalance.NewRoundRobin(Endpoints(servers), rand.NewPCG(seed, 0))
		}
		return loadbalance.NewRandom(Endpoints(servers), rand.NewPCG(seed, 0))
	}
	twin, err := make()
	if err != nil {
		t.Fatal(err)
	}
	var picks []int
	for range n {
		token, err := twin.Pick(0, loadbalance.Request{})
		if err != nil {
			t.Fatal(err)
		}
		picks = append(picks, token.Endpoint().Value)
	}
	p, err := make()
	if err != nil {
		t.Fatal(err)
	}
	return p, picks
}

func TestLaw_FIFOEqualsLindley(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t, 20)
		speeds := rapid.SliceOfN(rapid.SampledFrom([]float64{0.5, 1, 1, 2, 3.7}), 1, 4).Draw(t, "speeds")
		picker, picks := twins(t, len(speeds), len(s.works))
		got := simulate(t, s, FIFO, speeds, picker)

		idleFrom := make([]time.Duration, len(speeds))
		var want []completion
		for i, to := range picks {
			work := time.Duration(float64(s.works[i])/speeds[to] + 0.5)
			idleFrom[to] = max(idleFrom[to], s.arrivals[i]) + work
			want = append(want, completion{to, s.arrivals[i], idleFrom[to]})
		}
		sortCompletions(got)
		sortCompletions(want)
		if !slices.Equal(got, want) {
			t.Fatalf("the cluster gives\n%v\nLindley's recursion\n%v", got, want)
		}
	})
}

func sortCompletions(all []completion) {
	slices.SortStableFunc(all, func(a, b completion) int {
		if a.server != b.server {
			return a.server - b.server
		}
		return int(a.left - b.left)
	})
}

// The naive model lets time pass from event to event and takes from each request present its share of the work.
func TestLaw_ProcessorSharingEqualsAnEgalitarianServer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t, 1_000_000)
		speeds := rapid.SliceOfN(rapid.SampledFrom([]float64{0.5, 1, 1, 2, 3.7}), 1, 3).Draw(t, "speeds")
		picker, picks := twins(t, len(speeds), len(s.works))
		got := map[int][]time.Duration{}
		for _, c := range simulate(t, s, ProcessorSharing, speeds, picker) {
			got[c.server] = append(got[c.server], c.left)
		}
		for server, speed := range speeds {
			var arrivals, works []float64
			for i, to := range picks {
				if to == server {
					arrivals = append(arrivals, float64(s.arrivals[i]))
					works = append(works, float64(s.works[i]))
				}
			}
			want := egalitarian(arrivals, works, speed)
			for i := range want {
				// Each departure is rounded to the nanosecond, and shifts those that share the server with it.
				if difference := float64(got[server][i]) - want[i]; difference > 100 || difference < -100 {
					t.Fatalf("departure %d from server %d: simulated at %v, by sharing step by step at %.0f ns", i, server, got[server][i], want[i])
				}
			}
			if len(want) != len(got[server]) {
				t.Fatalf("server %d completed %d requests of %d", server, len(got[server]), len(want))
			}
		}
	})
}

// egalitarian returns the departure times, ascending.
func egalitarian(arrivals, works []float64, speed float64) (departures []float64) {
	now := 0.0
	var left []float64
	for next := 0; next < len(arrivals) || len(left) > 0; {
		until, departing := 1e300, -1
		if next < len(arrivals) {
			until = arrivals[next]
		}
		for i, l := range left {
			if t := now + l*float64(len(left))/speed; t <= until {
				until, departing = t, i
			}
		}
		for i := range left {
			left[i] -= (until - now) * speed / float64(len(left))
		}
		now = until
		if departing >= 0 {
			left = slices.Delete(left, departing, departing+1)
			departures = append(departures, now)
		} else {
			left = append(left, works[next])
			next++
		}
	}
	return departures
}

// What a policy counts is what is there: when the last request has left, least connections finds all servers idle.
func TestLaw_NoRequestIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t, 20)
		d := rapid.SampledFrom([]Discipline{FIFO, ProcessorSharing}).Draw(t, "discipline")
		n := rapid.IntRange(1, 5).Draw(t, "servers")
		p, err := loadbalance.NewLeastConnections(Endpoints(n), rand.NewPCG(1, 1))
		if err != nil {
			t.Fatal(err)
		}
		if got := simulate(t, s, d, Alike(n), p); len(got) != len(s.works) {
			t.Fatalf("%d of %d requests left", len(got), len(s.works))
		}
		picked := map[int]bool{}
		for range n {
			token, err := p.Pick(0, loadbalance.Request{})
			if err != nil {
				t.Fatal(err)
			}
			picked[token.Endpoint().Value] = true
		}
		if len(picked) != n {
			t.Fatalf("afterwards only %d of %d servers seem idle", len(picked), n)
		}
	})
}

// Run measures the requests between the warm-up and the end, in the order of completion, and no others.
func TestLaw_RunMeasuresWhatItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t, 20)
		n := rapid.IntRange(1, 4).Draw(t, "servers")
		warmUp := rapid.IntRange(0, len(s.works)-1).Draw(t, "warm-up")
		requests := rapid.IntRange(1, len(s.works)-warmUp).Draw(t, "requests")
		d := rapid.SampledFrom([]Discipline{FIFO, ProcessorSharing}).Draw(t, "discipline")
		picker := func() loadbalance.Picker[int] {
			p, err := loadbalance.NewLeastConnections(Endpoints(n), rand.NewPCG(1, 1))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		all := simulate(t, s, d, Alike(n), picker())
		s.arrived, s.drawn = 0, 0
		result, err := Run(sim.New(1), Config{
			Balancers: []loadbalance.Picker[int]{picker()}, Speeds: Alike(n), Discipline: d, Arrivals: s, Service: s,
			WarmUp: warmUp, Requests: requests,
		})
		if err != nil {
			t.Fatal(err)
		}
		var want stats.Histogram
		served := make([]int, n)
		for _, c := range all[warmUp : warmUp+requests] {
			want.Record(c.left - c.arrived)
			served[c.server]++
		}
		if result.Times != want || !slices.Equal(result.Served, served) {
			t.Fatalf("measured %d requests, %v by server; should be %d, %v", result.Times.Count(), result.Served, want.Count(), served)
		}
	})
}

// The places of requests that have left are used again: memory follows what is in the system, not the length of the run.
func TestPlacesAreUsedAgain(t *testing.T) {
	for _, d := range []Discipline{FIFO, ProcessorSharing} {
		picker, err := loadbalance.NewRoundRobin(Endpoints(2), rand.NewPCG(1, 1))
		require.NoError(t, err)
		arrivals, err := workload.NewRegular(1)
		require.NoError(t, err)
		service, err := workload.NewDeterministic(time.Second)
		require.NoError(t, err)
		run := func(n int) float64 {
			return testing.AllocsPerRun(3, func() {
				_, err := Run(sim.New(1), Config{
					Balancers: []loadbalance.Picker[int]{picker}, Speeds: Alike(2), Discipline: d, Arrivals: arrivals, Service: service, Requests: n,
				})
				require.NoError(t, err)
			})
		}
		require.Less(t, run(50_000), run(100)+5, "discipline %d", d)
	}
}

// What balancers are told is what is there: every report names a server's queue at that moment.
func TestLaw_ReportsTellTheQueues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t, 20)
		refresh := time.Duration(rapid.IntRange(1, 50).Draw(t, "refresh"))
		picker, picks := twins(t, 3, len(s.works))
		told := &listener{Picker: picker}
		var left []completion
		e := sim.New(1)
		err := run(e, Config{
			Balancers: []loadbalance.Picker[int]{told}, Refresh: refresh, Speeds: Alike(3), Arrivals: s, Service: s, Requests: 1,
		}, func(server int, arrived, now time.Duration) {
			if left = append(left, completion{server, arrived, now}); len(left) == len(s.works) {
				e.Stop()
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range told.reports {
			if r.at%refresh != 0 {
				t.Fatalf("a report came at %v, they are due every %v", r.at, refresh)
			}
			arrived, departed := 0, 0
			arrivedOrNow, departedOrNow := 0, 0 // events at the very instant may come before or after
			for i, to := range picks {
				if to == r.server && s.arrivals[i] < r.at {
					arrived++
				}
				if to == r.server && s.arrivals[i] <= r.at {
					arrivedOrNow++
				}
			}
			for _, c := range left {
				if c.server == r.server && c.left < r.at {
					departed++
				}
				if c.server == r.server && c.left <= r.at {
					departedOrNow++
				}
			}
			if r.load < arrived-departedOrNow || r.load > arrivedOrNow-departed {
				t.Fatalf("at %v server %d is reported to hold %d requests: %d came, %d left", r.at, r.server, r.load, arrivedOrNow, departed)
			}
		}
		end := left[len(left)-1].left
		if want := 3 * (int(end/refresh) + 1); len(told.reports) < want-3 || len(told.reports) > want {
			t.Fatalf("%d reports up to %v, %d are due", len(told.reports), end, want)
		}
	})
}

// listener writes down the reports that a picker gets.
type listener struct {
	loadbalance.Picker[int]
	reports []report
}

type report struct {
	at           time.Duration
	server, load int
}

func (l *listener) Report(now time.Duration, id string, load int) error {
	server, err := strconv.Atoi(id)
	l.reports = append(l.reports, report{now, server, load})
	return err
}

func TestRunRefuses(t *testing.T) {
	picker, err := loadbalance.NewRandom(Endpoints(1), nil)
	require.NoError(t, err)
	s := &scripted{arrivals: []time.Duration{1, 2}, works: []time.Duration{1, 1}}
	config := Config{Balancers: []loadbalance.Picker[int]{picker}, Speeds: Alike(1), Arrivals: s, Service: s, Requests: 3}
	_, err = Run(sim.New(1), config)
	require.EqualError(t, err, "balancesim: the run ended after 2 of 3 requests")

	e := sim.New(1)
	e.After(time.Second, func() {})
	_, err = Run(e, config)
	require.EqualError(t, err, "balancesim: the engine must have no events: 1 wait")
}

func TestBadConfig(t *testing.T) {
	picker, err := loadbalance.NewRandom(Endpoints(2), nil)
	require.NoError(t, err)
	s := &scripted{arrivals: []time.Duration{1}, works: []time.Duration{1}}
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{"balancesim: a cluster must have a balancer", func(c *Config) { c.Balancers = nil }},
		{"balancesim: a balancer must not be nil", func(c *Config) { c.Balancers = append(c.Balancers, nil) }},
		{"balancesim: the time between reports must not be negative: -1ns", func(c *Config) { c.Refresh = -1 }},
		{"balancesim: a cluster must have a server", func(c *Config) { c.Speeds = nil }},
		{"balancesim: arrivals must be given", func(c *Config) { c.Arrivals = nil }},
		{"balancesim: service times must be given", func(c *Config) { c.Service = nil }},
		{"balancesim: no such discipline: 7", func(c *Config) { c.Discipline = 7 }},
		{"balancesim: the warm-up must not be negative: -1", func(c *Config) { c.WarmUp = -1 }},
		{"balancesim: the number of requests must be positive: 0", func(c *Config) { c.Requests = 0 }},
		{"balancesim: a speed must lie in [1e-06, 1e+06]: 0 of server 1", func(c *Config) { c.Speeds = []float64{1, 0} }},
		{"balancesim: a speed must lie in [1e-06, 1e+06]: NaN of server 0", func(c *Config) { c.Speeds[0] = nan() }},
		{"balancesim: a speed must lie in [1e-06, 1e+06]: -1 of server 0", func(c *Config) { c.Speeds[0] = -1 }},
		{"balancesim: warm-up and requests must not exceed 9223372036854775807 together: 9223372036854775807 and 1", func(c *Config) { c.WarmUp = 1<<63 - 1 }},
		{`balancesim: an endpoint's value must be the index of one of 1 servers: 1 of "1"`, func(c *Config) {
			other, _ := loadbalance.NewRoundRobin([]loadbalance.Endpoint[int]{{ID: "1", Value: 1}}, nil)
			c.Balancers = []loadbalance.Picker[int]{other}
			c.Speeds = Alike(1)
		}},
	} {
		config := Config{Balancers: []loadbalance.Picker[int]{picker}, Speeds: Alike(2), Arrivals: s, Service: s, Requests: 1}
		c.change(&config)
		_, err := Run(sim.New(1), config)
		require.EqualError(t, err, c.want)
	}
}

func nan() float64 { zero := 0.0; return zero / zero }
