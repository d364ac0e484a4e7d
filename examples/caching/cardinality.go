package caching

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// CardinalityOfKeys puts a field into the keys that the answer does not depend on, such as the order of parameters, the user or the time, and
// draws the hit ratio of the same cache by the number of the field's values.
//
// In data.csv hit_ratio is that of the policy, with its interval. che is Che's approximation for LRU, which is not exact; best is, for independent requests: a cache
// that holds the hottest keys.
var CardinalityOfKeys = cardinality(cachesim.Cardinality.Run, judge.Effort{})

type runCardinality func(cachesim.Cardinality, *sim.Engine) (float64, error)

func cardinality(run runCardinality, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "cardinality",
		Topic:    "caching",
		Question: "What does a field too many in the key cost?",
		Guide:    []string{"cache.cardinality"},
		Packages: []string{"cache.Cache", "cache.LRU", "cache.WTinyLFU", "cache/cachesim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			c := &cardinalityRun{simulate: run, effort: effort}
			c.values = p.Ints("values", []int{1, 2, 6, 24, 120, 1_000, 10_000, 100_000, 1_000_000}, "values", "of the field, each as likely; 1 is a key without it", lab.Within(1, 1_000_000_000))
			c.objects = p.Int("objects", 10_000, "objects", "that are asked for", lab.Within(1, 200_000))
			c.skew = p.Float("skew", 1, "", "exponent of the Zipf law by which they are", lab.Within(0.0, 3))
			c.entries = p.Int("entries", 2_000, "keys", "in the cache", lab.Within(1, 200_000))
			return c.run
		},
	}
}

type cardinalityRun struct {
	simulate runCardinality
	effort   judge.Effort
	values   []int // ascending in a run
	objects  int
	skew     float64
	entries  int

	points []cardinalityPoint // by number of values
}

// cardinalityPoint is one number of values: hit ratios, run by run.
type cardinalityPoint struct {
	values    int
	lru, tiny []float64
	che, best float64
}

func (c *cardinalityRun) run(r *lab.Run) error {
	slices.Sort(c.values)
	popularity, err := cachesim.ZipfPopularity(c.skew, c.objects)
	if err != nil {
		return err
	}
	runs := c.effort.Runs(8, 30, r.Full)
	requests := max(20_000, 5*c.entries)
	switch {
	case c.effort.Tiny:
		requests = 500
	case r.Full:
		requests *= 10
	}
	table := r.Table("policy", "values", "entries", "runs", "hit_ratio", "low", "high", "che", "best")
	for _, values := range c.values {
		r.Progress("%s", plural(values, "value"))
		in := float64(c.entries) / float64(values)
		p := cardinalityPoint{values: values, che: popularity.CheLRU(in), best: popularity.Best(in)}
		for _, of := range []struct {
			name   string
			policy cache.Builder
			runs   *[]float64
			che    any
		}{{"lru", cache.LRU, &p.lru, p.che}, {"w-tinylfu", cache.WTinyLFU, &p.tiny, nil}} {
			if *of.runs, err = sim.Replicate(r.Seed, runs, func(e *sim.Engine) (float64, error) {
				return c.simulate(cachesim.Cardinality{
					Policy: of.policy, Entries: c.entries, Objects: c.objects, Skew: c.skew, Values: values, WarmUp: requests, Measured: requests,
				}, e)
			}); err != nil {
				return fmt.Errorf("%s, %s: %w", of.name, plural(values, "value"), err)
			}
			interval, err := judge.Charted(*of.runs)
			if err != nil {
				return err
			}
			table.Row(of.name, values, c.entries, runs, interval.Estimate, interval.Low, interval.High, of.che, p.best)
		}
		c.points = append(c.points, p)
	}
	c.findings(r)
	figure, err := c.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// The findings of cardinality.
const (
	moreHitLess   = "the more values the field has, up to a thousand, the less both policies hit: at every step, more than one request in a hundred less"
	asSmaller     = "LRU hits within two in a hundred of what Che's approximation says, in which a field with v values is a cache v times smaller"
	underTheBest  = "no policy hits more than a cache that holds the hottest keys, at any number of values"
	uniqueIsWorst = "with a million values, as with a time in the key, less than one request in a hundred hits"
	policyNoCure  = "with 24 values, the orders of four parameters, W-TinyLFU hits less than LRU does with a key that leaves them out, by more than ten requests in a hundred"
)

func (c *cardinalityRun) findings(r *lab.Run) {
	var fewer, smaller, under, unique, cure []judge.Requirement
	for i, p := range c.points {
		smaller = append(smaller, judge.Within(p.lru, p.che-0.02, p.che+0.02))
		under = append(under, judge.AtMost(p.lru, p.best), judge.AtMost(p.tiny, p.best))
		if i > 0 && p.values <= 1_000 {
			before := c.points[i-1]
			fewer = append(fewer, judge.AtLeast(judge.Minus(before.lru, p.lru), 0.01), judge.AtLeast(judge.Minus(before.tiny, p.tiny), 0.01))
		}
		switch p.values {
		case 1_000_000:
			unique = append(unique, judge.AtMost(p.lru, 0.01), judge.AtMost(p.tiny, 0.01))
		case 24:
			if c.points[0].values == 1 {
				cure = append(cure, judge.AtLeast(judge.Minus(c.points[0].lru, p.tiny), 0.1))
			}
		}
	}
	judge.State(r, moreHitLess, fewer)
	judge.State(r, asSmaller, smaller)
	judge.State(r, underTheBest, under)
	judge.State(r, uniqueIsWorst, unique)
	judge.State(r, policyNoCure, cure)
}

func (c *cardinalityRun) figure(runs int) (chart.Figure, error) {
	lru := chart.Line{Name: "LRU", Color: chart.Blue}
	tiny := chart.Line{Name: "W-TinyLFU", Color: chart.Green}
	che, best := chart.Line{Name: "Che", Color: chart.Theory}, chart.Line{Name: "best", Color: chart.Theory}
	for _, p := range c.points {
		x := float64(p.values)
		if err := addPercent(&lru, x, p.lru); err != nil {
			return chart.Figure{}, err
		}
		if err := addPercent(&tiny, x, p.tiny); err != nil {
			return chart.Figure{}, err
		}
		che.Add(x, 100*p.che)
		best.Add(x, 100*p.best)
	}
	first, last := c.points[0], c.points[len(c.points)-1]
	headline := fmt.Sprintf("With %s of a field in the key, %.3g%% hit", plural(first.values, "value"), 100*judge.Mean(first.lru))
	if len(c.points) > 1 {
		middle := c.points[len(c.points)/2]
		headline = fmt.Sprintf("A field in the key that is not needed: %.0f%% hits become %.0f%% with %s values, %.2g%% with %s",
			100*judge.Mean(first.lru), 100*judge.Mean(middle.lru), judge.Commas(middle.values), 100*judge.Mean(last.lru), judge.Commas(last.values))
	}
	return chart.Figure{
		Headline: headline,
		Detail: fmt.Sprintf("Hit ratio (%%) of %s entries; Zipf %v over %s objects; %d runs, 95%% bands; dashed: the hottest keys, exact, and Che's approximation for LRU",
			judge.Commas(c.entries), c.skew, judge.Commas(c.objects), runs),
		Panels: []chart.Panel{chart.Lines{
			X:      chart.Axis{Name: "values of the field", Scale: chart.Log},
			Y:      chart.Axis{Min: new(0.0)},
			Series: []chart.Line{lru, tiny, che, best},
		}},
	}, nil
}
