package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"pgregory.net/rapid"
)

// slower is the queue of a worse server, as earlier code had it.
func slower(load float64) float64 { return 1.2 * mm1(load) }

// earlier runs a queue into a new folder and returns its result.json.
func earlier(t *testing.T, mean func(float64) float64, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	_, _, stderr := command(catalogue(queue(mean)), append(append([]string{"queue"}, args...), "-out", dir, "-quiet")...)
	require.Empty(t, stderr)
	return filepath.Join(dir, "queue", "result.json")
}

func TestBaseline_ComparesBeforeAndNow(t *testing.T) {
	t.Chdir(t.TempDir())
	_, _, _ = command(catalogue(queue(slower)), "queue", "-quiet")
	first := tree(t, "charts")
	// The baseline lies in the folder that the run replaces.
	code, stdout, stderr := command(catalogue(queue(mm1)), "queue", "-baseline", "./charts//queue/result.json")
	require.Equal(t, exitOK, code, "the present run's findings hold: %s", stderr)
	_, printed, _ := strings.Cut(stdout, "\n\n")
	require.Equal(t, `queue: How long is the wait as a server fills up?
  go run ./examples queue -baseline charts/queue/result.json
          measured      interval  bound
  ✓             10   9.5 to 10.5     10  at load 0.9 a request takes ten times as
                                         long as its service
  before        12  11.5 to 12.5     10  did not hold
  ✓              5                    1  the time grows with the load
  before         5                    1  held

Gallery: charts/index.html
`, printed)

	files := tree(t, "charts")
	require.Equal(t, "load,servers,time_in_service_times\n0.5,1,2\n0.7,1,3.333333333333333\n0.9,1,10.000000000000002\n",
		files["queue/data.csv"], "the data are the present run's")
	require.NotEqual(t, first["queue/data.csv"], files["queue/data.csv"])
	var rec record
	require.NoError(t, json.Unmarshal([]byte(files["queue/result.json"]), &rec))
	require.True(t, rec.Asserted, "a baseline is no parameter")
	require.Equal(t, &baselineRecord{"charts/queue/result.json", "go run ./examples queue"}, rec.Baseline)
	require.Equal(t, "go run ./examples queue -baseline charts/queue/result.json", rec.Command)
	require.InDelta(t, 12, float64(rec.Findings[0].Before.Measured), 1e-9)
	require.False(t, *rec.Findings[0].Before.Holds)
	require.True(t, *rec.Findings[0].Holds)
	require.Len(t, rec.Figure.Panels, 1, "a later run is compared with this one, not with its baseline")
	for _, name := range []string{"queue/light.svg", "queue/dark.svg"} {
		require.Contains(t, files[name], ">before<")
		require.Contains(t, files[name], ">now<")
		require.Contains(t, files[name], "go run ./examples queue -baseline charts/queue/result.json")
	}
	require.Contains(t, gallery(t, "charts"), `<span class="numbers">before: did not hold, measured 12, bound 10</span></li>`)

	// A run that had a baseline is a baseline itself.
	code, stdout, _ = command(catalogue(queue(slower)), "queue", "-baseline", "charts/queue/result.json", "-quiet")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stdout, "✗             12  11.5 to 12.5")
	require.Contains(t, stdout, "before        10   9.5 to 10.5     10  held")
	rec = record{}
	require.NoError(t, json.Unmarshal([]byte(tree(t, "charts")["queue/result.json"]), &rec))
	require.NotNil(t, rec.Findings[0].Before)
	require.Nil(t, rec.Findings[0].Before.Before)
}

// The chart says what else changed, so that nobody puts it down to the code.
func TestBaseline_HeadingsSayWhatChanged(t *testing.T) {
	same := earlier(t, slower)
	for _, c := range []struct {
		baseline string
		args     string
		headline string
		detail   string
	}{
		{same, "", "Waiting explodes as a server fills up", "Mean time in system (service times), exact"},
		{earlier(t, slower, "-servers", "2", "-seed", "9", "-full"), "-load .5,.7", "Waiting explodes as a server fills up",
			"Mean time in system (service times), exact; before: load 0.5,0.7,0.9, now 0.5,0.7; servers 2, now 1; full true, now false; seed 9, now 1"},
	} {
		r, err := Try(queue(mm1), 1, append(strings.Fields(c.args), "-baseline", c.baseline)...)
		require.NoError(t, err)
		require.Equal(t, c.headline, r.Figure.Headline)
		require.Equal(t, c.detail, r.Figure.Detail)
		require.True(t, r.Figure.SharedY)
	}

	b := &baseline{figure: figure(), record: record{Seed: 1}}
	b.figure.Headline, b.figure.Detail = "It was slow", "Something else"
	p, err := queue(mm1).plan(nil)
	require.NoError(t, err)
	require.Equal(t, []heading{
		{"Before: It was slow. Now: Waiting explodes as a server fills up", "the same command, before and now"},
		{"Now: Waiting explodes as a server fills up", "the same command, before and now"},
		{"How long is the wait as a server fills up?", "the same command, before and now"},
	}, b.headings(&Result{plan: p}, figure()))
}

func TestBaseline_UsageErrors(t *testing.T) {
	valid := earlier(t, mm1)
	text, err := os.ReadFile(valid)
	require.NoError(t, err)
	const data = "load,servers,time_in_service_times\n0.5,1,2\n"
	swept := earlier(t, mm1, "-sweep", "servers=1,2")
	sweptText, err := os.ReadFile(swept)
	require.NoError(t, err)
	change := func(from, to string) string {
		changed := strings.Replace(string(text), from, to, 1)
		require.NotEqual(t, string(text), changed, from)
		return changed
	}
	withoutFigure, _, _ := strings.Cut(string(text), ",\n  \"figure\"")
	ran := 0
	counted := queue(func(load float64) float64 { ran++; return mm1(load) })
	for _, k := range []struct{ name, result, data, want string }{
		{"nothing", "", "", "queue: -baseline must name the result.json of an earlier run: stat DIR/result.json: no such file"},
		{"broken", "{", data, "queue: -baseline must name the result.json of an earlier run: DIR/result.json: unexpected end of JSON input"},
		{"foreign", `{"passed": 12}`, data, "DIR/result.json must be an experiment's result, with name, topic, question, command and findings"},
		{"typed", change(`"seed": 1`, `"seed": "one"`), data, "json: cannot unmarshal string"},
		{"huge", string(text) + strings.Repeat(" ", maxResult), data, "DIR/result.json must be a file of at most 4194304 bytes"},
		{"another", change(`"name": "queue"`, `"name": "stack"`), data, "queue: -baseline must be a result of the same experiment: DIR/result.json is one of stack"},
		{"sweep", string(sweptText), data, "queue: -baseline must be a single run, not a sweep: DIR/result.json"},
		{"no figure", withoutFigure + "\n}\n", data, "queue: -baseline must hold the figure of its run: DIR/result.json has none; run it again"},
		{"no panels", change(`"panels":[`, `"panels":[],"other":[`), data, "must hold a figure that can be drawn: DIR/result.json: chart: a figure needs a panel"},
		{"a colour", change(`"color":"blue"`, `"color":"mauve"`), data, "must hold a figure that can be drawn: DIR/result.json: panel 1 has no such colour: mauve"},
		{"no colour", change(`"color":"blue"`, `"color":""`), data, `panel 1 has no such colour: ""`},
		{"a scale", change(`"scale":"linear"`, `"scale":"cubic"`), data, "panel 1 has no such scale: cubic"},
		{"a kind", change(`"kind":"lines"`, `"kind":"pie"`), data, "panel 1 must be lines, bars, a heat map or space-time: pie"},
		{"a gap", change(`"x":[0.5,0.7,0.9]`, `"x":[0.5,0.7]`), data, "x and y must be equally long: 2, 3"},
		{"no data", string(text), "", "queue: -baseline must have its data beside it: stat DIR/data.csv: no such file"},
		{"ragged data", string(text), data + "1,2\n", "must have its data beside it: DIR/data.csv: record on line 3: wrong number of fields"},
		{"no rows", string(text), "load,servers\n", "must have its data beside it: DIR/data.csv must have a header and a row"},
	} {
		t.Run(k.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range map[string]string{"result.json": k.result, "data.csv": k.data} {
				if content != "" {
					require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
				}
			}
			out := filepath.Join(dir, "charts")
			code, stdout, stderr := command(catalogue(counted), "queue", "-baseline", filepath.Join(dir, "result.json"), "-out", out)
			require.Equal(t, exitUsage, code)
			require.Empty(t, stdout)
			said := filepath.ToSlash(strings.ReplaceAll(stderr, dir, "DIR"))
			if strings.Contains(k.want, "no such file") { // the rest is the system's wording
				k.want = k.want[:strings.Index(k.want, ": no such file")]
				k.want = strings.ReplaceAll(k.want, "stat ", "")
				said = strings.NewReplacer("stat ", "", "CreateFile ", "", "GetFileAttributesEx ", "").Replace(said)
			}
			require.Contains(t, said, k.want)
			require.Zero(t, ran, "nothing may run")
			require.NoDirExists(t, out)
		})
	}
	for line, want := range map[string]string{
		"-baseline x queue":             "examples: -baseline belongs to one experiment: it must follow its name, as in go run ./examples queue -baseline …\n",
		"queue -out charts -baseline":   "queue: -baseline must have a value, as in -baseline charts/queue/result.json\n",
		"queue -baseline=":              "queue: -baseline must have a value, as in -baseline charts/queue/result.json\n",
		"queue -baseline x -baseline y": "queue: a flag must be given once: -baseline\n",
		"queue -baseline " + filepath.Dir(valid): fmt.Sprintf("queue: -baseline must name the file, not its folder: %s; try %s\n",
			filepath.Dir(valid), valid),
		"queue -baseline \x01": `queue: -baseline must name the result.json of an earlier run: "\x01"` + "\n",
	} {
		code, stdout, stderr := command(catalogue(counted), strings.Split(line, " ")...)
		require.Equal(t, exitUsage, code, line)
		require.Empty(t, stdout)
		require.Equal(t, want, stderr)
		require.Zero(t, ran)
	}
}

// Which columns the present run has is known when it has run; what is there stays all the same.
func TestBaseline_MustHaveTheSameColumns(t *testing.T) {
	path := earlier(t, mm1)
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), "data.csv"), []byte("load,time_ms\n0.5,2\n"), 0o600))
	out := filepath.Dir(filepath.Dir(path))
	before := tree(t, out)
	code, _, stderr := command(catalogue(queue(mm1)), "queue", "-baseline", path, "-out", out, "-quiet")
	require.Equal(t, exitUsage, code)
	require.Equal(t, "queue: -baseline must have the present run's columns in its data.csv: load,servers,time_in_service_times, not load,time_ms\n", stderr)
	require.Equal(t, before, tree(t, out))
}

func TestBaseline_AFigureThatCannotBeDrawnIsNotTheUsersFault(t *testing.T) {
	bad := running("step", func(r *Run) error {
		complete(r)
		*r.figure = chart.Figure{}
		return nil
	})
	dir := t.TempDir()
	_, _, _ = command(catalogue(running("step", func(r *Run) error { complete(r); return nil })), "step", "-out", dir)
	code, _, stderr := command(catalogue(bad), "step", "-out", dir, "-quiet", "-baseline", filepath.Join(dir, "step", "result.json"))
	require.Equal(t, exitFailed, code)
	require.Equal(t, "step: chart: a figure needs a headline\n", stderr)
}

func TestBaseline_SentencesThatOnlyOneHasStandAlone(t *testing.T) {
	say := func(sentences ...string) Experiment {
		return running("step", func(r *Run) error {
			r.Table("x").Row(1)
			r.Figure(figure())
			r.NotHere("it is known")
			for _, s := range sentences {
				r.Finding(Finding{Sentence: s, Measured: 1, Bound: 2, Holds: true})
			}
			return nil
		})
	}
	dir := t.TempDir()
	_, _, _ = command(catalogue(say("old", "both")), "step", "-out", dir)
	_, stdout, _ := command(catalogue(say("both", "new")), "step", "-out", dir, "-baseline", filepath.Join(dir, "step", "result.json"))
	require.Contains(t, stdout, `          measured  bound
  ✗              –      –  it is known
  before         –      –  could not be judged
  ✓              1      2  both
  before         1      2  held
  ✓              1      2  new

`)
}

// The same run with the same baseline gives the same bytes, and so does its canonical command.
func TestBaseline_WritesTheSameBytesAgain(t *testing.T) {
	path := earlier(t, slower)
	run := func(args ...string) map[string]string {
		dir := t.TempDir()
		code, _, stderr := command(catalogue(queue(mm1)), append(args, "-out", dir, "-quiet")...)
		require.Equal(t, exitOK, code, stderr)
		return tree(t, dir)
	}
	one := run("queue", "-seed", "2", "-baseline", path)
	require.Equal(t, one, run("-seed=2", "queue", "--baseline="+filepath.Dir(path)+"/./result.json"))
	var rec record
	require.NoError(t, json.Unmarshal([]byte(one["queue/result.json"]), &rec))
	require.Equal(t, one, run(words(rec.Command)[3:]...))
}

// The earlier run comes first, and its numbers are printed as the present run prints them.
func TestBaseline_PanelsAreBeforeAndNow(t *testing.T) {
	percent := func(v float64) string { return fmt.Sprintf("%.0f%%", 100*v) }
	measuring := func(v float64) Experiment {
		return running("step", func(r *Run) error {
			r.Table("x").Row(1)
			f := figure()
			f.Panels = []chart.Panel{chart.Bars{Groups: []string{"g"}, Series: []chart.Bar{{Color: chart.Blue, Y: []float64{v}}}, Format: percent}}
			if v > 1 {
				f.Panels = []chart.Panel{chart.HeatMap{Columns: []string{"c"}, Rows: []string{"r"}, Values: [][]float64{{v}}, Format: percent}}
			}
			r.Figure(f)
			r.Finding(Finding{Sentence: "it runs", Measured: v, Bound: 1, Holds: true})
			return nil
		})
	}
	for _, c := range []struct {
		before, now float64
		want        []string
	}{
		{.25, .5, []string{">25%<", ">50%<"}},
		{1.25, 1.5, []string{">125%<", ">150%<"}},
		{.25, 1.5, []string{">0.25<", ">150%<"}}, // another kind of panel has no format to lend
	} {
		dir := t.TempDir()
		_, _, _ = command(catalogue(measuring(c.before)), "step", "-out", dir)
		r, err := Try(measuring(c.now), 1, "-baseline", filepath.Join(dir, "step", "result.json"))
		require.NoError(t, err)
		svg, err := r.Figure.SVG(chart.Light)
		require.NoError(t, err)
		for _, want := range c.want {
			require.Contains(t, string(svg), want)
		}
		values := func(p chart.Panel) float64 {
			if bars, ok := p.(chart.Bars); ok {
				return bars.Series[0].Y[0]
			}
			return p.(chart.HeatMap).Values[0][0]
		}
		require.Equal(t, []float64{c.before, c.now}, []float64{values(r.Figure.Panels[0]), values(r.Figure.Panels[1])})
	}
}

// A figure that went through result.json is drawn as it was.
func TestLaw_DrawingReadsBack(t *testing.T) {
	colors := []chart.Color{chart.Blue, chart.Orange, chart.Green, chart.Pink, chart.Baseline, chart.Theory}
	rapid.Check(t, func(t *rapid.T) {
		values := func(label string, n int) (y, low, high []float64) {
			banded := rapid.Bool().Draw(t, label+" band")
			for i := range n {
				v := rapid.Float64Range(0.01, 1e6).Draw(t, label)
				if i > 0 && rapid.IntRange(0, 4).Draw(t, label+" gap") == 0 {
					v = math.NaN()
				}
				y = append(y, v)
				if banded {
					low, high = append(low, v/2), append(high, v*2)
				}
			}
			return y, low, high
		}
		axis := func(label string, scales ...chart.Scale) chart.Axis {
			a := chart.Axis{Scale: rapid.SampledFrom(scales).Draw(t, label)}
			if rapid.Bool().Draw(t, label+" end") {
				end := 3e6
				a.Max = &end
			}
			return a
		}
		names := []string{"one", "two <&>", "é"}
		f := chart.Figure{Headline: "A & b <c>", Detail: "d", Footer: "e"}
		count := rapid.IntRange(1, 3).Draw(t, "panels")
		for i := range count {
			title := fmt.Sprint("panel ", i)
			order := rapid.Permutation(colors).Draw(t, "colours")
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				p := chart.Lines{Title: title, X: chart.Axis{Name: "x", Scale: rapid.SampledFrom([]chart.Scale{chart.Linear, chart.Percentile}).Draw(t, "x")},
					Y: axis("y", chart.Linear, chart.Log)}
				for s := range rapid.IntRange(1, 3).Draw(t, "series") {
					y, low, high := values("line", 3)
					p.Series = append(p.Series, chart.Line{Name: names[s], Color: order[s], X: []float64{0, .5, .99}, Y: y, Low: low, High: high})
				}
				f.Panels = append(f.Panels, p)
			case 1:
				p := chart.Bars{Title: title, Name: "groups", Groups: []string{"g", "h"}, Y: axis("y", chart.Linear)}
				y, low, high := values("bar", 2)
				p.Series = []chart.Bar{{Color: order[0], Y: y, Low: low, High: high}}
				f.Panels = append(f.Panels, p)
			case 2:
				f.Panels = append(f.Panels, chart.SpaceTime{Title: title, Name: "time (s)", Lanes: []string{"p", "q"},
					Bars:   []chart.LaneBar{{Lane: 0, From: 0, To: 3, Labels: []string{"a long write", "w"}, Color: order[0]}, {Lane: 1, From: 0.5, To: 2, Color: order[1]}},
					Arrows: []chart.LaneArrow{{From: 0, To: 1, Sent: 0.25, Arrived: 1, Color: order[2]}},
				})
			default:
				a, _, _ := values("cell", 2)
				f.Panels = append(f.Panels, chart.HeatMap{Title: title, Name: "columns", Columns: []string{"c", "d"}, Rows: []string{"r"}, Values: [][]float64{a}})
			}
		}
		f.SharedY = rapid.Bool().Draw(t, "shared")
		want, err := f.SVG(chart.Dark)
		if err != nil {
			t.Skip("not every figure fits")
		}
		object, err := addFigure([]byte("{\n  \"name\": \"x\"\n}\n"), drawingOf(f))
		if err != nil {
			t.Fatalf("a figure that can be drawn must be stored: %v", err)
		}
		var read record
		if err := json.Unmarshal(object, &read); err != nil || bytes.Count(object, []byte("\n")) != 4 {
			t.Fatalf("the figure must be one line of a JSON object: %v\n%s", err, object)
		}
		if bytes.Contains(object, []byte(`\u003c`)) {
			t.Fatalf("text must stay readable: %s", object)
		}
		back, err := read.Figure.figure()
		if err != nil {
			t.Fatalf("what was stored must be read: %v", err)
		}
		back.Footer = f.Footer
		got, err := back.SVG(chart.Dark)
		if err != nil || !bytes.Equal(want, got) {
			t.Fatalf("a figure that was stored must be drawn as it was: %v\n%s", err, object)
		}
	})
}
