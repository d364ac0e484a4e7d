package cache

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// colliding are ids whose hashes collide in every way.
var colliding = rapid.Map(hashes, unscatter)

// unscatter is the id that has a hash: both multiplications and shifts by half a word can be undone.
func unscatter(hash uint64) uint64 {
	const inverse = 0xF1DE83E19937733D // of the multiplier, modulo 2^64
	hash *= inverse
	hash ^= hash >> 32
	hash *= inverse
	return hash ^ hash>>32
}

// No two ids have one hash.
func TestLaw_ScatterCanBeUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Uint64().Draw(t, "id")
		if got := unscatter(scatter(id)); got != id {
			t.Fatalf("the hash of %#x is that of %#x too", id, got)
		}
	})
}

// A ghost remembers what a slice would from which the oldest is cut when it is too long, through any number of additions and removals.
func TestLaw_AGhostIsABoundedSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.IntRange(1, 8).Draw(t, "entries")
		g := newGhost(entries)
		var model []uint64 // the newest last
		for range rapid.IntRange(0, 300).Draw(t, "changes") {
			id := colliding.Draw(t, "id")
			switch rapid.SampledFrom([]string{"add", "add", "add", "remove", "drop"}).Draw(t, "change") {
			case "add":
				g.add(id)
				model = append(without(model, id), id)
				if len(model) > entries {
					model = model[1:]
				}
			case "remove":
				was := slices.Contains(model, id)
				if got := g.remove(id); got != was {
					t.Fatalf("remove(%d) says %v; inside were %v", id, got, model)
				}
				model = without(model, id)
			default:
				g.dropOldest()
				model = model[min(1, len(model)):]
			}
			if g.len() != len(model) {
				t.Fatalf("it counts %d, and should hold %v", g.len(), model)
			}
			for _, id := range append(slices.Clone(model), id) {
				if g.has(id) != slices.Contains(model, id) {
					t.Fatalf("has(%d) is %v; it should hold %v", id, g.has(id), model)
				}
			}
		}
	})
}
