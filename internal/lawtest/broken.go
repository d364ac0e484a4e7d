// Package lawtest shows laws at work: it runs a law on something that is broken on purpose, requires that the law
// fails, and prints the counterexample that it shrank to.
//
// A law is a property for pgregory.net/rapid, written as a function over what it judges. To be worth reading, its failure
// tells the whole story: what was done, what came out, what should have. That message, and nothing of the
// generator's, is what a reader sees with
//
//	go test -v -run TestBroken ./...
//
// and what the golden file testdata/broken/NAME.txt keeps, so that a law that grows lax, or a story that grows
// confused, is seen in a diff. To write the files anew: go test ./... -run TestBroken -lawtest.update
package lawtest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("lawtest.update", false, "write the golden files of broken laws anew")

// Breaks requires that a law fails, and that its shrunk counterexample reads as the golden file of this test says. The
// bug is what was planted, in words. The generator's seed is fixed, and nothing is left behind.
func Breaks(t *testing.T, bug string, law func(*rapid.T)) {
	t.Helper()
	story, failed := counterexample(t, law)
	if !failed {
		t.Fatalf("the law does not see that %s", bug)
	}
	print := bug + ":\n\n" + indent(story) + "\n"
	t.Log("\n" + print)

	golden := filepath.Join("testdata", "broken", strings.ReplaceAll(t.Name(), "/", "-")+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(print), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v (write it with -lawtest.update)", err)
	}
	if string(want) != print {
		t.Errorf("the law fails with another counterexample than %s keeps:\n%s", golden, want)
	}
}

// Holds requires that the same law holds for what is not broken, so that a law which always fails is seen too.
func Holds(t *testing.T, law func(*rapid.T)) {
	t.Helper()
	rapid.Check(t, law)
}

// story is how rapid reports the failure that it shrank to.
var story = regexp.MustCompile(`(?s)\[rapid\] (?:failed|panic) after \d+ tests: (.*?)\n\s*(?:To reproduce|Traceback)`)

func counterexample(t *testing.T, law func(*rapid.T)) (print string, failed bool) {
	for name, value := range map[string]string{
		"rapid.nofailfile": "true", "rapid.seed": "1", "rapid.checks": "2000", "rapid.shrinktime": "1m",
	} {
		f := flag.Lookup(name)
		before := f.Value.String()
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Value.Set(before) }()
	}
	r := &recorder{}
	done := make(chan struct{})
	go func() { // FailNow ends the goroutine that calls it
		defer close(done)
		rapid.Check(r, law)
	}()
	<-done
	all := strings.Join(r.lines, "\n")
	if found := story.FindStringSubmatch(all); found != nil {
		all = found[1]
	}
	return strings.TrimSpace(all), r.failed
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(s, "\n", "\n    ")
}

// recorder is a test that writes down what it is told.
type recorder struct {
	rapid.TB // nil: what is not overridden is not called
	lines    []string
	failed   bool
}

func (r *recorder) Helper()                   {}
func (r *recorder) Name() string              { return "broken" }
func (r *recorder) Log(a ...any)              { r.lines = append(r.lines, fmt.Sprint(a...)) }
func (r *recorder) Logf(f string, a ...any)   { r.lines = append(r.lines, fmt.Sprintf(f, a...)) }
func (r *recorder) Error(a ...any)            { r.failed = true; r.Log(a...) }
func (r *recorder) Errorf(f string, a ...any) { r.failed = true; r.Logf(f, a...) }
func (r *recorder) Fatal(a ...any)            { r.Error(a...); r.FailNow() }
func (r *recorder) Fatalf(f string, a ...any) { r.Errorf(f, a...); r.FailNow() }
func (r *recorder) Failed() bool              { return r.failed }
func (r *recorder) Fail()                     { r.failed = true }
func (r *recorder) FailNow()                  { r.failed = true; runtime.Goexit() }
