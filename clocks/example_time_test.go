package clocks_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// A server's clock is behind. The reply to a message still has a later time than the message. In production the wall time is time.Now().
func ExampleHybrid() {
	client, err := clocks.NewHybrid(clocks.HybridConfig{MaxDrift: 500 * time.Millisecond})
	if err != nil {
		panic(err)
	}
	server, err := clocks.NewHybrid(clocks.HybridConfig{MaxDrift: 500 * time.Millisecond})
	if err != nil {
		panic(err)
	}
	wall := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	request, err := client.Now(wall)
	if err != nil {
		panic(err)
	}
	reply, err := server.Witness(wall.Add(-300*time.Millisecond), request)
	if err != nil {
		panic(err)
	}
	fmt.Println(request)
	fmt.Println(reply)
	fmt.Println(request.Compare(reply))
	// Output:
	// 2026-01-01T12:00:00.000032768Z+00000
	// 2026-01-01T12:00:00.000032768Z+00001
	// -1
}

// A peer whose clock is a day ahead would take every clock along that hears of it. It is refused, and nothing changes.
func ExampleHybrid_Witness() {
	clock, err := clocks.NewHybrid(clocks.HybridConfig{MaxDrift: 500 * time.Millisecond})
	if err != nil {
		panic(err)
	}
	wall := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	peer := clocks.HybridTime(wall.Add(24 * time.Hour).UnixNano())
	_, err = clock.Witness(wall, peer)
	fmt.Println(errors.Is(err, clocks.ErrAhead))
	now, err := clock.Now(wall)
	fmt.Println(now, err)
	// Output:
	// true
	// 2026-01-01T12:00:00.000032768Z+00000 <nil>
}

// A process stops, and its clock is set back. What it stored keeps the times of its next run above those of the first.
func ExampleHybridConfig() {
	var stored clocks.HybridTime // in a file, say
	config := clocks.HybridConfig{
		MaxDrift: time.Second,
		Reserve:  100 * time.Millisecond,
		Persist:  func(bound clocks.HybridTime) error { stored = bound; return nil },
	}
	wall := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, wall := range []time.Time{wall, wall.Add(-250 * time.Millisecond)} {
		config.From = stored
		clock, err := clocks.NewHybrid(config)
		if err != nil {
			panic(err)
		}
		now, err := clock.Now(wall)
		fmt.Println(now, err)
	}
	// Output:
	// 2026-01-01T12:00:00.000032768Z+00000 <nil>
	// 2026-01-01T12:00:00.100040704Z+00000 <nil>
}

// Clocks that are off by at most 4 ms. A write takes the latest time that it can be, and is seen only when that is past everywhere.
func ExampleInterval_CommitWait() {
	wall := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	write, err := clocks.Around(wall, 4*time.Millisecond)
	if err != nil {
		panic(err)
	}
	wait := write.CommitWait(write)
	fmt.Println(write)
	fmt.Println("wait", wait)
	then, err := clocks.Around(wall.Add(wait), 4*time.Millisecond)
	if err != nil {
		panic(err)
	}
	fmt.Println(write.Compare(then), write.CommitWait(then))
	// Output:
	// [2026-01-01T11:59:59.996Z, 2026-01-01T12:00:00.004Z]
	// wait 8.000001ms
	// before 0s
}

// The second write was made after the first, by a node whose clock is 20 ms behind. By wall time it is lost, and nobody is told.
func ExampleLastWrite() {
	wall := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	var byWall clocks.LastWrite[string, clocks.WallStamp]
	byWall.Set("one", clocks.WallStamp{Time: wall, Node: "a"})
	byWall.Set("two", clocks.WallStamp{Time: wall.Add(-20 * time.Millisecond), Node: "b"})
	value, _, _ := byWall.Get()
	fmt.Println("wall:", value)

	// By hybrid time it is not: node b has read the first write, and witnessed its stamp.
	a, err := clocks.NewHybrid(clocks.HybridConfig{MaxDrift: time.Second})
	if err != nil {
		panic(err)
	}
	b, err := clocks.NewHybrid(clocks.HybridConfig{MaxDrift: time.Second})
	if err != nil {
		panic(err)
	}
	first, err := a.Now(wall)
	if err != nil {
		panic(err)
	}
	second, err := b.Witness(wall.Add(-20*time.Millisecond), first)
	if err != nil {
		panic(err)
	}
	var byHybrid clocks.LastWrite[string, clocks.HybridStamp]
	byHybrid.Set("one", clocks.HybridStamp{Time: first, Node: "a"})
	byHybrid.Set("two", clocks.HybridStamp{Time: second, Node: "b"})
	value, _, _ = byHybrid.Get()
	fmt.Println("hybrid:", value)
	// Output:
	// wall: one
	// hybrid: two
}
