package estimating

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// NegativeLookups asks a database for keys that it does not have, as scanners, stale links and typing errors do: a cache of what there is cannot answer
// them. On the left a Bloom filter of the keys that exist stands before it, and lets through what it takes for one of them: by bits a key, with the best
// number of hashes, twice as many and one only. In the middle the set outgrows a filter. On the right is an LRU of the same memory that remembers keys which
// were missing. Dashed is the exact rate of ideal hashes, and of the LRU 1 - room/keys. The filter is github.com/bits-and-blooms/bloom, whose places of a key
// come from two MurmurHash3 of 128 bits and so are not independent: what that changes is of the order of hashes²/bits of the rate, less than the intervals show.
//
// In data.csv part is size, outgrown, traffic or deleted. guard is what stands before the database: filter (with the best number of hashes in part size, and
// otherwise sized for -rate), twice-hashes, one-hash, lru, or cleared, a filter from which the bits of the deleted keys were taken. asked_for is missing
// (keys that never existed), existing, or deleted (keys that the filter was told and the database has no more). bits is the filter's, keys how many it was told,
// repeated how many missing keys there are that are asked for again and again, empty where each is new. reached is the share of lookups that reach the
// database, the mean of all runs, with its 95% interval in low and high, and theory what it should be.
//
// Not shown: hashes without a secret, as the library's are, let somebody who knows them choose missing keys that all pass.
var NegativeLookups = negativeLookups(soundLookups, judge.Effort{})

// lookupParts are what findings are about, so that tests can plant others.
type lookupParts struct {
	hashes   func(bits, keys int) (int, error)                      // the best number
	size     func(keys int, rate float64) (estimate.Bloom, error)   // bits and hashes for a rate
	build    func(estimate.Bloom) keyFilter                         // an empty one
	remember func(entries int) (func(key uint64) (hit bool), error) // an LRU of keys that were missing: whether this one is in it, and now it is
}

// What an LRU of package cache takes for a key of 8 bytes and no value is 24 to 40 bytes more: the least is taken, in its favour.
const lruEntry = 8 + 24

var soundLookups = lookupParts{hashes: bestHashes, size: estimate.SizeBloom, build: newLibrary, remember: newRemembered}

func negativeLookups(parts lookupParts, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "negative-lookups",
		Topic:    "estimating",
		Question: "What keeps lookups for keys that do not exist from the database, and in how much memory?",
		Guide:    []string{"cache.bloom"},
		Packages: []string{"estimate.SizeBloom", "estimate.Bloom", "cache.LRU"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			o := &lookupsRun{lookupParts: parts, effort: effort}
			o.keys = p.Int("keys", 10_000, "keys", "that exist", lab.Within(5_000, 100_000))
			o.bits = p.Ints("bits", []int{2, 4, 6, 8, 10, 12, 16, 20}, "bits a key", "of the filters on the left, at most ten", lab.Within(1, 24))
			o.rate = p.Float("rate", 0.01, "of lookups for missing keys", "what the other filter is sized for", lab.Within(0.0001, 0.2))
			o.asked = p.Int("asked", 20_000, "lookups", "for missing keys, of a run and a filter", lab.Within(1_000, 200_000))
			o.repeat = p.Ints("repeat", []int{200, 400, 500, 700, 1_000, 2_000, 4_000, 10_000}, "keys", "missing ones that are asked for again and again, at most ten numbers", lab.Within(10, 1_000_000))
			p.Refuse(o.unfit())
			return o.run
		},
	}
}

type lookupsRun struct {
	lookupParts
	effort               judge.Effort
	keys, asked          int
	bits, repeat         []int // ascending in a run
	rate                 float64
	sized                estimate.Bloom // by parts, for keys and rate
	room                 int            // of an LRU in the memory of that filter, in keys
	rows                 []lookups
	existing, turnedAway int // lookups for keys that exist, of all filters that nothing was cleared from
}

// lookups are those of one kind that meet one guard.
type lookups struct {
	part, guard, askedFor string
	bits, hashes, keys    int
	repeated              int // 0 where each key is new
	theory                float64
	reached               []float64 // the share that reaches the database, run by run
}

const (
	lookupRuns  = 20  // of a quick run
	leastPassed = 25  // lookups that pass in all runs: fewer make no interval, as most runs see none
	leastJudged = 100 // of them: of fewer a 99.99% interval misses more than twice as often as it says, as their distribution is skew
)

func (o *lookupsRun) unfit() error {
	if len(o.bits) > 10 {
		return fmt.Errorf("-bits must be at most 10 numbers: %d", len(o.bits))
	}
	if len(o.repeat) > 10 {
		return fmt.Errorf("-repeat must be at most 10 numbers: %d", len(o.repeat))
	}
	const most = 60_000_000 // keys and lookups of all runs
	sizes := 3 * len(o.bits) * (2*o.keys + o.asked)
	outgrown := 2*o.keys*halves[len(halves)-1]/2 + o.asked*len(halves)
	traffic := o.keys + 2*o.asked*(len(o.repeat)+1)
	deleted := 3 * o.keys
	if cost := lookupRuns * (sizes + outgrown + traffic + deleted); cost > most {
		return fmt.Errorf("-keys, -asked, -bits and -repeat must come to at most %d keys and lookups: %d", most, cost)
	}
	for _, bits := range o.bits {
		rate, err := bestRate(bits*o.keys, o.keys)
		if err != nil {
			return err
		}
		if passed := rate * float64(o.asked) * lookupRuns; passed < leastPassed {
			return fmt.Errorf("-bits and -asked must let at least %d lookups pass in %d runs: of %d lookups each at %d bits a key, %.2g", leastPassed, lookupRuns, o.asked, bits, passed)
		}
	}
	if passed := o.rate * float64(o.asked) * lookupRuns; passed < leastPassed {
		return fmt.Errorf("-rate and -asked must let at least %d lookups pass in %d runs: of %d lookups each, %.2g", leastPassed, lookupRuns, o.asked, passed)
	}
	return nil
}

func (o *lookupsRun) run(r *lab.Run) error {
	slices.Sort(o.bits)
	slices.Sort(o.repeat)
	runs := o.effort.Runs(lookupRuns, 200, r.Full)
	if o.effort.Tiny {
		o.asked /= 10
	}
	var err error
	if o.sized, err = o.size(o.keys, o.rate); err != nil {
		return err
	}
	o.room = max(1, bytesOf(o.sized.Bits())/lruEntry)
	o.rows, o.existing, o.turnedAway = nil, 0, 0
	for _, part := range []struct {
		name    string
		measure func(seed uint64, runs int) error
	}{{"size", o.sizes}, {"outgrown", o.outgrown}, {"traffic", o.traffic}, {"deleted", o.deleted}} {
		r.Progress("%s", part.name)
		if err := part.measure(r.Seed, runs); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	table := r.Table("part", "guard", "asked_for", "bits", "hashes", "keys", "repeated", "runs", "theory", "reached", "low", "high")
	for _, l := range o.rows {
		interval, err := judge.Charted(l.reached)
		if err != nil {
			return err
		}
		var repeated, hashes any
		if l.repeated > 0 {
			repeated = l.repeated
		}
		if l.hashes > 0 {
			hashes = l.hashes
		}
		table.Row(l.part, l.guard, l.askedFor, l.bits, hashes, l.keys, repeated, runs, l.theory, interval.Estimate, interval.Low, interval.High)
	}
	o.findings(r)
	figure, err := o.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// bestHashes is the number of hashes with the lowest rate.
func bestHashes(bits, keys int) (int, error) {
	best, least := 0, 2.0
	for hashes := 1; ; hashes++ {
		rate, err := filterRate(bits, hashes, keys)
		if err != nil {
			return 0, err
		}
		if rate >= least {
			return best, nil // it falls, and then rises
		}
		best, least = hashes, rate
	}
}

func bestRate(bits, keys int) (float64, error) {
	hashes, err := bestHashes(bits, keys)
	if err != nil {
		return 0, err
	}
	return filterRate(bits, hashes, keys)
}

// filterRate is exact.
func filterRate(bits, hashes, keys int) (float64, error) {
	b, err := estimate.NewBloom(bits, hashes)
	if err != nil {
		return 0, err
	}
	return b.FalsePositives(keys)
}

func bytesOf(bits int) int { return (bits + 7) / 8 }
