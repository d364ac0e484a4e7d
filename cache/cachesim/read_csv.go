package cachesim

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// keyColumn is the name of the column that holds the key.
const keyColumn = "key"

// longestRow bounds what a row of a CSV trace may take, blank lines and comments before it included. Without it a quotation mark that is never
// closed would bring the whole of a file into memory.
const longestRow = 1 << 20

func parseCSV(r io.Reader, b *interner) error {
	limited := &rowReader{r: r, left: longestRow}
	records := csv.NewReader(limited)
	records.Comment = '#'
	records.ReuseRecord = true
	records.FieldsPerRecord = -1 // rows of several lengths are told below, with what was wanted
	header, err := records.Read()
	if errors.Is(err, io.EOF) {
		return atLine(1, errors.New("a header is wanted"))
	}
	if err != nil {
		return brokenCSV(0, err)
	}
	header[0] = strings.TrimPrefix(header[0], byteOrderMark)
	column := max(0, slices.IndexFunc(header, func(name string) bool { return strings.TrimSpace(name) == keyColumn }))
	width := len(header)
	line, _ := records.FieldPos(0)
	for {
		limited.left = longestRow
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return brokenCSV(line, err)
		}
		line, _ = records.FieldPos(0)
		if len(record) != width {
			return atLine(line, fmt.Errorf("columns: %d, but the header has %d", len(record), width))
		}
		key := strings.TrimSpace(record[column])
		if key == "" {
			return atLine(line, fmt.Errorf("column %d, the key, is empty", column+1))
		}
		if err := b.add(idOf(key)); err != nil {
			return atLine(line, err)
		}
	}
}

// brokenCSV names the line of an error: its own, or that after the last row which was whole.
func brokenCSV(lastLine int, err error) error {
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return atLine(syntax.Line, syntax.Err)
	}
	return atLine(lastLine+1, err)
}

// rowReader gives up on a row that takes too much.
type rowReader struct {
	r    io.Reader
	left int
}

func (r *rowReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, fmt.Errorf("a row of more than %d bytes: is a quotation mark open?", longestRow)
	}
	n, err := r.r.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}
