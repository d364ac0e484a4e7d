package lab

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestList_ShowsExperimentsByTopic(t *testing.T) {
	measured := trivial("handshakes", func(*Parameters) {})
	measured.Measured = true
	measured.Question = "How many round trips does a first request take, how many a second one, and does resumption save any?"
	code, stdout, stderr := command(catalogue(queue(mm1), measured), "list")
	require.Equal(t, exitOK, code)
	require.Empty(t, stderr)
	require.Equal(t, `ordering
  handshakes
    How many round trips does a first request take, how many a second one, and
    does resumption save any?
    guide     clk.lamport
    packages  clocks
    measured  timings of real work: two runs differ

estimating
  queue
    How long is the wait as a server fills up?
    guide     est.queue
    packages  estimate
`, stdout)

	_, stdout, _ = command(catalogue(), "list")
	require.Equal(t, "There are no experiments yet.\n", stdout)
}

const flagsHelp = `  -seed N    the seed of all randomness (1)
  -full      publication quality: more and longer runs
  -out DIR   the folder for results and the gallery (charts)
  -quiet     print only what fails
  -h         help; after an experiment's name, its parameters
`

const severalHelp = `  -sweep NAME=V1,V2,...
             one run for each of two to six values of a parameter, on one chart;
             a list is swept through lists of one element
  -baseline FILE
             before and now on one chart: FILE is the result.json of an earlier
             run, with its data.csv beside it
`

func TestHelp_General(t *testing.T) {
	_, stdout, _ := command(catalogue(queue(mm1)), "-h")
	require.Equal(t, `Runs experiments: each asks a question, states findings with their numbers, and
draws a chart.

  go run ./examples           the tour
  go run ./examples all       every experiment
  go run ./examples list      name, question, guide lines, packages
  go run ./examples TOPIC     a topic: placing, ordering, estimating
  go run ./examples queue     one experiment, or several
  go run ./examples queue -h  its parameters, which follow its name

Flags, before or after the name; -x v, -x=v and --x v are the same, and a switch
takes no value but =true or =false:
`+flagsHelp+`
Flags for the experiment named before them, one of the two:
`+severalHelp+`
Results go to DIR/NAME: data.csv, result.json, light.svg, dark.svg, chart.png.
DIR/index.html shows all that is there.

With default parameters findings are asserted: ✓ or ✗. With others the same
sentences are observed, or not here. Exit codes: 0; 1 if an asserted finding is
false or an experiment fails; 2 if there is something for you to change; the
highest counts. (go run itself turns every failure into 1.)
`, stdout)
}

func TestHelp_OfAnExperiment(t *testing.T) {
	e := trivial("sizes", func(p *Parameters) {
		p.Ints("size", []int{1, 10}, "items", "sizes to try", AtLeast(1), AtMost(1000))
		p.Bool("serial", false, "one call after the other")
		p.Bool("warm", true, "start with a full cache")
		p.Choice("policy", "lru", []string{"lru", "fifo"}, "which items go when the cache is full, and why this matters more than its size does")
		Value(p, "note", "two words", "words", "free text", func(s string) (string, string, error) { return s, s, nil })
	})
	_, stdout, _ := command(catalogue(e), "sizes", "-h")
	require.Equal(t, `sizes: Does it run?

guide     clk.lamport
packages  clocks

Parameters, after the name: go run ./examples sizes -size N,...
  -size N,...
      sizes to try
      unit     items
      default  1,10
      must be at least 1
      must be at most 1000
  -serial
      one call after the other
      default  false
  -warm=false
      start with a full cache
      default  true
  -policy NAME
      which items go when the cache is full, and why this matters more than its
      size does
      default  lru
      must be one of lru, fifo
  -note VALUE
      free text
      unit     words
      default  'two words'

More after the name, one of the two:
`+severalHelp+`
Flags, before or after the name:
`+flagsHelp, stdout)

	_, stdout, _ = command(catalogue(running("plain", func(*Run) error { return nil })), "plain", "-h")
	require.Contains(t, stdout, "Parameters: none\n")
}

func TestMain_PrintsFindings(t *testing.T) {
	slow := func(load float64) float64 { return 12.3456 - 2*load }
	for _, c := range []struct {
		experiment     Experiment
		args           []string
		stdout, stderr string
	}{
		{queue(mm1), nil, `1 experiment, quick, seed 1, into charts: queue

queue: How long is the wait as a server fills up?
     measured     interval  bound
  ✓        10  9.5 to 10.5     10  at load 0.9 a request takes ten times as long
                                   as its service
  ✓         5                   1  the time grows with the load

Gallery: charts/index.html
`, "  3 loads\n"},
		{queue(mm1), []string{"-quiet"}, "", ""},
		{queue(slow), nil, `1 experiment, quick, seed 1, into charts: queue

queue: How long is the wait as a server fills up?
     measured        interval  bound
  ✗     10.55  10.05 to 11.05     10  at load 0.9 a request takes ten times as
                                      long as its service
  ✗    0.9295                      1  the time grows with the load

Gallery: charts/index.html
`, "  3 loads\n"},
		{queue(slow), []string{"-quiet"}, `queue: How long is the wait as a server fills up?
     measured        interval  bound
  ✗     10.55  10.05 to 11.05     10  at load 0.9 a request takes ten times as
                                      long as its service
  ✗    0.9295                      1  the time grows with the load

`, ""},
		{queue(mm1), []string{"-load", ".5,.99", "-seed", "9"}, `1 experiment, quick, seed 9, into charts: queue

queue: How long is the wait as a server fills up?
  go run ./examples queue -load 0.5,0.99 -seed 9
            measured  bound
  not here         –      –  at load 0.9 a request takes ten times as long as
                             its service
  observed        50      1  the time grows with the load

Gallery: charts/index.html
`, "  2 loads\n"},
		{queue(slow), []string{"-load", ".5,.99", "-quiet"}, "", ""},
	} {
		t.Chdir(t.TempDir()) // the default -out is charts
		_, stdout, stderr := command(catalogue(c.experiment), append([]string{"queue"}, c.args...)...)
		require.Equal(t, c.stdout, stdout)
		require.Equal(t, c.stderr, stderr)
		require.FileExists(t, "charts/index.html")
	}
}

func TestMain_SaysFirstWhatItWillDo(t *testing.T) {
	c := catalogue(queue(mm1), kinds(), trivial("clocks", func(*Parameters) {}))
	c.Tour = []string{"queue", "clocks"}
	for line, want := range map[string]string{
		"":                     "The tour: 2 experiments, quick, seed 1, into OUT: queue, clocks\n\n1/2 queue: How long",
		"clocks -seed 7 -full": "1 experiment, full, seed 7, into OUT: clocks\n\nclocks: Does it run?\n",
		"all":                  "3 experiments, quick, seed 1, into OUT: kinds, clocks, queue\n\n1/3 kinds: Does it run?\n",
	} {
		out := filepath.Join(t.TempDir(), "o")
		_, stdout, _ := command(c, append(strings.Fields(line), "-out", out)...)
		text := strings.Join(strings.Fields(strings.ReplaceAll(stdout, out, "OUT")), " ") // a long folder wraps
		require.True(t, strings.HasPrefix(text, strings.Join(strings.Fields(want), " ")), stdout)
		require.True(t, strings.HasSuffix(stdout, "\nGallery: "+filepath.Join(out, "index.html")+"\n"), stdout)
	}
}

func TestBeside_WritesNumbersForPeople(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		a, b float64
		x, y string
	}{
		{0.26241, 1.0 / 3, "0.2624", "0.3333"},
		{3, 3, "3", "3"},
		{0.33331, 0.33332, "0.33331", "0.33332"},
		{12345.6, 1e6, "12346", "1000000"},
		{99999.5, 0.1, "100000", "0.1"},
		{0.00012345678, -0.5, "0.0001235", "-0.5"},
		{1.23456e-7, 1e-5, "1.235e-07", "1e-05"},
		{0, 1e20, "0", "1e+20"},
		{math.Copysign(0, -1), 0, "0", "0"},
		{inf, -inf, "∞", "-∞"},
		{nan, 1, "–", "1"},
		{1, nan, "1", "–"},
		{nan, nan, "–", "–"},
	} {
		x, y := beside(c.a, c.b)
		require.Equal(t, []string{c.x, c.y}, []string{x, y})
	}
}

func TestPrintWrapped_KeepsToTheWidth(t *testing.T) {
	var b bytes.Buffer
	printWrapped(&b, "lead ", "")
	printWrapped(&b, "  ", "a word-that-is-much-too-long-for-any-line-of-this-width-and-still-must-not-be-broken-in-two end")
	require.Equal(t, "lead\n  a\n  word-that-is-much-too-long-for-any-line-of-this-width-and-still-must-not-be-broken-in-two\n  end\n", b.String())
}
