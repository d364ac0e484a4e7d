// Command ratelimit sets the rate limiters of this library beside their peers: what a request costs, admitted and refused, from one
// goroutine and from several, and what a million keys cost. It prints the medians of several rounds, and ratios to
// golang.org/x/time/rate. Absolute times depend on the machine and on what else it does; ratios do so much less.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/sysdesign-lab/sysdesign/benchmarks/internal/rounds"
)

func main() {
	plan := rounds.Plan{}
	flag.IntVar(&plan.Rounds, "rounds", 101, "how often each contender has its turn; in parallel a fifth as often")
	flag.DurationVar(&plan.Turn, "turn", time.Millisecond, "how long a turn lasts; in parallel 20 times as long")
	flag.IntVar(&plan.Goroutines, "goroutines", max(2, runtime.GOMAXPROCS(0)), "how many goroutines share one limit, where several do")
	keys := flag.Int("keys", 1<<20, "how many keys there are, a power of two; 0 leaves that part out")
	flag.Parse()
	if flag.NArg() > 0 || plan.Rounds < 1 || plan.Turn < time.Microsecond || plan.Goroutines < 1 || plan.Goroutines > mostGoroutines || *keys < 0 || *keys&(*keys-1) != 0 {
		fmt.Fprintf(os.Stderr, "ratelimit: rounds, turn and goroutines (1 to %d) must be positive, and keys a power of two\n", mostGoroutines)
		flag.Usage()
		os.Exit(2)
	}
	oneLimit(plan)
	if *keys > 0 {
		manyKeys(plan, *keys)
	}
}

// oneLimit is about a single limit that everybody shares.
func oneLimit(plan rounds.Plan) {
	fmt.Printf("One limit, ns a request and ratio to %s; medians of %d rounds, and in parallel from %d goroutines of %d.\n\n",
		reference, plan.Rounds, plan.Goroutines, together(plan).Rounds)
	var columns [][]rounds.Result
	var failed []string
	for _, p := range []rounds.Plan{alone(plan), together(plan)} {
		for _, l := range []limit{generous, strict} {
			tasks, unexpected := tasksOf(l)
			columns = append(columns, rounds.Measure(tasks, referenceAt(), p))
			for i := range contenders {
				if n := unexpected[i].Load(); n > 0 {
					failed = append(failed, fmt.Sprintf("%s: %d answers of another kind, with %d goroutines", contenders[i].name, n, p.Goroutines))
				}
			}
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tclock\tadmitted\tratio\trefused\tratio\tadmitted, parallel\tratio\trefused, parallel\tratio\t")
	for i, c := range contenders {
		fmt.Fprintf(w, "%s\t%s\t", c.name, c.clock)
		for _, column := range columns {
			fmt.Fprintf(w, "%s\t%s\t", number(column[i].Nanoseconds, 1), number(column[i].Ratio, 2))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	for _, sentence := range failed {
		fmt.Println(sentence)
	}
	fmt.Println()
}

func alone(plan rounds.Plan) rounds.Plan {
	plan.Goroutines = 1
	return plan
}

// together makes turns longer, and fewer: in a millisecond one goroutine may be done before the next one has a processor.
func together(plan rounds.Plan) rounds.Plan {
	plan.Turn *= 20
	plan.Rounds = plan.Rounds/5 | 1
	return plan
}

const mostGoroutines = 256

// tasksOf make each contender answer requests that are all admitted or all refused, and count answers of the other kind.
func tasksOf(l limit) ([]rounds.Task, []atomic.Int64) {
	tasks, unexpected := make([]rounds.Task, len(contenders)), make([]atomic.Int64, len(contenders))
	for i, c := range contenders {
		if l == strict && c.waits {
			continue
		}
		run := c.make(l)
		if l == strict {
			run(0, 1)
		}
		var clocks [mostGoroutines]struct {
			now time.Duration
			_   [120]byte // not in one cache line with another's
		}
		tasks[i] = func(goroutine, calls int) {
			from := &clocks[goroutine].now
			admitted := run(*from, calls)
			*from += time.Duration(calls)
			if l == strict {
				unexpected[i].Add(int64(admitted))
			} else {
				unexpected[i].Add(int64(calls - admitted))
			}
		}
	}
	return tasks, unexpected
}

func referenceAt() int {
	for i, c := range contenders {
		if c.name == reference {
			return i
		}
	}
	panic("the reference is no contender")
}

func number(x float64, decimals int) string {
	if math.IsNaN(x) {
		return "-"
	}
	return fmt.Sprintf("%.*f", decimals, x)
}

// manyKeys is about a limit of its own for each of size keys.
func manyKeys(plan rounds.Plan, size int) {
	fmt.Printf("%d keys, live for an hour; bytes a key beyond the key itself, and after as many others came ten hours later.\n", size)
	fmt.Printf("Requests of keys that are there, in scattered order: ns and ratio to %s.\n\n", keyedReference)
	names := namesOf(2 * size)
	first, second := make([]float64, len(keyedContenders)), make([]float64, len(keyedContenders))
	tasks := make([]rounds.Task, len(keyedContenders))
	for i, c := range keyedContenders {
		var t table
		t, first[i], second[i] = c.memory(size, names)
		tasks[i] = func(goroutine, calls int) {
			for call := range calls {
				t.take(later, size+scattered(call+goroutine*size/mostGoroutines, size))
			}
		}
		if t.close != nil {
			defer t.close()
		}
	}
	one, several := rounds.Measure(tasks, 0, alone(plan)), rounds.Measure(tasks, 0, together(plan))
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tclock\tbytes a key\tafter others\tns\tratio\tns, parallel\tratio\t")
	for i, c := range keyedContenders {
		fmt.Fprintf(w, "%s\t%s\t%.0f\t%.0f\t%.0f\t%.2f\t%.0f\t%.2f\t\n", c.name, c.clock, first[i], second[i],
			one[i].Nanoseconds, one[i].Ratio, several[i].Nanoseconds, several[i].Ratio)
	}
	w.Flush()
}

// scattered goes through the numbers below a power of two, in an order that leaves no two neighbours together.
func scattered(i, size int) int { return i * 1_664_525 & (size - 1) }
