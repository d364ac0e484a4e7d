package estimate

import (
	"fmt"
	"math"
)

// Collision is the probability that of so many identifiers, each drawn at random from a space of that many, at least two are equal: the birthday problem.
// It is exact up to rounding, about 10^-12 of itself, for spaces that are whole numbers; beyond 2^53 a space is as exact as a float64 can be.
func Collision(ids Count, space float64) (float64, error) {
	if err := needSpace(ids, space); err != nil {
		return 0, err
	}
	return collision(float64(ids), space), nil
}

// CollisionApprox is the usual approximation, 1 - e^(-n(n-1)/2N) for n identifiers out of N. It is below the exact value, by less than a millionth of it
// where n is below a millionth of N.
func CollisionApprox(ids Count, space float64) (float64, error) {
	if err := needSpace(ids, space); err != nil {
		return 0, err
	}
	n := float64(ids)
	return max(0, -math.Expm1(-n/space*(n-1)/2)), nil
}

// IDsWithin is the largest number of random identifiers whose probability of a collision is at most p, in [0, 1). It is at least 1, and about
// the square root of 2pN for a small p. It is an error where it does not fit a [Count].
func IDsWithin(p, space float64) (Count, error) {
	if err := needBelowOne("a probability", p); err != nil {
		return 0, err
	}
	if err := needSpace(0, space); err != nil {
		return 0, err
	}
	within, beyond := Count(1), Count(math.MaxInt64)
	if collision(float64(beyond), space) <= p {
		return 0, fmt.Errorf("estimate: identifiers must be at most 2^63-1: there may be more in a space of %v for a probability of %v", space, p)
	}
	for beyond-within > 1 {
		if n := within + (beyond-within)/2; collision(float64(n), space) <= p {
			within = n
		} else {
			beyond = n
		}
	}
	return within, nil
}

func needSpace(ids Count, space float64) error {
	if err := needCount("identifiers", ids); err != nil {
		return err
	}
	if !(space >= 1) || math.IsInf(space, 0) {
		return fmt.Errorf("estimate: a space of identifiers must be at least 1 and finite: %v", space)
	}
	return nil
}

// collision is 1 - N(N-1)…(N-n+1)/N^n. The first identifiers are multiplied one by one; where there are many, the factorials
// are Stirling's.
func collision(n, space float64) float64 {
	switch {
	case n <= 1:
		return 0
	case n > space:
		return 1
	}
	const few = 256
	if n <= few {
		none := 0.0
		for i := 1.0; i < n; i++ {
			none += math.Log1p(-i / space)
		}
		return -math.Expm1(none)
	}
	// ln N!/((N-n)! N^n) by ln x! = x ln x - x + ln(x)/2 + ln(2 pi)/2 + 1/12x, with N-n for the second x. What the series leaves out
	// is below 1/360x^3; with x small, that is with nearly all of a space drawn, the answer is 1 in any case.
	left := space - n
	if left < 1 {
		return 1 // N!/N^N, of more than 256
	}
	x := n / space
	none := n*halfAverage(x) - math.Log1p(-x)/2 + (1/space-1/left)/12
	return -math.Expm1(none)
}

// halfAverage is (-(1-x) ln(1-x) - x)/x for x in (0, 1), about -x/2. Its two terms nearly cancel for a small x, so there it is the series
// -x/(1 x 2) - x^2/(2 x 3) - x^3/(3 x 4) - … No square of x is taken: of 2^1000 identifiers it would be 0.
func halfAverage(x float64) float64 {
	if x > 0.25 {
		return (-(1-x)*math.Log1p(-x) - x) / x
	}
	sum, power := 0.0, 1.0
	for k := 2.0; ; k++ {
		power *= x
		term := power / (k * (k - 1))
		if term <= sum*0x1p-60 {
			return -sum
		}
		sum += term
	}
}
