// Package quorum says of replicated data who must be asked: which sets of replicas overlap, what they cost, what survives
// failures, which consistency follows, and how stale a read can be where they do not overlap.
//
//	reads, err := quorum.Parse("a*b*c + d*e*f") // any whole row of a grid
//	...
//	system, err := quorum.FromReads(reads) // writes (a + b + c)*(d + e + f): a node of each row
//	...
//	read, write, err := system.Availability(quorum.Failures{Up: 0.99})
//
// # Choosing
//
//	question                                              answer
//	do R and W of N replicas overlap, what may fail       Replicas
//	which consistency follows, and why no more            Explain, with the run that breaks the next stronger one
//	quorums that are not all sets of a size               Expr: And, Or, Choose, Majority, Weighted, Rows, Grid, or Parse
//	do such reads meet such writes                        New, or DisjointError with a pair that does not
//	the best partner of given reads or writes             FromReads, FromWrites
//	how often is there a quorum                           System.Availability
//	how many nodes may fail, whichever they are           System.Resilience
//	which quorum to ask, how often                        Optimise, with a certificate that nothing is better
//	which system of some nodes                            Search
//	how stale is a read where R+W <= N                    Staleness, KStaleness
//
// [Replicas] is the one to begin with: N, R and W are what stores are configured with. A [System] is for nodes that differ, or for more
// nodes, where a majority asks more of them than needed: rows of a grid ask a row. [Optimise] spreads the work over its quorums.
//
// # Randomness and time
//
// Nothing here reads a clock or sends a message. Delays are durations, of one way of one message; what is random takes a source.
//
// # Limits
//
// Some questions have no quick answer for every expression: which are all minimal quorums, which is the cheapest, how available they
// are, whether two expressions meet. Where each node is named once, the cheapest and the availability are quick; the dual always meets. For
// the rest there is a limit of work, and beyond it an error that wraps [ErrTooLarge]. No answer is an approximation, but for those of
// simulations, which have intervals.
//
// # Laws (laws_systems_test.go and its neighbours)
//
// Overlap by numbers is overlap by enumeration. An expression is true of the sets that it says; its dual of those that meet
// every quorum. Reads that are accepted with writes meet them, exhaustively, and those refused have a pair that does not. Minimal
// quorums, the cheapest one, resilience and availability equal brute force. Text reads back. A strategy's certificate bounds every
// other strategy. Staleness falls with time, R and W. Each run that an explanation shows breaks what it says, and keeps what is
// promised. TestBroken shows each law failing on a bug.
//
// # What this does not show
//
// Who is a member, how members change, and how replicas agree on an order of writes: quorums that meet are what consensus stands on, and
// not consensus. Data that are repaired in the background are fresher than [Staleness] says.
//
// # Sources
//
// D. Gifford, "Weighted Voting for Replicated Data", 1979; H. Attiya, A. Bar-Noy, D. Dolev, "Sharing Memory Robustly in
// Message-Passing Systems", 1995; M. Naor, A. Wool, "The Load, Capacity, and Availability of Quorum Systems", 1998; G. DeCandia et al.,
// "Dynamo: Amazon's Highly Available Key-value Store", 2007; P. Bailis et al., "Probabilistically Bounded Staleness for Practical Partial
// Quorums", 2012; M. Whittaker et al., "Read-Write Quorum Systems Made Practical", 2021.
package quorum
