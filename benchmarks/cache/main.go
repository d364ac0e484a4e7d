// Command cache sets the caches of this library beside their peers: what a Get costs, from one goroutine and from several, what a Get
// and a Set of what is absent cost together, what an entry takes of memory, and how often they hit, on keys drawn by Zipf's law and on
// the traces in the folder that SYSDESIGN_TRACES names. It prints the medians of several rounds, and ratios to golang-lru. Absolute times
// depend on the machine and on what else it does; ratios do so much less.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/sysdesign-lab/sysdesign/benchmarks/internal/rounds"
)

func main() {
	plan := rounds.Plan{}
	flag.IntVar(&plan.Rounds, "rounds", 101, "how often each contender has its turn; in parallel a fifth as often")
	flag.DurationVar(&plan.Turn, "turn", time.Millisecond, "how long a turn lasts; in parallel 20 times as long")
	flag.IntVar(&plan.Goroutines, "goroutines", max(2, runtime.GOMAXPROCS(0)), "how many goroutines share one cache, where several do")
	capacity := flag.Int("capacity", 100_000, "entries; there are ten times as many keys")
	memory := flag.Int("memory", 1_000_000, "entries to measure the memory of; 0 leaves that part out")
	flag.Parse()
	if flag.NArg() > 0 || plan.Rounds < 1 || plan.Turn < time.Microsecond || plan.Goroutines < 1 || plan.Goroutines > mostGoroutines || *capacity < 1 || *memory < 0 {
		fmt.Fprintf(os.Stderr, "cache: rounds, turn, goroutines (1 to %d) and capacity must be positive, and memory not negative\n", mostGoroutines)
		flag.Usage()
		os.Exit(2)
	}
	if err := traces(os.Getenv("SYSDESIGN_TRACES")); err != nil {
		fmt.Fprintln(os.Stderr, "cache:", err)
		os.Exit(2)
	}
	speed(plan, *capacity, *memory)
}

const (
	skew     = 1.01
	requests = 1 << 20 // a power of two
)

// drawn are requests for keys by Zipf's law, which differ in all their bits.
func drawn(keys int) []uint64 {
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), skew, 1, uint64(keys-1))
	all := make([]uint64, requests)
	for i := range all {
		all[i] = (zipf.Uint64() + 1) * 0x9E3779B97F4A7C15
	}
	return all
}

func speed(plan rounds.Plan, capacity, memory int) {
	fmt.Printf("%d entries, %d keys by Zipf's law with exponent %v: ns a request and ratio to %s; medians of %d rounds, and\n"+
		"in parallel from %d goroutines of %d. Get: whether it is there or not. Get or Set: what is absent is set, after which it is there or not.\n\n",
		capacity, 10*capacity, skew, reference, plan.Rounds, plan.Goroutines, together(plan).Rounds)
	keys := drawn(10 * capacity)
	hits, bytes := make([]float64, len(contenders)), make([]float64, len(contenders))
	gets, asks := make([]rounds.Task, len(contenders)), make([]rounds.Task, len(contenders))
	for i, c := range contenders {
		if memory > 0 {
			bytes[i] = c.bytes(memory)
		}
		t := c.make(capacity)
		defer t.closed()
		hits[i] = t.warm(keys)
		gets[i], asks[i] = tasksOf(t, keys)
	}
	one, several := rounds.Measure(gets, referenceAt(), alone(plan)), rounds.Measure(gets, referenceAt(), together(plan))
	both := rounds.Measure(asks, referenceAt(), alone(plan))
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tpolicy\tGet\tratio\tGet, parallel\tratio\tGet or Set\tratio\thits\tbytes an entry\t")
	for i, c := range contenders {
		fmt.Fprintf(w, "%s\t%s\t", c.name, c.evict)
		for _, r := range []rounds.Result{one[i], several[i], both[i]} {
			fmt.Fprintf(w, "%.0f\t%.2f\t", r.Nanoseconds, r.Ratio)
		}
		fmt.Fprintf(w, "%.3f\t%.0f\t\n", hits[i], bytes[i])
	}
	w.Flush()
}

// mostGoroutines is how many may share a cache.
const mostGoroutines = 256

// tasksOf are Gets of the keys, and Gets with a Set of what is absent. Each goroutine begins somewhere else, and a turn goes on where its
// last one has ended.
func tasksOf(t table, keys []uint64) (gets, asks rounds.Task) {
	var places [mostGoroutines]struct {
		at int
		_  [120]byte // not in one cache line with another's
	}
	for g := range places {
		places[g].at = g * requests / mostGoroutines
	}
	gets = func(goroutine, calls int) {
		at := places[goroutine].at
		for i := range calls {
			t.get(keys[(at+i)&(requests-1)])
		}
		places[goroutine].at += calls
	}
	asks = func(goroutine, calls int) {
		at := places[goroutine].at
		for i := range calls {
			t.ask(keys[(at+i)&(requests-1)])
		}
		places[goroutine].at += calls
	}
	return gets, asks
}

// warm fills a table, and answers the hit ratio of what comes then.
func (t table) warm(keys []uint64) float64 {
	hits := 0
	for i, key := range keys {
		if t.ask(key) && i >= len(keys)/2 {
			hits++
		}
	}
	t.settled()
	return float64(hits) / float64(len(keys)-len(keys)/2)
}

// bytes is what the heap grows by, after a collection, by each entry of a full table.
func (c contender) bytes(entries int) float64 {
	empty := heap()
	t := c.make(entries)
	for range 2 { // what is late, or turned away, has a second chance
		for key := range uint64(2 * entries) {
			t.ask(key * 0x9E3779B97F4A7C15)
			if key%1_000 == 0 {
				t.settled()
			}
		}
	}
	t.settled()
	grown := heap() - empty
	n := t.len()
	runtime.KeepAlive(t)
	t.closed()
	return float64(grown) / float64(n)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
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

func referenceAt() int {
	for i, c := range contenders {
		if c.name == reference && c.evict == "LRU" {
			return i
		}
	}
	panic("the reference is no contender")
}
