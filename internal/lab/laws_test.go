package lab

import (
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// words splits a command as a POSIX shell does, for the two forms of quoting that shell() uses.
func words(line string) []string {
	var all []string
	var word strings.Builder
	open, begun := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'':
			open, begun = !open, true
		case c == '\\' && !open:
			i++
			word.WriteByte(line[i])
			begun = true
		case c == ' ' && !open:
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	if begun {
		all = append(all, word.String())
	}
	return all
}

// spelling draws a value of each kind of parameter, in one of the ways in which it can be typed.
func spelling(t *rapid.T) map[string]string {
	number := func(label string, low, high float64) string {
		v := rapid.Float64Range(low, high).Draw(t, label)
		return fmt.Sprintf(rapid.SampledFrom([]string{"%v", "%e", "%.17g", "%x"}).Draw(t, "format"), v)
	}
	list := func(label string, items []string) string {
		n := rapid.IntRange(1, len(items)).Draw(t, label)
		return strings.Join(rapid.Permutation(items).Draw(t, label)[:n], rapid.SampledFrom([]string{",", " , "}).Draw(t, "comma"))
	}
	policies := []string{"lru", "fifo", "clock"}
	all := map[string]string{
		"count":    fmt.Sprintf("%0*d", rapid.IntRange(1, 9).Draw(t, "zeros"), rapid.IntRange(0, 1e6).Draw(t, "count")),
		"sizes":    list("sizes", []string{"-5", "007", "+8", "1", "10", "1000"}),
		"ratio":    number("ratio", -1, 1),
		"load":     number("load", -1e30, 1e30) + ",1.5e30",
		"timeout":  (time.Duration(rapid.Int64Range(1, math.MaxInt64).Draw(t, "timeout"))).String(),
		"serial":   rapid.SampledFrom([]string{"true", "false"}).Draw(t, "serial"),
		"warm":     rapid.SampledFrom([]string{"true", "false"}).Draw(t, "warm"),
		"policy":   rapid.SampledFrom(policies).Draw(t, "policy"),
		"policies": list("policies", policies),
		"note": rapid.OneOf(
			rapid.StringOf(rapid.SampledFrom([]rune(`a-='"\$ ~,é`+"`"))),
			rapid.String().Filter(printable),
		).Filter(func(s string) bool { return s != "bad" && s != "odd" }).Draw(t, "note"),
	}
	for _, name := range slices.Sorted(mapKeys(all)) {
		if rapid.Bool().Draw(t, "leave out "+name) {
			delete(all, name)
		}
	}
	return all
}

func mapKeys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// typed draws a command line that gives these values to kinds.
func typed(t *rapid.T, values map[string]string, seed uint64, full bool) []string {
	flag := func(name, value string) []string {
		dash := rapid.SampledFrom([]string{"-", "--"}).Draw(t, "dash")
		isSwitch := name == "serial" || name == "warm" || name == "full"
		switch {
		case isSwitch && value == "true" && rapid.Bool().Draw(t, "bare"):
			return []string{dash + name}
		case isSwitch || likeFlag(value) || rapid.Bool().Draw(t, "assigned"):
			return []string{dash + name + "=" + value}
		}
		return []string{dash + name, value}
	}
	var after, common [][]string
	for _, name := range slices.Sorted(mapKeys(values)) {
		after = append(after, flag(name, values[name]))
	}
	common = append(common, flag("seed", fmt.Sprint(seed)), flag("full", fmt.Sprint(full)), flag("out", "elsewhere"))
	before := rapid.IntRange(0, len(common)).Draw(t, "before")
	after = append(after, common[before:]...)
	if len(after) > 0 {
		after = rapid.Permutation(after).Draw(t, "order")
	}
	args := slices.Concat(common[:before]...)
	args = append(args, "kinds")
	return append(args, slices.Concat(after...)...)
}

func settled(t *rapid.T, c Catalogue, args []string) plan {
	req, err := c.parse(args)
	if err != nil {
		t.Fatalf("%q must be a valid command line: %v", args, err)
	}
	plans, err := req.plans()
	if err != nil {
		t.Fatalf("%q must hold valid values: %v", args, err)
	}
	return plans[0]
}

// readBack settles what a printed command says, as a shell would pass it on.
func readBack(t *rapid.T, c Catalogue, command string) plan {
	req, err := c.parse(words(command)[3:])
	if err != nil {
		t.Fatalf("the command is %s\nbut run again, it is refused: %v", command, err)
	}
	plans, err := req.plans()
	if err != nil {
		t.Fatalf("the command is %s\nbut run again, it is refused: %v", command, err)
	}
	return plans[0]
}

func TestLaw_CanonicalCommandGivesTheSameRun(t *testing.T) {
	rapid.Check(t, lawCanonicalCommand(plan.command))
}

func lawCanonicalCommand(command func(plan) string) func(*rapid.T) {
	c := catalogue(queue(mm1), kinds())
	return func(t *rapid.T) {
		values, seed, full := spelling(t), rapid.Uint64().Draw(t, "seed"), rapid.Bool().Draw(t, "full")
		first := settled(t, c, typed(t, values, seed, full))
		if first.seed != seed || first.full != full {
			t.Fatalf("the common flags must arrive: seed %d full %v, got seed %d full %v", seed, full, first.seed, first.full)
		}
		args := words(command(first))
		if got := strings.Join(args[:4], " "); got != program+" kinds" {
			t.Fatalf("a command must begin with the program and the name: %s", command(first))
		}
		second := readBack(t, c, command(first))
		if command(first) != command(second) {
			t.Fatalf("the command is %s\nbut run again, it is %s", command(first), command(second))
		}
		if first.seed != second.seed || first.full != second.full || len(first.parameters) != len(second.parameters) {
			t.Fatalf("a run has seed %d, full: %v, %d parameters\nand the command is %s\nbut run again, it has seed %d, full: %v, %d parameters",
				first.seed, first.full, len(first.parameters), command(first), second.seed, second.full, len(second.parameters))
		}
		for i, q := range first.parameters {
			r := second.parameters[i]
			if q.name != r.name || q.value != r.value || string(q.data) != string(r.data) {
				t.Fatalf("-%s is %s\nand the command is %s\nbut run again, -%s is %s", q.name, q.data, command(first), q.name, r.data)
			}
		}
		// However the same values are spelt and ordered, there is one command.
		if again := settled(t, c, typed(t, values, seed, full)); command(again) != command(first) {
			t.Fatalf("the same values must have one command:\n%s\n%s", command(first), command(again))
		}
	}
}

// A naive reading of the values, next to what the parameters make of them.
func TestLaw_ParametersHoldWhatWasTyped(t *testing.T) {
	rapid.Check(t, lawParametersHoldWhatWasTyped(func(p plan, _ map[string]string) bool { return p.asserted() }))
}

func lawParametersHoldWhatWasTyped(asserted func(p plan, typed map[string]string) bool) func(*rapid.T) {
	c := catalogue(kinds())
	return func(t *rapid.T) {
		values := spelling(t)
		p := settled(t, c, typed(t, values, 1, false))
		changed := false
		for _, q := range p.parameters {
			typed, given := values[q.name]
			if !given {
				if q.value != q.standard {
					t.Fatalf("-%s was not given and must keep its default %s: %s", q.name, q.standard, q.value)
				}
				continue
			}
			changed = changed || q.value != q.standard
			a, b := strings.Split(typed, ","), strings.Split(q.value, ",")
			if q.name == "note" {
				a, b = []string{typed}, []string{q.value}
			}
			if len(a) != len(b) {
				t.Fatalf("-%s must keep its %d values: %s", q.name, len(a), q.value)
			}
			for i := range a {
				if !sameValue(a[i], b[i]) {
					t.Fatalf("-%s must keep its value: %q, then %q", q.name, a[i], b[i])
				}
			}
		}
		if asserted(p, values) == changed {
			t.Fatalf("typed are %q\nso some value is not its default: %v\nbut findings are asserted: %v", plainly(values), changed, changed)
		}
	}
}

func sameValue(a, b string) bool {
	var x, y float64
	if n, err := fmt.Sscan(a, &x); n == 1 && err == nil {
		n, err := fmt.Sscan(b, &y)
		if n == 1 && err == nil && x == y {
			return true
		}
	}
	return a == b || strings.TrimSpace(a) == b && b != ""
}

// No command line, however broken, makes the parser panic or run something that it also calls an error.
func TestLaw_AnyCommandLineIsReadOrRefused(t *testing.T) {
	rapid.Check(t, lawReadOrRefused(Catalogue.parse))
}

func lawReadOrRefused(parse func(Catalogue, []string) (request, error)) func(*rapid.T) {
	c := catalogue(queue(mm1), kinds(), trivial("clocks", func(*Parameters) {}))
	vocabulary := []string{
		"queue", "kinds", "clocks", "all", "estimating", "placing", "-load", "-load=.5", "-servers", "3", "-3", "-seed", "7",
		"-seed=8", "-full", "--full=false", "-out", "x", "-serial", "true", "-note", "", "-", "--", "=", "-=", "---x", "-h=1", "list", "\x00",
		"-sweep", "-sweep=servers=1,2", "servers=1,2", "load=.5,.7,.9", "count=1,01", "-baseline", "-baseline=x",
	}
	return func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(vocabulary), rapid.String()), 0, 8).Draw(t, "args")
		req, err := parse(c, args)
		if err != nil {
			if !oneLine(err.Error()) {
				t.Fatalf("the words are %q\nbut the error is not one line: %q", args, err)
			}
			return
		}
		if req.help || req.list {
			return
		}
		for i, k := range req.picks {
			if slices.ContainsFunc(req.picks[:i], func(before pick) bool { return before.experiment.Name == k.experiment.Name }) {
				t.Fatalf("the words are %q\nbut %s would run more than once", args, k.experiment.Name)
			}
		}
		plans, err := req.plans()
		if (err == nil) != (len(plans) == len(req.picks)) {
			t.Fatalf("an experiment must be refused or planned: %q: %v", args, err)
		}
	}
}

// However a sweep's values are spelt, there is one command, and it gives the same runs.
func TestLaw_SweepIsCanonical(t *testing.T) { rapid.Check(t, lawSweepIsCanonical(plan.command)) }

func lawSweepIsCanonical(command func(plan) string) func(*rapid.T) {
	c := catalogue(queue(mm1), kinds())
	values := map[string][]string{
		"count":  {"0", "007", "+12", "1000000", "3"},
		"sizes":  {"-5", "07", "+8", "1", "1000"},
		"ratio":  {"-0.5", "1e-3", "0x1p-2", ".75", "-0"},
		"load":   {"-1e30", ".5", "1e21", "7"},
		"note":   {"it's", "a=b", "-x", "$HOME ~", "é"},
		"policy": {"lru", "fifo", "clock"}, "policies": {"lru", "fifo", "clock"},
		"serial": {"true", "false"}, "warm": {"false", "true"},
		"timeout": {"60s", "1h", ".5s", "1m1s"},
	}
	return func(t *rapid.T) {
		name := rapid.SampledFrom(slices.Sorted(mapKeys(values))).Draw(t, "parameter")
		n := rapid.IntRange(2, len(values[name])).Draw(t, "n")
		picked := rapid.Permutation(values[name]).Draw(t, "values")[:n]
		comma := rapid.SampledFrom([]string{",", " , "}).Draw(t, "comma")
		given := spelling(t)
		delete(given, name)
		args := typed(t, given, rapid.Uint64().Draw(t, "seed"), rapid.Bool().Draw(t, "full"))
		args = append(args, "-sweep", name+"="+strings.Join(picked, comma))
		first := settled(t, c, args)
		second := readBack(t, c, command(first))
		if command(first) != command(second) || first.seed != second.seed || first.full != second.full {
			t.Fatalf("the command is %s\nbut run again, it is %s", command(first), command(second))
		}
		if second.sweep == nil || len(second.sweep.plans) != len(first.sweep.plans) {
			t.Fatalf("a sweep of -%s over %q\nand the command is %s\nbut run again, it is not that sweep", name, picked, command(first))
		}
		if len(first.sweep.plans) != n || first.asserted() {
			t.Fatalf("a sweep runs once a value and asserts nothing: %d runs of %q", len(first.sweep.plans), picked)
		}
		for i, p := range first.sweep.plans {
			// The naive model: give the value as a parameter, and run it alone.
			delete(given, name)
			alone := settled(t, c, append([]string{"kinds", "-" + name + "=" + strings.TrimSpace(picked[i])}, plainly(given)...))
			if command(p) != command(alone) || command(second.sweep.plans[i]) != command(alone) {
				t.Fatalf("value %d must run as it runs alone:\n%s\n%s\n%s", i, command(p), command(second.sweep.plans[i]), command(alone))
			}
		}
	}
}

// plainly gives values to kinds in the surest form.
func plainly(values map[string]string) (args []string) {
	for _, name := range slices.Sorted(mapKeys(values)) {
		args = append(args, "-"+name+"="+values[name])
	}
	return args
}

func TestShell_QuotesForARealShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	texts := []string{"", "plain", "0.5,0.7", "it's", `a "b" $HOME \n`, "~", "*", "a;b", "é ✓", "-x", "#", "!"}
	var line strings.Builder
	for _, s := range texts {
		line.WriteString(" " + shell(s))
	}
	out, err := exec.Command(sh, "-c", "printf '%s\\0'"+line.String()).Output()
	require.NoError(t, err)
	require.Equal(t, texts, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"))
	require.Equal(t, texts, words(line.String()), "words must split as a shell does")
}

func TestLaw_DecimalReadsBackAsTheSameNumber(t *testing.T) {
	rapid.Check(t, lawDecimalReadsBack(decimal))
}

func lawDecimalReadsBack(decimal func(float64) string) func(*rapid.T) {
	return func(t *rapid.T) {
		v := rapid.Float64().Draw(t, "v")
		got, err := parseFloat(decimal(v))
		switch finite := !math.IsInf(v, 0); {
		case finite && err != nil:
			t.Fatalf("%v is written %s\nbut that is refused: %v", v, decimal(v), err)
		case finite && got != v:
			t.Fatalf("%v is written %s\nbut that reads back as %v", v, decimal(v), got)
		case !finite && err == nil:
			t.Fatalf("an infinity must be refused: %s", decimal(v))
		}
	}
}

// naiveEdits is the definition, without a table.
func naiveEdits(a, b string) int {
	switch {
	case a == "" || b == "":
		return len(a) + len(b)
	case a[0] == b[0]:
		return naiveEdits(a[1:], b[1:])
	}
	d := 1 + min(naiveEdits(a[1:], b), naiveEdits(a, b[1:]), naiveEdits(a[1:], b[1:]))
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		d = min(d, 1+naiveEdits(a[2:], b[2:]))
	}
	return d
}

func TestLaw_EditsCountSlips(t *testing.T) { rapid.Check(t, lawEditsCountSlips(edits)) }

func lawEditsCountSlips(edits func(a, b string) int) func(*rapid.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abc")), 0, 6, -1)
	return func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		if got, want := edits(a, b), naiveEdits(a, b); got != want {
			t.Fatalf("from %q to %q it takes %d\nbut %d are counted", a, b, want, got)
		}
	}
}

// Numbers that differ by more than a millionth never look alike beside each other, equal ones always do, and what is
// shown is near what is meant.
func TestLaw_BesideTellsNumbersApart(t *testing.T) {
	rapid.Check(t, lawBesideTellsNumbersApart(beside))
}

func lawBesideTellsNumbersApart(beside func(a, b float64) (string, string)) func(*rapid.T) {
	return func(t *rapid.T) {
		a := rapid.Float64().Draw(t, "a")
		b := rapid.OneOf(rapid.Just(a), rapid.Just(a*(1+2e-6)), rapid.Just(a*(1-1e-4)), rapid.Float64()).Draw(t, "b")
		x, y := beside(a, b)
		apart := math.Abs(a-b) > 1e-6*math.Max(math.Abs(a), math.Abs(b))
		if apart && x == y || a == b && x != y {
			t.Fatalf("%v and %v\nbut they are written %s and %s", a, b, x, y)
		}
		for i, text := range []string{x, y} {
			v := []float64{a, b}[i]
			var back float64
			if _, err := fmt.Sscan(text, &back); err == nil && math.Abs(back-v) > 5.1e-4*math.Abs(v) {
				t.Fatalf("%v and %v\nbut %v is written %s", a, b, v, text)
			}
		}
	}
}
