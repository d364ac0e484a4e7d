package ratelimit_test

import (
	"math"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// sketchTable is a sketch as the laws see it.
type sketchTable interface {
	Take(now time.Duration, key, n int) ratelimit.Decision
	Peek(now time.Duration, key, n int) ratelimit.Decision
}

// sketchMaker makes a sketch, and says whether a key shares each of its cells with some of the others.
type sketchMaker struct {
	make   func(limit ratelimit.Limit, rows, width int) sketchTable
	shared func(rows, width, key int, others []int) bool
}

var sketch = sketchMaker{
	make: func(limit ratelimit.Limit, rows, width int) sketchTable { return newSketch(limit, rows, width) },
	shared: func(rows, width, key int, others []int) bool {
		probe := newSketch(oneASecond[0], rows, width)
		for _, other := range others {
			probe.Take(0, other, 1) // fills its cells, or they are full
		}
		return !probe.Peek(0, key, 1).OK()
	},
}

func newSketch(limit ratelimit.Limit, rows, width int) *ratelimit.Sketch[int] {
	s, err := ratelimit.NewSketch(ratelimit.SketchConfig[int]{Limit: limit, Rows: rows, Width: width, Hash: func(key int) uint64 { return uint64(key) }})
	if err != nil {
		panic(err) // the laws give no bad input
	}
	return s
}

// Whatever a sketch admits, a map of limits for each key would have admitted that was charged the same, under any order of now; Peek says
// what Take will answer, and Wait is exact.
func lawSketchNeverMore(m sketchMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		limit := keyedLimit(t)
		rows, width := rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(1, 5).Draw(t, "width")
		table, model := m.make(limit, rows, width), newKeyedModel([]ratelimit.Limit{limit})
		var story tableStory
		story.tell("%v in %d x %d cells", limit, rows, width)
		for range someSteps.Draw(t, "steps") {
			now := someNow.Draw(t, "now")
			key, n := rapid.IntRange(0, 9).Draw(t, "key"), rapid.IntRange(1, 3).Draw(t, "n")
			peeked, d := table.Peek(now, key, n), table.Take(now, key, n)
			if peeked != d {
				story.fail(t, "at %v key %d, who takes %d, is told: %s; and then it is %s", now, key, n, telling(peeked), telling(d))
			}
			switch d.Verdict {
			case ratelimit.Admitted:
				story.tell("at %v key %d gets %d", now, key, n)
				if want := model.peek(now, key, n); !want.OK() {
					story.fail(t, "by its own limit it should be: %s", telling(want))
				}
				model.charge(now, key, n)
			case ratelimit.Refused:
				if !table.Peek(now+d.Wait, key, n).OK() || table.Peek(now+d.Wait-1, key, n).OK() {
					story.fail(t, "key %d, who takes %d at %v, is not to wait exactly %v", key, n, now, d.Wait)
				}
			}
		}
	}
}

func TestLaw_SketchNeverAdmitsMoreThanAMap(t *testing.T) {
	rapid.Check(t, lawSketchNeverMore(sketch))
}

// A key with a cell that is its alone is a GCRA: in a sketch only who shares each cell with others is refused for what they did.
func lawSketchAlone(m sketchMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		limit := keyedLimit(t)
		rows, width := rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(1, 40).Draw(t, "width")
		others := rapid.SliceOfDistinct(rapid.IntRange(1, 30), rapid.ID).Draw(t, "others")
		const key = 0
		if m.shared(rows, width, key, others) {
			t.Skip("each of its cells is shared")
		}
		table, alone := m.make(limit, rows, width), keyedGCRA(t, limit)
		var story tableStory
		story.tell("%v in %d x %d cells", limit, rows, width)
		for range someSteps.Draw(t, "steps") {
			now, n := someNow.Draw(t, "now"), rapid.IntRange(1, 3).Draw(t, "n")
			if len(others) > 0 && rapid.Bool().Draw(t, "another") {
				other := rapid.SampledFrom(others).Draw(t, "other")
				if table.Take(now, other, n).OK() {
					story.tell("at %v key %d gets %d", now, other, n)
				}
				continue
			}
			got, want := table.Take(now, key, n), alone.Take(now, n)
			story.tell("at %v key %d takes %d: %s", now, key, n, telling(got))
			if got != want {
				story.fail(t, "nobody else has all of its cells, and alone it would be: %s", telling(want))
			}
		}
	}
}

func TestLaw_SketchIsGCRAWithoutCollisions(t *testing.T) {
	rapid.Check(t, lawSketchAlone(sketch))
}

// In one cell all keys are one.
func TestLaw_SketchOfOneCellIsOneGCRA(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := keyedLimit(t)
		table, one := newSketch(limit, 1, 1), keyedGCRA(t, limit)
		for range someSteps.Draw(t, "steps") {
			now := someNow.Draw(t, "now")
			key, n := rapid.Int().Draw(t, "key"), rapid.IntRange(0, 4).Draw(t, "n")
			if got, want := table.Take(now, key, n), one.Take(now, n); got != want {
				t.Fatalf("at %v key %d takes %d: %s; one limit for all says: %s", now, key, n, telling(got), telling(want))
			}
		}
	})
}

// The share of fresh keys that are refused among live ones is what Error says. Each of so many sketches is one in which the live ones took their
// burst of one, under a hash of its own; then fresh keys are asked for. Keys of a sketch depend on each other, sketches do
// not: so the mean over sketches is compared, within four of its own standard errors, which is passed by 99.99% of seeds and, seeds being
// fixed, always.
func TestClaim_SketchError(t *testing.T) {
	sketches, asked := 100, 2000
	if race.Enabled {
		sketches = 10
	}
	for _, c := range []struct{ rows, width, live int }{
		{1, 1000, 500}, {2, 1000, 500}, {4, 1000, 1000}, {3, 64, 100}, {8, 100, 200}, {4, 1, 1},
		{2, 65_536, 20_000}, // of 64 parts
	} {
		var sum, squares, expected float64
		for seed := range sketches {
			s, err := ratelimit.NewSketch(ratelimit.SketchConfig[int]{
				Limit: oneASecond[0], Rows: c.rows, Width: c.width,
				Hash: func(key int) uint64 { return uint64(seed)<<32 | uint64(key) },
			})
			require.NoError(t, err)
			for key := range c.live {
				s.Take(0, key, 1) // a refused one had only cells that others had made live
			}
			refused := 0
			for key := range asked {
				if !s.Peek(0, c.live+key, 1).OK() {
					refused++
				}
			}
			share := float64(refused) / float64(asked)
			sum += share
			squares += share * share
			expected = s.Error(c.live)
		}
		n := float64(sketches)
		mean := sum / n
		// No less than the standard error of independent keys: where nothing is seen, the sample says nothing of it.
		sd := math.Max(math.Sqrt(math.Max(0, squares/n-mean*mean)/(n-1)), math.Sqrt(expected*(1-expected)/(n*float64(asked))))
		require.InDelta(t, expected, mean, 4*sd+1e-12, "%+v", c)
	}
}

// sketchError is the chance that a sketch of so many rows and cells states for so many live keys.
type sketchError func(rows, width, live int) float64

func statedError(rows, width, live int) float64 {
	return newSketch(oneASecond[0], rows, width).Error(live)
}

func lawSketchError(stated sketchError) func(*rapid.T) {
	return func(t *rapid.T) {
		rows := rapid.IntRange(1, 8).Draw(t, "rows")
		width := rapid.SampledFrom([]int{1, 2, 10, 1000, 65_535}).Draw(t, "width")
		live := rapid.IntRange(0, 1_000_000).Draw(t, "live")
		got, more := stated(rows, width, live), stated(rows, width, live+1)
		want := math.Pow(1-math.Pow(1-1/float64(width), float64(live)), float64(rows))
		if math.Abs(got-want) > 1e-9 || more < got {
			t.Fatalf("%d rows, width %d, %d live: %.3g, and with one more %.3g\nbut the formula says %.3g", rows, width, live, got, more, want)
		}
	}
}

// Error is a chance that grows with the number of live keys; in one part it is the formula, and in many parts near it.
func TestLaw_SketchError(t *testing.T) {
	rapid.Check(t, lawSketchError(statedError))
	wide := newSketch(oneASecond[0], 4, 1<<20)
	require.Zero(t, wide.Error(0))
	for live := 1; live <= 1<<30; live *= 4 {
		require.GreaterOrEqual(t, wide.Error(4*live), wide.Error(live)*(1-1e-9))
		require.LessOrEqual(t, wide.Error(live), 1.0)
		// That the number of keys in a part varies makes it worse, by a factor that is exp(4^2/(2 x mean)) at the most for the fourth
		// power of a binomial number (T. Ahle, "Sharp and simple bounds for the raw moments of the binomial and Poisson distributions", 2022).
		formula := math.Pow(-math.Expm1(float64(live)*math.Log1p(-1.0/(1<<20))), 4)
		require.GreaterOrEqual(t, wide.Error(live), formula*(1-1e-6), live)
		require.LessOrEqual(t, wide.Error(live), formula*math.Exp(16/(2*float64(live)/64))*1.001, live)
	}
}

// However many keys are said to be live, the answer comes at once: with so many it is certain that all cells are shared.
func TestSketchErrorOfAnyNumber(t *testing.T) {
	for _, width := range []int{1, 65_535, 65_536, 1 << 20} {
		s := newSketch(oneASecond[0], 4, width)
		for _, live := range []int{math.MaxInt, math.MaxInt - 1, 1<<53 + 1, 1 << 53, 1 << 40} {
			answer := make(chan float64, 1)
			go func() { answer <- s.Error(live) }()
			select {
			case got := <-answer:
				require.Equal(t, 1.0, got, "width %d, %d live", width, live)
			case <-time.After(20 * time.Second):
				t.Fatalf("width %d: Error(%d) does not return", width, live)
			}
		}
		for _, live := range []int{0, -1, math.MinInt} {
			require.Zero(t, s.Error(live), "width %d, %d live", width, live)
		}
		if width == 1 {
			continue // which any other key shares
		}
		// 30 x width others leave a cell alone with a chance of exp(-30), give or take a few hundredths of it: that is not yet certain.
		require.InEpsilon(t, 4*math.Exp(-30), 1-s.Error(30*width), 0.05, "width %d", width)
	}
}

// Four rows of a hundred thousand cells, which are rounded up to 64 parts, each 1,563 wide.
func TestSketchWidthIsRoundedUp(t *testing.T) {
	require.Equal(t, newSketch(oneASecond[0], 4, 100_000).Error(50_000), newSketch(oneASecond[0], 4, 64*1563).Error(50_000))
	require.Greater(t, newSketch(oneASecond[0], 1, 65_534).Error(100), newSketch(oneASecond[0], 1, 65_535).Error(100), "below 65,536 nothing is rounded")
}

// From many goroutines, at one now, each key gets exactly its burst, if no other has all its cells.
func TestSketchConcurrently(t *testing.T) {
	const goroutines, burst = 8, 20
	s := newSketch(ratelimit.Limit{Rate: ratelimit.Every(time.Second), Burst: burst}, 4, 65_536)
	var admitted [goroutines][10]int
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for range burst {
				for key := range 10 {
					if s.Take(0, key, 1).OK() {
						admitted[g][key]++
					}
				}
			}
		})
	}
	all.Wait()
	for key := range 10 {
		sum := 0
		for g := range goroutines {
			sum += admitted[g][key]
		}
		require.Equal(t, burst, sum, "key %d", key)
	}
}

func TestSketchDoesNotAllocate(t *testing.T) {
	for _, hash := range []func(string) uint64{nil, func(k string) uint64 { return uint64(len(k)) }} {
		s, err := ratelimit.NewSketch(ratelimit.SketchConfig[string]{Limit: oneASecond[0], Rows: 4, Width: 1000, Hash: hash})
		require.NoError(t, err)
		now := time.Duration(0)
		keys := []string{"alice", strconv.Itoa(12345)}
		require.Zero(t, testing.AllocsPerRun(100, func() {
			for _, key := range keys {
				s.Peek(now, key, 1)
				s.Take(now, key, 1)
			}
			now += time.Second / 2
		}))
	}
}
