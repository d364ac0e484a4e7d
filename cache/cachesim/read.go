package cachesim

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Format names a form that traces are written in.
type Format string

// The formats. All may be compressed with gzip, which is noticed.
const (
	Plain         Format = "plain"         // a key a line, any text; spaces around it do not count
	LIRS          Format = "lirs"          // a block number a line; lines that begin with * are marks
	ARC           Format = "arc"           // a line: first block, number of blocks, and two numbers that are not used
	OracleGeneral Format = "oraclegeneral" // libCacheSim's: records of 24 bytes, of which the id is used
	CSV           Format = "csv"           // a header; the key is in the column named key, or else in the first
)

// Formats are those that Read knows.
var Formats = []Format{Plain, LIRS, ARC, OracleGeneral, CSV}

// Errors of Read, which are wrapped together with the format, or with the line or byte at which the trace is broken: lines count from 1, bytes
// from 0, after decompression.
var (
	ErrFormat = errors.New("cachesim: unknown format of a trace")
	ErrTrace  = errors.New("cachesim: broken trace")
)

// Read reads a trace to its end. Empty lines are skipped, and so are lines that begin with # or, but in CSV, with *. A trace without
// requests is one.
//
// A key that is a whole number below 2^64 is its own id; the id of any other is its FNV-1a hash, so that two such keys are taken for one with
// chance n^2/2^65 if there are n. Memory is in proportion to the requests, some 4 bytes each, and to the keys, 12 to 24 bytes each.
func Read(r io.Reader, format Format) (Trace, error) { return newInterner().read(r, format) }

func (b *interner) read(r io.Reader, format Format) (Trace, error) {
	parse, known := parsers[format]
	if !known {
		return Trace{}, fmt.Errorf("%w %q: known are %s", ErrFormat, format, formatNames())
	}
	buffered := bufio.NewReaderSize(r, 1<<16)
	r = buffered
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return Trace{}, fmt.Errorf("%w: byte 0: gzip: %w", ErrTrace, err)
		}
		r = unzipped
	}
	if err := parse(r, b); err != nil {
		return Trace{}, err
	}
	return b.trace, nil
}

var parsers = map[Format]func(io.Reader, *interner) error{
	Plain:         lines(parsePlain),
	LIRS:          lines(parseLIRS),
	ARC:           lines(parseARC),
	OracleGeneral: parseOracleGeneral,
	CSV:           parseCSV,
}

func formatNames() string {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = string(f)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
