package estimate

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Quantity is what an estimate can be of.
type Quantity interface {
	Bytes | Bits | Count | Rate | ByteRate | BitRate | Money | time.Duration
}

// Estimate is a value with the arithmetic that led to it. Its factors multiply out to the value exactly, before the value is rounded once: to the
// nearest whole byte, millionth or nanosecond (a half goes up), to the nearest float64 for rates, and up for what must suffice, such as servers.
//
// Numbers that a caller gives as float64 are taken as the decimal fraction that is written for them: 0.1 is a tenth.
type Estimate[T Quantity] struct {
	Value   T
	factors []Factor
	exact   *big.Rat
	up      bool
}

// Factor is one step of an estimate's arithmetic.
type Factor struct {
	Text    string   // such as 86,400 s/d
	Amount  *big.Rat // in bytes, bits, seconds, requests, currency units, or of no unit
	Divides bool     // the value so far is divided by it, not multiplied
}

// Factors are the chain in order. They are the caller's to keep.
func (e Estimate[T]) Factors() []Factor {
	all := make([]Factor, len(e.factors))
	for i, f := range e.factors {
		all[i] = Factor{f.Text, new(big.Rat).Set(f.Amount), f.Divides}
	}
	return all
}

// Explain is the chain in one line, such as
//
//	100M users × 10 requests a user a day ÷ 86,400 s/d ≈ 11.57k rps
//
// It prints numbers to four digits, and says ≈ where that is not all of them.
func (e Estimate[T]) Explain() string {
	text, all := display(e.Value)
	equals := " = "
	switch {
	case e.exact == nil:
		return text // the zero value has no factors
	case e.up && !e.exact.IsInt():
		equals = ", rounded up = "
	case !all || amountOf(e.Value).Cmp(e.exact) != 0:
		equals = " ≈ "
	}
	return chain(e.factors) + equals + text
}

func chain(factors []Factor) string {
	var line strings.Builder
	for i, f := range factors {
		switch {
		case f.Divides:
			line.WriteString(" ÷ ")
		case i > 0:
			line.WriteString(" × ")
		}
		line.WriteString(f.Text)
	}
	return line.String()
}

// String is the value as Explain prints it.
func (e Estimate[T]) String() string {
	text, _ := display(e.Value)
	return text
}

func times(text string, amount *big.Rat) Factor { return Factor{Text: text, Amount: amount} }
func divide(text string, amount *big.Rat) Factor {
	return Factor{Text: text, Amount: amount, Divides: true}
}

// integer is a whole number as an exact amount.
func integer[T ~int | ~int64](n T) *big.Rat { return big.NewRat(int64(n), 1) }

// decimal is the shortest decimal fraction that reads back as the number, nil for what is not finite.
func decimal(f float64) *big.Rat {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	r, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'e', -1, 64))
	return r
}

// inSeconds is a length of time in seconds, exactly.
func inSeconds(d time.Duration) *big.Rat { return big.NewRat(int64(d), int64(time.Second)) }

// aDay is the factor between a second and a day.
func aDay() *big.Rat { return integer(86_400) }

func multiplied(factors []Factor) *big.Rat {
	p := integer(1)
	for _, f := range factors {
		if f.Divides {
			p.Quo(p, f.Amount)
		} else {
			p.Mul(p, f.Amount)
		}
	}
	return p
}

// nearest is an estimate in whole numbers, a half goes up.
func nearest[T Bytes | Bits | Count](what string, factors ...Factor) (Estimate[T], error) {
	return rounding[T](what, false, factors)
}

// sufficient is an estimate in whole numbers, where any part asks for one more.
func sufficient[T Bytes | Bits | Count](what string, factors ...Factor) (Estimate[T], error) {
	return rounding[T](what, true, factors)
}

func rounding[T Bytes | Bits | Count](what string, up bool, factors []Factor) (Estimate[T], error) {
	exact := multiplied(factors)
	n, fits := roundTo64(exact, up)
	if !fits {
		return Estimate[T]{}, fmt.Errorf("estimate: %s must be at most 2^63-1: %s", what, chain(factors))
	}
	return Estimate[T]{T(n), factors, exact, up}, nil
}

// roundTo64 takes amounts that are not negative.
func roundTo64(exact *big.Rat, up bool) (n int64, fits bool) {
	num, den := new(big.Int).Set(exact.Num()), exact.Denom()
	if up {
		num.Add(num, den).Sub(num, big.NewInt(1))
	} else {
		num.Mul(num, big.NewInt(2)).Add(num, den)
		den = new(big.Int).Mul(den, big.NewInt(2))
	}
	num.Quo(num, den)
	return num.Int64(), num.IsInt64()
}

// aSecond is an estimate of a rate.
func aSecond[T Rate | ByteRate | BitRate](what string, factors ...Factor) (Estimate[T], error) {
	exact := multiplied(factors)
	f, _ := exact.Float64()
	if math.IsInf(f, 0) {
		return Estimate[T]{}, fmt.Errorf("estimate: %s must be at most 1.8e308 a second: %s", what, chain(factors))
	}
	return Estimate[T]{Value: T(f), factors: factors, exact: exact}, nil
}

// lasting is an estimate of a length of time, from factors that multiply out to seconds.
func lasting(what string, factors ...Factor) (Estimate[time.Duration], error) {
	exact := multiplied(factors)
	n, fits := roundTo64(new(big.Rat).Mul(exact, integer(time.Second)), false)
	if !fits {
		return Estimate[time.Duration]{}, fmt.Errorf("estimate: %s must be at most 2^63-1 ns, 292 years: %s", what, chain(factors))
	}
	return Estimate[time.Duration]{Value: time.Duration(n), factors: factors, exact: exact}, nil
}

// costing is an estimate of money, from factors that multiply out to the currency's units.
func costing(what, currency string, factors ...Factor) (Estimate[Money], error) {
	exact := multiplied(factors)
	n, fits := roundTo64(new(big.Rat).Mul(exact, integer(1_000_000)), false)
	if !fits {
		return Estimate[Money]{}, fmt.Errorf("estimate: %s must be at most 2^63-1 millionths of %s: %s", what, currency, chain(factors))
	}
	return Estimate[Money]{Value: Money{n, currency}, factors: factors, exact: exact}, nil
}

// amountOf is a value in the unit that factors are in.
func amountOf[T Quantity](v T) *big.Rat {
	switch v := any(v).(type) {
	case Bytes:
		return integer(v)
	case Bits:
		return integer(v)
	case Count:
		return integer(v)
	case time.Duration:
		return inSeconds(v)
	case Money:
		return big.NewRat(v.micros, 1_000_000)
	case Rate:
		return decimal(float64(v))
	case ByteRate:
		return decimal(float64(v))
	case BitRate:
		return decimal(float64(v))
	}
	return nil
}

// display is a value to four digits, and whether that is all of it. Money and time have all of theirs.
func display[T Quantity](v T) (text string, all bool) {
	amount := amountOf(v)
	switch q := any(v).(type) {
	case Money:
		return q.String(), true
	case time.Duration:
		return FormatDuration(q), true
	case Bytes:
		return rounded(amount, bytePrefixes)
	case Bits:
		return rounded(amount, bitPrefixes)
	case Rate:
		return rounded(amount, ratePrefixes)
	case ByteRate:
		return rounded(amount, byteRatePrefixes)
	case BitRate:
		return rounded(amount, bitRatePrefixes)
	case Count:
		if -1e6 < q && q < 1e6 {
			return group(strconv.FormatInt(int64(q), 10)), true
		}
		return rounded(amount, countPrefixes)
	}
	return "", false
}

// shown is a quantity in a factor's text.
func shown[T Quantity](v T) string {
	text, all := display(v)
	if !all {
		return "≈" + text
	}
	return text
}
