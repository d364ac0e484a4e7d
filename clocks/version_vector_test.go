package clocks_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// vectored is the model of siblings under one vector: the rules as they are said.
type vectored struct {
	clock counts
	held  events
}

var vectoreds = replicated{"vectored", func() replica { return &vectored{counts{}, events{}} }}

func (v *vectored) put(context clocks.Vector, value, server string) error {
	seen := counts{}
	for actor, counter := range context.All() {
		seen[actor] = counter
	}
	if v.clock.within(seen) {
		v.held = events{}
	}
	for actor, counter := range seen {
		v.clock[actor] = max(v.clock[actor], counter)
	}
	v.clock[server]++
	v.held[value] = true
	return nil
}

func (v *vectored) sync(other replica) {
	o := other.(*vectored)
	mine, theirs := v.clock.compare(o.clock) != clocks.Before, v.clock.compare(o.clock) != clocks.After
	held := events{}
	for event := range v.held {
		if mine {
			held[event] = true
		}
	}
	for event := range o.held {
		if theirs {
			held[event] = true
		}
	}
	v.held = held
	for actor, counter := range o.clock {
		v.clock[actor] = max(v.clock[actor], counter)
	}
}

func (v *vectored) values() []string       { return v.held.sorted() }
func (v *vectored) context() clocks.Vector { return vectorOf(v.clock).Vector }

// A write replaces all or nothing, and of two replicas the one that knows more wins, or neither.
func TestLaw_SiblingsUnderOneVector(t *testing.T) {
	rapid.Check(t, lawVectored(versioned))
}

func lawVectored(of replicated) func(*rapid.T) {
	return func(t *rapid.T) {
		c, model := newTrial(of), newTrial(vectoreds)
		for _, drawn := range drawChoices(t, true) {
			s := c.do(drawn)
			if s.from >= 0 {
				model.replicas[s.at].sync(model.replicas[s.from])
			} else {
				must(model.replicas[s.at].put(s.context, s.value, servers[s.at]))
			}
			if held, due := c.replicas[s.at].values(), model.replicas[s.at].values(); !slices.Equal(held, due) {
				c.fail(t, "it should hold %v", due)
			}
			if knows, due := c.replicas[s.at].context(), model.replicas[s.at].context(); !knows.Equal(due) {
				c.fail(t, "it says that it knows %v, and knows %v", knows, due)
			}
		}
	}
}

// Version vectors err on one side alone: whatever a dotted set holds is held, after the same writes and syncs.
func TestLaw_OneVectorHoldsAtLeastWhatDotsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, dotted := newTrial(versioned), newTrial(dottedSets)
		for _, drawn := range drawChoices(t, false) {
			s := c.do(drawn)
			if s.from >= 0 {
				dotted.replicas[s.at].sync(dotted.replicas[s.from])
			} else {
				must(dotted.replicas[s.at].put(s.context, s.value, servers[s.at]))
			}
			held := c.replicas[s.at].values()
			for _, value := range dotted.replicas[s.at].values() {
				if !slices.Contains(held, value) {
					c.fail(t, "a dotted set holds %s", value)
				}
			}
		}
	})
}

// Two writes of the same value are two siblings, and a copy of one is none more.
func TestTheSameValueTwice(t *testing.T) {
	var a, b clocks.Versioned[string]
	require.NoError(t, a.Put(clocks.Vector{}, "x", "a"))
	require.NoError(t, a.Put(clocks.Vector{}, "x", "a"))
	require.Equal(t, 2, a.Len())
	b = a
	require.NoError(t, b.Put(clocks.Vector{}, "x", "b"))
	require.NoError(t, a.Put(clocks.Vector{}, "x", "a"))
	a.Sync(b)
	require.Equal(t, []string{"x", "x", "x", "x"}, a.Values())
}

// Replicas whose clocks are equal can hold different siblings, if they have synced in different order. Then they hold all.
func TestEqualClocksOfOtherSiblings(t *testing.T) {
	var a, b, c clocks.Versioned[string]
	require.NoError(t, a.Put(clocks.Vector{}, "a1", "a"))
	require.NoError(t, b.Put(clocks.Vector{}, "b1", "b"))
	require.NoError(t, c.Put(b.Context(), "c1", "c"))
	first, second := a, c
	first.Sync(b)
	first.Sync(c)
	second.Sync(b)
	second.Sync(a)
	require.Equal(t, first.Context(), second.Context())
	require.Equal(t, []string{"a1", "b1", "c1"}, first.Values())
	require.Equal(t, []string{"a1", "c1"}, second.Values())
	second.Sync(first)
	require.Equal(t, first.Values(), second.Values())
}
