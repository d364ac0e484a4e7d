package estimating

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of negative-lookups.
const (
	lookupsNoneLost  = "no lookup for a key that exists is turned away, whatever the filter's size, its hashes, and how far it is outgrown"
	lookupsExact     = "with the best number of hashes a filter lets through what the exact formula says, at all sizes"
	lookupsBest      = "the best number of hashes is the bits a key times ln 2, rounded up or down"
	lookupsOne       = "from 4 bits a key on, one hash lets more missing keys through than the best number of hashes"
	lookupsTwice     = "from 4 bits a key on, twice the best number of hashes lets more missing keys through"
	lookupsTen       = "ten bits a key turn away more than 99 in 100 lookups for missing keys"
	lookupsSized     = "a filter that is sized for a rate lets through that rate when it holds as many keys as it was sized for"
	lookupsOutgrown  = "as the set outgrows a filter, it lets through what the exact formula says"
	lookupsDouble    = "a filter that is sized for 1% lets more than 15% through when there are twice as many keys"
	lookupsFresh     = "an LRU in the same memory that remembers missing keys answers no lookup for one that comes once"
	lookupsRemember  = "of missing keys that are asked for again and again, all alike, such an LRU lets through those that it has no room for, and no other"
	lookupsIndiffers = "whether missing keys come once or again, the filter lets through the rate that it is sized for"
	lookupsFewer     = "where twice as many missing keys are asked for as the LRU has room for, or more, the filter lets fewer lookups through"
	lookupsDeleted   = "a filter still lets through every lookup for a key that was deleted"
	lookupsCleared   = "to clear the bits of one key in a hundred turns away as many of those that stay as the formula says"
	lookupsWorse     = "and with three hashes or more that is a larger part of them than was deleted"
)

func (o *lookupsRun) findings(r *lab.Run) {
	var exact, one, twice, ten, sized, outgrown, double, fresh, remember, indifferent, fewer, deleted, cleared, worse []judge.Requirement
	farthest := 0.0 // of a number of hashes from what it should be
	var best, filter lookups
	for _, l := range o.rows {
		aKey := l.bits / l.keys
		switch l.part + " " + l.guard {
		case "size filter":
			best = l
			if o.judged(l.theory, o.asked) {
				exact = append(exact, judge.Equals(l.reached, l.theory))
			}
			if ideal := max(1, float64(aKey)*math.Ln2); math.Abs(float64(l.hashes)-ideal) > farthest {
				farthest = math.Abs(float64(l.hashes) - ideal)
			}
			if aKey == 10 && o.apart(l.theory-0.01, bernoulli(l.theory)) {
				ten = append(ten, judge.AtMost(l.reached, 0.01))
			}
		case "size one-hash":
			if aKey >= 4 && o.apart(l.theory-best.theory, bernoulli(l.theory)+bernoulli(best.theory)) {
				one = append(one, judge.AtLeast(judge.Minus(l.reached, best.reached), 0))
			}
		case "size twice-hashes":
			if aKey >= 4 && o.apart(l.theory-best.theory, bernoulli(l.theory)+bernoulli(best.theory)) {
				twice = append(twice, judge.AtLeast(judge.Minus(l.reached, best.reached), 0))
			}
		case "outgrown filter":
			if o.judged(l.theory, o.asked) {
				outgrown = append(outgrown, judge.Equals(l.reached, l.theory))
			}
			if l.keys == o.keys && o.judged(o.rate, o.asked) {
				sized = append(sized, judge.Equals(l.reached, o.rate))
			}
			if l.keys == 2*o.keys && o.rate == 0.01 && o.apart(l.theory-0.15, bernoulli(l.theory)) {
				double = append(double, judge.AtLeast(l.reached, 0.15))
			}
		case "traffic filter":
			filter = l
			different := o.asked // keys
			if l.repeated > 0 {
				different = min(l.repeated, o.asked)
			}
			if o.judged(o.rate, different) {
				indifferent = append(indifferent, judge.Equals(l.reached, o.rate))
			}
		case "traffic lru":
			if l.repeated == 0 {
				fresh = append(fresh, judge.Equals(l.reached, 1))
				break
			}
			if o.judged(l.theory, o.asked) {
				remember = append(remember, judge.Equals(l.reached, l.theory))
			}
			if l.repeated >= 2*o.room {
				fewer = append(fewer, judge.AtLeast(judge.Minus(l.reached, filter.reached), 0))
			}
		case "deleted filter":
			deleted = append(deleted, judge.Equals(l.reached, 1))
		case "deleted cleared":
			cleared = append(cleared, judge.Equals(l.reached, l.theory))
			if l.hashes >= 3 {
				worse = append(worse, judge.AtMost(l.reached, 0.99))
			}
		}
	}
	judge.Exactly(r, lookupsNoneLost, float64(o.turnedAway), 0)
	judge.State(r, lookupsExact, exact)
	r.Finding(lab.Finding{Sentence: lookupsBest, Measured: farthest, Bound: 1, Holds: farthest < 1})
	for _, f := range []struct {
		sentence string
		all      []judge.Requirement
	}{
		{lookupsOne, one}, {lookupsTwice, twice}, {lookupsTen, ten}, {lookupsSized, sized}, {lookupsOutgrown, outgrown}, {lookupsDouble, double},
		{lookupsFresh, fresh}, {lookupsRemember, remember}, {lookupsIndiffers, indifferent}, {lookupsFewer, fewer},
		{lookupsDeleted, deleted}, {lookupsCleared, cleared}, {lookupsWorse, worse},
	} {
		judge.State(r, f.sentence, f.all)
	}
	r.Tell(fmt.Sprintf("%s lookups for keys that exist met a filter, and %s were turned away. In %s the filter of %.3g%% holds %s keys, and an LRU %s missing ones.",
		judge.Commas(o.existing), judge.Commas(o.turnedAway), o.memory(), 100*o.rate, judge.Commas(o.keys), judge.Commas(o.room)))
}

// memory is that of the filter which is sized for a rate.
func (o *lookupsRun) memory() string {
	return fmt.Sprintf("%.3g kB", float64(bytesOf(o.sized.Bits()))/1_000)
}

// judged says whether of so many lookups a run enough are to pass, and not to, for an interval that is what it says, or all are to be alike.
func (o *lookupsRun) judged(share float64, lookups int) bool {
	rarer := min(share, 1-share) * float64(lookups*len(o.rows[0].reached))
	return rarer == 0 || rarer >= leastJudged
}

// apart says whether what is expected of a difference is ten standard deviations of what is measured, or more, so that a 99.99% interval, of five to
// each side, lies on its side of zero whatever the seed. Its variance is that of one lookup.
func (o *lookupsRun) apart(difference, variance float64) bool {
	lookups := float64(o.asked * len(o.rows[0].reached))
	return math.Abs(difference)*math.Sqrt(lookups) >= 10*math.Sqrt(variance)
}

// bernoulli is the variance of a lookup that passes with that probability.
func bernoulli(p float64) float64 { return p * (1 - p) }

func (o *lookupsRun) figure(runs int) (chart.Figure, error) {
	size, err := o.sizePanel()
	if err != nil {
		return chart.Figure{}, err
	}
	outgrown, err := o.outgrownPanel()
	if err != nil {
		return chart.Figure{}, err
	}
	traffic, err := o.trafficPanel()
	if err != nil {
		return chart.Figure{}, err
	}
	return chart.Figure{
		Headline: o.headline(),
		Detail: fmt.Sprintf("Lookups for missing keys that reach the database (%%), mean of %d runs with 95%% bands; %s keys exist; middle and right: a filter sized for %.3g%%, "+
			"%s, and an LRU of as much; dashed: exact", runs, judge.Commas(o.keys), 100*o.rate, o.memory()),
		Panels: []chart.Panel{size, outgrown, traffic},
	}, nil
}

// passing is a line for a guard of a part, in percent. On a log scale there is no zero.
func (o *lookupsRun) passing(part, guard string, line chart.Line, x func(lookups) float64) (measured, theory chart.Line, err error) {
	theory.Color = chart.Theory
	for _, l := range o.rows {
		if l.part != part || l.guard != guard || part == "traffic" && l.repeated == 0 {
			continue
		}
		if err := judge.Point(&line, x(l), relative(l.reached, 0.01)); err != nil {
			return line, theory, err
		}
		theory.Add(x(l), 100*l.theory)
		if last := len(line.Y) - 1; line.Y[last] == 0 && part != "traffic" {
			line.Y[last], line.Low[last], line.High[last] = math.NaN(), math.NaN(), math.NaN()
		}
	}
	return line, theory, nil
}

func (o *lookupsRun) sizePanel() (chart.Panel, error) {
	panel := chart.Lines{Title: "filters by size", X: chart.Axis{Name: "bits a key"}, Y: chart.Axis{Scale: chart.Log, Max: new(100.0)}}
	var dashed []chart.Line
	for _, of := range []struct {
		guard string
		line  chart.Line
	}{
		{"filter", chart.Line{Name: "best hashes", Color: chart.Green}},
		{"twice-hashes", chart.Line{Name: "twice as many", Color: chart.Orange}},
		{"one-hash", chart.Line{Name: "one hash", Color: chart.Baseline}},
	} {
		measured, theory, err := o.passing("size", of.guard, of.line, func(l lookups) float64 { return float64(l.bits) / float64(l.keys) })
		if err != nil {
			return nil, err
		}
		panel.Series, dashed = append(panel.Series, measured), append(dashed, theory)
	}
	if len(o.bits) == 1 { // makes no lines
		name := "1 bit a key"
		if o.bits[0] > 1 {
			name = fmt.Sprintf("%d bits a key", o.bits[0])
		}
		bars := chart.Bars{Title: "filters by hashes", Name: name, Groups: []string{"best", "twice", "one"}, Series: []chart.Bar{{Color: chart.Green}}}
		for _, line := range panel.Series {
			bars.Series[0].Y = append(bars.Series[0].Y, line.Y[0])
		}
		return bars, nil
	}
	panel.Series = append(panel.Series, dashed...)
	return panel, nil
}

func (o *lookupsRun) outgrownPanel() (chart.Panel, error) {
	measured, theory, err := o.passing("outgrown", "filter", chart.Line{Color: chart.Green}, func(l lookups) float64 { return float64(l.keys) / float64(o.keys) })
	return chart.Lines{
		Title: "a set that outgrows its filter", X: chart.Axis{Name: "keys, of those it was sized for"}, Y: chart.Axis{Scale: chart.Log, Max: new(100.0)},
		Series: []chart.Line{measured, theory},
	}, err
}

func (o *lookupsRun) trafficPanel() (chart.Panel, error) {
	x := func(l lookups) float64 { return float64(l.repeated) }
	filter, _, err := o.passing("traffic", "filter", chart.Line{Name: "filter", Color: chart.Green}, x)
	if err != nil {
		return nil, err
	}
	lru, _, err := o.passing("traffic", "lru", chart.Line{Name: "LRU", Color: chart.Blue}, x)
	if err != nil {
		return nil, err
	}
	const title = "missing keys asked for again"
	if len(o.repeat) == 1 { // makes no lines
		return chart.Bars{
			Title: title, Name: fmt.Sprintf("%s missing keys", judge.Commas(o.repeat[0])), Groups: []string{"filter", "LRU"},
			Series: []chart.Bar{{Color: chart.Blue, Y: []float64{filter.Y[0], lru.Y[0]}}},
		}, nil
	}
	theory := chart.Line{Color: chart.Theory}
	const steps = 100 // for the bend
	first, last := lru.X[0], lru.X[len(lru.X)-1]
	for i := range steps + 1 {
		at := first * math.Pow(last/first, float64(i)/steps)
		theory.Add(at, 100*o.lruTheory(at))
	}
	return chart.Lines{
		Title: title, X: chart.Axis{Name: "different missing keys", Scale: chart.Log}, Y: chart.Axis{Min: new(0.0), Max: new(100.0)},
		Series: []chart.Line{filter, lru, theory},
	}, nil
}

func (o *lookupsRun) headline() string {
	var sized, double float64
	for _, l := range o.rows {
		if l.part != "outgrown" {
			continue
		}
		switch l.keys {
		case o.keys:
			sized = judge.Mean(l.reached)
		case 2 * o.keys:
			double = judge.Mean(l.reached)
		}
	}
	return fmt.Sprintf("A filter with %.2g bits a key lets %.2g%% of lookups for missing keys reach the database, and %.2g%% once there are twice the keys; an LRU in its memory stops only those that come again",
		float64(o.sized.Bits())/float64(o.keys), 100*sized, 100*double)
}
