package lab

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// program is how the command is called in everything that it prints.
const program = "go run ./examples"

// plan is one experiment with every parameter settled, ready to run.
type plan struct {
	experiment Experiment
	parameters []parameter
	run        func(*Run) error
	seed       uint64
	full       bool
	sweep      *sweep    // nil for a single run
	baseline   *baseline // nil if there is none
}

// defaultSeed is the seed of a run that names none.
const defaultSeed = 1

// plan settles the parameters: those given, by name, as typed, and the defaults of the others.
func (e Experiment) plan(given map[string]string) (plan, error) {
	p := &Parameters{experiment: e.Name, given: given}
	var run func(*Run) error
	err := guard(func() error {
		run = e.New(p)
		return nil
	})
	if err != nil {
		return plan{}, fmt.Errorf("%s: %w", e.Name, err)
	}
	if run == nil {
		return plan{}, fmt.Errorf("%s: New must return the function that runs", e.Name)
	}
	return plan{experiment: e, parameters: p.declared, run: run, seed: defaultSeed}, errors.Join(p.errs...)
}

// asserted says that every parameter has its default, by value: then findings must hold. A baseline does not change
// that; a sweep explores.
func (p plan) asserted() bool {
	if p.sweep != nil {
		return false
	}
	for _, q := range p.parameters {
		if q.changed() {
			return false
		}
	}
	return true
}

// command is the canonical command line: what differs from the defaults, in a fixed order, quoted for a shell. The
// same inputs have one command, and it gives the same result wherever and whenever it runs.
func (p plan) command() string { return p.commandWith(func(value string) string { return value }) }

func (p plan) commandWith(shown func(value string) string) string {
	words := []string{program, p.experiment.Name}
	for _, q := range p.parameters {
		switch {
		case !q.changed(), p.sweep != nil && q.name == p.sweep.parameter:
		case q.form == "" && q.value == "true":
			words = append(words, "-"+q.name)
		case q.form == "":
			words = append(words, "-"+q.name+"="+q.value)
		default:
			words = append(words, flagWith(q.name, shown(q.value)))
		}
	}
	if s := p.sweep; s != nil {
		words = append(words, "-sweep", shell(s.parameter+"="+shown(strings.Join(s.values, ","))))
	}
	if b := p.baseline; b != nil {
		words = append(words, flagWith("baseline", shown(b.path)))
	}
	if p.full {
		words = append(words, "-full")
	}
	if p.seed != defaultSeed {
		words = append(words, fmt.Sprintf("-seed %d", p.seed))
	}
	return strings.Join(words, " ")
}

// flagWith is a flag with a value that may look like another flag.
func flagWith(name, value string) string {
	if likeFlag(value) {
		return "-" + name + "=" + shell(value)
	}
	return "-" + name + " " + shell(value)
}

// footer is the last line of the chart, with the command as far as there is room for it: result.json has all of it.
func (p plan) footer() string {
	const most = 250 // characters: less than three lines
	command := ""
	for _, room := range []int{80, 40, 20, 10} { // for a value, such as a file in deep folders
		command = p.commandWith(func(value string) string { return drawable(value, room) })
		if utf8.RuneCountInString(command) <= most {
			break
		}
	}
	return fmt.Sprintf("%s · seed %d · %s", strings.Join(p.experiment.Packages, ", "), p.seed, command)
}

// drawable is a text as a chart can show it: of at most so many characters, of which the last ones say most, and none that its font may lack.
func drawable(text string, most int) string {
	const lastLatin = 0x24f
	letters := []rune(strings.Join(strings.Fields(text), " "))
	for i, letter := range letters {
		if letter > lastLatin || !unicode.IsPrint(letter) {
			letters[i] = '?'
		}
	}
	if len(letters) > most {
		letters = append([]rune{'…'}, letters[len(letters)-most+1:]...)
	}
	return string(letters)
}

// shell quotes a word for a POSIX shell, where it needs quoting.
func shell(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:,=+@%-"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
