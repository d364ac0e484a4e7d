package chart

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// plain prints a number as people write it: 0.05, 12.5, 1,000,000. Never an exponent, never a negative zero.
func plain(v float64, decimals int) string {
	digits := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if v < 0 && strings.Trim(digits, "0.") != "" {
		return "-" + whole
	}
	return whole
}

// decimals is how many decimals give the value so many significant digits, or none if it has more before the point.
func decimals(v float64, digits int) int {
	if v == 0 {
		return 0
	}
	// The exponent after rounding: 9.996 has three digits as 10.0, not as 10.00.
	_, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', digits-1, 64), "e")
	power, _ := strconv.Atoi(exponent) // FormatFloat wrote it
	return max(0, digits-1-power)
}

// mostDecimals is where counting zeros begins to take longer than reading digits.
const mostDecimals = 6

// significant prints so many significant digits, or all digits before the point if there are more.
func significant(v float64, digits int) string {
	return rounded(v, min(mostDecimals, decimals(v, digits)))
}

// aligned returns a format with the decimals that give the largest value so many significant digits: what is compared
// by height is read with one precision.
func aligned(values []float64, digits int) func(float64) string {
	largest := 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			largest = max(largest, math.Abs(v))
		}
	}
	places := min(mostDecimals, decimals(largest, digits))
	return func(v float64) string { return rounded(v, places) }
}

// rounded prints so many decimals. What would look like zero and is not reads <0.01, and zero is a bare 0.
func rounded(v float64, decimals int) string {
	text, least := plain(v, decimals), plain(math.Pow10(-decimals), decimals)
	switch {
	case v == 0:
		return "0"
	case strings.Trim(text, "0.") != "":
		return text
	case v < 0:
		return ">-" + least
	default:
		return "<" + least
	}
}

// formats returns the ways to print the values: the caller's if there is one, as whole numbers if all are, otherwise
// those given, the best first.
func formats(callers func(float64) string, values []float64, given ...func(float64) string) []func(float64) string {
	switch {
	case callers != nil:
		return []func(float64) string{callers}
	case allWhole(values):
		return []func(float64) string{func(v float64) string { return plain(v, 0) }}
	default:
		return given
	}
}

// printed gives each value its text; a missing one has none.
func printed(values []float64, format func(float64) string) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		if !math.IsNaN(v) {
			texts[i] = format(v)
		}
	}
	return texts
}

func allWhole(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return !math.IsNaN(v) && v != math.Trunc(v) })
}

// table cuts a list into rows of the given length.
func table(texts []string, columns int) [][]string {
	return slices.Collect(slices.Chunk(texts, columns))
}
