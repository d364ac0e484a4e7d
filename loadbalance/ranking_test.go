package loadbalance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
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
	rapid.Check(t, lawRankingIsSorted((*ranking).move))
}

func TestBroken_MovedByOneLevelOnly(t *testing.T) {
	lawtest.Breaks(t, "A ranking that moves an endpoint by one level loses the order when a report jumps over several",
		lawRankingIsSorted(func(r *ranking, s *ranked, load int64) {
			switch level := r.levels[s.level].load; {
			case level < load:
				r.raise(s, load)
			case level > load:
				r.lower(s, load)
			}
		}))
}

// lawRankingIsSorted judges a way to move an endpoint to another load.
func lawRankingIsSorted(move func(*ranking, *ranked, int64)) func(*rapid.T) {
	return func(t *rapid.T) {
		var r ranking
		states := r.fresh(rapid.IntRange(1, 12).Draw(t, "endpoints"))
		r.reset(states)
		story := []string{fmt.Sprintf("%d endpoints, idle", len(states))}
		loads := func(s []*ranked) (loads []int64) {
			for _, x := range s {
				loads = append(loads, x.load())
			}
			return loads
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				i := rapid.IntRange(0, len(states)-1).Draw(t, "endpoint")
				n := rapid.SampledFrom([]int32{-1, 1, 1}).Draw(t, "n")
				r.add(states[i], n)
				story = append(story, fmt.Sprintf("endpoint %d gets %+d", i, n))
			},
			"report": func(t *rapid.T) {
				i := rapid.IntRange(0, len(states)-1).Draw(t, "endpoint")
				load := int64(rapid.IntRange(0, 9).Draw(t, "load"))
				states[i].reported = load + 1
				move(&r, states[i], load)
				story = append(story, fmt.Sprintf("endpoint %d is reported to have load %d", i, load))
			},
			"reset": func(t *rapid.T) {
				added, gone := rapid.IntRange(0, 2).Draw(t, "new"), rapid.IntRange(0, len(states)-1).Draw(t, "gone")
				states = append(r.fresh(added), states[gone:]...)
				r.reset(states)
				story = append(story, fmt.Sprintf("the first %d leave, %d come before the others", gone, added))
			},
			"": func(t *rapid.T) {
				sorted := slices.Clone(states)
				slices.SortFunc(sorted, func(a, b *ranked) int { return cmp.Compare(a.load(), b.load()) })
				if !slices.Equal(loads(r.order), loads(sorted)) {
					t.Fatalf("%s\nbut the ranked loads are %v", strings.Join(story, "\n"), loads(r.order))
				}
				if problems := r.problems(); len(problems) > 0 {
					t.Fatalf("%s\nbut %s", strings.Join(story, "\n"), strings.Join(problems, ", and "))
				}
			},
		})
	}
}
