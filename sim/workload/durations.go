package workload

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// ReadDurations reads measured service times, one Go duration a line (12.5ms, 1m30s, 800us), in the order of the
// lines. Blank lines and lines that start with # are skipped; white space around a time is ignored, and lines may end
// in CR LF.
//
// A time must be positive, and at least a nanosecond: time.ParseDuration drops what is finer. An input without any
// time, a line that is not a duration (one beyond 292 years is not), and a line of 65,536 bytes or more are errors
// that name the line, counted from 1. On an error nothing is returned, and an error of r itself is wrapped.
func ReadDurations(r io.Reader) ([]time.Duration, error) {
	lines := bufio.NewScanner(r)
	var times []time.Duration
	n := 0
	for lines.Scan() {
		if lines.Err() != nil {
			break // what was read last may be half a line
		}
		n++
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("workload: line %d: not a duration such as 12.5ms: %s", n, quote(text))
		}
		if d <= 0 {
			return nil, fmt.Errorf("workload: line %d: a service time must be positive: %s", n, quote(text))
		}
		times = append(times, d)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("workload: line %d: a line must be shorter than %d bytes", n+1, bufio.MaxScanTokenSize)
	} else if err != nil {
		return nil, fmt.Errorf("workload: cannot read service times: %w", err)
	}
	if len(times) == 0 {
		return nil, fmt.Errorf("workload: at least one service time is needed: none in %d lines", n)
	}
	return times, nil
}

// quote shows a broken line, or as much of it as an error message bears.
func quote(text string) string {
	const most = 40
	if utf8.RuneCountInString(text) > most {
		return fmt.Sprintf("%.*q…", most, text)
	}
	return fmt.Sprintf("%q", text)
}
