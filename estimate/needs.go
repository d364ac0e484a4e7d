package estimate

import (
	"fmt"
	"math"
	"time"
)

// What the formulas of queueing and reliability need of their numbers. Each is an error that names the quantity, the rule and the value.

func needPositive(what string, v float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return fmt.Errorf("estimate: %s must be positive and finite: %v", what, v)
	}
	return nil
}

func needNotNegative(what string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("estimate: %s must be finite and not negative: %v", what, v)
	}
	return nil
}

func needLongerThanZero(what string, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("estimate: %s must be longer than 0: %v", what, d)
	}
	return nil
}

// needProbability takes [0, 1].
func needProbability(what string, p float64) error {
	if !(p >= 0 && p <= 1) {
		return fmt.Errorf("estimate: %s must lie in [0, 1]: %v", what, p)
	}
	return nil
}

// needBelowOne takes [0, 1).
func needBelowOne(what string, p float64) error {
	if !(p >= 0 && p < 1) {
		return fmt.Errorf("estimate: %s must lie in [0, 1): %v", what, p)
	}
	return nil
}

// needBetween takes whole numbers in [low, high].
func needBetween(what string, v, low, high int) error {
	if v < low || v > high {
		return fmt.Errorf("estimate: %s must lie in [%d, %d]: %d", what, low, high, v)
	}
	return nil
}

// inTime is a number of seconds, to the nanosecond, where a [time.Duration] can hold it: up to 292 years.
func inTime(what string, seconds float64) (time.Duration, error) {
	nanoseconds := math.Round(seconds * 1e9)
	if !(math.Abs(nanoseconds) < math.MaxInt64) {
		return 0, fmt.Errorf("estimate: %s must fit a duration, so be less than 292 years: %v s", what, seconds)
	}
	return time.Duration(nanoseconds), nil
}
