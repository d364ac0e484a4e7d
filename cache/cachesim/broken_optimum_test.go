package cachesim

import (
	"testing"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// What the bugs below are planted in obeys the laws.
func TestBroken_NoOptimumWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawOptimum(Optimal, false))
	lawtest.Holds(t, lawNoPolicyMissesLess(OptimalWithBypass, refusing))
	lawtest.Holds(t, lawCurve(LRUCurve))
	lawtest.Holds(t, lawRate(SHARDS))
}

func TestBroken_TheOptimumOfThoseThatAdmitAllMayNotBypass(t *testing.T) {
	lawtest.Breaks(t, "An optimum that keeps keys out misses less than any policy can that must admit them", lawOptimum(OptimalWithBypass, false))
}

func TestBroken_ThoseThatRefuseAreComparedWithBypass(t *testing.T) {
	lawtest.Breaks(t, "A policy that turns keys away beats an optimum that must admit them",
		lawNoPolicyMissesLess(Optimal, map[string]cache.Builder{"TinyLFU before LRU": cache.TinyLFU(cache.LRU)}))
}

func TestBroken_AnOptimumByCounts(t *testing.T) {
	lawtest.Breaks(t, "Evicting the key that is asked for least often in what follows is not optimal: when it comes matters, not how often",
		lawOptimum(leastAskedFor, false))
}

// leastAskedFor knows the future, and counts.
func leastAskedFor(trace Trace, capacity int) (int, error) {
	left := make([]int, len(trace.IDs))
	for _, key := range trace.Requests {
		left[key]++
	}
	inside, misses := map[int32]bool{}, 0
	for _, key := range trace.Requests {
		if left[key]--; inside[key] {
			continue
		}
		misses++
		if len(inside) == capacity {
			victim := int32(-1)
			for k := range int32(len(left)) {
				if inside[k] && (victim < 0 || left[k] < left[victim]) {
					victim = k
				}
			}
			delete(inside, victim)
		}
		inside[key] = true
	}
	return misses, nil
}

func TestBroken_ACurveOfTimes(t *testing.T) {
	lawtest.Breaks(t, "The number of requests since the last one for a key, each counted, is no stack distance: only distinct keys push it down",
		lawCurve(func(trace Trace) Curve {
			curve := Curve{Requests: len(trace.Requests), Misses: make([]int, len(trace.IDs)+1)}
			for capacity := range curve.Misses {
				last := map[int32]int{}
				for at, key := range trace.Requests {
					if before, seen := last[key]; !seen || at-before > capacity {
						curve.Misses[capacity]++
					}
					last[key] = at
				}
			}
			return curve
		}))
}

func TestBroken_ASampleThatIsNotStretched(t *testing.T) {
	lawtest.Breaks(t, "A sample of one key in two sees half of the keys between two requests: distances in it must be stretched",
		lawRate(func(trace Trace, rate float64, seed uint64) (Sampled, error) {
			s, err := SHARDS(trace, rate, seed)
			for i, capacity := range s.Capacities {
				if capacity > 1 {
					s.Capacities[i] = 1 + (capacity-1)*rate
				}
			}
			return s, err
		}))
}
