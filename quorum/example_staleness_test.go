package quorum_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// How stale are reads of one of three replicas, if a write is reported when the first has it?
func ExampleStaleness() {
	v, err := quorum.Staleness(quorum.LinkedInDisk(), quorum.Replicas{N: 3, R: 1, W: 1}, 200_000, rand.NewPCG(1, 1))
	if err != nil {
		panic(err)
	}
	now, _ := v.Consistent(0, 0.95)
	later, _ := v.Consistent(10*time.Millisecond, 0.95)
	write, _ := v.WriteLatency(0.99, 0.95)
	fmt.Printf("at once %.0f%%, after 10 ms %.1f%% see the write; 99%% of writes take up to %v\n",
		100*now.Estimate, 100*later.Estimate, write.Estimate.Round(100*time.Microsecond))
	// Output: at once 44%, after 10 ms 92.6% see the write; 99% of writes take up to 6.7ms
}

// Every R and W, on the same messages: what each costs, and what it gives.
func ExampleStalenessGrid() {
	grid, err := quorum.StalenessGrid(quorum.LinkedInSSD(), 2, 100_000, rand.NewPCG(1, 1))
	if err != nil {
		panic(err)
	}
	for _, row := range grid {
		for _, v := range row {
			share, _ := v.Consistent(0, 0.95)
			read, _ := v.ReadLatency(0.99, 0.95)
			write, _ := v.WriteLatency(0.99, 0.95)
			fmt.Printf("%v: %5.1f%% consistent, read %.1f ms, write %.1f ms\n", v.Replicas(), 100*share.Estimate,
				read.Estimate.Seconds()*1000, write.Estimate.Seconds()*1000)
		}
	}
	// Output:
	// N=2 R=1 W=1:  97.6% consistent, read 0.7 ms, write 0.7 ms
	// N=2 R=1 W=2: 100.0% consistent, read 0.7 ms, write 2.4 ms
	// N=2 R=2 W=1: 100.0% consistent, read 2.4 ms, write 0.7 ms
	// N=2 R=2 W=2: 100.0% consistent, read 2.4 ms, write 2.4 ms
}

// Delays of one's own, measured.
func ExampleReadDelays() {
	m, err := quorum.ReadDelays(strings.NewReader("leg,delay_ms\nw,5\nw,80\na,1\nr,1\ns,1\n"))
	if err != nil {
		panic(err)
	}
	v, err := quorum.Staleness(m, quorum.Replicas{N: 3, R: 1, W: 1}, 100_000, rand.NewPCG(1, 1))
	if err != nil {
		panic(err)
	}
	t, _ := v.TVisibility(0.999, 0.95)
	fmt.Println("after", t.Estimate, "99.9% see the write")

	_, err = quorum.ReadDelays(strings.NewReader("leg,delay_ms\nw,5\nw,fast\n"))
	fmt.Println(err)
	// Output:
	// after 73ms 99.9% see the write
	// quorum: line 3 of the delays: a delay must be a number of milliseconds in [0, 3.6e+11]: "fast"
}

// If each version is on two of five replicas only, a read that asks two of them misses the last three now and then.
func ExampleKStaleness() {
	p, err := quorum.KStaleness(quorum.Replicas{N: 5, R: 2, W: 2}, 3)
	fmt.Printf("%.3f %v\n", p, err)
	// Output: 0.027 <nil>
}
