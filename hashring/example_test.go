package hashring_test

import (
	"errors"
	"fmt"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// A client finds the server of each key; a server that joins takes keys from all others, and no key moves between those.
func Example() {
	table, err := hashring.New(
		hashring.Node[string]{Name: "a", Weight: 1, Value: "10.0.0.1:6379"},
		hashring.Node[string]{Name: "b", Weight: 1, Value: "10.0.0.2:6379"},
		hashring.Node[string]{Name: "c", Weight: 2, Value: "10.0.0.3:6379"},
	)
	check(err)
	larger, err := table.Edit(func(b *hashring.Builder[string]) error {
		return b.Add(hashring.Node[string]{Name: "d", Weight: 1, Value: "10.0.0.4:6379"})
	})
	check(err)
	moved, toNew := 0, 0
	for i := range 1_000 {
		key := fmt.Sprint("user:", i)
		if after := larger.Owner(key); after.Name != table.Owner(key).Name {
			moved++
			if after.Name == "d" {
				toNew++
			}
		}
	}
	fmt.Println(table.Value("user:42"))
	fmt.Printf("%d of 1000 keys move, %d of them to d\n", moved, toNew)
	// Output:
	// 10.0.0.3:6379
	// 212 of 1000 keys move, 212 of them to d
}

// Three copies of a key go to three zones.
func ExampleTable_Spread() {
	var nodes []hashring.Node[int]
	for i, zone := range []string{"east", "east", "east", "west", "west", "north"} {
		nodes = append(nodes, hashring.Node[int]{Name: fmt.Sprint("node-", i), Weight: 1, Zone: zone})
	}
	table, err := hashring.New(nodes...)
	check(err)
	replicas, err := table.Spread("user:42", 4)
	check(err)
	for _, n := range replicas {
		fmt.Println(n.Name, n.Zone)
	}
	_, err = table.Spread("user:42", 7)
	fmt.Println(errors.Is(err, hashring.ErrTooFewNodes))
	// Output:
	// node-5 north
	// node-2 east
	// node-4 west
	// node-1 east
	// true
}

// Lookups go on while the set of nodes changes.
func ExampleCell() {
	table, err := hashring.New(
		hashring.Node[string]{Name: "a", Weight: 1, Value: "10.0.0.1"},
		hashring.Node[string]{Name: "b", Weight: 1, Value: "10.0.0.2"},
	)
	check(err)
	cell, err := hashring.NewCell(table)
	check(err)
	_, _, err = cell.Edit(func(b *hashring.Builder[string]) error { return b.Remove("a") })
	check(err)
	fmt.Println(cell.Owner("anything").Value)
	_, _, err = cell.Edit(func(b *hashring.Builder[string]) error { return b.Remove("a") })
	fmt.Println(err)
	// Output:
	// 10.0.0.2
	// hashring: no such node: "a" cannot be removed
}

// Another algorithm is another scheme.
func ExampleNewTable() {
	table, err := hashring.NewTable(hashring.ByMaglev(hashring.MaglevOptions{Size: 655373}),
		hashring.Node[int]{Name: "a", Weight: 1, Value: 1},
		hashring.Node[int]{Name: "b", Weight: 1, Value: 2},
	)
	check(err)
	fmt.Println(table.Owner("user:42").Name)
	_, err = hashring.NewTable(hashring.ByMaglev(hashring.MaglevOptions{Size: 1000}), table.Nodes()...)
	fmt.Println(err)
	// Output:
	// a
	// hashring: a Maglev table's size must be a prime number: 1000
}

// Keys with one tag are in one slot.
func ExampleSlot() {
	fmt.Println(hashring.Slot("somekey"))
	fmt.Println(hashring.Slot("{user1000}.following") == hashring.Slot("{user1000}.followers"))
	// Output:
	// 11058
	// true
}

// A fourth master gets a quarter of the slots, and nothing else moves.
func ExampleSlots_With() {
	before, err := hashring.NewSlots(hashring.Named("a", "b", "c"))
	check(err)
	after, err := before.With(hashring.Named("a", "b", "c", "d"))
	check(err)
	moved := 0
	for slot := range hashring.SlotCount {
		from, _ := before.OwnerOf(slot)
		to, _ := after.(*hashring.Slots).OwnerOf(slot)
		if from != to {
			moved++
		}
	}
	fmt.Println(moved, "of", hashring.SlotCount)
	// Output:
	// 4096 of 16384
}

// A stretch of keys that became hot is split.
func ExampleRanges_Split() {
	r, err := hashring.NewRanges(hashring.Named("a", "b"), []hashring.Range{{Start: "", Owner: "a"}})
	check(err)
	r, err = r.Split("m", "b")
	check(err)
	for _, key := range []string{"lemon", "m", "plum"} {
		fmt.Println(key, r.Members()[r.Owner(key)].Name)
	}
	// Output:
	// lemon a
	// m b
	// plum b
}

// A tenant too large for its hash's node has one of its own.
func ExampleDirectory() {
	rest, err := hashring.NewJump(hashring.Named("a", "b", "c"), hashring.Hashing{})
	check(err)
	d, err := hashring.NewDirectory(rest, map[string]string{"large tenant": "c"})
	check(err)
	fmt.Println(d.Members()[d.Owner("large tenant")].Name)
	d, err = d.Assign(map[string]string{"large tenant": ""}) // released
	check(err)
	fmt.Println(d.Owner("large tenant") == rest.Owner("large tenant"))
	// Output:
	// c
	// true
}
