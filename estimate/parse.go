package estimate

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// written is a number as it was written, exactly, and what stood after it.
type written struct {
	text   string // all of it, for errors
	amount *big.Rat
	unit   string
}

// A text is short, and its exponent too, so that no text asks for a number of millions of digits.
const (
	maxText     = 100
	maxExponent = 400 // the smallest and the largest float64 need 324 and 308
)

// read takes a text apart into a number and its unit. What names the quantity in errors, like is a text that would do.
//
// A number is digits, which may be in groups of three with commas, a point and digits, and an exponent: 1.5, 1,500, .5, 1e9. It is not
// negative. A comma is never a decimal point. The unit is the rest, without the spaces around it.
func read(what, like, text string) (written, error) {
	refuse := func() (written, error) {
		return written{}, fmt.Errorf("estimate: %s must be written like %s: %s", what, like, quoted(text))
	}
	s := strings.TrimSpace(text)
	if len(s) > maxText {
		return refuse()
	}
	unsigned := strings.TrimPrefix(s, "-")
	whole, rest := digits(unsigned, true)
	fraction := ""
	if after, found := strings.CutPrefix(rest, "."); found {
		fraction, rest = digits(after, false)
		if fraction == "" {
			return refuse()
		}
	}
	if whole+fraction == "" || !grouped(whole) {
		return refuse()
	}
	exponent, rest := exponent(rest)
	if exponent < -maxExponent || exponent > maxExponent {
		return written{}, fmt.Errorf("estimate: %s must have an exponent in [-%d, %d]: %s", what, maxExponent, maxExponent, quoted(text))
	}
	mantissa, ok := new(big.Int).SetString(strings.ReplaceAll(whole, ",", "")+fraction, 10)
	if !ok {
		return refuse()
	}
	w := written{text: s, amount: times10(new(big.Rat).SetInt(mantissa), exponent-len(fraction)), unit: strings.TrimSpace(rest)}
	if unsigned != s && mantissa.Sign() > 0 {
		return written{}, fmt.Errorf("estimate: %s must not be negative: %s", what, quoted(text))
	}
	return w, nil
}

// digits takes the digits off a text, and the commas between them where there may be groups.
func digits(s string, commas bool) (taken, rest string) {
	end := 0
	for end < len(s) && ('0' <= s[end] && s[end] <= '9' || commas && s[end] == ',') {
		end++
	}
	return s[:end], s[end:]
}

// grouped says whether commas, if there are any, stand before each three digits: 1,5 is no number here, because it may be meant as 1.5, and for the same
// reason 0,500 is none.
func grouped(s string) bool {
	first, rest, found := strings.Cut(s, ",")
	if !found {
		return true
	}
	if len(first) < 1 || len(first) > 3 || first[0] == '0' {
		return false
	}
	for group := range strings.SplitSeq(rest, ",") {
		if len(group) != 3 {
			return false
		}
	}
	return true
}

// exponent takes an exponent off a text. An e without digits after it is part of the unit, such as EB.
func exponent(s string) (power int, rest string) {
	if s == "" || s[0] != 'e' && s[0] != 'E' {
		return 0, s
	}
	after, sign := s[1:], 1
	if after != "" && (after[0] == '-' || after[0] == '+') {
		if after[0] == '-' {
			sign = -1
		}
		after = after[1:]
	}
	number, tail := digits(after, false)
	if number == "" {
		return 0, s
	}
	power, err := strconv.Atoi(number)
	if err != nil {
		power = maxExponent + 1
	}
	return sign * power, tail
}

// times10 is the number times a power of ten.
func times10(r *big.Rat, power int) *big.Rat {
	ten := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(power, -power))), nil))
	if power < 0 {
		return r.Quo(r, ten)
	}
	return r.Mul(r, ten)
}

// quoted is a text as errors show it: quoted, and cut where it is long.
func quoted(s string) string {
	if len(s) > maxText {
		return strconv.Quote(s[:maxText]) + "…"
	}
	return strconv.Quote(s)
}

// whole is an amount that must be a whole number and fit in 64 bits.
func whole(what, unit, text string, amount *big.Rat) (int64, error) {
	if !amount.IsInt() {
		return 0, fmt.Errorf("estimate: %s must be a whole number: %s is %s%s", what, quoted(text), short(amount), unit)
	}
	if !amount.Num().IsInt64() {
		return 0, fmt.Errorf("estimate: %s must be at most 2^63-1%s: %s", what, unit, quoted(text))
	}
	return amount.Num().Int64(), nil
}

// finite is the float64 next to an amount.
func finite(what, text string, amount *big.Rat) (float64, error) {
	f, _ := amount.Float64()
	if f > largest {
		return 0, fmt.Errorf("estimate: %s must be at most 1.8e308: %s", what, quoted(text))
	}
	return f, nil
}
