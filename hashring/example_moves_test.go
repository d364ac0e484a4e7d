package hashring_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// What moves when a third node joins two, in slots.
func ExampleDiff() {
	before, err := hashring.NewSlots(hashring.Named("a", "b"))
	if err != nil {
		panic(err)
	}
	after, err := before.With(hashring.Named("a", "b", "c"))
	if err != nil {
		panic(err)
	}

	moves, err := hashring.Diff(before, after)
	if err != nil {
		panic(err)
	}
	for _, m := range moves.List() {
		fmt.Println(m)
	}
	fmt.Printf("%.4f of all\n", moves.Share())

	move, found := moves.Find("user:42")
	fmt.Println(move, found)
	// Output:
	// a to c: slots 5461 to 8191
	// b to c: slots 13654 to 16383
	// 0.3333 of all
	// b to c: slots 13654 to 16383 true
}

// Half of a million keys move, at most two hundred thousand at a time, five thousand a second.
func ExampleNewPlan() {
	before, err := hashring.NewSlots(hashring.Named("a", "b"))
	if err != nil {
		panic(err)
	}
	after, err := before.With(hashring.Named("a"))
	if err != nil {
		panic(err)
	}
	moves, err := hashring.Diff(before, after)
	if err != nil {
		panic(err)
	}

	plan, err := hashring.NewPlan(moves, hashring.PlanOptions{Keys: 1e6, AtMostKeys: 2e5, KeysPerSecond: 5e3})
	if err != nil {
		panic(err)
	}
	for i, s := range plan.Steps() {
		fmt.Printf("%d. %s to %s: %v, %.0f keys, by %v\n", i+1, s.From, s.To, s.Spans, s.Keys, s.End.Round(time.Second))
	}

	// While the plan goes on, clients need to know how many steps are done.
	for _, done := range []int{0, 1, 2} {
		owner, err := plan.Owner("order:9", done)
		if err != nil {
			panic(err)
		}
		fmt.Println("after", done, "steps order:9 is at", owner)
	}
	// Output:
	// 1. b to a: [slots 8192 to 11467], 199951 keys, by 40s
	// 2. b to a: [slots 11468 to 14743], 199951 keys, by 1m20s
	// 3. b to a: [slots 14744 to 16383], 100098 keys, by 1m40s
	// after 0 steps order:9 is at b
	// after 1 steps order:9 is at b
	// after 2 steps order:9 is at a
}

// Rendezvous hashing has no stretches to list. An estimate says how much moves.
func ExampleEstimateMoved() {
	before, err := hashring.NewRendezvous(hashring.Named("a", "b", "c"), hashring.Hashing{})
	if err != nil {
		panic(err)
	}
	after, err := before.With(hashring.Named("a", "b", "c", "d"))
	if err != nil {
		panic(err)
	}

	_, err = hashring.Diff(before, after)
	fmt.Println(errors.Is(err, hashring.ErrNoDiff))

	e, err := hashring.EstimateMoved(before, after, 10_000, rand.NewPCG(1, 1))
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.3f, from %.3f to %.3f; %.3f must move\n", e.Share, e.Low, e.High, e.Least)
	// Output:
	// true
	// 0.246, from 0.237 to 0.254; 0.250 must move
}
