package caching

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"unicode/utf8"

	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

const generated = "generated"

// source is a file of requests; without a path it is none.
type source struct {
	path   string
	format cachesim.Format
}

// sourceParameters declares -trace and -format.
func sourceParameters(p *lab.Parameters) source {
	path := lab.Value(p, "trace", generated, "", "a file of your own requests, - for the standard input", func(text string) (string, string, error) {
		switch text {
		case generated:
			return "", text, nil
		case "-":
			return text, text, nil
		case "":
			return "", "", errors.New("must name a file")
		}
		info, err := os.Stat(text)
		if err == nil && info.IsDir() {
			return "", "", fmt.Errorf("must name a file, not a folder: %s", text)
		}
		return text, text, err
	})
	names := judge.Column(cachesim.Formats, func(f cachesim.Format) string { return string(f) })
	return source{path, cachesim.Format(p.Choice("format", string(cachesim.Plain), names, "of the file; gzip is noticed"))}
}

func (s source) given() bool { return s.path != "" }

// name is short enough for a chart.
func (s source) name() string {
	switch s.path {
	case "":
		return generated
	case "-":
		return "standard input"
	}
	name := filepath.Base(s.path)
	const most = 30
	if utf8.RuneCountInString(name) > most {
		name = string([]rune(name)[:most-1]) + "…"
	}
	return name
}

func (s source) read() (cachesim.Trace, error) {
	if s.path == "-" {
		return standardInput.read(s, os.Stdin)
	}
	file, err := os.Open(s.path)
	if err != nil {
		return cachesim.Trace{}, lab.Usage(err)
	}
	defer file.Close()
	return s.readFrom(file)
}

// standardInput can be read only once, but a sweep runs an experiment several times.
var standardInput kept

type kept struct {
	once   sync.Once
	format cachesim.Format
	trace  cachesim.Trace
	err    error
}

func (k *kept) read(s source, r io.Reader) (cachesim.Trace, error) {
	k.once.Do(func() {
		k.format = s.format
		k.trace, k.err = s.readFrom(r)
	})
	if s.format != k.format {
		return cachesim.Trace{}, lab.Usage(fmt.Errorf("%s: it was read as %s and cannot be read again as %s: give a file", s.name(), k.format, s.format))
	}
	return k.trace, k.err
}

func (s source) readFrom(r io.Reader) (cachesim.Trace, error) {
	trace, err := cachesim.Read(r, s.format)
	if err == nil && len(trace.Requests) == 0 {
		err = errors.New("there is no request in it")
	}
	if err != nil {
		return cachesim.Trace{}, lab.Usage(fmt.Errorf("%s: %w", s.name(), err))
	}
	return trace, nil
}

// mixture is a traffic to generate: popular keys by Zipf's law and, as a share of the requests, a loop over other keys.
type mixture struct {
	requests int
	keys     int // popular ones
	skew     float64
	loop     int // keys of the loop
	share    float64
}

// all is how many keys there are.
func (m mixture) all() int {
	if m.share == 0 {
		return m.keys
	}
	return m.keys + m.loop
}

func (m mixture) draw(e *sim.Engine) (cachesim.Trace, error) {
	var popular, loop cachesim.Trace
	var err error
	looped := int(math.Round(m.share * float64(m.requests)))
	if looped < m.requests {
		if popular, err = cachesim.Zipf(m.skew, m.keys, m.requests-looped, e.Stream("keys")); err != nil {
			return cachesim.Trace{}, err
		}
	}
	if looped > 0 {
		if loop, err = cachesim.Loop(m.loop, looped); err != nil {
			return cachesim.Trace{}, err
		}
	}
	return cachesim.Mix(e.Stream("order"), cachesim.Part{Trace: popular, Burst: 1}, cachesim.Part{Trace: loop, Burst: 1})
}
