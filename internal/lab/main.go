package lab

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// The command's exit codes. Where several apply the highest counts.
const (
	exitOK     = 0
	exitFailed = 1 // an asserted finding is false, or something failed inside
	exitUsage  = 2 // the user must change something: usage, broken input, an unwritable -out
)

// Main is the command: it does what args ask for, and returns the exit code. Findings and help go to stdout;
// progress, warnings and errors go to stderr.
func (c Catalogue) Main(args []string, stdout, stderr io.Writer) int {
	report := func(err error, code int) int {
		fmt.Fprintln(stderr, err)
		return code
	}
	if err := c.check(); err != nil {
		return report(err, exitFailed)
	}
	req, err := c.parse(args)
	switch {
	case req.help:
		c.helpFor(req, stdout)
		return exitOK
	case err != nil:
		return report(err, exitUsage)
	case req.list:
		c.list(stdout)
		return exitOK
	}
	plans, err := req.plans()
	if err != nil {
		return report(err, exitUsage)
	}
	if len(plans) == 0 {
		fmt.Fprintln(stdout, "There are no experiments yet.")
		return exitOK
	}
	names := make([]string, len(plans))
	for i, p := range plans {
		names[i] = p.experiment.Name
	}
	if err := checkOut(req.out, names); err != nil {
		return report(err, exitUsage)
	}

	code, written := exitOK, false
	if !req.quiet {
		printStart(stdout, req, names)
	}
	for i, p := range plans {
		if !req.quiet {
			printHeading(stdout, p, i+1, len(plans))
		}
		result, err := p.runInto(req.out, func(s string) {
			if !req.quiet {
				fmt.Fprintf(stderr, "  %s\n", s)
			}
		})
		if err != nil {
			code = max(code, report(err, codeOf(err)))
			continue
		}
		written = true
		if !req.quiet {
			printStory(stdout, result.story)
		}
		printFindings(stdout, result, req.quiet)
		if result.Err() != nil {
			code = max(code, exitFailed)
		}
	}
	if !written {
		return code
	}
	warn := func(problem error) { fmt.Fprintf(stderr, "warning: %v\n", problem) }
	if err := c.writeGallery(req.out, warn); err != nil {
		return max(code, report(err, codeOf(err)))
	}
	if !req.quiet {
		fmt.Fprintf(stdout, "Gallery: %s\n", filepath.Join(req.out, galleryName))
	}
	return code
}

// runInto runs an experiment and puts its files in place. If anything fails, what was there stays.
func (p plan) runInto(dir string, progress func(string)) (*Result, error) {
	var result *Result
	err := guard(func() (err error) { // the run is guarded already, putting several on one chart is not
		result, err = p.execute(progress)
		return err
	})
	if err != nil {
		return nil, err
	}
	var files []File
	err = guard(func() (err error) {
		files, err = result.Files()
		return err
	})
	if err == nil {
		err = Usage(replaceFolder(dir, p.experiment.Name, files)) // a full disk is not ours to cure
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.experiment.Name, err)
	}
	return result, nil
}

func codeOf(err error) int {
	if errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitFailed
}

// helpFor prints the help of every experiment that was named, or the general one.
func (c Catalogue) helpFor(req request, w io.Writer) {
	general := true
	for _, k := range req.picks {
		if !k.named {
			continue
		}
		if !general {
			fmt.Fprintln(w)
		}
		standard, _ := k.experiment.plan(nil)
		k.experiment.help(w, standard.parameters)
		general = false
	}
	if general {
		c.help(w)
	}
}
