package sim_test

import (
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim"
)

// Events run in the order of their time; at one instant, in the order in which they were scheduled.
func Example() {
	e := sim.New(1)
	defer e.Close()
	e.After(2*time.Second, func() { fmt.Println(e.Now(), "second") })
	e.After(time.Second, func() {
		fmt.Println(e.Now(), "first")
		e.After(time.Second, func() { fmt.Println(e.Now(), "third") })
	})
	if err := e.Run(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1s first
	// 2s second
	// 2s third
}

// A time-out that is cancelled when the answer comes.
func ExampleEngine_Cancel() {
	e := sim.New(1)
	timeout := e.After(time.Second, func() { fmt.Println("timed out") })
	e.After(300*time.Millisecond, func() { fmt.Println("answered, time-out cancelled:", e.Cancel(timeout)) })
	fmt.Println(e.Run(), e.Now())
	// Output:
	// answered, time-out cancelled: true
	// <nil> 300ms
}

// A process reads as steps.
func ExampleEngine_Go() {
	e := sim.New(1)
	defer e.Close()
	worker := e.Go(func(p *sim.Process) {
		for {
			p.Park()
			fmt.Println(p.Now(), "woken")
		}
	})
	e.Go(func(p *sim.Process) {
		for range 2 {
			p.Sleep(time.Second)
			worker.Wake()
		}
	})
	if err := e.Run(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1s woken
	// 2s woken
}

// Independent replications run in parallel; results come by index, whatever the number of processors.
func ExampleReplicate() {
	draws, err := sim.Replicate(1, 3, func(e *sim.Engine) (int, error) {
		return e.Stream("dice").IntN(6) + 1, nil
	})
	fmt.Println(draws, err)
	// Output: [5 3 2] <nil>
}

// A model that schedules into the past is stopped, with both times.
func ExampleEngine_Run() {
	e := sim.New(1)
	e.After(time.Minute, func() { e.At(time.Second, func() {}) })
	fmt.Println(e.Run())
	// Output: sim: an event cannot be scheduled into the past: at 1s, now 1m0s
}
