package hashring_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

type (
	member    = hashring.Member
	placement = hashring.Placement
	hashing   = hashring.Hashing
)

// subject is a placement under test, and what it promises.
type subject struct {
	name     string
	make     func(members []member, h hashing) (placement, error)
	weights  bool
	last     bool // nodes join and leave at the end of their order only
	faithful bool // only a changed node's keys move
	anew     bool // With is the same as building anew
	byName   bool // the order in which nodes are given does not matter
}

// subjects is the table of constructors that the laws run on.
var subjects = []subject{
	{name: "ring", make: ring(10), weights: true, faithful: true, anew: true, byName: true},
	{name: "ring of one point", make: ring(1), weights: true, faithful: true, anew: true, byName: true},
	{name: "rendezvous", make: func(m []member, h hashing) (placement, error) { return hashring.NewRendezvous(m, h) },
		weights: true, faithful: true, anew: true, byName: true},
	{name: "jump", make: func(m []member, h hashing) (placement, error) { return hashring.NewJump(m, h) },
		last: true, faithful: true, anew: true},
	{name: "maglev", make: maglev(53), weights: true, anew: true, byName: true},
	{name: "small maglev", make: maglev(11), weights: true, anew: true, byName: true},
	{name: "anchor", make: func(m []member, h hashing) (placement, error) { return hashring.NewAnchor(m, 9, h) }, faithful: true},
	{name: "slots", make: func(m []member, _ hashing) (placement, error) { return hashring.NewSlots(m) },
		weights: true, faithful: true},
	{name: "ranges", make: someRanges, weights: true, faithful: true},
	{name: "directory", make: someDirectory, weights: true, faithful: true},
}

func ring(points int) func([]member, hashing) (placement, error) {
	return func(m []member, h hashing) (placement, error) {
		return hashring.NewRing(m, hashring.RingOptions{Hashing: h, Points: points})
	}
}

func maglev(size int) func([]member, hashing) (placement, error) {
	return func(m []member, h hashing) (placement, error) {
		return hashring.NewMaglev(m, hashring.MaglevOptions{Hashing: h, Size: size})
	}
}

func someRanges(m []member, _ hashing) (placement, error) {
	var ranges []hashring.Range
	for i, start := range []string{"k2", "", "k4", "k30", "k55"} { // fewer than there may be nodes
		ranges = append(ranges, hashring.Range{Start: start, Owner: m[i%len(m)].Name})
	}
	return hashring.NewRanges(m, ranges)
}

func someDirectory(m []member, h hashing) (placement, error) {
	rest, err := ring(10)(m, h)
	if err != nil {
		return nil, err
	}
	entries := map[string]string{}
	for i := range 20 {
		entries[keys[i]] = m[i%len(m)].Name
	}
	return hashring.NewDirectory(rest, entries)
}

var keys = func() (keys [64]string) {
	for i := range keys {
		keys[i] = fmt.Sprint("k", i)
	}
	return keys
}()

// hashes are good ones and bad ones: with the bad ones points of several nodes coincide, or all keys do.
var hashes = []struct {
	name string
	hash hashring.Hash
}{
	{"xxHash64", nil},
	{"eight bits of a hash", func(key string) uint64 { return xxhash.Sum64String(key) & 0xff }},
	{"eight high bits of a hash", func(key string) uint64 { return xxhash.Sum64String(key) &^ (1<<56 - 1) }},
	{"a constant hash", func(string) uint64 { return 42 }},
}

// drawHashing tells the story of anything but the usual.
func drawHashing(t *rapid.T, s *story) hashing {
	h := rapid.SampledFrom(hashes).Draw(t, "hash")
	if h.hash != nil {
		s.tell("%s", h.name)
	}
	seed := rapid.SampledFrom([]uint64{0, 1, 1 << 63}).Draw(t, "seed")
	if seed != 0 {
		s.tell("seed %d", seed)
	}
	return hashing{Hash: h.hash, Seed: seed}
}

// story is what was done, for who reads a failure.
type story []string

func (s *story) tell(format string, args ...any) { *s = append(*s, fmt.Sprintf(format, args...)) }

func (s *story) fail(t *rapid.T, format string, args ...any) {
	t.Helper()
	t.Fatalf("%s\nbut %s", strings.Join(*s, "\n"), fmt.Sprintf(format, args...))
}

// drawMembers is any set of nodes that the subject takes.
func (of subject) drawMembers(t *rapid.T) []member {
	var names []string
	if of.last {
		names = strings.Split("abcdefgh", "")[:rapid.IntRange(1, 8).Draw(t, "nodes")]
	} else {
		names = rapid.SliceOfNDistinct(rapid.StringMatching("[a-h]"), 1, 8, rapid.ID).Draw(t, "names")
	}
	members := hashring.Named(names...)
	for i := range members {
		if of.weights {
			members[i].Weight = rapid.SampledFrom([]float64{1, 2, 3, 0.5}).Draw(t, "weight")
		}
		members[i].Zone = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "zone")
	}
	return members
}

// describe is a set of nodes as a story tells it: weights of 1 and no zones are not worth a word.
func describe(members []member) string {
	var all []string
	for _, m := range members {
		text := m.Name
		if m.Weight != 1 {
			text += fmt.Sprintf(" of weight %v", m.Weight)
		}
		if m.Zone != "" {
			text += " in " + m.Zone
		}
		all = append(all, text)
	}
	return "nodes " + strings.Join(all, ", ")
}

// begin makes a placement of some nodes.
func (of subject) begin(t *rapid.T, s *story) placement {
	h, members := drawHashing(t, s), of.drawMembers(t)
	s.tell("%s", describe(members))
	p, err := of.make(members, h)
	if err != nil {
		s.fail(t, "there is an error: %v", err)
	}
	return p
}

// next changes the nodes of a placement.
func (of subject) next(t *rapid.T, s *story, p placement) placement {
	members := of.drawMembers(t)
	s.tell("then %s", describe(members))
	next, err := p.With(members)
	if err != nil {
		s.fail(t, "there is an error: %v", err)
	}
	return next
}

func owner(p placement, key string) string { return p.Members()[p.Owner(key)].Name }

func owners(p placement, key string, n int, spread bool) []string {
	get := p.AppendOwners
	if spread {
		get = p.AppendSpread
	}
	indices, err := get(nil, key, n)
	if err != nil {
		return []string{err.Error()}
	}
	return names(p, indices)
}

func names(p placement, indices []int) []string {
	all := make([]string, len(indices))
	for i, node := range indices {
		all[i] = p.Members()[node].Name
	}
	return all
}

// weights are those of a placement's nodes by name; who is not there has none.
func weights(p placement) map[string]float64 {
	all := map[string]float64{}
	for _, m := range p.Members() {
		all[m.Name] = m.Weight
	}
	return all
}

// A key that moves was on a node that left or got less weight, or is on one that joined or got more. For ring and
// rendezvous, weighted or not, this is all there is to say: a node with more weight keeps its points and its scores only rise.
func TestLaw_OnlyAChangedNodesKeysMove(t *testing.T) {
	for _, of := range subjects {
		if of.faithful {
			t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawFaithful(of)) })
		}
	}
}

func lawFaithful(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		var s story
		p := of.begin(t, &s)
		for range rapid.IntRange(1, 5).Draw(t, "changes") {
			next := of.next(t, &s, p)
			before, after := weights(p), weights(next)
			for _, key := range keys {
				from, to := owner(p, key), owner(next, key)
				if from != to && after[from] >= before[from] && after[to] <= before[to] {
					s.fail(t, "%s moves from %s to %s, neither of which changed", key, from, to)
				}
			}
			p = next
		}
	}
}

// With is the same as building anew, so that whoever knows the nodes knows the placement, whatever was before.
func TestLaw_WithIsBuildingAnew(t *testing.T) {
	for _, of := range subjects {
		if of.anew {
			t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawAnew(of)) })
		}
	}
}

func lawAnew(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		var s story
		h, members := drawHashing(t, &s), of.drawMembers(t)
		s.tell("%s", describe(members))
		p, err := of.make(members, h)
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			p = of.next(t, &s, p)
		}
		anew, err := of.make(p.Members(), h)
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		sameAnswers(t, &s, p, anew, "built anew")
	}
}

// sameAnswers requires that two placements of the same nodes give all the same answers.
func sameAnswers(t *rapid.T, s *story, p, other placement, what string) {
	n := len(p.Members())
	for _, key := range keys {
		if a, b := owner(p, key), owner(other, key); a != b {
			s.fail(t, "%s is on %s, and %s on %s", key, a, what, b)
		}
		for _, spread := range []bool{false, true} {
			if a, b := owners(p, key, n, spread), owners(other, key, n, spread); !slices.Equal(a, b) {
				s.fail(t, "the owners of %s are %v, and %s %v", key, a, what, b)
			}
		}
	}
}

// Ring, rendezvous and Maglev know nodes by name alone.
func TestLaw_TheOrderOfNodesDoesNotMatter(t *testing.T) {
	for _, of := range subjects {
		if of.byName {
			t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawOrder(of)) })
		}
	}
}

func lawOrder(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		var s story
		h, members := drawHashing(t, &s), of.drawMembers(t)
		shuffled := rapid.Permutation(members).Draw(t, "order")
		s.tell("%s", describe(members))
		s.tell("and %s", describe(shuffled))
		p, err := of.make(members, h)
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		other, err := of.make(shuffled, h)
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		sameAnswers(t, &s, p, other, "in the other order")
	}
}

// A placement that others were made from answers as before, and so it does after an error.
func TestLaw_PlacementsDoNotChange(t *testing.T) {
	for _, of := range subjects {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawImmutable(of)) })
	}
}

func lawImmutable(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		var s story
		p := of.begin(t, &s)
		answers := func() (all []string) {
			for _, m := range p.Members() {
				all = append(all, fmt.Sprint(m))
			}
			for _, key := range keys {
				all = append(all, owner(p, key))
				all = append(all, owners(p, key, len(p.Members()), true)...)
			}
			return all
		}
		before := answers()
		of.next(t, &s, of.next(t, &s, p))
		members := slices.Clone(p.Members())
		for _, bad := range [][]member{nil, append(members, members[0]), {{Name: "a", Weight: -1}}, {{Weight: 1}}} {
			if next, err := p.With(bad); err == nil || next != nil {
				s.fail(t, "With(%v) gives %v, %v", bad, next, err)
			}
		}
		if !slices.Equal(answers(), before) {
			s.fail(t, "the first placement answers otherwise than before")
		}
	}
}

// The caller's slice is the caller's.
func TestMembersAreCopied(t *testing.T) {
	for _, of := range subjects {
		members := hashring.Named("a", "b", "c")
		p, err := of.make(members, hashing{})
		if err != nil {
			t.Fatal(err)
		}
		members[0].Name, members[1].Zone = "other", "other"
		if got := p.Members(); !slices.Equal(got, hashring.Named("a", "b", "c")) {
			t.Errorf("%s: the nodes are now %v", of.name, got)
		}
	}
}
