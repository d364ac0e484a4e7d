package cache

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A cache of one shard is a map and a model of its policy: it gives what was written last, it evicts what the model evicts, in that order, tells
// of it once, counts it, and is never larger, in entries and in cost, than it may be.
func TestLaw_ACacheIsAMapThatForgets(t *testing.T) {
	each(t, func(of policyCase) func(*rapid.T) { return lawCache(of, plain) })
}

// subject is what the law needs of a cache, so that one with a bug can stand in its place.
type subject interface {
	Get(uint64) (costly, bool)
	Set(uint64, costly) (bool, error)
	Delete(uint64) bool
	Len() int
	All() iter.Seq2[uint64, costly]
	Stats() Stats
}

func plain(c *Cache[uint64, costly]) subject { return c }

func identity(id uint64) uint64 { return id }

// pairing is a cache beside its model, with the story of what was done.
type pairing struct {
	t       *rapid.T
	cache   subject
	model   *naiveCache
	evicted []gone
	told    strings.Builder
}

func (p *pairing) tell(format string, args ...any) { fmt.Fprintf(&p.told, format+"\n", args...) }

func (p *pairing) fail(format string, args ...any) {
	p.t.Fatalf("%sbut %s", p.told.String(), fmt.Sprintf(format, args...))
}

func lawCache(of policyCase, wrap func(*Cache[uint64, costly]) subject) func(*rapid.T) {
	return func(t *rapid.T) {
		p := &pairing{t: t}
		o := Options[uint64, costly]{
			Capacity: rapid.IntRange(1, 8).Draw(t, "capacity"), Shards: 1, Policy: of.build, Hash: identity,
			OnEvict: func(key uint64, value costly) { p.evicted = append(p.evicted, gone{key, value}) },
		}
		o.MaxCost = int64(rapid.IntRange(0, 12).Draw(t, "most"))
		p.tell("room for %d", o.Capacity)
		if o.MaxCost > 0 {
			o.Cost = func(_ uint64, value costly) int64 { return int64(value.cost) }
			p.tell("which may cost %d", o.MaxCost)
		}
		c, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		p.cache, p.model = wrap(c), newNaiveCache(of, o.Capacity, int(o.MaxCost))
		keys := rapid.Uint64Range(0, uint64(2*o.Capacity+1)).Draw(t, "keys")
		for version := range rapid.IntRange(0, 100).Draw(t, "operations") {
			key := rapid.Uint64Range(0, keys).Draw(t, "key")
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				p.delete(key)
			case 1, 2, 3, 4:
				p.get(key)
			default:
				value := costly{version: version}
				if o.MaxCost > 0 {
					value.cost = rapid.IntRange(-1, int(o.MaxCost)+1).Draw(t, "cost")
				}
				p.set(key, value)
			}
			p.check()
		}
	}
}

func (p *pairing) delete(key uint64) {
	p.tell("%s is deleted", letter(key))
	if got, want := p.cache.Delete(key), p.model.delete(key); got != want {
		p.fail("it was there: %t", want)
	}
}

func (p *pairing) get(key uint64) {
	p.tell("%s is asked for", letter(key))
	got, ok := p.cache.Get(key)
	switch want, known := p.model.get(key); {
	case ok != known:
		p.fail("it is there: %t", known)
	case got != want:
		p.fail("it is version %d, not %d", want.version, got.version)
	}
}

func (p *pairing) set(key uint64, value costly) {
	if p.model.maxCost > 0 {
		p.tell("%s is set to version %d, which costs %d", letter(key), value.version, value.cost)
	} else {
		p.tell("%s is set to version %d", letter(key), value.version)
	}
	p.evicted = p.evicted[:0]
	stored, err := p.cache.Set(key, value)
	want, all, wrong := p.model.set(key, value)
	switch {
	case wrong != errors.Is(err, ErrCost):
		p.fail("is that cost wrong: %t, and it says %v", wrong, err)
	case !slices.Equal(p.evicted, all):
		p.fail("%v should go, not %v", all, p.evicted)
	case stored != want:
		p.fail("it is inside now: %t", want)
	}
}

// check compares all that can be seen without use.
func (p *pairing) check() {
	cost, entries := 0, map[uint64]costly{}
	for key, value := range p.cache.All() {
		if _, twice := entries[key]; twice {
			p.fail("%s comes twice", letter(key))
		}
		entries[key] = value
		cost += value.cost
	}
	if len(entries) > p.model.capacity {
		p.fail("%d are inside", len(entries))
	}
	if p.model.maxCost > 0 && cost > p.model.maxCost {
		p.fail("what is inside costs %d", cost)
	}
	if !maps.Equal(entries, p.model.values) {
		p.fail("inside is %s, not %s", versions(p.model.values), versions(entries))
	}
	if n := p.cache.Len(); n != len(entries) {
		p.fail("it counts %d entries and has %d", n, len(entries))
	}
	if got := p.cache.Stats(); got != p.model.stats {
		p.fail("it should count %+v, not %+v", p.model.stats, got)
	}
}

func versions(entries map[uint64]costly) string {
	if len(entries) == 0 {
		return "nothing"
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		all = append(all, gone{key, entries[key]}.String())
	}
	return strings.Join(all, ", ")
}
