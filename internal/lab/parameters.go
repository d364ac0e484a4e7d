package lab

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Parameters declares what an experiment lets its reader change. Each method declares one parameter and returns its
// value: the one given on the command line, or else the default. A value that is refused is reported before any
// experiment runs; the method then returns the default, so that New can go on.
//
// A name is lower-case words joined by hyphens; a unit says what the number counts ("servers", "of capacity"); the
// meaning is one line. Defaults obey the rules too.
type Parameters struct {
	experiment string
	given      map[string]string // by parameter, as typed
	declared   []parameter
	errs       []error
}

// parameter is one that has been declared, with its value.
type parameter struct {
	name     string
	form     string // what the help shows in a value's place; empty for a boolean
	unit     string
	meaning  string
	rules    []string
	standard string          // the default, canonical
	value    string          // canonical
	data     json.RawMessage // for result.json: taken at once, so that a run that sorts its list changes nothing
}

func (q parameter) changed() bool { return q.value != q.standard }

// Int declares a whole number.
func (p *Parameters) Int(name string, standard int, unit, meaning string, rules ...Rule[int]) int {
	return settle(p, parameter{name: name, form: "N", unit: unit, meaning: meaning, rules: says(rules)},
		standard, parseInt, obeys(rules), text[int])
}

// Ints declares a list of whole numbers, none of them twice.
func (p *Parameters) Ints(name string, standard []int, unit, meaning string, rules ...Rule[int]) []int {
	return settle(p, parameter{name: name, form: "N,...", unit: unit, meaning: meaning, rules: says(rules)},
		slices.Clone(standard), listOf(parseInt), eachOnce(obeys(rules), text[int]), joined(text[int]))
}

// Float declares a finite number.
func (p *Parameters) Float(name string, standard float64, unit, meaning string, rules ...Rule[float64]) float64 {
	return settle(p, parameter{name: name, form: "X", unit: unit, meaning: meaning, rules: says(rules)},
		standard, parseFloat, obeys(rules), text[float64])
}

// Floats declares a list of finite numbers, none of them twice.
func (p *Parameters) Floats(name string, standard []float64, unit, meaning string, rules ...Rule[float64]) []float64 {
	return settle(p, parameter{name: name, form: "X,...", unit: unit, meaning: meaning, rules: says(rules)},
		slices.Clone(standard), listOf(parseFloat), eachOnce(obeys(rules), text[float64]), joined(text[float64]))
}

// Duration declares a length of time, written as Go writes it (250ms, 1m30s): the value carries its unit.
func (p *Parameters) Duration(name string, standard time.Duration, meaning string, rules ...Rule[time.Duration]) time.Duration {
	return settle(p, parameter{name: name, form: "DURATION", meaning: meaning, rules: says(rules)},
		standard, parseDuration, obeys(rules), text[time.Duration])
}

// Bool declares a switch: -name turns it on, -name=false off.
func (p *Parameters) Bool(name string, standard bool, meaning string) bool {
	return settle(p, parameter{name: name, meaning: meaning},
		standard, parseBool, func(bool) error { return nil }, strconv.FormatBool)
}

// Choice declares one of the allowed names.
func (p *Parameters) Choice(name, standard string, allowed []string, meaning string) string {
	oneOf := "must be one of " + strings.Join(allowed, ", ")
	return settle(p, parameter{name: name, form: "NAME", meaning: meaning, rules: []string{oneOf}},
		standard, verbatim, among(oneOf, allowed), identity)
}

// Choices declares a list of allowed names, none of them twice.
func (p *Parameters) Choices(name string, standard, allowed []string, meaning string) []string {
	oneOf := "must be one of " + strings.Join(allowed, ", ")
	return settle(p, parameter{name: name, form: "NAME,...", meaning: meaning, rules: []string{oneOf}},
		slices.Clone(standard), listOf(verbatim), eachOnce(among(oneOf, allowed), identity), joined(identity))
}

// Value declares a parameter of the experiment's own type. Parse returns the value and its canonical text: two texts
// that mean the same must have the same canonical text, and parsing that gives it back. It may read files: it is
// called before anything is written. Its error reads on after the parameter's name ("must be even: 3"); one that does
// not begin with "must", such as that of a file, is introduced.
func Value[T any](p *Parameters, name, standard, unit, meaning string, parse func(text string) (value T, canonical string, err error)) T {
	type known struct {
		value     T
		canonical string
	}
	read := func(text string) (known, error) {
		value, canonical, err := parse(text)
		if err != nil && !strings.HasPrefix(err.Error(), "must ") {
			err = fmt.Errorf("cannot be used: %w", err)
		}
		return known{value, canonical}, err
	}
	first, err := read(standard)
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("%s: the default of -%s %w", p.experiment, name, err))
	}
	return settle(p, parameter{name: name, form: "VALUE", unit: unit, meaning: meaning},
		first, read, func(known) error { return nil }, func(k known) string { return k.canonical }).value
}

// Refuse reports values that are valid one by one and do not fit together; a nil error is none. The error states
// the broken rule and the values. It is dropped after a value that was refused by itself: New goes on with the
// default in its place, which nobody asked for.
func (p *Parameters) Refuse(err error) {
	if err != nil && len(p.errs) == 0 {
		p.errs = append(p.errs, fmt.Errorf("%s: %w", p.experiment, err))
	}
}

// reserved are the flags that belong to the command, those to come included.
var reserved = []string{"seed", "full", "out", "quiet", "h", "help", "sweep", "baseline"}

// settle declares q and finds its value.
func settle[T any](p *Parameters, q parameter, standard T, parse func(string) (T, error), check func(T) error, canonical func(T) string) T {
	refuse := func(rule string, v any) { p.errs = append(p.errs, fmt.Errorf("%s: %s: %v", p.experiment, rule, v)) }
	switch {
	case !kebab.MatchString(q.name):
		refuse("a parameter's name must be lower-case words joined by hyphens", strconv.Quote(q.name))
	case slices.Contains(reserved, q.name):
		refuse("a parameter must not take the name of a common flag", "-"+q.name)
	case slices.ContainsFunc(p.declared, func(d parameter) bool { return d.name == q.name }):
		refuse("a parameter must be declared once", "-"+q.name)
	case !oneLine(q.meaning):
		refuse("a parameter's meaning must be one line of text", "-"+q.name)
	}
	q.standard = canonical(standard)
	if err := check(standard); err != nil {
		refuse("the default of -"+q.name, err)
	} else if again, err := parse(q.standard); err != nil || check(again) != nil || canonical(again) != q.standard {
		refuse("the default of -"+q.name+" must read back as itself", strconv.Quote(q.standard))
	}
	value := standard
	if typed, ok := p.given[q.name]; ok {
		v, err := parse(typed)
		switch {
		case !printable(typed):
			err = fmt.Errorf("must be printable text: %q", typed)
		case err == nil:
			err = check(v)
		}
		if err != nil {
			p.errs = append(p.errs, fmt.Errorf("%s: -%s %w", p.experiment, q.name, err))
		} else {
			value = v
		}
	}
	q.value = canonical(value)
	var data any = value
	switch data.(type) {
	case int, float64, bool, string, []int, []float64, []string:
	default: // a duration or an experiment's own type
		data = q.value
	}
	q.data, _ = json.Marshal(data) // fails on a NaN only, which check has refused
	p.declared = append(p.declared, q)
	return value
}

// printable says that s is valid UTF-8 without control characters, so that it stays itself in a shell, a chart and
// a JSON file.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
