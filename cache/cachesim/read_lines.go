package cachesim

import (
	"bufio"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// longestLine is how many bytes a line has at most, its end included: more than any key should have.
const longestLine = 1 << 16

// lines makes a parser of a text's lines from one of a line.
func lines(parse func(line string, b *interner) error) func(io.Reader, *interner) error {
	return func(r io.Reader, b *interner) error {
		buffered := bufio.NewReaderSize(r, longestLine)
		for number := 1; ; number++ {
			bytes, err := buffered.ReadSlice('\n')
			if errors.Is(err, bufio.ErrBufferFull) {
				err = fmt.Errorf("longer than %d bytes", longestLine)
			}
			atEnd := err == io.EOF
			if err != nil && !atEnd {
				return atLine(number, err) // what came of the line before it broke off is no line
			}
			line := string(bytes)
			if number == 1 {
				line = strings.TrimPrefix(line, byteOrderMark)
			}
			line = strings.TrimSpace(line)
			if line != "" && line[0] != '#' && line[0] != '*' {
				if err := parse(line, b); err != nil {
					return atLine(number, err)
				}
			}
			if atEnd {
				return nil
			}
		}
	}
}

// byteOrderMark begins the text files of some programs.
const byteOrderMark = "\ufeff"

func atLine(number int, err error) error {
	return fmt.Errorf("%w: line %d: %w", ErrTrace, number, err)
}

// parsePlain refuses what no text has, so that a trace in a binary form is not taken for keys.
func parsePlain(line string, b *interner) error {
	if strings.ContainsFunc(line, unicode.IsControl) {
		return fmt.Errorf("a key is text without control characters: %s", beginning(line))
	}
	return b.add(idOf(line))
}

func parseLIRS(line string, b *interner) error {
	block, err := parseNumber(line)
	if err != nil {
		return err
	}
	return b.add(block)
}

// mostBlocks bounds one request of an ARC trace, whose lines are short however many blocks they ask for: 32 MiB in blocks of 512 bytes.
const mostBlocks = 1 << 16

func parseARC(line string, b *interner) error {
	fields := strings.Fields(line)
	if len(fields) != 4 {
		return fmt.Errorf("four numbers are wanted: %s", beginning(line))
	}
	var numbers [4]uint64
	for i, field := range fields {
		var err error
		if numbers[i], err = parseNumber(field); err != nil {
			return err
		}
	}
	first, count := numbers[0], numbers[1]
	if count < 1 || count > mostBlocks || first > math.MaxUint64-(count-1) {
		return fmt.Errorf("a request is for 1 to %d blocks, numbered below 2^64: %d from %d on", mostBlocks, count, first)
	}
	for i := range count {
		if err := b.add(first + i); err != nil {
			return err
		}
	}
	return nil
}

func parseNumber(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("a whole number below 2^64 is wanted: %s", beginning(s))
	}
	return n, nil
}

// beginning quotes as much of a text as an error should.
func beginning(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

// idOf is the id of a key in a text. Only the shortest decimal form is a number: 7 and 007 are different keys.
func idOf(key string) uint64 {
	if n, err := strconv.ParseUint(key, 10, 64); err == nil && (key[0] != '0' || key == "0") {
		return n
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, key) // never fails
	return h.Sum64()
}
