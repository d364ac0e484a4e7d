package ordering

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// LamportOrder draws executions, and asks of each pair of events of which neither could influence the other whether a clock puts it in order all the
// same: Lamport times, hybrid times and vectors, as numbers, without the names that settle ties. What share of all pairs such pairs are is
// known exactly, and dashed.
//
// An event is of any process, and with a given chance the arrival of a message of the latest event of another one. A process has an event every
// millisecond, on average; the clock of each is off by a constant, uniform within plus or minus skew.
//
// In data.csv concurrent is the share of all pairs of events that are concurrent, the mean of all runs, and concurrent_exact its expectation; put_in_order is
// the share of all pairs that are concurrent, and that the clock puts in order, with its 95% interval in low and high; of_concurrent is the same
// as a share of the concurrent pairs of all runs, and inverted the share of these whose order is not the one in which they happened. Both are empty
// if no pair is concurrent.
var LamportOrder = lamportOrder(allTimes, clocksim.DrawExecution, judge.Effort{})

// timing is a kind of clock, as this experiment knows it: how the times of two events compare, by their indices.
type timing struct {
	name  string
	label string
	color chart.Color
	times func(x clocksim.Execution, walls []time.Time, skew time.Duration) (compare func(i, j int) clocks.Order, err error)
}

var allTimes = []timing{
	{name: "lamport", label: "Lamport", color: lamportColor,
		times: func(x clocksim.Execution, _ []time.Time, _ time.Duration) (func(i, j int) clocks.Order, error) {
			all, err := clocksim.LamportTimes(x)
			return func(i, j int) clocks.Order { return inOrder(int64(all[i].Counter), int64(all[j].Counter)) }, err
		}},
	{name: "hybrid", label: "hybrid", color: hybridColor,
		times: func(x clocksim.Execution, walls []time.Time, skew time.Duration) (func(i, j int) clocks.Order, error) {
			all, err := clocksim.HybridTimes(x, walls, 2*skew+time.Second) // more than any two clocks differ
			return func(i, j int) clocks.Order { return inOrder(int64(all[i].Time), int64(all[j].Time)) }, err
		}},
	{name: "vector", label: "vector", color: vectorColor,
		times: func(x clocksim.Execution, _ []time.Time, _ time.Duration) (func(i, j int) clocks.Order, error) {
			all, err := clocksim.VectorTimes(x)
			return func(i, j int) clocks.Order { return all[i].Compare(all[j]) }, err
		}},
}

// drawing draws an execution, as clocksim.DrawExecution does.
type drawing func(processes, events int, arrivals float64, source rand.Source) (clocksim.Execution, error)

// inOrder is the order of two times; equal ones put nothing in order.
func inOrder(a, b int64) clocks.Order {
	switch {
	case a < b:
		return clocks.Before
	case a > b:
		return clocks.After
	}
	return clocks.Concurrent
}

func lamportOrder(times []timing, draw drawing, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "lamport-order",
		Topic:    "ordering",
		Question: "How many pairs of events that have nothing to do with each other do clocks put in order?",
		Guide:    []string{"clk.lamport", "clk.vector"},
		Packages: []string{"clocks.Lamport", "clocks.Hybrid", "clocks.Vector", "clocks/clocksim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			o := &orderRun{times: times, draw: draw, effort: effort}
			o.processes = p.Ints("processes", []int{3, 10, 20}, "processes", "at most six numbers of them", lab.Within(2, 64))
			o.arrivals = p.Floats("arrivals", []float64{0, 0.1, 0.2, 0.4, 0.6, 0.8, 1}, "of events", "the share that are arrivals of messages", lab.Within(0.0, 1))
			o.each = p.Int("events", 10, "events", "of each process, on average", lab.Within(2, 1_000))
			o.skew = p.Duration("skew", 500*time.Microsecond, "how far physical clocks are off at the most, either way", lab.Within(0, time.Hour))
			p.Refuse(o.unfit())
			return o.run
		},
	}
}

type orderRun struct {
	times     []timing
	draw      drawing
	effort    judge.Effort
	processes []int     // ascending in a run
	arrivals  []float64 // ascending in a run
	each      int
	skew      time.Duration

	results []ordered
}

// ordered is what one kind of clock does with executions of one kind, run by run.
type ordered struct {
	timing
	processes  int
	arrivals   float64
	exact      float64   // the expected share of pairs that are concurrent
	concurrent []float64 // of all pairs, like all that follow
	inOrder    []float64 // concurrent pairs that the clock puts in order
	inverted   []float64 // those of them that it puts in the order in which they did not happen
	missed     []float64 // pairs of which one happened before the other, and the clock does not say so
}

// ofConcurrent is the share of the concurrent pairs of all runs; NaN if there are none.
func (o ordered) ofConcurrent(part []float64) float64 {
	return judge.Mean(part) / judge.Mean(o.concurrent)
}

func (o *orderRun) unfit() error {
	const mostPanels, mostEvents, mostPairs = 6, 2_000, 2e6
	if len(o.processes) > mostPanels {
		return fmt.Errorf("-processes must be at most %d numbers: %d", mostPanels, len(o.processes))
	}
	pairs := 0.0
	for _, n := range o.processes {
		events := n * o.each
		if events > mostEvents {
			return fmt.Errorf("-processes and -events must make at most %d events: %d times %d", mostEvents, n, o.each)
		}
		pairs += float64(len(o.arrivals)) * float64(events) * float64(events-1) / 2
	}
	if pairs > mostPairs {
		return fmt.Errorf("-processes, -events and -arrivals must leave at most %.0e pairs in a run: %.1e", mostPairs, pairs)
	}
	return nil
}

func (o *orderRun) run(r *lab.Run) error {
	slices.Sort(o.processes)
	slices.Sort(o.arrivals)
	runs := o.effort.Runs(40, 200, r.Full)
	table := r.Table("clock", "processes", "arrivals", "events", "runs", "concurrent", "concurrent_exact", "put_in_order", "low", "high", "of_concurrent", "inverted")
	o.results = nil
	for _, n := range o.processes {
		r.Progress("%d processes, arrivals %v", n, o.arrivals)
		for _, arrivals := range o.arrivals {
			all, err := o.measure(r.Seed, runs, n, arrivals)
			if err != nil {
				return fmt.Errorf("%d processes: %w", n, err)
			}
			for _, m := range all {
				interval, err := judge.Charted(m.inOrder)
				if err != nil {
					return err
				}
				table.Row(m.name, n, arrivals, n*o.each, runs, judge.Mean(m.concurrent), m.exact, interval.Estimate, interval.Low, interval.High,
					m.ofConcurrent(m.inOrder), m.ofConcurrent(m.inverted))
			}
			o.results = append(o.results, all...)
		}
	}
	o.findings(r)
	figure, err := o.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// pairCounts are shares of the pairs of one execution, by kind of clock.
type pairCounts struct{ concurrent, inOrder, inverted, missed float64 }

func (o *orderRun) measure(seed uint64, runs, processes int, arrivals float64) ([]ordered, error) {
	events := processes * o.each
	before, err := clocksim.BeforeShare(processes, events, arrivals)
	if err != nil {
		return nil, err
	}
	counts, err := sim.Replicate(seed, runs, func(e *sim.Engine) ([]pairCounts, error) {
		x, err := o.draw(processes, events, arrivals, e.Stream("execution"))
		if err != nil {
			return nil, err
		}
		return o.count(x, o.walls(e, x))
	})
	if err != nil {
		return nil, err
	}
	var all []ordered
	for i, of := range o.times {
		part := func(of func(pairCounts) float64) []float64 {
			return judge.Column(counts, func(all []pairCounts) float64 { return of(all[i]) })
		}
		all = append(all, ordered{
			timing: of, processes: processes, arrivals: arrivals, exact: 1 - before,
			concurrent: part(func(c pairCounts) float64 { return c.concurrent }), inOrder: part(func(c pairCounts) float64 { return c.inOrder }),
			inverted: part(func(c pairCounts) float64 { return c.inverted }), missed: part(func(c pairCounts) float64 { return c.missed }),
		})
	}
	return all, nil
}

// walls are what the clocks of the processes show at the events, which come as a Poisson process does.
func (o *orderRun) walls(e *sim.Engine, x clocksim.Execution) []time.Time {
	const eachEvery = time.Millisecond
	offsets := make([]time.Duration, x.Processes)
	for i := range offsets {
		offsets[i] = time.Duration((2*e.Stream("offsets").Float64() - 1) * float64(o.skew))
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	walls := make([]time.Time, len(x.Events))
	for i, event := range x.Events {
		now = now.Add(time.Duration(e.Stream("times").ExpFloat64() * float64(eachEvery) / float64(x.Processes)))
		walls[i] = now.Add(offsets[event.Process])
	}
	return walls
}

func (o *orderRun) count(x clocksim.Execution, walls []time.Time) ([]pairCounts, error) {
	history, n := x.History(), float64(len(x.Events))
	share := 2 / (n * (n - 1))
	all := make([]pairCounts, len(o.times))
	for k, of := range o.times {
		compare, err := of.times(x, walls, o.skew)
		if err != nil {
			return nil, err
		}
		var concurrent, inOrder, inverted, missed int
		for j := range x.Events {
			for i := range j {
				order := compare(i, j)
				switch happened := history.Order(i, j); {
				case happened == clocks.Before && order != clocks.Before:
					missed++
				case happened == clocks.Concurrent:
					concurrent++
					if order != clocks.Concurrent {
						inOrder++
					}
					if order == clocks.After {
						inverted++
					}
				}
			}
		}
		all[k] = pairCounts{share * float64(concurrent), share * float64(inOrder), share * float64(inverted), share * float64(missed)}
	}
	return all, nil
}

// of are the results of one kind of clock for so many processes, by arrivals.
func (o *orderRun) of(name string, processes int) (all []ordered) {
	for _, m := range o.results {
		if m.name == name && m.processes == processes {
			all = append(all, m)
		}
	}
	return all
}

// shares are the least and the most of the concurrent pairs that a clock puts in order.
func (o *orderRun) shares(name string) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, m := range o.results {
		if share := m.ofConcurrent(m.inOrder); m.name == name && !math.IsNaN(share) {
			least, most = min(least, share), max(most, share)
		}
	}
	return least, most
}
