package limiting

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
)

// Envelope draws the length of an interval against the most that comes through a limit in any interval of that length, for each
// algorithm, with the client that gets the most out of it, beside the bound. With an access log it draws what that traffic would
// have made of the limits, and ends in a limit for it.
//
// In data.csv intervals are closed, both ends in them, so half-open windows of a length are those of a nanosecond less. burst is what rate
// algorithms admit at once, and for the queue how many may wait; of the queue it is what leaves that is counted. bound is a
// limit that greedy clients reach, but for the sliding counter, which falls short of it by an event or two. The rows "offered" are the
// log's own requests.
var Envelope = envelope(allAlgorithms, judge.Effort{})

func envelope(algorithms []algorithm, _ judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "envelope",
		Topic:    "limiting",
		Question: "How many requests can really come through a limit, in a window of any length?",
		Guide:    []string{"rl.token", "rl.leaky", "rl.fixed", "rl.sliding"},
		Packages: []string{"ratelimit.FixedWindow", "ratelimit.SlidingCounter", "ratelimit.SlidingLog", "ratelimit.TokenBucket",
			"ratelimit.GCRA", "ratelimit.LeakyBucket", "ratelimit.Queue", "ratelimit/limitsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			e := &envelopeRun{algorithms: algorithms}
			e.limit = limitParameters(p, 100, time.Minute, 10)
			e.spans = spansParameter(p)
			e.asked = algorithmParameter(p, algorithms)
			e.log, e.traffic = lab.DataValue(p, "log", "none", "an access log in common or combined format, to be replayed", limitsim.ReadAccessLog)
			e.share = p.Float("admit", standardShare, "of the log's requests", "what the recommended limit admits at the least", lab.Above(0.0), lab.AtMost(1.0))
			p.Refuse(e.fits())
			if e.log.Given() {
				return e.replay
			}
			return e.run
		},
	}
}

type envelopeRun struct {
	algorithms []algorithm
	limit      limit
	spans      []time.Duration
	asked      []string
	log        lab.Source
	traffic    []limitsim.Request // of the log
	share      float64            // of the log that is to be admitted

	curves []curve
}

func (e *envelopeRun) fits() error {
	if e.log.Given() {
		if e.limit.window < 2*limitsim.Resolution {
			return fmt.Errorf("-window must be at least 2s with -log, which tells whole seconds: %v", e.limit.window)
		}
		return nil
	}
	if e.share != standardShare {
		return fmt.Errorf("-admit is for a traffic, and needs -log: %v", e.share)
	}
	if n := len(e.spans); n > 0 {
		if most := limitsim.MostOfFixedWindow(e.limit.events, e.limit.window, e.spans[n-1]); most > mostEvents {
			return fmt.Errorf("-spans, -window and -limit must leave at most %d events in the longest interval: %d", mostEvents, most)
		}
	}
	return nil
}

// curve is one algorithm's envelope.
type curve struct {
	variant
	acts  []limitsim.Request
	most  []int // by span
	bound []int
}

func (e *envelopeRun) variants() []variant { return variants(e.algorithms, e.asked, e.limit) }

// grid suits the window: a twentieth of it at a time, and both sides of every step.
func (e *envelopeRun) grid() []time.Duration {
	if e.spans != nil {
		return e.spans
	}
	w := e.limit.window
	spans := []time.Duration{1, w - 1, w + 1, 2*w - 1, 2*w + 1}
	for i := range 50 {
		spans = append(spans, w*time.Duration(i+1)/20)
	}
	slices.Sort(spans)
	return slices.Compact(spans)
}

func (e *envelopeRun) run(r *lab.Run) error {
	e.spans = e.grid()
	longest := max(e.spans[len(e.spans)-1], e.limit.window)
	table := envelopeTable(r)
	e.curves = nil
	for _, v := range e.variants() {
		c := curve{variant: v}
		a, err := c.make(c.limit)
		if err != nil {
			return err
		}
		begin := c.limit.window - 1 // where windows count two of themselves as one
		enough := c.algorithm.most(c.limit, longest) + c.limit.burst + c.limit.events + 1
		c.acts = limitsim.Greedy(a, begin, begin+longest, enough)
		e.add(table, c)
	}
	e.findings(r)
	r.Figure(e.figure())
	return nil
}

func envelopeTable(r *lab.Run) *lab.Table {
	return r.Table("algorithm", "limit", "per_s", "burst", "window_s", "admitted_max", "bound")
}

// add measures a curve, and writes it down.
func (e *envelopeRun) add(table *lab.Table, c curve) {
	c.most = limitsim.Envelope(c.acts, e.spans)
	for i, span := range e.spans {
		c.bound = append(c.bound, c.algorithm.most(c.limit, span))
		table.Row(c.name, c.limit.events, c.limit.window.Seconds(), c.burst(), span.Seconds(), c.most[i], c.bound[i])
	}
	e.curves = append(e.curves, c)
}

// in is the most in any half-open window: a closed interval, but for one nanosecond.
func (c curve) in(window time.Duration) int { return limitsim.MostIn(c.acts, window-1) }

// find is the curve of an algorithm with the burst that was asked for, if it was.
func (e *envelopeRun) find(name string) (c curve, asked bool) {
	i := slices.IndexFunc(e.curves, func(c curve) bool { return c.name == name && c.limit.burst == e.limit.burst })
	if i < 0 {
		return curve{}, false
	}
	return e.curves[i], true
}

// across finds the least and the largest share of its bound that any curve reaches, of those that hold.
func (e *envelopeRun) across(of func(curve) bool) (least, largest float64) {
	least, largest = math.Inf(1), math.Inf(-1)
	for _, c := range e.curves {
		for i := range c.most {
			if share := float64(c.most[i]) / float64(c.bound[i]); of(c) {
				least, largest = min(least, share), max(largest, share)
			}
		}
	}
	return least, largest
}

// seen says that an earlier curve shows what this one does.
func (e *envelopeRun) seen(i int) bool {
	return slices.ContainsFunc(e.curves[:i], func(c curve) bool { return c.alike(e.curves[i].variant) })
}

func (e *envelopeRun) panels() []chart.Panel {
	var panels []chart.Panel
	x := make([]float64, len(e.spans))
	for i, span := range e.spans {
		x[i] = span.Seconds() / e.limit.window.Seconds()
	}
	for i, c := range e.curves {
		if e.seen(i) {
			continue
		}
		panels = append(panels, chart.Lines{
			Title: fmt.Sprintf("%s: %s in a window", c.title(), judge.Commas(c.in(e.limit.window))),
			X:     chart.Axis{Name: "length of the interval (windows of " + short(e.limit.window) + ")", Min: new(0.0)},
			Y:     chart.Axis{Min: new(0.0)},
			Series: []chart.Line{
				{Color: c.color, X: x, Y: judge.Floats(c.most)},
				{Color: chart.Theory, X: x, Y: judge.Floats(c.bound)},
			},
		})
	}
	return panels
}

func (e *envelopeRun) figure() chart.Figure {
	return chart.Figure{
		Headline: e.headline(),
		Detail: fmt.Sprintf("Most events in any interval, by its length; limit %s per %s, a client that takes all it can; dashed: bound%s",
			judge.Commas(e.limit.events), short(e.limit.window), twins(e.variants())),
		Panels:  e.panels(),
		SharedY: true,
	}
}

func (e *envelopeRun) headline() string {
	fixed, askedFixed := e.find("fixed-window")
	counter, askedCounter := e.find("sliding-counter")
	log, askedLog := e.find("sliding-log")
	w := e.limit.window
	limit := fmt.Sprintf("%s per %s", judge.Commas(e.limit.events), short(w))
	if askedFixed && askedCounter && askedLog {
		return fmt.Sprintf("A fixed window of %s lets %s through at a stroke, a sliding counter %s in a window, a log %s", limit,
			judge.Commas(limitsim.MostIn(fixed.acts, 1)), judge.Commas(counter.in(w)), judge.Commas(log.in(w)))
	}
	var parts []string
	for i, c := range e.curves {
		if !e.seen(i) && len(parts) < 3 {
			parts = append(parts, fmt.Sprintf("%s (%s)", judge.Commas(c.in(w)), c.title()))
		}
	}
	return fmt.Sprintf("Of %s, the most that comes through in one window: %s", limit, strings.Join(parts, ", "))
}
