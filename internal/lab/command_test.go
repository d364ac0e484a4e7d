package lab

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// commandsOf lists the canonical commands of what a command line runs.
func commandsOf(t *testing.T, c Catalogue, args ...string) []string {
	t.Helper()
	req, err := c.parse(args)
	require.NoError(t, err)
	plans, err := req.plans()
	require.NoError(t, err)
	var commands []string
	for _, p := range plans {
		commands = append(commands, strings.TrimPrefix(p.command(), program+" "))
	}
	return commands
}

func TestParse_CanonicalCommand(t *testing.T) {
	c := catalogue(queue(mm1), kinds(), trivial("clocks", func(*Parameters) {}))
	for _, k := range []struct{ line, want string }{
		{"queue", "queue"},
		{"queue -load .9", "queue -load 0.9"},
		{"queue --load=9e-1", "queue -load 0.9"},
		{"queue -load .5,.70,0.9", "queue"},                 // the default, spelt otherwise
		{"queue -load .9,.7,.5", "queue -load 0.9,0.7,0.5"}, // order is a value
		{"queue -servers 2 -load .9", "queue -load 0.9 -servers 2"},
		{"queue -servers 01 -seed 1", "queue"},
		{"-seed 7 queue -full", "queue -full -seed 7"},
		{"queue -full -load .9 -seed=7 -out x -quiet", "queue -load 0.9 -full -seed 7"},
		{"--full=true queue --seed 0", "queue -full -seed 0"},
		{"-full=false queue -seed 18446744073709551615", "queue -seed 18446744073709551615"},
		{"queue -load .9 kinds -count 4 -seed 3", "queue -load 0.9 -seed 3; kinds -count 4 -seed 3"},
		{"kinds queue", "kinds; queue"},
		{"ordering", "kinds; clocks"},
		{"all", "kinds; clocks; queue"},
		{"", "kinds; clocks; queue"},
		{"-full", "kinds -full; clocks -full; queue -full"},
		{"all kinds -count 4", "kinds -count 4; clocks; queue"},
		{"kinds -count 4 all", "kinds -count 4; clocks; queue"},
		{"ordering ordering", "kinds; clocks"},
		{"kinds -ratio -0.5", "kinds -ratio -0.5"},
		{"kinds -ratio -.0", "kinds -ratio 0"},
		{"kinds -sizes -5,3", "kinds -sizes -5,3"},
		{"kinds -serial", "kinds -serial"},
		{"kinds -serial queue", "kinds -serial; queue"},
		{"kinds -serial=false -warm=true", "kinds"},
		{"kinds -warm=false", "kinds -warm=false"},
		{"kinds -timeout 60s", "kinds -timeout 1m0s"},
		{"kinds -timeout .25s", "kinds"},
		{"kinds -policies clock,lru -policy fifo", "kinds -policy fifo -policies clock,lru"},
		{"kinds -note=-x", "kinds -note=-x"},
		{"kinds -note=a=b", "kinds -note a=b"},
		{"kinds -note it's", `kinds -note 'it'\''s'`},
		{"kinds -note=", "kinds -note ''"},
		{"kinds -note ~/$HOME", "kinds -note '~/$HOME'"},
	} {
		require.Equal(t, k.want, strings.Join(commandsOf(t, c, strings.Fields(k.line)...), "; "), k.line)
	}
}

func TestParse_TourRunsWhenNothingIsNamed(t *testing.T) {
	c := catalogue(queue(mm1), kinds())
	c.Tour = []string{"queue"}
	require.Equal(t, []string{"queue -seed 2"}, commandsOf(t, c, "-seed", "2"))
	require.Equal(t, []string{"kinds", "queue"}, commandsOf(t, c, "all"))
}

func TestMain_UsageErrors(t *testing.T) {
	c := catalogue(queue(mm1), kinds())
	for _, k := range []struct{ line, want string }{
		{"queu", "examples: there is no experiment or topic queu; did you mean queue?"},
		{"Queue", "examples: there is no experiment or topic Queue; did you mean queue?"},
		{"estimatign", "examples: there is no experiment or topic estimatign; did you mean estimating?"},
		{"lsit", "examples: there is no experiment or topic lsit; did you mean list?"},
		{"zebra", "examples: there is no experiment or topic zebra; go run ./examples list shows what there is"},
		{"placing", "examples: the topic must have an experiment, and this one has none yet: placing; go run ./examples list shows what there is"},
		{"queue queue", "examples: an experiment must be named once: queue; run it again with another -out to compare"},
		{"list queue", "examples: list must stand alone: it shows every experiment"},
		{"queue list", "examples: list must stand alone: it shows every experiment"},
		{"queue -lod .5", "queue: there is no flag -lod; did you mean -load?"},
		{"queue --sed=3", "queue: there is no flag --sed; did you mean -seed?"},
		{"queue -xyzzy", "queue: there is no flag -xyzzy; go run ./examples queue -h describes its parameters"},
		{"queue -count 3", "queue: there is no flag -count; go run ./examples queue -h describes its parameters"},
		{"queue -5", "queue: there is no flag -5; go run ./examples queue -h describes its parameters"},
		{"-", "examples: there is no flag -; go run ./examples -h describes the flags"},
		{"--", "examples: there is no flag --; go run ./examples -h describes the flags"},
		{"queue -swep servers=1,2", "queue: there is no flag -swep; did you mean -sweep?"},
		{"-swep servers=1,2 queue", "examples: there is no flag -swep; did you mean -sweep?"},
		{"queue -load .5 -load .7", "queue: a flag must be given once: -load"},
		{"all queue -load .5 --load=.7", "queue: a flag must be given once: -load"},
		{"-seed 1 queue -seed 1", "examples: a flag must be given once: -seed"},
		{"-full queue -full", "examples: a flag must be given once: -full"},
		{"queue -load", "queue: -load must have a value, as in -load 0.5,0.7,0.9"},
		{"queue -load -full", "queue: -load must have a value, as in -load 0.5,0.7,0.9"},
		{"queue -seed", "examples: -seed must have a value, as in -seed 7"},
		{"queue -out -quiet", "examples: -out must have a value, as in -out charts"},
		{"queue -out=", `examples: -out must name a folder: ""`},
		{"queue -seed x", "examples: -seed must be a whole number in [0, 18446744073709551615]: x"},
		{"queue -seed -1", "examples: -seed must be a whole number in [0, 18446744073709551615]: -1"},
		{"queue -seed 18446744073709551616", "examples: -seed must be a whole number in [0, 18446744073709551615]: 18446744073709551616"},
		{"queue -full=1", "examples: -full must be true or false: 1"},
		{"queue -full true", "examples: -full must have its value after an equals sign: -full=true"},
		{"kinds -serial false", "examples: -serial must have its value after an equals sign: -serial=false"},
		{"-load .5", "examples: -load is a parameter of kinds, queue: it must follow an experiment's name, as in go run ./examples kinds -load …"},
		{"-servers 2 queue", "examples: -servers is a parameter of queue: it must follow an experiment's name, as in go run ./examples queue -servers …"},
		{"all -servers 2", "examples: -servers is a parameter of queue: name one experiment, not all, as in go run ./examples queue -servers …"},
		{"estimating -servers=2", "examples: -servers is a parameter of queue: name one experiment, not estimating, as in go run ./examples queue -servers …"},
		{"estimating -server 2", "examples: there is no flag -server; did you mean -servers?"},
		{"queue all -servers 2", "examples: -servers is a parameter of queue: name one experiment, not all, as in go run ./examples queue -servers …"},
	} {
		out := filepath.Join(t.TempDir(), "charts")
		args := strings.Fields(k.line)
		if !strings.Contains(k.line, "-out") {
			args = append([]string{"-out", out}, args...)
		}
		code, stdout, stderr := command(c, args...)
		require.Equal(t, exitUsage, code, k.line)
		require.Empty(t, stdout, k.line)
		require.Equal(t, k.want+"\n", stderr, k.line)
		require.NoDirExists(t, out)
	}
	_, _, stderr := command(c, "")
	require.Contains(t, stderr, `there is no experiment or topic "";`)
}

func TestMain_HelpWorksAnywhere(t *testing.T) {
	c := catalogue(queue(mm1), kinds())
	_, general, _ := command(c, "-h")
	_, queueHelp, _ := command(c, "queue", "-h")
	require.Contains(t, general, "the tour")
	require.Contains(t, queueHelp, "Parameters, after the name: go run ./examples queue -load X,...")
	for line, want := range map[string]string{
		"-help":                          general,
		"--help":                         general,
		"all -h":                         general,
		"estimating --h":                 general,
		"nonsense -h":                    general,
		"list -h":                        general,
		"-out queue -h":                  general, // a value, not a name
		"-h queue":                       queueHelp,
		"queue -load 7 -load 8 -help":    queueHelp,
		"queue -load -h":                 queueHelp,
		"queue --no-such -x=3 --help":    queueHelp,
		"all queue -h":                   queueHelp,
		"queue -load .5,.9 -seed -7 --h": queueHelp,
	} {
		code, stdout, stderr := command(c, strings.Fields(line)...)
		require.Equal(t, exitOK, code, line)
		require.Equal(t, want, stdout, line)
		require.Empty(t, stderr, line)
	}
	_, both, _ := command(c, "queue", "kinds", "-h")
	_, kindsHelp, _ := command(c, "kinds", "-h")
	require.Equal(t, queueHelp+"\n"+kindsHelp, both)
}

func TestMain_ExitCodes(t *testing.T) {
	wrong := func(load float64) float64 { return 5 + load }
	broken := running("broken", func(*Run) error { return errors.New("no such thing") })
	input := running("input", func(*Run) error { return Usage(errors.New("line 3 of trace.txt must be a number: x")) })
	panics := running("panics", func(*Run) error { panic("index out of range") })
	unjudged := running("unjudged", func(r *Run) error {
		r.Table("x").Row(1)
		r.Figure(figure())
		r.NotHere("it is known")
		return nil
	})
	sound := trivial("sound", func(*Parameters) {})
	for _, k := range []struct {
		experiments []Experiment
		line        string
		want        int
		stderr      string
	}{
		{[]Experiment{sound}, "all", exitOK, ""},
		{[]Experiment{}, "all", exitOK, ""},
		{[]Experiment{queue(mm1)}, "queue -full -seed 99", exitOK, ""},
		{[]Experiment{queue(wrong)}, "queue", exitFailed, ""},
		{[]Experiment{queue(wrong)}, "queue -full -seed 99", exitFailed, ""}, // common flags are not parameters
		{[]Experiment{queue(wrong)}, "queue -load .5,.7,.9", exitFailed, ""}, // nor is a default, spelt out
		{[]Experiment{queue(wrong)}, "queue -load .5,.9", exitOK, ""},
		{[]Experiment{queue(mm1)}, "queue -load .5", exitOK, ""},
		{[]Experiment{unjudged}, "unjudged", exitFailed, ""},
		{[]Experiment{broken}, "broken", exitFailed, "broken: no such thing\n"},
		{[]Experiment{input}, "input", exitUsage, "input: line 3 of trace.txt must be a number: x\n"},
		{[]Experiment{panics, sound}, "all", exitFailed, "panics: panic: index out of range\n"},
		{[]Experiment{queue(wrong), input, sound}, "all", exitUsage, "input: line 3"}, // the highest counts
		{[]Experiment{input, broken}, "all", exitUsage, "broken: no such thing\n"},
	} {
		out := t.TempDir()
		code, _, stderr := command(catalogue(k.experiments...), append(strings.Fields(k.line), "-out", out, "-quiet")...)
		require.Equal(t, k.want, code, k.line)
		require.Contains(t, stderr, k.stderr)
		if k.stderr == "" {
			require.Empty(t, stderr)
		}
		for _, e := range k.experiments { // whatever the others do, a sound one runs
			if e.Name == "sound" {
				require.FileExists(t, filepath.Join(out, "sound", "data.csv"))
			}
		}
	}
	require.NoError(t, Usage(nil))
}

func TestMain_ChecksEverythingBeforeAnythingRuns(t *testing.T) {
	ran := false
	first := running("first", func(r *Run) error {
		ran = true
		complete(r)
		return nil
	})
	c := catalogue(first, queue(mm1))
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, line := range []string{"first queue -load 2", "first queue -x", "first nosuch", "first -out " + file} {
		code, _, _ := command(c, strings.Fields(line)...)
		require.Equal(t, exitUsage, code, line)
		require.False(t, ran, line)
	}
}
