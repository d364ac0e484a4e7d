package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// binary is the command, built once: go run turns every failure into exit code 1, so the codes need the real thing.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "examples-*")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "examples.exe") // the suffix is for Windows and harms nowhere
		if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
			panic(string(out))
		}
		return m.Run()
	}())
}

// run runs the binary in an empty folder, and says what it left there.
func run(t *testing.T, args ...string) (code int, stdout, stderr string, left []os.DirEntry) {
	t.Helper()
	dir := t.TempDir()
	var out, errs bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		require.True(t, errors.As(err, &exit), err)
		code = exit.ExitCode()
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	return code, out.String(), errs.String(), left
}

func TestBinary_ExitCodes(t *testing.T) {
	for _, c := range []struct {
		line           string
		code           int
		stdout, stderr string
	}{
		{"-h", 0, "Exit codes: 0; 1 if an asserted finding is", ""},
		{"list --help", 0, "a topic: balancing, limiting,", ""},
		{"list", 0, "", ""},
		{"no-such-thing", 2, "", "examples: there is no experiment or topic no-such-thing; go run ./examples list shows what there is\n"},
		{"-seed one", 2, "", "examples: -seed must be a whole number in [0, 18446744073709551615]: one\n"},
		{"utilisation -sweep servers=10", 2, "", "utilisation: -sweep must have two to six values, one small multiple each: 1\n"},
		{"utilisation -baseline none.json", 2, "", "utilisation: -baseline must name the result.json of an earlier run: "},
		{"all -lod 0.9", 2, "", "there is no flag -lod"},
	} {
		code, stdout, stderr, left := run(t, strings.Fields(c.line)...)
		require.Equal(t, c.code, code, c.line)
		require.Contains(t, stdout, c.stdout, c.line)
		require.Contains(t, stderr, c.stderr, c.line)
		require.Equal(t, c.code != 0, stderr != "", c.line)
		require.Empty(t, left, "nothing ran, so nothing may be written: %s", c.line)
	}
}

func TestTour_IsShort(t *testing.T) {
	require.NotEmpty(t, catalogue.Tour, "an empty one would mean every experiment")
	require.LessOrEqual(t, len(catalogue.Tour), 8)
	require.Subset(t, experimentNames(), catalogue.Tour)
}

func TestBinary_ListsEveryExperiment(t *testing.T) {
	_, stdout, _, _ := run(t, "list")
	require.NotEmpty(t, stdout)
	for _, e := range catalogue.Experiments {
		require.Contains(t, stdout, "  "+e.Name+"\n")
	}
}
