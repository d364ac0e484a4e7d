// The beta-factor model of common causes: K. N. Fleming, "A Reliability Model for Common Mode Failures in Redundant Safety Systems", General
// Atomic GA-A13284, 1974. k of n: R. E. Barlow and F. Proschan, Statistical Theory of Reliability and Life Testing, 1975, section 2.1.

package estimate

import (
	"fmt"
	"math"
	"math/big"
	"time"
)

// maxParts bounds the work of KOfN, which is the product of its two numbers.
const maxParts = 10_000

// Series is the availability of a system that is up while all of its parts are, which fail independently of each other. It is their product, and
// below that of the worst.
func Series(parts ...float64) (float64, error) { return KOfN(len(parts), parts...) }

// Parallel is the availability of a system that is up while at least one of its parts is; they fail independently of each other. Copies of one thing
// seldom do: see [Correlated].
func Parallel(parts ...float64) (float64, error) { return KOfN(1, parts...) }

// KOfN is the availability of a system that is up while at least k of its parts are, each with its own availability, in [0, 1]; they fail
// independently of each other. There are at most 10,000 parts, at least one, and k lies in [1, parts]. It takes k steps for each.
func KOfN(k int, parts ...float64) (float64, error) {
	if err := needBetween("parts", len(parts), 1, maxParts); err != nil {
		return 0, err
	}
	if err := needBetween("parts that must be up", k, 1, len(parts)); err != nil {
		return 0, err
	}
	enough := make([]float64, k+1) // the probability that so many are up, and last of k or more
	enough[0] = 1
	for i, up := range parts {
		if err := needProbability(fmt.Sprintf("the availability of part %d", i+1), up); err != nil {
			return 0, err
		}
		enough[k] += enough[k-1] * up
		for j := k - 1; j > 0; j-- {
			enough[j] = enough[j]*(1-up) + enough[j-1]*up
		}
		enough[0] *= 1 - up
	}
	return min(1, enough[k]), nil // rounding may add to a little more
}

// Correlated is the availability of n like parts of which k must be up, where a share of all that each fails by takes all of them down together: a
// deploy, a power feed, an expired certificate. Up is the availability of one part, all its causes counted; common is the share of its
// downtime that has the common cause, in [0, 1] (the beta factor). At 0 it is [KOfN]; at 1 the copies are of no use. No number of copies brings it above 1 - common(1-up).
func Correlated(k, n int, up, common float64) (float64, error) {
	if err := needBetween("parts", n, 1, maxParts); err != nil {
		return 0, err
	}
	if err := needProbability("an availability", up); err != nil {
		return 0, err
	}
	if err := needProbability("a share of a common cause", common); err != nil {
		return 0, err
	}
	none := 1 - common*(1-up) // the probability that the common cause is absent
	alone := make([]float64, n)
	for i := range alone {
		if none > 0 {
			alone[i] = min(1, up/none)
		}
	}
	without, err := KOfN(k, alone...)
	return none * without, err
}

// rest is 1-p, of a p in [0, 1] that was written in decimals: of 0.999 it is 0.001, which the difference of the two float64 is not.
func rest(p float64) float64 {
	r, _ := exactRest(p).Float64()
	return r
}

func exactRest(p float64) *big.Rat { return new(big.Rat).Sub(integer(1), decimal(p)) }

// Nines is an availability in [0, 1] as a number of nines, -log10(1-up): 3 of 99.9%, 3.3 of 99.95%, and infinitely many of 1.
func Nines(up float64) (float64, error) {
	if err := needProbability("an availability", up); err != nil {
		return 0, err
	}
	return max(0, -math.Log10(rest(up))), nil // -log10(1) is a negative zero
}

// OfNines is the availability with so many nines, at least 0: of 3 it is 99.9%.
func OfNines(nines float64) (float64, error) {
	if err := needNotNegative("a number of nines", nines); err != nil {
		return 0, err
	}
	return 1 - math.Pow(10, -nines), nil
}

// Downtime is how long something of this availability, in [0, 1], is down in a period: 43.2 minutes in 30 days of 99.9%.
func Downtime(up float64, period time.Duration) (time.Duration, error) {
	if err := needProbability("an availability", up); err != nil {
		return 0, err
	}
	if err := needLongerThanZero("a period", period); err != nil {
		return 0, err
	}
	return partOf(period, rest(up)), nil
}

// partOf is a part in [0, 1] of a period, which as a float may be too large for a duration.
func partOf(period time.Duration, part float64) time.Duration {
	if of := math.Round(part * float64(period)); of < float64(period) {
		return time.Duration(of)
	}
	return period
}

// OfDowntime is the availability of something that is down for so long in a period, in [0, period].
func OfDowntime(down, period time.Duration) (float64, error) {
	if err := needLongerThanZero("a period", period); err != nil {
		return 0, err
	}
	if down < 0 || down > period {
		return 0, fmt.Errorf("estimate: a downtime must lie in [0, %v], its period: %v", period, down)
	}
	return float64(period-down) / float64(period), nil
}
