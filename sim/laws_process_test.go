package sim_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/sim"
)

// Processes against events: a process that sleeps through a list of delays acts when a chain of events would.
func TestLaw_AProcessIsAChainOfEvents(t *testing.T) {
	rapid.Check(t, lawProcessesAreChains((*sim.Process).Sleep))
}

func lawProcessesAreChains(sleep func(*sim.Process, time.Duration)) func(*rapid.T) {
	return func(t *rapid.T) {
		delays := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 3).Draw(t, "delay"))
		}), 0, 6), 1, 5).Draw(t, "delays")
		var asEvents, asProcesses []step

		e := sim.New(1)
		var act func(who, next int)
		act = func(who, next int) {
			asEvents = append(asEvents, step{who, e.Now()})
			if next < len(delays[who]) {
				e.After(delays[who][next], func() { act(who, next+1) })
			}
		}
		for who := range delays {
			e.After(0, func() { act(who, 0) })
		}
		if err := e.Run(); err != nil {
			t.Fatal(err)
		}

		e = sim.New(1)
		defer e.Close()
		for who := range delays {
			e.Go(func(p *sim.Process) {
				asProcesses = append(asProcesses, step{who, p.Now()})
				for _, d := range delays[who] {
					sleep(p, d)
					asProcesses = append(asProcesses, step{who, p.Now()})
				}
			})
		}
		if err := e.Run(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(asEvents, asProcesses) {
			var story strings.Builder
			for who := range delays {
				fmt.Fprintf(&story, "process %d acts, and again after each sleep of %v\n", who, delays[who])
			}
			t.Fatalf("%schains of events act so: %v\nbut the processes do so: %v", &story, asEvents, asProcesses)
		}
	}
}

func (s step) String() string { return fmt.Sprintf("%d at %v", s.event, s.at) }

func TestLaw_ProcessesLeakNothing(t *testing.T) {
	rapid.Check(t, lawProcessesLeakNothing((*sim.Engine).Close))
}

func lawProcessesLeakNothing(end func(*sim.Engine)) func(*rapid.T) {
	return func(t *rapid.T) {
		before := runtime.NumGoroutine()
		e := sim.New(1)
		defer e.Close() // whatever end leaves
		started := rapid.IntRange(0, 30).Draw(t, "processes")
		woken := rapid.SliceOf(rapid.IntRange(0, 29)).Draw(t, "woken")
		until := time.Duration(rapid.IntRange(0, 20).Draw(t, "until"))
		begun, unwound := 0, 0
		all := make([]*sim.Process, started)
		for i := range started {
			all[i] = e.Go(func(p *sim.Process) {
				begun++
				defer func() { unwound++ }()
				defer p.Sleep(1) // a step in a deferred call must not hang Close
				switch i % 4 {
				case 0:
					p.Sleep(time.Duration(i))
				case 1:
					p.Park()
				case 2:
					for {
						p.Sleep(1)
					}
				}
			})
		}
		e.After(until/2, func() {
			for _, i := range woken {
				if i < started {
					all[i].Wake()
				}
			}
		})
		if err := e.RunUntil(until); err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "one more, that never begins") {
			e.Go(func(*sim.Process) { t.Fatalf("it began") })
		}
		end(e)
		end(e)
		story := fmt.Sprintf("%d processes begin, and the engine runs until %v", begun, until)
		if unwound != begun {
			t.Fatalf("%s\nbut when it has ended, the deferred calls of %d have run", story, unwound)
		}
		if after := runtime.NumGoroutine(); after > before {
			t.Fatalf("%s\nbut there were %d goroutines before, and when it has ended %d are left", story, before, after)
		}
	}
}
