package cache

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// hashes are few and collide in every way: the same home, neighbouring homes, the last cells from which a search wraps round, and
// the same upper half, so that a cell looks like that of another key.
var hashes = rapid.SampledFrom([]uint64{0, 1, 2, 1 << 32, 1 << 61, 1 << 62, 1<<62 + 1, 1 << 63, 3 << 62, 15 << 60, 15<<60 + 1, 31 << 59, 1<<64 - 1})

// An index finds what a map would, and nothing else, whatever the hashes; in any order of additions and removals, up to as many as it is made for.
func TestLaw_AnIndexIsAMap(t *testing.T) { rapid.Check(t, lawIndex((*index).removeAt)) }

func lawIndex(removeAt func(x *index, at uint32)) func(*rapid.T) {
	return func(t *rapid.T) {
		entries := rapid.IntRange(1, 12).Draw(t, "entries")
		x := newIndex(entries)
		keys := make([]uint64, entries) // by slot; a key is its own hash
		model := map[uint64]int32{}
		var story strings.Builder
		fmt.Fprintf(&story, "an index of %d entries, %d cells\n", entries, len(x.cells))
		for range rapid.IntRange(0, 200).Draw(t, "changes") {
			key := hashes.Draw(t, "key")
			at, slot := lookUp(&x, keys, key)
			switch {
			case slot >= 0 && rapid.Bool().Draw(t, "by slot"):
				x.removeSlot(key, slot)
				delete(model, key)
				fmt.Fprintf(&story, "remove %#x from slot %d\n", key, slot)
			case slot >= 0:
				removeAt(&x, at)
				delete(model, key)
				fmt.Fprintf(&story, "remove %#x, home %d, from cell %d\n", key, x.home(key), at)
			case len(model) < entries:
				slot = unused(model)
				keys[slot], model[key] = key, slot
				x.add(at, key, slot)
				fmt.Fprintf(&story, "add %#x, home %d, to cell %d\n", key, x.home(key), at)
			}
			for _, key := range slices.Sorted(maps.Keys(model)) {
				if _, slot := lookUp(&x, keys, key); slot != model[key] {
					t.Fatalf("%sbut %#x is in slot %d now, not in %d", story.String(), key, slot, model[key])
				}
			}
			if used := len(x.cells) - count(x.cells, 0); used != len(model) {
				t.Fatalf("%sbut %d cells are used for %d keys", story.String(), used, len(model))
			}
		}
	}
}

// lookUp is a search as the index's own comment writes it.
func lookUp(x *index, keys []uint64, key uint64) (at uint32, slot int32) {
	for at = x.home(key); x.cells[at] != 0; at = x.next(at) {
		if slot, ok := x.candidate(at, key); ok && keys[slot] == key {
			return at, slot
		}
	}
	return at, -1
}

func unused(model map[uint64]int32) int32 {
	slots := slices.Sorted(maps.Values(model))
	for i, slot := range slots {
		if slot != int32(i) {
			return int32(i)
		}
	}
	return int32(len(slots))
}

func count[T comparable](all []T, what T) (n int) {
	for _, each := range all {
		if each == what {
			n++
		}
	}
	return n
}

// An index is at most half full and has the smallest power of two of cells that is so, four at least.
func TestAnIndexIsAtMostHalfFull(t *testing.T) {
	for entries := 1; entries <= 100; entries++ {
		cells := len(newIndex(entries).cells)
		if bits.OnesCount(uint(cells)) != 1 || cells < 2*entries || cells >= 4*entries && cells > 4 {
			t.Errorf("%d cells for %d entries", cells, entries)
		}
	}
}

// Ids that are neighbours, or that differ in upper bits only, have hashes whose homes are spread: of n balls in 2n cells, about
// 2n(1-(1-1/2n)^n) cells are hit, that is 0.787 n, with a standard deviation below sqrt(n)/2; six of those are granted.
func TestClaim_ScatterSpreadsWhatIsRegular(t *testing.T) {
	const n = 1 << 12
	for name, id := range map[string]func(i uint64) uint64{
		"neighbours":  func(i uint64) uint64 { return i },
		"multiples":   func(i uint64) uint64 { return 4096 * i },
		"upper bits":  func(i uint64) uint64 { return i << 52 },
		"both halves": func(i uint64) uint64 { return i<<32 | i },
		"negative":    func(i uint64) uint64 { return -i },
	} {
		x, homes := newIndex(n), map[uint32]bool{}
		for i := range uint64(n) {
			homes[x.home(scatter(id(i)))] = true
		}
		if got := float64(len(homes)); got < 0.787*n-6*32 {
			t.Errorf("%s: %v homes of %d", name, got, n)
		}
	}
}

func TestBroken_ARemovalThatOnlyFreesTheCell(t *testing.T) {
	lawtest.Breaks(t, "A hash table with linear probing that only frees the cell of what it removes no longer finds what lies behind it",
		lawIndex(func(x *index, at uint32) { x.cells[at] = 0 }))
}
