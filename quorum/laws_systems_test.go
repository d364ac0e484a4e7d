package quorum_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// algebra is what the laws of expressions and systems judge.
type algebra struct {
	holds      func(tree, ...string) bool
	dual       func(tree) quorum.Expr
	minimal    func(tree) ([][]string, error)
	resilience func(tree) (int, error)
	system     func(reads, writes tree) (*quorum.System, error)
	text       func(tree) string
}

var library = algebra{
	holds:      func(t tree, nodes ...string) bool { return t.expr().Holds(nodes...) },
	dual:       func(t tree) quorum.Expr { return t.expr().Dual() },
	minimal:    func(t tree) ([][]string, error) { return t.expr().Minimal(1 << len(few)) },
	resilience: func(t tree) (int, error) { return t.expr().Resilience() },
	system:     func(reads, writes tree) (*quorum.System, error) { return quorum.New(reads.expr(), writes.expr()) },
	text:       func(t tree) string { return t.expr().String() },
}

// An expression is true of the sets that have the votes, gate by gate, and of no others.
func TestLaw_QuorumsAreWhatTheExpressionSays(t *testing.T) { rapid.Check(t, lawHolds(library)) }

func lawHolds(of algebra) func(*rapid.T) {
	return func(t *rapid.T) {
		e := drawAny(t, "e")
		for set := range uint(1 << len(few)) {
			if got, want := of.holds(e, named(set)...), e.holds(set); got != want {
				t.Fatalf("%s\nof %s it is %v that there is a quorum\nbut it is %v", e.expr(), braces(named(set)), got, want)
			}
		}
	}
}

// The dual is true of the sets that meet every quorum, and of no others.
func TestLaw_DualIsWhatMeetsEveryQuorum(t *testing.T) { rapid.Check(t, lawDual(library)) }

func lawDual(of algebra) func(*rapid.T) {
	return func(t *rapid.T) {
		e := drawAny(t, "e")
		dual := of.dual(e)
		for set := range uint(1 << len(few)) {
			missed, misses := uint(0), false
			for quorum := range uint(1 << len(few)) {
				if e.holds(quorum) && quorum&set == 0 {
					missed, misses = quorum, true
					break
				}
			}
			switch holds := dual.Holds(named(set)...); {
			case holds && misses:
				t.Fatalf("%s\nhas the dual %s\nwhich has the quorum %s\nbut that does not meet the quorum %s",
					e.expr(), dual, braces(named(set)), braces(named(missed)))
			case !holds && !misses:
				t.Fatalf("%s\nhas the dual %s\nof which %s is no quorum\nbut that meets every quorum", e.expr(), dual, braces(named(set)))
			}
		}
	}
}

func TestLaw_DualOfTheDualIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawAny(t, "e").expr()
		if twice := e.Dual().Dual(); twice.String() != e.String() {
			t.Fatalf("the dual of the dual of %s is %s", e, twice)
		}
	})
}

// Minimal quorums are those that are found by trying every set.
func TestLaw_MinimalQuorums(t *testing.T) { rapid.Check(t, lawMinimal(library)) }

func lawMinimal(of algebra) func(*rapid.T) {
	return func(t *rapid.T) {
		e := drawAny(t, "e")
		got, err := of.minimal(e)
		if err != nil {
			t.Fatalf("%s: %v", e.expr(), err)
		}
		if want := e.minimal(); !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%s\nhas the minimal quorums %v\nbut they are %v", e.expr(), got, want)
		}
	}
}

// A limit refuses one quorum more, and only that.
func TestLaw_MinimalQuorumsAreLimited(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawAny(t, "e").expr()
		all, err := e.Minimal(1 << len(few))
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		if _, err := e.Minimal(len(all)); err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		if len(all) > 1 {
			if got, err := e.Minimal(len(all) - 1); !errors.Is(err, quorum.ErrTooLarge) || got != nil {
				t.Fatalf("%s has %d minimal quorums\nwith a limit of one less: %v, %v", e, len(all), got, err)
			}
		}
	})
}

// A part with too few votes to make a difference does not count: a and b are the quorums, whatever the other parts are.
func TestMinimalQuorumsWithoutIdleParts(t *testing.T) {
	e, err := quorum.Parse("weighted(3, a:3, b:3, (c + d + e + f):2)")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.Minimal(2); err != nil || len(got) != 2 {
		t.Fatalf("%s: %v, %v", e, got, err)
	}
}

func TestLaw_Resilience(t *testing.T) { rapid.Check(t, lawResilience(library)) }

func lawResilience(of algebra) func(*rapid.T) {
	return func(t *rapid.T) {
		e := drawAny(t, "e")
		got, err := of.resilience(e)
		if err != nil {
			t.Fatalf("%s: %v", e.expr(), err)
		}
		if want := e.resilience(); got != want {
			t.Fatalf("%s\nis said to survive the failure of any %d nodes\nbut it survives that of any %d and no more", e.expr(), got, want)
		}
	}
}

// New accepts two expressions if every read quorum meets every write quorum, which is tried exhaustively, and refuses them with a pair of
// minimal quorums that do not meet.
func TestLaw_ReadsMeetWrites(t *testing.T) { rapid.Check(t, lawMeet(library)) }

func lawMeet(of algebra) func(*rapid.T) {
	return func(t *rapid.T) {
		reads, writes := drawAny(t, "reads"), drawAny(t, "writes")
		if rapid.Bool().Draw(t, "dual") { // two at random seldom meet, and seldom fail to by little
			writes = drawChanged(t, reads.dual())
		}
		s, err := of.system(reads, writes)
		for r := range uint(1 << len(few)) {
			for w := range uint(1 << len(few)) {
				if err == nil && r&w == 0 && reads.holds(r) && writes.holds(w) {
					t.Fatalf("reads %s and writes %s are accepted\nbut %s and %s are apart",
						reads.expr(), writes.expr(), braces(named(r)), braces(named(w)))
				}
			}
		}
		var apart *quorum.DisjointError
		switch {
		case err == nil:
			if s.Reads().String() != reads.expr().String() || s.Writes().String() != writes.expr().String() {
				t.Fatalf("%s and %s make a system that %s", reads.expr(), writes.expr(), s)
			}
		case !errors.As(err, &apart):
			t.Fatalf("reads %s, writes %s: the error is %v", reads.expr(), writes.expr(), err)
		default: // quorums by their own words, so if they are apart these two expressions do not meet
			r, w := setOf(apart.Read...), setOf(apart.Write...)
			if r&w != 0 || !reads.isMinimal(r) || !writes.isMinimal(w) {
				t.Fatalf("reads %s and writes %s are refused\nas %s and %s were two quorums that are minimal and apart",
					reads.expr(), writes.expr(), braces(apart.Read), braces(apart.Write))
			}
		}
	}
}

// Here the smallest quorums meet all others, and only votes that differ from reads to writes leave a pair apart.
func TestVotesThatDifferCanBeApart(t *testing.T) {
	reads, err := quorum.Parse("p + s*weighted(3, a:3, b, c)")
	if err != nil {
		t.Fatal(err)
	}
	writes, err := quorum.Parse("p*s + p*weighted(3, a, b:3, c)")
	if err != nil {
		t.Fatal(err)
	}
	var apart *quorum.DisjointError
	if _, err := quorum.New(reads, writes); !errors.As(err, &apart) || !slices.Equal(apart.Read, []string{"s", "a"}) {
		t.Fatalf("reads %s, writes %s: %v", reads, writes, err)
	}
}

// The dual is the most available partner: it is accepted, and no expression that is accepted has a quorum that the dual has not.
func TestLaw_NoPartnerHasMoreQuorumsThanTheDual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reads, writes := drawAny(t, "reads"), drawAny(t, "writes")
		from, err := quorum.FromReads(reads.expr())
		if err != nil {
			t.Fatal(err)
		}
		into, err := quorum.FromWrites(reads.expr())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := quorum.New(from.Reads(), from.Writes()); err != nil {
			t.Fatalf("%s: %v", from, err)
		}
		if into.Reads().String() != from.Writes().String() || into.Writes().String() != from.Reads().String() {
			t.Fatalf("from reads: %s; from writes: %s", from, into)
		}
		if _, err := quorum.New(reads.expr(), writes.expr()); err != nil {
			return
		}
		for set := range uint(1 << len(few)) {
			if writes.holds(set) && !from.Writes().Holds(named(set)...) {
				t.Fatalf("reads %s meet the write quorum %s\nbut their dual %s has not got it", reads.expr(), braces(named(set)), from.Writes())
			}
		}
	})
}

// What String writes, Parse reads, and it has the same quorums.
func TestLaw_TextReadsBack(t *testing.T) { rapid.Check(t, lawText(library)) }

func lawText(of algebra) func(*rapid.T) {
	return func(t *rapid.T) {
		e := drawAny(t, "e")
		text := of.text(e)
		read, err := quorum.Parse(text)
		if err != nil {
			t.Fatalf("%s is written %s\nand then: %v", e.text(), text, err)
		}
		for set := range uint(1 << len(few)) {
			if got, want := read.Holds(named(set)...), e.holds(set); got != want {
				t.Fatalf("%s\nis written %s\nand read as %s\nso it is %v, not %v, that %s is a quorum",
					e.text(), text, read.String(), got, want, braces(named(set)))
			}
		}
		if again := read.String(); again != text {
			t.Fatalf("%s\nis written %s\nand when it was read %s", e.text(), text, again)
		}
		if whole, err := quorum.Parse(e.text()); err != nil || whole.String() != text {
			t.Fatalf("%s\nis read as %s, error %v\nand not as %s", e.text(), whole, err, text)
		}
	}
}

// Each meaning has one form.
func TestText(t *testing.T) {
	for written, want := range map[string]string{
		"(a)":                                "a",
		"a+b * c":                            "a + b*c",
		"(a + b)*(c)":                        "(a + b)*c",
		"(a*b)*c + (d + e)":                  "(a*b)*c + (d + e)",
		"weighted(3, a + b:2, c*d, (e + f))": "weighted(3, (a + b):2, c*d, e + f)",
		"weighted(3, a:2, b:2)":              "a*b",
		"weighted(2, a:2, b:2)":              "a + b",
		"choose(1, a, b)":                    "a + b",
		"choose(2, a, b)":                    "a*b",
		"choose(3, a, b, c, d)":              "majority(a, b, c, d)",
		"choose(2, a, b, c, d)":              "choose(2, a, b, c, d)",
		`"a"*"b c"`:                          `a*"b c"`,
	} {
		e, err := quorum.Parse(written)
		if err != nil || e.String() != want {
			t.Errorf("%s is %s, and not %s, error %v", written, e, want, err)
		}
	}
}

// Any name can be written and read.
func TestLaw_NamesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.OneOf(rapid.StringN(1, 5, -1), rapid.SampledFrom([]string{
			"choose", "a b", `"`, `\`, "\xff", "10.0.0.1:6379", "3", "-", "é", "\u0301", "\ufffd",
		})), 1, 4, rapid.ID).Draw(t, "names")
		e := quorum.Majority(names...)
		read, err := quorum.Parse(e.String())
		if err != nil || !slices.Equal(read.Nodes(), names) || read.String() != e.String() {
			t.Fatalf("%q is written %s, and read as %q, error %v", names, e, read.Nodes(), err)
		}
	})
}
