package estimate_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func ExampleSeries() {
	behind := func(up float64) string {
		down, _ := estimate.Downtime(up, 30*24*time.Hour)
		return fmt.Sprintf("%.4f%%, %v down in 30 days", 100*up, down.Round(time.Second))
	}
	database, _ := estimate.Parallel(0.999, 0.999)
	service, _ := estimate.Series(0.9999, 0.999, database) // load balancer, application, two databases
	fmt.Println(behind(service))

	shared, _ := estimate.Correlated(1, 2, 0.999, 0.1) // a tenth of the databases' downtime takes both
	service, _ = estimate.Series(0.9999, 0.999, shared)
	fmt.Println(behind(service))
	// Output:
	// 99.8899%, 47m34s down in 30 days
	// 99.8799%, 51m52s down in 30 days
}

func ExampleDowntime() {
	for _, nines := range []float64{2, 3, 4, 5} {
		up, _ := estimate.OfNines(nines)
		down, _ := estimate.Downtime(up, 30*24*time.Hour)
		fmt.Printf("%.7g%%: %v\n", 100*up, down.Round(time.Second/10))
	}
	// Output:
	// 99%: 7h12m0s
	// 99.9%: 43m12s
	// 99.99%: 4m19.2s
	// 99.999%: 25.9s
}

func TestClaim_ThreeNinesAreFortyThreeMinutes(t *testing.T) {
	month := 30 * 24 * time.Hour
	require.Equal(t, 43*time.Minute+12*time.Second, must(estimate.Downtime(0.999, month)))
	require.InDelta(t, 0.999, must(estimate.OfDowntime(43*time.Minute+12*time.Second, month)), 0x1p-53)
	require.Equal(t, 876*time.Hour, must(estimate.Downtime(0.999, 100*estimate.Year)))
	require.InDelta(t, 3, must(estimate.Nines(0.999)), 0x1p-51)
	require.InDelta(t, 9, must(estimate.Nines(0.999999999)), 0x1p-49)
}

// parts are each up with a whole percentage.
var parts = rapid.Custom(func(t *rapid.T) (ups []float64) {
	for _, percent := range rapid.SliceOfN(rapid.IntRange(0, 100), 1, 8).Draw(t, "percent up") {
		ups = append(ups, float64(percent)/100)
	}
	return ups
})

// enumerated adds up the probabilities of all sets of parts that may be up, of those where the system is.
func enumerated(ups []float64, works func(up int) bool) (sum float64) {
	for set := range 1 << len(ups) {
		chance, count := 1., 0
		for i, up := range ups {
			if set>>i&1 == 1 {
				chance, count = chance*up, count+1
			} else {
				chance *= 1 - up
			}
		}
		if works(count) {
			sum += chance
		}
	}
	return sum
}

// kOfN is somebody's availability of a system that needs k of its parts.
type kOfN func(k int, parts ...float64) (float64, error)

func TestLaw_AvailabilityIsEnumeration(t *testing.T) {
	rapid.Check(t, lawKOfN(estimate.KOfN))
	rapid.Check(t, func(t *rapid.T) {
		ups := parts.Draw(t, "parts")
		n := len(ups)
		require.InDelta(t, enumerated(ups, func(up int) bool { return up == n }), must(estimate.Series(ups...)), 1e-14)
		require.InDelta(t, enumerated(ups, func(up int) bool { return up > 0 }), must(estimate.Parallel(ups...)), 1e-14)
	})
}

func lawKOfN(of kOfN) func(*rapid.T) {
	return func(t *rapid.T) {
		ups := parts.Draw(t, "parts")
		k := rapid.IntRange(1, len(ups)).Draw(t, "k")
		want := enumerated(ups, func(up int) bool { return up >= k })
		// At most 256 products of eight factors add up to at most 1, each with eight roundings of 2^-53: 1e-15 for each side, and the sum's.
		if got := must(of(k, ups...)); math.Abs(got-want) > 1e-14 {
			t.Fatalf("%d of parts that are up with %v: in all their states it adds up to %.6g\nbut the answer is %.6g", k, ups, want, got)
		}
	}
}

func TestBroken_PartsTakenAsAverage(t *testing.T) {
	lawtest.Breaks(t, "Unequal parts taken for as many that are up as often as their mean",
		lawKOfN(func(k int, ups ...float64) (float64, error) {
			mean := 0.
			for _, up := range ups {
				mean += up / float64(len(ups))
			}
			alike := make([]float64, len(ups))
			for i := range alike {
				alike[i] = mean
			}
			return estimate.KOfN(k, alike...)
		}))
}

// A common cause, and else independent parts, are in all the states that the cause and the parts can be in. Each part alone is as available as it was said to be.
func TestLaw_CommonCauseIsEnumeration(t *testing.T) {
	rapid.Check(t, lawCorrelated(estimate.Correlated))
}

func lawCorrelated(of func(k, n int, up, common float64) (float64, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "n")
		k := rapid.IntRange(1, n).Draw(t, "k")
		up, common := float64(rapid.IntRange(1, 100).Draw(t, "percent up"))/100, float64(rapid.IntRange(0, 100).Draw(t, "percent common"))/100
		none := 1 - common*(1-up)
		// The parts are up alone so often that together with the cause each is up as it was said.
		alone := make([]float64, n)
		for i := range alone {
			alone[i] = min(1, up/none)
		}
		want := none * enumerated(alone, func(up int) bool { return up >= k })
		if got := must(of(k, n, up, common)); math.Abs(got-want) > 1e-14 {
			t.Fatalf("%d of %d parts that are up with %v, and %v of their downtime common:\nwith the cause it is down, without it up with %.6g of the time\nbut the answer is %.6g",
				k, n, up, common, want, got)
		}
	}
}

func TestBroken_CopiesTakenForIndependent(t *testing.T) {
	lawtest.Breaks(t, "Copies that fail together taken for independent ones", lawCorrelated(func(k, n int, up, _ float64) (float64, error) {
		return estimate.KOfN(k, repeated(up, n)...)
	}))
}

func repeated(v float64, n int) (all []float64) {
	for range n {
		all = append(all, v)
	}
	return all
}

// One part is as available as it is, whatever it shares; copies help up to the common cause, and no further; and a common cause that is all leaves one.
func TestLaw_CopiesAreBoundByTheCommonCause(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		up, common := rapid.Float64Range(0, 1).Draw(t, "up"), rapid.Float64Range(0, 1).Draw(t, "common")
		n := rapid.IntRange(1, 50).Draw(t, "n")
		of := func(k, n int, common float64) float64 { return must(estimate.Correlated(k, n, up, common)) }
		require.InDelta(t, up, of(1, 1, common), 1e-15)
		require.InDelta(t, must(estimate.Parallel(repeated(up, n)...)), of(1, n, 0), 1e-15)
		require.InDelta(t, up, of(1, n, 1), 1e-15)
		require.LessOrEqual(t, of(1, n, common), 1-common*(1-up)+1e-15)
		require.LessOrEqual(t, of(1, n, common), of(1, n+1, common)+1e-14)
		require.GreaterOrEqual(t, of(1, n, common/2), of(1, n, common)-1e-14)
	})
}

func TestLaw_NinesAndDowntimeReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nines := rapid.Float64Range(0, 8).Draw(t, "nines")
		up := must(estimate.OfNines(nines))
		// At eight nines 1-up has eight digits left of sixteen: 2^-53 of 1 is 1e-8 of it.
		require.InDelta(t, nines, must(estimate.Nines(up)), 1e-8)

		period := time.Duration(rapid.Int64Range(1, int64(100*365*24*time.Hour)).Draw(t, "period"))
		down := time.Duration(rapid.Int64Range(0, int64(period)).Draw(t, "down"))
		back := must(estimate.Downtime(must(estimate.OfDowntime(down, period)), period))
		require.InDelta(t, float64(down), float64(back), 1+float64(period)*0x1p-51)
		require.LessOrEqual(t, back, period)
	})
	require.Equal(t, math.Inf(1), must(estimate.Nines(1)))
	require.Equal(t, "0", fmt.Sprint(must(estimate.Nines(0))))
	require.Equal(t, time.Duration(math.MaxInt64), must(estimate.Downtime(0, math.MaxInt64)))
}

func TestAvailabilityRefuses(t *testing.T) {
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.Series()) }, "estimate: parts must lie in [1, 10000]: 0"},
		{func() error { return refused(estimate.Parallel(0.9, 1.1)) }, "estimate: the availability of part 2 must lie in [0, 1]: 1.1"},
		{func() error { return refused(estimate.Series(math.NaN())) }, "estimate: the availability of part 1 must lie in [0, 1]: NaN"},
		{func() error { return refused(estimate.Series(99.9)) }, "estimate: the availability of part 1 must lie in [0, 1]: 99.9"},
		{func() error { return refused(estimate.KOfN(0, 0.5)) }, "estimate: parts that must be up must lie in [1, 1]: 0"},
		{func() error { return refused(estimate.KOfN(3, 0.5, 0.5)) }, "estimate: parts that must be up must lie in [1, 2]: 3"},
		{func() error { return refused(estimate.Correlated(1, 0, 0.9, 0)) }, "estimate: parts must lie in [1, 10000]: 0"},
		{func() error { return refused(estimate.Correlated(2, 1, 0.9, 0)) }, "estimate: parts that must be up must lie in [1, 1]: 2"},
		{func() error { return refused(estimate.Correlated(1, math.MaxInt, 0.9, 0)) }, "estimate: parts must lie in [1, 10000]: 9223372036854775807"},
		{func() error { return refused(estimate.Correlated(1, 2, -0.9, 0)) }, "estimate: an availability must lie in [0, 1]: -0.9"},
		{func() error { return refused(estimate.Correlated(1, 2, 0.9, 2)) }, "estimate: a share of a common cause must lie in [0, 1]: 2"},
		{func() error { return refused(estimate.Nines(99.9)) }, "estimate: an availability must lie in [0, 1]: 99.9"},
		{func() error { return refused(estimate.OfNines(-1)) }, "estimate: a number of nines must be finite and not negative: -1"},
		{func() error { return refused(estimate.Downtime(math.NaN(), time.Hour)) }, "estimate: an availability must lie in [0, 1]: NaN"},
		{func() error { return refused(estimate.Downtime(0.9, 0)) }, "estimate: a period must be longer than 0: 0s"},
		{func() error { return refused(estimate.OfDowntime(2*time.Hour, time.Hour)) }, "estimate: a downtime must lie in [0, 1h0m0s], its period: 2h0m0s"},
		{func() error { return refused(estimate.OfDowntime(-time.Hour, time.Hour)) }, "estimate: a downtime must lie in [0, 1h0m0s], its period: -1h0m0s"},
	})
	require.Zero(t, must(estimate.Correlated(1, 2, 0, 1)))
	require.Equal(t, 1., must(estimate.Series(repeated(1, 1000)...)))
	require.Equal(t, 1., must(estimate.Parallel(0.42, 0.71, 1, 0.63)), "which rounds to a little more")
}
