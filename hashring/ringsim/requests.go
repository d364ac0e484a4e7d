package ringsim

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Requests are a traffic: which key each request is for, the earliest first.
type Requests struct {
	Keys  []string // distinct
	Order []int32  // by request: an index in Keys
}

const (
	longestKey = 64 << 10 // bytes
	mostLines  = 1 << 26  // a quarter of a gigabyte, and the keys
)

// ReadKeys reads the traffic of a list of keys, one a line, a line for each request. Blank lines are skipped, and so are spaces around a key.
//
// A line that is not text in UTF-8 or has control characters is an error, and so are one of more than 64 KiB, more than 2^26 lines and a list
// without a key. The error names the line.
func ReadKeys(r io.Reader) (Requests, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestKey+2) // and how it ends
	var q Requests
	known := map[string]int32{}
	number := 0
	fail := func(format string, args ...any) (Requests, error) {
		return Requests{}, fmt.Errorf("ringsim: line %d of the keys: %w", number, fmt.Errorf(format, args...))
	}
	for lines.Scan() {
		number++
		line := lines.Text()
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		key := strings.TrimSpace(line)
		switch {
		case key == "":
			continue
		case !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl):
			return fail("a key must be text without control characters: %s", beginning(key))
		case len(q.Order) == mostLines:
			return fail("there must be at most %d requests", mostLines)
		}
		i, seen := known[key]
		if !seen {
			i = int32(len(q.Keys))
			known[key] = i
			q.Keys = append(q.Keys, key)
		}
		q.Order = append(q.Order, i)
	}
	number++
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fail("a line must have at most %d bytes", longestKey)
	case err != nil:
		return fail("%w", err)
	case q.Order == nil:
		return Requests{}, errors.New("ringsim: a list of keys must have a key: it has none")
	}
	return q, nil
}

// beginning is that of a text, quoted.
func beginning(text string) string {
	const most = 40
	if len(text) <= most {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprintf("%q…", text[:most])
}

// Counts are the requests for each key.
func (q Requests) Counts() []int {
	counts := make([]int, len(q.Keys))
	for _, key := range q.Order {
		counts[key]++
	}
	return counts
}

// Hottest are the n hottest keys, the hottest first, as [hashring.TopK] with so many counters finds them. Keys are indices.
func (q Requests) Hottest(n, counters int) ([]hashring.Counted[int32], error) {
	top, err := hashring.NewTopK[int32](counters)
	if err != nil {
		return nil, err
	}
	for _, key := range q.Order {
		top.Observe(key)
	}
	return top.Top(n), nil
}
