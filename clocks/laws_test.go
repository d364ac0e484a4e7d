package clocks_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// story is what was done, for who reads a failure.
type story []string

func (s *story) tell(format string, args ...any) { *s = append(*s, fmt.Sprintf(format, args...)) }

func (s *story) fail(t *rapid.T, format string, args ...any) {
	t.Helper()
	t.Fatalf("%s\nbut %s", strings.Join(*s, "\n"), fmt.Sprintf(format, args...))
}

// counts are the model of a clock: how many events of each actor. None is the same as zero.
type counts map[string]uint64

func (c counts) String() string {
	var all []string
	for _, actor := range slices.Sorted(maps.Keys(c)) {
		all = append(all, fmt.Sprintf("%s=%d", actor, c[actor]))
	}
	return "{" + strings.Join(all, ",") + "}"
}

// within says that all events of c are of d.
func (c counts) within(d counts) bool {
	for actor, counter := range c {
		if counter > d[actor] {
			return false
		}
	}
	return true
}

// compare is the definition of an order between sets of events.
func (c counts) compare(d counts) clocks.Order {
	switch less, more := c.within(d), d.within(c); {
	case less && more:
		return clocks.Equal
	case less:
		return clocks.Before
	case more:
		return clocks.After
	}
	return clocks.Concurrent
}

// clock is a vector clock under test, over the actors a to f.
type clock interface {
	increment(actor string) error
	merge(other clock)
	compare(other clock) clocks.Order
	counts() counts // of what is not zero
}

// subject makes clocks of one kind from how many events there were; an actor with zero is one that is known and has done nothing.
type subject struct {
	name string
	make func(counts) clock
}

// subjects is the table of constructors that the laws run on.
var subjects = []subject{
	{"vector", func(c counts) clock { return vectorOf(c) }},
	{"dense", func(c counts) clock {
		d := roster.New()
		for actor, counter := range c {
			d[indexOf(actor)] = counter
		}
		return &dense{d}
	}},
	{"dense of some", func(c counts) clock {
		d := clocks.Dense{}
		for i, actor := range actors {
			if counter, known := c[actor]; known { // the last ones may be zero
				d = append(d, make(clocks.Dense, i+1-len(d))...)
				d[i] = counter
			}
		}
		return &dense{d}
	}},
}

type vector struct{ clocks.Vector }

func vectorOf(c counts) *vector {
	c = maps.Clone(c)
	maps.DeleteFunc(c, func(_ string, counter uint64) bool { return counter == 0 })
	v, err := clocks.NewVector(c)
	if err != nil {
		panic(err)
	}
	return &vector{v}
}

func (v *vector) increment(actor string) error     { return v.Increment(actor) }
func (v *vector) merge(other clock)                { v.Merge(other.(*vector).Vector) }
func (v *vector) compare(other clock) clocks.Order { return v.Compare(other.(*vector).Vector) }
func (v *vector) counts() counts                   { return maps.Collect(v.All()) }

var (
	actors    = strings.Split("abcdef", "")
	roster, _ = clocks.NewRoster(actors...)
)

func indexOf(actor string) int { return slices.Index(actors, actor) }

type dense struct{ clocks.Dense }

func (d *dense) increment(actor string) error {
	if i := indexOf(actor); i >= len(d.Dense) {
		d.Merge(roster.New()) // the roster grew
	}
	return d.Increment(indexOf(actor))
}
func (d *dense) merge(other clock)                { d.Merge(other.(*dense).Dense) }
func (d *dense) compare(other clock) clocks.Order { return d.Compare(other.(*dense).Dense) }
func (d *dense) counts() counts {
	c := counts{}
	for i, counter := range d.Dense {
		if counter > 0 {
			c[actors[i]] = counter
		}
	}
	return c
}

// drawCounts is a clock's content: few actors and small numbers, so that all orders between two of them happen.
func drawCounts(t *rapid.T, label string) counts {
	return rapid.MapOfN(rapid.SampledFrom(actors), rapid.SampledFrom([]uint64{1, 0, 2, 3, clocks.MaxCounter}), 0, 6).Draw(t, label)
}

func each(t *testing.T, law func(subject) func(*rapid.T)) {
	t.Helper()
	for _, of := range subjects {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, law(of)) })
	}
}

// Two clocks compare as the sets of events that they know of: less if one set is part of the other.
func TestLaw_CompareIsInclusion(t *testing.T) { each(t, lawCompare) }

func lawCompare(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		x, y := drawCounts(t, "x"), drawCounts(t, "y")
		var s story
		s.tell("%v and %v", x, y)
		if got, want := of.make(x).compare(of.make(y)), x.compare(y); got != want {
			s.fail(t, "the first is %v, and should be %v", got, want)
		}
	}
}

// An increment adds the next event of its actor and nothing else: the clock strictly grows.
func TestLaw_IncrementsStrictlyGrow(t *testing.T) { each(t, lawIncrement) }

func lawIncrement(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		model := drawCounts(t, "clock")
		c, before := of.make(model), of.make(model)
		var s story
		s.tell("%v", model)
		for range rapid.IntRange(1, 4).Draw(t, "increments") {
			actor := rapid.SampledFrom(actors).Draw(t, "actor")
			s.tell("increment %s", actor)
			err := c.increment(actor)
			if model[actor] == clocks.MaxCounter {
				if !errors.Is(err, clocks.ErrExhausted) {
					s.fail(t, "there is no next one, and the error is %v", err)
				}
				continue
			}
			if err != nil {
				s.fail(t, "the error is %v", err)
			}
			model[actor]++
			if got := before.compare(c); got != clocks.Before {
				s.fail(t, "the clock before is %v the one after", got)
			}
			before = of.make(model)
		}
		maps.DeleteFunc(model, func(_ string, counter uint64) bool { return counter == 0 })
		if got := c.counts(); !maps.Equal(got, model) {
			s.fail(t, "the clock is %v, and should be %v", got, model)
		}
	}
}

// Merging is a join: commutative, associative, idempotent, and the least clock that knows what both know.
func TestLaw_MergeIsAJoin(t *testing.T) { each(t, lawJoin) }

func lawJoin(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		x, y, z := drawCounts(t, "x"), drawCounts(t, "y"), drawCounts(t, "z")
		join := func(first counts, rest ...counts) clock {
			c := of.make(first)
			for _, other := range rest {
				c.merge(of.make(other))
			}
			return c
		}
		same := func(law string, a, b clock) {
			t.Helper()
			if !maps.Equal(a.counts(), b.counts()) || a.compare(b) != clocks.Equal {
				t.Fatalf("x=%v y=%v z=%v\nbut %s: %v is not %v", x, y, z, law, a.counts(), b.counts())
			}
		}
		same("merge is idempotent, x+x = x", join(x, x), of.make(x))
		same("merge is commutative, x+y = y+x", join(x, y), join(y, x))
		right := of.make(x)
		right.merge(join(y, z))
		same("merge is associative, (x+y)+z = x+(y+z)", join(x, y, z), right)
		least := counts{}
		for _, actor := range actors {
			least[actor] = max(x[actor], y[actor])
		}
		same("merge is the least upper bound, the larger of each", join(x, y), of.make(least))
		for _, c := range []counts{x, y} {
			if got := of.make(c).compare(join(x, y)); got != clocks.Before && got != clocks.Equal {
				t.Fatalf("x=%v y=%v\nbut %v is %v what it was merged into", x, y, c, got)
			}
		}
		self := of.make(x)
		self.merge(self)
		same("a clock may be merged into itself", self, of.make(x))
	}
}

// Who was merged does not change, neither by the merge nor by what happens to the other later.
func TestLaw_MergeSharesNothing(t *testing.T) { each(t, lawShares) }

func lawShares(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		x, y := drawCounts(t, "x"), drawCounts(t, "y")
		into, from := of.make(x), of.make(y)
		into.merge(from)
		var s story
		s.tell("merge %v into %v", y, x)
		for _, actor := range rapid.SliceOfN(rapid.SampledFrom(actors), 0, 4).Draw(t, "increments") {
			s.tell("increment %s", actor)
			_ = into.increment(actor) // if it can
		}
		if got := of.make(y); !maps.Equal(from.counts(), got.counts()) {
			s.fail(t, "%v has become %v", y, from.counts())
		}
	}
}

// A clone is equal, and no longer the same.
func TestLaw_ClonesAreApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := drawCounts(t, "clock")
		actor := rapid.SampledFrom(actors).Draw(t, "actor")
		v, d := vectorOf(model).Vector, roster.New()
		for actor, counter := range model {
			d[indexOf(actor)] = counter
		}
		vClone, dClone := v.Clone(), d.Clone()
		if !v.Equal(vClone) || !d.Equal(dClone) {
			t.Fatalf("the clones of %v are %v and %v", model, vClone, dClone)
		}
		if model[actor] == clocks.MaxCounter {
			return
		}
		if err := errors.Join(v.Increment(actor), d.Increment(indexOf(actor))); err != nil {
			t.Fatal(err)
		}
		if v.Equal(vClone) || d.Equal(dClone) || vClone.Counter(actor) != model[actor] {
			t.Fatalf("after an increment of %s the clones of %v are %v and %v", actor, model, vClone, dClone)
		}
	})
}

// A vector answers as the map that it stands for.
func TestLaw_VectorIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := drawCounts(t, "clock")
		v := vectorOf(model)
		known := 0
		for _, actor := range actors {
			if v.Counter(actor) != model[actor] {
				t.Fatalf("%v knows %d events of %s, not %d", v, v.Counter(actor), actor, model[actor])
			}
			if model[actor] > 0 {
				known++
			}
		}
		var order []string
		for actor, counter := range v.All() {
			if counter == 0 || counter != model[actor] {
				t.Fatalf("%v has %d of %s, not %d", v, counter, actor, model[actor])
			}
			order = append(order, actor)
		}
		if v.Len() != known || len(order) != known || !slices.IsSorted(order) {
			t.Fatalf("%v has the actors %v of %v", v, order, model)
		}
	})
}

// A vector and a dense clock are the same clock: there and back is the same, and both compare alike.
func TestLaw_DenseIsVector(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.Permutation(actors).Draw(t, "roster")
		r, err := clocks.NewRoster(names...)
		if err != nil {
			t.Fatal(err)
		}
		var both [2]struct {
			v clocks.Vector
			d clocks.Dense
		}
		for i := range both {
			v := vectorOf(drawCounts(t, "clock")).Vector
			d, err := r.Dense(v)
			if err != nil {
				t.Fatal(err)
			}
			back, err := r.Vector(d)
			if err != nil || !back.Equal(v) {
				t.Fatalf("%v is %v by index, and that is %v by name: %v", v, d, back, err)
			}
			both[i].v, both[i].d = v, d
		}
		if got, want := both[0].d.Compare(both[1].d), both[0].v.Compare(both[1].v); got != want {
			t.Fatalf("%v is %v %v by index, and %v by name", both[0].v, got, both[1].v, want)
		}
	})
}
