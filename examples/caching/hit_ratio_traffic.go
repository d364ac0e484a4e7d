package caching

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// traffic is a way in which keys are asked for.
type traffic struct {
	name  string // in data.csv
	title string // in charts
	draw  func(e *sim.Engine, requests int) (cachesim.Trace, error)
}

// allTraffics are over 3,000 to 6,000 keys each: some that suit LRU, and some that do not.
var allTraffics = []traffic{
	{"zipf-0.8", "Zipf 0.8", func(e *sim.Engine, requests int) (cachesim.Trace, error) {
		return cachesim.Zipf(0.8, 5_000, requests, e.Stream("zipf"))
	}},
	{"zipf-1.1", "Zipf 1.1", func(e *sim.Engine, requests int) (cachesim.Trace, error) {
		return cachesim.Zipf(1.1, 5_000, requests, e.Stream("zipf"))
	}},
	{"scan", "Zipf and scans", func(e *sim.Engine, requests int) (cachesim.Trace, error) {
		return mixed(e, requests, 0.2, 500, func(n int) (cachesim.Trace, error) { return cachesim.Scan(n) })
	}},
	{"loop", "Zipf and a loop", func(e *sim.Engine, requests int) (cachesim.Trace, error) {
		return mixed(e, requests, 0.4, 1, func(n int) (cachesim.Trace, error) { return cachesim.Loop(min(n, 1_200), n) })
	}},
	{"hot-set", "a hot set that moves", func(e *sim.Engine, requests int) (cachesim.Trace, error) {
		return cachesim.ShiftingHotSet(cachesim.HotSet{Keys: 5_000, Hot: 200, Share: 0.8, Period: 2_000, Requests: requests}, e.Stream("hot set"))
	}},
	{"recency", "recency alone", func(e *sim.Engine, requests int) (cachesim.Trace, error) {
		return cachesim.Recency(1, 5_000, requests, e.Stream("recency"))
	}},
}

// mixed is Zipf's law with a share of something else, in bursts.
func mixed(e *sim.Engine, requests int, share float64, burst int, other func(n int) (cachesim.Trace, error)) (cachesim.Trace, error) {
	others := max(1, int(share*float64(requests)))
	zipf, err := cachesim.Zipf(0.9, 3_000, requests-others, e.Stream("zipf"))
	if err != nil {
		return cachesim.Trace{}, err
	}
	more, err := other(others)
	if err != nil {
		return cachesim.Trace{}, err
	}
	return cachesim.Mix(e.Stream("order"), cachesim.Part{Trace: zipf, Burst: 1}, cachesim.Part{Trace: more, Burst: burst})
}

// nameOfRun tells the runs of a generated traffic apart, each of which is a trace of its own.
func (t traffic) nameOfRun(run int) string { return fmt.Sprintf("%s-%d", t.name, run+1) }
