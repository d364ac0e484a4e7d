// Package clocksim puts the clocks and registers of package clocks to work in simulated time: the same objects that run in production, on
// physical clocks that drift, step and are corrected, and in random executions.
//
//	clock, err := clocksim.NewPhysical(epoch, clocksim.Deviation{Ahead: 80 * time.Millisecond, PPM: 50})
//	...
//	err = clock.Correct(now, clocksim.ByNTP(clock.Ahead(now))) // a slew, as it is off by less than 128 ms
//	wall := clock.Read(now)
//
// # Physical clocks
//
// [Physical] is a clock as a machine has one: it is off, it drifts, and it is corrected, by a step or by a gradual slew, as NTP does. What it shows is
// a function of simulated time and of the corrections that were made. Its Elapsed is the machine's monotonic clock, which is not stepped.
//
// # Lost updates
//
// [LoseUpdates] writes a key twice, one write after the other, from two nodes whose clocks disagree, and says what became of the second: by wall time, by
// Lamport or hybrid time, or with vectors. [LostByWall] and [RefusedByHybrid] are exact.
//
// # A clock that steps
//
// [ClockStep] is one node whose clock is corrected while it overwrites a key, times requests and holds a lease. What breaks is counted, and known
// exactly.
//
// # Executions
//
// [DrawExecution] draws processes that send each other messages, and [Execution.History] says what happened before what, from the definition. An
// Execution prints as a space-time diagram. [VectorTimes], [LamportTimes] and [HybridTimes] are what the clocks say of its events; [BeforeShare] is
// the exact share of pairs in order.
//
// # Siblings
//
// [CountSiblings] lets clients write one key in turns, or at random, by servers that sync, and counts the values that are held.
//
// # A shopping cart
//
// [DrawCartTrace] draws what customers do to a cart while its replicas are cut off from each other, and [RunCart] replays that on a cart of which the
// last write wins, the union of siblings counts, or the application merges: what is lost, and what comes back.
package clocksim
