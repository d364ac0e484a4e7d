package clocks_test

import (
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// A dotted set holds what sets of events hold, whoever has read what, even if it was never read.
func TestLaw_DottedSetsAreHistories(t *testing.T) {
	rapid.Check(t, lawHistories(dottedSets, true))
	rapid.Check(t, lawHistories(multiValues, true))
}

func lawHistories(of replicated, invented bool) func(*rapid.T) {
	return func(t *rapid.T) {
		c, model := newTrial(of), newTrial(histories)
		for _, drawn := range drawChoices(t, invented) {
			s := c.do(drawn)
			if s.from >= 0 {
				model.replicas[s.at].sync(model.replicas[s.from])
			} else {
				must(model.replicas[s.at].put(s.context, s.value, ""))
			}
			held, due := c.replicas[s.at].values(), model.replicas[s.at].values()
			if !slices.Equal(held, due) {
				c.fail(t, "what nobody has replaced is %v", due)
			}
			if knows, due := c.replicas[s.at].context(), model.replicas[s.at].context(); !knows.Equal(due) {
				c.fail(t, "it says that it knows %v, and knows %v", knows, due)
			}
		}
	}
}

// No write is lost: each that a replica says it knows is held there, or was seen by who wrote a value that is.
func TestLaw_NoWriteIsLost(t *testing.T) {
	for _, of := range []replicated{versioned, dottedSets, multiValues} {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawNothingLost(of)) })
	}
}

func lawNothingLost(of replicated) func(*rapid.T) {
	return func(t *rapid.T) {
		c, pasts := newTrial(of), map[string]events{}
		for _, drawn := range drawChoices(t, false) {
			s := c.do(drawn)
			if s.from < 0 {
				pasts[s.value] = eventsOf(s.context)
			}
			kept := events{}
			for _, value := range c.replicas[s.at].values() {
				kept[value] = true
				maps.Copy(kept, pasts[value])
			}
			for _, event := range eventsOf(c.replicas[s.at].context()).sorted() {
				if !kept[event] {
					c.fail(t, "%s is lost: nobody who wrote what is held has seen it", event)
				}
			}
		}
	}
}

// Sync is a join: commutative, associative, idempotent, the least that knows both.
func TestLaw_SyncIsAJoin(t *testing.T) {
	for _, of := range []replicated{dottedSets, multiValues} {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawSyncJoin(of)) })
	}
}

func lawSyncJoin(of replicated) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(of)
		for _, drawn := range drawChoices(t, false) {
			c.do(drawn)
		}
		// A join must not change what it takes in, so all are joined from the same replicas.
		join := func(all ...replica) replica {
			joined := of.make()
			for _, r := range all {
				joined.sync(r)
			}
			return joined
		}
		same := func(law string, r, s replica) {
			if !r.context().Equal(s.context()) || !slices.Equal(r.values(), s.values()) {
				c.fail(t, "%s: %v of %v, and %v of %v", law, r.values(), r.context(), s.values(), s.context())
			}
		}
		x, y, z := c.replicas[0], c.replicas[1], c.replicas[2]
		same("it matters who comes first, a or b", join(x, y), join(y, x))
		same("a with (b with c) is not (a with b) with c", join(x, join(y, z)), join(join(x, y), z))
		same("a with a is not a", join(x, x), x)
		same("a with b knows what neither does, or less", join(join(x, y), x, y), join(x, y))
		same("who knows a and b does not know all of a with b", join(join(x, y, z), join(x, y)), join(x, y, z))
		both := x.context()
		both.Merge(y.context())
		if knows := join(x, y).context(); !knows.Equal(both) {
			c.fail(t, "a with b says that it knows %v, and knows %v", knows, both)
		}
	}
}

// A copy is a set of its own: whatever is done to one, the other stays.
func TestLaw_CopiesOfSetsAreApart(t *testing.T) {
	copies := []struct {
		of   replicated
		copy func(replica) replica
	}{
		{dottedSets, func(r replica) replica { return &dottedSet{r.(*dottedSet).DottedSet} }},
		{versioned, func(r replica) replica { return &versionedSet{r.(*versionedSet).Versioned} }},
		{multiValues, func(r replica) replica { return &multiValue{r.(*multiValue).MultiValue} }},
	}
	for _, of := range copies {
		rapid.Check(t, func(t *rapid.T) {
			c := newTrial(of.of)
			type kept struct {
				copy   replica
				at     string
				values []string
				knows  string
			}
			var all []kept
			for _, drawn := range drawChoices(t, false) {
				s := c.do(drawn)
				r := c.replicas[s.at]
				all = append(all, kept{of.copy(r), servers[s.at], r.values(), r.context().String()})
				// What was given out is the reader's, to change.
				changed := r.context()
				must(changed.Increment("a"))
				slices.Reverse(r.values())
				for _, k := range all {
					if !slices.Equal(k.copy.values(), k.values) || k.copy.context().String() != k.knows {
						c.fail(t, "a copy of %s has become %v of %v from %v of %v", k.at, k.copy.values(), k.copy.context(), k.values, k.knows)
					}
				}
			}
			// And the other way round.
			before := c.replicas[0].values()
			for _, k := range all {
				must(k.copy.put(clocks.Vector{}, "another", "a"))
			}
			if after := c.replicas[0].values(); !slices.Equal(before, after) {
				c.fail(t, "a has become %v through its copies", after)
			}
		})
	}
}

// Two copies that are written on do not write into each other's room, however many values there are.
func TestCopiesAreWrittenApart(t *testing.T) {
	for n := range 12 {
		var a clocks.DottedSet[int]
		var v clocks.Versioned[int]
		for i := range n {
			must(a.Put(clocks.Vector{}, i, "s"))
			must(v.Put(clocks.Vector{}, i, "s"))
		}
		b, w := a, v
		must(a.Put(clocks.Vector{}, 100, "s"))
		must(v.Put(clocks.Vector{}, 100, "s"))
		must(b.Put(clocks.Vector{}, 200, "s"))
		must(w.Put(clocks.Vector{}, 200, "s"))
		for i, last := range []int{a.Values()[n], b.Values()[n], v.Values()[n], w.Values()[n]} {
			require.Equal(t, 100+i%2*100, last)
		}
	}
}

// Values that were replaced are no longer held in memory, be it by a put or by a sync, all of a server's or some.
func TestReplacedValuesAreLetGo(t *testing.T) {
	var a, b clocks.DottedSet[*[100]int]
	var gone []weak.Pointer[[100]int]
	write := func(s *clocks.DottedSet[*[100]int], context clocks.Vector, server string) {
		value := new([100]int)
		gone = append(gone, weak.Make(value))
		must(s.Put(context, value, server))
	}
	write(&a, clocks.Vector{}, "a")
	context := a.Context()
	write(&a, clocks.Vector{}, "a")
	held := func(want ...int) {
		runtime.GC()
		var still []int
		for i, value := range gone {
			if value.Value() != nil {
				still = append(still, i)
			}
		}
		require.Equal(t, want, still)
	}
	write(&a, context, "b") // replaces the first, not the second
	held(1, 2)
	b = a
	write(&b, b.Context(), "c") // replaces all
	held(1, 2, 3)               // a holds the others
	a.Sync(b)
	held(3)
	write(&a, a.Context(), "c")
	b.Sync(a)
	held(4)
	runtime.KeepAlive(&a)
	runtime.KeepAlive(&b)
}

// rounds are writes of two clients in turn by one server. Each gives the context of its own last write's answer, so it has not seen the other's
// last one.
func rounds(of replicated, n int) replica {
	r := of.make()
	var contexts [2]clocks.Vector
	for i := range n {
		must(r.put(contexts[i%2], name("s", uint64(i+1)), "s"))
		contexts[i%2] = r.context()
	}
	return r
}

// P. Almeida et al. 2014: with one vector for all siblings, clients that write in turns make ever more of them. 101 rounds leave 101 siblings
// with version vectors, and 2 with dotted sets.
func TestClaim_SiblingExplosion(t *testing.T) {
	for n := 1; n <= 101; n++ {
		require.Len(t, rounds(versioned, n).values(), n)
		require.Len(t, rounds(dottedSets, n).values(), min(n, 2))
		require.Len(t, rounds(multiValues, n).values(), min(n, 2))
	}
	require.Equal(t, []string{"s100", "s101"}, rounds(dottedSets, 101).values())
}

// The names of writes go with the values, and a loop over them may end early.
func TestSiblingsHaveDots(t *testing.T) {
	var s clocks.DottedSet[string]
	for _, w := range []struct {
		context clocks.Vector
		value   string
		server  string
	}{{clocks.Vector{}, "b1", "b"}, {clocks.Vector{}, "a1", "a"}, {got(clocks.NewVector(map[string]uint64{"a": 1})), "a2", "a"}, {clocks.Vector{}, "a3", "a"}} {
		require.NoError(t, s.Put(w.context, w.value, w.server))
	}
	var all []string
	for dot, value := range s.All() {
		require.Equal(t, value, name(dot.Actor, dot.Counter))
		all = append(all, value)
	}
	require.Equal(t, "a2 a3 b1", strings.Join(all, " "))
	require.Equal(t, all, s.Values())
	require.Equal(t, 3, s.Len())
	for range s.All() {
		break
	}
}

// A put that is refused leaves all as it is.
func TestBadPuts(t *testing.T) {
	full := got(clocks.NewVector(map[string]uint64{"z": most}))
	ahead := got(clocks.NewVector(map[string]uint64{"a": 2}))
	for _, of := range []replicated{dottedSets, versioned, multiValues} {
		r, other := of.make(), of.make()
		require.NoError(t, r.put(full, "a1", "a"))
		require.NoError(t, other.put(full, "y1", "y"))
		other.sync(r)
		for _, c := range []struct {
			context clocks.Vector
			server  string
			is      error
			message string
		}{
			{clocks.Vector{}, "", nil, `clocks: an actor's name must not be empty: ""`},
			{ahead, "a", clocks.ErrAhead, `clocks: a clock must not be too far ahead of this one: a context knows 2 writes by "a", which has made 1`},
			{ahead, "z", clocks.ErrExhausted, `clocks: a counter must not pass its largest value: 9223372036854775807 of "z"`},
		} {
			err := r.put(c.context, "another", c.server)
			require.EqualError(t, err, c.message)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			require.Equal(t, []string{"a1"}, r.values())
			require.Equal(t, "{a=1,z=9223372036854775807}", r.context().String())
		}
		require.NoError(t, r.put(got(clocks.NewVector(map[string]uint64{"a": 1, "b": 9})), "a2", "a"), "others may be ahead")
		require.Equal(t, "{a=2,b=9,z=9223372036854775807}", r.context().String())
	}
}
