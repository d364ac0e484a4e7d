package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

// sweep is one experiment run once for each of several values of a parameter, all else equal, the seed included. It is
// exploration: its findings are observed or not here, never asserted.
type sweep struct {
	parameter string
	values    []string // canonical
	plans     []plan   // one a value
}

const fewestValues, mostValues = 2, mostPanels

// sweepForm is what the help shows, and an error when the form is not kept.
const sweepForm = "NAME=V1,V2,..."

// sweepPlan settles a sweep, given as NAME=V1,V2,… Commas separate the values: each is one value of the parameter, so a
// list is swept through lists of one element.
func (k pick) sweepPlan(declared []parameter) (plan, error) {
	fail := func(format string, args ...any) (plan, error) {
		return plan{}, fmt.Errorf(k.experiment.Name+": -sweep "+format, args...)
	}
	name, list, ok := strings.Cut(k.sweep, "=")
	at := slices.IndexFunc(declared, func(q parameter) bool { return q.name == name })
	switch _, given := k.given[name]; {
	case len(declared) == 0:
		return fail("must name a parameter, and this experiment has none: %s", quoted(k.sweep))
	case !ok:
		return fail("must be %s: %s", sweepForm, quoted(k.sweep))
	case at < 0:
		var names []string
		for _, q := range declared {
			names = append(names, q.name)
		}
		return fail("must name a parameter: %s; %s", quoted(name), suggest(name, names, "", "it has "+strings.Join(names, ", ")))
	case given:
		return fail("must name a parameter that is not given as well: -%s", name)
	}
	typed, err := listOf(verbatim)(list)
	switch {
	case err != nil:
		return fail("%w", err)
	case len(typed) < fewestValues || len(typed) > mostValues:
		return fail("must have two to six values, one small multiple each: %d", len(typed))
	}
	s := &sweep{parameter: name}
	var errs []error
	for _, value := range typed {
		given := maps.Clone(k.given)
		given[name] = value
		p, err := k.experiment.plan(given)
		if err != nil {
			// What is wrong with another parameter is wrong for every value, and said once.
			if !slices.ContainsFunc(errs, func(before error) bool { return before.Error() == err.Error() }) {
				errs = append(errs, err)
			}
			continue
		}
		canonical := p.parameters[at].value
		switch {
		case slices.Contains(s.values, canonical):
			errs = append(errs, fmt.Errorf("%s: -sweep must not repeat a value: %s", k.experiment.Name, canonical))
		case canonical == "" || strings.Contains(canonical, ",") || strings.TrimSpace(canonical) != canonical:
			errs = append(errs, fmt.Errorf("%s: -sweep must have values that are written without a comma: %s",
				k.experiment.Name, quoted(canonical)))
		}
		s.values, s.plans = append(s.values, canonical), append(s.plans, p)
	}
	if err := errors.Join(errs...); err != nil {
		return plan{}, err
	}
	whole := s.plans[0]
	whole.sweep, whole.parameters = s, slices.Clone(whole.parameters)
	q := &whole.parameters[at]
	q.value = strings.Join(s.values, ", ")
	all := make([]json.RawMessage, len(s.plans))
	for i, p := range s.plans {
		all[i] = p.parameters[at].data
	}
	q.data, _ = json.Marshal(all) // each is valid already
	return whole, nil
}

// names are the small multiples' titles.
func (s *sweep) names() []string {
	names := make([]string, len(s.values))
	for i, value := range s.values {
		names[i] = describedAs(s.parameter, value)
	}
	return names
}

// column is what data.csv calls the swept parameter if the experiment's own columns lack it.
func (s *sweep) column() string { return strings.ReplaceAll(s.parameter, "-", "_") }

// executeSweep runs the experiment for each value and puts the results together.
func (p plan) executeSweep(progress func(string)) (*Result, error) {
	whole := &Result{Command: p.command(), plan: p}
	names := p.sweep.names()
	var figures []chart.Figure
	for i, one := range p.sweep.plans {
		one.seed, one.full = p.seed, p.full
		progress(names[i])
		r, err := one.execute(progress)
		if err != nil {
			return nil, fmt.Errorf("%w; with %s", err, names[i])
		}
		_, err = r.Figure.SVG(chart.Light)
		if err == nil {
			err = whole.take(r, p.sweep.column(), p.sweep.values[i])
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w; with %s", p.experiment.Name, err, names[i])
		}
		if len(r.story) > 0 {
			whole.story = append(append(whole.story, passage{text: names[i]}), r.story...)
		}
		for _, f := range r.Findings {
			f.Sentence = names[i] + ": " + f.Sentence
			whole.Findings = append(whole.Findings, f)
		}
		for _, advice := range r.Recommendations {
			whole.Recommendations = append(whole.Recommendations, names[i]+": "+advice)
		}
		figures = append(figures, r.Figure)
	}
	var err error
	if whole.Figure, err = multiples(figures, names, p.sweepHeadings(figures), p.footer()); err != nil {
		return nil, fmt.Errorf("%s: the figures of the sweep do not fit on one canvas: %w", p.experiment.Name, err)
	}
	return whole, nil
}

// take adds one run's rows, under a column of the swept parameter unless they have one.
func (r *Result) take(one *Result, column, value string) error {
	columns, rows := one.Columns, one.Rows
	if !slices.Contains(columns, column) {
		columns = slices.Insert(slices.Clone(columns), 0, column)
		rows = make([][]string, len(one.Rows))
		for i, row := range one.Rows {
			rows[i] = slices.Insert(slices.Clone(row), 0, value)
		}
	}
	if r.Columns != nil && !slices.Equal(r.Columns, columns) {
		return fmt.Errorf("the columns must be the same for every value of a sweep: %s, then %s",
			strings.Join(r.Columns, ","), strings.Join(columns, ","))
	}
	r.Columns, r.Rows = columns, append(r.Rows, rows...)
	return nil
}

// sweepHeadings: a headline states the finding of one run, so over several stands the question. Details are kept as far
// as they hold for all.
func (p plan) sweepHeadings(figures []chart.Figure) []heading {
	var details []string
	for _, f := range figures {
		details = append(details, f.Detail)
	}
	at := slices.IndexFunc(p.parameters, func(q parameter) bool { return q.name == p.sweep.parameter })
	detail, meaning := inCommon(details), p.parameters[at].name+": "+p.parameters[at].meaning
	plain := fmt.Sprintf("%s, %s", p.experiment.Name, describedAs(p.sweep.parameter, strings.Join(p.sweep.values, ", ")))
	var all []heading
	for _, headline := range []string{p.experiment.Question, plain} {
		if detail != "" {
			all = append(all, heading{headline, joinClauses(detail, meaning)}, heading{headline, detail})
		}
		all = append(all, heading{headline, meaning})
	}
	return all
}
