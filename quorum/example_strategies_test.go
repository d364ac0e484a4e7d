package quorum_test

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// A grid of two rows, in which every second node has half the capacity, and three reads in four: how often to ask which quorum, what that gives,
// and the proof that nothing gives more.
func ExampleOptimise() {
	reads, err := quorum.Parse("a*b*c + d*e*f")
	check(err)
	system, err := quorum.FromReads(reads)
	check(err)
	nodes := quorum.Profiles{}
	for i, name := range system.Nodes() {
		capacity := []float64{1_000, 500}[i%2] // operations a second
		nodes[name] = quorum.Profile{Reads: capacity, Writes: capacity}
	}
	workload := quorum.Reads(0.75)
	strategy, certificate, err := quorum.Optimise(system, workload, quorum.OptimiseOptions{Nodes: nodes})
	check(err)
	uniform, err := quorum.Uniform(system, nodes, 100)
	check(err)
	for _, s := range []*quorum.Strategy{uniform, strategy} {
		capacity, err := s.MeanCapacity(workload)
		check(err)
		fmt.Printf("%.0f operations a second\n", capacity)
	}
	proved, err := certificate.Verify() // seconds that the busiest node spends on an operation, at least
	check(err)
	fmt.Printf("no strategy has more than %.0f\n", 1/proved)
	for _, c := range strategy.Reads() {
		fmt.Printf("read %v with probability %.2f\n", c.Nodes, c.Probability)
	}
	// Output:
	// 1091 operations a second
	// 1333 operations a second
	// no strategy has more than 1333
	// read [a b c] with probability 0.50
	// read [d e f] with probability 0.50
}

// Six nodes, nine reads in ten, and any one may fail.
func ExampleSearch() {
	found, err := quorum.Search([]string{"a", "b", "c", "d", "e", "f"}, quorum.Reads(0.9), quorum.SearchOptions{Resilience: 1})
	check(err)
	fmt.Println(found.System)
	fmt.Printf("load %.2f, the least of %d systems\n", found.Certificate.Bound, found.Tried)
	// Output:
	// reads (a + b + c)*(d + e + f), writes a*b*c + d*e*f
	// load 0.35, the least of 196 systems
}
