package quorum_test

import (
	"errors"
	"fmt"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// Two racks of three: a read asks a whole rack, and so a write needs a node of each.
func ExampleFromReads() {
	reads, err := quorum.Parse("a*b*c + d*e*f")
	check(err)
	s, err := quorum.FromReads(reads)
	check(err)
	fmt.Println(s)
	survivesReads, survivesWrites, err := s.Resilience()
	check(err)
	fmt.Println("reads survive any", survivesReads, "failures, and writes any", survivesWrites)
	// Output:
	// reads a*b*c + d*e*f, writes (a + b + c)*(d + e + f)
	// reads survive any 1 failures, and writes any 2
}

// A write that reads may miss is refused, and the error has the pair.
func ExampleNew() {
	reads := quorum.Choose(2, quorum.Named("a", "b", "c", "d")...)
	_, err := quorum.New(reads, reads)
	fmt.Println(err)
	var apart *quorum.DisjointError
	if errors.As(err, &apart) {
		fmt.Println(apart.Read, apart.Write)
	}
	// Output:
	// quorum: every read quorum must meet every write quorum: reads {a, b} and writes {c, d} do not
	// [a b] [c d]
}

// Gifford's example: a node with two votes of four.
func ExampleWeighted() {
	votes := []quorum.Vote{
		{Of: quorum.Node("a"), Votes: 2}, {Of: quorum.Node("b"), Votes: 1}, {Of: quorum.Node("c"), Votes: 1},
	}
	reads, writes := quorum.Weighted(2, votes...), quorum.Weighted(3, votes...)
	_, err := quorum.New(reads, writes)
	check(err)
	for _, e := range []quorum.Expr{reads, writes} {
		minimal, err := e.Minimal(100)
		check(err)
		fmt.Println(e, minimal)
	}
	// Output:
	// weighted(2, a:2, b, c) [[a] [b c]]
	// weighted(3, a:2, b, c) [[a b] [a c]]
}

// A grid of nine nodes: any two sets of a whole row and a whole column meet.
func ExampleGrid() {
	grid := quorum.Grid([]string{"a", "b", "c"}, []string{"d", "e", "f"}, []string{"g", "h", "i"})
	_, err := quorum.New(grid, grid)
	check(err)
	minimal, err := grid.Minimal(100)
	check(err)
	fmt.Println(len(minimal), "quorums of", len(minimal[0]), "nodes, the first", minimal[0])
	fmt.Println(grid.Holds("a", "b", "c", "f", "i"), grid.Holds("a", "e", "i", "b", "d"))
	// Output:
	// 9 quorums of 5 nodes, the first [a b c d g]
	// true false
}

func ExampleParse() {
	e, err := quorum.Parse("majority(a, b, c) * (d + e)")
	check(err)
	fmt.Println(e.Nodes(), e.Holds("a", "c", "e"), e.Holds("a", "b"))
	fmt.Println(e.Dual())
	_, err = quorum.Parse("a*b + ")
	fmt.Println(err)
	// Output:
	// [a b c d e] true false
	// majority(a, b, c) + d*e
	// quorum: an expression must have a node, a function or "(" at byte 6 of "a*b + ": the end
}

// Three replicas in two zones: the zone with two of them takes the majority down with it.
func ExampleSystem_Availability() {
	majority := quorum.Majority("a", "b", "c")
	s, err := quorum.New(majority, majority)
	check(err)
	alone, _, err := s.Availability(quorum.Failures{Up: 0.99})
	check(err)
	zoned, _, err := s.Availability(quorum.Failures{Up: 0.99, Zones: []quorum.Zone{
		{Nodes: []string{"a", "b"}, Up: 0.999}, {Nodes: []string{"c"}, Up: 0.999},
	}})
	check(err)
	fmt.Printf("%.6f alone, %.6f in zones\n", alone, zoned)
	// Output:
	// 0.999702 alone, 0.998683 in zones
}
