package quorum_test

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// Quorums that overlap are not enough: the second read is older than the first.
func ExampleExplain() {
	e, err := quorum.Explain(3, 2, 2, quorum.ExplainOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, sentence := range e.Sentences {
		fmt.Println(sentence)
	}
	fmt.Println()
	fmt.Print(e.Run)
	// Output:
	// R+W = 4 exceeds N = 3: what a read asks shares at least 1 replica with what a write reached.
	// It is regular: a read returns the last write that ended before it began, or one that was under way.
	// It is not linearizable: while a write is under way a read may return it, and a later read the version before. Writing back what was read repairs that, and so does asking all replicas.
	// A client never reads a version older than one that it wrote, but may read one older than it has read.
	// Two writes share at least 1 replica, which sees both: W = 2 exceeds N/2.
	// Reads and writes go on with any 1 replica down.
	//
	// The write is under way: reader 1 sees it at A; reader 2 asks B and C, and sees the old version.
	//
	// writer    ├ write new ──────────────────────────────────────────────────────┤
	// A         old ··▼ new ············?·········································
	// B         old ····················?·················?·················▼ new
	// C         old ······································?·················▼ new
	// reader 1                    ├ read: new ┤
	// reader 2                                      ├ read: old ┤
	//
	// ▼ a version arrives   ? a read asks
}

// Stand-ins take the place of replicas that do not answer, and with them goes the overlap. This is one client, that does not see
// what it has just written.
func ExampleExplanation_Counterexample() {
	e, _ := quorum.Explain(3, 2, 2, quorum.ExplainOptions{Sloppy: true})
	run, broken := e.Counterexample(quorum.ReadYourWrites)
	fmt.Println(e.Strongest, broken)
	fmt.Print(run)
	// Output:
	// eventual true
	// The write has ended, stored at A and stand-in 1; the same client then asks B and C, and misses it.
	//
	// client      ├ write new ┤     ├ read: old ┤
	// A           old ··▼ new ····································
	// B           old ····················?·················▼ new
	// C           old ····················?·················▼ new
	// stand-in 1        ▼ new ····································
	//
	// ▼ a version arrives   ? a read asks
}

func ExampleReplicas() {
	q := quorum.Replicas{N: 3, R: 2, W: 2}
	reads, writes := q.Tolerates()
	read, write, _ := q.Availability(quorum.Failures{Up: 0.99})
	fmt.Println(q, q.Overlaps(), q.WritesOverlap(), reads, writes)
	fmt.Printf("%.6f %.6f\n", read, write)
	fmt.Println(quorum.Replicas{N: 3, R: 1, W: 2}.Strict())
	// Output:
	// N=3 R=2 W=2 true true 1 1
	// 0.999702 0.999702
	// quorum: R+W must exceed N for overlapping reads: R=1 W=2 N=3
}
