package lab

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

// tree lists every file below dir with its content; folders end in a slash.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if d.IsDir() {
			all[name+"/"] = ""
			return nil
		}
		data, err := os.ReadFile(path)
		all[name] = string(data)
		return err
	}))
	return all
}

func TestMain_WritesTheSameBytesAgain(t *testing.T) {
	run := func(c Catalogue, args ...string) map[string]string {
		dir := t.TempDir()
		code, _, stderr := command(c, append(args, "-out", dir, "-quiet")...)
		require.Equal(t, exitOK, code, stderr)
		return tree(t, dir)
	}
	c := catalogue(queue(mm1), kinds())
	one := run(c, "queue", "kinds", "-seed", "5", "-count", "4")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	require.Equal(t, one, run(c, "-seed=5", "kinds", "--count=04", "queue", "-load", "0.50,0.70,0.90"))
	require.Equal(t, []string{
		"index.html",
		"kinds/", "kinds/chart.png", "kinds/dark.svg", "kinds/data.csv", "kinds/light.svg", "kinds/result.json",
		"queue/", "queue/chart.png", "queue/dark.svg", "queue/data.csv", "queue/light.svg", "queue/result.json",
	}, slices.Sorted(mapKeys(one)))
	require.Equal(t, `load,servers,time_in_service_times
0.5,1,2
0.7,1,3.333333333333333
0.9,1,10.000000000000002
`, one["queue/data.csv"])
	require.Contains(t, one["queue/light.svg"], "estimate · seed 5 · go run ./examples queue -seed 5")
	require.Contains(t, one["queue/dark.svg"], "estimate · seed 5 · go run ./examples queue -seed 5")
}

// Whatever stops a run, the results of the one before stay as they were, and nothing else appears.
func TestMain_AFailureLeavesTheEarlierResults(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "deep", "charts")
	step := func(run func(*Run) error) (int, string) {
		code, _, stderr := command(catalogue(running("step", run)), "step", "-out", out)
		return code, stderr
	}
	sound := func(r *Run) error { complete(r); return nil }
	failures := []struct {
		run  func(*Run) error
		want string
	}{
		{func(r *Run) error { complete(r); return errors.New("it broke") }, "step: it broke"},
		{func(r *Run) error { complete(r); panic("boom") }, "step: panic: boom"},
		{func(r *Run) error { return nil }, "step: a run must fill a table\na run must draw a figure\na run must state a finding"},
		{func(r *Run) error { r.Table("x").Row(1); r.Figure(chart.Figure{}); r.NotHere("s"); return nil }, "step: chart: "},
		{func(r *Run) error { r.Table("x"); r.Figure(figure()); r.NotHere("s"); return nil }, "step: the table must have a row"},
		{func(r *Run) error { complete(r); r.Table("y").Row(1); return nil }, "step: a run must have one table: a second one was opened"},
		{func(r *Run) error { complete(r); r.Figure(figure()); return nil }, "step: a run must have one figure: a second one was drawn"},
		{func(r *Run) error { complete(r); complete(r); return nil }, "a finding must be stated once: it runs"},
		{func(r *Run) error { complete(r); r.Finding(Finding{}); return nil }, `step: a finding must be one line of text: ""`},
		{func(r *Run) error { complete(r); r.Finding(Finding{Sentence: "s", Low: 2, High: 1}); return nil },
			"step: a finding's low must not exceed its high: 2 1: s"},
		{func(r *Run) error {
			complete(r)
			r.NotHere("s")
			r.findings[1].Holds = true
			r.Finding(r.findings[1])
			return nil
		},
			"step: a finding without a measured number cannot hold: s"},
		{func(r *Run) error { complete(r); r.table.Row(1, 2); return nil }, "step: a row must have a cell for each of the 1 columns: [1 2]"},
		{func(r *Run) error { complete(r); r.table.Row(float32(1)); return nil },
			"step: column x: a cell must be a string, a number, a bool or nil: 1 (float32)"},
		{func(r *Run) error { complete(r); r.table.columns = []string{""}; return nil }, `step: a column must have a name of its own: ""`},
	}
	for _, f := range failures {
		code, stderr := step(f.run)
		require.Equal(t, exitFailed, code, f.want)
		require.Contains(t, stderr, f.want)
		require.Empty(t, tree(t, dir), "nothing was there, so nothing may be: %s", f.want)
	}
	code, _ := step(sound)
	require.Equal(t, exitOK, code)
	before := tree(t, dir)
	require.Len(t, before, 9)
	for _, f := range failures {
		code, _ := step(f.run)
		require.Equal(t, exitFailed, code)
		require.Equal(t, before, tree(t, dir), f.want)
	}
}

func TestMain_RefusesAnOutThatItCannotOrMustNotWrite(t *testing.T) {
	ran := false
	c := catalogue(running("step", func(r *Run) error {
		ran = true
		complete(r)
		return nil
	}))
	for _, k := range []struct {
		name  string
		files map[string]string // what is there
		out   string
		want  string
	}{
		{"a file", map[string]string{"charts": ""}, "charts", "must be a folder that can be written: "},
		{"below a file", map[string]string{"charts": ""}, "charts/a/b", "must be a folder that can be written: "},
		{"a file in the way", map[string]string{"charts/step": ""}, "charts",
			"charts/step must be a folder of results, to be replaced, and is something else; choose another -out"},
		{"a folder with something else", map[string]string{"step/data.csv": "", "step/main.go": ""}, ".",
			"step must hold nothing but results, to be replaced; move main.go away or choose another -out"},
		{"a folder of that name", map[string]string{"step/data.csv/notes": ""}, ".", "move data.csv away"},
		{"another page", map[string]string{"index.html": "<h1>My home page</h1>"}, ".", "index.html must be a gallery, to be replaced, and is another page"},
		{"a folder as page", map[string]string{"index.html/x": ""}, ".", "must be a folder that can be written: "},
	} {
		t.Run(k.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, data := range k.files {
				path := filepath.Join(dir, name)
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
				require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
			}
			before := tree(t, dir)
			t.Chdir(dir)
			code, stdout, stderr := command(c, "step", "-out", filepath.FromSlash(k.out))
			require.Equal(t, exitUsage, code)
			require.Empty(t, stdout)
			require.Contains(t, filepath.ToSlash(stderr), k.want)
			require.False(t, ran)
			require.Equal(t, before, tree(t, dir))
		})
	}
}

// What becomes unwritable during the run is the user's to cure too.
func TestMain_AFailedWriteIsForTheUserToCure(t *testing.T) {
	out := filepath.Join(t.TempDir(), "charts")
	code, _, stderr := command(catalogue(running("step", func(r *Run) error {
		complete(r)
		return os.WriteFile(out, nil, 0o600)
	})), "step", "-out", out)
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "step: ")
	require.FileExists(t, out)
}

func TestMain_OutMayLeadThroughWhatIsNotThere(t *testing.T) {
	t.Chdir(t.TempDir())
	code, stdout, _ := command(catalogue(kinds()), "kinds", "-out", "missing/../charts")
	require.Equal(t, exitOK, code)
	require.Contains(t, filepath.ToSlash(stdout), "Gallery: charts/index.html\n")
	require.NoDirExists(t, "missing")
}

func TestProgress_MayComeFromAnyGoroutine(t *testing.T) {
	code, _, stderr := command(catalogue(running("step", func(r *Run) error {
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() { r.Progress("replication %d", i) })
		}
		all.Wait()
		complete(r)
		return nil
	})), "step", "-out", t.TempDir())
	require.Equal(t, exitOK, code)
	require.Equal(t, 20, strings.Count(stderr, "  replication "))
}

func TestCheckOut_LeavesNothing(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, checkOut(filepath.Join(dir, "a", "b", "c"), []string{"x"}))
	require.Empty(t, tree(t, dir))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a"), 0o700))
	require.NoError(t, checkOut(filepath.Join(dir, "a", "b"), nil))
	require.Equal(t, map[string]string{"a/": ""}, tree(t, dir))
	require.Error(t, checkOut(filepath.Join(dir, strings.Repeat("x", 5000)), nil))
	require.Error(t, checkOut(filepath.Join(dir, "b", "c", strings.Repeat("x", 5000)), nil))
	require.Equal(t, map[string]string{"a/": ""}, tree(t, dir), "folders made on the way to a failure must go")
}

func TestReplaceFolder_LitterIsNoObstacle(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "x"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x", ".DS_Store"), nil, 0o600))
	require.NoError(t, replaceFolder(dir, "x", []File{{fileData, []byte("1")}}))
	require.Equal(t, map[string]string{"x/": "", "x/data.csv": "1"}, tree(t, dir))
	require.Error(t, replaceFolder(dir, "x", []File{{"no/such/folder", nil}}))
	require.Equal(t, map[string]string{"x/": "", "x/data.csv": "1"}, tree(t, dir))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x", "notes"), nil, 0o600))
	require.Error(t, replaceFolder(dir, "x", []File{{fileData, []byte("2")}}), "notes that came during the run are not lost")
	require.FileExists(t, filepath.Join(dir, "x", "notes"))
}

func TestSwap_PutsTheEarlierFolderBack(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, os.WriteFile(at("next"), []byte("new"), 0o600))
	require.NoError(t, os.WriteFile(at("folder"), []byte("old"), 0o600))
	before := tree(t, dir)
	failing := errors.New("disk on fire")
	failAt := func(calls ...int) func(from, to string) error {
		n := 0
		return func(from, to string) error {
			if n++; slices.Contains(calls, n) {
				return failing
			}
			return os.Rename(from, to)
		}
	}
	for _, call := range []int{1, 2} {
		require.ErrorIs(t, swap(at("next"), at("folder"), at("last"), failAt(call)), failing)
		require.Equal(t, before, tree(t, dir))
	}
	require.NoError(t, aside(t.TempDir(), func(string) error { return nil }))
	err := swap(at("next"), at("folder"), at("last"), failAt(2, 3))
	require.ErrorIs(t, err, errLeft)
	require.ErrorContains(t, err, at("last"))
	require.Equal(t, map[string]string{"next": "new", "last": "old"}, tree(t, dir))

	// The folder aside goes, unless it holds the only copy of something.
	for _, c := range []struct {
		err  error
		left int
	}{{nil, 0}, {failing, 0}, {errLeft, 1}} {
		dir := t.TempDir()
		require.ErrorIs(t, aside(dir, func(string) error { return c.err }), c.err)
		require.Len(t, tree(t, dir), c.left)
	}
}
