// Command hashring sets the placements of this library beside their peers: what a lookup costs with few nodes and with
// many, and what it costs to build a placement, in time and memory. It prints the medians of several rounds, and ratios to the bare hash of a
// key. Absolute times depend on the machine and on what else it does; ratios do so much less.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/sysdesign-lab/sysdesign/benchmarks/internal/rounds"
)

func main() {
	plan := rounds.Plan{Goroutines: 1, Warm: true}
	flag.IntVar(&plan.Rounds, "rounds", 301, "how often each contender has its turn")
	flag.DurationVar(&plan.Turn, "turn", 200*time.Microsecond, "how long a turn lasts, after as long a one that does not count")
	builds := flag.Int("builds", 3, "how often each contender is built; 0 leaves that part out")
	flag.Parse()
	if flag.NArg() > 0 || plan.Rounds < 1 || plan.Turn < time.Microsecond || *builds < 0 {
		fmt.Fprintln(os.Stderr, "hashring: rounds and turn must be positive, and builds not negative")
		flag.Usage()
		os.Exit(2)
	}
	lookups(plan)
	if *builds > 0 {
		building(*builds)
	}
}

var sizes = []int{10, 100, 1_000, 10_000}

// task keeps the compiler from leaving out what nobody reads.
func task(run func(calls int) int) rounds.Task {
	return func(_, calls int) { runtime.KeepAlive(run(calls)) }
}

// lookups is about the owner of a key, its hash included.
func lookups(plan rounds.Plan) {
	fmt.Printf("A lookup with its hash, ns and ratio to %s of the key, by number of nodes; medians of %d rounds.\n\n", reference, plan.Rounds)
	columns := make([][]rounds.Result, len(sizes))
	for c, n := range sizes {
		names := named(n)
		tasks := make([]rounds.Task, 1+len(contenders))
		tasks[0] = task(bare)
		for i, c := range contenders {
			if c.most == 0 || n <= c.most {
				tasks[1+i] = task(c.make(names).run)
			}
		}
		columns[c] = rounds.Measure(tasks, 0, plan)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\thash\t")
	for _, n := range sizes {
		fmt.Fprintf(w, "%d\tratio\t", n)
	}
	fmt.Fprintln(w)
	row := func(i int, name, hash string) {
		fmt.Fprintf(w, "%s\t%s\t", name, hash)
		for _, column := range columns {
			fmt.Fprintf(w, "%s\t%s\t", number(column[i].Nanoseconds, 1), number(column[i].Ratio, 2))
		}
		fmt.Fprintln(w)
	}
	row(0, reference, "xxHash64")
	for i, c := range contenders {
		row(1+i, c.name, c.hash)
	}
	w.Flush()
	fmt.Println()
}

// building is about making a placement of 1,000 nodes.
func building(builds int) {
	const n = 1_000
	fmt.Printf("Building of %d nodes: ms, ratio to %s, and bytes of memory a node beyond its name; medians of %d rounds, or the first if that takes long.\n\n", n, ring, builds)
	names := named(n)
	spent, bytes := make([][]float64, len(contenders)), make([]float64, len(contenders))
	for round := range builds {
		for i, c := range contenders {
			if round == 0 || spent[i][0] < longBuild || c.name == ring {
				ms, size := c.build(names)
				spent[i], bytes[i] = append(spent[i], ms), size
			}
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tpoints a node\tms\tratio\tbytes a node\t")
	for i, c := range contenders {
		ratios := make([]float64, len(spent[i]))
		for round, ms := range spent[i] {
			ratios[round] = ms / spent[contenderAt(ring)][round]
		}
		fmt.Fprintf(w, "%s\t%s\t%.2f\t%.3f\t%.0f\t\n", c.name, c.points, rounds.Median(spent[i]), rounds.Median(ratios), bytes[i])
	}
	w.Flush()
}

const longBuild = 2_000 // ms

// build makes a placement and says how long that took, in ms, and by how many bytes a node the heap grew. All share the names.
func (c contender) build(names []string) (ms, bytes float64) {
	before, begin := heap(), time.Now()
	p := c.make(names)
	ms = time.Since(begin).Seconds() * 1e3
	bytes = float64(heap()-before) / float64(len(names))
	runtime.KeepAlive(p)
	return ms, bytes
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func contenderAt(name string) int {
	for i, c := range contenders {
		if c.name == name {
			return i
		}
	}
	panic("there is no such contender")
}

func number(x float64, decimals int) string {
	if math.IsNaN(x) {
		return "-"
	}
	return fmt.Sprintf("%.*f", decimals, x)
}
