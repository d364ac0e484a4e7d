package loadbalance

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// problems lists everything that is wrong with a ranking, not only the first thing.
func (r *ranking) problems() (problems []string) {
	report := func(wrong bool, what string) {
		if wrong {
			problems = append(problems, what)
		}
	}
	place, below, seen := 0, none, 0
	for l := r.lowest; l != none && seen <= len(r.levels); l = r.levels[l].above {
		level := r.levels[l]
		report(level.start != place, "a level does not start where the one below ends")
		report(level.end <= level.start, "a level is empty")
		report(level.below != below, "a level does not know the one below")
		report(below != none && r.levels[below].load >= level.load, "levels do not ascend")
		for ; place < level.end && place < len(r.order); place++ {
			s := r.order[place]
			report(s.load() != level.load, "an endpoint stands in a level of another load")
			report(int(s.place) != place, "an endpoint does not know its place")
			report(s.level != l, "an endpoint does not know its level")
		}
		below = l
		seen++
	}
	report(place != len(r.order), "the levels do not cover the order")
	free := 0
	for l := r.free; l != none && free <= len(r.levels); l = r.levels[l].above {
		free++
	}
	report(seen+free != len(r.levels), "a level is neither in use nor free")
	return problems
}

// Against the naive model: sort by load.
func TestLaw_RankingIsSortedAfterEveryMove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r ranking
		states := r.fresh(rapid.IntRange(1, 12).Draw(t, "endpoints"))
		r.reset(states)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				r.add(rapid.SampledFrom(states).Draw(t, "endpoint"), rapid.SampledFrom([]int32{-1, 1, 1}).Draw(t, "n"))
			},
			"report": func(t *rapid.T) {
				s := rapid.SampledFrom(states).Draw(t, "endpoint")
				load := int64(rapid.IntRange(0, 9).Draw(t, "load"))
				s.reported = load + 1
				r.move(s, load)
			},
			"reset": func(t *rapid.T) {
				states = append(r.fresh(rapid.IntRange(0, 2).Draw(t, "new")), states[rapid.IntRange(0, len(states)-1).Draw(t, "gone"):]...)
				r.reset(states)
			},
			"": func(t *rapid.T) {
				if problems := r.problems(); len(problems) > 0 {
					t.Fatalf("%v in %+v", problems, r.levels)
				}
				loads := func(s []*ranked) (loads []int64) {
					for _, x := range s {
						loads = append(loads, x.load())
					}
					return loads
				}
				sorted := slices.Clone(states)
				slices.SortFunc(sorted, func(a, b *ranked) int { return cmp.Compare(a.load(), b.load()) })
				if !slices.Equal(loads(r.order), loads(sorted)) {
					t.Fatalf("ranked loads are %v, sorted ones %v", loads(r.order), loads(sorted))
				}
			},
		})
	})
}
