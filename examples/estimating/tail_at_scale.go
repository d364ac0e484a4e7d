package estimating

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// TailAtScale draws requests that make many calls, each slow with a small probability and independently of the others, and counts those that see a slow
// one. With -serial the chart shows how long they take, in the mean, if they make the calls at once or one after the other; what is simulated, and data.csv,
// are the same. Dashed is what is exact; grey is one call, which is what a request is taken for by who looks at the servers' own percentiles.
//
// In data.csv slow_call is the probability of a call to be slow and slow_requests the share of requests with a slow one; in_turn_ms and at_once_ms are mean
// latencies. Each is a mean of all runs with its 95% interval and its exact value.
var TailAtScale = tailAtScale(tailParts{estimatesim.FanOut, estimate.TailOfAll}, judge.Effort{})

// tailParts are what findings are about, so that tests can plant others.
type tailParts struct {
	fanOut func(call workload.ServiceTime, after []int, slow time.Duration, requests int, r *rand.Rand) ([]estimatesim.FannedOut, error)
	tail   func(p float64, k int) (float64, error)
}

func tailAtScale(parts tailParts, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "tail-at-scale",
		Topic:    "estimating",
		Question: "How often is a request slow that makes many calls, each of which seldom is?",
		Guide:    []string{"est.fanout", "est.chatty"},
		Packages: []string{"estimate.TailOfAll", "estimate/estimatesim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			t := &tailRun{tailParts: parts, effort: effort}
			t.calls = p.Ints("calls", []int{1, 2, 5, 10, 20, 50, 100}, "calls", "of a request", lab.Within(1, 1_000))
			t.chances = p.Floats("slow", []float64{0.005, 0.01, 0.05}, "of calls", "that are slow; at most three numbers", lab.Within(0.0, 1))
			t.fast = p.Duration("fast", 10*time.Millisecond, "how long a call takes", lab.Within(time.Microsecond, time.Minute))
			t.times = p.Float("times", 100, "", "how many times as long a slow one takes", lab.Within(1.1, 10_000))
			t.serial = p.Bool("serial", false, "draw how long calls take in turn and at once, instead of how often one is slow")
			p.Refuse(t.fits())
			return t.run
		},
	}
}

type tailRun struct {
	tailParts
	effort  judge.Effort
	calls   []int     // ascending in a run
	chances []float64 // ascending in a run
	fast    time.Duration
	times   float64
	serial  bool

	results []fannedOut
}

// fannedOut is requests of so many calls, run by run.
type fannedOut struct {
	chance               float64
	calls                int
	slow, atOnce, inTurn measured
}

// measured is a number, run by run, and what it is exactly.
type measured struct {
	runs  []float64
	exact float64
	rare  bool // nearly all runs are alike, so that their interval says nothing
}

func (t *tailRun) fits() error {
	const mostPanels = 3
	if len(t.chances) > mostPanels {
		return fmt.Errorf("-slow must be at most %d numbers: %d", mostPanels, len(t.chances))
	}
	return nil
}

func (t *tailRun) run(r *lab.Run) error {
	slices.Sort(t.calls)
	slices.Sort(t.chances)
	runs := t.effort.Runs(40, 200, r.Full)
	table := r.Table("slow_call", "calls", "runs", "slow_requests_exact", "slow_requests", "slow_requests_low", "slow_requests_high",
		"at_once_exact_ms", "at_once_ms", "at_once_low_ms", "at_once_high_ms", "in_turn_exact_ms", "in_turn_ms", "in_turn_low_ms", "in_turn_high_ms")
	t.results = nil
	for _, chance := range t.chances {
		r.Progress("%v of calls are slow", chance)
		all, err := t.measure(r.Seed, runs, chance)
		if err != nil {
			return fmt.Errorf("%v slow: %w", chance, err)
		}
		for _, f := range all {
			row := []any{chance, f.calls, runs}
			for _, m := range []measured{f.slow, f.atOnce, f.inTurn} {
				interval, err := judge.Charted(m.runs)
				if err != nil {
					return err
				}
				row = append(row, m.exact, interval.Estimate, interval.Low, interval.High)
			}
			table.Row(row...)
		}
		t.results = append(t.results, all...)
	}
	t.findings(r)
	figure, err := t.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

func (t *tailRun) measure(seed uint64, runs int, chance float64) ([]fannedOut, error) {
	requests := max(100, min(4_000, 400_000/t.calls[len(t.calls)-1]))
	if t.effort.Tiny {
		requests = 100
	}
	long := time.Duration(float64(t.fast) * t.times)
	call, err := workload.NewBimodal(t.fast, long, chance)
	if err != nil {
		return nil, err
	}
	drawn, err := sim.Replicate(seed, runs, func(e *sim.Engine) ([]estimatesim.FannedOut, error) {
		return t.fanOut(call, t.calls, t.fast, requests, e.Stream(fmt.Sprint("calls ", chance)))
	})
	if err != nil {
		return nil, err
	}
	fast, extra := judge.Milliseconds(t.fast), judge.Milliseconds(long-t.fast)
	var all []fannedOut
	for i, k := range t.calls {
		slow, err := t.tail(chance, k)
		if err != nil {
			return nil, err
		}
		column := func(of func(estimatesim.FannedOut) float64) []float64 {
			return judge.Column(drawn, func(run []estimatesim.FannedOut) float64 { return of(run[i]) })
		}
		// Of counts with less than a hundred of either kind intervals are too narrow, or have no width at all.
		n := float64(runs * requests)
		rareRequests := n*math.Min(slow, 1-slow) < 100
		rareCalls := n*float64(k)*math.Min(chance, 1-chance) < 100
		all = append(all, fannedOut{
			chance: chance, calls: k,
			slow:   measured{column(func(f estimatesim.FannedOut) float64 { return f.Slow }), slow, rareRequests},
			atOnce: measured{column(func(f estimatesim.FannedOut) float64 { return 1_000 * f.AtOnce }), fast + extra*slow, rareRequests},
			inTurn: measured{column(func(f estimatesim.FannedOut) float64 { return 1_000 * f.InTurn }), float64(k) * (fast + extra*chance), rareCalls},
		})
	}
	return all, nil
}
