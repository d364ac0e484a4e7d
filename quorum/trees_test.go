package quorum_test

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// few are the nodes of random expressions: so few that every set of them can be tried.
const few = "abcdef"

// tree is an expression on the whiteboard: a letter, or parts with votes. What it means is said by holds alone.
type tree struct {
	name   string
	parts  []tree
	votes  []int
	needed int
}

func (t tree) total() int {
	total := 0
	for _, v := range t.votes {
		total += v
	}
	return total
}

// holds says whether a set of nodes, one bit each, is a quorum.
func (t tree) holds(nodes uint) bool {
	if t.name != "" {
		return nodes>>strings.Index(few, t.name)&1 == 1
	}
	votes := 0
	for i, part := range t.parts {
		if part.holds(nodes) {
			votes += t.votes[i]
		}
	}
	return votes >= t.needed
}

// dual is true of what meets every quorum: see lawDual for the proof of it.
func (t tree) dual() tree {
	if t.name != "" {
		return t
	}
	d := tree{votes: t.votes, needed: t.total() - t.needed + 1}
	for _, part := range t.parts {
		d.parts = append(d.parts, part.dual())
	}
	return d
}

// expr is the same, built by the most fitting of the constructors.
func (t tree) expr() quorum.Expr {
	if t.name != "" {
		return quorum.Node(t.name)
	}
	var parts []quorum.Expr
	var votes []quorum.Vote
	for i, part := range t.parts {
		parts = append(parts, part.expr())
		votes = append(votes, quorum.Vote{Of: parts[i], Votes: t.votes[i]})
	}
	switch {
	case t.total() > len(parts):
		return quorum.Weighted(t.needed, votes...)
	case t.needed == 1:
		return quorum.Or(parts...)
	case t.needed == len(parts):
		return quorum.And(parts...)
	}
	return quorum.Choose(t.needed, parts...)
}

// text writes every gate as weighted, so that nothing depends on what binds tighter.
func (t tree) text() string {
	if t.name != "" {
		return t.name
	}
	parts := []string{fmt.Sprint(t.needed)}
	for i, part := range t.parts {
		parts = append(parts, fmt.Sprintf("%s:%d", part.text(), t.votes[i]))
	}
	return "weighted(" + strings.Join(parts, ", ") + ")"
}

// minimal are the quorums that hold no smaller one, found by trying every set, in the order that [quorum.Expr.Minimal] promises.
func (t tree) minimal() [][]string {
	names, order := t.expr().Nodes(), [][]uint{{0}}
	for range names { // order[k] are the sets of k nodes, in the order of the nodes
		order = append(order, nil)
	}
	var grow func(set uint, from, size int)
	grow = func(set uint, from, size int) {
		for i := from; i < len(names); i++ {
			next := set | setOf(names[i])
			order[size+1] = append(order[size+1], next)
			grow(next, i+1, size+1)
		}
	}
	grow(0, 0, 0)
	var all [][]string
	for _, sets := range order {
		for _, set := range sets {
			if t.isMinimal(set) {
				var quorum []string
				for _, name := range names {
					if set&setOf(name) != 0 {
						quorum = append(quorum, name)
					}
				}
				all = append(all, quorum)
			}
		}
	}
	return all
}

func (t tree) isMinimal(set uint) bool {
	if !t.holds(set) {
		return false
	}
	for rest := set; rest != 0; rest &= rest - 1 {
		if t.holds(set &^ (rest & -rest)) {
			return false
		}
	}
	return true
}

// resilience tries the failures of every set of nodes.
func (t tree) resilience() int {
	fewest := len(few) + 1
	for failed := range uint(1 << len(few)) {
		if !t.holds(^failed) {
			fewest = min(fewest, bits.OnesCount(failed))
		}
	}
	return fewest - 1
}

func setOf(names ...string) uint {
	var set uint
	for _, name := range names {
		set |= 1 << strings.Index(few, name)
	}
	return set
}

func named(set uint) []string {
	var names []string
	for i := range len(few) {
		if set>>i&1 == 1 {
			names = append(names, few[i:i+1])
		}
	}
	return names
}

func braces(names []string) string { return "{" + strings.Join(names, ", ") + "}" }

// drawTree is any expression of at most three gates within one another. In one that is once, each node is named once.
func drawTree(t *rapid.T, label string, once bool) tree {
	left := strings.Split(few, "")
	var draw func(depth int) (tree, bool)
	draw = func(depth int) (tree, bool) {
		if depth == 0 || rapid.Bool().Draw(t, label+" node") {
			if !once {
				return tree{name: rapid.SampledFrom(left).Draw(t, label+" name")}, true
			}
			if len(left) == 0 {
				return tree{}, false
			}
			name := left[0]
			left = left[1:]
			return tree{name: name}, true
		}
		gate, seen := tree{}, map[string]bool{}
		for range rapid.IntRange(2, 4).Draw(t, label+" parts") {
			if part, ok := draw(depth - 1); ok && (part.name == "" || !seen[part.name]) {
				seen[part.name] = true
				gate.parts = append(gate.parts, part)
				gate.votes = append(gate.votes, 1)
			}
		}
		switch {
		case len(gate.parts) == 0:
			return tree{}, false
		case len(gate.parts) == 1:
			return gate.parts[0], true
		}
		if rapid.IntRange(0, 3).Draw(t, label+" weighted") == 3 {
			for i := range gate.votes {
				gate.votes[i] = rapid.IntRange(1, 3).Draw(t, label+" votes")
			}
		}
		gate.needed = rapid.IntRange(1, gate.total()).Draw(t, label+" needed")
		return gate, true
	}
	e, ok := draw(3)
	if !ok {
		return tree{name: "a"}
	}
	return e
}

// drawChanged is a tree with other numbers of votes needed in some of its gates, by one, and votes exchanged.
func drawChanged(t *rapid.T, e tree) tree {
	if e.name != "" {
		return e
	}
	change := rapid.SampledFrom([]int{0, 0, -1, 1}).Draw(t, "change")
	c := tree{votes: slices.Clone(e.votes), needed: min(max(1, e.needed+change), e.total())}
	if rapid.Bool().Draw(t, "exchange") {
		slices.Reverse(c.votes)
	}
	for _, part := range e.parts {
		c.parts = append(c.parts, drawChanged(t, part))
	}
	return c
}

// drawAny is once in half of the cases.
func drawAny(t *rapid.T, label string) tree {
	return drawTree(t, label, rapid.Bool().Draw(t, label+" once"))
}
