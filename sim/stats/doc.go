// Package stats says how far the numbers of a simulation can be trusted: confidence intervals from independent
// replications, or from one long run whose warm-up is removed, and a histogram for the many durations inside a run.
//
//	means := ...                                             // one number a replication
//	i, err := stats.MeanInterval(means, stats.Charted)       // what a chart shows
//	i, err = stats.MeanInterval(means, stats.Asserted)       // what a test asserts:
//	if !i.Contains(theory) { ... }
//
// # Choosing
//
// Intervals need independent observations, and the requests of one run are not: each waits for the one before. So
// first reduce each replication to a number, its mean or its 99% quantile, then ask for the interval of these.
//
//	you have                                             use
//	many durations in a run                              Histogram, one a replication
//	one number of each replication                       MeanInterval
//	the same, of two policies on the same random numbers Paired
//	replications to add until the interval is narrow     Precise
//	one long run                                         MSER5, then BatchMeans
//	a warm-up to remove                                  MSER5
//	independent observations, and a quantile is wanted   QuantileInterval
//
// [Charted] is the confidence of what is shown, [Asserted] of what is judged.
//
// # Numbers
//
// Observations are float64 in a unit of the caller's; but for rounding, no answer depends on the unit. A NaN or an infinity among them is an error that
// names its index: an average of it would be one too. All functions leave their arguments as they are, draw nothing at random, and
// return the same for the same order of observations on one GOARCH and Go release. They are safe for concurrent use on slices that nobody
// changes; a Histogram is not.
//
// # Laws (laws_test.go, laws_histogram_test.go)
//
// A histogram's quantiles are those of the sorted durations, within one part in 256; its count, minimum, maximum and mean are exact; merging
// equals recording everything in one, in any order. Means and deviations are those of rational arithmetic. MSER-5 cuts where a naive
// restatement has its minimum. The ends of a quantile's interval are the observations that the binomial sums name. That intervals contain the truth
// as often as they say, and where they do not, is in claims_test.go.
//
// # What this does not show
//
// An interval is about the model, and about luck alone: not about an assumption that is wrong, a warm-up that was not removed, or a
// 1-in-a-million event that no replication met. Replications that all start empty and are too short agree with one another on the wrong
// number. The interval of replications' quantiles is about what such a replication shows on average, which is the quantile itself only if many
// observations lie beyond it. Many intervals at once do not all hold: that is what [Asserted] is for.
//
// # Sources
//
// A. M. Law, Simulation Modeling and Analysis, 5th edition, McGraw-Hill, 2015, chapters 9 (output analysis), 10 (comparison) and 11 (common random
// numbers). Each file names the papers of what it holds.
package stats
