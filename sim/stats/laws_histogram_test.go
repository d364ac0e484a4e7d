package stats_test

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

var (
	// Durations of all magnitudes alike, both ends included, and those next to a bucket's edge.
	duration = rapid.OneOf(
		rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(0, math.MaxInt64).Draw(t, "bits") >> rapid.IntRange(0, 63).Draw(t, "shift"))
		}),
		rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(1)<<rapid.IntRange(1, 62).Draw(t, "power") + time.Duration(rapid.IntRange(-1, 1).Draw(t, "off"))
		}),
		rapid.SampledFrom([]time.Duration{0, 255, 256, math.MaxInt64}),
	)
	// Several durations, of which some share a bucket.
	durations = rapid.OneOf(
		rapid.SliceOfN(duration, 1, 200),
		rapid.Custom(func(t *rapid.T) []time.Duration {
			base := duration.Draw(t, "base") / 2
			width := base / time.Duration(rapid.SampledFrom([]int{100, 1000}).Draw(t, "closeness"))
			nearby := rapid.Map(rapid.Int64Range(0, int64(width)), func(off int64) time.Duration { return base + time.Duration(off) })
			return rapid.SliceOfN(nearby, 1, 50).Draw(t, "nearby")
		}),
	)
	negative = rapid.Map(rapid.Int64Range(math.MinInt64, -1), func(n int64) time.Duration { return time.Duration(n) })

	// Probabilities of all sizes, ends included, and the hundredths, which are the ones that round badly.
	probability = rapid.OneOf(
		rapid.Float64Range(0, 1),
		rapid.Map(rapid.IntRange(0, 100), func(n int) float64 { return float64(n) / 100 }),
		rapid.SampledFrom([]float64{0, 1, math.SmallestNonzeroFloat64, 1 - 0x1p-53}),
	)
)

// histogram is what the laws judge, merger what the law about merging does.
type histogram interface {
	Record(time.Duration)
	Count() uint64
	Min() (time.Duration, error)
	Max() (time.Duration, error)
	Mean() (time.Duration, error)
	Quantile(p float64) (time.Duration, error)
}

type merger[H any] interface {
	*H
	Record(time.Duration)
	Merge(other *H)
}

func newHistogram() histogram { return new(stats.Histogram) }

func record(h histogram, durations []time.Duration) histogram {
	for _, d := range durations {
		h.Record(d)
	}
	return h
}

func recorded(durations ...time.Duration) *stats.Histogram {
	h := new(stats.Histogram)
	record(h, durations)
	return h
}

func TestLaw_QuantilesAreTheSortedSamplesWithinOnePartIn256(t *testing.T) {
	rapid.Check(t, lawQuantilesAreWithinOnePartIn256(newHistogram))
}

func lawQuantilesAreWithinOnePartIn256(make func() histogram) func(*rapid.T) {
	return func(t *rapid.T) {
		samples := durations.Draw(t, "durations")
		p := probability.Draw(t, "p")
		h := record(make(), samples)
		slices.Sort(samples)

		got, err := h.Quantile(p)
		if err != nil {
			t.Fatal(err)
		}
		k := naiveRank(p, len(samples))
		want := samples[k-1]
		if d := max(got-want, want-got); d > want/256 { // whole numbers: d <= want/256 exactly when d <= floor(want/256)
			t.Fatalf("recorded: %v\nbut the %v-quantile is %v, and the histogram says %v", samples, p, want, got)
		}
		if got < samples[0] || got > samples[len(samples)-1] {
			t.Fatalf("recorded: %v\nbut the %v-quantile %v lies outside of them", samples, p, got)
		}
		if (k == 1 || k == len(samples)) && got != want {
			t.Fatalf("recorded: %v\nbut the %v-quantile, the first or the last of them, is %v, and the histogram says %v", samples, p, want, got)
		}
		higher := rapid.Float64Range(p, 1).Draw(t, "higher p")
		if more, err := h.Quantile(higher); err != nil || more < got {
			t.Fatalf("recorded: %v\nbut the %v-quantile is %v, and the %v-quantile is less: %v, error %v", samples, p, got, higher, more, err)
		}
	}
}

// naiveRank is the first k for which the part k/n reaches p.
func naiveRank(p float64, n int) int {
	for k := 1; ; k++ {
		if float64(k)/float64(n) >= p {
			return k
		}
	}
}

func TestLaw_CountMinMaxAndMeanAreExact(t *testing.T) {
	rapid.Check(t, lawSummaryIsExact(newHistogram))
}

func lawSummaryIsExact(make func() histogram) func(*rapid.T) {
	return func(t *rapid.T) {
		samples := durations.Draw(t, "durations")
		sum := new(big.Int)
		for _, d := range samples {
			sum.Add(sum, big.NewInt(int64(d)))
		}
		// floor(sum/n + 1/2)
		n := big.NewInt(int64(len(samples)))
		mean := new(big.Int).Div(new(big.Int).Add(new(big.Int).Lsh(sum, 1), n), new(big.Int).Lsh(n, 1))

		want := summary{count: uint64(len(samples)), min: slices.Min(samples), max: slices.Max(samples), mean: time.Duration(mean.Int64())}
		if got := summaryOf(t, record(make(), samples)); got != want {
			t.Fatalf("recorded: %v\nthat is %v\nbut the histogram says %v", samples, want, got)
		}
	}
}

type summary struct {
	count          uint64
	min, max, mean time.Duration
}

func (s summary) String() string {
	return fmt.Sprintf("%d from %v to %v, on average %v", s.count, s.min, s.max, s.mean)
}

func summaryOf(t interface{ Fatal(...any) }, h histogram) summary {
	answer := func(d time.Duration, err error) time.Duration {
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	return summary{count: h.Count(), min: answer(h.Min()), max: answer(h.Max()), mean: answer(h.Mean())}
}

func TestLaw_MergingEqualsRecordingEverythingInOne(t *testing.T) {
	rapid.Check(t, lawMergingIsRecording[stats.Histogram]())
}

func lawMergingIsRecording[H comparable, P merger[H]]() func(*rapid.T) {
	samples := rapid.SliceOfN(rapid.OneOf(duration, duration, duration, negative), 0, 60)
	recorded := func(durations []time.Duration) P {
		h := P(new(H))
		for _, d := range durations {
			h.Record(d)
		}
		return h
	}
	return func(t *rapid.T) {
		a, b, c := samples.Draw(t, "a"), samples.Draw(t, "b"), samples.Draw(t, "c")
		told := fmt.Sprintf("one recorded %v, another %v, a third %v", a, b, c)
		all := recorded(slices.Concat(a, b, c))
		merged := func(parts ...[]time.Duration) P {
			h := recorded(parts[0])
			for _, part := range parts[1:] {
				other := recorded(part)
				before := *other
				h.Merge(other)
				if *other != before {
					t.Fatalf("%s\nbut merging %v into another has changed it", told, part)
				}
			}
			return h
		}
		bc := merged(b, c)
		right := recorded(a)
		right.Merge(bc)
		for _, m := range []struct {
			how string
			h   P
		}{
			{"the first, then the second, then the third", merged(a, b, c)},
			{"the third, then the second, then the first", merged(c, b, a)},
			{"the second, then the first, then the third", merged(b, a, c)},
			{"an empty one, then all three", merged(nil, a, b, c)},
			{"the first with the other two, which had been merged", right},
		} {
			if *m.h != *all { // all fields, all buckets
				t.Fatalf("%s\nbut merging %s is not what one would have recorded of all", told, m.how)
			}
		}
		twice := recorded(a)
		twice.Merge(twice)
		if *twice != *recorded(slices.Concat(a, a)) {
			t.Fatalf("%s\nbut the first merged with itself is not each of its durations twice", told)
		}
	}
}

func TestLaw_NegativeDurationsAreNeitherRecordedNorForgotten(t *testing.T) {
	rapid.Check(t, lawNegativeDurationsAreNotForgotten(newHistogram))
}

func lawNegativeDurationsAreNotForgotten(make func() histogram) func(*rapid.T) {
	return func(t *rapid.T) {
		good := rapid.SliceOfN(duration, 0, 20).Draw(t, "durations")
		bad := rapid.SliceOfN(negative, 1, 5).Draw(t, "negative ones")
		order := rapid.Permutation(slices.Concat(good, bad)).Draw(t, "order")
		h := record(make(), order)
		if h.Count() != uint64(len(good)) {
			t.Fatalf("recorded: %v\nbut %d are counted, not %d", order, h.Count(), len(good))
		}
		want := fmt.Sprintf("stats: durations must not be negative: the histogram was given %d that are, the least %v", len(bad), slices.Min(bad))
		errs := answers(h)
		for _, name := range slices.Sorted(maps.Keys(errs)) {
			if err := errs[name]; err == nil || err.Error() != want {
				t.Fatalf("recorded: %v\nbut %s gives the error %v, not %q", order, name, err, want)
			}
		}
	}
}

// answers are the errors of all that a histogram is asked.
func answers(h histogram) map[string]error {
	_, least := h.Min()
	_, most := h.Max()
	_, mean := h.Mean()
	_, median := h.Quantile(0.5)
	return map[string]error{"Min": least, "Max": most, "Mean": mean, "Quantile": median}
}
