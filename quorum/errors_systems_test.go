package quorum_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

func abc() []quorum.Expr { return quorum.Named("a", "b", "c") }

// A mistake stays in the expression, whatever is built from it, and comes out of everything that returns an error.
func TestBadExpressionsAreRefused(t *testing.T) {
	vote := func(name string, votes int) quorum.Vote { return quorum.Vote{Of: quorum.Node(name), Votes: votes} }
	many := make([]string, 1<<14+1)
	for i := range many {
		many[i] = fmt.Sprint("n", i)
	}
	doubled := quorum.Node("a")
	for range 70 { // the parts are shared, so it is small in memory and has 2^70 mentions
		doubled = quorum.And(doubled, quorum.Or(doubled, quorum.Node("b")))
	}
	deep := quorum.Node("a")
	for range 600 {
		deep = quorum.And(quorum.Or(deep, quorum.Node("b")), quorum.Node("c"))
	}
	for _, bad := range []struct {
		e       quorum.Expr
		message string
	}{
		{quorum.Expr{}, "quorum: an expression must have a node: it is empty"},
		{quorum.Node(""), `quorum: a node's name must not be empty: ""`},
		{quorum.And(), "quorum: a gate must have a part: 0 parts"},
		{quorum.Or(), "quorum: a gate must have a part: 0 parts"},
		{quorum.Choose(1), "quorum: a gate must have a part: 0 parts"},
		{quorum.Majority(), "quorum: a gate must have a part: 0 parts"},
		{quorum.Weighted(1), "quorum: a gate must have a part: 0 parts"},
		{quorum.Rows(), "quorum: a gate must have a part: 0 parts"},
		{quorum.Rows([]string{"a"}, nil), "quorum: a gate must have a part: 0 parts"},
		{quorum.Grid(), "quorum: a grid must have a node: 0 nodes"},
		{quorum.Grid(nil, nil), "quorum: a grid must have a node: 0 nodes"},
		{quorum.And(quorum.Expr{}, quorum.Node("")), "quorum: an expression must have a node: it is empty"},
		{quorum.Grid([]string{"a", "b"}, []string{"c"}), "quorum: the rows of a grid must be of one length: 2 and 1"},
		{quorum.Grid([]string{"a", "b"}, []string{"b", "c"}), `quorum: a grid must name a node once: "b" appears twice`},
		{quorum.Grid([]string{"a", ""}), `quorum: a node's name must not be empty: ""`},
		{quorum.And(quorum.Named("a", "b", "a")...), `quorum: a gate must name a node once: "a" appears twice`},
		{quorum.Majority("a", "a", "b"), `quorum: a gate must name a node once: "a" appears twice`},
		{quorum.Weighted(2, vote("a", 1), vote("a", 2)), `quorum: a gate must name a node once: "a" appears twice`},
		{quorum.Choose(0, abc()...), "quorum: choose must need from 1 to all 3 of its parts: 0"},
		{quorum.Choose(4, abc()...), "quorum: choose must need from 1 to all 3 of its parts: 4"},
		{quorum.Choose(math.MinInt, abc()...), "quorum: choose must need from 1 to all 3 of its parts: -9223372036854775808"},
		{quorum.Weighted(0, vote("a", 2), vote("b", 1)), "quorum: weighted must need from 1 to all 3 of its votes: 0"},
		{quorum.Weighted(4, vote("a", 2), vote("b", 1)), "quorum: weighted must need from 1 to all 3 of its votes: 4"},
		{quorum.Weighted(1, vote("a", 0)), "quorum: a vote must be positive: 0 for a"},
		{quorum.Weighted(1, vote("a", math.MinInt)), "quorum: a vote must be positive: -9223372036854775808 for a"},
		{quorum.Weighted(1, vote("a", math.MaxInt)), "quorum: the votes of a gate must add to at most 10000: a adds 9223372036854775807 to 0"},
		{quorum.Weighted(1, vote("a", 9_999), vote("b", 2)), "quorum: the votes of a gate must add to at most 10000: b adds 2 to 9999"},
		{quorum.Or(quorum.Named(many...)...), "quorum: an expression must name nodes at most 16384 times: 16385"},
		{doubled, "quorum: an expression must name nodes at most 16384 times: 32767"},
		{deep, "quorum: an expression must be at most 1000 gates deep: 1001"},
	} {
		for _, e := range []quorum.Expr{
			bad.e, bad.e.Dual(), quorum.And(bad.e), quorum.Or(quorum.Node("z"), bad.e), quorum.Choose(1, bad.e, quorum.Node("z")),
			quorum.Weighted(1, quorum.Vote{Of: bad.e, Votes: 3}),
		} {
			require.EqualError(t, e.Validate(), bad.message)
			_, err := e.Minimal(10)
			require.EqualError(t, err, bad.message)
			_, err = e.Resilience()
			require.EqualError(t, err, bad.message)
			_, err = quorum.New(e, quorum.Node("a"))
			require.EqualError(t, err, bad.message)
			_, err = quorum.New(quorum.Node("a"), e)
			require.EqualError(t, err, bad.message)
			_, err = quorum.FromReads(e)
			require.EqualError(t, err, bad.message)
			s, err := quorum.FromWrites(e)
			require.EqualError(t, err, bad.message)
			require.Nil(t, s)
			require.Empty(t, e.Nodes())
			require.False(t, e.Holds("a", "b", "c", "z"))
			require.Equal(t, "("+bad.message+")", e.String())
		}
	}
	_, err := quorum.ReadOneWriteAll()
	require.EqualError(t, err, "quorum: a gate must have a part: 0 parts")
	for _, limit := range []int{0, -1, math.MinInt} {
		_, err := quorum.Node("a").Minimal(limit)
		require.EqualError(t, err, fmt.Sprintf("quorum: the limit of minimal quorums must be positive: %d", limit))
	}
}

// A broken text is refused with what was wanted, where, and what is there.
func TestBadTextIsRefused(t *testing.T) {
	for _, bad := range []struct{ text, message string }{
		{"", `quorum: an expression must have a node, a function or "(" at byte 0 of "": the end`},
		{" ", `quorum: an expression must have a node, a function or "(" at byte 1 of " ": the end`},
		{"a +", `quorum: an expression must have a node, a function or "(" at byte 3 of "a +": the end`},
		{"a ** b", `quorum: an expression must have a node, a function or "(" at byte 3 of "a ** b": "*"`},
		{"a b", `quorum: an expression must have the end, + or * at byte 2 of "a b": "b"`},
		{"a, b", `quorum: an expression must have the end, + or * at byte 1 of "a, b": ","`},
		{"(a + b", `quorum: an expression must have ")" at byte 6 of "(a + b": the end`},
		{"a)", `quorum: an expression must have the end, + or * at byte 1 of "a)": ")"`},
		{"a & b", `quorum: an expression must have the end, + or * at byte 2 of "a & b": "&"`},
		{"a:2", `quorum: an expression must have the end, + or * at byte 1 of "a:2": ":"`},
		{`"a`, `quorum: an expression must have a node, a function or "(" at byte 0 of "\"a": "\""`},
		{`""`, `quorum: a node's name must not be empty: ""`},
		{"`a`", "quorum: an expression must have a node, a function or \"(\" at byte 0 of \"`a`\": \"`\""},
		{"a\xff", `quorum: an expression must have the end, + or * at byte 1 of "a\xff": "\xff"`},
		{"pick(2, a, b)", `quorum: a function must be choose, majority or weighted: "pick"`},
		{"choose(a, b)", `quorum: an expression must have a number at byte 7 of "choose(a, b)": "a"`},
		{"choose(2)", `quorum: an expression must have "," at byte 8 of "choose(2)": ")"`},
		{"choose(2,)", `quorum: an expression must have a node, a function or "(" at byte 9 of "choose(2,)": ")"`},
		{"choose(2, a:2, b)", `quorum: an expression must have ")" at byte 11 of "choose(2, a:2, b)": ":"`},
		{"choose(99999999999999999999, a)", `quorum: an expression must have a number at byte 7 of "choose(99999999999999999999, a)": "99999999999999999999"`},
		{"choose(3, a, b)", "quorum: choose must need from 1 to all 2 of its parts: 3"},
		{"weighted(2, a:x, b)", `quorum: an expression must have a number at byte 14 of "weighted(2, a:x, b)": "x"`},
		{"weighted(2, a:-1, b)", "quorum: a vote must be positive: -1 for a"},
		{"weighted(4, a:2, b)", "quorum: weighted must need from 1 to all 3 of its votes: 4"},
		{"majority()", `quorum: an expression must have a node, a function or "(" at byte 9 of "majority()": ")"`},
		{"majority(a, b, a)", `quorum: a gate must name a node once: "a" appears twice`},
		{"a*b + (c*d*c)", `quorum: a gate must name a node once: "c" appears twice`},
		{strings.Repeat("(", 1_000_000) + "a", "quorum: an expression must have at most 1000 brackets within one another: 1001"},
		{strings.Repeat("a*(b+", 501) + "a" + strings.Repeat(")", 501), "quorum: an expression must be at most 1000 gates deep: 1001"},
	} {
		e, err := quorum.Parse(bad.text)
		require.EqualError(t, err, bad.message)
		require.Equal(t, quorum.Expr{}, e)
	}
}

func TestBadFailuresAreRefused(t *testing.T) {
	s, err := quorum.FromReads(quorum.And(quorum.Named("a", "b")...))
	require.NoError(t, err)
	zone := func(up float64, nodes ...string) quorum.Failures {
		return quorum.Failures{Up: 1, Zones: []quorum.Zone{{Nodes: []string{"a"}, Up: 1}, {Nodes: nodes, Up: up}}}
	}
	many := quorum.Failures{Up: 1}
	for range 17 {
		many.Zones = append(many.Zones, quorum.Zone{Nodes: []string{"a"}, Up: 0.5})
	}
	for _, bad := range []struct {
		f       quorum.Failures
		message string
	}{
		{quorum.Failures{Up: -0.1}, "quorum: a probability must lie in [0, 1]: -0.1 for a node to be up"},
		{quorum.Failures{Up: 1.5}, "quorum: a probability must lie in [0, 1]: 1.5 for a node to be up"},
		{quorum.Failures{Up: math.NaN()}, "quorum: a probability must lie in [0, 1]: NaN for a node to be up"},
		{quorum.Failures{Up: math.Inf(1)}, "quorum: a probability must lie in [0, 1]: +Inf for a node to be up"},
		{quorum.Failures{Nodes: map[string]float64{"a": 2, "b": 3}}, `quorum: a probability must lie in [0, 1]: 2 for "a" to be up`},
		{quorum.Failures{Nodes: map[string]float64{"b": math.Inf(-1)}}, `quorum: a probability must lie in [0, 1]: -Inf for "b" to be up`},
		{quorum.Failures{Nodes: map[string]float64{"b": math.NaN()}}, `quorum: a probability must lie in [0, 1]: NaN for "b" to be up`},
		{quorum.Failures{Nodes: map[string]float64{"c": 1}}, `quorum: no such node: "c" in the failures of nodes`},
		{quorum.Failures{Nodes: map[string]float64{"": 1}}, `quorum: no such node: "" in the failures of nodes`},
		{zone(math.NaN(), "a"), "quorum: a probability must lie in [0, 1]: NaN for zone 1 to be up"},
		{zone(1.01, "a"), "quorum: a probability must lie in [0, 1]: 1.01 for zone 1 to be up"},
		{zone(0.5), "quorum: a zone must have a node: 0 nodes in zone 1"},
		{zone(0.5, "a", "x"), `quorum: no such node: "x" in zone 1`},
		{zone(0.5, "a", "b", "a"), `quorum: a zone must name a node once: "a" appears twice in zone 1`},
		{many, "quorum: too large: more than 16 zones that may be up or down: 17"},
	} {
		read, write, err := s.Availability(bad.f)
		require.EqualError(t, err, bad.message)
		require.Zero(t, read)
		require.Zero(t, write)
	}
	// The zero value says that no node is ever up, which is no mistake.
	read, write, err := s.Availability(quorum.Failures{})
	require.NoError(t, err)
	require.Zero(t, read)
	require.Zero(t, write)
}

// What is given is not kept, and what is returned is the caller's.
func TestExpressionsAndSystemsAreImmutable(t *testing.T) {
	parts := abc()
	votes := []quorum.Vote{{Of: quorum.Node("a"), Votes: 2}, {Of: quorum.Node("b"), Votes: 1}}
	choose, weighted := quorum.Choose(2, parts...), quorum.Weighted(2, votes...)
	s, err := quorum.New(choose, choose)
	require.NoError(t, err)
	parts[0], votes[0] = quorum.Node("x"), quorum.Vote{Of: quorum.Node("y"), Votes: 1}
	s.Nodes()[0] = "z"
	first, err := choose.Minimal(10)
	require.NoError(t, err)
	first[0][0] = "w"
	require.Equal(t, "majority(a, b, c)", choose.String())
	require.Equal(t, "weighted(2, a:2, b)", weighted.String())
	require.Equal(t, []string{"a", "b", "c"}, s.Nodes())
	again, err := choose.Minimal(10)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", "b"}, {"a", "c"}, {"b", "c"}}, again)
}
