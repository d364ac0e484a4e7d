package limiting

import (
	"math"
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// The findings of burst. The burst is twice the limit, across a window's end.
const (
	allOfIt      = "fixed window: all of the burst comes through, twice the limit"
	logOfIt      = "sliding log: the limit comes through of the burst, and no more"
	counterOfIt  = "sliding counter: more than the limit comes through of the burst, but no more than 1.2 times the limit"
	bucketOfIt   = "token bucket: its own burst comes through, and what the rate regains meanwhile, to the event"
	queueSpreads = "queue: no window sees more than the limit leave, whatever comes"
	queueWaits   = "queue: nobody waits longer than the queue's length divided by the rate"
	logStarves   = "sliding log: it admits a smaller share of the overload than the token bucket"
	fixedMost    = "fixed window: it admits a larger share of all traffic than the sliding counter, and that more than the sliding log"
)

func (b *burstRun) findings(r *lab.Run) error {
	limit := float64(b.limit.events)
	b.extreme(r, allOfIt, "fixed-window", 2*limit, ofBurst, func(m, bound float64) bool { return m == bound })
	b.extreme(r, logOfIt, "sliding-log", limit, ofBurst, func(m, bound float64) bool { return m == bound })
	b.extreme(r, counterOfIt, "sliding-counter", 1.2*limit, ofBurst, func(m, bound float64) bool { return limit < m && m <= bound })
	length := b.at(theBurst.to) - b.at(theBurst.from)
	length -= length / time.Duration(2*b.limit.events) // from the first to the last of it
	regained := mostOfRate(b.limit, length)
	b.extreme(r, bucketOfIt, "token-bucket", float64(regained), ofBurst, func(m, bound float64) bool { return m == bound })
	b.extreme(r, queueSpreads, "queue", limit, func(t through) float64 { return float64(t.most) }, func(m, bound float64) bool { return 0 < m && m <= bound })
	b.extreme(r, queueWaits, "queue", float64(b.limit.burst)/b.limit.rate().PerSecond(),
		func(t through) float64 { return t.longest.Seconds() }, func(m, bound float64) bool { return 0 < m && m <= bound })
	overload := func(t through) float64 { return t.overload }
	share := func(t through) float64 { return t.share }
	if err := b.less(r, logStarves, overload, "sliding-log", "token-bucket"); err != nil {
		return err
	}
	return b.less(r, fixedMost, share, "sliding-log", "sliding-counter", "fixed-window")
}

func ofBurst(t through) float64 { return float64(t.ofBurst) }

// extreme states something of every run, with the number of the one that is farthest from the bound on the wrong side, or nearest.
func (b *burstRun) extreme(r *lab.Run, sentence, name string, bound float64, measure func(through) float64, holds func(measured, bound float64) bool) {
	p, asked := b.find(name)
	if !asked {
		r.NotHere(sentence)
		return
	}
	f := lab.Finding{Sentence: sentence, Measured: math.Inf(-1), Bound: bound, Holds: true}
	for _, run := range p.runs {
		m := measure(run)
		f.Measured = max(f.Measured, m)
		f.Holds = f.Holds && holds(m, bound)
	}
	r.Finding(f)
}

// less states that a share grows from each algorithm to the next, run by run on the same traffic: the 99.99% intervals of the differences
// lie above zero. The numbers are those of the smallest difference.
func (b *burstRun) less(r *lab.Run, sentence string, share func(through) float64, names ...string) error {
	f := lab.Finding{Sentence: sentence, Measured: math.Inf(1), Holds: true}
	for i := range names[1:] {
		low, askedLow := b.find(names[i])
		high, askedHigh := b.find(names[i+1])
		if !askedLow || !askedHigh {
			r.NotHere(sentence)
			return nil
		}
		differences := make([]float64, len(low.runs))
		for run := range differences {
			differences[run] = share(high.runs[run]) - share(low.runs[run])
		}
		interval, err := stats.MeanInterval(differences, stats.Asserted)
		if err != nil {
			return err
		}
		f.Holds = f.Holds && interval.Low > 0
		if interval.Estimate < f.Measured {
			f.Measured, f.Low, f.High = interval.Estimate, interval.Low, interval.High
		}
	}
	r.Finding(f)
	return nil
}
