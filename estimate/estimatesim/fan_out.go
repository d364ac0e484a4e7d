package estimatesim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// FannedOut is what requests come to that make so many independent calls.
type FannedOut struct {
	Calls  int
	Slow   float64 // the part of the requests with at least one slow call
	AtOnce float64 // mean latency, in seconds, of requests that make their calls at once, and wait for all: the longest
	InTurn float64 // and of those that make them one after the other: the sum
}

// FanOut draws requests that make like and independent calls, and says what they come to after each of some numbers of calls, ascending: the first request's
// first two calls are those of its first three too. A call is slow if it takes longer than slow.
func FanOut(call workload.ServiceTime, after []int, slow time.Duration, requests int, r *rand.Rand) ([]FannedOut, error) {
	if len(after) == 0 || after[0] < 1 || after[len(after)-1] > mostCalls || !slices.IsSorted(after) {
		return nil, fmt.Errorf("estimatesim: numbers of calls must ascend within [1, %d]: %v", mostCalls, after)
	}
	if last := after[len(after)-1]; requests < 1 || requests > mostDraws/last {
		return nil, fmt.Errorf("estimatesim: requests must lie in [1, %d] where each makes %d calls: %d", mostDraws/last, last, requests)
	}
	if call == nil {
		return nil, errNoTimes
	}
	if r == nil {
		return nil, errNoSource
	}
	all := make([]FannedOut, len(after))
	n := float64(requests)
	atOnce, inTurn, slows := make([]float64, len(after)), make([]float64, len(after)), make([]int, len(after))
	for range requests {
		longest, sum, made := time.Duration(0), 0.0, 0
		for i, calls := range after {
			for ; made < calls; made++ {
				took := call.Draw(r)
				longest, sum = max(longest, took), sum+took.Seconds()
			}
			atOnce[i] += longest.Seconds()
			inTurn[i] += sum
			if longest > slow {
				slows[i]++
			}
		}
	}
	for i, calls := range after {
		all[i] = FannedOut{calls, float64(slows[i]) / n, atOnce[i] / n, inTurn[i] / n}
	}
	return all, nil
}
