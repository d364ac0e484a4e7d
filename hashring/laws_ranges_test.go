package hashring_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Ranges that are split, merged and assigned hold what a list of starts and owners says, and only the keys named move. A split
// that is merged is as if nothing had been.
func TestLaw_RangesSplitMergeAssign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s story
		members := subject{}.drawMembers(t)
		s.tell("%s", describe(members))
		r, err := hashring.NewRanges(members, []hashring.Range{{Owner: members[0].Name}})
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		model := map[string]string{"": members[0].Name}
		holds := func(key string) (start string) {
			for at := range model {
				if at <= key {
					start = max(start, at)
				}
			}
			return start
		}
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			at := rapid.StringMatching("[a-c]{0,2}").Draw(t, "at")
			to := rapid.SampledFrom(members).Draw(t, "to").Name
			_, starts := model[at]
			before, was := r, r.Ranges()
			var next *hashring.Ranges
			var refused bool
			switch rapid.SampledFrom([]string{"split", "merge", "assign"}).Draw(t, "change") {
			case "split":
				s.tell("split at %q, to %s", at, to)
				next, err = r.Split(at, to)
				if refused = starts; !refused {
					model[at] = to
					if err == nil {
						merged, mergeErr := next.Merge(at)
						if mergeErr != nil || !slices.Equal(merged.Ranges(), was) {
							s.fail(t, "merged again the ranges are %v, %v, and were %v", merged.Ranges(), mergeErr, was)
						}
					}
				}
			case "merge":
				s.tell("merge at %q", at)
				next, err = r.Merge(at)
				if refused = !starts || at == ""; !refused {
					delete(model, at)
				}
			case "assign":
				s.tell("assign %q to %s", at, to)
				next, err = r.Assign(at, to)
				model[holds(at)] = to
			}
			if (err != nil) != refused || refused && next != nil {
				s.fail(t, "the error is %v", err)
			}
			if !slices.Equal(before.Ranges(), was) {
				s.fail(t, "the ranges that it was made from changed")
			}
			if !refused {
				r = next
			}
			var want []hashring.Range
			for _, start := range slices.Sorted(maps.Keys(model)) {
				want = append(want, hashring.Range{Start: start, Owner: model[start]})
			}
			if !slices.Equal(r.Ranges(), want) {
				s.fail(t, "the ranges are %v, not %v", r.Ranges(), want)
			}
			for _, key := range []string{"", "a", "a\x00", "ab", "b", "bz", "c", "zz"} {
				if got := owner(r, key); got != model[holds(key)] {
					s.fail(t, "%q is on %s, not %s", key, got, model[holds(key)])
				}
			}
		}
	})
}

// A leaving node's ranges go to the owner of the range before, or if there is none to the first one after; and to the first of
// the new nodes if nobody stays.
func TestRangesOfANodeThatLeaves(t *testing.T) {
	r, err := hashring.NewRanges(hashring.Named("a", "b", "c"), []hashring.Range{{"m", "b"}, {"", "a"}, {"f", "c"}, {"t", "a"}})
	require.NoError(t, err)
	for _, c := range []struct {
		stay []string
		want []hashring.Range
	}{
		{[]string{"a", "b"}, []hashring.Range{{"", "a"}, {"f", "a"}, {"m", "b"}, {"t", "a"}}},
		{[]string{"b", "c"}, []hashring.Range{{"", "c"}, {"f", "c"}, {"m", "b"}, {"t", "b"}}},
		{[]string{"b"}, []hashring.Range{{"", "b"}, {"f", "b"}, {"m", "b"}, {"t", "b"}}},
		{[]string{"d", "e"}, []hashring.Range{{"", "d"}, {"f", "d"}, {"m", "d"}, {"t", "d"}}},
		{[]string{"d", "c", "a", "b"}, r.Ranges()},
	} {
		next, err := r.With(hashring.Named(c.stay...))
		require.NoError(t, err)
		require.Equal(t, c.want, next.(*hashring.Ranges).Ranges(), "%v", c.stay)
	}
}

// A directory is a map before another placement: what is assigned is where it was put, and everything else where it would be.
func TestLaw_DirectoryIsAMapBeforeAnotherPlacement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s story
		members := subject{}.drawMembers(t)
		s.tell("%s", describe(members))
		rest, err := ring(3)(members, hashing{})
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		var d placement
		if d, err = hashring.NewDirectory(rest, nil); err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		model := map[string]string{}
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			before, had := d, maps.Clone(model)
			if rapid.Bool().Draw(t, "other nodes") {
				d = subject{}.next(t, &s, d)
				if rest, err = rest.With(d.Members()); err != nil {
					s.fail(t, "there is an error: %v", err)
				}
				maps.DeleteFunc(model, func(_, name string) bool { return weights(d)[name] == 0 })
			} else {
				key := rapid.SampledFrom(keys[:8]).Draw(t, "key")
				to := rapid.SampledFrom(append(slices.Clone(d.Members()), member{}, member{Name: "stranger"})).Draw(t, "to").Name
				s.tell("assign %s to %q", key, to)
				next, err := d.(*hashring.Directory).Assign(map[string]string{key: to})
				if (err != nil) != (to == "stranger") {
					s.fail(t, "the error is %v", err)
				}
				switch to {
				case "stranger":
				case "":
					d = next
					delete(model, key)
				default:
					d = next
					model[key] = to
				}
			}
			for _, key := range keys {
				if want, ok := model[key]; ok && owner(d, key) != want || !ok && owner(d, key) != owner(rest, key) {
					s.fail(t, "%s is on %s (assigned to %q, otherwise on %s)", key, owner(d, key), want, owner(rest, key))
				}
				if want, ok := had[key]; ok && owner(before, key) != want {
					s.fail(t, "the directory that this one was made from now has %s on %s", key, owner(before, key))
				}
				want := owners(rest, key, len(rest.Members()), false)
				if first, ok := model[key]; ok {
					want = append([]string{first}, slices.DeleteFunc(want, func(name string) bool { return name == first })...)
				}
				if got := owners(d, key, len(rest.Members()), false); !slices.Equal(got, want) {
					s.fail(t, "the owners of %s are %v, not %v", key, got, want)
				}
			}
			if got := d.(*hashring.Directory).Entries(); got != len(model) {
				s.fail(t, "there are %d entries, not %d", got, len(model))
			}
		}
	})
}
