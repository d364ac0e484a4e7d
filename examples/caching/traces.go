package caching

import (
	"errors"
	"io"
	"math"

	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

const generated = "generated"

// source is a file of requests, or none.
type source struct {
	file   lab.Source
	format cachesim.Format
}

// sourceParameters declares -trace and -format.
func sourceParameters(p *lab.Parameters) source {
	file := lab.SourceValue(p, "trace", generated, "a file of your own requests")
	names := judge.Column(cachesim.Formats, func(f cachesim.Format) string { return string(f) })
	return source{file, cachesim.Format(p.Choice("format", string(cachesim.Plain), names, "of the file; gzip is noticed"))}
}

func (s source) given() bool { return s.file.Given() }

// name is short enough for a chart.
func (s source) name() string {
	if s.given() {
		return s.file.Name()
	}
	return generated
}

func (s source) read() (cachesim.Trace, error) {
	trace, err := lab.ReadSource(s.file, func(r io.Reader) (cachesim.Trace, error) {
		trace, err := cachesim.Read(r, s.format)
		if err == nil && len(trace.Requests) == 0 {
			err = errors.New("there is no request in it")
		}
		return trace, err
	})
	return trace, lab.Usage(err)
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
