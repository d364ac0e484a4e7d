package ratelimit

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// Split divides a total among parties who want so much each, by weight. It returns what each one gets: no more than it wants,
// and all of the total unless all get what they want. Every argument is zero or more, weights are one or more, and nil
// weights are equal ones.
//
// [MaxMin] and [Proportional] are the two that there are.
type Split func(total int, wanted, weights []int) ([]int, error)

// MaxMin divides by water-filling: who wants little gets all of it, and those who want more get equally much, in proportion to
// their weights. Nobody can get more without taking it from somebody who has no more than they, by weight.
//
// That is exact in fractions of events. Those who do not get all they want get their part rounded down, and the odd events that are
// left go to the first of them in the list, one each. So nobody is more than one event away from the exact part; with
// weights, an odd event may move to somebody else when the total grows.
//
// It costs sorting. Source: D. Bertsekas, R. Gallager, "Data Networks", 2nd edition, 1992, section 6.5.2 (max-min flow control).
func MaxMin(total int, wanted, weights []int) ([]int, error) {
	weights, err := checkShares(total, wanted, weights)
	if err != nil {
		return nil, err
	}
	// In the order of what they want by weight, each one's turn decides whether it is the level that binds.
	order := make([]int, len(wanted))
	weight := 0
	for i := range order {
		order[i] = i
		weight += weights[i]
	}
	slices.SortStableFunc(order, func(i, j int) int { return compareProducts(wanted[i], weights[j], wanted[j], weights[i]) })
	got, left := make([]int, len(wanted)), total
	for at, i := range order {
		if compareProducts(wanted[i], weight, left, weights[i]) > 0 { // more than its part of what is left
			rest := slices.Sorted(slices.Values(order[at:]))
			fill(left, weight, rest, got, func(i int) int { return weights[i] })
			break
		}
		got[i] = wanted[i]
		left -= wanted[i]
		weight -= weights[i]
	}
	return got, nil
}

// Proportional divides in proportion to what everybody wants, times weight: with equal weights all are refused in the same
// proportion. So who asks for more gets more, which is what first come, first served does, too. Whose part is all they want, or more, get just that,
// and leave the rest to the others, in proportion again. Rounding is as in [MaxMin].
//
// It costs sorting.
func Proportional(total int, wanted, weights []int) ([]int, error) {
	weights, err := checkShares(total, wanted, weights)
	if err != nil {
		return nil, err
	}
	order := make([]int, 0, len(wanted))
	claims := 0
	for i := range wanted {
		if wanted[i] > 0 {
			order = append(order, i)
			claims += wanted[i] * weights[i]
		}
	}
	// The part of i is left/claims for each of its claims, so the heaviest are the first to get all they want. When they leave, those
	// who stay have no less.
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(weights[j], weights[i]) })
	got, left := make([]int, len(wanted)), total
	for at, i := range order {
		if compareProducts(left, weights[i], claims, 1) < 0 {
			rest := slices.Sorted(slices.Values(order[at:]))
			fill(left, claims, rest, got, func(i int) int { return wanted[i] * weights[i] })
			break
		}
		got[i] = wanted[i]
		left -= wanted[i]
		claims -= wanted[i] * weights[i]
	}
	return got, nil
}

// fill divides what is left among the rest by their parts of a whole, rounded down, and then the odd events.
func fill(left, whole int, rest, got []int, part func(i int) int) {
	odd := left
	for _, i := range rest {
		high, low := bits.Mul64(uint64(left), uint64(part(i)))
		share, _ := bits.Div64(high, low, uint64(whole))
		got[i] = int(share)
		odd -= got[i]
	}
	for _, i := range rest[:odd] {
		got[i]++
	}
}

// checkShares also makes weights of nil. All sums and products are kept within 62 bits.
func checkShares(total int, wanted, weights []int) ([]int, error) {
	if weights == nil {
		weights = slices.Repeat([]int{1}, len(wanted))
	}
	if total < 0 {
		return nil, fmt.Errorf("ratelimit: a total to share must not be negative: %d", total)
	}
	if len(wanted) != len(weights) {
		return nil, fmt.Errorf("ratelimit: there must be a weight for each who wants: %d, %d", len(weights), len(wanted))
	}
	sum := uint64(0)
	for i, w := range wanted {
		switch {
		case w < 0:
			return nil, fmt.Errorf("ratelimit: what is wanted must not be negative: %d", w)
		case weights[i] < 1:
			return nil, fmt.Errorf("ratelimit: a weight must be positive: %d", weights[i])
		}
		high, low := bits.Mul64(uint64(max(w, 1)), uint64(weights[i]))
		if sum += low; high > 0 || low > 1<<62 || sum > 1<<62 {
			return nil, errors.New("ratelimit: the sum of all that is wanted, times weight, must be at most 2^62")
		}
	}
	return weights, nil
}

// compareProducts compares a*b with c*d, none of them negative.
func compareProducts(a, b, c, d int) int {
	high, low := bits.Mul64(uint64(a), uint64(b))
	otherHigh, otherLow := bits.Mul64(uint64(c), uint64(d))
	return cmp.Or(cmp.Compare(high, otherHigh), cmp.Compare(low, otherLow))
}
