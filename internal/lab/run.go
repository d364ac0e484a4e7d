package lab

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

// Run is one run of an experiment: it says what to run with, and collects what comes out. Progress may be called
// from any goroutine; all else belongs to the one that runs the experiment.
type Run struct {
	Seed uint64 // the only source of randomness
	Full bool   // publication quality is asked for: more and longer replications

	mu       sync.Mutex
	progress func(string)

	table    *Table
	figure   *chart.Figure
	findings []Finding
	advice   string
	story    []passage
	errs     []error
}

// Progress tells whoever waits, in a line on the standard error, what is being done. It is not part of the result.
func (r *Run) Progress(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress(fmt.Sprintf(format, args...))
}

// Table opens the run's one table. Its columns say their units.
func (r *Run) Table(columns ...string) *Table {
	t := &Table{columns: columns}
	if r.table != nil {
		r.refuse("a run must have one table: a second one was opened")
	}
	r.table = t
	return t
}

// Figure hands over the run's one figure. Its footer is set here: packages, seed, command.
func (r *Run) Figure(f chart.Figure) {
	if r.figure != nil {
		r.refuse("a run must have one figure: a second one was drawn")
	}
	r.figure = &f
}

// Finding states one finding. Every run states the same sentences, whatever its parameters.
func (r *Run) Finding(f Finding) {
	if err := f.check(); err != nil {
		r.errs = append(r.errs, err)
	}
	for _, before := range r.findings {
		if before.Sentence == f.Sentence {
			r.refuse("a finding must be stated once: " + f.Sentence)
		}
	}
	r.findings = append(r.findings, f)
}

// NotHere states a finding that cannot be judged with the given parameters, such as one about a policy that was not
// asked for. With default parameters every finding can, so there it is a failure.
func (r *Run) NotHere(sentence string) {
	none := math.NaN()
	r.Finding(Finding{Sentence: sentence, Measured: none, Low: none, High: none, Bound: none})
}

// Recommend states what the reader should do, in one line. It is for experiments that read the reader's own data, and ends what
// they print.
func (r *Run) Recommend(sentence string) {
	switch {
	case !oneLine(sentence):
		r.refuse(fmt.Sprintf("a recommendation must be one line of text: %q", sentence))
	case r.advice != "":
		r.refuse("a run must end in one recommendation: a second one was made")
	}
	r.advice = sentence
}

func (r *Run) refuse(rule string) { r.errs = append(r.errs, errors.New(rule)) }

// Usage marks an error that a run meets as one that the user must cure, such as broken input: the command exits
// with 2, not 1. Usage(nil) is nil. What can be checked before the run belongs into New.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Result is what a run came to.
type Result struct {
	Findings []Finding
	Columns  []string
	Rows     [][]string // as they stand in data.csv
	Figure   chart.Figure
	Command  string // the canonical command that gives this result

	// Recommendations are one, or in a sweep one a value; none if the experiment makes none.
	Recommendations []string

	plan   plan
	own    chart.Figure       // as the experiment drew it: Figure, unless a baseline is beside it
	before map[string]outcome // of the baseline, by sentence
	story  []passage          // what the run tells beside its findings
}

// Err is nil unless a finding is false that default parameters must make true; it names each.
func (r *Result) Err() error {
	if !r.plan.asserted() {
		return nil
	}
	var errs []error
	for _, f := range r.Findings {
		if err := f.falsehood(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.plan.experiment.Name, err))
		}
	}
	return errors.Join(errs...)
}

// Try runs an experiment in memory, as the command would: args are its parameters and -full. It is for tests:
//
//	result, err := lab.Try(balancing.Utilisation, 1)
//	require.NoError(t, err)
//	require.NoError(t, result.Err())
func Try(e Experiment, seed uint64, args ...string) (*Result, error) {
	c := Catalogue{Topics: []string{e.Topic}, Experiments: []Experiment{e}}
	if err := c.check(); err != nil {
		return nil, err
	}
	req, err := c.parse(append([]string{e.Name, fmt.Sprintf("-seed=%d", seed)}, args...))
	if err != nil {
		return nil, err
	}
	plans, err := req.plans()
	if err != nil {
		return nil, err
	}
	return plans[0].execute(func(string) {})
}

// execute runs the experiment and checks that it is complete. Errors carry the experiment's name.
func (p plan) execute(progress func(string)) (*Result, error) {
	if p.sweep != nil {
		return p.executeSweep(progress)
	}
	r := &Run{Seed: p.seed, Full: p.full, progress: progress}
	err := guard(func() error { return p.run(r) })
	if err == nil {
		err = r.complete()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.experiment.Name, err)
	}
	r.figure.Footer = p.footer()
	result := &Result{
		Findings: r.findings, Columns: r.table.columns, Rows: r.table.rows, Figure: *r.figure,
		Command: p.command(), plan: p, own: *r.figure, story: r.story,
	}
	if r.advice != "" {
		result.Recommendations = []string{r.advice}
	}
	if p.baseline != nil {
		if err := p.baseline.compare(result); err != nil {
			return nil, fmt.Errorf("%s: %w", p.experiment.Name, err)
		}
	}
	return result, nil
}

func (r *Run) complete() error {
	errs := r.errs
	if r.table == nil {
		errs = append(errs, errors.New("a run must fill a table"))
	} else if err := r.table.check(); err != nil {
		errs = append(errs, err)
	}
	if r.figure == nil {
		errs = append(errs, errors.New("a run must draw a figure"))
	}
	if len(r.findings) == 0 {
		errs = append(errs, errors.New("a run must state a finding"))
	}
	return errors.Join(errs...)
}

// guard turns a panic into an error with its stack, so that one broken experiment does not end a run of all of
// them, and does not leave with the exit code of a usage error.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return f()
}
