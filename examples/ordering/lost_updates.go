package ordering

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// LostUpdates has a key written twice, one write after the other, by two nodes whose clocks are off, each by a time that is uniform within plus or minus the skew. The
// second node has read the first write, and means to replace it. A write is lost if a later one is not what the register holds, and nobody is told.
//
// In data.csv lost is that share of the writes, the mean of all runs, with its 95% interval in low and high. theory is (2-x)^2/8 for wall time, with x the gap
// over the skew, in [0, 2], and 0 for what does not look at the time of day, or looks at what was read too. A hybrid clock refuses a write if the first one's time is farther ahead
// of its wall clock than -max-drift: that writer is told and can wait, so it is not lost; the chart draws these.
//
// With a skew of 0 nothing is lost, but for a gap of 0 as well: of two writes in the same nanosecond the names of the nodes decide.
var LostUpdates = lostUpdates(allResolvers, clocksim.LoseUpdates, judge.Effort{})

// resolver is a way to say which of two writes stays.
type resolver struct {
	name    string
	label   string
	color   chart.Color
	resolve clocksim.Resolve
}

var allResolvers = []resolver{
	{"wall", "wall", wallColor, clocksim.ByWall},
	{"lamport", "Lamport", lamportColor, clocksim.ByLamport},
	{"hybrid", "hybrid", hybridColor, clocksim.ByHybrid},
	{"vector", "vector", vectorColor, clocksim.ByVector},
}

// loseUpdates is [clocksim.LoseUpdates], or what a test plants.
type loseUpdates func(*rand.Rand, clocksim.Updates, clocksim.Resolve) (clocksim.Fates, error)

func lostUpdates(resolvers []resolver, lose loseUpdates, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "lost-updates",
		Topic:    "ordering",
		Question: "How many updates does last write wins lose that were made one after the other?",
		Guide:    []string{"clk.lww", "clk.wall"},
		Packages: []string{"clocks.LastWrite", "clocks.Hybrid", "clocks.MultiValue", "clocks/clocksim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			l := &lostRun{resolvers: resolvers, lose: lose, effort: effort}
			l.skews = p.Floats("skew-ms", []float64{1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500}, "ms", "by which clocks are off at most, ahead or behind", zeroOrMilliseconds)
			l.gaps = p.Floats("gap-ms", []float64{5, 20, 100}, "ms", "from a write to the one that replaces it, a panel each", zeroOrMilliseconds)
			l.maxDrift = p.Duration("max-drift", 500*time.Millisecond, "beyond which a hybrid clock refuses a time that is ahead of it", lab.Within(time.Millisecond, 24*time.Hour))
			slices.Sort(l.skews)
			slices.Sort(l.gaps)
			if len(l.gaps) > mostPanels {
				p.Refuse(fmt.Errorf("-gap-ms must be at most %d times, a panel each: %d", mostPanels, len(l.gaps)))
			}
			return l.run
		},
	}
}

const mostPanels = 6

// zeroOrMilliseconds keeps times well above the nanoseconds that they are counted in.
var zeroOrMilliseconds = lab.Rule[float64]{
	Says:  "must be 0, or lie in [0.01, 3600000]",
	Holds: func(ms float64) bool { return ms == 0 || 0.01 <= ms && ms <= 3_600_000 },
}

type lostRun struct {
	resolvers   []resolver
	lose        loseUpdates
	effort      judge.Effort
	skews, gaps []float64 // in ms
	maxDrift    time.Duration

	points []lostPoint // by gap, by skew, by resolver
	blind  []lostPoint // the same of writers that have not read the first write, by gap and resolver, at the largest skew
}

// lostPoint is what became of the writes with one skew, one gap and one resolver.
type lostPoint struct {
	skew, gap float64 // in ms
	resolver  string
	updates   clocksim.Updates
	fates     []clocksim.Fates // by run
}

func (p lostPoint) lost() []float64 {
	return judge.Column(p.fates, func(f clocksim.Fates) float64 { return f.Lost })
}

func (p lostPoint) refused() []float64 {
	return judge.Column(p.fates, func(f clocksim.Fates) float64 { return f.Refused })
}

func (p lostPoint) siblings() []float64 {
	return judge.Column(p.fates, func(f clocksim.Fates) float64 { return f.Sibling })
}

// theory is the exact share of lost writes, if the second writer has read the first write.
func (p lostPoint) theory() float64 {
	if p.resolver == "wall" {
		return clocksim.LostByWall(p.updates)
	}
	return 0
}

func (l *lostRun) largest() float64 { return l.skews[len(l.skews)-1] }

func (l *lostRun) run(r *lab.Run) error {
	runs := l.effort.Runs(40, 200, r.Full)
	table := r.Table("skew_ms", "gap_ms", "resolver", "runs", "lost", "low", "high", "theory")
	l.points, l.blind = nil, nil
	for _, gap := range l.gaps {
		r.Progress("a gap of %v ms", gap)
		for _, skew := range l.skews {
			for _, resolver := range l.resolvers {
				point, err := l.measure(r.Seed, runs, skew, gap, resolver, false)
				if err != nil {
					return err
				}
				l.points = append(l.points, point)
				interval, err := judge.Charted(point.lost())
				if err != nil {
					return err
				}
				table.Row(skew, gap, resolver.name, runs, interval.Estimate, interval.Low, interval.High, point.theory())
			}
		}
		for _, resolver := range l.resolvers {
			point, err := l.measure(r.Seed, runs, l.largest(), gap, resolver, true)
			if err != nil {
				return err
			}
			l.blind = append(l.blind, point)
		}
	}
	l.findings(r)
	figure, err := l.figure(runs)
	r.Figure(figure)
	return err
}

// The pairs of writes of a run.
const (
	fewPairs  = 150
	mostPairs = 20_000
	counted   = 20 // lost ones of a run, if that many pairs will do: counts of a few are far from normal
)

// measure makes pairs of writes. All resolvers see the same ones; by wall time there are more of them where few are lost.
func (l *lostRun) measure(seed uint64, runs int, skew, gap float64, by resolver, blind bool) (lostPoint, error) {
	p := lostPoint{skew: skew, gap: gap, resolver: by.name}
	p.updates = clocksim.Updates{Pairs: fewPairs, Skew: milliseconds(skew), Gap: milliseconds(gap), MaxDrift: l.maxDrift, Blind: blind}
	switch share := p.theory(); {
	case l.effort.Tiny:
		p.updates.Pairs = 5
	case share > 0:
		p.updates.Pairs = int(min(max(fewPairs, counted/share), mostPairs))
	}
	var err error
	p.fates, err = sim.Replicate(seed, runs, func(e *sim.Engine) (clocksim.Fates, error) {
		return l.lose(e.Stream("updates"), p.updates, by.resolve)
	})
	if err != nil {
		return lostPoint{}, fmt.Errorf("%s, ±%v ms, %v ms apart: %w", by.name, skew, gap, err)
	}
	return p, nil
}

// milliseconds is a time of so many of them, to the nanosecond.
func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
