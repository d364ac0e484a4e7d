package hashring

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// This file draws placements to compare, and keys on which they may differ.

// kinds are pairs of placements. Some of their nodes are in both, and weights change.
var kinds = []struct {
	name string
	draw func(t *rapid.T) (a, b Placement)
}{
	{"ring", drawRings},
	{"Maglev", func(t *rapid.T) (a, b Placement) {
		names := drawNames(t)
		return drawMaglev(t, names, "before"), drawMaglev(t, names, "after")
	}},
	{"ring to Maglev", func(t *rapid.T) (a, b Placement) {
		names := drawNames(t)
		return drawRing(t, names, "before"), drawMaglev(t, names, "after")
	}},
	{"slots", drawSlots},
	{"ranges", func(t *rapid.T) (a, b Placement) { return drawRanges(t, "before"), drawRanges(t, "after") }},
	{"directory", func(t *rapid.T) (a, b Placement) { return drawDirectory(t, "before"), drawDirectory(t, "after") }},
}

// drawNames puts the first points of nodes at the ends of the circle, on one another, and anywhere.
func drawNames(t *rapid.T) []string {
	at := rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, 2, 1 << 63, math.MaxUint64 - 1, math.MaxUint64}), rapid.Uint64())
	names := []string{"a", "b", "c", "d", "e"}
	for i, point := range rapid.SliceOfN(at, len(names), len(names)).Draw(t, "points") {
		names[i] = nodeAt(names[i], point)
	}
	return names
}

func drawNodes(t *rapid.T, names []string, label string) []Member {
	members := Named(rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, len(names), rapid.ID).Draw(t, label)...)
	for i := range members {
		members[i].Weight = float64(rapid.IntRange(1, 3).Draw(t, "weight"))
	}
	return members
}

func drawRings(t *rapid.T) (a, b Placement) {
	names := drawNames(t)
	return drawRing(t, names, "before"), drawRing(t, names, "after")
}

func drawRing(t *rapid.T, names []string, label string) Placement {
	return mustRing(drawNodes(t, names, label), rapid.IntRange(1, 4).Draw(t, "points of a node"))
}

func mustRing(members []Member, points int) *Ring {
	return must(NewRing(members, RingOptions{Hashing{Hash: chosenHash}, points}))
}

func drawMaglev(t *rapid.T, names []string, label string) Placement {
	nodes := drawNodes(t, names, label)
	sizes := slices.DeleteFunc([]int{2, 3, 5, 7, 13, 101, 251}, func(size int) bool { return size < len(nodes) })
	size := rapid.SampledFrom(sizes).Draw(t, "size")
	return must(NewMaglev(nodes, MaglevOptions{Hashing{Hash: chosenHash}, size}))
}

func drawSlots(t *rapid.T) (a, b Placement) {
	names := []string{"a", "b", "c", "d", "e"}
	move := func(s *Slots) *Slots {
		for range rapid.IntRange(0, 4).Draw(t, "moves") {
			first := rapid.IntRange(0, SlotCount-1).Draw(t, "first")
			last := rapid.IntRange(first, SlotCount-1).Draw(t, "last")
			s = must(s.Move(first, last, rapid.SampledFrom(s.members).Draw(t, "to").Name))
		}
		return s
	}
	before := move(must(NewSlots(drawNodes(t, names, "before"))))
	after := must(before.With(drawNodes(t, names, "after"))).(*Slots)
	return before, move(after)
}

var someKey = rapid.StringMatching("[abc]{0,3}")

func drawRanges(t *rapid.T, label string) Placement {
	members := drawNodes(t, []string{"a", "b", "c"}, label)
	starts := append([]string{""}, rapid.SliceOfDistinct(rapid.StringMatching("[abc]{1,3}"), rapid.ID).Draw(t, "starts")...)
	var ranges []Range
	for _, start := range starts {
		ranges = append(ranges, Range{start, rapid.SampledFrom(members).Draw(t, "owner").Name})
	}
	return must(NewRanges(members, ranges))
}

func drawDirectory(t *rapid.T, label string) Placement {
	entries := rapid.MapOf(someKey, rapid.SampledFrom([]string{"a", "b", "c"})).Draw(t, label)
	return must(NewDirectory(mustRing(Named("a", "b", "c"), 2), entries))
}

// drawKeys are keys anywhere.
func drawKeys(t *rapid.T) []string {
	return append(rapid.SliceOfN(someKey, 0, 10).Draw(t, "keys"), keyOfHash(rapid.Uint64().Draw(t, "hash")))
}

// probes are keys on both sides of wherever a placement's owner changes. Between two of them the owner is the same.
func probes(p Placement) []string {
	var keys []string
	switch p := p.(type) {
	case *Slots:
		for slot := range p.table {
			if edge := slot == 0 || p.table[slot] != p.table[slot-1]; edge {
				keys = append(keys, keyOfSlot(slot), keyOfSlot(max(slot-1, 0)))
			}
		}
	case hashed:
		for i := 0; ; i++ {
			last, _ := p.stretch(i)
			keys = append(keys, keyOfHash(last), keyOfHash(last+1), keyOfHash(last-1))
			if last == p.end() {
				break
			}
		}
	case *Ranges:
		for _, start := range p.starts {
			keys = append(keys, around(start)...)
		}
	case *Directory:
		for key := range p.nodes {
			keys = append(keys, around(key)...)
		}
		slices.Sort(keys)
	}
	return keys
}

// probesOf are keys on both sides of the ends of moves.
func probesOf(m *Moves) []string {
	var keys []string
	for _, move := range m.List() {
		s := move.Span
		switch s.Space {
		case HashSpace:
			keys = append(keys, keyOfHash(s.First-1), keyOfHash(s.First), keyOfHash(s.Last), keyOfHash(s.Last+1))
		case SlotSpace:
			for _, slot := range []uint64{s.First - 1, s.First, s.Last, s.Last + 1} {
				keys = append(keys, keyOfSlot(int(slot%SlotCount)))
			}
		default:
			keys = slices.Concat(keys, around(s.Low), around(s.High))
		}
	}
	return keys
}

// around are a key, the one that follows it, and some before it.
func around(key string) []string {
	keys := []string{key, key + "\x00", key + "z"}
	if n := len(key); n > 0 {
		keys = append(keys, key[:n-1], key[:n-1]+string(key[n-1]-1), key[:n-1]+string(key[n-1]-1)+"\xff")
	}
	return keys
}

var keysOfSlots = sync.OnceValue(func() []string {
	keys, missing := make([]string, SlotCount), SlotCount
	for i := 0; missing > 0; i++ {
		key := strconv.Itoa(i)
		if slot := Slot(key); keys[slot] == "" {
			keys[slot] = key
			missing--
		}
	}
	return keys
})

func keyOfSlot(slot int) string { return keysOfSlots()[slot] }

// chosenHash is a hash that tests can tell what to return: what follows the # of a key, in hexadecimal digits.
func chosenHash(key string) uint64 {
	if _, digits, ok := strings.Cut(key, "#"); ok {
		if h, err := strconv.ParseUint(digits, 16, 64); err == nil {
			return h
		}
	}
	return (&Hashing{}).of(key)
}

func keyOfHash(h uint64) string { return fmt.Sprintf("#%016x", h) }

// nodeAt is a name whose first point on a ring is where it should be: [draw] and [mix] undone.
func nodeAt(name string, point uint64) string {
	seed := unmix(point) - golden
	return name + keyOfHash(unmix(seed)^mix(0))
}

func unmix(x uint64) uint64 {
	inverse := func(factor uint64) uint64 { // of an odd number: each round doubles the bits that are right
		y := factor
		for range 6 {
			y *= 2 - factor*y
		}
		return y
	}
	x = (x ^ x>>31 ^ x>>62) * inverse(0x94d049bb133111eb)
	x = (x ^ x>>27 ^ x>>54) * inverse(0xbf58476d1ce4e5b9)
	return x ^ x>>30 ^ x>>60
}

func TestNodesAreWhereTheseTestsPutThem(t *testing.T) {
	for _, point := range []uint64{0, 1, 1 << 40, math.MaxUint64} {
		require.Equal(t, point, mustRing(Named(nodeAt("a", point)), 1).points[0])
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// describe is a placement for who reads a failure.
func describe(p Placement) string {
	var parts []string
	name := func(node int) string { return short(p.Members()[node].Name) }
	switch p := p.(type) {
	case *Ring:
		for i, point := range p.points {
			parts = append(parts, fmt.Sprintf("%s at %016x", name(int(p.owners[i])), point))
		}
	case *Maglev:
		for _, node := range p.table {
			parts = append(parts, name(int(node)))
		}
	case *Slots:
		for slot, node := range p.table {
			if slot == 0 || node != p.table[slot-1] {
				parts = append(parts, fmt.Sprintf("%s from %d", name(int(node)), slot))
			}
		}
	case *Ranges:
		for i, start := range p.starts {
			parts = append(parts, fmt.Sprintf("%s from %q", name(int(p.owners[i])), start))
		}
	case *Directory:
		for _, key := range slices.SortedFunc(maps.Keys(p.nodes), cmp.Compare) {
			parts = append(parts, fmt.Sprintf("%q at %s", key, name(int(p.nodes[key]))))
		}
	}
	return strings.Join(parts, ", ")
}

// short leaves out of names what only tells the hash where they should be.
func short(s string) string {
	for {
		i := strings.IndexByte(s, '#')
		if i < 0 {
			return s
		}
		s = s[:i] + s[min(len(s), i+17):]
	}
}
