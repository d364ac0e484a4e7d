package lab

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

// baseline is an earlier run, to be drawn beside the present one: before and now. The code may have changed between
// the two, so nothing is run again: the figure is the one that result.json holds. Data.csv beside it must have the
// present run's columns, or the two did not measure the same.
//
// What is compared is one run with one run. A run that had a baseline itself is a baseline too: its own numbers count,
// not those it was compared with.
type baseline struct {
	path    string // as the canonical command has it
	record  record
	figure  chart.Figure
	columns []string
}

// readBaseline reads and checks all of an earlier run, before anything is written: the file may lie in the very folder
// that the present run replaces.
func readBaseline(path, experiment string) (*baseline, error) {
	fail := func(format string, args ...any) (*baseline, error) {
		return nil, fmt.Errorf(experiment+": -baseline "+format, args...)
	}
	if path == "" || !printable(path) {
		return fail("must name the result.json of an earlier run: %q", path)
	}
	path = filepath.Clean(path)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fail("must name the file, not its folder: %s; try %s", path, filepath.Join(path, fileResult))
	}
	rec, err := readRecord(path)
	if err != nil {
		return fail("must name the result.json of an earlier run: %w", err)
	}
	switch {
	case rec.Name != experiment:
		return fail("must be a result of the same experiment: %s is one of %s", path, rec.Name)
	case rec.Sweep != nil:
		return fail("must be a single run, not a sweep: %s", path)
	case rec.Figure == nil:
		return fail("must hold the figure of its run: %s has none; run it again", path)
	}
	b := &baseline{path: filepath.ToSlash(path), record: rec}
	if b.figure, err = rec.Figure.figure(); err == nil {
		b.figure.Footer = rec.Command
		_, err = b.figure.SVG(chart.Light)
	}
	if err != nil {
		return fail("must hold a figure that can be drawn: %s: %w", path, err)
	}
	data := filepath.Join(filepath.Dir(path), fileData)
	if b.columns, err = readColumns(data); err != nil {
		return fail("must have its data beside it: %w", err)
	}
	return b, nil
}

// readColumns reads a data.csv, checks that it is whole, and returns its header.
func readColumns(path string) ([]string, error) {
	data, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll() // refuses rows of another length
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case len(rows) < 2:
		return nil, fmt.Errorf("%s must have a header and a row", path)
	}
	return rows[0], nil
}

// compare puts an earlier run beside the present one. The present run's findings, data and own figure stay what they are.
func (b *baseline) compare(r *Result) error {
	if !slices.Equal(b.columns, r.Columns) {
		return Usage(fmt.Errorf("-baseline must have the present run's columns in its data.csv: %s, not %s",
			strings.Join(r.Columns, ","), strings.Join(b.columns, ",")))
	}
	if _, err := r.Figure.SVG(chart.Light); err != nil {
		return err // the present run's own fault
	}
	r.before = map[string]outcome{}
	for _, o := range b.record.Findings {
		r.before[o.Sentence] = o
	}
	now := r.Figure
	keepFormats(b.figure.Panels, now.Panels)
	var err error
	r.Figure, err = multiples([]chart.Figure{b.figure, now}, []string{"before", "now"}, b.headings(r, now), now.Footer)
	if err != nil {
		return Usage(fmt.Errorf("-baseline must hold a figure that fits beside the present one: %w", err))
	}
	return nil
}

// keepFormats gives bars and heat maps the way to print their numbers, which no file holds.
func keepFormats(before, now []chart.Panel) {
	for i := range min(len(before), len(now)) {
		switch p := before[i].(type) {
		case chart.Bars:
			if other, ok := now[i].(chart.Bars); ok {
				p.Format = other.Format
				before[i] = p
			}
		case chart.HeatMap:
			if other, ok := now[i].(chart.HeatMap); ok {
				p.Format = other.Format
				before[i] = p
			}
		}
	}
}

// headings: both findings if there is room for them, else the present one, else the question. Where the runs differ in
// more than the code, the second line must say so.
func (b *baseline) headings(r *Result, now chart.Figure) []heading {
	headlines := []string{now.Headline}
	if b.figure.Headline != now.Headline {
		headlines = []string{"Before: " + b.figure.Headline + ". Now: " + now.Headline, "Now: " + now.Headline}
	}
	detail, change := inCommon([]string{b.figure.Detail, now.Detail}), b.changed(r.plan)
	var all []heading
	for _, headline := range append(headlines, r.plan.experiment.Question) {
		for _, d := range []string{joinClauses(detail, change), change, detail} {
			if d != "" && (change == "" || strings.Contains(d, change)) {
				all = append(all, heading{headline, d})
			}
		}
		if detail == "" && change == "" {
			all = append(all, heading{headline, "the same command, before and now"})
		}
	}
	return all
}

// changed lists what the earlier run was given otherwise, or is empty.
func (b *baseline) changed(p plan) string {
	var changes []string
	add := func(name, before, now string) {
		if before != now {
			changes = append(changes, fmt.Sprintf("%s %s, now %s", name, before, now))
		}
	}
	earlier := map[string]string{}
	for _, d := range b.record.Described {
		earlier[d.Name] = d.Value
	}
	for _, q := range p.parameters {
		if value, known := earlier[q.name]; known {
			add(q.name, value, q.value)
		}
	}
	add("full", strconv.FormatBool(b.record.Full), strconv.FormatBool(p.full))
	add("seed", strconv.FormatUint(b.record.Seed, 10), strconv.FormatUint(p.seed, 10))
	if changes == nil {
		return ""
	}
	return "before: " + strings.Join(changes, "; ")
}

// readRecord reads a result.json and checks that it is one.
func readRecord(path string) (rec record, err error) {
	data, err := readSmall(path)
	if err != nil {
		return rec, err
	}
	if err := json.Unmarshal(data, &rec); err != nil {
		return rec, fmt.Errorf("%s: %w", path, err)
	}
	if rec.Name == "" || rec.Topic == "" || rec.Question == "" || !strings.HasPrefix(rec.Command, program+" ") || len(rec.Findings) == 0 {
		return rec, fmt.Errorf("%s must be an experiment's result, with name, topic, question, command and findings", path)
	}
	return rec, nil
}

// maxResult is far above the size of any result: what is larger is something else.
const maxResult = 4 << 20

// readSmall reads a whole file that can be one of ours.
func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxResult: // a pipe would never end
		return nil, fmt.Errorf("%s must be a file of at most %d bytes", path, maxResult)
	}
	return os.ReadFile(path)
}
