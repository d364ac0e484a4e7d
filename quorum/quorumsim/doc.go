// Package quorumsim runs the simulations of package quorum many times, independently and in parallel, so that their numbers come with
// confidence intervals and are the same however many processors there are.
//
//	runs, err := quorumsim.Staleness(seed, 20, quorum.LinkedInDisk(), quorum.Replicas{N: 3, R: 1, W: 1}, 50_000)
//	now, err := runs.Consistent(0, stats.Charted) // of reads that start when the write commits
//
// # Intervals
//
// [Runs.Consistent] is Student's interval of the runs, each of which is one number. Trials are independent of one another too, so that those
// of all runs can be taken together, [Runs.Pool]: its intervals are exact, and the ones to use for a high quantile, or for a share that is
// nearly one, where the runs' numbers are far from normal.
//
// # Laws
//
// Runs are those that quorum.Staleness makes of the streams of the replications; a grid's are a single simulation's. The same seed gives the same
// numbers, whatever GOMAXPROCS is. Intervals contain what is known exactly.
//
// # What this does not show
//
// What is not in quorum.Model: messages that are lost, replicas that are down, read repair, and delays that depend on the load or on one another.
package quorumsim
