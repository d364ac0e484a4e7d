package quorum_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// stalenessOf says in how many of some trials a read that starts t after the commit misses the write; the seed makes it repeatable.
type stalenessOf func(m quorum.Model, q quorum.Replicas, trials int, seed uint64) (stale func(t time.Duration) int, err error)

func simulated(m quorum.Model, q quorum.Replicas, trials int, seed uint64) (func(time.Duration) int, error) {
	v, err := quorum.Staleness(m, q, trials, rand.NewPCG(seed, 1))
	if err != nil {
		return nil, err
	}
	return v.Stale, nil
}

func gridded(m quorum.Model, q quorum.Replicas, trials int, seed uint64) (func(time.Duration) int, error) {
	grid, err := quorum.StalenessGrid(m, q.N, trials, rand.NewPCG(seed, 1))
	if err != nil {
		return nil, err
	}
	return grid[q.R-1][q.W-1].Stale, nil
}

var simulations = []struct {
	name string
	of   stalenessOf
}{{"Staleness", simulated}, {"StalenessGrid", gridded}, {"the whiteboard", onWhiteboard(soundTrial)}}

// stalenessCase is a random case: a model whose legs are drawn from a few kinds, so that ties and long tails occur, and numbers.
type stalenessCase struct {
	model  quorum.Model
	words  string // what the model is
	q      quorum.Replicas
	trials int
	seed   uint64
}

func (c stalenessCase) String() string {
	return fmt.Sprintf("%v, %s, trials %d, seed %d", c.q, c.words, c.trials, c.seed)
}

func drawnCase(t *rapid.T) stalenessCase {
	c := stalenessCase{}
	c.q.N = rapid.IntRange(1, 6).Draw(t, "N")
	c.q.R, c.q.W = rapid.IntRange(1, c.q.N).Draw(t, "R"), rapid.IntRange(1, c.q.N).Draw(t, "W")
	for _, leg := range []struct {
		name string
		to   *quorum.Delay
	}{{"W", &c.model.W}, {"A", &c.model.A}, {"R", &c.model.R}, {"S", &c.model.S}} {
		var words string
		*leg.to, words = drawnDelay(t, leg.name)
		c.words += leg.name + " " + words + ", "
	}
	c.model.Remote = time.Duration(rapid.IntRange(0, 3).Draw(t, "remote")) * time.Millisecond
	c.words += fmt.Sprintf("remote %v", c.model.Remote)
	c.trials = rapid.IntRange(1, 30).Draw(t, "trials")
	c.seed = rapid.Uint64Range(0, 1000).Draw(t, "seed")
	return c
}

func drawnDelay(t *rapid.T, leg string) (quorum.Delay, string) {
	ms := time.Duration(rapid.IntRange(1, 9).Draw(t, leg+" in ms")) * time.Millisecond
	switch rapid.IntRange(0, 4).Draw(t, leg+" kind") {
	case 0:
		return must(quorum.Constant(ms)), fmt.Sprintf("always %v", ms)
	case 1:
		return must(quorum.Measured([]time.Duration{0, ms, ms, 3 * ms})), fmt.Sprintf("measured 0, %v, %v or %v", ms, ms, 3*ms)
	case 2:
		return must(quorum.Exponential(ms)), fmt.Sprintf("exponential of mean %v", ms)
	case 3:
		return must(quorum.Pareto(ms, 1.2)), fmt.Sprintf("Pareto from %v", ms)
	}
	fast, slow := must(quorum.Constant(ms)), must(quorum.Exponential(10*ms))
	return must(quorum.Mixture(quorum.Part{Weight: 3, Delay: fast}, quorum.Part{Weight: 1, Delay: slow})),
		fmt.Sprintf("3 of 4 %v, else exponential of mean %v", ms, 10*ms)
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// lags are the times after the commit at which the laws look.
var lags = []time.Duration{0, time.Microsecond, time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, time.Second}

// Reads that overlap with the write never miss it.
func lawNeverStale(of stalenessOf) func(*rapid.T) {
	return func(t *rapid.T) {
		c := drawnCase(t)
		c.q.R = max(c.q.R, c.q.N-c.q.W+1)
		stale, err := of(c.model, c.q, c.trials, c.seed)
		if err != nil {
			t.Fatal(err)
		}
		if n := stale(0); n != 0 {
			t.Fatalf("%v: R+W > N, and yet reads that start when the write commits miss it in %d of the trials", c, n)
		}
	}
}

// With the same messages, no trial becomes stale by a later read, one more replica to read, or one more to write.
func lawFalls(of stalenessOf) func(*rapid.T) {
	return func(t *rapid.T) {
		c := drawnCase(t)
		stale, err := of(c.model, c.q, c.trials, c.seed)
		if err != nil {
			t.Fatal(err)
		}
		for i := range lags[1:] {
			if a, b := stale(lags[i]), stale(lags[i+1]); b > a {
				t.Fatalf("%v: %d trials are stale %v after the commit, and %d after %v", c, a, lags[i], b, lags[i+1])
			}
		}
		for _, more := range []quorum.Replicas{{N: c.q.N, R: c.q.R + 1, W: c.q.W}, {N: c.q.N, R: c.q.R, W: c.q.W + 1}} {
			if more.Validate() != nil {
				continue
			}
			after, err := of(c.model, more, c.trials, c.seed)
			if err != nil {
				t.Fatal(err)
			}
			for _, lag := range lags {
				if a, b := stale(lag), after(lag); b > a {
					t.Fatalf("%v: %d trials are stale %v after the commit, and with R=%d W=%d there are %d", c, a, lag, more.R, more.W, b)
				}
			}
		}
	}
}

// It is what a walk through the messages says, trial by trial.
func lawAsOnWhiteboard(of stalenessOf) func(*rapid.T) {
	return func(t *rapid.T) {
		c := drawnCase(t)
		stale, err := of(c.model, c.q, c.trials, c.seed)
		if err != nil {
			t.Fatal(err)
		}
		due, err := onWhiteboard(soundTrial)(c.model, c.q, c.trials, c.seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, lag := range lags {
			if got, want := stale(lag), due(lag); got != want {
				t.Fatalf("%v: reads that start %v after the commit miss the write in %d trials, where %d are due\n%s",
					c, lag, got, want, firstDifference(of, c, lag))
			}
		}
	}
}

func TestLaw_OverlapIsNeverStale(t *testing.T) {
	for _, s := range simulations {
		t.Run(s.name, func(t *testing.T) { rapid.Check(t, lawNeverStale(s.of)) })
	}
}

func TestLaw_StalenessFallsWithTimeRAndW(t *testing.T) {
	for _, s := range simulations {
		t.Run(s.name, func(t *testing.T) { rapid.Check(t, lawFalls(s.of)) })
	}
}

func TestLaw_StalenessIsThatOfTheMessages(t *testing.T) {
	for _, s := range simulations {
		t.Run(s.name, func(t *testing.T) { rapid.Check(t, lawAsOnWhiteboard(s.of)) })
	}
}

// Latencies are those of the messages too, and those of a grid are a single simulation's.
func TestLaw_LatenciesAreThoseOfTheMessages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawnCase(t)
		c.trials += 10 // enough for an interval of a median
		v := must(quorum.Staleness(c.model, c.q, c.trials, rand.NewPCG(c.seed, 1)))
		g := must(quorum.StalenessGrid(c.model, c.q.N, c.trials, rand.NewPCG(c.seed, 1)))[c.q.R-1][c.q.W-1]
		var reads, writes []time.Duration
		for _, m := range drawnMessages(c.model, c.q.N, c.trials, c.seed) {
			commit, answers := soundTrial(m, c.q)
			reads, writes = append(reads, answers[c.q.R-1].backAt), append(writes, commit)
		}
		slices.Sort(reads)
		slices.Sort(writes)
		for _, p := range []float64{0.25, 0.5, 0.75} {
			rank := 0
			for float64(rank+1)/float64(c.trials) < p {
				rank++
			}
			for _, each := range []struct {
				what string
				got  quorum.Percentile
				want time.Duration
			}{
				{"read", must(v.ReadLatency(p, 0.5)), reads[rank]}, {"write", must(v.WriteLatency(p, 0.5)), writes[rank]},
				{"read of the grid", must(g.ReadLatency(p, 0.5)), reads[rank]}, {"write of the grid", must(g.WriteLatency(p, 0.5)), writes[rank]},
			} {
				if each.got.Estimate != each.want || each.got.Low > each.want || each.got.High < each.want {
					t.Fatalf("%v: the %v-quantile of the %s latency is %v, due %v", c, p, each.what, each.got, each.want)
				}
			}
		}
	})
}

// TVisibility is the least t at which so many are consistent, and pooling is counting together.
func TestLaw_TVisibilityIsTheLeastTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawnCase(t)
		c.trials += 10
		v := must(quorum.Staleness(c.model, c.q, c.trials, rand.NewPCG(c.seed, 1)))
		p := rapid.SampledFrom([]float64{0.2, 0.5, 0.75, 0.8}).Draw(t, "p")
		at, err := v.TVisibility(p, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		if share := must(v.Consistent(at.Estimate, 0.9)); share.Estimate < p {
			t.Fatalf("%v: the t-visibility at %v is %v, and then %v are consistent", c, p, at, share)
		}
		if at.Estimate > 0 {
			if share := must(v.Consistent(at.Estimate-1, 0.9)); share.Estimate >= p {
				t.Fatalf("%v: the t-visibility at %v is %v, and a nanosecond before %v are consistent", c, p, at, share)
			}
		}
		if at.Low > at.Estimate || at.High < at.Estimate || at.Low < 0 {
			t.Fatalf("%v: an interval must hold its estimate: %v", c, at)
		}

		other := must(quorum.Staleness(c.model, c.q, c.trials, rand.NewPCG(c.seed, 2)))
		one, two := must(quorum.Pool(v, other)), must(quorum.Pool(other, v))
		if one.Trials() != 2*c.trials || one.Replicas() != c.q {
			t.Fatalf("%v: pooled, %d trials of %v", c, one.Trials(), one.Replicas())
		}
		for _, lag := range lags {
			if sum := v.Stale(lag) + other.Stale(lag); one.Stale(lag) != sum || two.Stale(lag) != sum {
				t.Fatalf("%v: %d are stale after %v, and pooled %d", c, sum, lag, one.Stale(lag))
			}
		}
		if a, b := must(one.ReadLatency(p, 0.5)), must(two.ReadLatency(p, 0.5)); a != b {
			t.Fatalf("%v: the order of pooling matters: %v, %v", c, a, b)
		}
	})
}
