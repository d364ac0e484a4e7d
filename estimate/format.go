package estimate

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

const largest = math.MaxFloat64

// exact is a number in the largest of the decimal prefixes that leaves it at least 1, with all its digits: it reads back as the same.
// Prefixes are for 10^0, 10^3 and so on. What is too large or too small for them has an exponent.
func exact(value string, prefixes []string) string {
	sign := ""
	if value[0] == '-' {
		sign, value = "-", value[1:]
	}
	mantissa, power, ok := strings.Cut(value, "e")
	if !ok {
		return sign + value + prefixes[0] // NaN or Inf
	}
	digits := strings.TrimRight(strings.Replace(mantissa, ".", "", 1), "0")
	if digits == "" {
		return sign + "0" + prefixes[0]
	}
	at, _ := strconv.Atoi(power) // the first digit's power of ten
	prefix := max(0, min(at/3, len(prefixes)-1))
	before := at - 3*prefix + 1 // so many digits are before the point
	switch {
	case before > 6, before < -5:
		return sign + strings.TrimSuffix(digits[:1]+"."+digits[1:], ".") + "e" + power + prefixes[0]
	case before <= 0:
		return sign + "0." + strings.Repeat("0", -before) + digits + prefixes[prefix]
	case len(digits) <= before:
		return sign + group(digits+strings.Repeat("0", before-len(digits))) + prefixes[prefix]
	default:
		return sign + group(digits[:before]) + "." + digits[before:] + prefixes[prefix]
	}
}

func exactInt(n int64, prefixes []string) string {
	s := strconv.FormatInt(n, 10)
	digits := strings.TrimPrefix(s, "-")
	return exact(s[:len(s)-len(digits)]+digits[:1]+"."+digits[1:]+"e"+strconv.Itoa(len(digits)-1), prefixes)
}

func exactFloat(f float64, prefixes []string) string {
	return exact(strconv.FormatFloat(f, 'e', -1, 64), prefixes)
}

// rounded is a number to four digits in a decimal prefix, and whether that is all of it; nil is no number.
func rounded(r *big.Rat, prefixes []string) (text string, all bool) {
	if r == nil {
		return "not finite", false
	}
	f, _ := r.Float64()
	if math.IsInf(f, 0) {
		return r.FloatString(0) + prefixes[0], r.IsInt()
	}
	e := strconv.FormatFloat(f, 'e', 3, 64)
	back, _ := new(big.Rat).SetString(e)
	return exact(e, prefixes), back.Cmp(r) == 0
}

// short is a number as errors and factors show it: all of it where it is short, otherwise to six digits.
func short(r *big.Rat) string {
	for places := range 4 {
		text := r.FloatString(places)
		if back, _ := new(big.Rat).SetString(text); len(text) <= 16 && back.Cmp(r) == 0 {
			return groupDecimal(text)
		}
	}
	f, _ := r.Float64()
	if f == 0 || math.IsInf(f, 0) { // beyond what a float64 holds
		return new(big.Float).SetRat(r).Text('g', 6)
	}
	return strconv.FormatFloat(f, 'g', 6, 64)
}

func groupDecimal(s string) string {
	whole, fraction, found := strings.Cut(s, ".")
	if !found {
		return group(whole)
	}
	return group(whole) + "." + fraction
}

// group puts a comma before each three digits.
func group(digits string) string {
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
