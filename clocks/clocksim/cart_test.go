package clocksim_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// trace reads what customers did: "a+milk", "b-milk" and "a<b", an arrival at a of what b holds.
func trace(replicas int, steps string) clocksim.CartTrace {
	t := clocksim.CartTrace{Execution: clocksim.Execution{Processes: replicas}}
	latest := map[int]int{}
	for i, step := range strings.Fields(steps) {
		e, c := clocksim.Event{Process: int(step[0] - 'a'), From: clocksim.NoMessage}, clocksim.CartChange{}
		switch step[1] {
		case '<':
			e.From = latest[int(step[2]-'a')]
		default:
			c = clocksim.CartChange{Item: step[2:], Removed: step[1] == '-'}
		}
		t.Events, t.Changes, latest[e.Process] = append(t.Events, e), append(t.Changes, c), i
	}
	return t
}

// story tells a trace as trace reads it.
func storyOf(t clocksim.CartTrace) string {
	var steps []string
	for i, e := range t.Events {
		name := clocksim.ProcessName(e.Process)
		switch c := t.Changes[i]; {
		case e.From >= 0:
			steps = append(steps, name+"<"+clocksim.ProcessName(t.Events[e.From].Process))
		case c.Removed:
			steps = append(steps, name+"-"+c.Item)
		default:
			steps = append(steps, name+"+"+c.Item)
		}
	}
	return strings.Join(steps, " ")
}

type cartMaker func(replicas int) (clocksim.Cart, error)

func run(t require.TestingT, of cartMaker, trace clocksim.CartTrace) clocksim.CartOutcome {
	cart, err := of(trace.Processes)
	require.NoError(t, err)
	outcome, err := clocksim.RunCart(trace, cart)
	require.NoError(t, err)
	return outcome
}

// G. DeCandia et al., "Dynamo", 2007, section 4.4: with the union of siblings an addition is never lost, but deleted items can resurface. Of two
// customers who are cut off from one another, one removes the milk and the bread and adds jam, the other adds eggs.
func TestClaim_DynamosCart(t *testing.T) {
	cut := trace(2, "a+milk a+bread b<a a-milk b+eggs a-bread a+jam b+tea a<b b<a")
	require.NoError(t, cut.Check())
	in, out, err := cut.Wanted()
	require.NoError(t, err)
	require.Equal(t, []string{"eggs", "jam", "tea"}, in)
	require.Equal(t, []string{"bread", "milk"}, out)
	require.Equal(t, clocksim.CartOutcome{Items: []string{"bread", "eggs", "milk", "tea"}, Lost: []string{"jam"}, Resurrected: []string{"bread", "milk"}},
		run(t, clocksim.NewLastWriteCart, cut))
	require.Equal(t, clocksim.CartOutcome{Items: []string{"bread", "eggs", "jam", "milk", "tea"}, Resurrected: []string{"bread", "milk"}},
		run(t, clocksim.NewUnionCart, cut))
	require.Equal(t, clocksim.CartOutcome{Items: []string{"eggs", "jam", "tea"}}, run(t, clocksim.NewMergedCart, cut))
}

// An item that one customer removes while another one adds it again may be in or not.
func TestWantedLeavesOpenWhatIsOpen(t *testing.T) {
	for steps, want := range map[string]string{
		"a+x":                             "[x] []",
		"a+x a-x":                         "[] [x]",
		"a+x a-x a+x":                     "[x] []",
		"a+x b<a a-x b+x":                 "[] []", // b's second addition is beside the removal
		"a+x b<a a-x b-x":                 "[] [x]",
		"a+x b+x":                         "[x] []",
		"a+x b+x a-x":                     "[] []", // of b's addition the removal knows nothing
		"a+x b+x a<b a-x":                 "[] [x]",
		"a+x b<a a-x b<a b+x":             "[x] []",
		"a-x b+x":                         "[] []",
		"a+x a+y b<a b-x b+z a<b a-z c+y": "[y] [x z]",
	} {
		in, out, err := trace(3, steps).Wanted()
		require.NoError(t, err)
		require.Equal(t, want, fmt.Sprint(in, " ", out), steps)
	}
}

// drawnTrace is any trace: customers may also remove what they do not see.
func drawnTrace(t *rapid.T) clocksim.CartTrace {
	type step struct {
		at, from int // from is how many replicas further on, and none for a change
		change   clocksim.CartChange
	}
	const replicas = 3
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		s := step{at: rapid.IntRange(0, replicas-1).Draw(t, "replica"), from: rapid.IntRange(0, replicas-1).Draw(t, "from")}
		if s.from == 0 {
			s.change = clocksim.CartChange{Item: rapid.SampledFrom([]string{"jam", "eggs", "tea"}).Draw(t, "item"), Removed: rapid.Bool().Draw(t, "removed")}
		}
		return s
	}), 0, 14).Draw(t, "steps")
	trace, latest := clocksim.CartTrace{Execution: clocksim.Execution{Processes: replicas}}, map[int]int{}
	for _, s := range steps {
		e := clocksim.Event{Process: s.at, From: clocksim.NoMessage}
		if s.from > 0 {
			from, done := latest[(s.at+s.from)%replicas]
			if !done {
				continue
			}
			e.From = from
		}
		latest[s.at] = len(trace.Events)
		trace.Events, trace.Changes = append(trace.Events, e), append(trace.Changes, s.change)
	}
	return trace
}

// Application merge loses nothing and brings nothing back, and the union loses nothing.
func TestLaw_MergedCartsAreAsWanted(t *testing.T) {
	for _, draw := range []func(*rapid.T) clocksim.CartTrace{drawnTrace, drawnLongTrace} {
		rapid.Check(t, lawNothingLost(draw, clocksim.NewMergedCart))
		rapid.Check(t, lawNothingLost(draw, clocksim.NewUnionCart))
		rapid.Check(t, lawNothingComesBack(draw, clocksim.NewMergedCart))
	}
}

// drawnLongTrace has partitions in which much happens, and does not shrink.
func drawnLongTrace(t *rapid.T) clocksim.CartTrace {
	trace, err := clocksim.DrawCartTrace(clocksim.CartShoppers{Replicas: rapid.IntRange(2, 3).Draw(t, "replicas"), Changes: 20, Apart: 4, Items: 5, Removals: 0.4},
		rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func lawNothingLost(draw func(*rapid.T) clocksim.CartTrace, of cartMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		trace := draw(t)
		if o := run(t, of, trace); len(o.Lost) > 0 {
			t.Fatalf("%s\n%v\nthe cart holds %v: %v is lost", storyOf(trace), trace, o.Items, o.Lost)
		}
	}
}

func lawNothingComesBack(draw func(*rapid.T) clocksim.CartTrace, of cartMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		trace := draw(t)
		if o := run(t, of, trace); len(o.Resurrected) > 0 {
			t.Fatalf("%s\n%v\nthe cart holds %v: %v was removed", storyOf(trace), trace, o.Items, o.Resurrected)
		}
	}
}

func TestBroken_LastWriteLosesItems(t *testing.T) {
	lawtest.Breaks(t, "A cart of which the last write wins loses what was added to the other copy meanwhile", lawNothingLost(drawnTrace, clocksim.NewLastWriteCart))
}

func TestBroken_LastWriteBringsItemsBack(t *testing.T) {
	lawtest.Breaks(t, "A cart of which the last write wins takes back removals as well", lawNothingComesBack(drawnTrace, clocksim.NewLastWriteCart))
}

func TestBroken_TheUnionBringsItemsBack(t *testing.T) {
	lawtest.Breaks(t, "The union of siblings brings back what was removed from one of them", lawNothingComesBack(drawnTrace, clocksim.NewUnionCart))
}

// Where everybody sees everything there is nothing to resolve, and all carts are the same.
func TestLaw_WithoutPartitionsCartsAreAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trace, err := clocksim.DrawCartTrace(clocksim.CartShoppers{Replicas: rapid.IntRange(1, 3).Draw(t, "replicas"), Changes: 10, Apart: 1, Items: 4, Removals: 0.4},
			rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		if err != nil {
			t.Fatal(err)
		}
		if err := trace.Check(); err != nil {
			t.Fatal(err)
		}
		want, _, err := trace.Wanted()
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []cartMaker{clocksim.NewLastWriteCart, clocksim.NewUnionCart, clocksim.NewMergedCart} {
			if o := run(t, of, trace); !slices.Equal(o.Items, want) {
				t.Fatalf("%s\nthe cart holds %v, and should hold %v", storyOf(trace), o.Items, want)
			}
		}
	})
}

// Customers remove what they see, and add what they do not see.
func TestDrawnCartTraces(t *testing.T) {
	s := clocksim.CartShoppers{Replicas: 2, Changes: 200, Apart: 7, Items: 5, Removals: 0.3}
	trace, err := clocksim.DrawCartTrace(s, rand.NewPCG(1, 1))
	require.NoError(t, err)
	require.NoError(t, trace.Check())
	changes, removed, arrivals := 0, 0, 0
	for _, c := range trace.Changes {
		switch {
		case c.Item == "":
			arrivals++
		case c.Removed:
			removed++
			fallthrough
		default:
			changes++
		}
	}
	require.Equal(t, []int{200, 200 / 7 * 2}, []int{changes, arrivals})
	// At least 0.3 of the changes of carts with something in them; more only while all five items are there. Five deviations of a binomial are 33.
	require.Greater(t, removed, 60-33)
	require.Less(t, removed, 100, "as many as were added, at the most")
	never, err := clocksim.DrawCartTrace(clocksim.CartShoppers{Replicas: 1, Changes: 5, Apart: 9, Items: 5}, rand.NewPCG(1, 1))
	require.NoError(t, err)
	in, out, err := never.Wanted()
	require.NoError(t, err)
	require.Len(t, in, 5)
	require.Empty(t, out)
}

func TestBadCarts(t *testing.T) {
	good := clocksim.CartShoppers{Replicas: 1, Changes: 1, Apart: 1, Items: 1}
	for _, c := range []struct {
		change func(*clocksim.CartShoppers)
		want   string
	}{
		{func(s *clocksim.CartShoppers) { s.Replicas = 0 }, "the number of replicas must lie in [1, 64]: 0"},
		{func(s *clocksim.CartShoppers) { s.Replicas = 65 }, "the number of replicas must lie in [1, 64]: 65"},
		{func(s *clocksim.CartShoppers) { s.Changes = -1 }, "the number of changes must lie in [0, 4096]: -1"},
		{func(s *clocksim.CartShoppers) { s.Changes = math.MaxInt }, "the number of changes must lie in [0, 4096]: 9223372036854775807"},
		{func(s *clocksim.CartShoppers) { s.Apart = 0 }, "the number of changes between two syncs must be positive: 0"},
		{func(s *clocksim.CartShoppers) { s.Items = 0 }, "the number of items must lie in [1, 4096]: 0"},
		{func(s *clocksim.CartShoppers) { s.Removals = math.NaN() }, "the chance of a removal must lie in [0, 1]: NaN"},
		{func(s *clocksim.CartShoppers) { s.Removals = -1 }, "the chance of a removal must lie in [0, 1]: -1"},
		{func(s *clocksim.CartShoppers) { s.Removals = math.Inf(1) }, "the chance of a removal must lie in [0, 1]: +Inf"},
		{func(s *clocksim.CartShoppers) { s.Replicas, s.Changes = 64, 1_000 }, "the number of events must lie in [0, 16384]: 127000"},
	} {
		s := good
		c.change(&s)
		_, err := clocksim.DrawCartTrace(s, rand.NewPCG(1, 1))
		require.EqualError(t, err, "clocksim: "+c.want)
	}
	_, err := clocksim.DrawCartTrace(good, nil)
	require.EqualError(t, err, "clocksim: a trace needs a source of randomness: nil")

	short := trace(1, "a+x")
	short.Changes = nil
	require.EqualError(t, short.Check(), "clocksim: a trace must have a change for each event: 0 for 1")
	empty := trace(1, "a+x")
	empty.Changes[0].Item = ""
	_, _, err = empty.Wanted()
	require.EqualError(t, err, `clocksim: event 0 must be either a change of an item or an arrival: "", from -1`)
	require.EqualError(t, clocksim.CartTrace{}.Check(), "clocksim: the number of processes must lie in [1, 16384]: 0")

	cart, err := clocksim.NewUnionCart(1)
	require.NoError(t, err)
	_, err = clocksim.RunCart(empty, cart)
	require.Error(t, err)
	_, err = clocksim.RunCart(trace(1, "a+x"), nil)
	require.EqualError(t, err, "clocksim: a trace needs a cart: nil")
	_, err = clocksim.RunCart(trace(2, "a+x b+x"), cart)
	require.EqualError(t, err, "clocksim: event 1: clocksim: a replica must lie in [0, 1): 1")
	late := trace(2, "a+x a+y b<a")
	late.Events[2].From = 0
	two, err := clocksim.NewUnionCart(2)
	require.NoError(t, err)
	_, err = clocksim.RunCart(late, two)
	require.EqualError(t, err, "clocksim: the arrival at event 2 must be of the latest event of a, 1: 0")

	for _, of := range []cartMaker{clocksim.NewLastWriteCart, clocksim.NewUnionCart, clocksim.NewMergedCart} {
		for _, n := range []int{0, -1, 65, math.MaxInt} {
			_, err := of(n)
			require.EqualError(t, err, fmt.Sprintf("clocksim: the number of replicas must lie in [1, 64]: %d", n))
		}
		cart, err := of(2)
		require.NoError(t, err)
		for _, n := range []int{-1, 2} {
			want := fmt.Sprintf("clocksim: a replica must lie in [0, 2): %d", n)
			require.EqualError(t, cart.Change(n, clocksim.CartChange{Item: "x"}), want)
			require.EqualError(t, cart.Sync(n, 0), want)
			require.EqualError(t, cart.Sync(0, n), want)
			_, err = cart.Items(n)
			require.EqualError(t, err, want)
		}
	}
}
