// L. Takács, "On Certain Sojourn Time Problems in the Theory of Stochastic Processes", Acta Mathematica Academiae Scientiarum Hungaricae 8, 1957.

package estimatesim

import (
	"fmt"
	"math"
	"time"
)

// DownLonger is the probability that something is down for longer than allowed in a window, if its times up and down are exponential with these means
// and it has run for ever. While it is up for window-allowed, n failures come with the probabilities of Poisson; their repairs take longer than
// allowed in all if fewer than n would end within that time. One that is down at first has one repair more. At most a million failures may be
// expected in window-allowed, and repairs in allowed.
func DownLonger(allowed, window, up, down time.Duration) (float64, error) {
	const most = 1_000_000
	switch {
	case up <= 0 || down <= 0:
		return 0, fmt.Errorf("estimatesim: mean times up and down must be positive: %v and %v", up, down)
	case window <= 0 || allowed < 0 || allowed > window:
		return 0, fmt.Errorf("estimatesim: what is allowed must lie in [0s, %v], the window, which is positive: %v", window, allowed)
	case allowed == window:
		return 0, nil
	}
	failures := float64(window-allowed) / float64(up)
	repairs := float64(allowed) / float64(down)
	if failures > most || repairs > most {
		return 0, fmt.Errorf("estimatesim: at most %d failures are expected in a window, and repairs in what is allowed: %.3g and %.3g", most, failures, repairs)
	}
	available := float64(up) / (float64(up) + float64(down))
	end := int(failures + 40*math.Sqrt(failures) + 40) // beyond, less than 1e-16 is left
	longer, fewer := 0.0, 0.0                          // fewer than n repairs end in time
	for n := range end {
		atMost := fewer + poisson(n, repairs)
		longer += poisson(n, failures) * (available*fewer + (1-available)*atMost)
		fewer = atMost
	}
	return min(1, longer), nil
}

// poisson is the probability of n where so many are expected.
func poisson(n int, expected float64) float64 {
	if expected == 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	factorial, _ := math.Lgamma(float64(n) + 1)
	return math.Exp(float64(n)*math.Log(expected) - expected - factorial)
}
