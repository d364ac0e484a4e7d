package limitsim

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Resolution is how exactly an access log tells the time: a request came within a second from the time of its line on.
const Resolution = time.Second

const (
	longestLine = 64 << 10             // bytes; servers cut requests far below that
	longestLog  = 365 * 24 * time.Hour // beyond a year the clock of some limits stands still
	mostLines   = 1 << 26              // a gigabyte in memory
)

// ReadAccessLog reads the traffic of a web server from a log in the common or the combined format, as Apache and nginx write them:
//
//	192.0.2.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326
//	2001:db8::1 - - [10/Oct/2000:13:55:37 -0700] "GET /\"b\" HTTP/1.1" 200 - "https://example.org/" "curl/8.0"
//
// What follows the agent on a combined line is not looked at, blank lines are skipped, and servers write a line when its request
// ends, so the lines are put in order. Each request costs 1; times are since the first.
//
// A line that is neither is an error, and so is a log without a request, one that spans more than 365 days, a line
// of more than 64 KiB, and more than 2^26 lines. The error names the line, and what was expected there.
func ReadAccessLog(r io.Reader) ([]Request, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine+2) // and how it ends
	var times []time.Time
	number := 0
	fail := func(err error) ([]Request, error) {
		return nil, fmt.Errorf("limitsim: line %d of the access log: %w", number, err)
	}
	for lines.Scan() {
		number++
		line := lines.Text()
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		t, err := parseLine(line)
		if err == nil && len(times) == mostLines {
			err = fmt.Errorf("a log must have at most %d requests", mostLines)
		}
		if err == nil && len(times) > 0 && t.Sub(times[0]).Abs() > longestLog {
			err = fmt.Errorf("a log must span at most 365 days: %v is %v from the first line's time", t, t.Sub(times[0]).Abs())
		}
		if err != nil {
			return fail(err)
		}
		times = append(times, t)
	}
	number++
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fail(fmt.Errorf("a line must have at most %d bytes", longestLine))
	case err != nil:
		return fail(err)
	case times == nil:
		return nil, errors.New("limitsim: an access log must have a request: it has none")
	}
	slices.SortFunc(times, time.Time.Compare)
	traffic := make([]Request, len(times))
	for i, t := range times {
		traffic[i] = Request{t.Sub(times[0]), 1}
	}
	if last := traffic[len(traffic)-1].At; last > longestLog {
		return nil, fmt.Errorf("limitsim: an access log must span at most 365 days: %v", last)
	}
	return traffic, nil
}

// parseLine returns the time of a line, after making sure that all of it is as it should be: who reads half of
// another format believes numbers that mean nothing.
func parseLine(line string) (t time.Time, err error) {
	p := parser{rest: strings.TrimRight(line, " \t\r")}
	p.word("the host")
	p.word("the identity, mostly -")
	p.until(" [", `the user, mostly -, and the time in [ ]`) // a user's name may have spaces
	t = p.time()
	p.quoted("the request")
	p.space()
	p.digits("the status, three digits", 3, 3)
	p.space()
	if p.rest == "-" || strings.HasPrefix(p.rest, "- ") {
		p.rest = p.rest[1:]
	} else {
		p.digits("the number of bytes, or -", 1, 20)
	}
	if p.err == nil && p.rest != "" {
		p.space()
		p.quoted("the referer")
		p.space()
		p.quoted("the agent")
		if p.rest != "" {
			p.space()
		}
	}
	return t, p.err
}

// parser reads a line from left to right. After an error nothing happens any more.
type parser struct {
	rest string
	err  error
}

func (p *parser) expect(what string) {
	if p.err == nil {
		p.err = fmt.Errorf("expected %s: %s", what, shortened(p.rest))
	}
}

// shortened is the beginning of a text, quoted.
func shortened(text string) string {
	const most = 40
	if len(text) <= most {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprintf("%q…", strings.ToValidUTF8(text[:most], ""))
}

// word reads up to a space, and the space.
func (p *parser) word(what string) {
	word, rest, found := strings.Cut(p.rest, " ")
	if !found || word == "" {
		p.expect(what)
		return
	}
	p.rest = rest
}

func (p *parser) until(mark, what string) {
	before, rest, found := strings.Cut(p.rest, mark)
	if !found || before == "" {
		p.expect(what)
		return
	}
	p.rest = rest
}

func (p *parser) time() time.Time {
	const layout, form = "02/Jan/2006:15:04:05 -0700", "a time such as [10/Oct/2000:13:55:36 -0700]"
	if p.err != nil {
		return time.Time{}
	}
	if len(p.rest) < len(layout)+2 || p.rest[len(layout):len(layout)+2] != "] " {
		p.expect(form)
		return time.Time{}
	}
	t, err := time.Parse(layout, p.rest[:len(layout)])
	if err != nil {
		p.expect(form)
		return time.Time{}
	}
	p.rest = p.rest[len(layout)+2:]
	return t
}

// quoted reads a text in quotes, in which a backslash takes the next byte for itself.
func (p *parser) quoted(what string) {
	if p.err != nil {
		return
	}
	if !strings.HasPrefix(p.rest, `"`) {
		p.expect(what + " in quotes")
		return
	}
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '"':
			p.rest = p.rest[i+1:]
			return
		}
	}
	p.expect("a quote at the end of " + what)
}

func (p *parser) space() {
	if p.err != nil {
		return
	}
	if !strings.HasPrefix(p.rest, " ") {
		p.expect("a space")
		return
	}
	p.rest = p.rest[1:]
}

// digits reads from least to most digits, and leaves a space or the end behind them.
func (p *parser) digits(what string, least, most int) {
	n := 0
	for n < len(p.rest) && '0' <= p.rest[n] && p.rest[n] <= '9' {
		n++
	}
	if n < least || n > most || n < len(p.rest) && p.rest[n] != ' ' {
		p.expect(what)
		return
	}
	if p.err == nil {
		p.rest = p.rest[n:]
	}
}
