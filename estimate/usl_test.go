package estimate_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func ExampleFitUSL() {
	law, err := estimate.FitUSL([]estimate.Measured{
		{Concurrency: 1, Throughput: 955}, {Concurrency: 5, Throughput: 4316}, {Concurrency: 10, Throughput: 7868},
		{Concurrency: 20, Throughput: 10_799}, {Concurrency: 30, Throughput: 12_118},
	})
	if err != nil {
		panic(err)
	}
	n, most := must2(law.Peak())
	fmt.Printf("%.1f%% is serial; the best is %.0f threads, with %.0f queries a second\n", 100*law.Contention, n, most)
	// Output: 2.9% is serial; the best is 35 threads, with 12157 queries a second
}

func must2(n, throughput float64, err error) (float64, float64) {
	if err != nil {
		panic(err)
	}
	return n, throughput
}

// A MySQL server on a machine of Cisco's, in queries per second by threads; B. Schwartz, Practical Scalability Analysis with the Universal
// Scalability Law, VividCortex, 2015, which fits it by nonlinear least squares.
var cisco = []float64{955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.80, 7867.61, 8278.71, 8646.70, 9047.84,
	9426.55, 9645.37, 9897.24, 10097.60, 10240.50, 10532.39, 10798.52, 11151.43, 11518.63, 11806.00, 12089.37, 12075.41, 12177.29, 12211.41,
	12158.93, 12155.27, 12118.04, 12140.40, 12074.39}

func TestClaim_PublishedFit(t *testing.T) {
	var points []estimate.Measured
	for i, throughput := range cisco {
		points = append(points, estimate.Measured{Concurrency: float64(i + 1), Throughput: throughput})
	}
	law := must(estimate.FitUSL(points))
	// To the digits that are printed, but for the last of each: the author's iteration ended a little before the minimum.
	require.InEpsilon(t, 995.6486, law.Rate, 1e-6)
	require.InEpsilon(t, 0.02671591, law.Contention, 1e-5)
	require.InEpsilon(t, 7.690945e-4, law.Coherency, 1e-5)
	n, _ := must2(law.Peak())
	require.InDelta(t, 35.57, n, 0.005)
	require.InDelta(t, 12_341.5, must(law.Throughput(35)), 0.5) // printed for a whole number of threads, and cut: 12,341
}

func TestClaim_USLPeak(t *testing.T) {
	n, _ := must2(estimate.USL{Rate: 1, Contention: 0.02671548, Coherency: 0.0007690945}.Peak())
	require.InDelta(t, 35.57, n, 0.005)
}

// laws are those of machines that scale well, and badly.
var laws = rapid.Custom(func(t *rapid.T) estimate.USL {
	return estimate.USL{
		Rate:       float64(rapid.IntRange(1, 10_000).Draw(t, "rate")),
		Contention: float64(rapid.IntRange(0, 100).Draw(t, "contention in percent")) / 100,
		Coherency:  float64(rapid.IntRange(0, 1000).Draw(t, "coherency in 1/100,000")) / 100_000,
	}
})

// A fit to a law's own throughputs is that law.
func TestLaw_FitFindsTheLaw(t *testing.T) { rapid.Check(t, lawFit(estimate.FitUSL)) }

func lawFit(fit func([]estimate.Measured) (estimate.USL, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		want := laws.Draw(t, "law")
		var points []estimate.Measured
		for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 64), 5, 12, rapid.ID).Draw(t, "concurrencies") {
			points = append(points, estimate.Measured{Concurrency: float64(n), Throughput: must(want.Throughput(float64(n)))})
		}
		got, err := fit(points)
		if err != nil {
			t.Fatalf("%+v: %v", want, err)
		}
		for _, p := range points { // parameters depend on each other: what they say of the data is what is judged
			if x := must(got.Throughput(p.Concurrency)); math.Abs(x-p.Throughput) > 1e-6*p.Throughput {
				t.Fatalf("%s:\nat %v the throughput is %.6g\nbut the law that was fitted to such throughputs, %s, has %.6g", told(want), p.Concurrency, p.Throughput, told(got), x)
			}
		}
	}
}

func told(u estimate.USL) string {
	return fmt.Sprintf("rate %.4g, contention %.4g, coherency %.4g", u.Rate, u.Contention, u.Coherency)
}

func TestBroken_FitWithoutCoherency(t *testing.T) {
	lawtest.Breaks(t, "A fit of Amdahl's law to a machine whose throughput falls again",
		lawFit(func(points []estimate.Measured) (estimate.USL, error) {
			law, err := estimate.FitUSL(points)
			law.Coherency = 0
			return law, err
		}))
}

// Nothing in the neighbourhood of the fit is better, however the data scatter, and if they are like no law.
func TestLaw_FitIsTheLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		law := laws.Draw(t, "law")
		wild := rapid.Bool().Draw(t, "wild")
		var points []estimate.Measured
		for n := 1; n <= 20; n += 3 {
			scatter := 1 + float64(rapid.IntRange(-20, 20).Draw(t, "percent"))/100
			if wild {
				scatter = float64(rapid.IntRange(1, 200).Draw(t, "percent")) / 100
			}
			points = append(points, estimate.Measured{Concurrency: float64(n), Throughput: scatter * must(law.Throughput(float64(n)))})
		}
		squares := func(u estimate.USL) (sum float64) {
			for _, p := range points {
				d := must(u.Throughput(p.Concurrency)) - p.Throughput
				sum += d * d
			}
			return sum
		}
		fit := must(estimate.FitUSL(points))
		least := squares(fit) * (1 - 1e-9)
		for _, by := range []float64{-1e-3, 1e-3} {
			for _, other := range []estimate.USL{
				{fit.Rate * (1 + by), fit.Contention, fit.Coherency},
				{fit.Rate, max(0, fit.Contention+by), fit.Coherency},
				{fit.Rate, fit.Contention, max(0, fit.Coherency+by/10)},
				{fit.Rate * (1 + by), max(0, fit.Contention+by), fit.Coherency},
			} {
				require.GreaterOrEqual(t, squares(other), least, "%+v is better than %+v", other, fit)
			}
		}
	})
}

// Whole steps of Gauss and Newton's are too long here, and go nowhere: half ones do better than 16,416.
func TestFitOfWildData(t *testing.T) {
	points := []estimate.Measured{{Concurrency: 10, Throughput: 30}, {Concurrency: 11, Throughput: 173}, {Concurrency: 18, Throughput: 43}}
	law := must(estimate.FitUSL(points))
	squares := 0.0
	for _, p := range points {
		d := must(law.Throughput(p.Concurrency)) - p.Throughput
		squares += d * d
	}
	require.Less(t, squares, 11_460.0)
}

func TestLaw_PeakIsTheHighest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := laws.Draw(t, "law")
		at, most := must2(u.Peak())
		require.GreaterOrEqual(t, at, 1.)
		for _, n := range []float64{1, 1.5, 2, 10, at * 0.9, at * 1.1, 1e6, 1e300} {
			if n >= 1 && !math.IsInf(n, 0) {
				require.LessOrEqual(t, must(u.Throughput(n)), most*(1+1e-12), "%+v at %v", u, n)
			}
		}
		require.Equal(t, u.Rate, must(u.Throughput(1)))
	})
}

func TestUSLWithoutAPeak(t *testing.T) {
	n, most := must2(estimate.USL{Rate: 100, Contention: 0.05}.Peak()) // Amdahl
	require.Equal(t, math.Inf(1), n)
	require.InEpsilon(t, 2000, most, 1e-12)
	n, most = must2(estimate.USL{Rate: 100}.Peak())
	require.Equal(t, []float64{math.Inf(1), math.Inf(1)}, []float64{n, most})
	minus := math.Copysign(0, -1)
	n, most = must2(estimate.USL{Rate: 100, Contention: minus, Coherency: minus}.Peak())
	require.Equal(t, []float64{math.Inf(1), math.Inf(1)}, []float64{n, most})
	for _, coherency := range []float64{0, minus, 0.1} {
		n, most = must2(estimate.USL{Rate: 100, Contention: 1, Coherency: coherency}.Peak())
		require.Equal(t, []float64{1, 100}, []float64{n, most})
	}
	n, most = must2(estimate.USL{Rate: 100, Coherency: 2}.Peak())
	require.Equal(t, []float64{1, 100}, []float64{n, most})
}

// Twice as fast with two, and three times and a half with three: no contention is less than none.
func TestFitOfSuperlinearData(t *testing.T) {
	law := must(estimate.FitUSL([]estimate.Measured{{1, 100}, {2, 220}, {3, 350}, {4, 480}}))
	require.Zero(t, law.Contention)
	require.Zero(t, law.Coherency)
	require.InEpsilon(t, (100+2*220+3*350+4*480)/30., law.Rate, 1e-9) // the least squares of a line through 0
}

func TestUSLRefuses(t *testing.T) {
	good := estimate.USL{Rate: 1}
	fit := func(points ...estimate.Measured) func() error {
		return func() error { return refused(estimate.FitUSL(points)) }
	}
	peak := func(u estimate.USL) func() error {
		return func() error {
			_, _, err := u.Peak()
			return err
		}
	}
	requireRefused(t, []refusal{
		{func() error { return refused(good.Throughput(0.5)) }, "estimate: a concurrency must be finite and at least 1: 0.5"},
		{func() error { return refused(good.Throughput(math.NaN())) }, "estimate: a concurrency must be finite and at least 1: NaN"},
		{func() error { return refused(good.Throughput(math.Inf(1))) }, "estimate: a concurrency must be finite and at least 1: +Inf"},
		{
			func() error { return refused(estimate.USL{Rate: 1e308}.Throughput(10)) },
			"estimate: a throughput must be finite: that of 10, at a rate of 1e+308 of one, is not",
		},
		{func() error { return refused(estimate.USL{}.Throughput(1)) }, "estimate: the rate of one must be positive and finite: 0"},
		{peak(estimate.USL{Rate: math.Inf(1)}), "estimate: the rate of one must be positive and finite: +Inf"},
		{peak(estimate.USL{Rate: 1, Contention: -0.1}), "estimate: a contention must be finite and not negative: -0.1"},
		{peak(estimate.USL{Rate: 1, Coherency: math.NaN()}), "estimate: a coherency must be finite and not negative: NaN"},
		{fit(), "estimate: a fit needs measurements at three concurrencies or more: 0"},
		{fit(estimate.Measured{1, 1}, estimate.Measured{2, 1}, estimate.Measured{2, 2}), "estimate: a fit needs measurements at three concurrencies or more: 2"},
		{fit(estimate.Measured{0, 1}), "estimate: a concurrency must be finite and at least 1: 0"},
		{fit(estimate.Measured{1, 0}), "estimate: a throughput must be positive and finite: 0"},
		{fit(estimate.Measured{1, math.NaN()}), "estimate: a throughput must be positive and finite: NaN"},
	})
	// Squares of these pass the largest float; whatever comes out is an error or a law, and no panic.
	law, err := estimate.FitUSL([]estimate.Measured{{1, 1e300}, {2, 1e-300}, {1e300, 1e300}})
	if err == nil {
		require.Positive(t, law.Rate)
	}
}
