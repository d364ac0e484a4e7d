package placing

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// EpochSkew lets clients hold old tables while nodes change, and counts the requests that reach a node that is not the owner. Each client
// fetches the current table at the times of a Poisson process, so it hears of a change after an exponential delay; the mean delay is the unit
// of time.
//
// On the left one node joins, and the share is drawn against the time since. On the right nodes are replaced one by one, the oldest first, at
// the times of another Poisson process, for ever. Modulo hashing has its nodes in a list, in the order in which they joined. Anchor hash
// gives a new node the place of the one that it replaces, which is why it moves half of what a ring moves.
//
// In data.csv event is join, leave (the oldest node does) or replacements, delays the time since in mean delays, and changes the
// replacements in a mean delay. exact is what it is on average over hash functions. For a Maglev table, after one change, it is the
// share that its tables move times the share of clients that have not heard, exp(-delays).
var EpochSkew = epochSkew(skewPlacements, ringsim.SpreadNews, judge.Effort{})

// skewPlacements are those of the table, but a Maglev table has as many entries as resize asks for, 400 a node: larger ones take long to make
// again and again.
var skewPlacements = func() []placement {
	all := slices.Clone(allPlacements)
	i := slices.IndexFunc(all, func(p placement) bool { return p.name == "maglev" })
	all[i].scheme = func(m making) hashring.Scheme {
		options := hashring.MaglevOptions{Hashing: hashring.Hashing{Seed: m.seed}} // whose default is for more nodes
		for _, prime := range []int{32749, 16381, 8191, 4093} {
			if prime >= 400*(m.nodes-1) {
				options.Size = prime
			}
		}
		return hashring.ByMaglev(options)
	}
	return all
}()

// spreadNews is [ringsim.SpreadNews], or what a test plants.
type spreadNews func(*sim.Engine, ringsim.News) ([]float64, error)

func epochSkew(placements []placement, spread spreadNews, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "epoch-skew",
		Topic:    "placing",
		Question: "How many requests go to the wrong node while clients still have old tables?",
		Guide:    []string{"part.move"},
		Packages: []string{"hashring.Ring", "hashring.Anchor", "hashring.Maglev", "hashring.Diff", "hashring/ringsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			s := &skewRun{placements: placements, spread: spread, effort: effort}
			s.nodes = p.Int("nodes", 20, "nodes", "of which one joins, leaves or is replaced", lab.Within(2, 200))
			s.rates = p.Floats("changes", []float64{0.01, 0.03, 0.1, 0.3, 1}, "a mean delay", "nodes replaced while a change spreads", lab.Within(0.01, 20))
			s.asked = p.Choices("placement", []string{"modulo", "ring", "anchor", "maglev"}, []string{"modulo", "ring", "rendezvous", "anchor", "maglev"}, "placements")
			return s.run
		},
	}
}

type skewRun struct {
	placements []placement
	spread     spreadNews
	effort     judge.Effort
	nodes      int
	rates      []float64 // ascending in a run
	asked      []string

	results map[string]*skewed
}

// skewed is what one placement came to.
type skewed struct {
	join, leave [][]float64  // by time and run: the misrouted share
	moved       [2][]float64 // by run: the share of the keys that moves when one joins, and leaves; of Maglev tables
	churn       [][]float64  // by rate and run
}

const delay = time.Second // the unit: a mean delay

// since are the times after a change, in mean delays.
var since = []float64{0, 0.5, 1, 1.5, 2, 2.5, 3}

func (s *skewRun) scheme(of placement, seed uint64) hashring.Scheme {
	return of.scheme(making{nodes: s.nodes + 1, seed: seed})
}

func (s *skewRun) run(r *lab.Run) error {
	slices.Sort(s.rates)
	runs := s.effort.Runs(24, 60, r.Full)
	table := r.Table("placement", "event", "delays", "changes", "misrouted", "low", "high", "runs", "exact")
	s.results = map[string]*skewed{}
	placements := chosen(s.placements, s.asked)
	for _, of := range placements {
		s.results[of.name] = &skewed{}
		r.Progress("%s, one change", of.label)
		if err := s.oneChange(r.Seed, runs, of); err != nil {
			return fmt.Errorf("%s: %w", of.name, err)
		}
	}
	r.Progress("changes in a mean delay %v", s.rates)
	if err := s.churn(r.Seed, runs, placements); err != nil {
		return err
	}
	for _, of := range placements {
		result := s.results[of.name]
		for _, event := range []struct {
			name string
			runs [][]float64
			at   func(i int) (delays, changes any, exact float64)
		}{
			{"join", result.join, func(i int) (any, any, float64) { return since[i], nil, s.exactSince(of.name, 0, since[i]) }},
			{"leave", result.leave, func(i int) (any, any, float64) { return since[i], nil, s.exactSince(of.name, 1, since[i]) }},
			{"replacements", result.churn, func(i int) (any, any, float64) { return nil, s.rates[i], s.exactChurn(of.name, s.rates[i]) }},
		} {
			for i := range event.runs {
				interval, err := judge.Charted(event.runs[i])
				if err != nil {
					return err
				}
				delays, changes, exact := event.at(i)
				table.Row(of.name, event.name, delays, changes, interval.Estimate, interval.Low, interval.High, runs, exact)
			}
		}
	}
	s.findings(r)
	figure, err := s.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// oneChange measures one node that joins, and one that leaves.
func (s *skewRun) oneChange(seed uint64, runs int, of placement) error {
	type both struct {
		shares [2][]float64
		moved  [2]float64
	}
	clients, requests := 500, 4
	if s.effort.Tiny {
		clients = 20
	}
	times := make([]time.Duration, len(since))
	for i, t := range since {
		times[i] = time.Duration(t * float64(delay))
	}
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) (b both, err error) {
		members := ringsim.Members(s.nodes + 1)
		before, err := s.scheme(of, e.Stream("placement").Uint64())(members[:s.nodes])
		if err != nil {
			return b, err
		}
		for i, now := range [][]hashring.Member{members, members[1:s.nodes]} {
			after, err := before.With(now)
			if err != nil {
				return b, err
			}
			if b.moved[i], err = movedShare(of, before, after); err != nil {
				return b, err
			}
			b.shares[i], err = s.spread(e, ringsim.News{
				Before: before, After: after, Clients: clients, MeanDelay: delay, Times: times, Requests: requests,
			})
			if err != nil {
				return b, err
			}
		}
		return b, nil
	})
	result := s.results[of.name]
	for i := range since {
		result.join = append(result.join, judge.Column(all, func(b both) float64 { return b.shares[0][i] }))
		result.leave = append(result.leave, judge.Column(all, func(b both) float64 { return b.shares[1][i] }))
	}
	for i := range result.moved {
		result.moved[i] = judge.Column(all, func(b both) float64 { return b.moved[i] })
	}
	return err
}

// movedShare is exact for Maglev tables, where no formula says it.
func movedShare(of placement, before, after hashring.Placement) (float64, error) {
	if of.name != "maglev" {
		return math.NaN(), nil
	}
	moves, err := hashring.Diff(before, after)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, m := range moves.List() {
		sum += m.Span.Share()
	}
	return sum, nil
}

// churn measures replacements, all placements on the same ones. A run is long enough for forty.
func (s *skewRun) churn(seed uint64, runs int, placements []placement) error {
	clients, changes, requests := 20, 40.0, 20_000.0
	if s.effort.Tiny {
		clients, changes, requests = 5, 4, 500
	}
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) ([]ringsim.Churned, error) {
		var tables []ringsim.Epochs
		for _, of := range placements {
			t, err := ringsim.NewRollingReplacement(s.nodes, s.scheme(of, e.Stream("placement").Uint64()), of.name == "anchor")
			if err != nil {
				return nil, err
			}
			tables = append(tables, t)
		}
		var all []ringsim.Churned
		for _, rate := range s.rates {
			delays := math.Max(4, changes/rate)
			part := requests / delays / float64(clients) // of a client in a mean delay
			if rate > 0.5 {
				part /= 4 // most clients are behind, so fewer requests do
			}
			one := sim.New(e.Stream(fmt.Sprintf("%v changes", rate)).Uint64()) // so that rates do not depend on one another
			churned, err := ringsim.RunChurn(one, ringsim.Churn{
				Tables: tables, Changes: rate, Clients: clients, MeanDelay: delay,
				Length: time.Duration(delays * float64(delay)), Requests: part,
			})
			one.Close()
			if err != nil {
				return nil, fmt.Errorf("%v changes in a mean delay: %w", rate, err)
			}
			all = append(all, churned)
		}
		return all, nil
	})
	for i, of := range placements {
		for j := range s.rates {
			s.results[of.name].churn = append(s.results[of.name].churn, judge.Column(all, func(c []ringsim.Churned) float64 { return c[j].Misrouted[i] }))
		}
	}
	return err
}

// exactMoved is the share of the keys that move when one node joins (0) or leaves (1), on average over hash functions.
func (s *skewRun) exactMoved(name string, event int) float64 {
	larger := float64(s.nodes + 1 - event) // the larger one of the numbers of nodes before and after
	switch name {
	case "modulo":
		return 1 - 1/larger
	case "maglev":
		return judge.Mean(s.results[name].moved[event])
	}
	return 1 / larger
}

func (s *skewRun) exactSince(name string, event int, delays float64) float64 {
	return s.exactMoved(name, event) * math.Exp(-delays)
}

// exactChurn is what replacements come to, on average over hash functions; NaN for Maglev tables.
func (s *skewRun) exactChurn(name string, changes float64) float64 {
	return ringsim.MeanBehind(changes, func(behind int) float64 {
		switch name {
		case "modulo": // each node's number is another one
			return math.Min(1, float64(behind))
		case "ring", "rendezvous":
			return ringsim.MisroutedAfter(behind, s.nodes)
		case "anchor":
			return ringsim.LeastMisroutedAfter(behind, s.nodes)
		}
		return math.NaN()
	})
}
