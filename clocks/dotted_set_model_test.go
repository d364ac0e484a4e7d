package clocks_test

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// replica holds the siblings of one key. Values are the names of their writes.
type replica interface {
	put(context clocks.Vector, value, server string) error
	sync(other replica)
	context() clocks.Vector
	values() []string
}

// replicated makes replicas of one kind.
type replicated struct {
	name string
	make func() replica
}

var (
	dottedSets  = replicated{"dotted set", func() replica { return &dottedSet{} }}
	versioned   = replicated{"version vector", func() replica { return &versionedSet{} }}
	multiValues = replicated{"register", func() replica { return &multiValue{} }}
	histories   = replicated{"histories", func() replica { return &history{events{}, events{}} }}
)

type dottedSet struct{ clocks.DottedSet[string] }

func (s *dottedSet) put(context clocks.Vector, value, server string) error {
	return s.Put(context, value, server)
}
func (s *dottedSet) sync(other replica)     { s.Sync(other.(*dottedSet).DottedSet) }
func (s *dottedSet) context() clocks.Vector { return s.Context() }
func (s *dottedSet) values() []string       { return s.Values() }

type versionedSet struct{ clocks.Versioned[string] }

func (s *versionedSet) put(context clocks.Vector, value, server string) error {
	return s.Put(context, value, server)
}
func (s *versionedSet) sync(other replica)     { s.Sync(other.(*versionedSet).Versioned) }
func (s *versionedSet) context() clocks.Vector { return s.Context() }
func (s *versionedSet) values() []string       { return s.Values() }

type multiValue struct{ clocks.MultiValue[string] }

func (s *multiValue) put(context clocks.Vector, value, server string) error {
	return s.Set(context, value, server)
}
func (s *multiValue) sync(other replica) { s.Merge(other.(*multiValue).MultiValue) }
func (s *multiValue) context() clocks.Vector {
	_, context := s.Get()
	return context
}
func (s *multiValue) values() []string {
	values, _ := s.Get()
	return values
}

// events are a set of writes, by name: the server's, and the number of its write. It is what clocks stand for.
type events map[string]bool

func name(server string, counter uint64) string { return fmt.Sprintf("%s%d", server, counter) }

// eventsOf is the set of writes that a clock stands for.
func eventsOf(v clocks.Vector) events {
	all := events{}
	for actor, counter := range v.All() {
		for i := range counter {
			all[name(actor, i+1)] = true
		}
	}
	return all
}

func (e events) within(f events) bool {
	for event := range e {
		if !f[event] {
			return false
		}
	}
	return true
}

func (e events) sorted() []string { return slices.Sorted(maps.Keys(e)) }

// history is the model: a replica knows writes, and holds those that no write which has seen them is known of. A server has written as often
// as the writes are that it knows to be its own.
type history struct{ known, held events }

func (h *history) put(context clocks.Vector, value, _ string) error {
	seen := eventsOf(context)
	for event := range seen {
		delete(h.held, event)
	}
	maps.Copy(h.known, seen)
	h.known[value], h.held[value] = true, true
	return nil
}

func (h *history) sync(other replica) {
	o := other.(*history)
	held := events{}
	for event := range h.held {
		held[event] = o.held[event] || !o.known[event]
	}
	for event := range o.held {
		held[event] = h.held[event] || !h.known[event]
	}
	maps.DeleteFunc(held, func(_ string, is bool) bool { return !is })
	h.held = held
	maps.Copy(h.known, o.known)
}

func (h *history) values() []string { return h.held.sorted() }

func (h *history) context() clocks.Vector {
	c := counts{}
	for event := range h.known {
		c[event[:1]]++
	}
	return got(clocks.NewVector(c))
}

// servers are the replicas' names, too.
var servers = []string{"a", "b", "c"}

// trial is replicas of a kind, with what clients have read from them.
type trial struct {
	story
	replicas []replica
	contexts []clocks.Vector
}

// step is a write at a replica or a sync with another.
type step struct {
	at, from int // from < 0 for a write
	context  clocks.Vector
	value    string // the write's name
}

func newTrial(of replicated) *trial {
	c := &trial{contexts: []clocks.Vector{{}}}
	for range servers {
		c.replicas = append(c.replicas, of.make())
	}
	return c
}

// choice is what is drawn for a step, whatever was done before, so that steps can be left out of a failure.
type choice struct {
	at, sync, read int
	invented       map[string]uint64 // none for a context that some replica has given out
}

// drawChoices draws what is done. Clients may invent contexts.
func drawChoices(t *rapid.T, invent bool) []choice {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) choice {
		s := choice{at: rapid.IntRange(0, len(servers)-1).Draw(t, "replica"), sync: rapid.IntRange(0, len(servers)-1).Draw(t, "sync")}
		if s.sync == 0 {
			s.read = rapid.IntRange(0, 3).Draw(t, "read")
			if invent && rapid.Bool().Draw(t, "invented") {
				s.invented = rapid.MapOf(rapid.SampledFrom(servers), rapid.Uint64Range(1, 4)).Draw(t, "context")
			}
		}
		return s
	}), 0, 12).Draw(t, "steps")
}

// do takes a step. A client writes with a context that one of the last four steps gave out, or with an invented one, if the server does not know it to be wrong.
func (c *trial) do(drawn choice) step {
	s := step{at: drawn.at, from: -1}
	if drawn.sync > 0 {
		s.from = (drawn.at + drawn.sync) % len(servers)
	}
	mine := c.replicas[s.at]
	if s.from >= 0 {
		mine.sync(c.replicas[s.from])
		c.tell("%s takes in what %s has: it holds %v", servers[s.at], servers[s.from], mine.values())
	} else {
		made := mine.context().Counter(servers[s.at])
		s.value = name(servers[s.at], made+1)
		seen := drawn.invented
		if seen == nil {
			seen = maps.Collect(c.contexts[max(0, len(c.contexts)-1-drawn.read)].All())
		}
		if seen[servers[s.at]] > made {
			seen = maps.Clone(seen)
			seen[servers[s.at]] = made
		}
		s.context = vectorOf(seen).Vector
		must(mine.put(s.context, s.value, servers[s.at]))
		c.tell("%s is written by who has seen %v: it holds %v", servers[s.at], s.context, mine.values())
	}
	c.contexts = append(c.contexts, mine.context())
	return s
}
