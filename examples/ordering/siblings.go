package ordering

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// Siblings lets clients write one key, each giving what the answer to its last write told it to have seen, and counts the values that the server
// holds: under one version vector for all of them, and in a dotted set. Clients take turns at one server; or who writes next is drawn; or it is
// drawn and there are several servers, each with clients of its own, that sync now and then. What is expected at one server is exact, and
// dashed.
//
// In data.csv siblings is how many values are held after so many writes, the mean of all runs with its 95% interval in low and high, which are empty where
// nothing is drawn; exact is empty for more than one server.
var Siblings = siblings(bothSets, judge.Effort{})

// keeping is a kind of set, as this experiment knows it.
type keeping struct {
	name  string
	label string
	color chart.Color
	count func(w clocksim.Writers, source rand.Source) ([]int, error)
	exact func(w clocksim.Writers) (float64, error)
}

var bothSets = []keeping{
	{name: "version-vector", label: "version vector", color: versionedColor, count: clocksim.CountSiblings[clocks.Versioned[int]], exact: clocksim.VersionedSiblings},
	{name: "dotted-set", label: "dotted set", color: vectorColor, count: clocksim.CountSiblings[clocks.DottedSet[int]], exact: clocksim.DottedSiblings},
}

// The ways in which clients write.
const (
	inTurn   = "in-turn"
	atRandom = "at-random"
	synced   = "synced"
)

func siblings(sets []keeping, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "siblings",
		Topic:    "ordering",
		Question: "How many siblings are there when several clients write one key again and again?",
		Guide:    []string{"clk.vector"},
		Packages: []string{"clocks.DottedSet", "clocks.Versioned", "clocks/clocksim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			s := &siblingsRun{sets: sets, effort: effort}
			s.clients = p.Ints("clients", []int{2, 3, 5, 10, 20}, "clients", "that write the key", lab.Within(1, 200))
			s.writes = p.Int("writes", 101, "writes", "of all clients together", lab.Within(2, 2_000))
			s.replicas = p.Int("replicas", 3, "servers", "where there are several", lab.Within(2, 20))
			s.sync = p.Int("sync", 5, "writes", "between two syncs of all servers", lab.Within(1, 2_000))
			p.Refuse(s.unfit())
			return s.run
		},
	}
}

type siblingsRun struct {
	sets     []keeping
	effort   judge.Effort
	clients  []int // ascending in a run
	writes   int
	replicas int
	sync     int

	results []kept
}

// kept is what one kind of set holds, run by run; there is one run where nothing is drawn.
type kept struct {
	keeping
	writers string
	clients int
	held    []float64 // after all writes
	most    float64   // after any write, in any run
	course  []float64 // after each write, in the first run
	exact   float64   // NaN if it is not known
}

// unfit bounds the work: under one vector a write takes time in proportion to what is held.
func (s *siblingsRun) unfit() error {
	const most = 20_000
	if steps := s.writes * len(s.clients); steps > most {
		return fmt.Errorf("-writes must be at most %d for so many -clients: %d for %d numbers of them", most/len(s.clients), s.writes, len(s.clients))
	}
	return nil
}

func (s *siblingsRun) run(r *lab.Run) error {
	slices.Sort(s.clients)
	table := r.Table("clock", "writers", "clients", "servers", "writes", "runs", "siblings", "low", "high", "exact")
	s.results = nil
	for _, writers := range []string{inTurn, atRandom, synced} {
		for _, clients := range s.clients {
			w := clocksim.Writers{Clients: clients, Replicas: 1, Writes: s.writes, Random: writers != inTurn}
			if writers == synced {
				w.Replicas, w.Sync = s.replicas, s.sync
			}
			for _, set := range s.sets {
				r.Progress("%s, %d clients %s", set.label, clients, writers)
				k, err := s.measure(r, set, writers, w)
				if err != nil {
					return fmt.Errorf("%s, %d clients: %w", set.name, clients, err)
				}
				siblings, low, high := k.held[0], any(nil), any(nil)
				if w.Random {
					interval, err := judge.Charted(k.held)
					if err != nil {
						return err
					}
					siblings, low, high = interval.Estimate, interval.Low, interval.High
				}
				table.Row(set.name, writers, clients, w.Replicas, s.writes, len(k.held), siblings, low, high, k.exact)
				s.results = append(s.results, k)
			}
		}
	}
	s.findings(r)
	figure, err := s.figure()
	if err == nil {
		r.Figure(figure)
	}
	return err
}

func (s *siblingsRun) measure(r *lab.Run, set keeping, writers string, w clocksim.Writers) (k kept, err error) {
	k = kept{keeping: set, writers: writers, clients: w.Clients, exact: math.NaN()}
	if w.Replicas == 1 {
		if k.exact, err = set.exact(w); err != nil {
			return k, err
		}
	}
	runs := 1
	if w.Random {
		runs = s.effort.Runs(200, 2_000, r.Full)
	}
	all, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) ([]int, error) { return set.count(w, e.Stream("writers")) })
	if err != nil {
		return k, err
	}
	for _, held := range all {
		k.held = append(k.held, float64(held[len(held)-1]))
		k.most = max(k.most, float64(slices.Max(held)))
	}
	for _, held := range all[0] {
		k.course = append(k.course, float64(held))
	}
	return k, nil
}

// of are the results of one kind of set for some way of writing, by clients.
func (s *siblingsRun) of(name, writers string) (all []kept) {
	for _, k := range s.results {
		if k.name == name && k.writers == writers {
			all = append(all, k)
		}
	}
	return all
}
