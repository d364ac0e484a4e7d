package clocks_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// written is a write of an execution: what it had seen, by its clock and as a set of writes.
type written struct {
	clock clocks.Dotted
	past  events
}

// The order of dotted version vectors is that of the sets of writes which they stand for, both ways.
func TestLaw_DottedOrderIsHappenedBefore(t *testing.T) {
	rapid.Check(t, lawDottedOrder(clocks.Dotted.Compare))
}

func lawDottedOrder(compare func(d, e clocks.Dotted) clocks.Order) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(dottedSets)
		var all []written
		for _, drawn := range drawChoices(t, false) {
			s := c.do(drawn)
			if s.from >= 0 {
				continue
			}
			counter := c.replicas[s.at].context().Counter(servers[s.at])
			w := written{clocks.Dotted{Dot: clocks.Dot{Actor: servers[s.at], Counter: counter}, Past: s.context}, eventsOf(s.context)}
			w.past[s.value] = true
			all = append(all, w)
		}
		for _, x := range all {
			for _, y := range all {
				due := clocks.Concurrent
				switch less, more := x.past.within(y.past), y.past.within(x.past); {
				case less && more:
					due = clocks.Equal
				case less:
					due = clocks.Before
				case more:
					due = clocks.After
				}
				if order := compare(x.clock, y.clock); order != due {
					c.fail(t, "%v compares as %v %v: it is %v", x.clock, order, y.clock, due)
				}
			}
		}
	}
}

// What comes from no execution compares too, and the other way round the other way.
func TestLaw_DottedOrderIsAntisymmetric(t *testing.T) {
	reversed := map[clocks.Order]clocks.Order{
		clocks.Before: clocks.After, clocks.After: clocks.Before, clocks.Equal: clocks.Equal, clocks.Concurrent: clocks.Concurrent,
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) clocks.Dotted {
			past := vectorOf(rapid.MapOf(rapid.SampledFrom(servers), rapid.Uint64Range(0, 3)).Draw(t, label)).Vector
			return clocks.Dotted{Dot: clocks.Dot{Actor: rapid.SampledFrom(servers).Draw(t, "actor"), Counter: rapid.Uint64Range(0, 3).Draw(t, "counter")}, Past: past}
		}
		d, e := draw("x"), draw("y")
		if d.Compare(e) != reversed[e.Compare(d)] {
			t.Fatalf("%v is %v %v\nbut the other way round it is %v", d, d.Compare(e), e, e.Compare(d))
		}
	})
	in := func(actor, other string) clocks.Dotted {
		return clocks.Dotted{Dot: clocks.Dot{Actor: actor, Counter: 1}, Past: got(clocks.NewVector(map[string]uint64{other: 1}))}
	}
	require.Equal(t, clocks.Concurrent, in("a", "b").Compare(in("b", "a")), "each in the past of the other")
	require.False(t, in("a", "b").Past.Knows(clocks.Dot{Actor: "b"}), "there is no write number 0")
}

func TestDotsDoNotAllocate(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	past := got(clocks.NewVector(map[string]uint64{"a": 1, "b": 2}))
	d, e := clocks.Dotted{Dot: clocks.Dot{Actor: "a", Counter: 3}, Past: past}, clocks.Dotted{Dot: clocks.Dot{Actor: "b", Counter: 3}, Past: past}
	room := make([]byte, 0, 100)
	require.Zero(t, testing.AllocsPerRun(100, func() { sink += int(d.Compare(e)) }))
	require.Zero(t, testing.AllocsPerRun(100, func() { got(d.AppendBinary(room)); got(d.AppendText(room)); got(d.Dot.AppendBinary(room)) }))
}
