package caching

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// ColdStart puts an empty LRU cache in the place of a warm one: all at once, with the hottest keys read in before, or while the traffic is shifted from
// one to the other.
//
// In data.csv start is one of these, and a row is a window of requests that ends at requests. hit_ratio is that of both caches together; stayed is that of
// the warm cache, had it stayed, for the same requests; never_evicted is what the new cache's would be with room for all keys, exactly. extra is the requests that the
// database got since the start beyond those of the cache that stayed, over the cache's entries, with those that were read in before.
var ColdStart = coldStart(cachesim.ColdStart.Run, judge.Effort{})

type runColdStart func(cachesim.ColdStart, *sim.Engine) (cachesim.Recovery, error)

func coldStart(run runColdStart, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "cold-start",
		Topic:    "caching",
		Question: "How long does a cache that was flushed burden the database, and what shortens that?",
		Guide:    []string{"cache.prewarm"},
		Packages: []string{"cache.Cache", "cache.LRU", "cache/cachesim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			c := &coldRun{simulate: run, effort: effort}
			c.keys = p.Int("keys", 20_000, "keys", "that are asked for", lab.Within(2, 200_000))
			c.skew = p.Float("skew", 1, "", "exponent of the Zipf law by which they are", lab.Within(0.0, 3))
			c.entries = p.Int("entries", 6_000, "keys", "in the cache", lab.Within(1, 200_000))
			c.prewarm = p.Float("prewarm", 0.5, "of the entries", "hottest keys that are read in before", lab.Within(0.0, 1))
			c.shift = p.Int("shift", 40_000, "requests", "over which traffic is shifted", lab.Within(1, 1_000_000))
			c.requests = p.Int("requests", 80_000, "requests", "that are looked at", lab.Within(coldWindows, 1_000_000))
			return c.run
		},
	}
}

// coldWindows is how many windows the requests are divided into.
const coldWindows = 40

type coldRun struct {
	simulate runColdStart
	effort   judge.Effort
	keys     int
	skew     float64
	entries  int
	prewarm  float64
	shift    int
	requests int

	popularity cachesim.Popularity
	full       bool // whether the warm cache is, for sure
	starts     [numStarts]coldRuns
}

// The ways to start.
const (
	flushed = iota
	prewarmed
	shifted
	numStarts
)

var startNames = [numStarts]string{"flush", "prewarm", "shift"}

// coldRuns is one way to start, run by run.
type coldRuns struct {
	read int // keys that were read in before
	runs []cachesim.Recovery
}

// cold is how a way to start is simulated.
func (c *coldRun) cold(start int) cachesim.ColdStart {
	s := cachesim.ColdStart{Policy: cache.LRU, Entries: c.entries, Keys: c.keys, Skew: c.skew, Window: c.requests / coldWindows, Windows: coldWindows}
	switch start {
	case prewarmed:
		s.Prewarm = min(int(c.prewarm*float64(c.entries)), c.keys)
	case shifted:
		s.Shift = c.shift
	}
	return s
}

// hits is the hit ratio in a window, run by run, and stayed that of the cache that stays.
func (s coldRuns) hits(window, of int) []float64 {
	return judge.Column(s.runs, func(r cachesim.Recovery) float64 { return 1 - float64(r.Missed[window])/float64(of) })
}

func (s coldRuns) stayed(window, of int) []float64 {
	return judge.Column(s.runs, func(r cachesim.Recovery) float64 { return 1 - float64(r.Stayed[window])/float64(of) })
}

// extra is how many more requests the database got in some windows than if the cache had stayed.
func (s coldRuns) extra(from, to int) []float64 {
	return judge.Column(s.runs, func(r cachesim.Recovery) float64 {
		sum := 0
		for window := from; window < to; window++ {
			sum += r.Missed[window] - r.Stayed[window]
		}
		return float64(sum)
	})
}

// peak is the most that it got more in a window.
func (s coldRuns) peak() []float64 {
	return judge.Column(s.runs, func(r cachesim.Recovery) float64 {
		most := 0
		for window := range r.Missed {
			most = max(most, r.Missed[window]-r.Stayed[window])
		}
		return float64(most)
	})
}

// recovered is after how many requests the hit ratio came within a hundredth of what it would have been, for good.
func (s coldRuns) recovered(of int) []float64 {
	return judge.Column(s.runs, func(r cachesim.Recovery) float64 {
		window := len(r.Missed)
		for window > 0 && 100*(r.Missed[window-1]-r.Stayed[window-1]) <= of {
			window--
		}
		return float64(window * of)
	})
}

// neverEvicted is the exact hit ratio in a window if a cache that begins with so many keys has room for all.
func (c *coldRun) neverEvicted(read, window, of int) float64 {
	rest := c.popularity[read:]
	return 1 - (rest.Distinct((window+1)*of)-rest.Distinct(window*of))/float64(of)
}

func (c *coldRun) run(r *lab.Run) error {
	var err error
	if c.popularity, err = cachesim.ZipfPopularity(c.skew, c.keys); err != nil {
		return err
	}
	const most = 1_000_000
	warmUp := fill(c.popularity, c.entries, most)
	c.full = warmUp > 0
	if !c.full {
		warmUp = 4 * c.entries // as warm as it gets
	}
	runs := c.effort.Runs(10, 50, r.Full)
	if c.effort.Tiny {
		warmUp, c.requests = min(warmUp, 2_000), min(c.requests, 2_000)
	}
	of := c.requests / coldWindows
	table := r.Table("start", "requests", "runs", "hit_ratio", "hit_ratio_low", "hit_ratio_high", "stayed", "never_evicted", "extra", "extra_low", "extra_high")
	for start, name := range startNames {
		r.Progress("%s", name)
		s := c.cold(start)
		s.WarmUp = warmUp
		all, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) (cachesim.Recovery, error) { return c.simulate(s, e) })
		if err != nil {
			return err
		}
		c.starts[start] = coldRuns{s.Prewarm, all}
		for window := range coldWindows {
			hits, err := judge.Charted(c.starts[start].hits(window, of))
			if err != nil {
				return err
			}
			extra, err := judge.Charted(c.inEntries(start, window+1))
			if err != nil {
				return err
			}
			var exact any
			if start != shifted {
				exact = c.neverEvicted(s.Prewarm, window, of)
			}
			table.Row(name, (window+1)*of, runs, hits.Estimate, hits.Low, hits.High, judge.Mean(c.starts[start].stayed(window, of)), exact,
				extra.Estimate, extra.Low, extra.High)
		}
	}
	c.findings(r, of)
	figure, err := c.figure(runs, of)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// inEntries is the extra requests up to a window, with those that were read in before, over the cache's entries.
func (c *coldRun) inEntries(start, to int) []float64 {
	s := c.starts[start]
	return judge.Column(s.extra(0, to), func(extra float64) float64 { return (extra + float64(s.read)) / float64(c.entries) })
}

func (c *coldRun) figure(runs, of int) (chart.Figure, error) {
	names := [numStarts]string{"flush", "pre-warm", "shift"}
	colors := [numStarts]chart.Color{chart.Orange, chart.Blue, chart.Green}
	stayed := chart.Line{Name: "stayed", Color: chart.Baseline}
	var hits, extra []chart.Line
	for window := range coldWindows {
		stayed.Add(float64((window+1)*of)/1000, 100*judge.Mean(c.starts[flushed].stayed(window, of)))
	}
	hits = append(hits, stayed)
	for start, s := range c.starts {
		h, x := chart.Line{Name: names[start], Color: colors[start]}, chart.Line{Name: names[start], Color: colors[start]}
		for window := range coldWindows {
			if err := addPercent(&h, stayed.X[window], s.hits(window, of)); err != nil {
				return chart.Figure{}, err
			}
			if err := judge.Point(&x, stayed.X[window], c.inEntries(start, window+1)); err != nil {
				return chart.Figure{}, err
			}
		}
		hits, extra = append(hits, h), append(extra, x)
		if start == shifted {
			continue
		}
		theory := chart.Line{Color: chart.Theory, X: stayed.X}
		for window := range coldWindows {
			theory.Y = append(theory.Y, 100*c.neverEvicted(s.read, window, of))
		}
		hits = append(hits, theory)
	}
	x := chart.Axis{Name: "requests since the start (thousands)"}
	return chart.Figure{
		Headline: c.headline(of),
		Detail: fmt.Sprintf("LRU with %s of %s keys, Zipf %v; pre-warm: the hottest %s, whose reads count; shift: over %s requests; %d runs, 95%% bands; dashed: room for all keys, exact",
			judge.Commas(c.entries), judge.Commas(c.keys), c.skew, judge.Commas(c.starts[prewarmed].read), judge.Commas(c.shift), runs),
		Panels: []chart.Panel{
			chart.Lines{Title: "hit ratio (%)", X: x, Series: hits},
			chart.Lines{Title: "extra database requests in all, per entry", X: x, Y: chart.Axis{Min: new(0.0)}, Series: extra},
		},
	}, nil
}

func (c *coldRun) headline(of int) string {
	thousands := func(start int) float64 { return judge.Mean(c.starts[start].recovered(of)) / 1000 }
	return fmt.Sprintf("A flushed cache hits within 1%% of what it did after %.3g thousand requests; with the hottest %s keys read in before, after %.3g; with traffic shifted, %.3g",
		thousands(flushed), judge.Commas(c.starts[prewarmed].read), thousands(prewarmed), thousands(shifted))
}
