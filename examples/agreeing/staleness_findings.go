package agreeing

import (
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// The findings of staleness, about every R and W of N.
const (
	strictIsFresh   = "where R + W > N no read is stale, in whatever trial (stale reads)"
	withinBound     = "where it is not, no larger share is stale than C(N-W,R)/C(N,R), which it would be if writes reached W replicas and no more (ratio to that)"
	fallsWithRAndW  = "on the same messages, one more replica to read or to write makes no more reads stale, at any time (cases where it does)"
	halfAreStale    = "R=W=1: more than half of the reads that start when the write commits miss it"
	waitingCures    = "R=W=1: of those that start a tenth of a second later, less than one in a thousand does"
	readingIsBetter = "reading two (R=2 W=1) leaves fewer stale reads than writing two (R=1 W=2), when the write commits"
	overlapIsSlow   = "R=W=1 takes less than 0.6 of the time of R=W=2, for 99.9% of reads and for 99.9% of writes (the larger ratio)"
)

func (s *stalenessRun) findings(r *lab.Run, times []time.Duration) error {
	strict := 0
	for i, row := range s.pools {
		for j, v := range row {
			if i+j+2 > s.n {
				strict += v.Stale(0)
			}
		}
	}
	judge.Exactly(r, strictIsFresh, float64(strict), 0)
	if err := s.bound(r); err != nil {
		return err
	}
	judge.Exactly(r, fallsWithRAndW, float64(s.rises(times)), 0)

	if s.n < 2 {
		for _, sentence := range []string{halfAreStale, waitingCures, readingIsBetter, overlapIsSlow} {
			r.NotHere(sentence)
		}
		return nil
	}
	now, err := s.stale(pair{1, 1}, 0)
	if err != nil {
		return err
	}
	r.Finding(lab.Finding{Sentence: halfAreStale, Measured: now.Estimate, Low: now.Low, High: now.High, Bound: 0.5, Holds: now.Low > 0.5})
	later, err := s.stale(pair{1, 1}, 100*time.Millisecond)
	if err != nil {
		return err
	}
	r.Finding(lab.Finding{Sentence: waitingCures, Measured: later.Estimate, Low: later.Low, High: later.High, Bound: 0.001, Holds: later.High < 0.001})
	if s.n < 3 {
		r.NotHere(readingIsBetter) // they overlap
	} else {
		compare(r, readingIsBetter, s.grid[1][0].Stale(0), s.grid[0][1].Stale(0))
	}
	return s.slow(r)
}

// stale is the share of stale reads, with the interval that is judged.
func (s *stalenessRun) stale(p pair, t time.Duration) (quorum.Share, error) {
	c, err := s.at(p).Consistent(t, stats.Asserted)
	return quorum.Share{Estimate: 1 - c.Estimate, Low: 1 - c.High, High: 1 - c.Low}, err
}

// bound is broken where a whole interval lies above it. Shown is the pair that comes closest.
func (s *stalenessRun) bound(r *lab.Run) error {
	f := lab.Finding{Sentence: withinBound, Bound: 1, Holds: true, Measured: -1}
	for i := range s.n {
		for j := range s.n - i - 1 {
			most, err := quorum.KStaleness(quorum.Replicas{N: s.n, R: i + 1, W: j + 1}, 1)
			if err != nil {
				return err
			}
			stale, err := s.stale(pair{i + 1, j + 1}, 0)
			if err != nil {
				return err
			}
			f.Holds = f.Holds && stale.Low <= most
			if ratio := stale.Estimate / most; ratio > f.Measured {
				f.Measured, f.Low, f.High = ratio, stale.Low/most, stale.High/most
			}
		}
	}
	if f.Measured < 0 {
		r.NotHere(withinBound)
		return nil
	}
	r.Finding(f)
	return nil
}

// rises counts the cases, run by run and time by time, in which a larger R or W has more stale reads.
func (s *stalenessRun) rises(times []time.Duration) (count int) {
	for i := range s.n {
		for j := range s.n {
			for _, next := range []pair{{i + 1, j}, {i, j + 1}} {
				if next.r >= s.n || next.w >= s.n {
					continue
				}
				for run, v := range s.grid[i][j] {
					after := s.grid[next.r][next.w][run]
					for _, t := range times {
						if after.Stale(t) > v.Stale(t) {
							count++
						}
					}
				}
			}
		}
	}
	return count
}

func (s *stalenessRun) slow(r *lab.Run) error {
	f := lab.Finding{Sentence: overlapIsSlow, Bound: 0.6, Holds: true}
	one, two := s.at(pair{1, 1}), s.at(pair{2, 2})
	for _, of := range []func(v *quorum.Visibility) (quorum.Percentile, error){
		func(v *quorum.Visibility) (quorum.Percentile, error) { return v.ReadLatency(p999, stats.Asserted) },
		func(v *quorum.Visibility) (quorum.Percentile, error) { return v.WriteLatency(p999, stats.Asserted) },
	} {
		fast, err := of(one)
		if err != nil {
			return err
		}
		slow, err := of(two)
		if err != nil {
			return err
		}
		if slow.Low == 0 { // no message takes any time
			r.NotHere(overlapIsSlow)
			return nil
		}
		if ratio := float64(fast.Estimate) / float64(slow.Estimate); ratio > f.Measured {
			f.Measured, f.Low, f.High = ratio, float64(fast.Low)/float64(slow.High), float64(fast.High)/float64(slow.Low)
		}
	}
	f.Holds = f.High < f.Bound
	r.Finding(f)
	return nil
}

// compare states that a number is the lower one of two, by their difference run by run: its whole 99.99% interval. Shown is the first, with
// its own interval, beside the mean of the other.
func compare(r *lab.Run, sentence string, lower, higher []float64) {
	difference, err := stats.Paired(higher, lower, stats.Asserted)
	if err != nil {
		r.NotHere(sentence)
		return
	}
	own, err := stats.MeanInterval(lower, stats.Asserted)
	if err != nil {
		r.NotHere(sentence)
		return
	}
	r.Finding(lab.Finding{Sentence: sentence, Measured: own.Estimate, Low: own.Low, High: own.High,
		Bound: own.Estimate + difference.Estimate, Holds: difference.Low > 0})
}
