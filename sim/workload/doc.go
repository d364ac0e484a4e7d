// Package workload says what a simulated system is asked to do: when requests arrive, how long each one takes to
// serve, and which key it asks for.
//
//	service, err := workload.NewLognormal(10*time.Millisecond, 4) // mean, squared coefficient of variation
//	arrivals, err := workload.NewPoisson(80, e.Stream("arrivals")) // a second
//	keys, err := workload.NewZipf(0.99, 1_000_000, e.Stream("keys"))
//
// # Choosing arrivals
//
// [NewPoisson] is many independent users, the default of capacity planning. [NewRegular] is a load generator with a
// metronome: it queues less than users do, so a system that was measured with it looks better than it is.
//
// # Choosing a service time
//
// What queueing feels is the squared coefficient of variation, [SCV]: in a single server that takes Poisson arrivals
// in order, the mean wait grows with 1 + SCV.
//
//	constructor          SCV            a model of
//	NewDeterministic     0              fixed work: a hash, a full block, a rate-limited call
//	NewErlang            1/k            k steps, each exponential: a chain of calls
//	NewExponential       1              the textbook's; closed forms exist for it
//	NewLognormal         any above 0    most measured request latencies: many factors multiplied
//	NewPareto            any above 0    a polynomial tail with a finite variance
//	NewParetoShape       may be +Inf    file sizes, fan-out, whatever has a tail that averages do not tame
//	NewBimodal           by its parts   hit or miss, read or compaction
//	NewMixture           by its parts   several kinds of request, published fits
//	NewEmpirical         as measured    your own measurements, from [ReadDurations]
//
// # Time and rounding
//
// Times are whole nanoseconds, as a time.Duration is. A continuous draw is rounded to the nearest nanosecond. This
// moves a mean by less than half a nanosecond, and in practice by far less: an exponential mean of m nanoseconds
// shrinks by 1/(24 m²) of itself, 4% at one nanosecond and 4e-8 at one microsecond. CDF and Quantile speak of the
// rounded draw; Mean and Variance of the unrounded one.
//
// The longest Duration is 292 years. A longer draw is cut to it; a constructor refuses parameters that would
// let this happen more than once in 10⁹ draws.
//
// # Randomness
//
// A service time holds no randomness: Draw takes the generator, so that one value serves any number of simulations at
// once. Draw takes a *rand.Rand and not a rand.Source because the fast generators of exponential and normal variates
// are its methods, and because it is what a simulator's stream is. Arrivals and keys are objects with a source of
// their own: nil is the runtime's, which is safe for concurrent use and not reproducible; a given one is called
// unsynchronised, so such an object belongs to one goroutine. One seed gives the same draws on one GOARCH and Go
// release.
//
// # Laws (laws_test.go, laws_arrivals_test.go, laws_keys_test.go)
//
// A quantile is the least time whose CDF reaches p; the CDF never falls; draws lie between the 0 and the 1 quantile;
// one seed gives the same draws; a mixture's moments and CDF are those of its parts; measured times come back as they
// were written; the k-th regular arrival lies at k divided by the rate, rounded once; a Zipf mass equals a naive
// sum's. What is statistical, draws against claimed means, variances and quantiles, is in claims_test.go and its
// neighbours.
//
// # What this does not show
//
// Draws are independent: real service times of neighbouring requests are not, nor are real arrivals when a retry
// storm or a batch job comes. A fitted distribution says nothing beyond the largest time that was measured.
//
// # Sources
//
// L. Devroye, Non-Uniform Random Variate Generation, Springer, 1986, for what the files do not name themselves. The
// variance's part in queueing: L. Kleinrock, Queueing Systems, volume I, Wiley, 1975, chapter 5.
package workload
