package limiting

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// Fairness draws what each client wants of a limit that all share against what it receives, for each way of sharing. Requests
// are Poisson processes, and the limit's burst is three times what a period admits, and one, with every policy.
//
// Fair is what max-min (water-filling) gives to steady demands. In data.csv jain is Jain's index of received over fair, and used the
// part of the limit that all clients together received; both are the same in all rows of a policy. exact is what the policy
// gives to steady demands. In rows with greedy_asks_times 2 the client that wants most asks twice as often as wanted_per_s
// says, as one does that tries again.
var Fairness = fairness(allSharers, judge.Effort{})

// sharer is a way of sharing a limit, as this experiment knows it.
type sharer struct {
	name  string
	label string
	color chart.Color
	make  func(limit ratelimit.Limit, period time.Duration, clients int) (limitsim.Sharer, error)

	exact func(limit float64, wanted []float64) ([]float64, error) // for steady demands
}

// allSharers begin with the naive baseline.
var allSharers = []sharer{
	{name: "first-come", label: "first come", color: chart.Baseline, exact: steady(ratelimit.Proportional),
		make: func(l ratelimit.Limit, _ time.Duration, _ int) (limitsim.Sharer, error) {
			return limitsim.FirstCome(l)
		}},
	{name: "equal-parts", label: "equal parts", color: chart.Orange, exact: equalParts,
		make: func(l ratelimit.Limit, _ time.Duration, clients int) (limitsim.Sharer, error) {
			return limitsim.EqualSplit(l, clients)
		}},
	{name: "proportional", label: "proportional", color: chart.Pink, exact: steady(ratelimit.Proportional), make: sharing(ratelimit.Proportional)},
	{name: "max-min", label: "max-min", color: chart.Green, exact: steady(ratelimit.MaxMin), make: sharing(ratelimit.MaxMin)},
}

func sharing(split ratelimit.Split) func(ratelimit.Limit, time.Duration, int) (limitsim.Sharer, error) {
	return func(limit ratelimit.Limit, period time.Duration, clients int) (limitsim.Sharer, error) {
		return ratelimit.NewSharing(ratelimit.SharingConfig[int]{Limit: limit, Period: period, Split: split, Clients: clients})
	}
}

func steady(split ratelimit.Split) func(float64, []float64) ([]float64, error) {
	return func(limit float64, wanted []float64) ([]float64, error) {
		return limitsim.FluidSplit(split, limit, wanted)
	}
}

func equalParts(limit float64, wanted []float64) ([]float64, error) {
	parts := slices.Clone(wanted)
	for i := range parts {
		parts[i] = min(parts[i], limit/float64(len(parts)))
	}
	return parts, nil
}

func fairness(sharers []sharer, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "fairness",
		Topic:    "limiting",
		Question: "Who gets how much when clients who want more and less share one limit?",
		Guide:    []string{"rl.fairness"},
		Packages: []string{"ratelimit.Sharing", "ratelimit.MaxMin", "ratelimit.Proportional", "ratelimit.GCRA", "ratelimit/limitsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			f := &fairnessRun{sharers: sharers, effort: effort}
			f.wanted = p.Floats("wanted", []float64{10, 20, 50, 80, 400, 1000}, "requests a second", "what each client asks for", lab.Within(0.01, 100_000))
			f.limit = p.Float("limit", 600, "requests a second", "what all clients together may have", lab.Within(0.1, 100_000))
			f.period = p.Duration("period", time.Second, "how long a quota lasts, where there are quotas", lab.Within(time.Millisecond, time.Minute))
			var names []string
			for _, s := range sharers {
				names = append(names, s.name)
			}
			f.asked = p.Choices("policy", names, names, "ways of sharing")
			p.Refuse(f.unfit())
			return f.run
		},
	}
}

type fairnessRun struct {
	sharers []sharer
	effort  judge.Effort
	wanted  []float64 // ascending in a run
	limit   float64
	period  time.Duration
	asked   []string

	fair    []float64
	results map[string]*shared // by policy
}

// shared is what one policy came to.
type shared struct {
	exact           []float64
	asked, received [][]float64 // by client and run
	jain, used      []float64   // of each run
	again           [][]float64 // received, when the client that wants most asks twice as often
	againJain       []float64
	againUsed       []float64
}

func (f *fairnessRun) total() (sum float64) {
	for _, w := range f.wanted {
		sum += w
	}
	return sum
}

// length is how long a run takes. The burst that the limit begins with is three periods' worth, and one: who wants a sixth more than
// they may have has spent it after twenty. What is measured is twenty periods at the least, and more until there are many requests:
// whole periods, because the greedy use up a quota as a period begins.
func (f *fairnessRun) length(full bool) (warmUp, length time.Duration) {
	requests := 160_000.0
	if full {
		requests *= 5
	}
	if f.effort.Tiny {
		return f.period, 2 * f.period
	}
	periods := math.Ceil(max(20, min(requests/f.total()/f.period.Seconds(), 1e6)))
	return 20 * f.period, time.Duration(periods) * f.period
}

func (f *fairnessRun) unfit() error {
	const mostClients, mostRequests = 100, 20_000_000
	if len(f.wanted) > mostClients {
		return fmt.Errorf("-wanted must have at most %d clients: %d", mostClients, len(f.wanted))
	}
	if in := f.limit * f.period.Seconds(); in < float64(len(f.wanted)) {
		return fmt.Errorf("-limit and -period must let each client have a request in each period: %v in %v is %.3g for %d clients",
			f.limit, f.period, in, len(f.wanted))
	}
	warmUp, length := f.length(false)
	if requests := (warmUp + length).Seconds() * f.total(); requests > mostRequests {
		return fmt.Errorf("-wanted and -period must leave a run at most %d requests: %.0f a second for %v are %.0f",
			mostRequests, f.total(), warmUp+length, requests)
	}
	return nil
}

func (f *fairnessRun) run(r *lab.Run) error {
	slices.Sort(f.wanted)
	var err error
	if f.fair, err = limitsim.FluidSplit(ratelimit.MaxMin, f.limit, f.wanted); err != nil {
		return err
	}
	runs := f.effort.Runs(24, 40, r.Full)
	table := r.Table("policy", "client", "greedy_asks_times", "wanted_per_s", "received_per_s", "low_per_s", "high_per_s", "runs",
		"fair_per_s", "exact_per_s", "jain", "used")
	f.results = map[string]*shared{}
	for _, policy := range f.sharers {
		if !slices.Contains(f.asked, policy.name) {
			continue
		}
		r.Progress("%s, wanted %v", policy.label, f.wanted)
		s, err := f.measure(r, runs, policy)
		if err != nil {
			return fmt.Errorf("%s: %w", policy.name, err)
		}
		f.results[policy.name] = s
		for times, of := range [...]struct {
			received   [][]float64
			jain, used []float64
		}{{s.received, s.jain, s.used}, {s.again, s.againJain, s.againUsed}} {
			for i, wanted := range f.wanted {
				interval, err := judge.Charted(of.received[i])
				if err != nil {
					return err
				}
				exact := any(s.exact[i])
				if times > 0 {
					exact = nil
				}
				table.Row(policy.name, i+1, times+1, wanted, interval.Estimate, interval.Low, interval.High, runs,
					f.fair[i], exact, judge.Mean(of.jain), judge.Mean(of.used))
			}
		}
	}
	f.findings(r)
	figure, err := f.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// measure replicates one policy, as wanted and with the last client asking twice as often.
func (f *fairnessRun) measure(r *lab.Run, runs int, policy sharer) (s *shared, err error) {
	s = &shared{}
	if s.exact, err = policy.exact(f.limit, f.wanted); err != nil {
		return nil, err
	}
	if s.asked, s.received, s.jain, s.used, err = f.replicate(r, runs, policy, f.wanted); err != nil {
		return nil, err
	}
	greedy := slices.Clone(f.wanted)
	greedy[len(greedy)-1] *= 2
	_, s.again, s.againJain, s.againUsed, err = f.replicate(r, runs, policy, greedy)
	return s, err
}

func (f *fairnessRun) replicate(r *lab.Run, runs int, policy sharer, wanted []float64) (asked, received [][]float64, jain, used []float64, err error) {
	warmUp, length := f.length(r.Full)
	burst := 3*int(math.Ceil(f.limit*f.period.Seconds())) + 1
	all, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) (limitsim.Shares, error) {
		sharer, err := policy.make(ratelimit.Limit{Rate: ratelimit.PerSecond(f.limit), Burst: burst}, f.period, len(wanted))
		if err != nil {
			return limitsim.Shares{}, err
		}
		return limitsim.RunSharing(e, limitsim.Sharing{Wanted: wanted, Sharer: sharer, WarmUp: warmUp, Length: length})
	})
	if err != nil {
		return nil, nil, nil, nil, err
	}
	asked, received = make([][]float64, len(wanted)), make([][]float64, len(wanted))
	for _, shares := range all {
		sum := 0.0
		for i := range wanted {
			asked[i] = append(asked[i], shares.Asked[i])
			received[i] = append(received[i], shares.Received[i])
			sum += shares.Received[i]
		}
		index, err := limitsim.Jain(shares.Received, f.fair)
		if err != nil {
			return nil, nil, nil, nil, err
		}
		jain, used = append(jain, index), append(used, sum/f.limit)
	}
	return asked, received, jain, used, nil
}
