package clocks_test

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// Two clients write in turns by one server, and each has seen only its own last write's answer. A dotted set keeps one value of each; one vector for
// all siblings cannot tell whose they are, and keeps all.
func ExampleDottedSet() {
	var dotted clocks.DottedSet[string]
	var vector clocks.Versioned[string]
	var alice, bob clocks.Vector
	for range 3 {
		must(dotted.Put(alice, "alice", "s"))
		must(vector.Put(alice, "alice", "s"))
		alice = dotted.Context()
		must(dotted.Put(bob, "bob", "s"))
		must(vector.Put(bob, "bob", "s"))
		bob = dotted.Context()
	}
	fmt.Println(dotted.Values(), dotted.Context())
	fmt.Println(vector.Values(), vector.Context())
	// Output:
	// [alice bob] {s=6}
	// [alice bob alice bob alice bob] {s=6}
}

// Replicas that were written apart hold both values once they sync. Who has read both replaces both.
func ExampleDottedSet_Sync() {
	var a, b clocks.DottedSet[string]
	must(a.Put(clocks.Vector{}, "red", "a"))
	must(b.Put(clocks.Vector{}, "blue", "b"))
	a.Sync(b)
	for dot, value := range a.All() {
		fmt.Println(dot, value)
	}
	must(a.Put(a.Context(), "purple", "a"))
	b.Sync(a)
	fmt.Println(b.Values(), b.Context())
	// Output:
	// (a,1) red
	// (b,1) blue
	// [purple] {a=2,b=1}
}

// A set is stored or sent with an encoding of its values.
func ExampleDottedSet_Encode() {
	var s clocks.DottedSet[string]
	must(s.Put(clocks.Vector{}, "red", "a"))
	data, err := s.Encode(nil, func(b []byte, value string) ([]byte, error) { return append(b, value...), nil })
	must(err)
	fmt.Printf("%q\n", data)
	var read clocks.DottedSet[string]
	must(read.Decode(data, func(b []byte) (string, error) { return string(b), nil }))
	fmt.Println(read.Values(), read.Context())
	// Output:
	// "a\x01\x01a\x00\x01\x03red"
	// [red] {a=1}
}

// Two clients that have seen nothing write by server s. The second write has not seen the first, and its clock says so.
func ExampleDotted() {
	first := clocks.Dotted{Dot: clocks.Dot{Actor: "s", Counter: 1}}
	second := clocks.Dotted{Dot: clocks.Dot{Actor: "s", Counter: 2}}
	third := clocks.Dotted{Dot: clocks.Dot{Actor: "s", Counter: 3}}
	must(third.Past.Increment("s")) // has read the first
	fmt.Println(first, "is", first.Compare(second), second)
	fmt.Println(first, "is", first.Compare(third), third)
	fmt.Println(second, "is", second.Compare(third), third)
	// Output:
	// (s,1){} is concurrent (s,2){}
	// (s,1){} is before (s,3){s=1}
	// (s,2){} is concurrent (s,3){s=1}
}

// Carts that were filled apart are merged by union: nothing that was put in is lost.
func ExampleMultiValue() {
	var here, there clocks.MultiValue[[]string]
	must(here.Set(clocks.Vector{}, []string{"book"}, "here"))
	must(there.Set(clocks.Vector{}, []string{"pen", "ink"}, "there"))
	here.Merge(there)
	siblings, _ := here.Get()
	fmt.Println(siblings)

	_, err := here.Resolve("here", func(siblings [][]string) []string {
		all := slices.Concat(siblings...)
		slices.Sort(all)
		return slices.Compact(all)
	})
	must(err)
	siblings, context := here.Get()
	fmt.Println(siblings, context)
	// Output:
	// [[book] [pen ink]]
	// [[book ink pen]] {here=2,there=1}
}
