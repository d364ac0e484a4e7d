package quorum

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads an expression: nodes, + for or, * for and (which binds tighter), brackets, and three functions.
//
//	a*b*c + d*e*f
//	choose(2, a, b*c, d)
//	majority(a, b, c)
//	weighted(3, a:2, b, c)
//
// A node's name is made of letters, digits and "_", "-", "."; any other is written as a Go string in double quotes. What
// follows a part of weighted after a colon is its votes, 1 if there is none. Parse reads what [Expr.String] writes.
func Parse(text string) (Expr, error) {
	p := &parser{text: text}
	p.next()
	e := p.or()
	if p.err == nil && p.token != "" {
		p.fail("the end, + or *")
	}
	if p.err == nil {
		p.err = e.Validate()
	}
	if p.err != nil {
		return Expr{}, p.err
	}
	return e, nil
}

// parser reads from left to right, one token ahead. After the first error it reads nothing.
type parser struct {
	text  string
	token string // as written; empty at the end
	start int    // of the token
	end   int
	depth int
	err   error
}

func (p *parser) next() {
	rest := p.text[p.end:]
	trimmed := strings.TrimLeft(rest, " \t\r\n")
	p.start = p.end + len(rest) - len(trimmed)
	p.token = trimmed[:tokenLength(trimmed)]
	p.end = p.start + len(p.token)
}

func tokenLength(text string) int {
	if quoted, err := strconv.QuotedPrefix(text); err == nil && quoted[0] == '"' {
		return len(quoted)
	}
	if n := strings.IndexFunc(text, func(r rune) bool { return !inName(r) }); n > 0 {
		return n
	} else if n < 0 {
		return len(text)
	}
	_, size := utf8.DecodeRuneInString(text)
	return size
}

func inName(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' || r == '.'
}

func bare(name string) bool {
	return name != "" && utf8.ValidString(name) && strings.IndexFunc(name, func(r rune) bool { return !inName(r) }) < 0
}

func (p *parser) fail(wanted string) {
	if p.err == nil {
		found := strconv.Quote(p.token)
		if p.token == "" {
			found = "the end"
		}
		p.err = fmt.Errorf("quorum: an expression must have %s at byte %d of %q: %s", wanted, p.start, p.text, found)
	}
}

func (p *parser) take(token string) bool {
	if p.err != nil || p.token != token {
		return false
	}
	p.next()
	return true
}

func (p *parser) or() Expr {
	return p.joined("+", Or, func() Expr { return p.joined("*", And, p.part) })
}

func (p *parser) joined(by string, gate func(...Expr) Expr, part func() Expr) Expr {
	parts := []Expr{part()}
	for p.take(by) {
		parts = append(parts, part())
	}
	if p.err != nil {
		return Expr{}
	}
	return gate(parts...)
}

// part is a node, a function or something in brackets.
func (p *parser) part() Expr {
	switch {
	case p.err != nil:
		return Expr{}
	case p.take("("):
		return p.inside(p.or)
	case strings.HasPrefix(p.token, `"`) && len(p.token) > 1:
		name, err := strconv.Unquote(p.token)
		if err != nil {
			p.fail("a node's name")
		}
		p.next()
		return Node(name)
	case bare(p.token):
		name := p.token
		if p.next(); p.take("(") {
			return p.inside(func() Expr { return p.function(name) })
		}
		return Node(name)
	}
	p.fail(`a node, a function or "("`)
	return Expr{}
}

// inside reads up to the closing bracket. It counts brackets, as a stack overflow is no error that could be returned.
func (p *parser) inside(read func() Expr) Expr {
	if p.depth++; p.depth > maxDepth {
		p.err = fmt.Errorf("quorum: an expression must have at most %d brackets within one another: %d", maxDepth, p.depth)
	}
	e := read()
	p.depth--
	if !p.take(")") {
		p.fail(`")"`)
	}
	return e
}

func (p *parser) function(name string) Expr {
	k := 0
	switch name {
	case "majority":
	case "choose", "weighted":
		if k = p.number(); !p.take(",") {
			p.fail(`","`)
		}
	default:
		if p.err == nil {
			p.err = fmt.Errorf("quorum: a function must be choose, majority or weighted: %q", name)
		}
	}
	var parts []Expr
	var votes []Vote
	for {
		vote := Vote{Of: p.or(), Votes: 1}
		if name == "weighted" && p.take(":") {
			vote.Votes = p.number()
		}
		parts, votes = append(parts, vote.Of), append(votes, vote)
		if !p.take(",") {
			break
		}
	}
	switch {
	case p.err != nil:
		return Expr{}
	case name == "weighted":
		return Weighted(k, votes...)
	case name == "majority":
		k = len(parts)/2 + 1
	}
	return Choose(k, parts...)
}

func (p *parser) number() int {
	n, err := strconv.Atoi(p.token)
	if err != nil {
		p.fail("a number")
	}
	if p.err == nil {
		p.next()
	}
	return n
}

// String writes the expression as [Parse] reads it: gates that mean the same are written in the same way. Of an expression that is
// not valid it is the mistake.
func (e Expr) String() string {
	if err := e.Validate(); err != nil {
		return "(" + err.Error() + ")"
	}
	var b strings.Builder
	e.root.write(&b, 0)
	return b.String()
}

// write puts brackets around + (binding 1) and * (binding 2) where what is around them binds as tightly.
func (g *gate) write(b *strings.Builder, around int) {
	if g.name != "" {
		if bare(g.name) {
			b.WriteString(g.name)
		} else {
			b.WriteString(strconv.Quote(g.name))
		}
		return
	}
	opening, join, closing, binding := "", ", ", ")", 0
	switch n := len(g.parts); {
	case g.votes != nil:
		opening = fmt.Sprintf("weighted(%d, ", g.needed)
	case g.needed == n:
		opening, join, closing, binding = "(", "*", ")", 2
	case g.needed == 1:
		opening, join, closing, binding = "(", " + ", ")", 1
	case g.needed == n/2+1:
		opening = "majority("
	default:
		opening = fmt.Sprintf("choose(%d, ", g.needed)
	}
	if binding > around {
		opening, closing = "", ""
	}
	b.WriteString(opening)
	for i, part := range g.parts {
		if i > 0 {
			b.WriteString(join)
		}
		if votes := g.say(i); votes != 1 {
			part.write(b, 2)
			fmt.Fprintf(b, ":%d", votes)
		} else {
			part.write(b, binding)
		}
	}
	b.WriteString(closing)
}
