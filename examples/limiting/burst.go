package limiting

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// Burst sends one traffic through each algorithm: ten windows that hold a steady stream, one burst of twice the limit across a
// window's end, an overload that goes on and off, and the steady stream again. What is drawn is what acts: what a queue delays is drawn when
// it leaves.
//
// In data.csv a row is a tenth of a window, which begins at time_s; offered and admitted are events a second, means over the runs. burst
// is what rate algorithms admit at once, and for the queue how many may wait.
var Burst = burst(allAlgorithms, judge.Effort{})

func burst(algorithms []algorithm, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "burst",
		Topic:    "limiting",
		Question: "What does each algorithm do to one burst of traffic?",
		Guide:    []string{"rl.burst", "rl.leaky"},
		Packages: []string{"ratelimit.FixedWindow", "ratelimit.SlidingCounter", "ratelimit.SlidingLog", "ratelimit.TokenBucket",
			"ratelimit.Queue", "ratelimit/limitsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			b := &burstRun{algorithms: algorithms, effort: effort}
			b.limit = limitParameters(p, 100, time.Second, 20)
			b.steady = p.Float("steady", 0.6, "of the limit", "the steady stream", lab.Within(0.01, 10))
			b.overload = p.Float("overload", 3, "of the limit", "the overload while it is on", lab.Within(0.01, 10))
			b.asked = algorithmParameter(p, algorithms)
			p.Refuse(b.fits())
			return b.run
		},
	}
}

type burstRun struct {
	algorithms []algorithm
	effort     judge.Effort
	trace
	asked []string

	passed []passage
}

// passage is what came through one algorithm.
type passage struct {
	variant
	runs []through
	mean []stats.Interval // events a second, by bin
}

func (b *burstRun) fits() error {
	const most = 2_000_000
	if n := b.events(); n > most {
		return fmt.Errorf("-limit, -steady and -overload must leave a run at most %d requests: %.0f", most, n)
	}
	return nil
}

func (b *burstRun) run(r *lab.Run) error {
	runs := b.effort.Runs(20, 30, r.Full)
	b.passed = nil
	for _, v := range variants(b.algorithms, b.asked, b.limit) {
		b.passed = append(b.passed, passage{variant: v})
	}
	all, err := sim.Replicate(r.Seed, runs, b.replicate)
	if err != nil {
		return err
	}
	// The traffic is the same for all: a replication has it in its first place.
	offered, err := means(all, 0)
	if err != nil {
		return err
	}
	table := r.Table("algorithm", "limit", "per_s", "burst", "time_s", "runs", "offered_per_s", "admitted_per_s", "admitted_per_s_low", "admitted_per_s_high")
	for i := range b.passed {
		p := &b.passed[i]
		for _, one := range all {
			p.runs = append(p.runs, one[i+1])
		}
		if p.mean, err = means(all, i+1); err != nil {
			return err
		}
		for bin, admitted := range p.mean {
			table.Row(p.name, p.limit.events, p.limit.window.Seconds(), p.burst(), b.binStart(bin).Seconds(), runs,
				offered[bin].Estimate, admitted.Estimate, admitted.Low, admitted.High)
		}
	}
	if err := b.findings(r); err != nil {
		return err
	}
	r.Figure(b.figure(runs))
	return nil
}

// replicate is one traffic, and what comes of it through each algorithm.
func (b *burstRun) replicate(e *sim.Engine) ([]through, error) {
	traffic, err := b.traffic(e)
	if err != nil {
		return nil, err
	}
	all := []through{{bins: b.bin(traffic)}}
	for _, p := range b.passed {
		a, err := p.make(p.limit)
		if err != nil {
			return nil, err
		}
		all = append(all, b.judge(limitsim.Replay(a, traffic)))
	}
	return all, nil
}

// means are the 95% intervals over the runs, bin by bin, of what stands in one place of each.
func means(runs [][]through, place int) ([]stats.Interval, error) {
	intervals := make([]stats.Interval, len(runs[0][place].bins))
	values := make([]float64, len(runs))
	for bin := range intervals {
		for run := range runs {
			values[run] = runs[run][place].bins[bin]
		}
		var err error
		if intervals[bin], err = stats.MeanInterval(values, stats.Charted); err != nil {
			return nil, err
		}
	}
	return intervals, nil
}

// find is an algorithm with the burst that was asked for, if it was.
func (b *burstRun) find(name string) (p passage, asked bool) {
	i := slices.IndexFunc(b.passed, func(p passage) bool { return p.name == name && p.limit.burst == b.limit.burst })
	if i < 0 {
		return passage{}, false
	}
	return b.passed[i], true
}

func (b *burstRun) figure(runs int) chart.Figure {
	var panels []chart.Panel
	var all []variant
	for i, p := range b.passed {
		all = append(all, p.variant)
		if slices.ContainsFunc(b.passed[:i], func(q passage) bool { return q.alike(p.variant) }) {
			continue
		}
		panels = append(panels, chart.Lines{
			Title:  fmt.Sprintf("%s: %s of the burst", p.title(), judge.Commas(p.runs[0].ofBurst)),
			X:      chart.Axis{Name: "time (s)"},
			Y:      chart.Axis{Min: new(0.0)},
			Series: []chart.Line{b.steps(p), b.intensity()},
		})
	}
	return chart.Figure{
		Headline: b.headline(),
		Detail: fmt.Sprintf("Events a second that come through, limit %s per %s; mean of %d runs with 95%% bands; dashed: offered%s",
			judge.Commas(b.limit.events), short(b.limit.window), runs, twins(all)),
		Panels: panels, SharedY: true,
	}
}

// steps draws each bin as a flat piece.
func (b *burstRun) steps(p passage) chart.Line {
	l := chart.Line{Color: p.color}
	for i, bin := range p.mean {
		l.X = append(l.X, b.binStart(i).Seconds(), b.binStart(i+1).Seconds())
		l.Y = append(l.Y, bin.Estimate, bin.Estimate)
		l.Low = append(l.Low, bin.Low, bin.Low)
		l.High = append(l.High, bin.High, bin.High)
	}
	return l
}

func (b *burstRun) headline() string {
	limit := fmt.Sprintf("%s per %s", judge.Commas(b.limit.events), short(b.limit.window))
	size := judge.Commas(2 * b.limit.events)
	fixed, askedFixed := b.find("fixed-window")
	log, askedLog := b.find("sliding-log")
	queue, askedQueue := b.find("queue")
	if askedFixed && askedLog && askedQueue {
		return fmt.Sprintf("Of a burst of %s, a fixed window of %s passes %s, a log %s; a queue spreads %s over time", size, limit,
			judge.Commas(fixed.runs[0].ofBurst), judge.Commas(log.runs[0].ofBurst), judge.Commas(queue.runs[0].ofBurst))
	}
	var parts []string
	for i, p := range b.passed {
		if !slices.ContainsFunc(b.passed[:i], func(q passage) bool { return q.alike(p.variant) }) && len(parts) < 3 {
			parts = append(parts, fmt.Sprintf("%s (%s)", judge.Commas(p.runs[0].ofBurst), p.title()))
		}
	}
	return fmt.Sprintf("Of a burst of %s at a limit of %s, what comes through: %s", size, limit, strings.Join(parts, ", "))
}
