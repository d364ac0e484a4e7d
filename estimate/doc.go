// Package estimate is capacity planning on the back of an envelope, typed and explained: how many requests, bytes, servers and how much money, how long
// queues get, how often things are down.
//
//	reads := estimate.Traffic{Users: 100_000_000, PerUser: 10, Peak: 3}
//	rate, err := reads.PeakRate()
//	fmt.Println(rate.Explain())
//	// 100M users × 10 requests a user a day ÷ 86,400 s/d × 3 at the peak ≈ 34.72k rps
//
// # Choosing
//
//	question                                              answer
//	what does a text mean, such as 1.5 GB or 3k rps       ParseBytes, ParseBits, ParseRate and their like
//	requests and bytes a second, in the mean and at peak  Traffic
//	what will be stored                                   Storage
//	which link, and what sending costs                    Bandwidth, Egress
//	how fast at the very best                             Handshake, FibreDelay, ReferenceLatencies
//	how large a cache for a hit ratio                     Zipf
//	how many servers, with a zone down                    Servers
//	how many connections, or things in a system           Connections, Little
//	how long is the wait at this utilisation              MMC, MG1, MMCK, ErlangC
//	how many lines, so that few calls are turned away     ErlangB, ServersForBlocking, ServersForWaiting
//	what do more workers bring                            USL
//	how slow is the slowest of many calls                 TailOfAll, TailOfEach, Latencies
//	how available is a system of parts                    Series, Parallel, KOfN, Correlated
//	how much may be bad, and when to wake somebody        SLO
//	copies or parity                                      Replication, ErasureCode
//	codes and random identifiers                          Base62, Collision, IDsWithin
//	a filter for keys that are not there                  SizeBloom
//
// [Traffic] is the one to begin with, and its peak the number to plan for: the mean is what no hour of the day looks like.
//
// # Quantities
//
// [Bytes], [Bits], [Count], [Rate], [ByteRate], [BitRate], [Money] and [time.Duration] are types of their own, so that a megabit does not
// pass for a megabyte. Letters mean this, and nothing else:
//
//	kB or KB, MB, GB   10^3, 10^6, 10^9 bytes         KiB, MiB, GiB   2^10, 2^20, 2^30 bytes
//	kb or Kb, Mb, Gb   10^3, 10^6, 10^9 bits          kbit, Mbit, Gbit the same
//	k or K, M, G or B  10^3, 10^6, 10^9 of a count    d, y            24 hours, 365 days
//
// Sizes, counts, durations and money are whole numbers (of bytes, things, nanoseconds, millionths) and exact; rates are float64. What does not fit is an error,
// and so is what is negative. Each quantity is printed with all its digits and reads back as the same.
//
// # Explanations
//
// The formulas of plans return an [Estimate]: the value, and the chain of factors that multiply out to it, in exact arithmetic, rounded once. Formulas of
// queueing and reliability are no products, and return numbers.
//
// # Randomness and time
//
// Nothing here is random or reads a clock. The input is one number each, and so is the answer: how far off both may be is not said.
//
// # Laws (laws_quantities_test.go and its neighbours)
//
// Text reads back. A unit is its power of ten or of two. Bits and bytes convert exactly. Factors multiply out. What is planned for a day's peak bears each of
// its hours; a fleet bears the peak with its zones down. Estimates are monotone, and add up where they must. Zipf's sums are those of the terms. Base 62 is a
// bijection. Collisions are the product's, in big arithmetic. Erlang's recursions equal direct sums, M/M/1 is M/M/c with one
// server, and availability equals enumeration. TestBroken shows laws failing on a bug.
//
// # What this does not show
//
// Whether the input is right: peaks, prices, popularity and service times are to be measured. What the formulas leave out: bursts within an hour,
// requests that depend on each other, and, but for Correlated, failures that come together.
//
// # Sources
//
// IEC 80000-13, "Quantities and units, part 13: Information science and technology", 2008; A. Erlang, "Solution of Some Problems in the Theory of
// Probabilities of Significance in Automatic Telephone Exchanges", 1917; J. Little, "A Proof for the Queuing Formula: L = λW", 1961; L. Breslau et
// al., "Web Caching and Zipf-like Distributions: Evidence and Implications", 1999; N. Gunther, "Guerrilla Capacity Planning", 2007; J. Dean, L. Barroso, "The
// Tail at Scale", 2013; B. Beyer et al., "The Site Reliability Workbook", 2018.
package estimate
