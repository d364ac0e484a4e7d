package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

func TestSweep_CanonicalCommand(t *testing.T) {
	c := catalogue(queue(mm1), kinds())
	for _, k := range []struct{ line, want string }{
		{"queue -sweep servers=01,10,+100", "queue -sweep servers=1,10,100"},
		{"queue -sweep=servers=10,1", "queue -sweep servers=10,1"}, // order is a value
		{"queue --sweep load=.5,.70 -seed 3 -servers 2 -full", "queue -servers 2 -sweep load=0.5,0.7 -full -seed 3"},
		{"queue -sweep servers=2,3 kinds -sweep serial=true,false", "queue -sweep servers=2,3; kinds -sweep serial=true,false"},
		{"all kinds -sweep ratio=-1,.5", "kinds -sweep ratio=-1,0.5; queue"},
		{"kinds -sweep timeout=60s,.5s", "kinds -sweep timeout=1m0s,500ms"},
		{"kinds -sweep note=a=b,it's", `kinds -sweep 'note=a=b,it'\''s'`},
	} {
		require.Equal(t, k.want, strings.Join(commandsOf(t, c, strings.Fields(k.line)...), "; "), k.line)
	}
}

func TestSweep_UsageErrors(t *testing.T) {
	blank := trivial("blank", func(*Parameters) {})
	custom := trivial("custom", func(p *Parameters) {
		Value(p, "pair", "a,a", "", "two letters", func(s string) (string, string, error) {
			first, _, _ := strings.Cut(s, ",")
			return s, first + "," + first, nil
		})
	})
	pair := trivial("pair", func(p *Parameters) {
		a, b := p.Int("low", 1, "", "low end"), p.Int("high", 5, "", "high end")
		if a > b {
			p.Refuse(errors.New("-low must not exceed -high"))
		}
	})
	c := catalogue(queue(mm1), kinds(), blank, custom, pair)
	for _, k := range []struct{ line, want string }{
		{"-sweep servers=1,2 queue", "examples: -sweep belongs to one experiment: it must follow its name, as in go run ./examples kinds -sweep …"},
		{"all -sweep servers=1,2", "examples: -sweep belongs to one experiment: it must follow its name, as in go run ./examples kinds -sweep …"},
		{"queue -sweep", "queue: -sweep must have a value, as in -sweep NAME=V1,V2,..."},
		{"queue -sweep=", "queue: -sweep must have a value, as in -sweep NAME=V1,V2,..."},
		{"queue -sweep -full", "queue: -sweep must have a value, as in -sweep NAME=V1,V2,..."},
		{"queue -sweep servers", "queue: -sweep must be NAME=V1,V2,...: servers"},
		{"queue -sweep 1,2", "queue: -sweep must be NAME=V1,V2,...: 1,2"},
		{"queue -sweep servers=", `queue: -sweep must be values separated by commas, none of them empty: ""`},
		{"queue -sweep servers=1,,2", "queue: -sweep must be values separated by commas, none of them empty: 1,,2"},
		{"queue -sweep servers=1", "queue: -sweep must have two to six values, one small multiple each: 1"},
		{"queue -sweep servers=1,2,3,4,5,6,7", "queue: -sweep must have two to six values, one small multiple each: 7"},
		{"queue -sweep servers=1,2,01", "queue: -sweep must not repeat a value: 1"},
		{"queue -sweep load=.5,0.5", "queue: -sweep must not repeat a value: 0.5"},
		{"queue -sweep server=1,2", "queue: -sweep must name a parameter: server; did you mean servers?"},
		{"queue -sweep xyzzy=1,2", "queue: -sweep must name a parameter: xyzzy; it has load, servers"},
		{"queue -sweep seed=1,2", "queue: -sweep must name a parameter: seed; it has load, servers"},
		{"queue -sweep =1,2", `queue: -sweep must name a parameter: ""; it has load, servers`},
		{"blank -sweep x=1,2", "blank: -sweep must name a parameter, and this experiment has none: x=1,2"},
		{"queue -servers 3 -sweep servers=1,2", "queue: -sweep must name a parameter that is not given as well: -servers"},
		{"queue -sweep servers=1,2 -servers 3", "queue: -sweep must name a parameter that is not given as well: -servers"},
		{"queue -sweep servers=1,2 -sweep load=.5,.7", "queue: a flag must be given once: -sweep"},
		{"queue -sweep servers=0,1,x", "queue: -servers must be at least 1: 0\nqueue: -servers must be a whole number: x"},
		{"queue -sweep load=.5,NaN", "queue: -load must be a finite number: NaN"},
		{"queue -load 2 -sweep servers=1,2", "queue: -load must lie in (0, 1): 2"}, // said once, not once a value
		{"pair -sweep low=1,9", "pair: -low must not exceed -high"},
		{"custom -sweep pair=a,b", "custom: -sweep must have values that are written without a comma: a,a\ncustom: -sweep must have values that are written without a comma: b,b"},
		{"queue -sweep servers=1,2 -baseline x", "queue: -sweep and -baseline must not be combined: a baseline is compared with a single run"},
		{"queue -baseline x -sweep servers=1,2", "queue: -sweep and -baseline must not be combined: a baseline is compared with a single run"},
	} {
		out := filepath.Join(t.TempDir(), "charts")
		code, stdout, stderr := command(c, append([]string{"-out", out}, strings.Fields(k.line)...)...)
		require.Equal(t, exitUsage, code, k.line)
		require.Empty(t, stdout, k.line)
		require.Equal(t, k.want+"\n", stderr, k.line)
		require.NoDirExists(t, out)
	}
	// A value that fits the other parameters only together with them is no error: each run stands for itself.
	require.Equal(t, []string{"pair -high 0 -sweep low=-2,-1"}, commandsOf(t, c, "pair", "-high", "0", "-sweep", "low=-2,-1"))
}

func TestSweep_RunsOnceAValue(t *testing.T) {
	dir := t.TempDir()
	// The formula is broken, and still nothing is asserted.
	code, stdout, stderr := command(catalogue(queue(func(load float64) float64 { return 5 + load })),
		"queue", "-load", ".5,.7", "-sweep", "servers=10,100", "-seed", "4", "-out", dir)
	require.Equal(t, exitOK, code)
	require.Equal(t, "  servers = 10\n  2 loads\n  servers = 100\n  2 loads\n", stderr)
	_, printed, _ := strings.Cut(stdout, "\n\n")
	require.Equal(t, `queue: How long is the wait as a server fills up?
  go run ./examples queue -load 0.5,0.7 -sweep servers=10,100 -seed 4
            measured  bound
  not here         –      –  servers = 10: at load 0.9 a request takes ten times
                             as long as its service
  observed     1.036      1  servers = 10: the time grows with the load
  not here         –      –  servers = 100: at load 0.9 a request takes ten
                             times as long as its service
  observed     1.036      1  servers = 100: the time grows with the load

Gallery: `+filepath.Join(dir, "index.html")+"\n", printed)

	files := tree(t, dir)
	require.Equal(t, `load,servers,time_in_service_times
0.5,10,5.5
0.7,10,5.7
0.5,100,5.5
0.7,100,5.7
`, files["queue/data.csv"])
	var rec record
	require.NoError(t, json.Unmarshal([]byte(files["queue/result.json"]), &rec))
	require.Equal(t, &sweepRecord{"servers", []string{"10", "100"}}, rec.Sweep)
	require.JSONEq(t, `{"load":[0.5,0.7],"servers":[10,100]}`, string(rec.Parameters))
	require.Equal(t, described{"servers", "10, 100", "1", "servers", "servers that share the load"}, rec.Described[1])
	require.Equal(t, "go run ./examples queue -load 0.5,0.7 -sweep servers=10,100 -seed 4", rec.Command)
	require.Equal(t, "How long is the wait as a server fills up?", rec.Headline)
	require.Equal(t, "Mean time in system (service times), exact; servers: servers that share the load", rec.Detail)
	require.False(t, rec.Asserted)
	require.Nil(t, rec.Figure)
	require.Len(t, rec.Findings, 4)
	for _, name := range []string{"queue/light.svg", "queue/dark.svg"} {
		require.Contains(t, files[name], "estimate · seed 4 · go run ./examples queue -load 0.5,0.7 -sweep servers=10,100 -seed 4")
		require.Contains(t, files[name], ">servers = 10<")
		require.Contains(t, files[name], ">servers = 100<")
	}
	require.Contains(t, files["index.html"], "Parameters: 2 changed")
	gallery(t, dir) // well formed
}

// Each value runs with the seed of the whole, as it would run alone.
func TestSweep_EachRunIsTheRunAlone(t *testing.T) {
	e := running("seeded", nil)
	e.New = func(p *Parameters) func(*Run) error {
		size := p.Int("cache-size", 3, "items", "size of the cache")
		return func(r *Run) error {
			r.Table("seed", "full").Row(r.Seed+uint64(size), r.Full)
			r.Figure(figure())
			r.Finding(Finding{Sentence: "it runs", Measured: float64(size), Bound: 1, Holds: true})
			return nil
		}
	}
	whole, err := Try(e, 40, "-full", "-sweep", "cache-size=3,1,7")
	require.NoError(t, err)
	require.Equal(t, []string{"cache_size", "seed", "full"}, whole.Columns, "the columns do not say the value, so one more does")
	require.Equal(t, [][]string{{"3", "43", "true"}, {"1", "41", "true"}, {"7", "47", "true"}}, whole.Rows)
	require.NoError(t, whole.Err())
	require.Len(t, whole.Figure.Panels, 3)
	for i, size := range []string{"3", "1", "7"} {
		alone, err := Try(e, 40, "-full", "-cache-size", size)
		require.NoError(t, err)
		require.Equal(t, alone.Rows[0], whole.Rows[i][1:])
		require.Equal(t, "cache-size = "+size+": it runs", whole.Findings[i].Sentence)
		require.Equal(t, alone.Findings[0].Measured, whole.Findings[i].Measured)
	}
}

func TestSweep_SaysWhichValueFailed(t *testing.T) {
	with := func(run func(n int, r *Run) error) Experiment {
		e := running("step", nil)
		e.New = func(p *Parameters) func(*Run) error {
			n := p.Int("n", 1, "", "a number")
			return func(r *Run) error { return run(n, r) }
		}
		return e
	}
	for want, run := range map[string]func(int, *Run) error{
		"step: it broke; with n = 2": func(n int, r *Run) error {
			complete(r)
			return map[int]error{2: errors.New("it broke")}[n]
		},
		"step: chart: a figure needs a headline; with n = 1": func(n int, r *Run) error {
			complete(r)
			*r.figure = chart.Figure{}
			return nil
		},
		"step: the columns must be the same for every value of a sweep: n,x, then n,y; with n = 2": func(n int, r *Run) error {
			r.Table(map[int]string{1: "x", 2: "y"}[n]).Row(n)
			r.Figure(figure())
			r.NotHere("it is known")
			return nil
		},
		"step: the figures of the sweep do not fit on one canvas: chart: one colour has two names in the figure's bars: \"n 1\", \"n 2\"": func(n int, r *Run) error {
			r.Table("n").Row(n)
			f := figure()
			f.Panels = []chart.Panel{chart.Bars{Groups: []string{"g"}, Series: []chart.Bar{{Name: fmt.Sprint("n ", n), Color: chart.Blue, Y: []float64{1}}}}}
			r.Figure(f)
			r.NotHere("it is known")
			return nil
		},
	} {
		_, err := Try(with(run), 1, "-sweep", "n=1,2")
		require.EqualError(t, err, want)
	}
	usage := with(func(n int, r *Run) error { return Usage(errors.New("no such trace")) })
	code, _, _ := command(catalogue(usage), "step", "-sweep", "n=1,2", "-out", t.TempDir())
	require.Equal(t, exitUsage, code)
}

func TestSweep_WritesTheSameBytesAgain(t *testing.T) {
	run := func(args ...string) map[string]string {
		dir := t.TempDir()
		code, _, stderr := command(catalogue(queue(mm1)), append(args, "-out", dir, "-quiet")...)
		require.Equal(t, exitOK, code, stderr)
		return tree(t, dir)
	}
	one := run("queue", "-sweep", "load=.5,.9", "-seed", "3")
	require.Equal(t, one, run("queue", "-seed=3", "-sweep=load=0.50, 9e-1"))
	require.Len(t, one, 7)
}

// Even if its values, joined, read like a default, a sweep asserts nothing and its command says what it is.
func TestSweep_IsNeverTheDefault(t *testing.T) {
	e := trivial("listed", func(p *Parameters) {
		Value(p, "note", "1, 2", "", "free text", func(s string) (string, string, error) { return s, s, nil })
	})
	r, err := Try(e, 1, "-sweep", "note=1,2")
	require.NoError(t, err)
	require.False(t, r.plan.asserted())
	require.Equal(t, "go run ./examples listed -sweep note=1,2", r.Command)
}

// panels is a figure of so many panels.
func panels(count int, sharedY bool, scales ...chart.Scale) chart.Figure {
	f := figure()
	one := f.Panels[0].(chart.Lines)
	f.Panels, f.SharedY = nil, sharedY
	for i := range count {
		p := one
		if count > 1 {
			p.Title = string(rune('a' + i))
		}
		if i < len(scales) {
			p.Y.Scale = scales[i]
		}
		f.Panels = append(f.Panels, p)
	}
	return f
}

func TestMultiples_ArrangePanels(t *testing.T) {
	heat := func(count int) chart.Figure {
		f := figure()
		f.Panels = nil
		for i := range count {
			f.Panels = append(f.Panels, chart.HeatMap{Title: string(rune('a' + i)), Columns: []string{"x"}, Rows: []string{"y"}, Values: [][]float64{{1}}})
		}
		return f
	}
	bars := panels(1, false)
	bars.Panels[0] = chart.Bars{Groups: []string{"g"}, Series: []chart.Bar{{Color: chart.Blue, Y: []float64{1}}}}
	logBars := panels(1, false, chart.Log)
	// three panels of their own axes, of which only the middle one tells the runs apart
	middle := panels(3, false)
	other := middle.Panels[1].(chart.Lines)
	other.Series = slices.Clone(other.Series)
	other.Series[0].Y = slices.Clone(other.Series[0].Y)
	other.Series[0].Y[0] /= 2
	middle.Panels[1] = other
	for _, c := range []struct {
		name   string
		runs   []chart.Figure
		want   string
		shared bool
	}{
		{"one panel each", []chart.Figure{panels(1, false), panels(1, false)}, "1|2", true},
		{"values across, panels down", []chart.Figure{panels(2, true), panels(2, true)}, "1, a|2, a|1, b|2, b", true},
		{"three values of two panels", []chart.Figure{panels(2, true), panels(2, true), panels(2, true)}, "1, a|2, a|3, a|1, b|2, b|3, b", true},
		{"two values of three panels", []chart.Figure{panels(3, true), panels(3, true)}, "1, a|1, b|1, c|2, a|2, b|2, c", true},
		{"too many panels", []chart.Figure{panels(4, true), panels(4, true)}, "1, a|2, a", true},
		{"other numbers of panels", []chart.Figure{panels(2, true), panels(1, true)}, "1, a|2", true},
		{"panels of different things", []chart.Figure{panels(2, false), panels(2, false)}, "1, a|2, a", true},
		{"the first panel that differs", []chart.Figure{panels(3, false), panels(3, false), middle}, "1, b|2, b|3, b", true},
		{"unlike axes", []chart.Figure{panels(1, false), logBars}, "1|2", false},
		{"heat maps", []chart.Figure{heat(2), heat(2)}, "1, a|2, a|1, b|2, b", false},
		{"bars and lines", []chart.Figure{bars, panels(1, false)}, "1|2", true},
	} {
		f, err := multiples(c.runs, []string{"1", "2", "3"}[:len(c.runs)], []heading{{"H", "D"}}, "F")
		require.NoError(t, err, c.name)
		var titles []string
		for _, p := range f.Panels {
			switch p := p.(type) {
			case chart.Lines:
				titles = append(titles, p.Title)
			case chart.Bars:
				titles = append(titles, p.Title)
			case chart.HeatMap:
				titles = append(titles, p.Title)
			}
		}
		require.Equal(t, c.want, strings.Join(titles, "|"), c.name)
		require.Equal(t, c.shared, f.SharedY, c.name)
	}
	long := strings.Repeat("word ", 200)
	f, err := multiples([]chart.Figure{panels(1, true), panels(1, true)}, []string{"1", "2"}, []heading{{long, "D"}, {"H", long}, {"H", "D"}}, "F")
	require.NoError(t, err)
	require.Equal(t, "H D", f.Headline+" "+f.Detail, "the first heading that fits")
	require.Empty(t, panels(1, true).Panels[0].(chart.Lines).Title)
	_, err = multiples([]chart.Figure{panels(1, true), panels(1, true)}, []string{"1", "2"}, []heading{{long, "D"}}, "F")
	require.ErrorContains(t, err, "chart: headline")
}

func TestInCommon_KeepsWhatAllSay(t *testing.T) {
	for _, c := range []struct {
		details []string
		want    string
	}{
		{[]string{"a, b; c", "a, b; c"}, "a, b; c"},
		{[]string{"time; 10 servers, exponential; 5 runs", "time; 100 servers, exponential; 5 runs"}, "time; exponential; 5 runs"},
		{[]string{"time; 10 servers; 5 runs", "time; 100 servers; 5 runs", "time; 100 servers; 5 runs"}, "time; 5 runs"},
		{[]string{"time; dashed: A, B", "time; dashed: A, C"}, "time"}, // a list is whole or not there
		{[]string{"time; 5 runs; no curve", "time; no curve"}, "time; no curve"},
		{[]string{"a, b", "a, b, c"}, ""},
		{[]string{"a", "b"}, ""},
	} {
		require.Equal(t, c.want, inCommon(c.details))
	}
}

// The headline of a sweep is the question; where it is too long, what is swept.
func TestSweep_ALongQuestionGivesWay(t *testing.T) {
	e := queue(mm1)
	e.Question = strings.Repeat("Really? ", 60)
	r, err := Try(e, 1, "-sweep", "servers=1,2")
	require.NoError(t, err)
	require.Equal(t, "queue, servers = 1, 2", r.Figure.Headline)
	_, err = r.Files()
	require.NoError(t, err)
}
