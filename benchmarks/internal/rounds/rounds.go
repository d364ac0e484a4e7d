// Package rounds measures things side by side on a machine that is also used by others: in many short turns, one after the
// other, so that what slows the machine down slows all of them, and compares within a round only.
package rounds

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"time"
)

// A Task does so many calls. Each goroutine that runs it passes its own number, from 0 on.
type Task func(goroutine, calls int)

// Plan is how long to measure.
type Plan struct {
	Rounds     int           // how often each task has its turn; an odd number has a median
	Turn       time.Duration // how long a turn lasts, roughly
	Warm       bool          // a turn comes after one that does not count, so that it finds in the caches what it needs
	Goroutines int           // how many run the task at once
}

// Result is the median of the rounds.
type Result struct {
	Nanoseconds float64 // a call: elapsed time by the calls of all goroutines
	Ratio       float64 // to the reference in the same round
}

// Measure gives each task its turn in every round. A nil task has no turn and a result that is not a number. The reference, by index, must not
// be nil.
func Measure(tasks []Task, reference int, plan Plan) []Result {
	calls := make([]int, len(tasks))
	for i, task := range tasks {
		if task != nil {
			calls[i] = callsOf(task, plan)
		}
	}
	runtime.GC()                           // nobody pays for what was left behind
	spent := make([][]float64, len(tasks)) // by round
	for round := range plan.Rounds {
		for turn := range tasks {
			i := (turn + round) % len(tasks) // nobody comes after the same one always
			if tasks[i] != nil {
				if plan.Warm {
					nanoseconds(tasks[i], calls[i], plan.Goroutines)
				}
				spent[i] = append(spent[i], nanoseconds(tasks[i], calls[i], plan.Goroutines))
			}
		}
	}
	results := make([]Result, len(tasks))
	for i := range tasks {
		if tasks[i] == nil {
			results[i] = Result{math.NaN(), math.NaN()}
			continue
		}
		ratios := make([]float64, plan.Rounds)
		for round, ns := range spent[i] {
			ratios[round] = ns / spent[reference][round]
		}
		results[i] = Result{Median(spent[i]), Median(ratios)}
	}
	return results
}

// callsOf is how many calls fill a turn. It also warms the task up.
func callsOf(task Task, plan Plan) int {
	for calls := 64; ; calls *= 4 {
		took := time.Duration(nanoseconds(task, calls, plan.Goroutines) * float64(calls*plan.Goroutines))
		if took >= plan.Turn/4 {
			return max(1, int(float64(calls)*float64(plan.Turn)/float64(took)))
		}
	}
}

// nanoseconds is the time of one call, when each goroutine does so many.
func nanoseconds(task Task, calls, goroutines int) float64 {
	begin := time.Now()
	if goroutines == 1 {
		task(0, calls)
	} else {
		var group sync.WaitGroup
		for g := range goroutines {
			group.Go(func() { task(g, calls) })
		}
		group.Wait()
	}
	return float64(time.Since(begin).Nanoseconds()) / float64(calls*goroutines)
}

// Median is the middle one of the values, and the larger of the two if there are two.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
