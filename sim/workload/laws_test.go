package workload_test

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

type constructor struct {
	name string
	make func(*rapid.T) workload.ServiceTime
}

// simple are the service times that are not made of others, each with random parameters.
var simple = []constructor{
	{"deterministic", func(t *rapid.T) workload.ServiceTime {
		return made(t)(workload.NewDeterministic(positive.Draw(t, "time")))
	}},
	{"exponential", func(t *rapid.T) workload.ServiceTime {
		return made(t)(workload.NewExponential(positive.Draw(t, "mean")))
	}},
	{"lognormal", func(t *rapid.T) workload.ServiceTime {
		return made(t)(workload.NewLognormal(positive.Draw(t, "mean"), rapid.Float64Range(1e-9, 100).Draw(t, "scv")))
	}},
	{"pareto", func(t *rapid.T) workload.ServiceTime {
		return made(t)(workload.NewPareto(positive.Draw(t, "mean"), rapid.Float64Range(1e-9, 1e9).Draw(t, "scv")))
	}},
	{"pareto by shape", func(t *rapid.T) workload.ServiceTime {
		minimum := time.Duration(rapid.Int64Range(1, int64(time.Second)).Draw(t, "minimum"))
		return made(t)(workload.NewParetoShape(minimum, rapid.Float64Range(1.001, 1e5).Draw(t, "alpha")))
	}},
	{"bimodal", func(t *rapid.T) workload.ServiceTime {
		a, b := positive.Draw(t, "a time"), positive.Draw(t, "another")
		return made(t)(workload.NewBimodal(min(a, b), max(a, b), probability.Draw(t, "share of long")))
	}},
	{"erlang", func(t *rapid.T) workload.ServiceTime {
		return made(t)(workload.NewErlang(rapid.IntRange(1, 1000).Draw(t, "k"), positive.Draw(t, "mean")))
	}},
	{"empirical", func(t *rapid.T) workload.ServiceTime {
		return made(t)(workload.NewEmpirical(rapid.SliceOfN(positive, 1, 50).Draw(t, "samples")))
	}},
}

var constructors = append(slices.Clone(simple),
	constructor{"mixture", func(t *rapid.T) workload.ServiceTime {
		return made(t)(workload.NewMixture(components(t, rapid.IntRange(1, 4).Draw(t, "number"))...))
	}},
	constructor{"mixture of mixtures", func(t *rapid.T) workload.ServiceTime {
		a, b := made(t)(workload.NewMixture(components(t, 2)...)), made(t)(workload.NewMixture(components(t, 2)...))
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		return made(t)(workload.NewMixture(
			workload.Component{Weight: share, Time: a}, workload.Component{Weight: 1 - share, Time: b}))
	}},
)

var (
	positive = rapid.Map(rapid.Int64Range(1, int64(24*time.Hour)), func(n int64) time.Duration { return time.Duration(n) })

	// Probabilities of all sizes, ends included, and the hundredths, which are the ones that round badly.
	probability = rapid.OneOf(
		rapid.Float64Range(0, 1),
		rapid.Map(rapid.IntRange(0, 100), func(n int) float64 { return float64(n) / 100 }),
		rapid.SampledFrom([]float64{0, 1, math.SmallestNonzeroFloat64, 1 - 0x1p-53}),
	)
)

// slack is what floating point may take from a probability: see NewErlang, and shapes of 1e5.
const slack = 1e-11

func made(t *rapid.T) func(workload.ServiceTime, error) workload.ServiceTime {
	return func(s workload.ServiceTime, err error) workload.ServiceTime {
		if err != nil {
			t.Fatalf("parameters within the stated bounds are refused: %v", err)
		}
		return s
	}
}

// components draws parts of any simple kind.
func components(t *rapid.T, n int) []workload.Component {
	parts := make([]workload.Component, n)
	for i := range parts {
		kind := rapid.IntRange(0, len(simple)-1).Draw(t, "kind")
		parts[i] = workload.Component{
			Weight: rapid.Float64Range(1e-3, 1e3).Draw(t, "weight"),
			Time:   simple[kind].make(t),
		}
	}
	return parts
}

func quantile(t interface{ Fatalf(string, ...any) }, s workload.ServiceTime, p float64) time.Duration {
	q, err := s.Quantile(p)
	if err != nil {
		t.Fatalf("Quantile(%v) is refused: %v", p, err)
	}
	return q
}

func forEach(t *testing.T, law func(*rapid.T, workload.ServiceTime)) {
	for _, c := range constructors {
		t.Run(c.name, rapid.MakeCheck(func(t *rapid.T) { law(t, c.make(t)) }))
	}
}

func TestLaw_QuantileIsTheLeastTimeWhoseCDFReachesP(t *testing.T) {
	forEach(t, quantileIsTheLeastTimeWhoseCDFReachesP)
}

func quantileIsTheLeastTimeWhoseCDFReachesP(t *rapid.T, s workload.ServiceTime) {
	p := probability.Draw(t, "p")
	q, least := quantile(t, s, p), quantile(t, s, 0)
	if got := s.CDF(q); !(got >= p-slack) {
		t.Fatalf("Quantile(%v) is %v, but only a share of %v takes that long or less", p, q, got)
	}
	if q < least {
		t.Fatalf("Quantile(%v) is %v, below the infimum %v", p, q, least)
	}
	if got := s.CDF(q - 1); q > least && !(got < p+slack) {
		t.Fatalf("Quantile(%v) is %v, but a nanosecond less is already enough: its CDF is %v", p, q, got)
	}
}

func TestLaw_QuantilesNeverFall(t *testing.T) {
	forEach(t, quantilesNeverFall)
}

func quantilesNeverFall(t *rapid.T, s workload.ServiceTime) {
	p := rapid.SliceOfN(probability, 2, 2).Draw(t, "p")
	slices.Sort(p)
	if a, b := quantile(t, s, p[0]), quantile(t, s, p[1]); a > b {
		t.Fatalf("Quantile(%v) is %v, above Quantile(%v), which is %v", p[0], a, p[1], b)
	}
}

func TestLaw_CDFRunsFrom0To1AndNeverFalls(t *testing.T) {
	forEach(t, cdfRunsFrom0To1)
}

func cdfRunsFrom0To1(t *rapid.T, s workload.ServiceTime) {
	times := rapid.SliceOfN(rapid.Int64Range(0, 4*int64(s.Mean())), 2, 2).Draw(t, "times")
	slices.Sort(times)
	a, b := s.CDF(time.Duration(times[0])), s.CDF(time.Duration(times[1]))
	if !(a >= 0 && a <= b+slack && b <= 1) {
		t.Fatalf("CDF(%v) is %v and CDF(%v) is %v", time.Duration(times[0]), a, time.Duration(times[1]), b)
	}
	if below, top := s.CDF(-time.Nanosecond), s.CDF(quantile(t, s, 1)); below != 0 || top != 1 {
		t.Fatalf("the CDF is %.6g below 0 and %.6g at the largest time, not 0 and 1", below, top)
	}
}

func TestLaw_DrawsLieInTheSupportAndFollowFromTheSeed(t *testing.T) {
	forEach(t, drawsFollowFromTheSeed)
}

func drawsFollowFromTheSeed(t *rapid.T, s workload.ServiceTime) {
	seed := rapid.Uint64().Draw(t, "seed")
	least, largest := quantile(t, s, 0), quantile(t, s, 1)
	one, other, disturbed := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
	for i := range 20 {
		d := s.Draw(one)
		if d < 0 || d < least || d > largest {
			t.Fatalf("draw %d is %v, outside of [%v, %v]", i, d, least, largest)
		}
		s.Draw(disturbed) // what others draw from the same service time is of no account
		if again := s.Draw(other); again != d {
			t.Fatalf("two streams of one seed, and a third of another, draw in turn from one service time\nbut draw %d of the first is %v, and of the second %v", i, d, again)
		}
	}
}

func TestLaw_TheMeanLiesInTheSupportAndTheVarianceIsNotNegative(t *testing.T) {
	forEach(t, momentsArePossible)
}

func momentsArePossible(t *rapid.T, s workload.ServiceTime) {
	least, largest := quantile(t, s, 0), quantile(t, s, 1)
	if m := s.Mean(); m < least || m > largest {
		t.Fatalf("the mean %v lies outside of [%v, %v]", m, least, largest)
	}
	if v, scv := s.Variance(), workload.SCV(s); !(v >= 0) || !(scv >= 0) || math.IsInf(v, 1) != math.IsInf(scv, 1) {
		t.Fatalf("times between %v and %v, with a mean of %v\nbut their variance is %.6g s², their squared coefficient of variation %.6g", least, largest, s.Mean(), v, scv)
	}
}

type mixer func(...workload.Component) (workload.ServiceTime, error)

// described lists the parts of a mixture, for who reads a failure.
func described(parts []workload.Component) string {
	var lines strings.Builder
	for _, c := range parts {
		fmt.Fprintf(&lines, "  weight %v: mean %v, variance %.6g s²\n", c.Weight, c.Time.Mean(), c.Time.Variance())
	}
	return lines.String()
}

func TestLaw_AMixtureIsTheWeightedSumOfItsParts(t *testing.T) {
	rapid.Check(t, mixtureIsTheWeightedSum(workload.NewMixture))
}

func mixtureIsTheWeightedSum(mixture mixer) func(*rapid.T) {
	return func(t *rapid.T) {
		parts := components(t, rapid.IntRange(1, 4).Draw(t, "number"))
		mix := made(t)(mixture(parts...))
		at := positive.Draw(t, "at")

		told := described(parts)
		total, mean, second, cdf := 0., 0., 0., 0.
		for _, c := range parts {
			m := c.Time.Mean().Seconds()
			total += c.Weight
			mean += c.Weight * m
			second += c.Weight * (c.Time.Variance() + m*m)
			cdf += c.Weight * c.Time.CDF(at)
		}
		mean, second, cdf = mean/total, second/total, cdf/total
		if got := mix.Mean().Seconds(); !(math.Abs(got-mean) <= 0.5e-9+1e-12*mean) {
			t.Fatalf("a mixture of\n%sbut its mean is %v s, of the parts %v s", told, got, mean)
		}
		// The mean square has the larger terms, so that rounding counts relative to it.
		if got, want := mix.Variance(), second-mean*mean; got != want && !(math.Abs(got-want) <= 1e-12*second) {
			t.Fatalf("a mixture of\n%sbut its variance is %.6g s², of the parts %.6g s²", told, got, want)
		}
		if got := mix.CDF(at); !(math.Abs(got-cdf) <= 1e-12) {
			t.Fatalf("a mixture of\n%sbut its CDF(%v) is %.9g, of the parts %.9g", told, at, got, cdf)
		}
	}
}

func TestLaw_ANestedMixtureEqualsTheFlatOne(t *testing.T) {
	rapid.Check(t, nestedEqualsFlat(workload.NewMixture))
}

func nestedEqualsFlat(mixture mixer) func(*rapid.T) {
	return func(t *rapid.T) {
		parts := components(t, 3)
		scale := rapid.SampledFrom([]float64{1, 100, 0.01}).Draw(t, "scale") // weights are relative
		second, third := parts[1], parts[2]
		second.Weight *= scale
		third.Weight *= scale
		inner := made(t)(mixture(second, third))
		nested := made(t)(mixture(parts[0],
			workload.Component{Weight: parts[1].Weight + parts[2].Weight, Time: inner}))
		parts = append(parts, workload.Component{Weight: 0, Time: parts[0].Time}) // of no account
		told := fmt.Sprintf("%sthe last two of which were mixed before, with weights %v times these", described(parts[:3]), scale)
		flat := made(t)(mixture(parts...))

		at, p := positive.Draw(t, "at"), probability.Draw(t, "p")
		if a, b := nested.CDF(at), flat.CDF(at); !(math.Abs(a-b) <= 1e-12) {
			t.Fatalf("a mixture of\n%s\nbut its CDF(%v) is %.9g, where it is %.9g of all three at once", told, at, a, b)
		}
		// The means of the parts are whole nanoseconds: rounding the inner one moves the outer one by half of one
		// at most.
		if a, b := nested.Mean(), flat.Mean(); a-b > 1 || b-a > 1 {
			t.Fatalf("a mixture of\n%s\nbut its mean is %v, where it is %v of all three at once", told, a, b)
		}
		if q := quantile(t, nested, p); !(flat.CDF(q) >= p-slack) {
			t.Fatalf("a mixture of\n%s\nbut its Quantile(%v) is %v, where the CDF of all three at once is only %.9g", told, p, q, flat.CDF(q))
		}
	}
}

func TestLaw_EmpiricalIsWhatWasMeasured(t *testing.T) {
	rapid.Check(t, empiricalIsWhatWasMeasured(workload.NewEmpirical))
}

func empiricalIsWhatWasMeasured(make func([]time.Duration) (workload.ServiceTime, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		long := rapid.Map(rapid.Int64Range(1, math.MaxInt64), func(n int64) time.Duration { return time.Duration(n) })
		samples := rapid.SliceOfN(rapid.OneOf(positive, long), 1, 120).Draw(t, "samples")
		given := slices.Clone(samples)
		s := made(t)(make(given))
		if !slices.Equal(given, samples) {
			t.Fatalf("the caller's samples were reordered")
		}
		clear(given) // the service time has a copy

		n := int64(len(samples))
		sum, squares := new(big.Int), new(big.Int)
		for _, d := range samples {
			x := big.NewInt(int64(d))
			sum.Add(sum, x)
			squares.Add(squares, new(big.Int).Mul(x, x))
		}
		// Rounded to nearest, halves up: floor((2 sum + n) / 2n).
		twice := new(big.Int).Lsh(sum, 1)
		mean := twice.Add(twice, big.NewInt(n)).Div(twice, big.NewInt(2*n)).Int64()
		if int64(s.Mean()) != mean {
			t.Fatalf("the mean is %d ns, not %d ns", s.Mean(), mean)
		}
		// The population variance: (n squares - sum²) / n², and 10¹⁸ ns² are a second squared.
		top := new(big.Int).Mul(squares, big.NewInt(n))
		top.Sub(top, new(big.Int).Mul(sum, sum))
		want, _ := new(big.Rat).SetFrac(top, new(big.Int).Mul(big.NewInt(n*n), big.NewInt(1e18))).Float64()
		if got := s.Variance(); !(math.Abs(got-want) <= 1e-9*want) {
			t.Fatalf("the variance is %v s², not %v s²", got, want)
		}

		at := rapid.OneOf(rapid.SampledFrom(samples), positive).Draw(t, "at")
		atMost := 0
		for _, d := range samples {
			if d <= at {
				atMost++
			}
		}
		if got := s.CDF(at); got != float64(atMost)/float64(n) {
			t.Fatalf("CDF(%v) is %v, but %d of %d samples are at most that", at, got, atMost, n)
		}
		slices.Sort(samples)
		for k := int64(1); k <= n; k++ { // the k-th smallest is the k/n quantile, however k/n rounds
			if got := quantile(t, s, float64(k)/float64(n)); got != samples[k-1] {
				t.Fatalf("Quantile(%d/%d) is %v, not the %d-th smallest sample, %v", k, n, got, k, samples[k-1])
			}
		}
	}
}

func TestLaw_DurationsComeBackAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, durationsComeBack(workload.ReadDurations))
}

func durationsComeBack(read func(io.Reader) ([]time.Duration, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Map(rapid.Int64Range(1, math.MaxInt64),
			func(n int64) time.Duration { return time.Duration(n) }), 1, 30).Draw(t, "times")
		space := rapid.SampledFrom([]string{"", " ", "\t", "  \t"})
		var file strings.Builder
		for _, d := range want {
			for range rapid.IntRange(0, 2).Draw(t, "lines between") {
				file.WriteString(rapid.SampledFrom([]string{"\n", "# 3ms\n", " \t\r\n", "\t#\r\n"}).Draw(t, "line"))
			}
			file.WriteString(space.Draw(t, "before") + d.String() + space.Draw(t, "after"))
			file.WriteString(rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end"))
		}
		text := file.String()
		if rapid.Bool().Draw(t, "the last line has no end") {
			text = strings.TrimRight(text, "\r\n")
		}
		got, err := read(strings.NewReader(text))
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("the times %v, written as\n%q\nread as %v, error %v", want, text, got, err)
		}
	}
}

func TestLaw_SCVIsVarianceOverMeanSquared(t *testing.T) {
	rapid.Check(t, scvIsVarianceOverMeanSquared(workload.SCV))
}

func scvIsVarianceOverMeanSquared(scvOf func(workload.ServiceTime) float64) func(*rapid.T) {
	return func(t *rapid.T) {
		mean := positive.Draw(t, "mean")
		scv := rapid.Float64Range(1e-9, 100).Draw(t, "scv")
		k := rapid.IntRange(1, 1000).Draw(t, "k")
		alpha := rapid.Float64Range(1.01, 10).Draw(t, "alpha")
		millisecond := float64(time.Millisecond)
		minimum := time.Duration(1+rapid.IntRange(1, 1000).Draw(t, "minimum in ms")) * time.Duration(millisecond)
		shape := math.Inf(1) // of a Pareto: 1 / (alpha (alpha-2))
		if alpha > 2 {
			shape = 1 / (alpha * (alpha - 2))
		}
		for _, c := range []struct {
			name      string
			s         workload.ServiceTime
			want      float64
			tolerance float64 // relative
		}{
			{"deterministic", made(t)(workload.NewDeterministic(mean)), 0, 0},
			{"exponential", made(t)(workload.NewExponential(mean)), 1, 0},
			{"lognormal", made(t)(workload.NewLognormal(mean, scv)), scv, 1e-15},
			{"pareto", made(t)(workload.NewPareto(mean, scv)), scv, 1e-15},
			{"erlang", made(t)(workload.NewErlang(k, mean)), 1 / float64(k), 1e-15},
			// Its mean is rounded to a nanosecond, of a millisecond or more.
			{"pareto by shape", made(t)(workload.NewParetoShape(minimum, alpha)), shape, 1e-6},
		} {
			got := scvOf(c.s)
			if cmp.Compare(got, c.want) != 0 && !(math.Abs(got-c.want) <= c.tolerance*c.want) {
				t.Fatalf("the squared coefficient of variation of %s times with mean %v is given as %.9g, not %.9g", c.name, c.s.Mean(), got, c.want)
			}
		}
	}
}
