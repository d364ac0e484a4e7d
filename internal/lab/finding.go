package lab

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Finding is a sentence that a run showed to be true or false, with the number that decides it.
//
// With default parameters it is asserted: false fails the command. With other parameters it is an observation.
type Finding struct {
	Sentence string // one line, true or false, the same whatever the outcome

	// Measured is the number that decides, and Bound what it is compared with, in the same unit; NaN means that
	// there is no bound. Low and High are the ends of the measured number's interval; both zero means that it has
	// none, being exact. A NaN as Measured says that the sentence cannot be judged with these parameters.
	Measured, Low, High, Bound float64

	Holds bool
}

func (f Finding) judged() bool { return !math.IsNaN(f.Measured) }

// interval returns Low and High, or NaNs if there is no interval.
func (f Finding) interval() (low, high float64) {
	if f.Low == 0 && f.High == 0 && f.Measured != 0 {
		return math.NaN(), math.NaN()
	}
	return f.Low, f.High
}

// printedInterval is the interval for people, or nothing.
func (f Finding) printedInterval() string {
	low, high := f.interval()
	if !f.judged() || math.IsNaN(low) {
		return ""
	}
	l, h := beside(low, high)
	return l + " to " + h
}

func (f Finding) check() error {
	switch {
	case !oneLine(f.Sentence):
		return fmt.Errorf("a finding must be one line of text: %q", f.Sentence)
	case f.Low > f.High:
		return fmt.Errorf("a finding's low must not exceed its high: %v %v: %s", f.Low, f.High, f.Sentence)
	case f.Holds && !f.judged():
		return fmt.Errorf("a finding without a measured number cannot hold: %s", f.Sentence)
	}
	return nil
}

// falsehood is nil if f holds.
func (f Finding) falsehood() error {
	switch {
	case f.Holds:
		return nil
	case !f.judged():
		return errors.New(f.Sentence + ": it could not be judged")
	}
	measured, bound := beside(f.Measured, f.Bound)
	if interval := f.printedInterval(); interval != "" {
		measured += " (" + interval + ")"
	}
	return fmt.Errorf("%s: measured %s, bound %s", f.Sentence, measured, bound)
}

// mark is a finding's outcome in a word: asserted findings are true or false, others were seen here or not.
func mark(holds, asserted bool) string {
	switch {
	case asserted && holds:
		return "✓"
	case asserted:
		return "✗"
	case holds:
		return "observed"
	}
	return "not here"
}

// beside writes two numbers for people, with four significant digits or, up to seven, as many as it takes for
// different numbers to look different. What differs less is rounding.
func beside(a, b float64) (string, string) {
	digits := 4
	for a != b && digits < 7 && rounded(a, digits) == rounded(b, digits) && !math.IsNaN(a) {
		digits++
	}
	return rounded(a, digits), rounded(b, digits)
}

// rounded writes a number with so many significant digits, whole numbers in full, trailing zeros dropped.
func rounded(v float64, digits int) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "-∞"
	case v == 0:
		return "0"
	}
	magnitude := int(math.Floor(math.Log10(math.Abs(v)))) // of the first digit
	if magnitude < -4 || magnitude >= 15 {
		return strconv.FormatFloat(v, 'g', digits, 64)
	}
	s := strconv.FormatFloat(v, 'f', max(0, digits-1-magnitude), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
