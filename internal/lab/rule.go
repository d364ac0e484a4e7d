package lab

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Rule is what every value of a parameter must obey. In a list it holds for each element.
type Rule[T int | float64 | time.Duration] struct {
	Says  string // reads on after the parameter's name: "must be at least 1"
	Holds func(T) bool
}

// AtLeast asks for [low, infinity).
func AtLeast[T int | float64 | time.Duration](low T) Rule[T] {
	return Rule[T]{"must be at least " + text(low), func(v T) bool { return v >= low }}
}

// AtMost asks for (-infinity, high].
func AtMost[T int | float64 | time.Duration](high T) Rule[T] {
	return Rule[T]{"must be at most " + text(high), func(v T) bool { return v <= high }}
}

// Above asks for (low, infinity).
func Above[T int | float64 | time.Duration](low T) Rule[T] {
	return Rule[T]{"must be above " + text(low), func(v T) bool { return v > low }}
}

// Within asks for the closed interval [low, high].
func Within[T int | float64 | time.Duration](low, high T) Rule[T] {
	return Rule[T]{fmt.Sprintf("must lie in [%s, %s]", text(low), text(high)), func(v T) bool { return low <= v && v <= high }}
}

// Inside asks for the open interval (low, high).
func Inside[T int | float64 | time.Duration](low, high T) Rule[T] {
	return Rule[T]{fmt.Sprintf("must lie in (%s, %s)", text(low), text(high)), func(v T) bool { return low < v && v < high }}
}

// text is the canonical form of a number: what the command line, the error and the CSV print. Reading it back
// gives the same value.
func text[T int | float64 | time.Duration](v T) string {
	switch v := any(v).(type) {
	case int:
		return strconv.Itoa(v)
	case time.Duration:
		return v.String()
	case float64:
		return decimal(v)
	}
	panic("unreachable: the constraint has three types")
}

// decimal is the shortest decimal that reads back as the same number, with an exponent only where the plain form
// would be long: below 1e-6 and from 1e21 on, as in JSON.
func decimal(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	case v == 0: // and -0
		return "0"
	}
	if a := math.Abs(v); a < 1e-6 || a >= 1e21 {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
