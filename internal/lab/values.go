package lab

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How a parameter's value is read, checked and written. Every error reads on after the parameter's name and ends in
// the offending value.

func parseInt(typed string) (int, error) {
	v, err := strconv.Atoi(typed)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("must lie in [%d, %d]: %s", math.MinInt, math.MaxInt, typed)
	case err != nil:
		return 0, fmt.Errorf("must be a whole number: %s", quoted(typed))
	}
	return v, nil
}

func parseFloat(typed string) (float64, error) {
	v, err := strconv.ParseFloat(typed, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && (math.IsNaN(v) || math.IsInf(v, 0)):
		return 0, fmt.Errorf("must be a finite number: %s", typed)
	case err != nil:
		return 0, fmt.Errorf("must be a number: %s", quoted(typed))
	}
	if v == 0 {
		return 0, nil // -0 becomes 0
	}
	return v, nil
}

func parseDuration(typed string) (time.Duration, error) {
	v, err := time.ParseDuration(typed)
	if err != nil {
		return 0, fmt.Errorf("must be a duration such as 250ms or 1m30s: %s", quoted(typed))
	}
	return v, nil
}

func parseBool(typed string) (bool, error) {
	switch typed {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("must be true or false: %s", quoted(typed))
}

func verbatim(typed string) (string, error) { return typed, nil }

func identity(s string) string { return s }

// listOf reads values that commas separate.
func listOf[T any](parse func(string) (T, error)) func(string) ([]T, error) {
	return func(typed string) ([]T, error) {
		var list []T
		for item := range strings.SplitSeq(typed, ",") {
			item = strings.TrimSpace(item)
			if item == "" {
				return nil, fmt.Errorf("must be values separated by commas, none of them empty: %s", quoted(typed))
			}
			v, err := parse(item)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
}

// joined writes what listOf reads.
func joined[T any](canonical func(T) string) func([]T) string {
	return func(list []T) string {
		texts := make([]string, len(list))
		for i, v := range list {
			texts[i] = canonical(v)
		}
		return strings.Join(texts, ",")
	}
}

// obeys checks one number: finite (a default has not been parsed), and each rule in turn.
func obeys[T int | float64 | time.Duration](rules []Rule[T]) func(T) error {
	return func(v T) error {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("must be a finite number: %v", v)
		}
		for _, rule := range rules {
			if !rule.Holds(v) {
				return fmt.Errorf("%s: %s", rule.Says, text(v))
			}
		}
		return nil
	}
}

// eachOnce checks every element of a list, and that there is one and none comes twice.
func eachOnce[T comparable](check func(T) error, canonical func(T) string) func([]T) error {
	return func(list []T) error {
		if len(list) == 0 {
			return errors.New("must hold at least one value")
		}
		for i, v := range list {
			if err := check(v); err != nil {
				return err
			}
			if slices.Contains(list[:i], v) {
				return fmt.Errorf("must not repeat a value: %s", canonical(v))
			}
		}
		return nil
	}
}

func among(rule string, allowed []string) func(string) error {
	return func(v string) error {
		if !slices.Contains(allowed, v) {
			return fmt.Errorf("%s: %s", rule, quoted(v))
		}
		return nil
	}
}

func says[T int | float64 | time.Duration](rules []Rule[T]) []string {
	var texts []string
	for _, rule := range rules {
		texts = append(texts, rule.Says)
	}
	return texts
}

// quoted leaves a plain word as it is and quotes what a reader could not tell from the sentence around it.
func quoted(s string) string {
	if s == "" || !printable(s) || strings.ContainsAny(s, " \"'`") {
		return strconv.Quote(s)
	}
	return s
}
