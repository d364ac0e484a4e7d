package balancesim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
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

// simulator is what runs a cluster; the laws are functions over it.
type simulator func(e *sim.Engine, c Config, observe func(server int, arrived, now time.Duration)) error

// completion is one request as it left.
type completion struct {
	server        int
	arrived, left time.Duration
}

func (c completion) String() string {
	return fmt.Sprintf("the request of %d ns leaves server %d at %d ns", c.arrived, c.server, c.left)
}

// simulate runs the script through the cluster and returns its requests as they leave.
func simulate(t *rapid.T, run simulator, s *scripted, c Config) (all []completion) {
	e := sim.New(1)
	c.Arrivals, c.Service, c.Requests = s, s, 1
	err := run(e, c, func(server int, arrived, now time.Duration) {
		if all = append(all, completion{server, arrived, now}); len(all) == len(s.works) {
			e.Stop()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// tell says what the script was, for who reads a failure; picks may be nil.
func (s *scripted) tell(speeds []float64, picks []int) string {
	var story strings.Builder
	fmt.Fprintf(&story, "servers of speed %s\n", strings.Trim(fmt.Sprint(speeds), "[]"))
	for i := range s.works {
		fmt.Fprintf(&story, "at %d ns comes %d ns of work", s.arrivals[i], s.works[i])
		if picks != nil {
			fmt.Fprintf(&story, ", to server %d", picks[i])
		}
		story.WriteString("\n")
	}
	return story.String()
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

func TestLaw_FIFOEqualsLindley(t *testing.T) { rapid.Check(t, lawLindley(run)) }

func lawLindley(run simulator) func(*rapid.T) {
	return func(t *rapid.T) {
		s := drawScript(t, 20)
		speeds := rapid.SliceOfN(rapid.SampledFrom([]float64{0.5, 1, 1, 2, 3.7}), 1, 4).Draw(t, "speeds")
		picker, picks := twins(t, len(speeds), len(s.works))
		got := simulate(t, run, s, Config{Balancers: []loadbalance.Picker[int]{picker}, Speeds: speeds, Discipline: FIFO})

		idleFrom := make([]time.Duration, len(speeds))
		var want []completion
		for i, to := range picks {
			work := time.Duration(float64(s.works[i])/speeds[to] + 0.5)
			idleFrom[to] = max(idleFrom[to], s.arrivals[i]) + work
			want = append(want, completion{to, s.arrivals[i], idleFrom[to]})
		}
		sortCompletions(got)
		sortCompletions(want)
		for i := range want {
			if i >= len(got) || got[i] != want[i] {
				instead := "it stays"
				if i < len(got) {
					instead = got[i].String()
				}
				t.Fatalf("%sby Lindley's recursion %v\nbut %v", s.tell(speeds, picks), want[i], instead)
			}
		}
		if len(got) > len(want) {
			t.Fatalf("%sbut %d requests leave", s.tell(speeds, picks), len(got))
		}
	}
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
	rapid.Check(t, lawEgalitarian(run))
}

func lawEgalitarian(run simulator) func(*rapid.T) {
	return func(t *rapid.T) {
		s := drawScript(t, 1_000_000)
		speeds := rapid.SliceOfN(rapid.SampledFrom([]float64{0.5, 1, 1, 2, 3.7}), 1, 3).Draw(t, "speeds")
		picker, picks := twins(t, len(speeds), len(s.works))
		got := map[int][]time.Duration{}
		c := Config{Balancers: []loadbalance.Picker[int]{picker}, Speeds: speeds, Discipline: ProcessorSharing}
		for _, c := range simulate(t, run, s, c) {
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
			if len(want) != len(got[server]) {
				t.Fatalf("%sbut server %d completes %d requests of %d", s.tell(speeds, picks), server, len(got[server]), len(want))
			}
			for i := range want {
				// Each departure is rounded to the nanosecond, and shifts those that share the server with it.
				if difference := float64(got[server][i]) - want[i]; difference > 100 || difference < -100 {
					t.Fatalf("%swith equal shares to those present, departure %d from server %d is at %.0f ns\nbut it is at %d ns",
						s.tell(speeds, picks), i+1, server, want[i], got[server][i])
				}
			}
		}
	}
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
func TestLaw_NoRequestIsLost(t *testing.T) { rapid.Check(t, lawNoRequestIsLost(run)) }

func lawNoRequestIsLost(run simulator) func(*rapid.T) {
	return func(t *rapid.T) {
		s := drawScript(t, 20)
		d := rapid.SampledFrom([]Discipline{FIFO, ProcessorSharing}).Draw(t, "discipline")
		n := rapid.IntRange(1, 5).Draw(t, "servers")
		p, err := loadbalance.NewLeastConnections(Endpoints(n), rand.NewPCG(1, 1))
		if err != nil {
			t.Fatal(err)
		}
		left := simulate(t, run, s, Config{Balancers: []loadbalance.Picker[int]{p}, Speeds: Alike(n), Discipline: d})
		story := s.tell(Alike(n), nil)
		if len(left) != len(s.works) {
			t.Fatalf("%sbut only %d requests leave", story, len(left))
		}
		for _, c := range left {
			story += c.String() + "\n"
		}
		var picks []int
		for range n {
			token, err := p.Pick(0, loadbalance.Request{})
			if err != nil {
				t.Fatal(err)
			}
			picks = append(picks, token.Endpoint().Value)
		}
		if slices.Sort(picks); len(slices.Compact(slices.Clone(picks))) != n {
			t.Fatalf("%sso all are idle, and least connections must pick each once\nbut it picks %v", story, picks)
		}
	}
}

// Run measures the requests between the warm-up and the end, in the order of completion, and no others.
func TestLaw_RunMeasuresWhatItSays(t *testing.T) { rapid.Check(t, lawMeasuresWhatItSays(Run)) }

func lawMeasuresWhatItSays(measure func(*sim.Engine, Config) (*Result, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		s := drawScript(t, 20)
		n := rapid.IntRange(1, 4).Draw(t, "servers")
		warmUp := rapid.IntRange(0, len(s.works)-1).Draw(t, "warm-up")
		requests := rapid.IntRange(1, len(s.works)-warmUp).Draw(t, "requests")
		c := Config{Speeds: Alike(n), Discipline: rapid.SampledFrom([]Discipline{FIFO, ProcessorSharing}).Draw(t, "discipline")}
		balancers := func() []loadbalance.Picker[int] {
			p, err := loadbalance.NewLeastConnections(Endpoints(n), rand.NewPCG(1, 1))
			if err != nil {
				t.Fatal(err)
			}
			return []loadbalance.Picker[int]{p}
		}
		c.Balancers = balancers()
		all := simulate(t, run, s, c)
		s.arrived, s.drawn = 0, 0
		c.Balancers, c.Arrivals, c.Service, c.WarmUp, c.Requests = balancers(), s, s, warmUp, requests
		result, err := measure(sim.New(1), c)
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
			story := ""
			for i, c := range all {
				if story += c.String(); i >= warmUp && i < warmUp+requests {
					story += fmt.Sprintf(": after a warm-up of %d, to be measured", warmUp)
				}
				story += "\n"
			}
			t.Fatalf("%sbut the times measured are %s, and %v by server", story, inOrder(&result.Times), result.Served)
		}
	}
}

// inOrder are the times in a histogram, ascending.
func inOrder(h *stats.Histogram) string {
	var all []string
	for i := range h.Count() {
		q, err := h.Quantile(float64(i+1) / float64(h.Count()))
		if err != nil {
			return err.Error()
		}
		all = append(all, fmt.Sprintf("%d ns", q))
	}
	return strings.Join(all, ", ")
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
func TestLaw_ReportsTellTheQueues(t *testing.T) { rapid.Check(t, lawReportsTellTheQueues(run)) }

func lawReportsTellTheQueues(run simulator) func(*rapid.T) {
	return func(t *rapid.T) {
		s := drawScript(t, 20)
		refresh := time.Duration(rapid.IntRange(1, 50).Draw(t, "refresh"))
		picker, picks := twins(t, 3, len(s.works))
		told := &listener{Picker: picker}
		left := simulate(t, run, s, Config{Balancers: []loadbalance.Picker[int]{told}, Refresh: refresh, Speeds: Alike(3)})
		story := func() string {
			story := s.tell(Alike(3), picks)
			for _, c := range left {
				story += c.String() + "\n"
			}
			return story + fmt.Sprintf("reports every %d ns\n", refresh)
		}
		for _, r := range told.reports {
			if r.at%refresh != 0 {
				t.Fatalf("%sbut one comes at %d ns", story(), r.at)
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
				t.Fatalf("%sbut at %d ns server %d is reported to hold %d, when %d came and %d left", story(), r.at, r.server, r.load, arrivedOrNow, departed)
			}
		}
		end := left[len(left)-1].left
		if want := 3 * (int(end/refresh) + 1); len(told.reports) < want-3 || len(told.reports) > want {
			t.Fatalf("%sbut up to %d ns there are %d, of %d that are due", story(), end, len(told.reports), want)
		}
	}
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

	s.arrived, s.drawn = 0, 0
	config.Refresh = time.Nanosecond
	_, err = Run(sim.New(1), config)
	require.EqualError(t, err, "balancesim: the run ended after 2 of 3 requests", "reports end with the traffic")

	s.arrived, s.drawn, config.Refresh = 0, 0, 0
	config.Balancers = []loadbalance.Picker[int]{nobody{picker}}
	_, err = Run(sim.New(1), config)
	require.EqualError(t, err, "balancesim: a picker must name an endpoint or return an error: it returned an empty token")
	config.Balancers = []loadbalance.Picker[int]{picker}

	e := sim.New(1)
	e.After(time.Second, func() {})
	_, err = Run(e, config)
	require.EqualError(t, err, "balancesim: the engine must have no events: 1 wait")
}

// nobody picks nobody.
type nobody struct{ loadbalance.Picker[int] }

func (nobody) Pick(time.Duration, loadbalance.Request) (loadbalance.Token[int], error) {
	return loadbalance.Token[int]{}, nil
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
