package quorum_test

import (
	"strings"
	"testing"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// Any text is read or refused with a sentence of this package; what was read is written so that it is read back, and it and its dual make a system
// that can be asked everything.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "a", "a*b*c + d*e*f", "choose(2, a, b*c, d)", "weighted(3, a:2, b, c + d)", `"a b"*"\xff"`, "majority(a, (b), c)", "((a)",
		"a:1", "choose(1, choose(1, a))", "weighted(10000, a:9999, b)", "a*(b + a)*(a + c)", "é + \u0301", "weighted(2, a:2, b)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := quorum.Parse(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "quorum: ") {
				t.Fatalf("the error is %q", err)
			}
			return
		}
		written := e.String()
		if again, err := quorum.Parse(written); err != nil || again.String() != written {
			t.Fatalf("%q is written %q and then %q, error %v", text, written, again, err)
		}
		if !e.Holds(e.Nodes()...) || e.Holds() {
			t.Fatalf("%q must be true of all nodes and false of none", text)
		}
		if len(text) > 200 {
			t.Skip("slow when it is large")
		}
		s, err := quorum.FromReads(e)
		if err != nil {
			t.Fatal(err)
		}
		// What is too large is refused: anything else is a bug.
		for _, ask := range []func() error{
			func() error { _, err := quorum.New(s.Reads(), s.Writes()); return err },
			func() error { _, err := e.Minimal(100); return err },
			func() error { _, _, err := s.Resilience(); return err },
			func() error { _, _, err := s.Availability(quorum.Failures{Up: 0.5}); return err },
		} {
			if err := ask(); err != nil && !strings.HasPrefix(err.Error(), "quorum: too large: ") {
				t.Fatalf("%q: %v", text, err)
			}
		}
	})
}
