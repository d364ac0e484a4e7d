package hashring_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

func TestLaw_Owners(t *testing.T) {
	for _, of := range subjects {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawOwners(of)) })
	}
}

// lawOwners: n of them, distinct, the owner first, the first ones the same for any n, appended to what is there; an error for
// fewer than one and for more than there are nodes.
func lawOwners(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		var s story
		p := of.begin(t, &s)
		if rapid.Bool().Draw(t, "change") {
			p = of.next(t, &s, p)
		}
		key := rapid.SampledFrom(keys[:]).Draw(t, "key")
		n := rapid.IntRange(-1, len(p.Members())+1).Draw(t, "n")
		dst := []int{-7}
		got, err := p.AppendOwners(dst, key, n)
		if n < 1 || n > len(p.Members()) {
			if err == nil || (n > 0) != errors.Is(err, hashring.ErrTooFewNodes) || !slices.Equal(got, dst) {
				s.fail(t, "%d owners are %v, %v", n, got, err)
			}
			return
		}
		if err != nil {
			s.fail(t, "%d owners give the error %v", n, err)
		}
		if len(got) != n+1 || got[0] != -7 {
			s.fail(t, "%d owners of %s, appended to [-7], are %v", n, key, got)
		}
		list := names(p, got[1:])
		if list[0] != owner(p, key) {
			s.fail(t, "the owner of %s is %s, and of %d owners the first is %s", key, owner(p, key), n, list[0])
		}
		for i, name := range list {
			if slices.Contains(list[:i], name) {
				s.fail(t, "the owners of %s are %v", key, list)
			}
		}
		if n > 1 {
			if fewer := owners(p, key, n-1, false); !slices.Equal(fewer, list[:n-1]) {
				s.fail(t, "the owners of %s are %v, and one fewer are %v", key, list, fewer)
			}
		}
	}
}

func TestLaw_Spread(t *testing.T) {
	for _, of := range subjects {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawSpread(of)) })
	}
}

// lawSpread: as lawOwners, and each next owner is in a zone that has the fewest of those that have one to spare.
func lawSpread(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		var s story
		p := of.begin(t, &s)
		if rapid.Bool().Draw(t, "change") {
			p = of.next(t, &s, p)
		}
		key := rapid.SampledFrom(keys[:]).Draw(t, "key")
		n := rapid.IntRange(1, len(p.Members())).Draw(t, "n")
		got, err := p.AppendSpread(nil, key, n)
		if err != nil {
			s.fail(t, "%d spread owners give the error %v", n, err)
		}
		list := names(p, got)
		if len(list) != n || list[0] != owner(p, key) {
			s.fail(t, "the owner of %s is %s, and %d spread ones are %v", key, owner(p, key), n, list)
		}
		size, has := map[string]int{}, map[string]int{}
		for _, m := range p.Members() {
			size[m.Zone]++
		}
		for i, node := range got {
			if slices.Contains(got[:i], node) {
				s.fail(t, "the spread owners of %s are %v", key, list)
			}
			zone := p.Members()[node].Zone
			for other := range size {
				if has[other] < size[other] && has[other] < has[zone] {
					s.fail(t, "the spread owners of %s are %v: %s is in a zone that had %d, and another one has %d of %d nodes",
						key, list, list[i], has[zone], has[other], size[other])
				}
			}
			has[zone]++
		}
		if n > 1 {
			if fewer := owners(p, key, n-1, true); !slices.Equal(fewer, list[:n-1]) {
				s.fail(t, "the spread owners of %s are %v, and one fewer are %v", key, list, fewer)
			}
		}
		if _, err := p.AppendSpread(nil, key, len(p.Members())+1); !errors.Is(err, hashring.ErrTooFewNodes) {
			s.fail(t, "one owner more than nodes gives the error %v", err)
		}
	}
}

// When a node leaves a ring, or a rendezvous, lists of owners lose that node and get another one at the end; the rest keep
// their order.
func TestLaw_OwnersShiftByOneWhenANodeLeaves(t *testing.T) {
	for _, of := range subjects[:3] {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawShift(of)) })
	}
}

func lawShift(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		var s story
		p := of.begin(t, &s)
		if len(p.Members()) == 1 {
			t.Skip("nobody would be left")
		}
		leaves := rapid.IntRange(0, len(p.Members())-1).Draw(t, "leaves")
		name := p.Members()[leaves].Name
		s.tell("%s leaves", name)
		next, err := p.With(slices.Delete(slices.Clone(p.Members()), leaves, leaves+1))
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		n := rapid.IntRange(1, len(next.Members())).Draw(t, "n")
		for _, key := range keys {
			before, after := owners(p, key, n, false), owners(next, key, n, false)
			stay := slices.DeleteFunc(slices.Clone(before), func(owner string) bool { return owner == name })
			if !slices.Equal(after[:len(stay)], stay) {
				s.fail(t, "the owners of %s were %v and are %v", key, before, after)
			}
		}
	}
}

// All nodes at once, of sets that are not small: every placement finds the last one too, and soon.
func TestOwnersOfAllNodes(t *testing.T) {
	for _, of := range subjects {
		n := 300
		switch of.name {
		case "anchor":
			n = 9
		case "maglev", "small maglev":
			n = 11
		}
		members := named(n)
		for i := range members {
			members[i].Zone = string(rune('a' + i*i%7))
		}
		p, err := of.make(members, hashing{})
		if err != nil {
			t.Fatal(of.name, err)
		}
		for _, spread := range []bool{false, true} {
			all := owners(p, "k", n, spread)
			slices.Sort(all)
			if len(slices.Compact(all)) != n {
				t.Errorf("%s: %d of %d nodes", of.name, len(slices.Compact(all)), n)
			}
		}
	}
}
