package ratelimit_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// sharesCase is who wants what of a total.
type sharesCase struct {
	total           int
	wanted, weights []int
}

func someShares(t *rapid.T, weighted bool) sharesCase {
	parties := rapid.IntRange(1, 6).Draw(t, "parties")
	c := sharesCase{
		total:  rapid.IntRange(0, 40).Draw(t, "total"),
		wanted: rapid.SliceOfN(rapid.IntRange(0, 20), parties, parties).Draw(t, "wanted"),
	}
	if weighted {
		c.weights = rapid.SliceOfN(rapid.IntRange(1, 5), parties, parties).Draw(t, "weights")
	}
	return c
}

func (c sharesCase) weight(i int) int {
	if c.weights == nil {
		return 1
	}
	return c.weights[i]
}

// split divides and tells.
func (c sharesCase) split(t *rapid.T, split ratelimit.Split) []int {
	got, err := split(c.total, c.wanted, c.weights)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(c.wanted) {
		c.fail(t, got, "that is %d shares for %d", len(got), len(c.wanted))
	}
	return got
}

func (c sharesCase) fail(t *rapid.T, got []int, format string, args ...any) {
	t.Helper()
	story := tableStory{}
	story.tell("%d for who want %v", c.total, c.wanted)
	if c.weights != nil {
		story.tell("with weights %v", c.weights)
	}
	story.tell("is split into %v", got)
	story.fail(t, format, args...)
}

// Nobody gets more than is wanted, or less than nothing, and the total is used unless all get what they want.
func lawSharesUseTheTotal(split ratelimit.Split) func(*rapid.T) {
	return func(t *rapid.T) {
		c := someShares(t, rapid.Bool().Draw(t, "weighted"))
		got, sum, wanted := c.split(t, split), 0, 0
		for i := range got {
			if got[i] < 0 || got[i] > c.wanted[i] {
				c.fail(t, got, "party %d wants %d", i+1, c.wanted[i])
			}
			sum += got[i]
			wanted += c.wanted[i]
		}
		if due := min(c.total, wanted); sum != due {
			c.fail(t, got, "%d should be given out", due)
		}
	}
}

// exactly rounds exact parts as documented: down for those who do not get all they want, and then the odd events to the first of these.
func exactly(c sharesCase, parts []*big.Rat) []int {
	got, odd := make([]int, len(parts)), c.total
	var rest []int
	for i, part := range parts {
		got[i] = int(new(big.Int).Quo(part.Num(), part.Denom()).Int64())
		odd -= got[i]
		if got[i] < c.wanted[i] {
			rest = append(rest, i)
		}
	}
	for _, i := range rest[:min(max(0, odd), len(rest))] {
		got[i]++
	}
	return got
}

// waterFilling raises one level for all: who has all that is wanted drops out, until the total is used.
func waterFilling(c sharesCase) []*big.Rat {
	return fillRounds(c, func(i int) int { return c.weight(i) })
}

// inProportion gives to each in proportion to the claim; who has all that is wanted drops out.
func inProportion(c sharesCase) []*big.Rat {
	return fillRounds(c, func(i int) int { return c.wanted[i] * c.weight(i) })
}

// fillRounds divides in proportion to parts that do not change, each party getting no more than it wants, in fractions.
func fillRounds(c sharesCase, part func(i int) int) []*big.Rat {
	got := make([]*big.Rat, len(c.wanted))
	left := new(big.Rat).SetInt64(int64(c.total))
	open := map[int]bool{}
	for i := range got {
		got[i] = new(big.Rat)
		open[i] = c.wanted[i] > 0
	}
	for {
		whole := 0
		for i := range got {
			if open[i] {
				whole += part(i)
			}
		}
		met := false
		for i := range got {
			if !open[i] {
				continue
			}
			got[i].Mul(left, big.NewRat(int64(part(i)), int64(whole)))
			if got[i].Cmp(new(big.Rat).SetInt64(int64(c.wanted[i]))) >= 0 {
				got[i].SetInt64(int64(c.wanted[i]))
				left.Sub(left, got[i])
				open[i], met = false, true
				break // the parts of the others have grown
			}
		}
		if !met {
			return got
		}
	}
}

// A split is the exact one, rounded as documented.
func lawSharesExact(split ratelimit.Split, parts func(sharesCase) []*big.Rat) func(*rapid.T) {
	return func(t *rapid.T) {
		c := someShares(t, rapid.Bool().Draw(t, "weighted"))
		got, exact := c.split(t, split), parts(c)
		if want := exactly(c, exact); !slices.Equal(got, want) {
			c.fail(t, got, "in fractions it is %v, and so %v", exact, want)
		}
	}
}

// Nobody could get one more event without taking it from somebody who has no more, by weight, than they would have then.
func lawSharesMaxMin(split ratelimit.Split) func(*rapid.T) {
	return func(t *rapid.T) {
		c := someShares(t, rapid.Bool().Draw(t, "weighted"))
		got := c.split(t, split)
		for i := range got {
			for j := range got {
				// (got[j]-1)/weight[j] >= (got[i]+1)/weight[i]: j has more, with one less, than i with one more
				if i != j && got[i] < c.wanted[i] && got[j] > 0 && (got[j]-1)*c.weight(i) >= (got[i]+1)*c.weight(j) {
					c.fail(t, got, "party %d wants more, and party %d could give it one and still have no less", i+1, j+1)
				}
			}
		}
	}
}

// With equal weights it is what comes of giving one event after another to whoever has least, the first in the list of several.
func lawSharesOneByOne(split ratelimit.Split) func(*rapid.T) {
	return func(t *rapid.T) {
		c := someShares(t, false)
		got, want := c.split(t, split), make([]int, len(c.wanted))
		for range c.total {
			least := -1
			for i := range want {
				if want[i] < c.wanted[i] && (least < 0 || want[i] < want[least]) {
					least = i
				}
			}
			if least < 0 {
				break
			}
			want[least]++
		}
		if !slices.Equal(got, want) {
			c.fail(t, got, "one by one it is %v", want)
		}
	}
}

// A larger total costs nobody more than an odd event, and in another order each gets the same but for one.
func lawSharesNearlyTheSame(split ratelimit.Split, odd int) func(*rapid.T) {
	return func(t *rapid.T) {
		c := someShares(t, odd > 0 && rapid.Bool().Draw(t, "weighted"))
		got := c.split(t, split)
		larger := c
		larger.total++
		for i, more := range larger.split(t, split) {
			if more < got[i]-odd {
				c.fail(t, got, "party %d gets %d of one more", i+1, more)
			}
		}
		order := rapid.Permutation(indices(len(got))).Draw(t, "order")
		mixed := sharesCase{total: c.total}
		for _, i := range order {
			mixed.wanted = append(mixed.wanted, c.wanted[i])
			if c.weights != nil {
				mixed.weights = append(mixed.weights, c.weights[i])
			}
		}
		for at, one := range mixed.split(t, split) {
			if i := order[at]; one < got[i]-1 || one > got[i]+1 {
				c.fail(t, got, "in the order %v party %d gets %d", order, i+1, one)
			}
		}
	}
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestLaw_SharesUseTheTotal(t *testing.T) {
	rapid.Check(t, lawSharesUseTheTotal(ratelimit.MaxMin))
	rapid.Check(t, lawSharesUseTheTotal(ratelimit.Proportional))
}

func TestLaw_SharesAreExactButForOddEvents(t *testing.T) {
	rapid.Check(t, lawSharesExact(ratelimit.MaxMin, waterFilling))
	rapid.Check(t, lawSharesExact(ratelimit.Proportional, inProportion))
}

func TestLaw_MaxMinIsFair(t *testing.T) {
	rapid.Check(t, lawSharesMaxMin(ratelimit.MaxMin))
	rapid.Check(t, lawSharesOneByOne(ratelimit.MaxMin))
}

func TestLaw_SharesChangeByAnOddEvent(t *testing.T) {
	rapid.Check(t, lawSharesNearlyTheSame(ratelimit.MaxMin, 0)) // equal weights: nobody loses by a larger total
	rapid.Check(t, lawSharesNearlyTheSame(ratelimit.MaxMin, 1))
	rapid.Check(t, lawSharesNearlyTheSame(ratelimit.Proportional, 1))
}

// With weights an odd event moves when the total grows: the second party loses its only one.
func TestClaim_MaxMinMovesAnOddEvent(t *testing.T) {
	wanted, weights := []int{9, 9, 9, 9}, []int{2, 1, 2, 2}
	three, err := ratelimit.MaxMin(3, wanted, weights)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 1, 0}, three)
	four, err := ratelimit.MaxMin(4, wanted, weights)
	require.NoError(t, err)
	require.Equal(t, []int{2, 0, 1, 1}, four)
}

// The example of the textbook: 10 for who want 2, 2.6, 4 and 5, in tenths of the unit.
func TestClaim_MaxMinOfTheTextbooks(t *testing.T) {
	got, err := ratelimit.MaxMin(100, []int{20, 26, 40, 50}, nil)
	require.NoError(t, err)
	require.Equal(t, []int{20, 26, 27, 27}, got)
}

// Where sums come near the end of 64 bits nothing wraps round.
func TestSharesOfLargeNumbers(t *testing.T) {
	const half = 1 << 61
	for _, split := range []ratelimit.Split{ratelimit.MaxMin, ratelimit.Proportional} {
		got, err := split(math.MaxInt64, []int{half, half}, nil)
		require.NoError(t, err)
		require.Equal(t, []int{half, half}, got)
		got, err = split(half+1, []int{half, half}, []int{1, 1})
		require.NoError(t, err)
		require.Equal(t, []int{half/2 + 1, half / 2}, got)
		got, err = split(0, []int{1, 2}, nil)
		require.NoError(t, err)
		require.Equal(t, []int{0, 0}, got)
		got, err = split(5, nil, nil)
		require.NoError(t, err)
		require.Empty(t, got)
	}
}
