package estimating

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/bits-and-blooms/bloom/v3"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// keyFilter is a Bloom filter. clear takes out the bits of a key, which no filter should offer.
type keyFilter interface {
	add(key uint64)
	has(key uint64) bool
	clear(key uint64)
}

type library struct {
	filter *bloom.BloomFilter
	key    [8]byte
}

func newLibrary(b estimate.Bloom) keyFilter {
	return &library{filter: bloom.New(uint(b.Bits()), uint(b.Hashes()))}
}

func (l *library) bytes(key uint64) []byte {
	binary.LittleEndian.PutUint64(l.key[:], key)
	return l.key[:]
}

func (l *library) add(key uint64)      { l.filter.Add(l.bytes(key)) }
func (l *library) has(key uint64) bool { return l.filter.Test(l.bytes(key)) }

// clear does by hand what the library does not offer.
func (l *library) clear(key uint64) {
	for _, at := range bloom.Locations(l.bytes(key), l.filter.K()) {
		l.filter.BitSet().Clear(uint(at % uint64(l.filter.Cap())))
	}
}

func newRemembered(entries int) (func(key uint64) bool, error) {
	// The keys are random numbers: they are their own hashes.
	missing, err := cache.New(cache.Options[uint64, struct{}]{Capacity: entries, Policy: cache.LRU, Shards: 1, Hash: func(key uint64) uint64 { return key }})
	if err != nil {
		return nil, err
	}
	return func(key uint64) bool {
		if _, hit := missing.Get(key); hit {
			return true
		}
		// An error is one of costs, of which there are none.
		_, _ = missing.Set(key, struct{}{})
		return false
	}, nil
}

// existingKeys are even numbers and missing ones odd, so that none is both. That two of 63 random bits are the same happens once in 10^10 runs.
func existingKeys(r *rand.Rand, n int) []uint64 {
	keys := make([]uint64, n)
	for i := range keys {
		keys[i] = r.Uint64() &^ 1
	}
	return keys
}

func missingKey(r *rand.Rand) uint64 { return r.Uint64() | 1 }

// passed is what a filter lets through.
type passed struct {
	missing           float64 // share of lookups for what is not there
	existing, existed int     // lookups for keys that exist: those that pass, and all
	otherwise         float64 // share that passes the other guard, if there is one
}

// ask looks up so many missing keys, and all of those that exist.
func (o *lookupsRun) ask(f keyFilter, existing []uint64, missing func() uint64) passed {
	p := passed{existed: len(existing), existing: countIn(f, existing)}
	through := 0
	for range o.asked {
		if f.has(missing()) {
			through++
		}
	}
	p.missing = float64(through) / float64(o.asked)
	return p
}

func countIn(f keyFilter, keys []uint64) int {
	n := 0
	for _, key := range keys {
		if f.has(key) {
			n++
		}
	}
	return n
}

// row adds what a kind of lookups came to, and counts those for keys that exist.
func (o *lookupsRun) row(l lookups, of []passed) {
	for _, p := range of {
		o.existing += p.existed
		o.turnedAway += p.existed - p.existing
		l.reached = append(l.reached, p.missing)
	}
	o.rows = append(o.rows, l)
}

// sizes measures filters by bits a key.
func (o *lookupsRun) sizes(seed uint64, runs int) error {
	for _, bits := range o.bits {
		m := bits * o.keys
		best, err := o.hashes(m, o.keys)
		if err != nil {
			return err
		}
		for _, way := range []struct {
			guard  string
			hashes int
		}{{"filter", best}, {"twice-hashes", 2 * best}, {"one-hash", 1}} {
			b, err := estimate.NewBloom(m, way.hashes)
			if err != nil {
				return err
			}
			l := lookups{part: "size", guard: way.guard, askedFor: "missing", bits: m, hashes: way.hashes, keys: o.keys}
			if l.theory, err = b.FalsePositives(o.keys); err != nil {
				return err
			}
			if way.guard == "filter" { // whose number of hashes is to be the best
				if l.theory, err = bestRate(m, o.keys); err != nil {
					return err
				}
			}
			all, err := sim.Replicate(seed, runs, func(e *sim.Engine) (passed, error) {
				existing, missing := existingKeys(e.Stream("existing"), o.keys), e.Stream("missing")
				f := o.build(b)
				for _, key := range existing {
					f.add(key)
				}
				return o.ask(f, existing, func() uint64 { return missingKey(missing) }), nil
			})
			if err != nil {
				return err
			}
			o.row(l, all)
		}
	}
	return nil
}

// halves is how many keys a filter that is outgrown is told, in halves of those that it was sized for.
var halves = []int{1, 2, 3, 4, 6, 8}

func (o *lookupsRun) outgrown(seed uint64, runs int) error {
	most := o.keys * halves[len(halves)-1] / 2
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) ([]passed, error) {
		existing, missing := existingKeys(e.Stream("existing"), most), e.Stream("missing")
		f, told := o.build(o.sized), 0
		var of []passed
		for _, half := range halves {
			n := o.keys * half / 2
			for _, key := range existing[told:n] {
				f.add(key)
			}
			told = n
			var all []uint64
			if n == most { // a key that is found now was found before
				all = existing
			}
			of = append(of, o.ask(f, all, func() uint64 { return missingKey(missing) }))
		}
		return of, nil
	})
	if err != nil {
		return err
	}
	for i, half := range halves {
		l := lookups{part: "outgrown", guard: "filter", askedFor: "missing", bits: o.sized.Bits(), hashes: o.sized.Hashes(), keys: o.keys * half / 2}
		if l.theory, err = o.sized.FalsePositives(l.keys); err != nil {
			return err
		}
		o.row(l, judge.Column(all, func(run []passed) passed { return run[i] }))
	}
	return nil
}

// traffic asks a filter and an LRU for the same missing keys: each once only, or so many of them again and again, all alike.
func (o *lookupsRun) traffic(seed uint64, runs int) error {
	theory, err := o.sized.FalsePositives(o.keys)
	if err != nil {
		return err
	}
	kinds := append([]int{0}, o.repeat...)
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) ([]passed, error) {
		f := o.build(o.sized)
		for _, key := range existingKeys(e.Stream("existing"), o.keys) {
			f.add(key)
		}
		var of []passed
		for _, repeated := range kinds {
			p, err := o.meet(f, repeated, e.Stream(fmt.Sprintf("missing %d", repeated)))
			if err != nil {
				return nil, err
			}
			of = append(of, p)
		}
		return of, nil
	})
	if err != nil {
		return err
	}
	for i, repeated := range kinds {
		of := judge.Column(all, func(run []passed) passed { return run[i] })
		l := lookups{part: "traffic", guard: "filter", askedFor: "missing", bits: o.sized.Bits(), hashes: o.sized.Hashes(), keys: o.keys, repeated: repeated, theory: theory}
		o.row(l, of)
		l.guard, l.bits, l.hashes, l.theory = "lru", 8*lruEntry*o.room, 0, o.lruTheory(float64(repeated))
		l.reached = judge.Column(of, func(p passed) float64 { return p.otherwise })
		o.rows = append(o.rows, l)
	}
	return nil
}

// meet lets both guards meet the same lookups.
func (o *lookupsRun) meet(f keyFilter, repeated int, random *rand.Rand) (passed, error) {
	remembered, err := o.remember(o.room)
	if err != nil {
		return passed{}, err
	}
	missing := func() uint64 { return missingKey(random) }
	if repeated > 0 {
		keys := make([]uint64, repeated)
		for i := range keys {
			keys[i] = missingKey(random)
		}
		missing = func() uint64 { return keys[random.IntN(repeated)] }
		// The LRU begins full. Which keys are in it has no influence on what comes next, so that from now on each lookup is a hit with the
		// same probability, room/repeated.
		for _, key := range keys[:min(o.room, repeated)] {
			remembered(key)
		}
	}
	hits := 0
	p := o.ask(f, nil, func() uint64 {
		key := missing()
		if remembered(key) {
			hits++
		}
		return key
	})
	p.otherwise = float64(o.asked-hits) / float64(o.asked)
	return p, nil
}

// lruTheory is the share of missing keys that an LRU does not have, if so many are asked for again and again.
func (o *lookupsRun) lruTheory(repeated float64) float64 {
	if repeated == 0 {
		return 1
	}
	return max(0, 1-float64(o.room)/repeated)
}

// deleted takes one key in a hundred out of the database, and then its bits out of the filter.
func (o *lookupsRun) deleted(seed uint64, runs int) error {
	gone := o.keys / 100
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) (passed, error) {
		existing := existingKeys(e.Stream("existing"), o.keys)
		f := o.build(o.sized)
		for _, key := range existing {
			f.add(key)
		}
		deleted, stay := existing[:gone], existing[gone:]
		p := passed{existed: len(stay), existing: countIn(f, stay), missing: float64(countIn(f, deleted)) / float64(gone)}
		for _, key := range deleted {
			f.clear(key)
		}
		p.otherwise = float64(countIn(f, stay)) / float64(len(stay))
		return p, nil
	})
	if err != nil {
		return err
	}
	l := lookups{part: "deleted", guard: "filter", askedFor: "deleted", bits: o.sized.Bits(), hashes: o.sized.Hashes(), keys: o.keys, theory: 1}
	o.row(l, all)
	l.guard, l.askedFor, l.theory = "cleared", "existing", clearedTheory(l.bits, l.hashes, gone)
	l.reached = judge.Column(all, func(p passed) float64 { return p.otherwise })
	o.rows = append(o.rows, l)
	return nil
}

// clearedTheory is the share of keys that still pass when so many others were cleared: none of all places of those is one of theirs. It takes
// the places of a key for different, which they are but for hashes²/bits.
func clearedTheory(bits, hashes, gone int) float64 {
	return math.Exp(float64(gone*hashes) * math.Log1p(-float64(hashes)/float64(bits)))
}
