package lab

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// request is what a command line asks for.
type request struct {
	help, list  bool
	tour        bool // nothing was named
	seed        uint64
	full, quiet bool
	out         string
	picks       []pick // each experiment once, in the order in which they were named
}

// pick is one experiment with the flags that follow its name.
type pick struct {
	experiment Experiment
	given      map[string]string
	sweep      string // as typed, or empty
	baseline   string // a path, or empty
	named      bool   // itself, not only through a topic
}

// plan settles the pick, and reads its baseline.
func (k pick) plan() (plan, error) {
	if k.sweep != "" {
		standard, _ := k.experiment.plan(nil) // check has seen the error, if any
		return k.sweepPlan(standard.parameters)
	}
	p, err := k.experiment.plan(k.given)
	if err == nil && k.baseline != "" {
		p.baseline, err = readBaseline(k.baseline, k.experiment.Name)
	}
	return p, err
}

// plans settles every parameter of every experiment; the error is about all that is wrong with them.
func (r request) plans() ([]plan, error) {
	var plans []plan
	var errs []error
	for _, k := range r.picks {
		p, err := k.plan()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p.seed, p.full = r.seed, r.full
		plans = append(plans, p)
	}
	return plans, errors.Join(errs...)
}

// parser reads a command line from left to right. It goes on after an error, because -h may still come.
type parser struct {
	catalogue Catalogue
	declared  map[string][]parameter // by experiment
	rest      []string
	request   request
	common    map[string]bool // common flags seen
	current   string          // the name that flags belong to, or empty
	err       error           // the first
}

// parse reads a command line. The request is as complete as it can be even when there is an error.
func (c Catalogue) parse(args []string) (request, error) {
	p := &parser{
		catalogue: c, declared: map[string][]parameter{}, rest: args, common: map[string]bool{},
		request: request{seed: defaultSeed, out: "charts"},
	}
	for _, e := range c.Experiments {
		standard, _ := e.plan(nil) // check has seen the error, if any
		p.declared[e.Name] = standard.parameters
	}
	for len(p.rest) > 0 {
		word := p.rest[0]
		p.rest = p.rest[1:]
		if strings.HasPrefix(word, "-") {
			p.flag(word)
		} else {
			p.name(word)
		}
	}
	if p.request.list && (p.current != wordList || len(p.request.picks) > 0) {
		p.fail("%s must stand alone: it shows every experiment", wordList)
	}
	if p.current == "" {
		tour := c.all()
		if len(c.Tour) > 0 {
			tour = nil
			for _, name := range c.Tour {
				e, _ := c.find(name)
				tour = append(tour, e)
			}
		}
		p.pickAll(tour)
		p.request.tour = true
	}
	return p.request, p.err
}

func (p *parser) fail(format string, args ...any) { p.failIn("examples", format, args...) }

func (p *parser) failIn(who, format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(who+": "+format, args...)
	}
}

// name takes a word that is no flag.
func (p *parser) name(word string) {
	e, ok := p.catalogue.find(word)
	switch {
	case ok:
		p.pick(e)
	case word == wordList:
		p.request.list = true
	case word == wordAll:
		p.pickAll(p.catalogue.all())
	case slices.Contains(p.catalogue.Topics, word):
		found := p.catalogue.under(word)
		if len(found) == 0 {
			p.fail("the topic must have an experiment, and this one has none yet: %s; %s list shows what there is", word, program)
		}
		p.pickAll(found)
	default:
		names := append([]string{wordAll, wordList}, p.catalogue.Topics...)
		for _, e := range p.catalogue.Experiments {
			names = append(names, e.Name)
		}
		p.fail("there is no experiment or topic %s; %s", quoted(word), suggest(word, names, "", program+" list shows what there is"))
	}
	p.current = word
}

// pick takes an experiment that is named. It may have come in through a topic; then the flags that follow are its own.
func (p *parser) pick(e Experiment) {
	i := slices.IndexFunc(p.request.picks, func(k pick) bool { return k.experiment.Name == e.Name })
	if i < 0 {
		p.request.picks = append(p.request.picks, pick{experiment: e, given: map[string]string{}, named: true})
		return
	}
	if p.request.picks[i].named {
		p.fail("an experiment must be named once: %s; run it again with another -out to compare", e.Name)
	}
	p.request.picks[i].named = true
}

func (p *parser) pickAll(all []Experiment) {
	for _, e := range all {
		if !slices.ContainsFunc(p.request.picks, func(k pick) bool { return k.experiment.Name == e.Name }) {
			p.request.picks = append(p.request.picks, pick{experiment: e, given: map[string]string{}})
		}
	}
}

// flag takes a word that begins with a hyphen, and its value if that is the next word.
func (p *parser) flag(word string) {
	name, value, assigned := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"), "=")
	switch name {
	case "h", "help":
		p.request.help = true
	case "seed", "full", "out", "quiet":
		p.commonFlag(name, value, assigned)
	case "sweep", "baseline":
		p.several(name, value, assigned)
	default:
		p.parameter(word, name, value, assigned)
	}
}

func (p *parser) commonFlag(name, value string, assigned bool) {
	if p.common[name] {
		p.fail("a flag must be given once: -%s", name)
	}
	p.common[name] = true
	isSwitch := name == "full" || name == "quiet"
	value, ok := p.value(name, value, assigned, isSwitch)
	if !ok {
		p.fail("-%s must have a value, as in -%s %s", name, name, map[string]string{"seed": "7", "out": "charts"}[name])
		return
	}
	var on bool
	var err error
	switch {
	case isSwitch:
		on, err = parseBool(value)
	case name == "seed":
		if p.request.seed, err = strconv.ParseUint(value, 10, 64); err != nil {
			err = fmt.Errorf("must be a whole number in [0, 18446744073709551615]: %s", quoted(value))
		}
	case value == "":
		err = fmt.Errorf("must name a folder: %q", value)
	default:
		p.request.out = filepath.Clean(value)
	}
	if err != nil {
		p.fail("-%s %w", name, err)
	}
	switch name {
	case "full":
		p.request.full = on
	case "quiet":
		p.request.quiet = on
	}
}

// several takes a flag that asks for several runs on one chart: it belongs to the experiment named before it.
func (p *parser) several(name, value string, assigned bool) {
	value, ok := p.value(name, value, assigned, false)
	i := slices.IndexFunc(p.request.picks, func(k pick) bool { return k.experiment.Name == p.current })
	if i < 0 {
		experiment := "NAME"
		if all := p.catalogue.all(); len(all) > 0 {
			experiment = all[0].Name
		}
		p.fail("-%s belongs to one experiment: it must follow its name, as in %s %s -%s …", name, program, experiment, name)
		return
	}
	k := &p.request.picks[i]
	mine, other, example := &k.sweep, k.baseline, sweepForm
	if name == "baseline" {
		mine, other, example = &k.baseline, k.sweep, p.request.out+"/"+k.experiment.Name+"/"+fileResult
	}
	switch {
	case !ok || value == "":
		p.failIn(k.experiment.Name, "-%s must have a value, as in -%s %s", name, name, example)
	case *mine != "":
		p.failIn(k.experiment.Name, "a flag must be given once: -%s", name)
	case other != "":
		p.failIn(k.experiment.Name, "-sweep and -baseline must not be combined: a baseline is compared with a single run")
	default:
		*mine = value
	}
}

// parameter takes a flag that is not common: it belongs to the experiment named before it.
func (p *parser) parameter(word, name, value string, assigned bool) {
	i := slices.IndexFunc(p.request.picks, func(k pick) bool { return k.experiment.Name == p.current })
	if i < 0 {
		p.fail("%s", p.homeless(name, word))
		return
	}
	e, declared := p.request.picks[i].experiment, p.declared[p.current]
	d := slices.IndexFunc(declared, func(q parameter) bool { return q.name == name })
	if d < 0 {
		names := []string{"seed", "full", "out", "quiet", "help", "sweep", "baseline"}
		for _, q := range declared {
			names = append(names, q.name)
		}
		help := fmt.Sprintf("%s %s -h describes its parameters", program, e.Name)
		p.failIn(e.Name, "there is no flag %s; %s", quoted(flagOf(word)), suggest(name, names, "-", help))
		return
	}
	q := declared[d]
	value, ok := p.value(name, value, assigned, q.form == "")
	given := p.request.picks[i].given
	switch _, twice := given[name]; {
	case !ok:
		p.failIn(e.Name, "-%s must have a value, as in -%s %s", name, name, shell(q.standard))
	case twice:
		p.failIn(e.Name, "a flag must be given once: -%s", name)
	default:
		given[name] = value
	}
}

// homeless says what to do about a parameter that follows no experiment's name.
func (p *parser) homeless(name, word string) string {
	known := []string{"seed", "full", "out", "quiet", "help", "sweep", "baseline"}
	var owners []string
	for _, e := range p.catalogue.all() {
		for _, q := range p.declared[e.Name] {
			known = append(known, q.name)
			if q.name == name {
				owners = append(owners, e.Name)
			}
		}
	}
	if len(owners) == 0 {
		return fmt.Sprintf("there is no flag %s; %s", quoted(flagOf(word)), suggest(name, known, "-", program+" -h describes the flags"))
	}
	cure := "it must follow an experiment's name"
	if p.current != "" {
		cure = "name one experiment, not " + quoted(p.current)
	}
	return fmt.Sprintf("-%s is a parameter of %s: %s, as in %s %s -%s …",
		name, strings.Join(owners, ", "), cure, program, owners[0], name)
}

// value finds a flag's value: after the equals sign, or, unless the flag is a switch, in the next word.
func (p *parser) value(name, assignedValue string, assigned, isSwitch bool) (string, bool) {
	switch {
	case assigned:
		return assignedValue, true
	case isSwitch:
		if len(p.rest) > 0 && (p.rest[0] == "true" || p.rest[0] == "false") {
			p.fail("-%s must have its value after an equals sign: -%s=%s", name, name, p.rest[0])
			p.rest = p.rest[1:]
		}
		return "true", true
	case len(p.rest) == 0 || likeFlag(p.rest[0]):
		return "", false
	}
	value := p.rest[0]
	p.rest = p.rest[1:]
	return value, true
}

// likeFlag says that a word would be read as a flag, not as a value: it begins with a hyphen and is neither a negative
// number nor a hyphen alone, which stands for the standard input. Such a value needs the form -name=value.
func likeFlag(word string) bool {
	return strings.HasPrefix(word, "-") && len(word) > 1 && !strings.ContainsAny(word[1:2], ".0123456789")
}

func flagOf(word string) string {
	name, _, _ := strings.Cut(word, "=")
	return name
}
