package lab

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func fields(r io.Reader) ([]string, error) {
	text, err := io.ReadAll(r)
	if err == nil && len(text) == 0 {
		err = errors.New("there is no word in it")
	}
	return strings.Fields(string(text)), err
}

// readings declares both forms of a file's parameter, and tells what each run gets.
func readings(got *[]string) Experiment {
	e := trivial("readings", func(*Parameters) {})
	e.New = func(p *Parameters) func(*Run) error {
		file, early := DataValue(p, "words", "none", "words of your own", fields)
		later := SourceValue(p, "trace", "generated", "a trace of your own")
		return func(r *Run) error {
			*got = append(*got, file.Name()+": "+strings.Join(early, " "))
			if later.Given() {
				late, err := ReadSource(later, fields)
				if err != nil {
					return Usage(err)
				}
				*got = append(*got, later.Name()+": "+strings.Join(late, " "))
			}
			complete(r)
			return nil
		}
	}
	return e
}

func TestSource_IsReadBeforeTheRunOrInIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("long", 9)+".txt")
	require.NoError(t, os.WriteFile(path, []byte("some words"), 0o600))
	var got []string
	code, _, stderr := command(catalogue(readings(&got)), "readings", "-out", t.TempDir())
	require.Equal(t, exitOK, code, stderr)
	code, _, stderr = command(catalogue(readings(&got)), "readings", "-words", path, "-trace", path, "-out", t.TempDir())
	require.Equal(t, exitOK, code, stderr)
	short := "…" + strings.Repeat("long", 9)[11:] + ".txt"
	require.Equal(t, []string{"none: ", short + ": some words", short + ": some words"}, got)
}

func TestSource_Refuses(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-words", ""}, "readings: -words must name a file\n"},
		{[]string{"-words", dir}, "readings: -words must name a file, not a folder: " + dir + "\n"},
		{[]string{"-words", dir + "/missing"}, "readings: -words cannot be used: stat " + dir + "/missing: "},
		{[]string{"-words", empty}, "readings: -words cannot be used: " + empty + ": there is no word in it\n"},
		{[]string{"-trace", ""}, "readings: -trace must name a file\n"},
		{[]string{"-trace", dir}, "readings: -trace must name a file, not a folder: " + dir + "\n"},
		{[]string{"-trace", dir + "/missing"}, "readings: -trace cannot be used: stat " + dir + "/missing: "},
		{[]string{"-trace", empty}, "readings: " + empty + ": there is no word in it\n"},
	} {
		var got []string
		code, _, stderr := command(catalogue(readings(&got)), append([]string{"readings", "-quiet", "-out", t.TempDir()}, c.args...)...)
		require.Equal(t, exitUsage, code, c.args)
		require.True(t, strings.HasPrefix(stderr, c.want), "%v: %s", c.args, stderr)
	}
}

// A chart has room for neither a deep folder nor the letters that its font lacks; result.json tells them all.
func TestSource_IsDrawnWhateverItsName(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, strings.Repeat("a  folder ", 12), strings.Repeat("deep", 60))
	require.NoError(t, os.MkdirAll(deep, 0o700))
	path := filepath.Join(deep, "日本\u00ad.txt")
	require.NoError(t, os.WriteFile(path, []byte("some words"), 0o600))
	var got []string
	result, err := Try(readings(&got), 1, "-words", path, "-trace", path)
	require.NoError(t, err)
	require.Equal(t, "???.txt: some words", got[0])
	require.Contains(t, result.Command, path)
	require.Equal(t, "clocks · seed 1 · go run ./examples readings -words '…"+strings.Repeat("deep", 18)[1:]+"/???.txt' -trace '…"+strings.Repeat("deep", 18)[1:]+"/???.txt'", result.Figure.Footer)
	_, err = result.Files()
	require.NoError(t, err)

	long := make([]string, 0, 40)
	for i := range 40 {
		long = append(long, strings.Repeat("x", i+1))
	}
	result, err = Try(kinds(), 1, "-note", strings.Join(long, " "))
	require.NoError(t, err)
	_, err = result.Files()
	require.NoError(t, err)
}

// The standard input is kept: a sweep, and two parameters, read the same.
func TestSource_KeepsTheStandardInput(t *testing.T) {
	before, in := standardInput, strings.NewReader("from a pipe")
	defer func() { standardInput = before }()
	standardInput = onceAll(in)
	s, err := NewSource("-")
	require.NoError(t, err)
	require.Equal(t, "standard input", s.Name())
	for range 2 {
		got, err := ReadSource(s, fields)
		require.NoError(t, err)
		require.Equal(t, []string{"from", "a", "pipe"}, got)
	}
	_, err = ReadSource(s, func(io.Reader) (int, error) { return 0, errors.New("broken") })
	require.EqualError(t, err, "standard input: broken")

	standardInput = onceAll(torn{})
	_, err = ReadSource(s, fields)
	require.EqualError(t, err, "the standard input: torn")
}

// So are a pipe's data, such as a shell's <(zcat log.gz): to open it again would find nothing, or wait for ever.
func TestSource_KeepsAPipe(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	path := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip("pipes have no paths here")
	}
	_, err = w.WriteString("from a pipe")
	require.NoError(t, err)
	require.NoError(t, w.Close())
	var got []string
	_, err = Try(readings(&got), 1, "-words", path, "-trace", path)
	require.NoError(t, err)
	name := filepath.Base(path)
	require.Equal(t, []string{name + ": from a pipe", name + ": from a pipe"}, got)
}

// That a file may not be read is known before anything runs.
func TestSource_MustBeReadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(path, []byte("some words"), 0))
	if in, err := os.Open(path); err == nil {
		in.Close()
		t.Skip("whoever runs this may read everything")
	}
	var got []string
	_, err := Try(readings(&got), 1, "-trace", path)
	require.ErrorContains(t, err, "readings: -trace cannot be used: open "+path+": ")
}

type torn struct{}

func (torn) Read([]byte) (int, error) { return 0, errors.New("torn") }
