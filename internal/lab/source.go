package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// Source is a file of the reader's own data, which a parameter names; the zero value is none.
type Source struct{ path string }

// What can be read only once, the standard input and pipes by their paths, is kept: an experiment that is swept reads its file for each run.
var (
	standardInput = onceAll(os.Stdin)
	pipes         sync.Map
)

func onceAll(in io.Reader) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		all, err := io.ReadAll(in)
		if err != nil {
			err = fmt.Errorf("the standard input: %w", err)
		}
		return all, err
	})
}

func pipe(path string) ([]byte, error) {
	read, _ := pipes.LoadOrStore(path, sync.OnceValues(func() ([]byte, error) { return os.ReadFile(path) }))
	return read.(func() ([]byte, error))()
}

// NewSource is the file of that path, or the standard input if that is "-". Its errors read on after a parameter's name, as those of [Value].
func NewSource(path string) (Source, error) {
	switch path {
	case "":
		return Source{}, errors.New("must name a file")
	case "-":
		return Source{path}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return Source{}, err
	case info.IsDir():
		return Source{}, fmt.Errorf("must name a file, not a folder: %s", path)
	case info.Mode().IsRegular(): // to open a pipe would wait for its writer
		file, err := os.Open(path)
		if err != nil {
			return Source{}, err
		}
		return Source{path}, file.Close()
	}
	return Source{path}, nil
}

// SourceValue declares a parameter that names a file or, with the word none, which is the default, no file. The file is not read yet.
func SourceValue(p *Parameters, name, none, meaning string) Source {
	s, _ := sourceValue(p, name, none, meaning, func(Source) (struct{}, error) { return struct{}{}, nil })
	return s
}

// DataValue is [SourceValue] for what is read while the command line is checked: all but large files. Without a file the data are the zero value.
func DataValue[T any](p *Parameters, name, none, meaning string, read func(io.Reader) (T, error)) (Source, T) {
	return sourceValue(p, name, none, meaning, func(s Source) (T, error) { return ReadSource(s, read) })
}

func sourceValue[T any](p *Parameters, name, none, meaning string, read func(Source) (T, error)) (Source, T) {
	type known struct {
		source Source
		data   T
	}
	k := Value(p, name, none, "", meaning+", - for the standard input", func(text string) (k known, canonical string, err error) {
		if text == none {
			return k, text, nil
		}
		if k.source, err = NewSource(text); err == nil {
			k.data, err = read(k.source)
		}
		return k, text, err
	})
	return k.source, k.data
}

// Given says that there is a file.
func (s Source) Given() bool { return s.path != "" }

// Name is for charts and sentences: at most 30 characters, without folders.
func (s Source) Name() string {
	switch s.path {
	case "":
		return "none"
	case "-":
		return "standard input"
	}
	return drawable(filepath.Base(s.path), 30)
}

// ReadSource reads a file. An error in what it holds names the file.
func ReadSource[T any](s Source, read func(io.Reader) (T, error)) (T, error) {
	var nothing T
	in, name, err := s.open()
	if err != nil {
		return nothing, err
	}
	defer in.Close()
	data, err := read(in)
	if err != nil {
		return nothing, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}

func (s Source) open() (in io.ReadCloser, name string, err error) {
	var kept []byte
	if s.path == "-" {
		name = s.Name()
		kept, err = standardInput()
	} else {
		name = s.path
		if info, err := os.Stat(s.path); err != nil || info.Mode().IsRegular() {
			in, err = os.Open(s.path)
			return in, name, err
		}
		kept, err = pipe(s.path)
	}
	return io.NopCloser(bytes.NewReader(kept)), name, err
}
