package caching

import (
	"math"

	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
)

// distinct is how many different keys there are expected to be among so many requests, and six standard deviations of that number at the most:
// its variance is no more than the sum of the keys' own, for whether one is among them makes any other less likely.
func distinct(popularity cachesim.Popularity, requests int) (expected, sixDeviations float64) {
	variance := 0.0
	for _, mass := range popularity {
		absent := math.Pow(1-mass, float64(requests))
		variance += absent * (1 - absent)
	}
	return popularity.Distinct(requests), 6 * math.Sqrt(variance)
}

// fill is how many requests fill an empty cache for sure, or 0 if that takes more than most.
func fill(popularity cachesim.Popularity, entries, most int) int {
	for n := entries; n <= most; n += 1 + n/8 {
		if expected, sixDeviations := distinct(popularity, n); expected-sixDeviations >= float64(entries) {
			return n
		}
	}
	return 0
}
