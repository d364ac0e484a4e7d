package estimate_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
)

// anything are numbers as they may come in: ordinary, wrong, huge and tiny.
var anything = rapid.OneOf(
	rapid.Float64Range(0, 1), rapid.Float64Range(0, 1e6), rapid.Float64(),
	rapid.SampledFrom([]float64{0, -1, 1, 1 - 0x1p-53, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64}),
)

// endless are the answers that may be infinite, and say so.
var endless = map[string]bool{"nines": true, "a peak": true, "the highest throughput": true}

// Whatever comes in, what comes out is an error or a number, which is finite, and no duration below 0 (which is how one that is too long looks).
func TestLaw_AnythingIsAnErrorOrANumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anything.Draw(t, "a"), anything.Draw(t, "b"), anything.Draw(t, "c")
		n, m := rapid.SampledFrom([]int{-1, 0, 1, 2, 10, 200, math.MaxInt}).Draw(t, "n"), rapid.IntRange(-1, 300).Draw(t, "m")
		d := time.Duration(rapid.OneOf(rapid.Int64Range(-1, 1e9), rapid.Int64()).Draw(t, "d"))
		e := time.Duration(rapid.OneOf(rapid.Int64Range(-1, 1e9), rapid.Int64()).Draw(t, "e"))

		number := func(what string) func(v float64, err error) {
			return func(v float64, err error) {
				if err == nil && (!(v >= 0) || math.IsInf(v, 0) && !endless[what]) {
					t.Fatalf("%s is %v, of a=%v b=%v c=%v n=%d m=%d d=%v e=%v", what, v, a, b, c, n, m, d, e)
				}
			}
		}
		span := func(what string) func(v time.Duration, err error) {
			return func(v time.Duration, err error) { number(what)(float64(v), err) }
		}
		number("L")(estimate.Little(a, d))
		span("W")(estimate.LittleStay(a, b))
		number("utilisation")(estimate.Utilisation(a, d, n))
		number("B")(estimate.ErlangB(n, a))
		number("C")(estimate.ErlangC(n, a))
		number("load")(estimate.LoadForBlocking(n, a))
		number("tail of all")(estimate.TailOfAll(a, n))
		number("tail of each")(estimate.TailOfEach(a, n))
		number("k of n")(estimate.KOfN(n, a, b, c))
		number("correlated")(estimate.Correlated(n, m, a, b))
		number("nines")(estimate.Nines(a))
		number("of nines")(estimate.OfNines(a))
		span("downtime")(estimate.Downtime(a, d))
		number("of downtime")(estimate.OfDowntime(d, e))
		if q, err := estimate.NewMMC(a, d, n); err == nil {
			span("a mean stay")(q.MeanStay(), nil)
			number("a mean number")(q.MeanInSystem(), nil)
			number("a tail")(q.StayBeyond(e), nil)
			span("a wait")(q.WaitQuantile(b))
			span("a stay")(q.StayQuantile(b))
		}
		if q, err := estimate.NewMG1(a, d, b); err == nil {
			span("a mean stay of M/G/1")(q.MeanStay(), nil)
			number("a mean number of M/G/1")(q.MeanInSystem(), nil)
		}
		if q, err := estimate.NewMMCK(a, d, n, m); err == nil {
			span("a mean stay of M/M/c/K")(q.MeanStay(), nil)
			number("a mean number of M/M/c/K")(q.MeanInSystem(), nil)
			number("a throughput of M/M/c/K")(q.Throughput(), nil)
		}
		u := estimate.USL{Rate: a, Contention: b, Coherency: c}
		number("a throughput")(u.Throughput(float64(m)))
		at, most, err := u.Peak()
		number("a peak")(at, err)
		number("the highest throughput")(most, err)
		if law, err := estimate.FitUSL([]estimate.Measured{{Concurrency: 1, Throughput: a}, {Concurrency: 5, Throughput: b}, {Concurrency: 9, Throughput: c}}); err == nil {
			number(fmt.Sprint("a fitted throughput of ", law))(law.Throughput(20))
		}
		if s, err := estimate.NewSLO(a, d); err == nil {
			span("a budget")(s.Downtime(), nil)
			number("a burn rate")(s.BurnRate(b))
			span("what it lasts")(s.Lasts(b))
			if alert, err := s.Alert(b, e); err == nil {
				span("detection")(alert.DetectedAfter(c))
			}
		}
		if r, err := estimate.ErasureCode(n, m); err == nil {
			number("a loss")(r.LossOf(a))
			number("years")(r.MeanYearsToLoss(estimate.Disks{Life: d, Repair: e}))
			number("a loss in time")(r.LossWithin(d, estimate.Disks{Life: d, Repair: e}))
		}
		if f, err := estimate.NewBloom(n, min(m, 10)); err == nil {
			number("a rate")(f.FalsePositives(m))
			number("an approximate rate")(f.ApproximateFalsePositives(m))
		}
	})
}
