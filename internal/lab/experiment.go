// Package lab runs experiments: it reads the command line, checks every parameter before anything runs, runs,
// prints each finding with the measured number beside its bound, and writes data, charts and a gallery.
//
// An experiment is a value of type [Experiment]: a question, the guide lines it answers, and New, which declares
// typed parameters and returns the function that runs. The author fills one table, draws one figure and states
// findings:
//
//	var Saturation = lab.Experiment{
//		Name: "saturation", Topic: "estimating",
//		Question: "How long is the queue as a server fills up?",
//		Guide: []string{"est.queue"}, Packages: []string{"estimate"},
//		New: func(p *lab.Parameters) func(*lab.Run) error {
//			loads := p.Floats("load", []float64{0.5, 0.9}, "of capacity", "offered load", lab.Inside(0.0, 1.0))
//			return func(r *lab.Run) error {
//				table := r.Table("load", "in_system")
//				for _, load := range loads {
//					table.Row(load, load/(1-load))
//				}
//				r.Figure(chart.Figure{ … })
//				r.Finding(lab.Finding{Sentence: "…", Measured: 9, Bound: 1, Holds: 9 > 1})
//				return nil
//			}
//		},
//	}
//
// The command can run an experiment once for each value of a parameter (-sweep), or beside an earlier run (-baseline),
// and draws the figures as small multiples. Its author does nothing for that, but gains from a Detail whose clauses
// are separated by semicolons: those that differ between the runs are left out. So does a figure with SharedY, all of whose
// panels are drawn; of others it is the first.
//
// A [Catalogue] is the list of experiments that the command knows; [Catalogue.Main] is the command; [Try] runs one
// experiment in memory, for tests. The same seed and parameters give the same bytes: nothing here reads a clock,
// a map's order or a global random source.
package lab

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Experiment is one question with its answer. It is immutable: a function that returns an Experiment may build
// variants, such as one with a broken policy planted in it.
type Experiment struct {
	Name     string   // what the command line calls it, and its folder: lower-case words joined by hyphens
	Topic    string   // one of the catalogue's topics
	Question string   // one line, as a reader would ask it
	Guide    []string // ids of the guide's lines that it answers; at least one
	Packages []string // packages, or symbols of packages, that it exercises; at least one

	// Measured says that the numbers are timings of real work (HTTP, Redis), so that two runs differ. Such an
	// experiment states orderings only. Experiments never run side by side, so it has the machine to itself.
	Measured bool

	// New declares the parameters on p, and returns what runs with their values. It is called again and again (for
	// help, to learn the defaults, to run), so declaring is all it does: work belongs to the function it returns.
	New func(p *Parameters) func(*Run) error
}

// Catalogue is what one command offers.
type Catalogue struct {
	Topics      []string // in the order of the list and of the gallery
	Tour        []string // names of the experiments that run when none is named; empty: all
	Experiments []Experiment
}

// kebab is the form of every name: words of lower-case letters and digits joined by hyphens. It keeps names safe
// in a shell, a path and a URL.
var kebab = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Words with a meaning of their own on the command line.
const (
	wordAll  = "all"
	wordList = "list"
)

// check finds what an author got wrong: none of it can be cured by whoever runs the command.
func (c Catalogue) check() error {
	taken := map[string]string{wordAll: "a word of the command", wordList: "a word of the command"}
	take := func(name, as string) error {
		if !kebab.MatchString(name) {
			return fmt.Errorf("lab: a name must be lower-case words joined by hyphens: %q", name)
		}
		if before, ok := taken[name]; ok {
			return fmt.Errorf("lab: a name must be given once: %s is %s and %s", name, before, as)
		}
		taken[name] = as
		return nil
	}
	var errs []error
	for _, topic := range c.Topics {
		errs = append(errs, take(topic, "a topic"))
	}
	for _, e := range c.Experiments {
		errs = append(errs, take(e.Name, "an experiment"), e.check(c.Topics))
	}
	for i, name := range c.Tour {
		if _, ok := c.find(name); !ok {
			errs = append(errs, fmt.Errorf("lab: the tour must name experiments: %q", name))
		}
		if slices.Contains(c.Tour[:i], name) {
			errs = append(errs, fmt.Errorf("lab: the tour must name an experiment once: %s", name))
		}
	}
	return errors.Join(errs...)
}

func (e Experiment) check(topics []string) error {
	switch {
	case !slices.Contains(topics, e.Topic):
		return fmt.Errorf("%s: the topic must be one of %s: %q", e.Name, strings.Join(topics, ", "), e.Topic)
	case !oneLine(e.Question):
		return fmt.Errorf("%s: the question must be one line of text: %q", e.Name, e.Question)
	case len(e.Guide) == 0:
		return fmt.Errorf("%s: the experiment must answer at least one line of the guide", e.Name)
	case len(e.Packages) == 0:
		return fmt.Errorf("%s: the experiment must name at least one package", e.Name)
	case e.New == nil:
		return fmt.Errorf("%s: the experiment must have a New", e.Name)
	}
	_, err := e.plan(nil)
	if err != nil {
		return fmt.Errorf("the defaults of %w", err)
	}
	return nil
}

// find returns the experiment of that name.
func (c Catalogue) find(name string) (Experiment, bool) {
	i := slices.IndexFunc(c.Experiments, func(e Experiment) bool { return e.Name == name })
	if i < 0 {
		return Experiment{}, false
	}
	return c.Experiments[i], true
}

// under returns a topic's experiments, in the catalogue's order.
func (c Catalogue) under(topic string) []Experiment {
	var found []Experiment
	for _, e := range c.Experiments {
		if e.Topic == topic {
			found = append(found, e)
		}
	}
	return found
}

// all returns every experiment: topics in their order, and each topic's experiments in theirs.
func (c Catalogue) all() []Experiment {
	var found []Experiment
	for _, topic := range c.Topics {
		found = append(found, c.under(topic)...)
	}
	return found
}

// oneLine says that s holds something to read and no control character.
func oneLine(s string) bool {
	return strings.TrimSpace(s) != "" && printable(s)
}
