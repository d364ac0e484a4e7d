package hashring_test

import (
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// One hot key goes to its owner until that has a quarter more than its part of what is in flight; then to the next one too.
func ExampleBounded() {
	table, err := hashring.New(
		hashring.Node[string]{Name: "a", Weight: 1, Value: "10.0.0.1:6379"},
		hashring.Node[string]{Name: "b", Weight: 1, Value: "10.0.0.2:6379"},
		hashring.Node[string]{Name: "c", Weight: 1, Value: "10.0.0.3:6379"},
	)
	if err != nil {
		panic(err)
	}
	bounded, err := hashring.NewBounded(table.Placement(), 0.25)
	if err != nil {
		panic(err)
	}

	token := bounded.Pick("user:42")
	node := table.Node(token.Node())
	fmt.Println("ask", node.Name == table.Owner("user:42").Name)
	token.Done()

	for range 12 { // requests that last
		bounded.Pick("user:42")
	}
	fmt.Println("of 12 in flight the most are", max(bounded.Loads()[0], bounded.Loads()[1], bounded.Loads()[2]))
	// Output:
	// ask true
	// of 12 in flight the most are 5
}

// Which keys are hot, in memory for a few counters.
func ExampleTopK() {
	top, err := hashring.NewTopK[string](3)
	if err != nil {
		panic(err)
	}
	for _, key := range []string{"a", "b", "a", "c", "a", "d", "a", "b"} {
		top.Observe(key)
	}
	for _, c := range top.Top(1) {
		fmt.Println(c.Key, "between", c.Count-c.Error, "and", c.Count, "of", top.Total())
	}
	// Output: a between 4 and 4 of 8
}

// A counter that everybody adds to: each write to one copy, a read sums up all.
func ExampleSalt() {
	salt, err := hashring.NewSalt(4)
	if err != nil {
		panic(err)
	}
	store := map[string]int{}
	for write := range uint64(10) {
		store[salt.Key("likes", write)]++
	}
	sum := 0
	for _, key := range salt.AppendKeys(nil, "likes") {
		sum += store[key]
	}
	fmt.Println(salt.AppendKeys(nil, "likes"), sum, salt.Unsalt("likes#3"))
	// Output: [likes likes#1 likes#2 likes#3] 10 likes
}

// A sensor's readings, an hour a key. The span is half-open: what begins at five is not in it.
func ExampleTimeBuckets() {
	hours, err := hashring.NewTimeBuckets(time.Hour)
	if err != nil {
		panic(err)
	}
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	fmt.Println(hours.Key("sensor", day.Add(200*time.Minute)))
	keys, err := hours.AppendKeys(nil, "sensor", day.Add(200*time.Minute), day.Add(5*time.Hour))
	fmt.Println(keys, err)
	key, start, ok := hours.Unbucket(keys[1])
	fmt.Println(key, start, ok)
	// Output:
	// sensor@1767322800
	// [sensor@1767322800 sensor@1767326400] <nil>
	// sensor 2026-01-02 04:00:00 +0000 UTC true
}

// Each tenant has two of eight workers; one that brings its own down takes one in 28 others wholly along.
func ExampleShuffle() {
	workers := hashring.Named("w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8")
	shuffle, err := hashring.NewShuffle(workers, 2, hashring.ShuffleOptions{})
	if err != nil {
		panic(err)
	}
	fmt.Println(len(shuffle.AppendNodes(nil, "tenant:7")), "workers")
	overlaps, err := hashring.Overlaps(8, 2)
	fmt.Printf("%.3f %v\n", overlaps, err)
	// Output:
	// 2 workers
	// [0.536 0.429 0.036] <nil>
}

// How many points a node takes so that none of a hundred has more than 1.25 times its part.
func ExamplePointsFor() {
	points, err := hashring.PointsFor(100, 1.25, 0.99)
	if err != nil {
		panic(err)
	}
	share, err := hashring.ShareOf(100, points)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d points, a relative standard deviation of %.3f\n", points, share.RelativeSD())
	// Output: 252 points, a relative standard deviation of 0.063
}

// Which placement fits, and why not another.
func ExampleAdvise() {
	advice, err := hashring.Advise(hashring.Needs{Nodes: 20, RemoveAny: true, Weights: true})
	if err != nil {
		panic(err)
	}
	fmt.Println(advice.Algorithm)
	for _, sentence := range advice.Why {
		fmt.Println("  " + sentence)
	}
	fmt.Println(advice.Others[0].Algorithm)
	fmt.Println("  " + advice.Others[0].Why[0])
	_, err = hashring.Advise(hashring.Needs{Nodes: 20, Weights: true, Scans: true})
	fmt.Println(err)
	// Output:
	// Rendezvous
	//   Its shares are exactly in proportion to weights, and each key has an order of preference of its own.
	//   Any node can leave.
	//   Nodes own keys in proportion to their weights.
	// Jump
	//   Only the node that joined last can leave.
	// hashring: no placement meets all needs: for 20 nodes there is none with range scans, and with weights
}
