package limiting

import (
	"slices"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

func TestClaim_EnvelopeFindingsHold(t *testing.T) {
	judgetest.Hold(t, envelope(allAlgorithms, judge.Effort{}))
}

func TestClaim_BurstFindingsHold(t *testing.T) {
	judgetest.Hold(t, burst(allAlgorithms, judge.Effort{Tiny: race.Enabled}))
}

type makeAlgorithm = func(limit) (ratelimit.Algorithm, error)

func algorithmNamed(name string) makeAlgorithm {
	return allAlgorithms[slices.IndexFunc(allAlgorithms, func(a algorithm) bool { return a.name == name })].make
}

// sold is one algorithm that somebody took for another.
func sold(as string, by makeAlgorithm) []algorithm {
	algorithms := slices.Clone(allAlgorithms)
	algorithms[slices.IndexFunc(algorithms, func(a algorithm) bool { return a.name == as })].make = by
	return algorithms
}

// changed is an algorithm with another limit than the one it was given.
func changed(name string, change func(limit) limit) makeAlgorithm {
	return func(l limit) (ratelimit.Algorithm, error) { return algorithmNamed(name)(change(l)) }
}

// impatient waits for nobody: what it should delay, it lets go at once.
type impatient struct{ ratelimit.Algorithm }

func (i impatient) Take(now time.Duration, n int) ratelimit.Decision {
	d := i.Algorithm.Take(now, n)
	if d.OK() {
		d.Wait = 0
	}
	return d
}

func impatientQueue(l limit) (ratelimit.Algorithm, error) {
	q, err := algorithmNamed("queue")(l)
	return impatient{q}, err
}

func oneLess(l limit) limit { l.burst--; return l }
func oneMore(l limit) limit { l.burst++; return l }

func TestBroken_EnvelopeFindingsTurnFalse(t *testing.T) {
	fixed, log, counter, bucket := algorithmNamed("fixed-window"), algorithmNamed("sliding-log"), algorithmNamed("sliding-counter"), algorithmNamed("token-bucket")
	var bugs []judgetest.Planted
	plant := func(bug, as string, by makeAlgorithm, finding string, args ...string) {
		bugs = append(bugs, judgetest.Bug(bug, envelope(sold(as, by), judge.Effort{}), args, finding))
	}
	plant("a fixed window is sold as a token bucket", "token-bucket", fixed, neverAbove)
	plant("a fixed window is sold as a sliding log", "sliding-log", fixed, neverAbove, "-limit", "7", "-window", "3s")
	plant("the bucket lacks a token", "token-bucket", changed("token-bucket", oneLess), reached)
	plant("the fixed window is a sliding log", "fixed-window", log, twoNanos)
	plant("the fixed window is a sliding counter", "fixed-window", counter, fixedTwice)
	plant("the sliding counter is a fixed window", "sliding-counter", fixed, nearlyTwo)
	plant("the sliding counter is a sliding log", "sliding-counter", log, nearlyTwo)
	plant("the sliding log is a sliding counter", "sliding-log", counter, logExact)
	plant("the bucket has a token more", "token-bucket", changed("token-bucket", oneMore), rateWindow)
	plant("the bucket is a fixed window", "token-bucket", fixed, rateWindow)
	plant("the meter has one event more", "leaky-bucket", changed("leaky-bucket", oneMore), allAlike)
	plant("GCRA is a fixed window", "gcra", fixed, allAlike)
	plant("the queue lets nobody wait", "queue", impatientQueue, evenOutput)
	plant("the queue is a bucket", "queue", bucket, evenOutput)
	judgetest.TurnFalse(t, envelope(allAlgorithms, judge.Effort{}), bugs)
}

func TestBroken_BurstFindingsTurnFalse(t *testing.T) {
	fixed, log, counter, bucket := algorithmNamed("fixed-window"), algorithmNamed("sliding-log"), algorithmNamed("sliding-counter"), algorithmNamed("token-bucket")
	var bugs []judgetest.Planted
	plant := func(bug, as string, by makeAlgorithm, finding string) {
		bugs = append(bugs, judgetest.Bug(bug, burst(sold(as, by), judge.Effort{}), nil, finding))
	}
	plant("the fixed window is a sliding log", "fixed-window", log, allOfIt)
	plant("the sliding log is a fixed window", "sliding-log", fixed, logOfIt)
	plant("the sliding counter is a sliding log", "sliding-counter", log, counterOfIt)
	plant("the sliding counter is a fixed window", "sliding-counter", fixed, counterOfIt)
	plant("the bucket has a token more", "token-bucket", changed("token-bucket", oneMore), bucketOfIt)
	plant("the bucket lacks a token", "token-bucket", changed("token-bucket", oneLess), bucketOfIt)
	plant("the queue lets nobody wait", "queue", impatientQueue, queueSpreads)
	plant("the queue is longer by one", "queue", changed("queue", oneMore), queueWaits)
	plant("the queue is a bucket", "queue", bucket, queueWaits)
	plant("the sliding log is a sliding counter", "sliding-log", counter, logStarves)
	plant("the fixed window is a sliding log", "fixed-window", log, fixedMost)
	plant("the sliding log is a sliding counter", "sliding-log", counter, fixedMost)
	judgetest.TurnFalse(t, burst(allAlgorithms, judge.Effort{}), bugs)
}

// Whatever is asked, the sentences are the same, the chart can be drawn, and no bound is broken.
func TestLimits_OddParameters(t *testing.T) {
	for _, e := range []lab.Experiment{envelope(allAlgorithms, judge.Effort{}), burst(allAlgorithms, judge.Effort{Tiny: true})} {
		for _, args := range [][]string{
			{"-limit", "7", "-window", "3s"},
			{"-limit", "1", "-burst", "1"},
			{"-limit", "17", "-window", "1m0s", "-burst", "17"},
			{"-window", "1ms", "-limit", "3"},
			{"-algorithm", "queue"},
			{"-algorithm", "gcra,sliding-counter", "-burst", "300"},
			{"-algorithm", "leaky-bucket,fixed-window"},
		} {
			tryOdd(t, e, args)
		}
	}
	tryOdd(t, Envelope, []string{"-spans", "1s,250ms,3m"})
	tryOdd(t, Envelope, []string{"-spans", "1ns"})
	tryOdd(t, burst(allAlgorithms, judge.Effort{Tiny: true}), []string{"-steady", "10", "-overload", "0.01", "-limit", "2"})
}
