package hashring_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

var slots = func() subject {
	i := slices.IndexFunc(subjects, func(s subject) bool { return s.name == "slots" })
	return subjects[i]
}()

// table is the names of all slots' owners.
func table(t *rapid.T, p placement) []string {
	all := make([]string, hashring.SlotCount)
	for slot := range all {
		node, err := p.(*hashring.Slots).OwnerOf(slot)
		if err != nil {
			t.Fatal(err)
		}
		all[slot] = p.Members()[node].Name
	}
	return all
}

func counts(owners []string) map[string]int {
	all := map[string]int{}
	for _, name := range owners {
		all[name]++
	}
	return all
}

// However nodes came, left and were weighted, numbers of slots are Sainte-Laguë's: no slot could go from one node to another
// so that the first has more for its weight still, half a slot off. So each number is within a slot and a half of its part. And as
// many slots moved as the numbers rose.
func TestLaw_SlotsFollowWeightsAndMoveAsFewAsTheyCan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s story
		p := slots.begin(t, &s)
		before := table(t, p)
		fair(t, &s, p)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			p = slots.next(t, &s, p)
			after := table(t, p)
			fair(t, &s, p)
			fewest(t, &s, before, after)
			before = after
		}
	})
}

func fair(t *rapid.T, s *story, p placement) {
	has := counts(table(t, p))
	for _, a := range p.Members() {
		for _, b := range p.Members() {
			lacks, spares := (float64(has[a.Name])+0.5)/a.Weight, (float64(has[b.Name])-0.5)/b.Weight
			if has[b.Name] > 0 && lacks < spares*(1-1e-12) {
				s.fail(t, "%s has %d slots, and %s %d", a.Name, has[a.Name], b.Name, has[b.Name])
			}
		}
	}
}

func fewest(t *rapid.T, s *story, before, after []string) {
	moved, must := 0, 0
	for slot := range before {
		if before[slot] != after[slot] {
			moved++
		}
	}
	had := counts(before)
	for name, has := range counts(after) {
		must += max(0, has-had[name])
	}
	if moved != must {
		s.fail(t, "%d slots moved where %d would do", moved, must)
	}
}

// After slots were moved by hand, nodes that stay as they are still neither give to nor take from each other, and a node that changes
// gets its part.
func TestLaw_SlotsMovedByHandStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s story
		p := slots.begin(t, &s)
		for range rapid.IntRange(1, 3).Draw(t, "moves") {
			first := rapid.IntRange(0, hashring.SlotCount-1).Draw(t, "first")
			last := rapid.IntRange(first, hashring.SlotCount-1).Draw(t, "last")
			to := rapid.SampledFrom(p.Members()).Draw(t, "to").Name
			before := table(t, p)
			moved, err := p.(*hashring.Slots).Move(first, last, to)
			if err != nil {
				s.fail(t, "there is an error: %v", err)
			}
			s.tell("slots %d to %d are moved to %s", first, last, to)
			for slot, name := range table(t, moved) {
				if want := before[slot]; slot < first || slot > last {
					if name != want {
						s.fail(t, "slot %d is now on %s", slot, name)
					}
				} else if name != to {
					s.fail(t, "slot %d is on %s", slot, name)
				}
			}
			if !slices.Equal(table(t, p), before) {
				s.fail(t, "the slots that it was made from changed")
			}
			p = moved
		}
		before, had := table(t, p), weights(p)
		p = slots.next(t, &s, p)
		after, has := table(t, p), weights(p)
		fewest(t, &s, before, after)
		for slot := range after {
			from, to := before[slot], after[slot]
			if from != to && had[from] == has[from] && had[to] == has[to] {
				s.fail(t, "slot %d moves from %s to %s, neither of which changed", slot, from, to)
			}
		}
		anew, err := hashring.NewSlots(p.Members())
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		due, got := counts(table(t, anew)), counts(after)
		for name, weight := range has {
			if had[name] != weight && got[name] != due[name] {
				s.fail(t, "%s changed and has %d slots, not %d", name, got[name], due[name])
			}
		}
	})
}

func TestSlotsRefuse(t *testing.T) {
	s, err := hashring.NewSlots(hashring.Named("a", "b"))
	require.NoError(t, err)
	for _, bad := range []struct {
		first, last int
		to, message string
	}{
		{-1, 3, "a", "hashring: slots must be a range in [0, 16384): -1 to 3"},
		{3, 16384, "a", "hashring: slots must be a range in [0, 16384): 3 to 16384"},
		{4, 3, "a", "hashring: slots must be a range in [0, 16384): 4 to 3"},
		{3, 4, "c", `hashring: no such node: "c"`},
	} {
		moved, err := s.Move(bad.first, bad.last, bad.to)
		require.EqualError(t, err, bad.message)
		require.Nil(t, moved)
		require.Equal(t, bad.to == "c", errors.Is(err, hashring.ErrUnknownNode))
	}
	for _, slot := range []int{-1, 16384} {
		_, err := s.OwnerOf(slot)
		require.EqualError(t, err, fmt.Sprintf("hashring: a slot must lie in [0, 16384): %d", slot))
	}
	_, err = hashring.NewSlots(named(16385))
	require.EqualError(t, err, "hashring: there must be a slot for each node: 16384 slots, 16385 nodes")
}

// As many nodes as slots have one each.
func TestSlotsOfAsManyNodes(t *testing.T) {
	s, err := hashring.NewSlots(named(hashring.SlotCount))
	require.NoError(t, err)
	next, err := s.With(named(hashring.SlotCount)[1:])
	require.NoError(t, err)
	moved := 0
	for slot := range hashring.SlotCount {
		a, _ := s.OwnerOf(slot)
		b, _ := next.(*hashring.Slots).OwnerOf(slot)
		require.Equal(t, slot, a)
		if b != slot-1 {
			moved++
		}
	}
	require.Equal(t, 1, moved)
}
