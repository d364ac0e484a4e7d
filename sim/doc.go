// Package sim is a deterministic discrete-event simulator: a virtual clock, events, processes, random streams and
// independent replications. It knows no algorithm. The code under simulation takes its time as an argument
// (now time.Duration), so the very object that runs in production runs here, on [Engine.Now].
//
// # Scheduling
//
// [Engine.After] runs a closure; it is the form to start with. [Engine.Schedule] calls a handler that was registered
// once, with an integer argument: it does not allocate, and is for inner loops. [Engine.Go] starts a process, a
// function that sleeps and parks. The three mix freely: they are the same events.
//
//	e := sim.New(1)
//	e.After(3*time.Second, func() { fmt.Println("at", e.Now()) })
//	err := e.Run()
//
// [Station] is a queue that needs no events: servers and one line, first come, first served.
//
// # Time
//
// Time is a time.Duration since the start. Events are ordered by (time, sequence); ties run in the order in which
// they were scheduled. Nothing reads a clock.
//
// # Randomness
//
// [Engine.Stream] derives a stream from the engine's seed and a name. What one component draws does not depend on what
// others draw, so policies are compared on common random numbers for free.
//
// # Replications
//
// [Replicate] runs independent replications in parallel and combines them by index. Package
// sim/stats turns their results into intervals.
//
// # Laws (laws_test.go)
//
// The order equals a naive sorted list's on random schedules with ties and cancellations; a cancelled event never runs;
// a stream's draws do not depend on who else draws; processes leak nothing; results do not depend on GOMAXPROCS; a station serves as a queue with events does.
//
// # What this does not show
//
// A simulation is the model's truth, not the machine's: no garbage collector, no scheduler, no kernel, no network but
// what the model adds. Random numbers are the same on every platform, but results that use floating point may differ in the
// last digit between processor architectures and Go releases (fused multiply-add).
//
// # Sources
//
// A. M. Law, Simulation Modeling and Analysis, 5th edition, 2015, chapters 1 (event lists) and 11 (common random
// numbers). P. L'Ecuyer, "Random Numbers for Simulation", Communications of the ACM 33(10), 1990 (streams).
package sim
