package clocks_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// Two replicas write without having seen each other's write; who merges both has seen all.
func Example() {
	var a, b clocks.Vector
	must(a.Increment("a"))
	must(b.Increment("b"))
	fmt.Println(a, "is", a.Compare(b), b)

	b.Merge(a) // a's write arrives at b
	must(b.Increment("b"))
	fmt.Println(a, "is", a.Compare(b), b)
	// Output:
	// {a=1} is concurrent {b=1}
	// {a=1} is before {a=1,b=2}
}

// A clock travels in a header or in JSON as text, and as bytes where they are dear.
func ExampleVector_MarshalText() {
	context, err := clocks.NewVector(map[string]uint64{"node 1": 3, "b": 1})
	must(err)
	text, err := json.Marshal(context)
	must(err)
	data, err := context.MarshalBinary()
	must(err)
	fmt.Printf("%s\n%q\n", text, data)

	err = context.UnmarshalText([]byte("v1:b=1,a=3")) // the same clock as v1:a=3,b=1, which is the only way to write it
	fmt.Println(errors.Is(err, clocks.ErrEncoding))
	// Output:
	// "v1:b=1,node%201=3"
	// "\x11\x02\x01b\x01\x06node 1\x03"
	// true
}

// For replicas that are known beforehand, a clock by index.
func ExampleRoster() {
	replicas, err := clocks.NewRoster("paris", "london", "rome")
	must(err)
	clock := replicas.New()
	rome, _ := replicas.Index("rome")
	must(clock.Increment(rome))
	fmt.Println(clock, clock.Compare(replicas.New()))

	byName, err := replicas.Vector(clock)
	must(err)
	fmt.Println(byName)
	// Output:
	// [0,0,1] after
	// {rome=1}
}

// Each arrival is later than its sending, and one broken peer does not carry the clock away.
func ExampleLamport() {
	var sender, receiver clocks.Lamport
	for range 3 {
		_, err := sender.Tick()
		must(err)
	}
	arrival, err := receiver.Witness(sender.Time())
	must(err)
	fmt.Println("sent at", sender.Time(), "and received at", arrival)

	_, err = receiver.Witness(1 << 60)
	fmt.Println(errors.Is(err, clocks.ErrAhead), receiver.Time())
	// Output:
	// sent at 3 and received at 4
	// true 4
}

// Events of all processes in one order: by time, and by the name of the process where times are equal.
func ExampleLamportStamp() {
	first, second := clocks.LamportStamp{Counter: 7, Node: "a"}, clocks.LamportStamp{Counter: 7, Node: "b"}
	fmt.Println(first, second, first.Compare(second))
	// Output: 7@a 7@b -1
}
