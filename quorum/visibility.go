package quorum

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"
)

// Visibility is what the trials of [Staleness] came to: how soon after its commit a write is seen by reads, and how long both take.
// It is immutable, and safe for concurrent use. Every number comes with a confidence interval that is exact for independent trials:
// each of its ends errs with a probability of at most half of what the confidence leaves. The confidence lies in [0.5, 0.999999].
type Visibility struct {
	replicas      Replicas
	trials        int
	after         []time.Duration // ascending: of trials that are consistent after the commit only
	reads, writes []time.Duration // ascending
}

// Share is a probability, estimated by the share of trials, and its interval. Both ends belong to it.
type Share struct{ Estimate, Low, High float64 }

// Percentile is a quantile of a time, and its interval. Both ends belong to it.
type Percentile struct{ Estimate, Low, High time.Duration }

func newVisibility(q Replicas, trials int) *Visibility {
	return &Visibility{replicas: q, trials: trials, reads: make([]time.Duration, 0, trials), writes: make([]time.Duration, 0, trials)}
}

func (v *Visibility) add(after time.Duration) {
	if after > 0 {
		v.after = append(v.after, after)
	}
}

func (v *Visibility) sort() {
	scratch := sortTimes(v.reads, nil)
	scratch = sortTimes(v.writes, scratch)
	sortTimes(v.after, scratch)
}

// Replicas are those that were simulated.
func (v *Visibility) Replicas() Replicas { return v.replicas }

// Trials is how many there were.
func (v *Visibility) Trials() int { return v.trials }

// Stale is the number of trials in which a read that starts t after the commit misses the write. A negative t is taken as zero: a read
// that starts before the commit may miss the write whatever R and W are.
func (v *Visibility) Stale(t time.Duration) int {
	t = max(t, 0)
	return len(v.after) - sort.Search(len(v.after), func(i int) bool { return v.after[i] > t })
}

// Consistent is the probability that a read which starts t after the commit sees the write, or a later one. t is not negative. The interval
// is that of C. Clopper and E. Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial",
// Biometrika 26(4), 1934.
func (v *Visibility) Consistent(t time.Duration, confidence float64) (Share, error) {
	if err := checkConfidence(confidence); err != nil {
		return Share{}, err
	}
	if t < 0 {
		return Share{}, fmt.Errorf("quorum: a read must start when the write commits, or later: %v after it", t)
	}
	return shareOf(v.trials-v.Stale(t), v.trials, (1-confidence)/2), nil
}

// TVisibility is the p-quantile of the time after which a write is seen: the least t such that a share p of the trials is consistent. It is 0 if
// so many are when the write commits. p lies in (0, 1).
//
// The order statistics of the trials give it and its interval (H. David and H. Nagaraja, "Order Statistics", 3rd edition, 2003,
// section 7.1). The least t of a series at which a share of p was measured, with new trials for each t, is not the same: the more often one
// looks, the sooner luck says yes.
//
// Source: the paper named at [Model], section 3.3, which calls it PBS t-visibility.
func (v *Visibility) TVisibility(p, confidence float64) (Percentile, error) {
	consistent := v.trials - len(v.after)
	return percentile(v.trials, p, confidence, func(rank int) time.Duration {
		if rank <= consistent {
			return 0
		}
		return v.after[rank-consistent-1]
	})
}

// ReadLatency is the p-quantile of the time from a read's beginning to the R-th response, p in (0, 1).
func (v *Visibility) ReadLatency(p, confidence float64) (Percentile, error) {
	return percentile(v.trials, p, confidence, func(rank int) time.Duration { return v.reads[rank-1] })
}

// WriteLatency is the p-quantile of the time from a write's beginning to the W-th acknowledgement, p in (0, 1).
func (v *Visibility) WriteLatency(p, confidence float64) (Percentile, error) {
	return percentile(v.trials, p, confidence, func(rank int) time.Duration { return v.writes[rank-1] })
}

// Pool puts the trials of several simulations of one N, R and W together, as if they had been one.
func Pool(all ...*Visibility) (*Visibility, error) {
	if len(all) == 0 {
		return nil, errors.New("quorum: pooled trials must be of one simulation or more: there is none")
	}
	pool := &Visibility{}
	var after, reads, writes [][]time.Duration
	for i, v := range all {
		if v == nil || v.trials == 0 {
			return nil, fmt.Errorf("quorum: pooled trials must be of a simulation: number %d has none", i)
		}
		if v.replicas != all[0].replicas {
			return nil, fmt.Errorf("quorum: pooled trials must be of the same replicas: %v and %v", all[0].replicas, v.replicas)
		}
		pool.replicas, pool.trials = v.replicas, pool.trials+v.trials
		after, reads, writes = append(after, v.after), append(reads, v.reads), append(writes, v.writes)
	}
	pool.after, pool.reads, pool.writes = slices.Concat(after...), slices.Concat(reads...), slices.Concat(writes...)
	pool.sort()
	return pool, nil
}
