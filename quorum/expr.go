package quorum

import (
	"errors"
	"fmt"
	"slices"
)

// Limits of an expression. They keep every recursion within the stack and every table within memory.
const (
	maxNamed = 1 << 14 // times that an expression names a node
	maxDepth = 1_000   // gates within gates
	maxVotes = 10_000  // votes of one gate
)

// ErrTooLarge is wrapped by the errors of those questions that have no quick answer for some expressions: they give up at a limit,
// which their documentation states, rather than run for years.
var ErrTooLarge = errors.New("quorum: too large")

// Expr says which sets of nodes are quorums: a node, all of some expressions, one of them, any k of them, or enough of their
// votes. A set of nodes is a quorum if the expression is true of it; with a quorum, every larger set is one too.
//
//	quorum.Or(quorum.And(quorum.Named("a", "b")...), quorum.Majority("c", "d", "e")) // a*b + majority(c, d, e)
//
// An Expr is an immutable value, safe for concurrent use. A mistake made while it is built stays in it, and comes out of [Expr.Validate], [New]
// and every method that returns an error, so that expressions can be written as formulas. The zero value has no node, which is such a mistake.
//
// It has at most 16,384 mentions of nodes, 1,000 gates within one another, and 10,000 votes a gate. The idea and the notation
// are those of M. Whittaker et al., "Read-Write Quorum Systems Made Practical", PaPoC 2021, section 2.
type Expr struct {
	root *gate
	err  error // the first mistake
}

// gate is true if its parts that are true have the votes it needs. With one vote each: all of them is "and", one is "or".
type gate struct {
	name string // of a node, which has no parts

	parts  []*gate
	votes  []int // of each part; nil for one vote each
	needed int

	named int // mentions of nodes
	depth int
}

// Node is the expression that one node makes true.
func Node(name string) Expr {
	if name == "" {
		return Expr{err: errors.New(`quorum: a node's name must not be empty: ""`)}
	}
	return Expr{root: &gate{name: name, named: 1}}
}

// Named are the expressions of several nodes.
func Named(names ...string) []Expr {
	all := make([]Expr, len(names))
	for i, name := range names {
		all[i] = Node(name)
	}
	return all
}

// And is true if all its parts are: a*b.
func And(parts ...Expr) Expr { return build(len(parts), parts, nil) }

// Or is true if one of its parts is: a + b.
func Or(parts ...Expr) Expr { return build(1, parts, nil) }

// Choose is true if k of its parts are: choose(2, a, b, c). k lies in [1, parts].
func Choose(k int, parts ...Expr) Expr {
	if len(parts) > 0 && (k < 1 || k > len(parts)) {
		return Expr{err: fmt.Errorf("quorum: choose must need from 1 to all %d of its parts: %d", len(parts), k)}
	}
	return build(k, parts, nil)
}

// Majority is true if more than half of the nodes are there: majority(a, b, c).
func Majority(names ...string) Expr { return Choose(len(names)/2+1, Named(names...)...) }

// Vote is the say of a part of [Weighted].
type Vote struct {
	Of    Expr
	Votes int // positive
}

// Weighted is true if the parts that are true have the votes needed, at least: weighted(3, a:2, b, c). needed lies in
// [1, all votes]. D. Gifford, "Weighted Voting for Replicated Data", SOSP 1979.
func Weighted(needed int, votes ...Vote) Expr {
	parts, say, total := make([]Expr, len(votes)), make([]int, len(votes)), 0
	for i, v := range votes {
		if v.Votes < 1 {
			return Expr{err: fmt.Errorf("quorum: a vote must be positive: %d for %s", v.Votes, v.Of)}
		}
		if v.Votes > maxVotes || total+v.Votes > maxVotes {
			return Expr{err: fmt.Errorf("quorum: the votes of a gate must add to at most %d: %s adds %d to %d", maxVotes, v.Of, v.Votes, total)}
		}
		parts[i], say[i] = v.Of, v.Votes
		total += v.Votes
	}
	if len(votes) > 0 && (needed < 1 || needed > total) {
		return Expr{err: fmt.Errorf("quorum: weighted must need from 1 to all %d of its votes: %d", total, needed)}
	}
	return build(needed, parts, say)
}

// Rows is a whole row of a grid: a*b*c + d*e*f. What meets it, its [Expr.Dual], is a node of each row. Rows need not be of one length.
func Rows(rows ...[]string) Expr {
	whole := make([]Expr, len(rows))
	for i, row := range rows {
		whole[i] = And(Named(row...)...)
	}
	return Or(whole...)
}

// Grid is a whole row and a whole column of a grid, so that any two such sets meet, twice. Rows are of one length, and each node is
// in the grid once. M. Naor, A. Wool, "The Load, Capacity, and Availability of Quorum Systems", SIAM J. Comput. 27, 1998, section 5.
func Grid(rows ...[]string) Expr {
	seen := map[string]bool{}
	var columns [][]string
	for i, row := range rows {
		if i == 0 {
			columns = make([][]string, len(row))
		}
		if len(row) != len(columns) {
			return Expr{err: fmt.Errorf("quorum: the rows of a grid must be of one length: %d and %d", len(columns), len(row))}
		}
		for j, name := range row {
			if seen[name] {
				return Expr{err: fmt.Errorf("quorum: a grid must name a node once: %q appears twice", name)}
			}
			seen[name] = true
			columns[j] = append(columns[j], name)
		}
	}
	if len(rows) == 0 || len(columns) == 0 {
		return Expr{err: errors.New("quorum: a grid must have a node: 0 nodes")}
	}
	return And(Rows(rows...), Rows(columns...))
}

// build makes a gate of valid parts. It brings gates that mean the same to one form: one part is itself, equal votes are one vote each.
func build(needed int, parts []Expr, votes []int) Expr {
	if len(parts) == 0 {
		return Expr{err: errors.New("quorum: a gate must have a part: 0 parts")}
	}
	g := &gate{needed: needed}
	seen := map[string]bool{}
	for _, part := range parts {
		if err := part.Validate(); err != nil {
			return Expr{err: err}
		}
		if name := part.root.name; name != "" {
			if seen[name] {
				return Expr{err: fmt.Errorf("quorum: a gate must name a node once: %q appears twice", name)}
			}
			seen[name] = true
		}
		g.parts = append(g.parts, part.root)
		g.named += part.root.named
		g.depth = max(g.depth, part.root.depth+1)
		if g.named > maxNamed {
			return Expr{err: fmt.Errorf("quorum: an expression must name nodes at most %d times: %d", maxNamed, g.named)}
		}
	}
	if g.depth > maxDepth {
		return Expr{err: fmt.Errorf("quorum: an expression must be at most %d gates deep: %d", maxDepth, g.depth)}
	}
	if len(g.parts) == 1 {
		return parts[0]
	}
	if votes != nil {
		if slices.Min(votes) == slices.Max(votes) {
			g.needed = (needed + votes[0] - 1) / votes[0]
		} else {
			g.votes = votes
		}
	}
	return Expr{root: g}
}

func (g *gate) say(part int) int {
	if g.votes == nil {
		return 1
	}
	return g.votes[part]
}

func (g *gate) total() int {
	total := 0
	for i := range g.parts {
		total += g.say(i)
	}
	return total
}

// Validate returns the first mistake that was made in building the expression.
func (e Expr) Validate() error {
	if e.err == nil && e.root == nil {
		return errors.New("quorum: an expression must have a node: it is empty")
	}
	return e.err
}

// Nodes are the names of the nodes, each once, in the order in which the expression names them; none if it is not valid.
func (e Expr) Nodes() []string {
	var names []string
	e.eachNode(func(name string) { names = append(names, name) })
	return names
}

// eachNode visits each node once, in order.
func (e Expr) eachNode(visit func(name string)) {
	seen := map[string]bool{}
	var walk func(*gate)
	walk = func(g *gate) {
		if g.name != "" && !seen[g.name] {
			seen[g.name] = true
			visit(g.name)
		}
		for _, part := range g.parts {
			walk(part)
		}
	}
	if e.root != nil {
		walk(e.root)
	}
}

// Dual is true of the sets that meet every quorum of the expression, and of no others. The dual of the dual has the
// quorums of the expression itself. Cost: O(size).
func (e Expr) Dual() Expr {
	if e.Validate() != nil {
		return e
	}
	return Expr{root: e.root.dual()}
}

// dual: a set meets every quorum if what it leaves out is none. So the votes left out are fewer than are needed, and the votes of
// parts met, which are the others, are more than all less those needed.
func (g *gate) dual() *gate {
	if g.name != "" {
		return g
	}
	d := &gate{parts: make([]*gate, len(g.parts)), votes: g.votes, needed: g.total() - g.needed + 1, named: g.named, depth: g.depth}
	for i, part := range g.parts {
		d.parts[i] = part.dual()
	}
	return d
}

// Holds reports whether there is a quorum among these nodes. Nodes that the expression does not name have no say. An expression that is not
// valid holds of nothing. Cost: O(size).
func (e Expr) Holds(nodes ...string) bool {
	if e.Validate() != nil {
		return false
	}
	there := make(map[string]bool, len(nodes))
	for _, name := range nodes {
		there[name] = true
	}
	return e.root.holds(there)
}

func (g *gate) holds(there map[string]bool) bool {
	if g.name != "" {
		return there[g.name]
	}
	votes := 0
	for i, part := range g.parts {
		if part.holds(there) {
			if votes += g.say(i); votes >= g.needed {
				return true
			}
		}
	}
	return false
}
