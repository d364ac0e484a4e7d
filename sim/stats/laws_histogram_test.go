package stats_test

import (
	"fmt"
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

func recorded(durations ...time.Duration) *stats.Histogram {
	h := new(stats.Histogram)
	for _, d := range durations {
		h.Record(d)
	}
	return h
}

func TestLaw_QuantilesAreTheSortedSamplesWithinOnePartIn256(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := durations.Draw(t, "durations")
		p := probability.Draw(t, "p")
		h := recorded(samples...)
		slices.Sort(samples)

		got, err := h.Quantile(p)
		if err != nil {
			t.Fatal(err)
		}
		k := naiveRank(p, len(samples))
		want := samples[k-1]
		if d := max(got-want, want-got); d > want/256 { // whole numbers: d <= want/256 exactly when d <= floor(want/256)
			t.Fatalf("the %v-quantile of %v is %d ns, but the histogram says %d ns", p, samples, want, got)
		}
		if got < samples[0] || got > samples[len(samples)-1] {
			t.Fatalf("the %v-quantile %d ns lies outside [%d, %d] ns", p, got, samples[0], samples[len(samples)-1])
		}
		if (k == 1 || k == len(samples)) && got != want {
			t.Fatalf("the %v-quantile of %v, the first or the last, is %d ns, not %d ns", p, samples, want, got)
		}
		higher := rapid.Float64Range(p, 1).Draw(t, "higher p")
		if more, err := h.Quantile(higher); err != nil || more < got {
			t.Fatalf("the %v-quantile is %d ns, and the %v-quantile is less: %d ns, %v", p, got, higher, more, err)
		}
	})
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
	rapid.Check(t, func(t *rapid.T) {
		samples := durations.Draw(t, "durations")
		sum := new(big.Int)
		for _, d := range samples {
			sum.Add(sum, big.NewInt(int64(d)))
		}
		// floor(sum/n + 1/2)
		n := big.NewInt(int64(len(samples)))
		mean := new(big.Int).Div(new(big.Int).Add(new(big.Int).Lsh(sum, 1), n), new(big.Int).Lsh(n, 1))

		want := summary{count: uint64(len(samples)), min: slices.Min(samples), max: slices.Max(samples), mean: time.Duration(mean.Int64())}
		if got := summaryOf(t, recorded(samples...)); got != want {
			t.Fatalf("of %v:\ngot  %+v\nwant %+v", samples, got, want)
		}
	})
}

type summary struct {
	count          uint64
	min, max, mean time.Duration
}

func summaryOf(t interface{ Fatal(...any) }, h *stats.Histogram) summary {
	answer := func(d time.Duration, err error) time.Duration {
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	return summary{count: h.Count(), min: answer(h.Min()), max: answer(h.Max()), mean: answer(h.Mean())}
}

func TestLaw_MergingEqualsRecordingEverythingInOne(t *testing.T) {
	samples := rapid.SliceOfN(rapid.OneOf(duration, duration, duration, negative), 0, 60)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := samples.Draw(t, "a"), samples.Draw(t, "b"), samples.Draw(t, "c")
		all := recorded(slices.Concat(a, b, c)...)
		merged := func(parts ...[]time.Duration) *stats.Histogram {
			h := recorded(parts[0]...)
			for _, part := range parts[1:] {
				other := recorded(part...)
				before := *other
				h.Merge(other)
				if *other != before {
					t.Fatalf("merging %v has changed it", part)
				}
			}
			return h
		}
		bc := merged(b, c)
		right := recorded(a...)
		right.Merge(bc)
		for name, h := range map[string]*stats.Histogram{
			"a, b, c": merged(a, b, c), "c, b, a": merged(c, b, a), "b, a, c": merged(b, a, c),
			"nothing, a, b, c": merged(nil, a, b, c), "a and (b and c)": right,
		} {
			if *h != *all { // all fields, all buckets
				t.Fatalf("%s merged differ from all recorded in one: a=%v b=%v c=%v", name, a, b, c)
			}
		}
		twice := recorded(a...)
		twice.Merge(twice)
		if *twice != *recorded(slices.Concat(a, a)...) {
			t.Fatalf("%v merged with itself is not each of it twice", a)
		}
	})
}

func TestLaw_NegativeDurationsAreNeitherRecordedNorForgotten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := rapid.SliceOfN(duration, 0, 20).Draw(t, "durations")
		bad := rapid.SliceOfN(negative, 1, 5).Draw(t, "negative ones")
		h := recorded(rapid.Permutation(slices.Concat(good, bad)).Draw(t, "order")...)
		if h.Count() != uint64(len(good)) {
			t.Fatalf("of %v and %v, %d are counted", good, bad, h.Count())
		}
		want := fmt.Sprintf("stats: durations must not be negative: the histogram was given %d that are, the least %v", len(bad), slices.Min(bad))
		for name, err := range answers(h) {
			if err == nil || err.Error() != want {
				t.Fatalf("%s after %v: %v, not %q", name, bad, err, want)
			}
		}
	})
}

// answers are the errors of all that a histogram is asked.
func answers(h *stats.Histogram) map[string]error {
	_, least := h.Min()
	_, most := h.Max()
	_, mean := h.Mean()
	_, median := h.Quantile(0.5)
	return map[string]error{"Min": least, "Max": most, "Mean": mean, "Quantile": median}
}
