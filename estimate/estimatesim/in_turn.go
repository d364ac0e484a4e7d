package estimatesim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

const (
	mostCalls    = 10_000
	mostDraws    = 100_000_000
	mostGridWork = 2_000_000_000 // multiplications
)

// InTurn draws requests that make independent calls one after the other, and returns a percentile of their latencies, p in (0, 1), after each of
// some numbers of calls, ascending: the first request's first two calls are those of its first three too. A percentile is the least latency that a part p of
// the requests do not exceed.
func InTurn(calls []workload.ServiceTime, after []int, p float64, requests int, r *rand.Rand) ([]time.Duration, error) {
	if err := checkInTurn(calls, after, p); err != nil {
		return nil, err
	}
	if last := after[len(after)-1]; requests < 1 || requests > mostDraws/last {
		return nil, fmt.Errorf("estimatesim: requests must lie in [1, %d] where each makes %d calls: %d", mostDraws/last, last, requests)
	}
	if r == nil {
		return nil, errNoSource
	}
	latencies := make([]time.Duration, requests)
	all := make([]time.Duration, len(after))
	made := 0
	for i, n := range after {
		for _, call := range calls[made:n] {
			for k := range latencies {
				took := call.Draw(r)
				if took > math.MaxInt64-latencies[k] {
					return nil, fmt.Errorf("estimatesim: a sum of latencies must fit a duration: %v and %v", latencies[k], took)
				}
				latencies[k] += took
			}
		}
		made = n
		sorted := slices.Clone(latencies)
		slices.Sort(sorted)
		all[i] = sorted[rank(p, requests)-1]
	}
	return all, nil
}

// rank is the least number of requests that are a part p of all, or more. The product may be rounded up: 0.07 of 100 are 7, and not 8.
func rank(p float64, requests int) int {
	n := min(int(math.Ceil(p*float64(requests))), requests)
	if n > 1 && float64(n-1)/float64(requests) >= p {
		return n - 1
	}
	return n
}

// InTurnExactly is what [InTurn] estimates, by numerical convolution on a grid of so many steps, at least 100 and twice the
// calls. The grid ends where by the union bound at most 1-p of the requests are beyond it. For smooth distributions the error falls with the square of the step; for those with jumps it is up to half a step a call.
func InTurnExactly(calls []workload.ServiceTime, after []int, p float64, steps int) ([]time.Duration, error) {
	if err := checkInTurn(calls, after, p); err != nil {
		return nil, err
	}
	last := after[len(after)-1]
	if work := float64(steps) * float64(steps) * float64(last); steps < max(100, 2*last) || work > mostGridWork {
		return nil, fmt.Errorf("estimatesim: steps must be at least 100 and twice the calls, and their square times the calls at most %.0e: %d, %d calls", float64(mostGridWork), steps, last)
	}
	end := 0.0
	for _, call := range calls[:last] {
		q, err := call.Quantile(1 - (1-p)/float64(last))
		if err != nil {
			return nil, err
		}
		end += float64(q)
	}
	if end > math.MaxInt64/2 {
		return nil, fmt.Errorf("estimatesim: a sum of latencies must fit half of the longest duration: %.3g ns", end)
	}
	step := end / float64(steps-last) // each call may round up by half a step
	sum := make([]float64, steps+1)
	sum[0] = 1
	all := make([]time.Duration, len(after))
	made := 0
	for i, n := range after {
		for _, call := range calls[made:n] {
			sum = convolve(sum, masses(call, step, steps))
		}
		made = n
		all[i] = gridQuantile(sum, p, step)
	}
	return all, nil
}

// masses are the probabilities of a call to be within half a step of each place of the grid.
func masses(call workload.ServiceTime, step float64, steps int) []float64 {
	all := make([]float64, steps+1)
	below := 0.0
	for i := range all {
		upTo := call.CDF(time.Duration((float64(i) + 0.5) * step))
		all[i], below = upTo-below, upTo
	}
	return all
}

// convolve is the distribution of a sum, as far as the grid goes.
func convolve(a, b []float64) []float64 {
	sum := make([]float64, len(a))
	for i, x := range a {
		if x == 0 {
			continue
		}
		for k, y := range b[:len(a)-i] {
			sum[i+k] += x * y
		}
	}
	return sum
}

// gridQuantile takes the probability of a place to be spread out evenly within half a step of it.
func gridQuantile(masses []float64, p, step float64) time.Duration {
	below := 0.0
	for i, m := range masses {
		if below+m >= p {
			return time.Duration((float64(i) - 0.5 + (p-below)/m) * step)
		}
		below += m
	}
	return time.Duration(float64(len(masses)) * step) // by rounding only: the grid ends beyond the percentile
}

// What simulations of calls cannot do without.
var (
	errNoTimes  = errors.New("estimatesim: each call needs its times")
	errNoSource = errors.New("estimatesim: a source of random numbers is needed")
)

func checkInTurn(calls []workload.ServiceTime, after []int, p float64) error {
	if len(calls) < 1 || len(calls) > mostCalls {
		return fmt.Errorf("estimatesim: calls must lie in [1, %d]: %d", mostCalls, len(calls))
	}
	if slices.Contains(calls, nil) {
		return errNoTimes
	}
	if len(after) == 0 || after[0] < 1 || after[len(after)-1] > len(calls) || !slices.IsSorted(after) {
		return fmt.Errorf("estimatesim: numbers of calls must ascend within [1, %d]: %v", len(calls), after)
	}
	if !(p > 0 && p < 1) {
		return fmt.Errorf("estimatesim: a percentile must lie in (0, 1): %v", p)
	}
	return nil
}
