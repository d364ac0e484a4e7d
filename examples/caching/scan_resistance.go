package caching

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// ScanResistance runs every eviction policy against three things that popularity alone does not have: scans, which ask for many keys once; loops that are
// larger than the cache; and hot keys that move. What protects against the first two trusts the past, and is slow when it changes. 2Q resists only scans
// that its memory of evicted keys outlasts, which is half of the capacity.
//
// In data.csv length is, for "scans", the keys of a scan, of which there is one after each twentieth of the requests by Zipf's law, and hit_ratio is that of
// these alone; for "loop" the keys of a loop, and hit_ratio is that after its first round; for "moving" the requests after which other keys are hot, as many as
// two fifths of the entries, to which nine tenths of the requests go. "kept" is a cache that holds the hottest keys of Zipf's law and never anything else,
// computed. A loop is the same in each run, and so has no interval but for a policy that draws its victims.
var ScanResistance = scanResistance(allPolicies, judge.Effort{})

const (
	scans      = 20 // how many there are
	loopRounds = 20
	hotShare   = 0.9
)

// Lengths of loops and times between moves, in capacities.
var (
	loopLengths = []float64{1.1, 1.25, 1.5, 2}
	periods     = []float64{1, 2, 4, 8, 16}
)

func scanResistance(policies []policy, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "scan-resistance",
		Topic:    "caching",
		Question: "Which eviction policies survive a scan, and what does it cost them when the keys change?",
		Guide:    []string{"cache.policy"},
		Packages: []string{"cache.Policy", "cachesim.Loop", "cachesim.ShiftingHotSet"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			s := &scanRun{effort: effort}
			s.capacity = p.Int("capacity", 500, "entries", "of the cache", lab.Within(1, 10_000))
			s.requests = p.Int("requests", 12_000, "requests", "how many are generated besides scans", lab.Within(100, 1_000_000))
			s.keys = p.Int("keys", 5_000, "keys", "of Zipf's law, and of those that move", lab.Within(1, 1_000_000))
			s.skew = p.Float("skew", 0.9, "", "exponent of Zipf's law", lab.Within(0.0, 5.0))
			s.scans = p.Floats("scans", []float64{0, 0.25, 0.5, 1, 2}, "times the capacity", "keys of a scan, of which there are twenty", lab.Within(0.0, 10.0))
			s.policies = chosen(policies, policyParameter(p, judge.Column(policies, func(of policy) string { return of.name }), policies))
			return s.run
		},
	}
}

type scanRun struct {
	effort   judge.Effort
	capacity int
	requests int
	keys     int
	skew     float64
	scans    []float64 // ascending in a run
	policies []policy

	kept  float64      // hit ratio of the hottest keys, kept
	parts [3]resistant // scans, loop, moving
}

// resistant is what one kind of traffic makes of the policies.
type resistant struct {
	name    string
	lengths []int
	runs    [][][]float64 // hit ratios by run, policy, length
}

func (s *scanRun) run(r *lab.Run) error {
	slices.Sort(s.scans)
	if err := s.measure(r); err != nil {
		return err
	}
	if err := s.fill(r.Table("traffic", "policy", "capacity", "length", "runs", "hit_ratio", "low", "high")); err != nil {
		return err
	}
	s.findings(r)
	figure, err := s.figure()
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// inCapacities turns multiples of the capacity into whole numbers, each once and none below least.
func (s *scanRun) inCapacities(multiples []float64, least int) []int {
	all := make([]int, len(multiples))
	for i, x := range multiples {
		all[i] = max(least, int(math.Round(x*float64(s.capacity))))
	}
	return slices.Compact(all)
}

func (s *scanRun) measure(r *lab.Run) error {
	if s.effort.Tiny {
		s.requests, s.capacity = min(s.requests, 1_000), min(s.capacity, 50)
	}
	zipf, err := workload.NewZipf(s.skew, s.keys, nil)
	if err != nil {
		return err
	}
	s.kept = 0
	for k := range min(s.capacity, s.keys) {
		s.kept += zipf.Mass(k)
	}
	s.parts = [3]resistant{
		{name: "scans", lengths: s.inCapacities(s.scans, 0)},
		{name: "loop", lengths: s.inCapacities(loopLengths, s.capacity+1)},
		{name: "moving", lengths: s.inCapacities(periods, 1)},
	}
	runs := s.effort.Runs(10, 100, r.Full)
	for i, of := range []func(*sim.Engine, int) ([]float64, error){s.scanned, s.looped, s.moving} {
		part := &s.parts[i]
		n := runs
		if i == 1 {
			n = min(n, 4) // only random victims differ
		}
		r.Progress("%s: %d policies, lengths %v", part.name, len(s.policies), part.lengths)
		if part.runs, err = sim.Replicate(r.Seed, n, func(e *sim.Engine) ([][]float64, error) {
			all := make([][]float64, len(s.policies))
			for _, length := range part.lengths {
				ratios, err := of(e, length)
				if err != nil {
					return nil, err
				}
				for p, ratio := range ratios {
					all[p] = append(all[p], ratio)
				}
			}
			return all, nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// scanned is Zipf's law with scans of some keys, one after each twentieth of the requests. Every scan's keys are new, so that all of its requests
// miss, and the others are what is left.
func (s *scanRun) scanned(e *sim.Engine, length int) ([]float64, error) {
	zipf, err := workload.NewZipf(s.skew, s.keys, sim.New(e.Stream("zipf").Uint64()).Stream("zipf"))
	if err != nil {
		return nil, err
	}
	ids := make([]uint64, 0, s.requests+scans*length)
	fresh := uint64(s.keys)
	for scan := range scans {
		for range s.requests*(scan+1)/scans - s.requests*scan/scans {
			ids = append(ids, uint64(zipf.Next()))
		}
		for range length {
			ids = append(ids, fresh)
			fresh++
		}
	}
	trace, err := cachesim.Intern(ids)
	if err != nil {
		return nil, err
	}
	return s.ratios(trace, scans*length, e)
}

func (s *scanRun) looped(e *sim.Engine, length int) ([]float64, error) {
	trace, err := cachesim.Loop(length, loopRounds*length)
	if err != nil {
		return nil, err
	}
	return s.ratios(trace, length, e)
}

func (s *scanRun) moving(e *sim.Engine, period int) ([]float64, error) {
	hot := min(s.keys, max(1, s.capacity*2/5))
	trace, err := cachesim.ShiftingHotSet(cachesim.HotSet{Keys: s.keys, Hot: hot, Share: hotShare, Period: period, Requests: s.requests}, e.Stream("moving"))
	if err != nil {
		return nil, err
	}
	return s.ratios(trace, 0, e)
}

// ratios are those of every policy, without so many requests that miss for certain.
func (s *scanRun) ratios(trace cachesim.Trace, certain int, e *sim.Engine) ([]float64, error) {
	seed := e.Stream("random victims").Uint64()
	ratios := make([]float64, len(s.policies))
	for i, of := range s.policies {
		misses, err := of.misses(trace, s.capacity, seed)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", of.name, err)
		}
		ratios[i] = float64(len(trace.Requests)-misses) / float64(len(trace.Requests)-certain)
	}
	return ratios, nil
}

// of is a policy's place among those that run, or -1.
func (s *scanRun) of(name string) int {
	return slices.IndexFunc(s.policies, func(p policy) bool { return p.name == name })
}

// ratio is a policy's hit ratio at one length, run by run.
func (p resistant) ratio(policy, length int) []float64 {
	return judge.Column(p.runs, func(run [][]float64) float64 { return run[policy][length] })
}

func (s *scanRun) fill(table *lab.Table) error {
	for _, part := range s.parts {
		for l, length := range part.lengths {
			for i, of := range s.policies {
				interval, err := judge.Charted(part.ratio(i, l))
				if err != nil {
					return err
				}
				cells := []any{part.name, of.name, s.capacity, length, len(part.runs), interval.Estimate, interval.Low, interval.High}
				if interval.HalfWidth() == 0 {
					cells[4], cells[6], cells[7] = 1, nil, nil
				}
				table.Row(cells...)
			}
			if part.name == "scans" {
				table.Row(part.name, "kept", s.capacity, length, nil, s.kept, nil, nil)
			}
		}
	}
	return nil
}
