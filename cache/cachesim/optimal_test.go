package cachesim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/cache"
)

type optimum func(Trace, int) (int, error)

// lawOptimum asks for the fewest misses of all ways to choose victims, tried one by one. A request that misses must be admitted, or may be
// turned away.
func lawOptimum(of optimum, mayBypass bool) func(*rapid.T) {
	return func(t *rapid.T) {
		trace := drawTrace(t, 4, 10)
		capacity := rapid.IntRange(1, 3).Draw(t, "capacity")
		got := count(t, of, trace, capacity)
		if best := fewestMisses(trace, capacity, mayBypass); got != best {
			t.Fatalf("%s: %d misses, but the best choice of victims misses %d times", told(trace, capacity), got, best)
		}
	}
}

func TestLaw_OptimalIsTheBestChoiceOfVictims(t *testing.T) {
	rapid.Check(t, lawOptimum(Optimal, false))
}

func TestLaw_OptimalWithBypassIsTheBestChoiceOfVictimsAndNewcomers(t *testing.T) {
	rapid.Check(t, lawOptimum(OptimalWithBypass, true))
}

// Long traces, on which nobody can try all choices, give what the definition gives when it is followed step by step.
func TestLaw_OptimalEvictsWhatIsUsedLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests, keys := rapid.IntRange(0, 800).Draw(t, "requests"), rapid.IntRange(1, 40).Draw(t, "keys")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		ids := make([]uint64, requests)
		for i := range ids {
			ids[i] = uint64(min(random.IntN(keys), random.IntN(keys))) // low ones more often
		}
		trace := interned(ids)
		capacity := rapid.IntRange(1, keys+1).Draw(t, "capacity")
		for _, bypass := range []bool{false, true} {
			got, err := optimal(trace, capacity, bypass)
			if want := stepByStep(trace, capacity, bypass); err != nil || got != want {
				t.Fatalf("capacity %d, bypass %v: %d misses, not %d: %v", capacity, bypass, got, want, err)
			}
		}
	})
}

// lawNoPolicyMissesLess is about policies that decide as they go.
func lawNoPolicyMissesLess(of optimum, policies map[string]cache.Builder) func(*rapid.T) {
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range policies {
			if !yield(name) {
				return
			}
		}
	})
	return func(t *rapid.T) {
		trace := drawTrace(t, 8, 60)
		capacity := rapid.IntRange(1, 5).Draw(t, "capacity")
		best := count(t, of, trace, capacity)
		for _, name := range names {
			misses, err := Misses(trace, policies[name], capacity)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if misses < best {
				t.Fatalf("%s: the optimum misses %d times, %s only %d times", told(trace, capacity), best, name, misses)
			}
		}
	}
}

// Policies that admit every key, and those that may turn one away.
var (
	admitting = map[string]cache.Builder{
		"random": cache.Random(rand.NewPCG(1, 2)), "FIFO": cache.FIFO, "LRU": cache.LRU, "CLOCK": cache.Clock, "LFU": cache.LFU,
		"SLRU": cache.SLRU, "2Q": cache.TwoQ, "ARC": cache.ARC, "SIEVE": cache.SIEVE, "S3-FIFO": cache.S3FIFO, "LIRS": cache.LIRS,
		"W-TinyLFU": cache.WTinyLFU, // its window admits what its main part may not
	}
	refusing = map[string]cache.Builder{"TinyLFU before LRU": cache.TinyLFU(cache.LRU), "TinyLFU before SIEVE": cache.TinyLFU(cache.SIEVE)}
)

func TestLaw_NoPolicyThatAdmitsAllMissesLessThanOptimal(t *testing.T) {
	rapid.Check(t, lawNoPolicyMissesLess(Optimal, admitting))
}

func TestLaw_NoPolicyMissesLessThanOptimalWithBypass(t *testing.T) {
	rapid.Check(t, lawNoPolicyMissesLess(OptimalWithBypass, admitting))
	rapid.Check(t, lawNoPolicyMissesLess(OptimalWithBypass, refusing))
	rapid.Check(t, func(t *rapid.T) {
		trace, capacity := drawTrace(t, 8, 60), rapid.IntRange(1, 5).Draw(t, "capacity")
		if with, without := count(t, OptimalWithBypass, trace, capacity), count(t, Optimal, trace, capacity); with > without {
			t.Fatalf("%s: %d misses with bypass, %d without", told(trace, capacity), with, without)
		}
	})
}

func TestOptimal_Refuses(t *testing.T) {
	for _, capacity := range []int{math.MinInt, -1, 0, cache.MaxSlots + 1, math.MaxInt} {
		for _, of := range []optimum{Optimal, OptimalWithBypass} {
			_, err := of(lettered("ab"), capacity)
			require.ErrorIs(t, err, cache.ErrCapacity)
			require.ErrorContains(t, err, fmt.Sprint(capacity))
		}
	}
	misses, err := Optimal(Trace{}, cache.MaxSlots)
	require.NoError(t, err)
	require.Zero(t, misses, "there is nothing to miss")
}

// stepByStep is the definition: what is used last goes, or does not come in.
func stepByStep(trace Trace, capacity int, bypass bool) (misses int) {
	var inside []int32
	for at, key := range trace.Requests {
		if slices.Contains(inside, key) {
			continue
		}
		misses++
		if len(inside) == capacity {
			next := func(key int32) int {
				if i := slices.Index(trace.Requests[at+1:], key); i >= 0 {
					return i
				}
				return len(trace.Requests)
			}
			last := slices.MaxFunc(inside, func(a, b int32) int { return next(a) - next(b) })
			if bypass && next(key) >= next(last) {
				continue
			}
			inside = slices.DeleteFunc(inside, func(k int32) bool { return k == last })
		}
		inside = append(inside, key)
	}
	return misses
}

// fewestMisses tries everything. Keys inside are a set of bits.
func fewestMisses(trace Trace, capacity int, mayBypass bool) int {
	type state struct{ at, inside, size int }
	known := map[state]int{}
	var from func(state) int
	from = func(s state) int {
		if s.at == len(trace.Requests) {
			return 0
		}
		if best, seen := known[s]; seen {
			return best
		}
		bit := 1 << trace.Requests[s.at]
		best := math.MaxInt
		switch {
		case s.inside&bit != 0:
			best = from(state{s.at + 1, s.inside, s.size})
		case s.size < capacity:
			best = 1 + from(state{s.at + 1, s.inside | bit, s.size + 1})
		default:
			for key := range trace.IDs {
				if victim := 1 << key; s.inside&victim != 0 {
					best = min(best, 1+from(state{s.at + 1, s.inside&^victim | bit, s.size}))
				}
			}
		}
		if mayBypass && s.inside&bit == 0 {
			best = min(best, 1+from(state{s.at + 1, s.inside, s.size}))
		}
		known[s] = best
		return best
	}
	return from(state{})
}

// drawTrace draws requests for letters.
func drawTrace(t *rapid.T, keys, requests int) Trace {
	ids := rapid.SliceOfN(rapid.Uint64Range('a', 'a'+uint64(keys)-1), 0, requests).Draw(t, "requests")
	return interned(ids)
}

func lettered(letters string) Trace {
	ids := make([]uint64, len(letters))
	for i := range ids {
		ids[i] = uint64(letters[i])
	}
	return interned(ids)
}

func interned(ids []uint64) Trace {
	trace, err := Intern(ids)
	if err != nil {
		panic(err)
	}
	return trace
}

// told is what was asked for, in letters.
func told(trace Trace, capacity int) string {
	entries := "entries"
	if capacity == 1 {
		entries = "entry"
	}
	return fmt.Sprintf("requests for %s, with room for %d %s", letters(trace), capacity, entries)
}

func letters(trace Trace) string {
	all := make([]string, len(trace.Requests))
	for i, key := range trace.Requests {
		all[i] = string(rune(trace.IDs[key]))
	}
	return strings.Join(all, " ")
}

func count(t *rapid.T, of optimum, trace Trace, capacity int) int {
	misses, err := of(trace, capacity)
	if err != nil {
		t.Fatalf("%s: %v", told(trace, capacity), err)
	}
	return misses
}
